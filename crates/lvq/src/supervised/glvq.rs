use super::pair_cost::PairCost;
use crate::descent::{Descent, step};
use crate::optimizer::{Optimizer, Schedule};
use crate::{Activation, Codebook, Error, Float, Online, Outcome, Pair, Rule, Source, Training};

/// Settings of [`Glvq`].
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(deny_unknown_fields)
)]
#[non_exhaustive]
pub struct GlvqConfig {
    /// Passes over the samples, 1 to 1,000,000. Default 60.
    pub n_epochs: usize,
    /// Samples an update is averaged over, 1 to 1,000,000; more than there are means all.
    /// Default 256.
    pub batch_size: usize,
    /// Greatest learning rate, in (0, 1000]. Default 0.02, meant for Adam on standardised data: no
    /// value of a prototype moves much further in an update.
    pub learning_rate: f64,
    /// How the learning rate changes over the updates. Default one cycle.
    #[cfg_attr(feature = "serde", serde(default))]
    pub schedule: Schedule,
    /// How prototypes follow the gradient. Default Adam.
    #[cfg_attr(feature = "serde", serde(default))]
    pub optimizer: Optimizer,
    /// The cost's f. Default sigmoid, β = 15.
    pub activation: Activation,
    /// β at the start, in (0, 1000], if it is to change in a straight line to that of the
    /// activation. Default none.
    #[cfg_attr(feature = "serde", serde(default))]
    pub beta_start: Option<f64>,
    /// Seed of the order in which each epoch presents the samples. Default 0.
    pub seed: u64,
}

impl Default for GlvqConfig {
    fn default() -> Self {
        Self {
            n_epochs: 60,
            batch_size: 256,
            learning_rate: 0.02,
            schedule: Schedule::OneCycle,
            optimizer: Optimizer::Adam,
            activation: Activation::Sigmoid { beta: 15.0 },
            beta_start: None,
            seed: 0,
        }
    }
}

/// Generalised LVQ (Sato & Yamada 1996): gradient descent on the mean of f(μ),
/// μ = (d⁺ − d⁻) / (d⁺ + d⁻), over the nearest prototypes of the right class and of any other.
///
/// The metric of the codebook stays as it is. By default [`train`](Rule::train) takes mini-batches with
/// Adam (Kingma & Ba 2015) and a [one-cycle](crate::schedule::one_cycle) learning rate.
#[derive(Debug, Clone)]
pub struct Glvq {
    cost: PairCost,
    descent: Descent,
}

impl Glvq {
    /// Checks the configuration.
    ///
    /// # Errors
    /// [`Error::Config`] for a setting out of range.
    pub fn new(config: &GlvqConfig) -> Result<Self, Error> {
        let descent = Descent {
            n_epochs: config.n_epochs,
            batch_size: config.batch_size,
            learning_rate: config.learning_rate,
            optimizer: config.optimizer,
            schedule: config.schedule,
            seed: config.seed,
            metric: None,
        };
        descent.check()?;
        let cost = PairCost {
            activation: config.activation,
            beta_start: config.beta_start,
        };
        cost.check()?;
        Ok(Self { cost, descent })
    }

    /// One step of plain gradient descent on one sample, and the pair before it: both prototypes
    /// move by learning_rate times the full gradient of f(μ), no constant absorbed; under the
    /// Euclidean metric w⁺ by 4 f′ d⁻ / (d⁺ + d⁻)² (x − w⁺), w⁻ by −4 f′ d⁺ / (d⁺ + d⁻)² (x − w⁻).
    /// `None`, and nothing moves, if the codebook has no prototype of the class or none of another.
    ///
    /// Only the activation of the configuration matters here. `x` must be finite, or NaN where a
    /// value is absent; a step does not check, [`train`](Rule::train) does.
    ///
    /// # Panics
    /// If the length of `x` is not the codebook's `dim`.
    pub fn step<T: Float>(
        &self,
        codebook: &mut Codebook<T>,
        x: &[T],
        label: u32,
        learning_rate: f64,
    ) -> Option<Pair<T>> {
        step(&self.cost, codebook, x, label, learning_rate, None).map(|verdict| verdict.pair.cast())
    }
}

impl<T: Float> Rule<T> for Glvq {
    fn learn(
        &self,
        codebook: &mut Codebook<T>,
        source: &dyn Source<T>,
        training: Training<'_, T>,
    ) -> Result<Outcome<T>, Error> {
        self.descent.learn(&self.cost, codebook, source, training)
    }
}

impl<T: Float> Online<T> for Glvq {
    fn present(&mut self, codebook: &mut Codebook<T>, x: &[T], label: u32, learning_rate: f64) {
        self.step(codebook, x, label, learning_rate);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Samples, schedule};
    use std::ops::ControlFlow;

