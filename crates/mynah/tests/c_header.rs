//! The C header is compiled as strictly as can be, and decides as the library does: here, and on Arm under emulation.
#![allow(clippy::unwrap_used, clippy::print_stdout)]

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use mynah::lvq::{Codebook, Metric, QuantizedCodebook, Reach, Scaler, Steps};
use mynah::{Input, Model, Provenance, Quantizer, VectorInput};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

const DIM: usize = 13;
const N_VIEWS: usize = 3;

/// Reads views of three vectors as floats; writes what they become, every distance and the decision, and the decision on both cuts.
const MAIN: &str = r#"
#include <stdio.h>
#include "word.h"

int main(void)
{
    float vectors[3 * WORD_INPUTS];
    word_decision before = {0, 0, 0, 0, 0};
    int n = 0;
    while (fread(vectors, sizeof vectors, 1, stdin) == 1) {
        int8_t views[3 * WORD_VALUES];
        word_decision decision, both;
        for (int v = 0; v < 3; v++)
            word_quantize(vectors + v * WORD_INPUTS, views + v * WORD_VALUES);
        for (int i = 0; i < 3 * WORD_VALUES; i++)
            printf("%d ", views[i]);
        for (unsigned j = 0; j < WORD_PROTOTYPES; j++)
            printf("%lu ", (unsigned long)word_distance(j, views, 3));
        decision = word_classify(views, 3);
        both = n++ ? word_nearer(before, decision) : decision;
        before = decision;
        printf("%u %u %s %lu %s %lu %s %lu\n", decision.prototype, decision.label, word_labels[decision.label],
               (unsigned long)word_margin(&decision), word_labels[both.label], (unsigned long)both.distance,
               word_labels[both.other_label], (unsigned long)both.other_distance);
    }
    return 0;
}
"#;

const STRICT: [&str; 7] = [
    "-std=c99",
    "-Wall",
    "-Wextra",
    "-Werror",
    "-pedantic",
    "-O2",
    "-ffreestanding",
];

fn model(metric: Metric, block: usize, seed: u64) -> Model {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut random = |n: usize, most: f32| -> Vec<f32> {
        (0..n).map(|_| rng.random_range(-most..most)).collect()
    };
    let (n, labels) = (11, (0..11).map(|j| j * 5 % 4).collect());
    let codebook = Codebook::new(DIM, 4, random(n * DIM, 2.0), labels).unwrap();
    let codebook = codebook
        .with_metric(metric)
        .unwrap()
        .with_block(block)
        .unwrap();
    let scale = random(DIM, 1.0).iter().map(|x| x.abs() + 0.1).collect();
    let names = ["on", "off \"now\"", "größer?", "*/"].map(String::from);
    let input = Input::Vectors(VectorInput::new(vec![DIM]));
    let scaler = Scaler::new(random(DIM, 1.0), scale).unwrap();
    Model::new(names.to_vec(), input, scaler, codebook, Provenance::new()).unwrap()
}

fn models() -> Vec<Model> {
    let omega = |n: usize| -> Vec<f32> {
        (0..n)
            .map(|i| ((i * 37 % 23) as f32 - 11.0) / 9.0)
            .collect()
    };
    let relevances = (0..DIM).map(|i| i as f32 / 70.0).collect();
    let shared = Metric::SharedOmega {
        tile: 4,
        n_rows: 3,
        values: omega(12),
    };
    let whole = Metric::Omega {
        n_rows: 5,
        values: omega(5 * DIM),
    };
    let cases = [
        (Metric::Euclidean, DIM, 8, Steps::Same),
        (Metric::Euclidean, 4, 4, Steps::PerDimension),
        (Metric::Relevances(relevances), 5, 2, Steps::PerDimension),
        (shared.clone(), 8, 8, Steps::Same),
        (shared, 4, 4, Steps::Same),
        (whole, DIM, 2, Steps::Same),
    ];
    let quantized = (1..)
        .zip(cases)
        .map(|(seed, (metric, block, bits, steps))| {
            let model = model(metric, block, seed);
            let mut quantizer = Quantizer::new(&model).unwrap();
            for vector in vectors(40).chunks_exact(DIM) {
                quantizer.meet_vector(vector);
            }
            quantizer
                .quantize(bits, Reach::Percentile(99.0), steps)
                .unwrap()
        });
    quantized.collect()
}

