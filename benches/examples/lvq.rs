//! Our side of the LVQ race of `scripts/bench-peers`: trains on labelled vectors, and says what it takes the test for.
//!
//! `lvq RULE SETTINGS DATA ANSWER`: `SETTINGS` is a JSON object of what differs from the rule's defaults. `DATA` is a folder
//! of `.npy` files, `train`, `test` and `start` with the `_labels` of each; LVQ3 starts from what OLVQ1 makes of it.
//! `ANSWER` is where the labels of the test go in every round, after the clock has stopped.

use std::io;
use std::ops::ControlFlow;

use mynah_benches::contender::{npy, once, serve, write_lines};
use mynah_lvq::{Codebook, Glvq, Gmlvq, Lvq1, Lvq3, Olvq1, Rule, Samples};
use serde::Serialize;
use serde::de::DeserializeOwned;

fn main() -> io::Result<()> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [rule, settings, folder, answer] = args.as_slice() else {
        return Err(io::Error::other("usage: lvq RULE SETTINGS DATA ANSWER"));
    };
    let (_, data) = npy(folder, "train")?;
    let train_labels = labels(folder, "train_labels")?;
    let (shape, test) = npy(folder, "test")?;
    let (_, start) = npy(folder, "start")?;
    let start_labels = labels(folder, "start_labels")?;
    let dim = shape[1];
    let n_classes = 1 + start_labels.iter().max().map_or(0, |&label| label as usize);
    let samples = Samples::new(&data, dim, &train_labels, n_classes).map_err(io::Error::other)?;
    let mut start = Codebook::new(dim, n_classes, start, start_labels).map_err(io::Error::other)?;
    if rule == "lvq3" {
        let olvq1 = rule_of("olvq1", "{}")?;
        train(&*olvq1, &mut start, &samples)?;
    }
    let rule = rule_of(rule, settings)?;
    serve("", || {
        let mut codebook = start.clone();
        let (seconds, trained) = once(|| train(&*rule, &mut codebook, &samples));
        trained?;
        write_lines(
            answer,
            test.chunks_exact(dim).map(|x| codebook.decide(x).label),
        )?;
        Ok(seconds)
    })
}

fn train(rule: &dyn Rule, codebook: &mut Codebook, samples: &Samples<'_>) -> io::Result<()> {
    rule.train(codebook, samples, &mut |_| ControlFlow::Continue(()))
        .map_err(io::Error::other)
}

fn labels(folder: &str, name: &str) -> io::Result<Vec<u32>> {
    let (_, labels) = npy::<i32>(folder, name)?;
    labels
        .into_iter()
        .map(|label| u32::try_from(label).map_err(io::Error::other))
        .collect()
}

fn rule_of(name: &str, settings: &str) -> io::Result<Box<dyn Rule>> {
    fn boxed<R: Rule + 'static>(rule: Result<R, mynah_lvq::Error>) -> io::Result<Box<dyn Rule>> {
        Ok(Box::new(rule.map_err(io::Error::other)?))
    }
    match name {
        "glvq" => boxed(Glvq::new(&config(settings)?)),
        "gmlvq" => boxed(Gmlvq::new(&config(settings)?)),
        "lvq1" => boxed(Lvq1::new(&config(settings)?)),
        "olvq1" => boxed(Olvq1::new(&config(settings)?)),
        "lvq3" => boxed(Lvq3::new(&config(settings)?)),
        other => Err(io::Error::other(format!("{other}: no such rule"))),
    }
}

/// The defaults of a rule with these changes.
fn config<C: Default + Serialize + DeserializeOwned>(changes: &str) -> io::Result<C> {
    let mut config = serde_json::to_value(C::default())?;
    let changes: serde_json::Map<_, _> = serde_json::from_str(changes)?;
    for (name, value) in changes {
        config[name] = value;
    }
    Ok(serde_json::from_value(config)?)
}
