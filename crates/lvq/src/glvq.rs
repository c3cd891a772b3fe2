use crate::adam::Adam;
use crate::error::require;
use crate::pair::PairSearch;
use crate::rule::{check, check_finite};
use crate::{Activation, Codebook, Epoch, Error, Float, Pair, Rule, Samples, schedule};
use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;
use std::ops::ControlFlow;

/// Samples in one parallel task of the search, and prototypes compared with all of them before
/// the next ones, so that they stay in the cache. Each distance stands alone, so neither number
/// can change a result.
const CHUNK: usize = 16;
const BLOCK: usize = 8;

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
    /// Peak of the one-cycle learning rate, in (0, 1000], in units of the data: no value of a
    /// prototype moves much further in an update. Default 0.02, meant for standardised data.
    pub learning_rate: f64,
    /// The cost's f. Default sigmoid, β = 15.
    pub activation: Activation,
    /// Seed of the order in which each epoch presents the samples. Default 0.
    pub seed: u64,
}

impl Default for GlvqConfig {
    fn default() -> Self {
        Self {
            n_epochs: 60,
            batch_size: 256,
            learning_rate: 0.02,
            activation: Activation::Sigmoid { beta: 15.0 },
            seed: 0,
        }
    }
}

/// Generalised LVQ (Sato & Yamada 1996): gradient descent on the mean of f(μ),
/// μ = (d⁺ − d⁻) / (d⁺ + d⁻), over the nearest prototypes of the right class and of any other.
///
/// [`train`](Rule::train) takes mini-batches with Adam (Kingma & Ba 2015) and a
/// [one-cycle](schedule::one_cycle) learning rate.
#[derive(Debug, Clone)]
pub struct Glvq {
    config: GlvqConfig,
}

impl Glvq {
    /// Checks the configuration.
    ///
    /// # Errors
    /// [`Error::Config`] for a setting out of range.
    pub fn new(config: &GlvqConfig) -> Result<Self, Error> {
        let GlvqConfig {
            n_epochs,
            batch_size,
            learning_rate,
            activation,
            seed: _,
        } = *config;
        for (field, count) in [("n_epochs", n_epochs), ("batch_size", batch_size)] {
            require(
                (1..=1_000_000).contains(&count),
                field,
                count as f64,
                "1 to 1,000,000",
            )?;
        }
        let rate_ok = learning_rate > 0.0 && learning_rate <= 1000.0;
        require(
            rate_ok,
            "learning_rate",
            learning_rate,
            "above 0 and at most 1000",
        )?;
        activation.check()?;
        Ok(Self {
            config: config.clone(),
        })
    }

    /// One step of plain gradient descent on one sample, and the pair before it: both prototypes
    /// move by learning_rate times the full gradient of f(μ), no constant absorbed. `None`, and
    /// nothing moves, if the codebook has no prototype of the class or none of another.
    ///
    /// Only the activation of the configuration matters here. `x` must be finite; a step does not
    /// check, [`train`](Rule::train) does.
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
        let pair = Pair::find(codebook, x, label)?;
        let [plus, minus] = self.factors(&pair);
        codebook.move_towards(pair.plus, x, learning_rate * plus);
        codebook.move_towards(pair.minus, x, learning_rate * minus);
        Some(pair)
    }

    /// The factors of x − w in the descent direction −∂f(μ)/∂w of w⁺ and w⁻:
    /// 4 f′ d⁻ / (d⁺ + d⁻)² and −4 f′ d⁺ / (d⁺ + d⁻)²; zero where both distances are.
    fn factors<T: Float>(&self, pair: &Pair<T>) -> [f64; 2] {
        let (d_plus, d_minus) = (pair.d_plus.to_f64(), pair.d_minus.to_f64());
        let sum = d_plus + d_minus;
        if sum == 0.0 {
            return [0.0; 2];
        }
        let common = 4.0 * self.config.activation.slope(pair.mu()) / sum;
        [common * (d_minus / sum), -common * (d_plus / sum)]
    }

    /// Adds `weight` times the gradient of one sample's cost to `gradient`, `[n_prototypes × dim]`.
    fn add_gradient<T: Float>(
        &self,
        codebook: &Codebook<T>,
        x: &[T],
        pair: &Pair<T>,
        weight: f64,
        gradient: &mut [T],
    ) {
        let dim = codebook.dim();
        for (w, factor) in [pair.plus, pair.minus].into_iter().zip(self.factors(pair)) {
            let factor = T::from_f64(weight * factor);
            let row = &mut gradient[w * dim..(w + 1) * dim];
            for ((g, &w), &x) in row.iter_mut().zip(codebook.prototype(w)).zip(x) {
                *g += factor * (w - x);
            }
        }
    }
}

