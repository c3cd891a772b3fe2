use super::cells::Cells;
use super::repair::repair;
use super::train::{Presentation, check_dim, check_finite, check_passes};
use super::units::move_towards;
use super::{Clusterer, Decay, Match, Pass, Points, Report, Units};
use crate::error::require;
use crate::{Error, Float};
use std::ops::ControlFlow;

/// Settings of [`Wta`].
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(deny_unknown_fields)
)]
#[non_exhaustive]
pub struct WtaConfig {
    /// Passes over the points at most, 1 to 1,000,000. Default 30.
    pub n_passes: usize,
    /// Learning rate, at most 1. Default linear from 0.1 to 0.
    #[doc(alias = "alpha")]
    pub learning_rate: Decay,
    /// Training ends when the total distance has not fallen below its least by this share, 0 to 1, ... Default 1e-4.
    pub tolerance: f64,
    /// ... for so many passes, at least 1. Default 5.
    pub patience: usize,
    /// Units moved elsewhere at most ([`repair`]); 0 leaves dead and stuck units where they are. Default 1000.
    pub max_repairs: usize,
    /// Seed of the order in which each pass presents the points. Default 0.
    pub seed: u64,
}

impl Default for WtaConfig {
    fn default() -> Self {
        Self {
            n_passes: 30,
            learning_rate: Decay::Linear { from: 0.1, to: 0.0 },
            tolerance: 1e-4,
            patience: 5,
            max_repairs: 1000,
            seed: 0,
        }
    }
}

/// Winner-take-all quantization: only the nearest unit moves towards a point. Once the total distance no longer falls,
/// dead and stuck units are repaired; training goes on if there were any, and ends otherwise. The result is the best of
/// all passes.
#[derive(Debug, Clone)]
pub struct Wta {
    config: WtaConfig,
}

impl Wta {
    /// Checks the configuration.
    ///
    /// # Errors
    /// [`Error::Config`] for a setting out of range.
    pub fn new(config: &WtaConfig) -> Result<Self, Error> {
        let WtaConfig {
            n_passes,
            learning_rate,
            tolerance,
            patience,
            max_repairs: _,
            seed: _,
        } = *config;
        check_passes(n_passes)?;
        learning_rate.check("learning_rate", 1.0, "above 0 and at most 1")?;
        let tolerance_ok = (0.0..=1.0).contains(&tolerance);
        require(tolerance_ok, "tolerance", tolerance, "0 to 1")?;
        require(patience > 0, "patience", patience as f64, "at least 1")?;
        Ok(Self {
            config: config.clone(),
        })
    }

    /// One update, w ← w + learning_rate · (x − w) for the nearest unit w, and the nearest units before it.
    /// [`train`](Clusterer::train) repeats this. `x` must be finite; a step does not check.
    ///
    /// # Panics
    /// If the length of `x` is not the units' `dim`.
    pub fn step<T: Float>(units: &mut Units<T>, x: &[T], learning_rate: f64) -> Match<T> {
        let found = units.nearest(x);
        move_towards(units.unit_mut(found.unit), x, learning_rate);
        found
    }
}

impl<T: Float> Clusterer<T> for Wta {
    fn train(
        &self,
        units: &mut Units<T>,
        points: &Points<'_, T>,
        observer: &mut dyn FnMut(&Pass, &Units<T>) -> ControlFlow<()>,
    ) -> Result<Report, Error> {
        check_dim(units, points)?;
        let config = &self.config;
        let mut trained = units.clone();
        let mut best = trained.clone();
        let mut cells = Cells::new(&best, points);
        let mut least = cells.total_distance();
        let (mut stale, mut done, mut repairs) = (0, 0, Vec::new());
        let mut presentation = Presentation::new(points.len(), config.n_passes, config.seed);
        for index in 0..config.n_passes {
            presentation.pass(|i, step, n_steps| {
                let rate = config.learning_rate.at(step, n_steps);
                Self::step(&mut trained, points.row(i), rate);
            });
            cells.find(&trained);
            let pass = Pass {
                index,
                n_passes: config.n_passes,
                total_distance: cells.total_distance(),
            };
            check_finite(&trained, &pass)?;
            done = index + 1;
            let has_fallen = pass.total_distance < least * (1.0 - config.tolerance);
            stale = if has_fallen { 0 } else { stale + 1 };
            if pass.total_distance < least {
                least = pass.total_distance;
                best.clone_from(&trained);
            }
            if observer(&pass, &trained).is_break() {
                break;
            }
            if stale == config.patience || done == config.n_passes {
                let moved = repair(&mut best, points, config.max_repairs - repairs.len());
                if moved.is_empty() {
                    break;
                }
                repairs.extend(moved);
                trained.clone_from(&best);
                cells.find(&best);
                least = cells.total_distance();
                stale = 0;
            }
        }
        cells.find(&best);
        *units = best;
        Ok(Report::new(done, &cells, repairs))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_winner_moves() {
        let mut units = Units::new(1, vec![0.0f64, 10.0]).unwrap();
        assert_eq!(Wta::step(&mut units, &[4.0], 0.25).unit, 0);
        assert_eq!(units.values(), [1.0, 10.0]);
    }

    #[test]
    fn refuses_settings_out_of_range() {
        type Change = fn(&mut WtaConfig);
        let changes: [(Change, &str); 5] = [
            (|c| c.n_passes = 0, "n_passes"),
            (
                |c| c.learning_rate = Decay::Inverse { from: 2.0 },
                "learning_rate",
            ),
            (|c| c.tolerance = f64::NAN, "tolerance"),
            (|c| c.tolerance = -0.1, "tolerance"),
            (|c| c.patience = 0, "patience"),
        ];
        for (change, name) in changes {
            let mut config = WtaConfig::default();
            change(&mut config);
            let error = Wta::new(&config).unwrap_err();
            assert!(
                matches!(error, Error::Config { field, .. } if field == name),
                "{error}"
            );
        }
    }

    #[test]
    fn units_on_their_points_stay() {
        let points = Points::new(&[1.0f32, 1.0, 5.0, 5.0], 1).unwrap();
        let mut units = Units::new(1, vec![1.0, 5.0]).unwrap();
        let wta = Wta::new(&WtaConfig::default()).unwrap();
        let report = wta
            .train(&mut units, &points, &mut |_, _| ControlFlow::Continue(()))
            .unwrap();
        assert_eq!((report.n_passes, report.total_distance), (5, 0.0));
        assert_eq!(units.values(), [1.0, 5.0]);
    }
}
