//! What a model holds its input against.

use mynah_lvq::{Codebook, Decision, Metric, QuantizedCodebook, Scan};

/// Labelled prototypes, as training left them or in whole numbers.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq)]
pub enum Prototypes {
    /// In floating-point numbers: they can be changed, and new words added.
    Float(Codebook),
    /// In whole numbers, see [`Quantizer`](crate::Quantizer).
    Whole(QuantizedCodebook),
}

impl Prototypes {
    /// Values of a vector.
    pub fn dim(&self) -> usize {
        match self {
            Self::Float(codebook) => codebook.dim(),
            Self::Whole(quantized) => quantized.dim(),
        }
    }

    /// Labels are below this.
    pub fn n_classes(&self) -> usize {
        match self {
            Self::Float(codebook) => codebook.n_classes(),
            Self::Whole(quantized) => quantized.n_classes(),
        }
    }

    /// Label of every prototype.
    pub fn labels(&self) -> &[u32] {
        match self {
            Self::Float(codebook) => codebook.labels(),
            Self::Whole(quantized) => quantized.labels(),
        }
    }

    /// Values that choose their view together, see [`Codebook::block`].
    pub fn block(&self) -> usize {
        match self {
            Self::Float(codebook) => codebook.block(),
            Self::Whole(quantized) => quantized.block(),
        }
    }

    /// How many there are.
    pub fn n_prototypes(&self) -> usize {
        self.labels().len()
    }

    /// What they call near.
    pub fn metric(&self) -> &Metric {
        match self {
            Self::Float(codebook) => codebook.metric(),
            Self::Whole(quantized) => quantized.metric(),
        }
    }

    /// The distances of all of them, again and again.
    pub(crate) fn scan(&self) -> Scan<'_> {
        match self {
            Self::Float(codebook) => Scan::new(codebook),
            Self::Whole(quantized) => Scan::of_whole(quantized),
        }
    }

    /// The decision on the standardised views of every cut of a thing.
    pub(crate) fn decide<'v>(&self, cuts: impl Iterator<Item = &'v [f32]>) -> Decision {
        match self {
            Self::Float(codebook) => nearest(cuts.map(|views| codebook.decide_views(views))),
            Self::Whole(quantized) => {
                let decision = nearest(cuts.map(|views| quantized.decide(views)));
                decision.in_units(quantized.distance_unit())
            }
        }
    }
}

fn nearest<T: Copy + PartialOrd>(cuts: impl Iterator<Item = Decision<T>>) -> Decision<T> {
    cuts.reduce(Decision::nearer).expect("at least one cut")
}

impl From<Codebook> for Prototypes {
    fn from(codebook: Codebook) -> Self {
        Self::Float(codebook)
    }
}

impl From<QuantizedCodebook> for Prototypes {
    fn from(quantized: QuantizedCodebook) -> Self {
        Self::Whole(quantized)
    }
}
