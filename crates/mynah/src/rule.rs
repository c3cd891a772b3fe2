//! Every learning rule with its settings.

use mynah_lvq::{
    Celvq, CelvqConfig, Error, Glvq, GlvqConfig, Gmlvq, GmlvqConfig, Grlvq, GrlvqConfig, Lgmlvq,
    LgmlvqConfig, Lvq1, Lvq1Config, Lvq3, Lvq3Config, Lvq21, Lvq21Config, Olvq1, Olvq1Config,
    Rslvq, RslvqConfig, Rule, Sng, SngConfig,
};
use serde::{Deserialize, Serialize};

macro_rules! rules {
    ($($(#[$doc:meta])* $name:ident, $key:literal, $config:ident;)*) => {
        /// A learning rule with its settings. The seed in it is replaced by [`TrainConfig::seed`](crate::TrainConfig::seed).
        #[non_exhaustive]
        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
        pub enum RuleConfig {
            $($(#[$doc])* #[serde(rename = $key)] $name($config),)*
        }

        impl RuleConfig {
            /// What the rules are called.
            pub const NAMES: &[&str] = &[$($key),*];

            /// The rule of this name at its defaults.
            pub fn named(name: &str) -> Option<Self> {
                match name {
                    $($key => Some(Self::$name($config::default())),)*
                    _ => None,
                }
            }

            /// What the rule is called.
            pub fn name(&self) -> &'static str {
                match self {
                    $(Self::$name(_) => $key,)*
                }
            }

            /// Passes over the training vectors.
            pub fn n_epochs(&self) -> usize {
                match self {
                    $(Self::$name(rule) => rule.n_epochs,)*
                }
            }

            /// The same rule with another number of passes.
            pub fn with_n_epochs(mut self, n_epochs: usize) -> Self {
                match &mut self {
                    $(Self::$name(rule) => rule.n_epochs = n_epochs,)*
                }
                self
            }

            /// The rule, checked, with this seed.
            ///
            /// # Errors
            /// For a setting out of range.
            pub fn rule(&self, seed: u64) -> Result<Box<dyn Rule>, Error> {
                Ok(match self {
                    $(Self::$name(rule) => {
                        let mut rule = rule.clone();
                        rule.seed = seed;
                        Box::new($name::new(&rule)?)
                    })*
                })
            }
        }
    };
}

impl RuleConfig {
    /// Whether the rule can learn for whole numbers, see [`TrainConfig::quantize_aware`](crate::TrainConfig::quantize_aware): it follows a
    /// gradient, under a metric that all prototypes share.
    pub fn can_quantize(&self) -> bool {
        matches!(
            self,
            Self::Glvq(_)
                | Self::Grlvq(_)
                | Self::Gmlvq(_)
                | Self::Rslvq(_)
                | Self::Celvq(_)
                | Self::Sng(_)
        )
    }
}

rules! {
    /// Kohonen's first rule.
    Lvq1, "lvq1", Lvq1Config;
    /// The first rule with a learning rate for each prototype.
    Olvq1, "olvq1", Olvq1Config;
    /// The second rule: two prototypes beside the border.
    Lvq21, "lvq2.1", Lvq21Config;
    /// The third rule, which stays stable.
    Lvq3, "lvq3", Lvq3Config;
    /// Generalised LVQ.
    Glvq, "glvq", GlvqConfig;
    /// Generalised LVQ with a relevance for each dimension.
    Grlvq, "grlvq", GrlvqConfig;
    /// Generalised LVQ with a matrix.
    Gmlvq, "gmlvq", GmlvqConfig;
    /// Generalised LVQ with a matrix for each prototype.
    Lgmlvq, "lgmlvq", LgmlvqConfig;
    /// Robust soft LVQ.
    Rslvq, "rslvq", RslvqConfig;
    /// Cross-entropy LVQ.
    Celvq, "celvq", CelvqConfig;
    /// Supervised neural gas.
    Sng, "sng", SngConfig;
}
