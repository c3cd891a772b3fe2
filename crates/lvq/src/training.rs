use crate::batch::Batch;
use crate::checkpoint::{Best, Checkpoint, LearnerState};
use crate::quantize_aware::{self, Quantizer};
use crate::{Codebook, CostMatrix, Epoch, Error, Float, Grid, QuantizeAware, Source};
use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;
use std::ops::ControlFlow;

/// Samples held at once where they need not all be, so that memory does not grow with their number.
pub(crate) const HELD: usize = 1024;

type Observer<'a> = &'a mut dyn FnMut(&Epoch) -> ControlFlow<()>;
type Keeper<'a, T> = &'a mut dyn FnMut(Checkpoint<T>);

/// What accompanies a training: who watches it, when it ends early, where it continues.
#[derive(Default)]
pub struct Training<'a, T: Float = f32> {
    observer: Option<Observer<'a>>,
    validation: Option<(&'a dyn Source<T>, usize)>,
    costs: Option<&'a CostMatrix>,
    start: Option<Checkpoint<T>>,
    keeper: Option<(usize, Keeper<'a, T>)>,
    quantize_aware: Option<QuantizeAware>,
}

impl<'a, T: Float> Training<'a, T> {
    /// All epochs, watched by nobody.
    pub fn new() -> Self {
        Self {
            observer: None,
            validation: None,
            costs: None,
            start: None,
            keeper: None,
            quantize_aware: None,
        }
    }

    /// `observer` hears of each epoch as it ends; if it breaks, training stops there, with success.
    pub fn observe(mut self, observer: Observer<'a>) -> Self {
        self.observer = Some(observer);
        self
    }

    /// Counts the errors on `validation` after each epoch, stops after `patience` epochs in a row (at
    /// least one) without fewer than ever before, and keeps the codebook of the best epoch: the first
    /// with the fewest. Every count takes the samples as pass 0 sees them.
    ///
    /// Errors on these samples are then no estimate of errors on others.
    pub fn validate(mut self, validation: &'a dyn Source<T>, patience: usize) -> Self {
        self.validation = Some((validation, patience.max(1)));
        self
    }

    /// Makes each sample count as much as its most likely mistake costs: its weight is multiplied by
    /// the cost of taking it for the class of the nearest prototype that is not of its own. Kohonen's
    /// rules multiply the movements of a step that a wrong prototype has part in.
    pub fn costs(mut self, costs: &'a CostMatrix) -> Self {
        self.costs = Some(costs);
        self
    }

    /// Continues from a checkpoint instead of the codebook; its best epoch counts if there is validation. With the same source, rule and
    /// configuration the result has the bytes of a training that was never interrupted.
    pub fn resume(mut self, checkpoint: Checkpoint<T>) -> Self {
        self.start = Some(checkpoint);
        self
    }

    /// Trains for use in integers: see [`QuantizeAware`], which every rule with a cost takes, under Adam or gradient descent and
    /// any metric but local matrices. Errors on [validation](Self::validate) samples are then counted on the grid of the epoch, before
    /// the delay has passed too, and [`Outcome::grid`] is the one to quantize by. Epochs of a resumed checkpoint that knew no grid are not compared with.
    pub fn quantize_aware(mut self, settings: QuantizeAware) -> Self {
        self.quantize_aware = Some(settings);
        self
    }

    /// Hands `keeper` a checkpoint after every `every` epochs (at least 1).
    pub fn keep(mut self, every: usize, keeper: Keeper<'a, T>) -> Self {
        self.keeper = Some((every.max(1), keeper));
        self
    }
}

/// How a training went.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Outcome<T = f32> {
    /// Every epoch, those before a [resumed](Training::resume) checkpoint included.
    pub history: Vec<Epoch>,
    /// Epoch whose codebook was kept; `None` without validation, where it is the last.
    pub best: Option<usize>,
    /// What the kept codebook's images and those of inputs are to be rounded to, if the training was
    /// [quantize-aware](Training::quantize_aware); none either where all of them are 0.
    pub grid: Option<Grid>,
    /// Where the training can be continued: after its last epoch.
    pub checkpoint: Checkpoint<T>,
}

/// What a rule adds to the loop over epochs.
pub(crate) trait Learner<T: Float> {
    /// What the rule demands of a codebook beyond what all do.
    fn check(&self, _codebook: &Codebook<T>) -> Result<(), Error> {
        Ok(())
    }