fn vectors(n: usize) -> Vec<f32> {
    let mut rng = ChaCha8Rng::seed_from_u64(99);
    let far = |i: usize| if i % 50 == 49 { 1e30 } else { 3.0 };
    (0..n * DIM)
        .map(|i| rng.random_range(-1.0..1.0) * far(i))
        .collect()
}

/// What the C program should print.
fn expected(model: &Model, things: &[f32]) -> String {
    let quantized: &QuantizedCodebook = model.quantized().unwrap();
    let mut text = String::new();
    let mut before = None;
    for views in things.chunks_exact(N_VIEWS * DIM) {
        let mut views = views.to_vec();
        model.scaler().apply(&mut views);
        let mut whole = Vec::new();
        quantized.quantize_into(&views, &mut whole);
        let tables = quantized.tables();
        let decision = tables.decide(&whole);
        assert_eq!(decision, quantized.decide(&views));
        for value in &whole {
            text += &format!("{value} ");
        }
        for j in 0..tables.n_prototypes() {
            text += &format!("{} ", tables.distance(j, &whole));
        }
        let both = before.map_or(decision, |before: mynah::lvq::Decision<u32>| {
            before.nearer(decision)
        });
        before = Some(decision);
        let other = both.runner_up.unwrap();
        let name = |label: u32| &model.labels()[label as usize];
        text += &format!(
            "{} {} {} {} {} {} {} {}\n",
            decision.winner,
            decision.label,
            name(decision.label),
            decision.margin_q15(),
            name(both.label),
            both.distance,
            name(other.label),
            other.distance
        );
    }
    text
}

fn run(command: &mut Command, input: &[u8]) -> String {
    let child = command.stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = child.spawn().unwrap();
    child.stdin.take().unwrap().write_all(input).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{command:?}: {}", output.status);
    String::from_utf8(output.stdout).unwrap()
}

/// Compiles with `compiler` and runs with `runner` in front.
fn decides_alike(compiler: &str, flags: &[&str], runner: &[&str]) {
    let has = |program: &str| Command::new(program).arg("--version").output().is_ok();
    let missing = [compiler]
        .into_iter()
        .chain(runner.first().copied())
        .find(|program| !has(program));
    if let Some(program) = missing {
        assert!(
            std::env::var_os("CI").is_none(),
            "{program} is not installed"
        );
        println!("skipped: 1 test, for want of {program}");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let things = vectors(60 * N_VIEWS);
    let input: Vec<u8> = things.iter().flat_map(|x| x.to_le_bytes()).collect();
    for model in models() {
        let at = |name: &str| folder.path().join(name);
        fs::write(at("word.h"), model.to_c_header("word").unwrap()).unwrap();
        fs::write(at("main.c"), MAIN).unwrap();
        let compile = |source: &Path, out: &Path| {
            let mut command = Command::new(compiler);
            command
                .args(STRICT)
                .args(flags)
                .arg(source)
                .arg("-o")
                .arg(out);
            let output = command.output().unwrap();
            assert!(
                output.status.success(),
                "{}",
                String::from_utf8_lossy(&output.stderr)
            );
        };
        compile(&at("main.c"), &at("main"));
        let main = at("main");
        let mut line: Vec<&std::ffi::OsStr> = runner.iter().map(std::ffi::OsStr::new).collect();
        line.push(main.as_os_str());
        let printed = run(Command::new(line[0]).args(&line[1..]), &input);
        assert_eq!(printed, expected(&model, &things));
    }
}

#[test]
fn decides_alike_on_this_machine() {
    decides_alike("cc", &[], &[]);
}

#[test]
fn decides_alike_on_arm_under_emulation() {
    decides_alike("aarch64-linux-gnu-gcc", &["-static"], &["qemu-aarch64"]);
}

#[test]
fn what_cannot_be_exported_is_refused() {
    let float = model(Metric::Euclidean, DIM, 1);
    let refused = float.to_c_header("word").unwrap_err().to_string();
    assert!(refused.contains("quantize it first"), "{refused}");
    let model = models().remove(0);
    for name in ["", "1st", "a b", "wört", "x;"] {
        assert!(model.to_c_header(name).is_err(), "{name:?}");
    }
    assert!(!model.to_c_header("w").unwrap().contains("NAME_"));
}
