//! Properties that hold whatever the numbers. Integers keep every sum exact.

use mynah_lvq::{Activation, Codebook, Glvq, GlvqConfig, Lvq1, Pair, squared_euclidean};
use proptest::prelude::*;

const N_CLASSES: usize = 4;

/// dim, prototypes with labels, and a vector: small integers.
fn scene() -> impl Strategy<Value = (usize, Vec<i32>, Vec<u32>, Vec<i32>)> {
    (1usize..20, 1usize..12).prop_flat_map(|(dim, n)| {
        let values = |len| prop::collection::vec(-20i32..20, len);
        let labels = prop::collection::vec(0..N_CLASSES as u32, n);
        (Just(dim), values(n * dim), labels, values(dim))
    })
}

fn floats(values: &[i32]) -> Vec<f32> {
    values.iter().map(|&v| v as f32).collect()
}

fn book(dim: usize, prototypes: &[i32], labels: &[u32]) -> Codebook {
    Codebook::new(dim, N_CLASSES, floats(prototypes), labels.to_vec()).expect("valid")
}

proptest! {
    #[test]
    fn decide_is_what_sorting_all_distances_says((dim, w, labels, x) in scene()) {
        let codebook = book(dim, &w, &labels);
        let x = floats(&x);
        let mut all: Vec<_> = (0..labels.len())
            .map(|i| (squared_euclidean(&x, codebook.prototype(i)), i, labels[i]))
            .collect();
        all.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        let decision = codebook.decide(&x);
        prop_assert_eq!((decision.distance, decision.winner, decision.label), all[0]);
        let other = decision.runner_up.map(|o| (o.distance, o.prototype, o.label));
        prop_assert_eq!(other, all.iter().copied().find(|o| o.2 != all[0].2));
        let margin = decision.margin();
        prop_assert!((0.0..=1.0).contains(&margin));
        if let (Some(_), Some(pair)) = (other, Pair::find(&codebook, &x, decision.label)) {
            prop_assert_eq!(margin, -pair.mu() as f32);
        }
    }

    #[test]
    fn relabelling_prototypes_relabels_decisions(
        (dim, w, labels, x) in scene(),
        names in Just([0, 1, 2, 3]).prop_shuffle(),
    ) {
        let renamed: Vec<u32> = labels.iter().map(|&l| names[l as usize]).collect();
        let a = book(dim, &w, &labels).decide(&floats(&x));
        let b = book(dim, &w, &renamed).decide(&floats(&x));
        prop_assert_eq!(b.label, names[a.label as usize]);
        prop_assert_eq!((a.winner, a.distance, a.margin()), (b.winner, b.distance, b.margin()));
        prop_assert_eq!(
            b.runner_up.map(|o| (o.label, o.prototype)),
            a.runner_up.map(|o| (names[o.label as usize], o.prototype))
        );
    }

    #[test]
    fn moving_everything_alike_changes_no_decision((dim, w, labels, x) in scene(), by in -99i32..99) {
        let moved = |v: &[i32]| v.iter().map(|v| v + by).collect::<Vec<_>>();
        let a = book(dim, &w, &labels).decide(&floats(&x));
        prop_assert_eq!(a, book(dim, &moved(&w), &labels).decide(&floats(&moved(&x))));
    }

    #[test]
    fn lvq1_moves_the_winner_only((dim, w, labels, x) in scene(), label in 0..N_CLASSES as u32) {
        let mut codebook = book(dim, &w, &labels);
        let before = codebook.clone();
        let x = floats(&x);
        let decision = Lvq1::step(&mut codebook, &x, label, 0.25);
        prop_assert_eq!(decision, before.decide(&x));
        for i in (0..labels.len()).filter(|&i| i != decision.winner) {
            prop_assert_eq!(codebook.prototype(i), before.prototype(i));
        }
        let after = squared_euclidean(&x, codebook.prototype(decision.winner));
        if decision.label == label {
            prop_assert!(after <= decision.distance);
        } else {
            prop_assert!(after >= decision.distance);
        }
    }

    /// The step is learning_rate × the gradient: compared with central differences of f(μ).
    #[test]
    fn glvq_descends_the_gradient_of_its_cost(
        (dim, w, labels, x) in scene(),
        label in 0..N_CLASSES as u32,
        beta in 0.0..20.0f64,
    ) {
        let mut config = GlvqConfig::default();
        config.activation = if beta < 1.0 { Activation::Identity } else { Activation::Sigmoid { beta } };
        let activation = config.activation;
        let glvq = Glvq::new(&config).unwrap();
        let w: Vec<f64> = w.iter().map(|&v| f64::from(v) / 10.0).collect();
        let x: Vec<f64> = x.iter().map(|&v| f64::from(v) / 10.0).collect();
        let make = |w: Vec<f64>| Codebook::new(dim, N_CLASSES, w, labels.clone()).unwrap();
        let mut codebook = make(w.clone());
        let Some(pair) = glvq.step(&mut codebook, &x, label, 1.0) else { return Ok(()) };
        // The cost has a kink where two prototypes are as near, and μ one where both distances
        // vanish.
        let ranked = |same: bool| {
            let of_kind = (0..labels.len()).filter(|&i| (labels[i] == label) == same);
            let mut d: Vec<f64> = of_kind.map(|i| squared_euclidean(&x, &w[i * dim..][..dim])).collect();
            d.sort_by(f64::total_cmp);
            d
        };
        for d in [ranked(true), ranked(false)] {
            prop_assume!(d.len() < 2 || d[1] - d[0] > 1e-3);
        }
        prop_assume!(pair.d_plus + pair.d_minus > 0.05);
        let cost = |i: usize, by: f64| {
            let mut w = w.clone();
            w[i] += by;
            activation.value(Pair::find(&make(w), &x, label).unwrap().mu())
        };
        let h = 1e-5;
        for (i, (before, after)) in w.iter().zip(codebook.prototypes()).enumerate() {
            let gradient = before - after;
            let numeric = (cost(i, h) - cost(i, -h)) / (2.0 * h);
            // Truncation: h² times a third derivative of up to about (β / √d)³.
            prop_assert!((gradient - numeric).abs() <= 1e-4 * (1.0 + gradient.abs()), "{gradient} {numeric}");
        }
    }
}