    /// Learns every sample once, in the given order.
    fn pass(&mut self, codebook: &mut Codebook<T>, scene: &Pass<'_, T>) -> Result<Tally, Error>;

    /// Takes up a quantize-aware training.
    fn quantize(&mut self, _quantizer: Quantizer) -> Result<(), Error> {
        Err(Error::Unquantizable {
            what: "a training by this rule or optimizer",
            remedy: "take a rule with a gradient, such as GLVQ, under Adam or SGD; or quantize when it has ended",
        })
    }

    /// What the codebook is to be rounded to, if the training is quantize-aware.
    fn grid(&self, _codebook: &Codebook<T>) -> Option<Grid> {
        None
    }

    /// All it needs to continue.
    fn state(&self) -> LearnerState<T>;

    /// Continues from a state, refused if it is not of this rule and codebook.
    fn restore(&mut self, state: LearnerState<T>) -> Result<(), Error>;
}

/// One pass over a source.
pub(crate) struct Pass<'a, T> {
    pub(crate) source: &'a dyn Source<T>,
    pub(crate) order: &'a [usize],
    pub(crate) epoch: usize,
    pub(crate) costs: Option<&'a CostMatrix>,
    /// Mean of the samples' weights.
    pub(crate) mean_weight: f64,
}

impl<T: Float> Pass<'_, T> {
    /// How much sample `i` counts: 1 in the mean.
    pub(crate) fn weight(&self, i: usize) -> f64 {
        self.source.weight(i) / self.mean_weight
    }
}

/// Sum of costs and number of errors of a pass.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Tally {
    pub(crate) cost: f64,
    pub(crate) n_errors: usize,
}

impl Tally {
    /// Of one sample.
    pub(crate) fn of<T: Float>(cost: T, is_error: bool) -> Self {
        Self {
            cost: cost.to_f64(),
            n_errors: usize::from(is_error),
        }
    }
}

/// The loop over epochs, the same for every rule.
pub(crate) fn run<T: Float>(
    n_epochs: usize,
    seed: u64,
    learner: &mut dyn Learner<T>,
    codebook: &mut Codebook<T>,
    source: &dyn Source<T>,
    mut training: Training<'_, T>,
) -> Result<Outcome<T>, Error> {
    let mean_weight = check(codebook, source)?;
    learner.check(codebook)?;
    if let Some((validation, _)) = training.validation {
        check_sizes(codebook, validation)?;
    }
    if let Some(costs) = training.costs {
        costs.check(codebook.n_classes())?;
    }
    let is_aware = training.quantize_aware.is_some();
    if let Some(settings) = training.quantize_aware {
        let validation = training.validation.map(|(validation, _)| validation);
        for source in [source].into_iter().chain(validation) {
            quantize_aware::check(codebook, source)?;
        }
        learner.quantize(Quantizer::new(settings)?)?;
    }
    let mut trained = codebook.clone();
    let mut history: Vec<Epoch> = Vec::new();
    let mut best = None;
    let mut order: Vec<usize> = (0..source.len()).collect();
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    if let Some(start) = training.start.take() {
        start.check(codebook, source.len())?;
        learner.restore(start.learner)?;
        (trained, history) = (start.codebook, start.history);
        // Without validation there is nothing a later epoch could be better by, nor by errors counted in other ways.
        best = start
            .best
            .filter(|best| training.validation.is_some() && best.grid.is_some() == is_aware);
        // The order of an epoch is a shuffle of the one before.
        history.iter().for_each(|_| order.shuffle(&mut rng));
    }
    for index in history.len()..n_epochs {
        order.shuffle(&mut rng);
        let pass = Pass {
            source,
            order: &order,
            epoch: index,
            costs: training.costs,
            mean_weight,
        };
        let tally = learner.pass(&mut trained, &pass)?;
        let mut epoch = Epoch {
            index,
            n_epochs,
            mean_cost: tally.cost / order.len() as f64,
            n_errors: tally.n_errors,
            n_validation_errors: None,
        };
        check_learnt(&trained, index)?;
        if !epoch.mean_cost.is_finite() {
            return Err(Error::Diverged { epoch: index });
        }
        let mut is_stale = false;
        if let Some((validation, patience)) = training.validation {
            let grid = learner.grid(&trained);
            let n_errors = match grid {
                Some(grid) => trained.on_grid(grid).count_errors(validation)?,
                None => trained.count_errors(validation)?,
            };
            epoch.n_validation_errors = Some(n_errors);
            if best
                .as_ref()
                .is_none_or(|best: &Best<T>| n_errors < best.n_errors)
            {
                best = Some(Best {
                    epoch: index,
                    n_errors,
                    codebook: trained.clone(),
                    grid,
                });
            }
            is_stale = best
                .as_ref()
                .is_some_and(|best| index - best.epoch >= patience);
        }
        history.push(epoch);
        if let Some((every, keeper)) = &mut training.keeper
            && history.len().is_multiple_of(*every)
        {
            keeper(Checkpoint {
                n_samples: order.len(),
                codebook: trained.clone(),
                best: best.clone(),
                history: history.clone(),
                learner: learner.state(),
            });
        }
        let observer = training.observer.as_mut();
        if observer.is_some_and(|observe| observe(&epoch).is_break()) || is_stale {
            break;
        }
    }
    *codebook = best
        .as_ref()
        .map_or(&trained, |best| &best.codebook)
        .clone();
    Ok(Outcome {
        best: best.as_ref().map(|best| best.epoch),
        grid: match &best {
            Some(best) => best.grid,
            None => learner.grid(&trained),
        },
        history: history.clone(),
        checkpoint: Checkpoint {
            n_samples: order.len(),
            codebook: trained,
            best,
            history,
            learner: learner.state(),
        },
    })
}

