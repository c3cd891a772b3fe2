//! What is done to training clips so that few recordings stand for many voices.

/// How often and in what ways a training clip is learnt. Test clips are never touched.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Recipe {
    /// The clip played so many times as fast, besides at its own speed. Pitch and formants go with the tempo, as from a
    /// shorter or longer vocal tract (Ko et al. 2015, *Audio augmentation for speech recognition*).
    pub speeds: Vec<f64>,
    /// Each of these also with the word's end points moved by so many frames, wider, narrower, earlier and later, since
    /// the end points of the next clip will be found a little off. 0 for not.
    pub endpoint_shift: usize,
}

impl Recipe {
    /// Every clip once, as it is.
    pub fn none() -> Self {
        Self {
            speeds: Vec::new(),
            endpoint_shift: 0,
        }
    }

    /// Speeds 0.9 and 1.1, end points moved by 3 frames: fifteen ways in all.
    pub fn full() -> Self {
        Self {
            speeds: vec![0.9, 1.1],
            endpoint_shift: 3,
        }
    }

    /// Recordings that a clip becomes, at least 1; moved end points make more vectors of each.
    pub fn n_speeds(&self) -> usize {
        1 + self.speeds.len()
    }
}
