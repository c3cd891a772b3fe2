//! What a model holds its input against.

use mynah_lvq::{Codebook, Decision, Metric, QuantizedBuffers, QuantizedCodebook, Scan};

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

    /// The decision on the standardised views of every cut of a thing, `[n_cuts × n_views × dim]`.
    pub(crate) fn decide(&self, views: &[f32], n_views: usize, room: &mut Room) -> Decision {
        let cuts = views.chunks_exact(n_views * self.dim());
        match self {
            Self::Float(codebook) => nearest(cuts.map(|views| codebook.decide_views(views))),
            Self::Whole(quantized) => {
                room.decisions.resize(cuts.len(), Decision::default());
                quantized.decide_into(views, n_views, &mut room.buffers, &mut room.decisions);
                nearest(room.decisions.iter().copied()).in_units(quantized.distance_unit())
            }
        }
    }
}

/// Room in which [`Prototypes::decide`] works. One a thread.
#[derive(Default)]
pub(crate) struct Room {
    buffers: QuantizedBuffers,
    /// Of every cut.
    decisions: Vec<Decision<u32>>,
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
