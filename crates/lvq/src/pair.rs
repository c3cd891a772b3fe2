use crate::probe::Probe;
use crate::{Codebook, Float};

/// The two prototypes GLVQ and its relatives compare for a sample of known label.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pair<T = f32> {
    /// Index of the nearest prototype of the sample's class; the lowest, if several are as near.
    pub plus: usize,
    /// Index of the nearest prototype of any other class; likewise.
    pub minus: usize,
    /// Squared distance of `plus`.
    pub d_plus: T,
    /// Squared distance of `minus`.
    pub d_minus: T,
}

impl<T: Float> Pair<T> {
    /// Searches the codebook; `None` if it has no prototype of the class, or none of another.
    ///
    /// # Panics
    /// If the length of `x` is not the codebook's `dim`.
    pub fn find(codebook: &Codebook<T>, x: &[T], label: u32) -> Option<Self> {
        codebook.check_length(x);
        let mut probe = Probe::new(codebook, x);
        let mut search = PairSearch::default();
        let labels = codebook.labels();
        probe.distances(|j, distance| search.see(labels[j] == label, j, 0, distance));
        search.found().map(|found| found.pair)
    }

    /// The same in another precision.
    pub(crate) fn cast<U: Float>(self) -> Pair<U> {
        Pair {
            plus: self.plus,
            minus: self.minus,
            d_plus: U::from_f64(self.d_plus.to_f64()),
            d_minus: U::from_f64(self.d_minus.to_f64()),
        }
    }

    /// μ = (d⁺ − d⁻) / (d⁺ + d⁻), in \[−1, 1\], negative if classified rightly; 0 if both
    /// distances are 0 (Sato & Yamada 1996, equation 4).
    pub fn mu(&self) -> f64 {
        mu(self.d_plus.to_f64(), self.d_minus.to_f64())
    }

    /// Whether the codebook decides for another class.
    pub fn is_error(&self) -> bool {
        self.d_minus < self.d_plus || (self.d_minus == self.d_plus && self.minus < self.plus)
    }
}

/// (d⁺ − d⁻) / (d⁺ + d⁻), 0 if both are 0.
pub(crate) fn mu(d_plus: f64, d_minus: f64) -> f64 {
    if d_plus + d_minus == 0.0 {
        0.0
    } else {
        (d_plus - d_minus) / (d_plus + d_minus)
    }
}

/// A [`Pair`] in the making: prototypes are shown to it in their order.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct PairSearch<T> {
    plus: Option<(usize, usize, T)>,
    minus: Option<(usize, usize, T)>,
}

impl<T: Float> PairSearch<T> {
    /// Prototype `j`, of the sample's class or not, is `distance` from the sample's view `view`.
    pub(crate) fn see(&mut self, is_same: bool, j: usize, view: usize, distance: T) {
        let nearest = if is_same {
            &mut self.plus
        } else {
            &mut self.minus
        };
        if nearest.is_none_or(|(_, _, least)| distance < least) {
            *nearest = Some((j, view, distance));
        }
    }

    pub(crate) fn found(&self) -> Option<Found<T>> {
        let ((plus, plus_view, d_plus), (minus, minus_view, d_minus)) = (self.plus?, self.minus?);
        Some(Found {
            pair: Pair {
                plus,
                minus,
                d_plus,
                d_minus,
            },
            views: [plus_view, minus_view],
        })
    }
}

/// A pair, and the view of the sample that is nearest to each of its prototypes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Found<T> {
    pub(crate) pair: Pair<T>,
    /// Of `plus` and of `minus`.
    pub(crate) views: [usize; 2],
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_nearest_of_both_kinds() {
        let codebook =
            Codebook::new(1, 3, vec![5.0, 1.0, -1.0, 3.0, -3.0], vec![0, 0, 0, 1, 1]).unwrap();
        let pair = Pair::find(&codebook, &[0.0], 0).unwrap();
        assert_eq!(
            pair,
            Pair {
                plus: 1,
                minus: 3,
                d_plus: 1.0,
                d_minus: 9.0
            }
        );
        assert_eq!(pair.mu(), -0.8);
        assert!(!pair.is_error());
        assert!(Pair::find(&codebook, &[0.0], 1).unwrap().is_error());
        assert_eq!(Pair::find(&codebook, &[0.0], 2), None);
    }

    #[test]
    fn is_error_agrees_with_decide_on_ties() {
        let codebook = Codebook::new(1, 2, vec![1.0f32, -1.0], vec![0, 1]).unwrap();
        for label in [0, 1] {
            let pair = Pair::find(&codebook, &[0.0], label).unwrap();
            assert_eq!(pair.is_error(), codebook.decide(&[0.0]).label != label);
            assert_eq!(pair.mu(), 0.0);
        }
        assert_eq!(
            Pair {
                plus: 0,
                minus: 1,
                d_plus: 0.0,
                d_minus: 0.0
            }
            .mu(),
            0.0
        );
    }
}
