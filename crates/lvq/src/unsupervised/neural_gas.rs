use super::train::{check_passes, online};
use super::units::move_towards;
use super::{Clusterer, Decay, Match, Pass, Points, Report, Units};
use crate::elementary::exp;
use crate::error::require;
use crate::{Error, Float, squared_euclidean};
use std::ops::ControlFlow;

/// Settings of [`NeuralGas`].
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(deny_unknown_fields)
)]
#[non_exhaustive]
pub struct NeuralGasConfig {
    /// Passes over the points, 1 to 1,000,000. Default 20.
    pub n_passes: usize,
    /// The winner's learning rate ε, at most 1. Default exponential from 0.5 to 0.005 (Martinetz et al. 1993).
    pub learning_rate: Decay,
    /// Range λ of the ranks that learn with it. Default (`None`) exponential from half the number of units to 0.01.
    pub range: Option<Decay>,
    /// Seed of the order in which each pass presents the points. Default 0.
    pub seed: u64,
}

impl Default for NeuralGasConfig {
    fn default() -> Self {
        Self {
            n_passes: 20,
            learning_rate: Decay::Exponential {
                from: 0.5,
                to: 0.005,
            },
            range: None,
            seed: 0,
        }
    }
}

/// Neural gas (Martinetz & Schulten 1991): every unit moves towards a point, by its rank among the units in nearness to
/// it. So no unit dies, and the end depends little on the start.
#[derive(Debug, Clone)]
pub struct NeuralGas {
    config: NeuralGasConfig,
}

impl NeuralGas {
    /// Checks the configuration.
    ///
    /// # Errors
    /// [`Error::Config`] for a setting out of range.
    pub fn new(config: &NeuralGasConfig) -> Result<Self, Error> {
        check_passes(config.n_passes)?;
        config
            .learning_rate
            .check("learning_rate", 1.0, "above 0 and at most 1")?;
        if let Some(range) = config.range {
            range.check("range", 1e9, "above 0 and at most 1e9")?;
            let end = range.at(1, 1);
            require(end > 0.0, "range", end, "above 0 at its end")?;
        }
        Ok(Self {
            config: config.clone(),
        })
    }

    /// One update: the unit of rank k (0 is the nearest, equals in the order of their indices) moves by
    /// w ← w + learning_rate · exp(−k / range) · (x − w). Returns the nearest units before. `range` must be above 0 and
    /// `x` finite; a step does not check.
    ///
    /// # Panics
    /// If the length of `x` is not the units' `dim`.
    pub fn step<T: Float>(
        units: &mut Units<T>,
        x: &[T],
        learning_rate: f64,
        range: f64,
    ) -> Match<T> {
        let found = units.nearest(x);
        step_with(units, x, learning_rate, range, &mut Vec::new());
        found
    }
}

impl<T: Float> Clusterer<T> for NeuralGas {
    fn train(
        &self,
        units: &mut Units<T>,
        points: &Points<'_, T>,
        observer: &mut dyn FnMut(&Pass, &Units<T>) -> ControlFlow<()>,
    ) -> Result<Report, Error> {
        let config = &self.config;
        let range = config.range.unwrap_or(Decay::Exponential {
            from: (units.n_units() as f64 / 2.0).max(0.01),
            to: 0.01,
        });
        let mut ranked = Vec::with_capacity(units.n_units());
        let learn = |units: &mut Units<T>, x: &[T], step, n_steps| {
            let rate = config.learning_rate.at(step, n_steps);
            step_with(units, x, rate, range.at(step, n_steps), &mut ranked)
        };
        let run = (config.n_passes, config.seed);
        online(units, points, run, learn, observer)
    }
}

/// [`NeuralGas::step`] with a buffer; returns the squared distance to the winner.
fn step_with<T: Float>(
    units: &mut Units<T>,
    x: &[T],
    learning_rate: f64,
    range: f64,
    ranked: &mut Vec<(f64, usize)>,
) -> T {
    ranked.clear();
    let distances = units.iter().map(|unit| squared_euclidean(x, unit).to_f64());
    ranked.extend(distances.zip(0..));
    ranked.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    for (rank, &(_, unit)) in ranked.iter().enumerate() {
        let rate = learning_rate * exp(-(rank as f64) / range);
        move_towards(units.unit_mut(unit), x, rate);
    }
    T::from_f64(ranked[0].0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_unit_moves_by_its_rank() {
        let mut units = Units::new(1, vec![3.0f64, 1.0, -1.0]).unwrap();
        let found = NeuralGas::step(&mut units, &[0.0], 0.5, 1.0);
        assert_eq!(found.unit, 1);
        let share = |k: f64| 1.0 - 0.5 * (-k).exp();
        let expected = [3.0 * share(2.0), share(0.0), -share(1.0)];
        for (got, expected) in units.values().iter().zip(expected) {
            assert!((got - expected).abs() < 1e-14);
        }
    }

    #[test]
    fn refuses_a_range_that_ends_at_zero() {
        let range = Some(Decay::Linear { from: 2.0, to: 0.0 });
        let config = NeuralGasConfig {
            range,
            ..Default::default()
        };
        assert!(matches!(
            NeuralGas::new(&config),
            Err(Error::Config { field: "range", .. })
        ));
    }
}
