//! Why a decision came out as it did.

use crate::{Decision, Error, Input, Pipeline, Recognizer};

/// A prototype as a witness.
#[derive(Clone, Debug, PartialEq)]
pub struct Witness<'m> {
    /// Its index.
    pub prototype: usize,
    /// Its word.
    pub label: &'m str,
    /// Its squared distance, by the model's metric.
    pub distance: f32,
    /// The training clip nearest to it, where the model knows it.
    pub exemplar: Option<&'m str>,
}

/// A decision with its reasons.
#[derive(Clone, Debug, PartialEq)]
pub struct Explanation<'m> {
    /// What was decided.
    pub decision: Decision<'m>,
    /// The prototype that decided.
    pub winner: Witness<'m>,
    /// The nearest of another word; `None` where no other has a prototype.
    pub runner_up: Option<Witness<'m>>,
    /// What each value speaks for the winner, `[dim]`: what it adds to the runner-up's distance less what it adds to the
    /// winner's. They sum to the difference of the two distances; negative ones speak against. Empty without runner-up.
    pub evidence: Vec<f32>,
    /// Rows and columns in which the values lie: frames × coefficients of sound, height × width of an image, else 1 × dim.
    pub layout: [usize; 2],
}

impl<'m> Recognizer<'m> {
    /// Why the word is recognised as it is: [`classify`](Self::classify) with its reasons.
    ///
    /// # Errors
    /// As [`classify`](Self::classify), and [`Error::Quantized`].
    pub fn explain(&mut self, samples: &[f32]) -> Result<Explanation<'m>, Error> {
        let decision = self.classify(samples)?;
        self.reasons(decision)
    }

    /// Why a vector is recognised as it is: [`decide`](Self::decide) with its reasons.
    ///
    /// # Errors
    /// [`Error::Quantized`].
    ///
    /// # Panics
    /// As [`decide`](Self::decide).
    pub fn explain_vector(&mut self, vector: &[f32]) -> Result<Explanation<'m>, Error> {
        let decision = self.decide(vector);
        self.reasons(decision)
    }

    fn reasons(&mut self, decision: Decision<'m>) -> Result<Explanation<'m>, Error> {
        let model = self.model;
        let nearest = self.nearest();
        let witness = |prototype: usize, label: u32, distance: f32| Witness {
            prototype,
            label: &model.labels()[label as usize],
            distance,
            exemplar: model.exemplars().get(prototype).map(String::as_str),
        };
        let codebook = model.float()?;
        // Each prototype is as near as to the nearest cut.
        let shares = |prototype| {
            let shares = |views| codebook.shares(prototype, &codebook.met(prototype, views));
            let of_cuts = self.cuts().map(shares);
            let sum = |shares: &Vec<f32>| shares.iter().sum::<f32>();
            let nearest = of_cuts.min_by(|a, b| sum(a).total_cmp(&sum(b)));
            nearest.expect("at least one cut")
        };
        let runner_up = nearest.runner_up;
        let evidence = runner_up.map_or(Vec::new(), |other| {
            let against = shares(nearest.winner);
            let pairs = shares(other.prototype).into_iter().zip(against);
            pairs.map(|(other, own)| other - own).collect()
        });
        Ok(Explanation {
            decision,
            winner: witness(nearest.winner, nearest.label, nearest.distance),
            runner_up: runner_up.map(|other| witness(other.prototype, other.label, other.distance)),
            evidence,
            layout: model.input().layout(),
        })
    }
}

impl Input {
    /// Rows and columns in which the values of a vector lie: frames × coefficients of sound, height × width of an image,
    /// else 1 × dim.
    pub fn layout(&self) -> [usize; 2] {
        let dim = self.dim().unwrap_or(0);
        let columns = match self {
            Self::Audio(config) => {
                Pipeline::new(config).map_or(dim, |pipeline| pipeline.n_coeffs())
            }
            Self::Vectors(vectors) => match vectors.shape[..] {
                [_, width] => width,
                _ => dim,
            },
        };
        match columns {
            0 => [1, dim],
            // Behind the frames of a word may stand its length.
            _ => [dim / columns, columns],
        }
    }
}
