use crate::batch::Batch;
use crate::checkpoint::LearnerState;
use crate::cost::Cost;
use crate::descent::{require_two_classes, weigh};
use crate::gradient::Gradient;
use crate::training::{HELD, Learner, Pass, Tally};
use crate::{Codebook, Error, Float, Source};
use lbfgs::Lbfgs;
use std::collections::VecDeque;

/// Share of the decrease a straight line promises that a step must bring (Armijo 1966).
const DECREASE: f64 = 1e-4;
/// Halvings of a step before the direction is given up.
const HALVINGS: usize = 30;

/// Settings of the search.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Search {
    /// Steps whose curvature is remembered.
    pub(crate) memory: usize,
    /// Length of the first step, which has no curvature to go by, in its greatest value.
    pub(crate) first_step: f64,
    pub(crate) n_epochs: usize,
}

/// L-BFGS (Liu & Nocedal 1989) with a backtracking line search: one step an epoch, over all samples.
pub(crate) struct QuasiNewton<'a, T: Float> {
    cost: &'a dyn Cost<T>,
    search: Search,
    learns_metric: bool,
    step: u64,
    batch: Batch<T>,
    gradient: Gradient<T>,
    /// Points and gradients the curvature comes from, the oldest first, at most `memory` + 1.
    points: VecDeque<[Vec<f64>; 2]>,
}

impl<'a, T: Float> QuasiNewton<'a, T> {
    /// `gradient` says by its layout what is learnt.
    pub(crate) fn new(
        cost: &'a dyn Cost<T>,
        source: &dyn Source<T>,
        gradient: Gradient<T>,
        search: Search,
    ) -> Self {
        Self {
            cost,
            search,
            learns_metric: !gradient.metric.is_empty(),
            step: 0,
            batch: Batch::new(source),
            gradient,
            points: VecDeque::new(),
        }
    }

    /// Cost and errors at a codebook, in the order of the source; the gradient too if it is asked for.
    fn evaluate(
        &mut self,
        codebook: &Codebook<T>,
        pass: &Pass<'_, T>,
        with_gradient: bool,
    ) -> Result<Tally, Error> {
        let progress = self.step as f64 / self.search.n_epochs as f64;
        let all: Vec<usize> = (0..pass.order.len()).collect();
        let mut tally = Tally::default();
        self.gradient.clear();
        for part in all.chunks(HELD) {
            self.batch.load(pass.source, part, pass.epoch)?;
            self.batch.project(codebook);
            let mut verdicts = self.cost.judge(codebook, &self.batch, progress);
            self.batch.compose(codebook, &mut verdicts);
            let mut weights = weigh(codebook, pass, part, &verdicts);
            for (verdict, weight) in verdicts.iter().zip(&mut weights) {
                tally.cost += *weight * verdict.cost;
                tally.n_errors += usize::from(verdict.pair.is_error());
                *weight /= all.len() as f64;
            }
            if with_gradient {
                self.gradient
                    .add(codebook, &self.batch, &verdicts, &weights);
                if self.learns_metric {
                    self.gradient.add_metric(codebook, &self.batch);
                }
            }
        }
        if with_gradient && self.learns_metric {
            self.cost.regularise(codebook, &mut self.gradient);
        }
        Ok(tally)
    }

    /// The mean cost with what is asked of the metric.
    fn value(&self, codebook: &Codebook<T>, tally: &Tally, n: usize) -> f64 {
        let penalty = if self.learns_metric {
            self.cost.penalty(codebook)
        } else {
            0.0
        };
        tally.cost / n as f64 + penalty
    }

    /// −H g, H the inverse curvature of the points so far; downhill.
    fn direction(&self) -> Vec<f64> {
        let Some([_, gradient]) = self.points.back() else {
            return Vec::new();
        };
        let mut curvature = Lbfgs::<f64>::new(gradient.len(), self.search.memory)
            .with_sy_epsilon(f64::MIN_POSITIVE);
        for [point, gradient] in &self.points {
            // A pair without curvature is left out; there is nothing else to do about it.
            let _ = curvature.update_hessian(gradient, point);
        }
        let mut direction = gradient.clone();
        if self.points.len() > 1 {
            curvature.apply_hessian(&mut direction);
        }
        if self.points.len() == 1 || dot(&direction, gradient) <= 0.0 {
            let greatest = gradient.iter().fold(0.0f64, |m, g| m.max(g.abs()));
            let scale = if greatest > 0.0 {
                self.search.first_step / greatest
            } else {
                0.0
            };
            direction = gradient.iter().map(|g| scale * g).collect();
        }
        direction.iter_mut().for_each(|d| *d = -*d);
        direction
    }

    fn moved(&self, codebook: &Codebook<T>, direction: &[f64], by: f64) -> Codebook<T> {
        let mut moved = codebook.clone();
        let dim = codebook.dim();
        let learns_metric = self.learns_metric;
        moved.change(|prototypes, metric| {
            let (of_prototypes, of_metric) = direction.split_at(prototypes.len());
            let step = |(w, d): (&mut T, &f64)| *w = T::from_f64(w.to_f64() + by * d);
            prototypes.iter_mut().zip(of_prototypes).for_each(step);
            if learns_metric {
                metric.values_mut().iter_mut().zip(of_metric).for_each(step);
                metric.normalise(dim);
            }
        });
        moved
    }
}

impl<T: Float> Learner<T> for QuasiNewton<'_, T> {
    fn check(&self, codebook: &Codebook<T>) -> Result<(), Error> {
        require_two_classes(codebook)
    }

    fn pass(&mut self, codebook: &mut Codebook<T>, pass: &Pass<'_, T>) -> Result<Tally, Error> {
        let n = pass.order.len();
        let tally = self.evaluate(codebook, pass, true)?;
        let start = self.value(codebook, &tally, n);
        let values = |groups: [&[T]; 2]| -> Vec<f64> {
            groups.concat().iter().map(|v| v.to_f64()).collect()
        };
        let metric = codebook.metric().values();
        let metric = if self.learns_metric { metric } else { &[] };
        let point = values([codebook.prototypes(), metric]);
        let gradient = values([&self.gradient.prototypes, &self.gradient.metric]);
        if self.points.len() > self.search.memory {
            self.points.pop_front();
        }
        self.points.push_back([point, gradient]);
        let direction = self.direction();
        let slope = self.points.back().map_or(0.0, |[_, g]| dot(g, &direction));
        let mut by = 1.0;
        for _ in 0..HALVINGS {
            let moved = self.moved(codebook, &direction, by);
            let there = self.evaluate(&moved, pass, false)?;
            if self.value(&moved, &there, n) <= start + DECREASE * by * slope {
                *codebook = moved;
                break;
            }
            by *= 0.5;
        }
        self.step += 1;
        Ok(tally)
    }

    fn state(&self) -> LearnerState<T> {
        LearnerState {
            step: self.step,
            optimizers: Vec::new(),
            rates: Vec::new(),
            points: self.points.iter().cloned().collect(),
            inputs: None,
        }
    }

    fn restore(&mut self, state: LearnerState<T>) -> Result<(), Error> {
        let n = self.gradient.prototypes.len() + self.gradient.metric.len();
        let fits = |points: &[Vec<f64>; 2]| points.iter().all(|values| values.len() == n);
        if !state.optimizers.is_empty()
            || !state.rates.is_empty()
            || state.points.len() > self.search.memory + 1
            || !state.points.iter().all(fits)
        {
            return Err(Error::Checkpoint);
        }
        (self.step, self.points) = (state.step, state.points.into());
        Ok(())
    }
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}
