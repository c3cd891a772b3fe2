//! Every rule, with settings a test can choose, and samples for it.

#![allow(dead_code, reason = "each test file looks at some of it")]

use mynah_lvq::*;

/// A rule under test.
pub struct Case {
    pub name: &'static str,
    pub rule: Box<dyn Rule<f64>>,
    pub online: Box<dyn Online<f64>>,
    /// Whether it descends a cost in batches.
    pub descends: bool,
    /// Whether it knows no dimension from another.
    pub is_isotropic: bool,
}

/// Settings that all share.
#[derive(Clone, Copy)]
pub struct Settings {
    pub n_epochs: usize,
    pub batch_size: usize,
    pub optimizer: Optimizer,
    pub learning_rate: f64,
    pub seed: u64,
}

/// All rules.
pub fn all(settings: Settings) -> Vec<Case> {
    let mut cases = Vec::new();
    macro_rules! kohonen {
        ($name:literal, $rule:ident, $config:ident) => {{
            let mut config = $config::default();
            (config.n_epochs, config.seed) = (settings.n_epochs, settings.seed);
            let rule = $rule::new(&config).unwrap();
            cases.push(Case {
                name: $name,
                rule: Box::new(rule.clone()),
                online: Box::new(rule),
                descends: false,
                is_isotropic: true,
            });
        }};
    }
    macro_rules! descent {
        ($name:literal, $rule:ident, $config:ident, $isotropic:literal, $change:expr) => {{
            let mut config = $config::default();
            (config.n_epochs, config.seed) = (settings.n_epochs, settings.seed);
            config.batch_size = settings.batch_size;
            config.learning_rate = settings.learning_rate;
            config.optimizer = settings.optimizer;
            let change: fn(&mut $config) = $change;
            change(&mut config);
            let rule = $rule::new(&config).unwrap();
            cases.push(Case {
                name: $name,
                rule: Box::new(rule.clone()),
                online: Box::new(rule),
                descends: true,
                is_isotropic: $isotropic,
            });
        }};
    }
    kohonen!("lvq1", Lvq1, Lvq1Config);
    kohonen!("olvq1", Olvq1, Olvq1Config);
    kohonen!("lvq2.1", Lvq21, Lvq21Config);
    kohonen!("lvq3", Lvq3, Lvq3Config);
    descent!("glvq", Glvq, GlvqConfig, true, |_| {});
    descent!("grlvq", Grlvq, GrlvqConfig, false, |_| {});
    descent!("gmlvq", Gmlvq, GmlvqConfig, false, |config| {
        (config.n_rows, config.regularisation) = (Some(2), 0.01);
    });
    descent!("lgmlvq", Lgmlvq, LgmlvqConfig, false, |config| config
        .n_rows =
        Some(2));
    descent!("rslvq", Rslvq, RslvqConfig, true, |_| {});
    descent!("celvq", Celvq, CelvqConfig, true, |config| config
        .temperature =
        2.0);
    descent!("sng", Sng, SngConfig, true, |_| {});
    descent!("srng", Sng, SngConfig, false, |config| config
        .metric_learning_rate =
        Some(0.002));
    cases
}

/// Values in a vector.
pub const DIM: usize = 3;

/// In [-1, 1).
pub fn noise(i: usize) -> f64 {
    let x = (i as f64 * 12.9898 + 78.233).sin() * 43758.5453;
    2.0 * (x - x.floor()) - 1.0
}

/// `n` overlapping points of three classes.
pub fn data(n: usize, salt: usize) -> (Vec<f64>, Vec<u32>) {
    let value = |at: usize| noise(salt + at) + 0.5 * f64::from((at / DIM % 3 == at % DIM) as u8);
    (
        (0..n * DIM).map(value).collect(),
        (0..n as u32).map(|i| i % 3).collect(),
    )
}

/// Two prototypes a class.
pub fn start() -> Codebook<f64> {
    let prototypes = (0..6 * DIM).map(|i| noise(9000 + i)).collect();
    Codebook::new(DIM, 3, prototypes, vec![0, 1, 2, 0, 1, 2]).unwrap()
}
