use crate::batch::Batch;
use crate::checkpoint::LearnerState;
use crate::cost::{Cost, Verdict};
use crate::error::require;
use crate::gradient::Gradient;
use crate::optimizer::{Optimizer, Schedule, State};
use crate::quantize_aware::Quantizer;
use crate::quasi_newton::{QuasiNewton, Search};
use crate::training::{HELD, Learner, Pass, Tally, run};
use crate::{Codebook, Error, Float, Grid, Outcome, Source, Training};
use std::borrow::Cow;

/// Settings that every gradient rule shares.
#[derive(Debug, Clone)]
pub(crate) struct Descent {
    pub(crate) n_epochs: usize,
    pub(crate) batch_size: usize,
    pub(crate) learning_rate: f64,
    pub(crate) optimizer: Optimizer,
    pub(crate) schedule: Schedule,
    pub(crate) seed: u64,
    /// How the metric learns, if it does.
    pub(crate) metric: Option<MetricDescent>,
}

/// How a metric learns.
#[derive(Debug, Clone, Copy)]
pub(crate) struct MetricDescent {
    pub(crate) learning_rate: f64,
    /// Share of the training before the metric starts to learn.
    pub(crate) start: f64,
}

impl Descent {
    pub(crate) fn check(&self) -> Result<(), Error> {
        for (field, count) in [("n_epochs", self.n_epochs), ("batch_size", self.batch_size)] {
            let ok = (1..=1_000_000).contains(&count);
            require(ok, field, count as f64, "1 to 1,000,000")?;
        }
        let rate_ok = |rate: f64| rate > 0.0 && rate <= 1000.0;
        let allowed = "above 0 and at most 1000";
        require(
            rate_ok(self.learning_rate),
            "learning_rate",
            self.learning_rate,
            allowed,
        )?;
        if let Some(metric) = self.metric {
            let rate = metric.learning_rate;
            require(rate_ok(rate), "metric_learning_rate", rate, allowed)?;
            let start_ok = (0.0..=1.0).contains(&metric.start);
            require(start_ok, "metric_start", metric.start, "0 to 1")?;
        }
        self.optimizer.check()
    }

    /// The rate of the metric where that of the prototypes is `learning_rate`, in the proportion of
    /// the settings.
    pub(crate) fn metric_rate(&self, learning_rate: f64) -> f64 {
        let of_metric = self.metric.map_or(0.0, |metric| metric.learning_rate);
        learning_rate * (of_metric / self.learning_rate)
    }

    /// Trains by the gradient of the mean cost over batches.
    pub(crate) fn learn<T: Float>(
        &self,
        cost: &dyn Cost<T>,
        codebook: &mut Codebook<T>,
        source: &dyn Source<T>,
        training: Training<'_, T>,
    ) -> Result<Outcome<T>, Error> {
        let gradient = Gradient::new(codebook, self.metric.is_some());
        let batch_size = self.batch_size.min(source.len().max(1));
        let descending = |state: &dyn Fn(usize) -> State<T>| Descending {
            settings: self,
            cost,
            batch_size,
            n_steps: self.n_epochs as u64 * source.len().div_ceil(batch_size) as u64,
            step: 0,
            batch: Batch::new(source),
            optimizers: [&gradient.prototypes, &gradient.metric].map(|group| state(group.len())),
            gradient: gradient.clone(),
            quantizer: None,
        };
        let mut learner: Box<dyn Learner<T> + '_> = match self.optimizer {
            Optimizer::Adam => Box::new(descending(&State::adam)),
            Optimizer::Sgd { momentum } => Box::new(descending(&|n| State::sgd(n, momentum))),
            Optimizer::Lbfgs { memory } => Box::new(QuasiNewton::new(
                cost,
                source,
                gradient,
                Search {
                    memory,
                    first_step: self.learning_rate,
                    n_epochs: self.n_epochs,
                },
            )),
        };
        let (n_epochs, seed) = (self.n_epochs, self.seed);
        run(n_epochs, seed, &mut *learner, codebook, source, training)
    }
}

/// Refuses prototypes of one class only.
pub(crate) fn require_two_classes<T: Float>(codebook: &Codebook<T>) -> Result<(), Error> {
    let class = codebook.labels()[0];
    if codebook.labels().iter().all(|&label| label == class) {
        return Err(Error::OneClass { class });
    }
    Ok(())
}

/// What each of the samples `part` of a source counts: its weight, times what its likely mistake
/// costs.
pub(crate) fn weigh<T: Float>(
    codebook: &Codebook<T>,
    pass: &Pass<'_, T>,
    part: &[usize],
    verdicts: &[Verdict],
) -> Vec<f64> {
    let weigh = |(&i, verdict): (&usize, &Verdict)| {
        let (label, rival) = (pass.source.label(i), codebook.labels()[verdict.pair.minus]);
        pass.weight(i) * pass.costs.map_or(1.0, |costs| costs.of(label, rival))
    };
    part.iter().zip(verdicts).map(weigh).collect()
}

/// A [`Descent`] on its way.
struct Descending<'a, T: Float> {
    settings: &'a Descent,
    cost: &'a dyn Cost<T>,
    batch_size: usize,
    n_steps: u64,
    step: u64,
    batch: Batch<T>,
    gradient: Gradient<T>,
    /// Of prototypes and metric.
    optimizers: [State<T>; 2],
    /// If the training is quantize-aware.
    quantizer: Option<Quantizer>,
}

