//! What every rule owes its caller: learning, reproducibility, refusals.

use mynah_lvq::{Codebook, Epoch, Error, Glvq, GlvqConfig, Init, Lvq1, Lvq1Config, Rule, Samples};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::ops::ControlFlow::{Break, Continue};

/// `n` points of two interleaved half circles of radius 1 with uniform noise of ± `noise`:
/// coordinates `[n × 2]` and labels 0, 1, 0, 1 ….
fn two_moons(n: usize, noise: f32, seed: u64) -> (Vec<f32>, Vec<u32>) {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut data = Vec::new();
    let labels: Vec<u32> = (0..n as u32).map(|i| i % 2).collect();
    for &label in &labels {
        let (sin, cos) = rng.random_range(0.0..std::f32::consts::PI).sin_cos();
        let point = if label == 0 {
            [cos, sin]
        } else {
            [1.0 - cos, 0.5 - sin]
        };
        data.extend(point.map(|x| x + rng.random_range(-noise..noise)));
    }
    (data, labels)
}

fn errors(codebook: &Codebook, samples: &Samples<'_>) -> usize {
    samples
        .iter()
        .filter(|(x, label)| codebook.decide(x).label != *label)
        .count()
}

fn rules(n_epochs: usize, seed: u64) -> [(&'static str, Box<dyn Rule + Sync>); 2] {
    let mut lvq1 = Lvq1Config::default();
    (lvq1.n_epochs, lvq1.seed) = (n_epochs, seed);
    let mut glvq = GlvqConfig::default();
    (glvq.n_epochs, glvq.batch_size, glvq.seed) = (n_epochs, 50, seed);
    [
        ("lvq1", Box::new(Lvq1::new(&lvq1).expect("in range"))),
        ("glvq", Box::new(Glvq::new(&glvq).expect("in range"))),
    ]
}

/// Errors on 10,000 held-out points before and after training, summed over five draws of everything.
fn held_out_errors(init: Init, rule: usize) -> (usize, usize) {
    let (mut before, mut after) = (0, 0);
    for seed in 0..5 {
        let (data, labels) = two_moons(500, 0.2, 2 * seed);
        let samples = Samples::new(&data, 2, &labels, 2).expect("valid");
        let (data, labels) = two_moons(2000, 0.2, 2 * seed + 1);
        let held_out = Samples::new(&data, 2, &labels, 2).expect("valid");
        let mut codebook = init.codebook(&samples, 3, seed).expect("no class is empty");
        before += errors(&codebook, &held_out);
        let (_, rule) = &rules(60, seed)[rule];
        rule.train(&mut codebook, &samples, &mut |_| Continue(()))
            .expect("trains");
        after += errors(&codebook, &held_out);
    }
    (before, after)
}

#[test]
fn glvq_leaves_a_quarter_of_the_errors_of_k_means() {
    let (before, after) = held_out_errors(Init::KMeans, 1);
    assert!(after * 4 < before, "{after} errors after, {before} before");
}

#[test]
fn lvq1_leaves_half_the_errors_of_random_samples() {
    let (before, after) = held_out_errors(Init::Sample, 0);
    assert!(after * 2 < before, "{after} errors after, {before} before");
}

#[test]
fn same_seed_same_bytes_for_any_number_of_threads() {
    let dim = 19;
    let data: Vec<f32> = (0..300 * dim)
        .map(|i| ((i * 7919) % 1009) as f32 / 500.0 - 1.0)
        .collect();
    let labels: Vec<u32> = (0..300).map(|i| (i / 7) % 3).collect();
    let samples = Samples::new(&data, dim, &labels, 3).unwrap();
    let train = |n_threads, which: usize, seed| {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(n_threads)
            .build()
            .unwrap();
        pool.install(|| {
            let mut codebook = Init::KMeans.codebook(&samples, 7, 3).unwrap();
            let mut costs = Vec::new();
            let rule = &rules(10, seed)[which].1;
            let mut watch = |epoch: &Epoch| {
                costs.push((epoch.mean_cost.to_bits(), epoch.n_errors));
                Continue(())
            };
            rule.train(&mut codebook, &samples, &mut watch).unwrap();
            let bits: Vec<u32> = codebook.prototypes().iter().map(|w| w.to_bits()).collect();
            (bits, costs)
        })
    };
    for which in [0, 1] {
        let one = train(1, which, 42);
        assert_eq!(one, train(2, which, 42));
        assert_eq!(one, train(3, which, 42));
        assert_ne!(one, train(1, which, 43), "the seed must matter");
    }
}

#[test]
fn observer_sees_every_epoch_and_can_stop() {
    let (data, labels) = two_moons(100, 0.1, 1);
    let samples = Samples::new(&data, 2, &labels, 2).unwrap();
    for (name, rule) in rules(8, 0) {
        let mut seen = Vec::new();
        let initial: Codebook = Init::Sample.codebook(&samples, 2, 0).unwrap();
        let mut codebook = initial.clone();
        let mut watch = |epoch: &Epoch| {
            assert_eq!(epoch.n_epochs, 8);
            assert!(epoch.mean_cost.is_finite() && epoch.n_errors <= 100);
            seen.push(epoch.index);
            if epoch.index == 3 {
                Break(())
            } else {
                Continue(())
            }
        };
        rule.train(&mut codebook, &samples, &mut watch).unwrap();
        assert_eq!(seen, [0, 1, 2, 3], "{name}");
        assert_ne!(codebook, initial, "what was learnt before the stop is kept");
    }
}

#[test]
fn misfits_are_refused() {
    let samples = Samples::new(&[0.0, 1.0, 2.0, 3.0], 2, &[0, 1], 2).unwrap();
    let codebook = |dim, n_classes, labels: &[u32]| {
        Codebook::new(
            dim,
            n_classes,
            vec![0.5; dim * labels.len()],
            labels.to_vec(),
        )
        .unwrap()
    };
    for (name, rule) in rules(1, 0) {
        let refuse = |mut codebook: Codebook| {
            rule.train(&mut codebook, &samples, &mut |_| Continue(()))
                .unwrap_err()
        };
        let mismatch = |what, samples, codebook| Error::Mismatch {
            what,
            samples,
            codebook,
        };
        assert_eq!(
            refuse(codebook(3, 2, &[0, 1])),
            mismatch("dim", 2, 3),
            "{name}"
        );
        assert_eq!(refuse(codebook(2, 3, &[0, 1])), mismatch("n_classes", 2, 3));
        assert_eq!(
            refuse(codebook(2, 2, &[0, 0])),
            Error::NoPrototype { class: 1 }
        );
    }
    let one = Samples::new(&[0.0, 1.0], 1, &[1, 1], 2).unwrap();
    let mut only = codebook(1, 2, &[1]);
    let [(_, lvq1), (_, glvq)] = rules(1, 0);
    let error = glvq
        .train(&mut only, &one, &mut |_| Continue(()))
        .unwrap_err();
    assert_eq!(error, Error::OneClass { class: 1 });
    lvq1.train(&mut only, &one, &mut |_| Continue(())).unwrap();
}

#[test]
fn divergence_is_an_error_and_leaves_the_codebook() {
    // Squared distances overflow f32.
    let samples = Samples::new(&[3e38, -3e38, 1e38, -1e38], 1, &[0, 1, 0, 1], 2).unwrap();
    for (name, rule) in rules(3, 0) {
        let initial: Codebook = Init::Sample.codebook(&samples, 1, 0).unwrap();
        let mut codebook = initial.clone();
        let result = rule.train(&mut codebook, &samples, &mut |_| Continue(()));
        assert_eq!(result, Err(Error::Diverged { epoch: 0 }), "{name}");
        assert_eq!(codebook, initial);
    }
}

#[test]
fn samples_on_top_of_prototypes_train() {
    let samples = Samples::new(&[1.0f32; 8], 2, &[0, 1, 0, 1], 2).unwrap();
    for (_, rule) in rules(3, 0) {
        let mut codebook = Init::KMeans.codebook(&samples, 2, 0).unwrap();
        rule.train(&mut codebook, &samples, &mut |_| Continue(()))
            .unwrap();
        assert_eq!(codebook.prototypes(), [1.0; 8]);
    }
}

#[test]
fn initialisers_cap_at_the_class_and_refuse_empty_ones() {
    let data = [0.0f32, 1.0, 2.0, 10.0];
    let samples = Samples::new(&data, 1, &[1, 1, 1, 0], 2).unwrap();
    for init in [Init::KMeans, Init::Sample] {
        let codebook = init.codebook(&samples, 2, 9).unwrap();
        assert_eq!(codebook.labels(), [0, 1, 1]);
        assert_eq!(codebook.prototype(0), [10.0]);
        assert_eq!(codebook, init.codebook(&samples, 2, 9).unwrap());
        let all = init.codebook(&samples, 100, 9).unwrap();
        let mut of_class_one = all.prototypes()[1..].to_vec();
        of_class_one.sort_by(f32::total_cmp);
        assert_eq!(
            of_class_one,
            data[..3],
            "as many prototypes as samples: the samples"
        );
        assert!(matches!(
            init.codebook(&samples, 0, 9),
            Err(Error::Config {
                field: "prototypes_per_class",
                ..
            })
        ));
        let gap = Samples::new(&data, 1, &[2, 2, 2, 0], 3).unwrap();
        assert_eq!(
            init.codebook(&gap, 1, 9),
            Err(Error::EmptyClass { class: 1 })
        );
    }
    let drawn = Init::Sample.codebook(&samples, 2, 1).unwrap();
    assert!(drawn.prototypes().iter().all(|w| data.contains(w)));
}

#[cfg(feature = "serde")]
#[test]
fn files_with_unknown_or_missing_fields_are_refused() {
    use mynah_lvq::Activation;
    use serde::Deserialize;
    use serde::de::value::{Error, MapDeserializer, StrDeserializer};

    fn refusal<T: for<'a> Deserialize<'a>>(field: &'static str) -> String {
        let fields = MapDeserializer::<_, Error>::new([(field, 7u64)].into_iter());
        match T::deserialize(fields) {
            Ok(_) => "accepted".to_string(),
            Err(error) => error.to_string(),
        }
    }
    assert!(refusal::<Lvq1Config>("seed").contains("missing field `n_epochs`"));
    assert!(refusal::<Lvq1Config>("epochs").contains("unknown field `epochs`"));
    assert!(refusal::<GlvqConfig>("seed").contains("missing field `n_epochs`"));
    assert!(refusal::<GlvqConfig>("epochs").contains("unknown field `epochs`"));
    let named = StrDeserializer::<Error>::new;
    assert_eq!(Init::deserialize(named("k_means")), Ok(Init::KMeans));
    assert_eq!(
        Activation::deserialize(named("identity")),
        Ok(Activation::Identity)
    );
}