    #[test]
    fn refuses_settings_out_of_range() {
        let refuse = |change: fn(&mut GlvqConfig), name| {
            let mut config = GlvqConfig::default();
            change(&mut config);
            let error = Glvq::new(&config).unwrap_err();
            assert!(
                matches!(error, Error::Config { field, .. } if field == name),
                "{error}"
            );
        };
        refuse(|c| c.n_epochs = 0, "n_epochs");
        refuse(|c| c.n_epochs = 1_000_001, "n_epochs");
        refuse(|c| c.batch_size = 0, "batch_size");
        refuse(|c| c.batch_size = 1_000_001, "batch_size");
        refuse(|c| c.learning_rate = 0.0, "learning_rate");
        refuse(|c| c.learning_rate = f64::INFINITY, "learning_rate");
        refuse(|c| c.learning_rate = f64::NAN, "learning_rate");
        refuse(|c| c.activation = Activation::Sigmoid { beta: 0.0 }, "beta");
        refuse(|c| c.activation = Activation::Sigmoid { beta: 1e4 }, "beta");
        refuse(
            |c| c.activation = Activation::Sigmoid { beta: f64::NAN },
            "beta",
        );
    }

    #[test]
    fn training_is_adam_on_the_gradient_of_the_mean_cost() {
        let (dim, n, h, beta) = (3, 20, 1e-5, 2.0);
        // No two prototypes are as near to a sample: the cost has a kink there.
        let value = |i: usize| ((i * i) as f64).sin();
        let data: Vec<f64> = (0..n * dim).map(value).collect();
        let labels: Vec<u32> = (0..n as u32).map(|i| i % 3).collect();
        let samples = Samples::new(&data, dim, &labels, 3).unwrap();
        let start: Vec<f64> = (1000..1000 + 6 * dim).map(value).collect();
        let of_class = [0, 1, 2, 0, 1, 2];
        let initial = Codebook::new(dim, 3, start.clone(), of_class.to_vec()).unwrap();

        let mean_cost = |prototypes: &[f64]| {
            let mut sum = 0.0;
            for (x, label) in data.chunks(dim).zip(&labels) {
                let (mut plus, mut minus) = (f64::INFINITY, f64::INFINITY);
                for (w, class) in prototypes.chunks(dim).zip(&of_class) {
                    let d = x.iter().zip(w).map(|(x, w)| (x - w).powi(2)).sum();
                    let nearest = if class == label {
                        &mut plus
                    } else {
                        &mut minus
                    };
                    *nearest = nearest.min(d);
                }
                sum += 1.0 / (1.0 + (-beta * (plus - minus) / (plus + minus)).exp());
            }
            sum / n as f64
        };
        let gradient = |w: &[f64]| -> Vec<f64> {
            let cost = |i: usize, by: f64| {
                let mut w = w.to_vec();
                w[i] += by;
                mean_cost(&w)
            };
            let slope = |i| (cost(i, h) - cost(i, -h)) / (2.0 * h);
            (0..w.len()).map(slope).collect()
        };

        let mut config = GlvqConfig {
            batch_size: n,
            // Less steep than the default: no gradient is so faint that the differences lose it.
            activation: Activation::Sigmoid { beta },
            ..GlvqConfig::default()
        };
        // Adam is blind to the size of the gradient, so that is compared by itself.
        let mut got = vec![0.0; start.len()];
        let glvq = Glvq::new(&config).unwrap();
        for (x, label) in samples.iter() {
            let mut moved = initial.clone();
            glvq.step(&mut moved, x, label, 1.0 / n as f64).unwrap();
            let steps = initial.prototypes().iter().zip(moved.prototypes());
            for (got, (before, after)) in got.iter_mut().zip(steps) {
                *got += before - after;
            }
        }
        for (got, expected) in got.iter().zip(gradient(&start)) {
            assert!((got - expected).abs() < 1e-6, "{got} {expected}");
        }
        // One batch an epoch; the first step of Adam hardly tells more than signs, the later ones do.
        for n_epochs in [1, 5] {
            config.n_epochs = n_epochs;
            let mut trained = initial.clone();
            let glvq = Glvq::new(&config).unwrap();
            glvq.train(&mut trained, &samples, &mut |_| ControlFlow::Continue(()))
                .unwrap();
            let mut w = start.clone();
            let (mut m, mut v) = (vec![0.0; w.len()], vec![0.0; w.len()]);
            for t in 1..=n_epochs as i32 {
                let g = gradient(&w);
                let rate = schedule::one_cycle(0.02, t as u64 - 1, n_epochs as u64);
                for i in 0..w.len() {
                    m[i] = 0.9 * m[i] + 0.1 * g[i];
                    v[i] = 0.999 * v[i] + 0.001 * g[i] * g[i];
                    let m_hat = m[i] / (1.0 - 0.9f64.powi(t));
                    let v_hat: f64 = v[i] / (1.0 - 0.999f64.powi(t));
                    w[i] -= rate * m_hat / (v_hat.sqrt() + 1e-8);
                }
            }
            for (got, expected) in trained.prototypes().iter().zip(w) {
                assert!((got - expected).abs() < 1e-6, "{got} {expected}");
            }
        }
    }

    #[test]
    fn nothing_moves_where_both_distances_are_zero() {
        let mut codebook = Codebook::new(1, 2, vec![1.0f32, 1.0], vec![0, 1]).unwrap();
        let glvq = Glvq::new(&GlvqConfig::default()).unwrap();
        assert_eq!(glvq.step(&mut codebook, &[1.0], 0, 0.5).unwrap().mu(), 0.0);
        assert_eq!(codebook.prototypes(), [1.0, 1.0]);
        assert_eq!(glvq.step(&mut codebook, &[1.0], 7, 0.5), None);
    }
}
