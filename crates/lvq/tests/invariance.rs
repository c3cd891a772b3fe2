//! What must not change the result of a training, whatever the rule.

#![allow(clippy::unwrap_used, reason = "a test may end that way")]

mod rules;

use mynah_lvq::{Codebook, Optimizer, Samples, Training};
use proptest::prelude::*;
use rules::{Case, Settings};

const N_CLASSES: usize = 3;
const DIM: usize = 3;

/// Few, plain steps: a rounding must not grow into another decision.
const SETTINGS: Settings = Settings {
    n_epochs: 3,
    batch_size: 1000,
    optimizer: Optimizer::Sgd { momentum: 0.5 },
    learning_rate: 0.2,
    seed: 5,
};

#[derive(Debug, Clone)]
struct Scene {
    data: Vec<f64>,
    labels: Vec<u32>,
    prototypes: Vec<f64>,
    of_class: Vec<u32>,
}

impl Scene {
    fn learn(&self, case: &Case) -> Codebook<f64> {
        let samples = Samples::new(&self.data, DIM, &self.labels, N_CLASSES).unwrap();
        let book = Codebook::new(
            DIM,
            N_CLASSES,
            self.prototypes.clone(),
            self.of_class.clone(),
        );
        let mut book = book.unwrap();
        case.rule
            .learn(&mut book, &samples, Training::new())
            .unwrap();
        book
    }
}

/// Samples and two prototypes a class.
fn scene() -> impl Strategy<Value = Scene> {
    let values = |n| prop::collection::vec(-2.0..2.0f64, n);
    (values(24 * DIM), values(2 * N_CLASSES * DIM)).prop_map(|(data, prototypes)| Scene {
        data,
        labels: (0..24).map(|i| i % N_CLASSES as u32).collect(),
        prototypes,
        of_class: vec![0, 1, 2, 0, 1, 2],
    })
}

fn close(name: &str, got: &[f64], expected: &[f64]) -> Result<(), TestCaseError> {
    prop_assert_eq!(got.len(), expected.len());
    for (got, expected) in got.iter().zip(expected) {
        let bound = 1e-7 * (1.0 + expected.abs());
        prop_assert!(
            (got - expected).abs() < bound,
            "{}: {} {}",
            name,
            got,
            expected
        );
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn names_of_classes(scene in scene(), names in Just([0u32, 1, 2]).prop_shuffle()) {
        let mut renamed = scene.clone();
        for label in renamed.labels.iter_mut().chain(&mut renamed.of_class) {
            *label = names[*label as usize];
        }
        for case in rules::all(SETTINGS) {
            let (a, b) = (scene.learn(&case), renamed.learn(&case));
            prop_assert_eq!(a.prototypes(), b.prototypes(), "{}", case.name);
            prop_assert_eq!(a.metric(), b.metric(), "{}", case.name);
        }
    }

    #[test]
    fn order_of_samples_in_a_full_batch(
        scene in scene(),
        order in Just((0..24usize).collect::<Vec<_>>()).prop_shuffle(),
    ) {
        let shuffled = Scene {
            data: order.iter().flat_map(|&i| scene.data[i * DIM..][..DIM].to_vec()).collect(),
            labels: order.iter().map(|&i| scene.labels[i]).collect(),
            ..scene.clone()
        };
        for case in rules::all(SETTINGS).iter().filter(|case| case.descends) {
            let (a, b) = (scene.learn(case), shuffled.learn(case));
            close(case.name, a.prototypes(), b.prototypes())?;
            close(case.name, a.metric().values(), b.metric().values())?;
        }
    }

    #[test]
    fn where_the_origin_is(scene in scene(), by in prop::collection::vec(-3.0..3.0f64, DIM)) {
        let mut moved = scene.clone();
        let all = moved.data.iter_mut().chain(&mut moved.prototypes).enumerate();
        all.for_each(|(at, x)| *x += by[at % DIM]);
        for case in rules::all(SETTINGS) {
            let (a, b) = (scene.learn(&case), moved.learn(&case));
            let back: Vec<f64> =
                b.prototypes().iter().enumerate().map(|(at, w)| w - by[at % DIM]).collect();
            close(case.name, &back, a.prototypes())?;
            close(case.name, a.metric().values(), b.metric().values())?;
        }
    }

    #[test]
    fn where_the_axes_point(scene in scene(), angles in prop::array::uniform3(0.0..6.2f64)) {
        let turn = |values: &[f64]| -> Vec<f64> {
            let mut values = values.to_vec();
            for row in values.chunks_mut(DIM) {
                for (k, angle) in angles.iter().enumerate() {
                    let (i, j, (sin, cos)) = (k % DIM, (k + 1) % DIM, angle.sin_cos());
                    (row[i], row[j]) = (cos * row[i] - sin * row[j], sin * row[i] + cos * row[j]);
                }
            }
            values
        };
        let turned = Scene {
            data: turn(&scene.data),
            prototypes: turn(&scene.prototypes),
            ..scene.clone()
        };
        for case in rules::all(SETTINGS).iter().filter(|case| case.is_isotropic) {
            let (a, b) = (scene.learn(case), turned.learn(case));
            close(case.name, b.prototypes(), &turn(a.prototypes()))?;
        }
    }
}