impl<T: Float> Learner<T> for Descending<'_, T> {
    fn check(&self, codebook: &Codebook<T>) -> Result<(), Error> {
        require_two_classes(codebook)
    }

    fn quantize(&mut self, quantizer: Quantizer) -> Result<(), Error> {
        self.quantizer = Some(quantizer);
        Ok(())
    }

    fn grid(&self, codebook: &Codebook<T>) -> Option<Grid> {
        self.quantizer.as_ref()?.grid(codebook)
    }

    fn pass(&mut self, codebook: &mut Codebook<T>, pass: &Pass<'_, T>) -> Result<Tally, Error> {
        let mut tally = Tally::default();
        for indices in pass.order.chunks(self.batch_size) {
            let progress = self.step as f64 / self.n_steps as f64;
            let learns_metric = self
                .settings
                .metric
                .filter(|metric| progress >= metric.start);
            self.gradient.clear();
            for part in indices.chunks(HELD) {
                self.batch.load(pass.source, part, pass.epoch)?;
                self.batch.project(codebook);
                let seen = match &mut self.quantizer {
                    Some(quantizer) => quantizer.see(codebook, &mut self.batch, self.step),
                    None => Cow::Borrowed(&*codebook),
                };
                let mut verdicts = self.cost.judge(&seen, &self.batch, progress);
                self.batch.compose(&seen, &mut verdicts);
                let mut weights = weigh(codebook, pass, part, &verdicts);
                for (verdict, weight) in verdicts.iter().zip(&mut weights) {
                    tally.cost += *weight * verdict.cost;
                    tally.n_errors += usize::from(verdict.pair.is_error());
                    *weight /= indices.len() as f64;
                }
                self.gradient.add(&seen, &self.batch, &verdicts, &weights);
                if learns_metric.is_some() {
                    self.gradient.add_metric(&seen, &self.batch);
                }
            }
            let rate = |peak| self.settings.schedule.rate(peak, self.step, self.n_steps);
            let [of_prototypes, of_metric] = &mut self.optimizers;
            let dim = codebook.dim();
            if learns_metric.is_some() {
                self.cost.regularise(codebook, &mut self.gradient);
            }
            codebook.change(|prototypes, metric| {
                let learning_rate = rate(self.settings.learning_rate);
                of_prototypes.step(prototypes, &self.gradient.prototypes, learning_rate);
                if let Some(settings) = learns_metric {
                    let learning_rate = rate(settings.learning_rate);
                    of_metric.step(metric.values_mut(), &self.gradient.metric, learning_rate);
                    metric.normalise(dim);
                }
            });
            self.step += 1;
        }
        Ok(tally)
    }

    fn state(&self) -> LearnerState<T> {
        LearnerState {
            step: self.step,
            optimizers: self.optimizers.to_vec(),
            rates: Vec::new(),
            points: Vec::new(),
            inputs: self.quantizer.as_ref().and_then(Quantizer::inputs),
        }
    }

    fn restore(&mut self, state: LearnerState<T>) -> Result<(), Error> {
        let fits = state.rates.is_empty()
            && state.optimizers.len() == self.optimizers.len()
            && state
                .optimizers
                .iter()
                .zip(&self.optimizers)
                .all(|(a, b)| a.fits(b));
        if !fits {
            return Err(Error::Checkpoint);
        }
        if let Some(quantizer) = &mut self.quantizer {
            quantizer.restore(state.inputs)?;
        }
        self.step = state.step;
        for (mine, theirs) in self.optimizers.iter_mut().zip(state.optimizers) {
            *mine = theirs;
        }
        Ok(())
    }
}

/// One step of plain gradient descent on one sample: every parameter moves by its rate times its
/// gradient, all from the same old state, then the metric is normalised if it learns. `None`, and
/// nothing moves, if the codebook has no prototype of the class or none of another.
pub(crate) fn step<T: Float>(
    cost: &dyn Cost<T>,
    codebook: &mut Codebook<T>,
    x: &[T],
    label: u32,
    learning_rate: f64,
    metric_learning_rate: Option<f64>,
) -> Option<Verdict> {
    codebook.check_length(x);
    let has = |same: bool| {
        codebook
            .labels()
            .iter()
            .any(|&class| (class == label) == same)
    };
    if !(has(true) && has(false)) {
        return None;
    }
    let mut batch = Batch::of_one(x, label);
    batch.project(codebook);
    let mut verdicts = cost.judge(codebook, &batch, 0.0);
    let mut gradient = Gradient::new(codebook, metric_learning_rate.is_some());
    gradient.add(codebook, &batch, &verdicts, &[1.0]);
    if metric_learning_rate.is_some() {
        gradient.add_metric(codebook, &batch);
        cost.regularise(codebook, &mut gradient);
    }
    let dim = codebook.dim();
    codebook.change(|prototypes, metric| {
        State::sgd(0, 0.0).step(prototypes, &gradient.prototypes, learning_rate);
        if let Some(rate) = metric_learning_rate {
            State::sgd(0, 0.0).step(metric.values_mut(), &gradient.metric, rate);
            metric.normalise(dim);
        }
    });
    verdicts.pop()
}