/// What every rule demands of source and codebook. Returns the mean weight of the samples.
fn check<T: Float>(codebook: &Codebook<T>, source: &dyn Source<T>) -> Result<f64, Error> {
    check_sizes(codebook, source)?;
    let mut has_prototype = vec![false; codebook.n_classes()];
    for &label in codebook.labels() {
        has_prototype[label as usize] = true;
    }
    let mut sum = 0.0;
    for i in 0..source.len() {
        let (class, weight) = (source.label(i), source.weight(i));
        match has_prototype.get(class as usize) {
            Some(true) => {}
            Some(false) => return Err(Error::NoPrototype { class }),
            None => {
                return Err(Error::Label {
                    what: "source",
                    row: i,
                    got: class,
                    n_classes: codebook.n_classes(),
                });
            }
        }
        require_weight(i, weight)?;
        sum += weight;
    }
    if sum > 0.0 && sum.is_finite() {
        Ok(sum / source.len() as f64)
    } else {
        Err(Error::Zero { what: "weights" })
    }
}

pub(crate) fn check_sizes<T: Float>(
    codebook: &Codebook<T>,
    source: &dyn Source<T>,
) -> Result<(), Error> {
    for (what, count) in [("samples", source.len()), ("n_views", source.n_views())] {
        if count == 0 {
            return Err(Error::Zero { what });
        }
    }
    for (what, samples, codebook) in [
        ("dim", source.dim(), codebook.dim()),
        ("n_classes", source.n_classes(), codebook.n_classes()),
    ] {
        if samples != codebook {
            return Err(Error::Mismatch {
                what,
                samples,
                codebook,
            });
        }
    }
    Ok(())
}

fn require_weight(row: usize, weight: f64) -> Result<(), Error> {
    if weight.is_finite() && weight >= 0.0 {
        return Ok(());
    }
    Err(Error::Value {
        what: "weights",
        row,
        column: 0,
        got: weight,
        allowed: "finite and at least 0",
    })
}

/// Refuses to go on from a codebook that is not finite, or whose metric tells nothing apart.
pub(crate) fn check_learnt<T: Float>(codebook: &Codebook<T>, epoch: usize) -> Result<(), Error> {
    let (dim, metric) = (codebook.dim(), codebook.metric());
    let mut parameters = codebook.prototypes().iter().chain(metric.values());
    if !parameters.all(|w| w.is_finite()) {
        return Err(Error::Diverged { epoch });
    }
    let [n_rows, n_columns] = metric.shape(dim).unwrap_or([1, dim]);
    let mut parts = metric.values().chunks(n_rows * n_columns);
    if parts.any(|part| part.iter().all(|&v| v == T::default())) {
        return Err(Error::Vanished { epoch });
    }
    Ok(())
}

impl<T: Float> Codebook<T> {
    /// Samples of `source` (as its pass 0 sees them) that the codebook takes for another class;
    /// found on all threads.
    ///
    /// # Errors
    /// [`Error::Mismatch`], [`Error::Zero`], and what the source answers.
    pub fn count_errors(&self, source: &dyn Source<T>) -> Result<usize, Error> {
        check_sizes(self, source)?;
        let mut batch = Batch::new(source);
        let all: Vec<usize> = (0..source.len()).collect();
        let mut n_errors = 0;
        for part in all.chunks(HELD) {
            batch.load(source, part, 0)?;
            batch.project(self);
            let is_error =
                |&i: &usize| self.decide_among(&mut batch.probes(self, i)).label != batch.label(i);
            n_errors += (0..batch.len()).into_par_iter().filter(is_error).count();
        }
        Ok(n_errors)
    }
}
