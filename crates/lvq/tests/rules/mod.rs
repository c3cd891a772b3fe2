//! Every rule, with settings a test can choose.

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