impl<T: Float> Rule<T> for Glvq {
    fn train(
        &self,
        codebook: &mut Codebook<T>,
        samples: &Samples<'_, T>,
        observer: &mut dyn FnMut(&Epoch) -> ControlFlow<()>,
    ) -> Result<(), Error> {
        check(codebook, samples)?;
        let class = codebook.labels()[0];
        if codebook.labels().iter().all(|&label| label == class) {
            return Err(Error::OneClass { class });
        }
        let GlvqConfig {
            n_epochs,
            batch_size,
            learning_rate,
            activation,
            seed,
        } = self.config;
        let mut trained = codebook.clone();
        let mut order: Vec<usize> = (0..samples.len()).collect();
        let batch_size = batch_size.min(order.len());
        let mut found = vec![PairSearch::default(); batch_size];
        let mut gradient = vec![T::default(); trained.prototypes().len()];
        let mut adam = Adam::new(gradient.len());
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let n_steps = n_epochs as u64 * order.len().div_ceil(batch_size) as u64;
        let mut steps = 0..n_steps;
        for index in 0..n_epochs {
            order.shuffle(&mut rng);
            let (mut cost, mut n_errors) = (0.0, 0);
            for (batch, step) in order.chunks(batch_size).zip(&mut steps) {
                let found = &mut found[..batch.len()];
                search(&trained, samples, batch, found);
                gradient.fill(T::default());
                let weight = 1.0 / batch.len() as f64;
                // One after the other, in the order of the batch: the sums must not depend on threads.
                for (&i, found) in batch.iter().zip(found) {
                    let pair = found
                        .pair()
                        .expect("checked: at least two classes, all of the samples'");
                    cost += activation.value(pair.mu());
                    n_errors += usize::from(pair.is_error());
                    self.add_gradient(&trained, samples.row(i), &pair, weight, &mut gradient);
                }
                let rate = schedule::one_cycle(learning_rate, step, n_steps);
                adam.step(trained.prototypes_mut(), &gradient, rate);
            }
            let epoch = Epoch {
                index,
                n_epochs,
                mean_cost: cost / order.len() as f64,
                n_errors,
            };
            check_finite(&trained, &epoch)?;
            if observer(&epoch).is_break() {
                break;
            }
        }
        *codebook = trained;
        Ok(())
    }
}

/// Finds the pair of every sample of the batch, in its order, on all threads.
fn search<T: Float>(
    codebook: &Codebook<T>,
    samples: &Samples<'_, T>,
    batch: &[usize],
    found: &mut [PairSearch<T>],
) {
    found
        .par_chunks_mut(CHUNK)
        .zip(batch.par_chunks(CHUNK))
        .for_each(|(found, batch)| {
            found.fill(PairSearch::default());
            let n = codebook.n_prototypes();
            for first in (0..n).step_by(BLOCK) {
                let part = first..n.min(first + BLOCK);
                for (found, &i) in found.iter_mut().zip(batch) {
                    found.scan(codebook, part.clone(), samples.row(i), samples.labels()[i]);
                }
            }
        });
}

#[cfg(test)]
mod tests {
    use super::*;

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
    fn batches_find_the_pairs_of_single_searches() {
        // 37 samples: several chunks, the last short; 11 prototypes: one block and three over.
        let (dim, n_classes) = (5, 3);
        let value = |i: usize| ((i * 7919) % 101) as f32 / 50.0 - 1.0;
        let data: Vec<f32> = (0..37 * dim).map(value).collect();
        let labels: Vec<u32> = (0..37).map(|i| i % 3).collect();
        let samples = Samples::new(&data, dim, &labels, n_classes).unwrap();
        let prototypes = (1000..1000 + 11 * dim).map(value).collect();
        let codebook = Codebook::new(
            dim,
            n_classes,
            prototypes,
            vec![0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1],
        )
        .unwrap();
        let batch: Vec<usize> = (0..37).rev().collect();
        let mut found = vec![PairSearch::default(); 37];
        search(&codebook, &samples, &batch, &mut found);
        for (&i, found) in batch.iter().zip(&found) {
            let pair = Pair::find(&codebook, samples.row(i), labels[i]);
            assert_eq!(found.pair(), pair);
            assert!(pair.is_some());
        }
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
            let pair = Pair::find(&initial, x, label).unwrap();
            glvq.add_gradient(&initial, x, &pair, 1.0 / n as f64, &mut got);
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
