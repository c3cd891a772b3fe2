use crate::samples::check_rows;
use crate::{Error, Float, squared_euclidean};

/// Labelled prototypes: row-major `[n_prototypes × dim]`, one label a row.
#[derive(Debug, Clone, PartialEq)]
pub struct Codebook<T = f32> {
    dim: usize,
    n_classes: usize,
    prototypes: Vec<T>,
    labels: Vec<u32>,
}

impl<T: Float> Codebook<T> {
    /// Prototypes that exist already, from a file for example. A class may have none.
    ///
    /// # Errors
    /// [`Error::Zero`], [`Error::Length`], [`Error::Label`], [`Error::Value`].
    pub fn new(
        dim: usize,
        n_classes: usize,
        prototypes: Vec<T>,
        labels: Vec<u32>,
    ) -> Result<Self, Error> {
        check_rows("prototypes", &prototypes, dim, &labels, n_classes)?;
        Ok(Self {
            dim,
            n_classes,
            prototypes,
            labels,
        })
    }

    /// Values in a prototype.
    pub fn dim(&self) -> usize {
        self.dim
    }

    /// Labels are below this.
    pub fn n_classes(&self) -> usize {
        self.n_classes
    }

    /// Number of prototypes, at least one.
    pub fn n_prototypes(&self) -> usize {
        self.labels.len()
    }

    /// Every prototype, `[n_prototypes × dim]`.
    pub fn prototypes(&self) -> &[T] {
        &self.prototypes
    }

    /// Prototype `i`, `[dim]`.
    ///
    /// # Panics
    /// If `i` is not below [`n_prototypes`](Self::n_prototypes).
    pub fn prototype(&self, i: usize) -> &[T] {
        &self.prototypes[i * self.dim..(i + 1) * self.dim]
    }

    /// Label of every prototype, `[n_prototypes]`.
    pub fn labels(&self) -> &[u32] {
        &self.labels
    }

    /// The nearest prototype to `x` and the nearest of any other class. Does not allocate.
    ///
    /// `x` should be finite; if it is not, the decision means nothing and its margin is 0.
    ///
    /// # Panics
    /// If the length of `x` is not [`dim`](Self::dim).
    pub fn decide(&self, x: &[T]) -> Decision<T> {
        self.check_length(x);
        // The first prototype wins until a strictly nearer one comes, even if x is NaN.
        let mut decision = Decision {
            label: self.labels[0],
            winner: 0,
            distance: squared_euclidean(x, self.prototype(0)),
            runner_up: None,
        };
        let rows = self.prototypes.chunks_exact(self.dim);
        for (index, (w, &label)) in rows.zip(&self.labels).enumerate().skip(1) {
            let distance = squared_euclidean(x, w);
            if distance < decision.distance {
                if label != decision.label {
                    decision.runner_up = Some(RunnerUp {
                        label: decision.label,
                        prototype: decision.winner,
                        distance: decision.distance,
                    });
                }
                (decision.label, decision.winner, decision.distance) = (label, index, distance);
            } else if label != decision.label
                && decision
                    .runner_up
                    .is_none_or(|other| distance < other.distance)
            {
                decision.runner_up = Some(RunnerUp {
                    label,
                    prototype: index,
                    distance,
                });
            }
        }
        decision
    }

    #[track_caller]
    pub(crate) fn check_length(&self, x: &[T]) {
        assert_eq!(
            x.len(),
            self.dim,
            "vector length differs from the codebook's dim"
        );
    }

    pub(crate) fn prototypes_mut(&mut self) -> &mut [T] {
        &mut self.prototypes
    }

    /// Moves prototype `i` along `x` − prototype by `rate`; away from `x` if it is negative.
    pub(crate) fn move_towards(&mut self, i: usize, x: &[T], rate: f64) {
        let rate = T::from_f64(rate);
        for (w, &x) in self.prototypes[i * self.dim..(i + 1) * self.dim]
            .iter_mut()
            .zip(x)
        {
            *w += rate * (x - *w);
        }
    }
}

/// What a [`Codebook`] says of a vector. Distances are squared Euclidean.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Decision<T = f32> {
    /// Label of the winner.
    pub label: u32,
    /// Index of the nearest prototype; the lowest, if several are as near.
    pub winner: usize,
    /// Its distance, ≥ 0.
    pub distance: T,
    /// The nearest prototype of any other class; `None` if there is none.
    pub runner_up: Option<RunnerUp<T>>,
}

/// The nearest prototype of any class but the winner's.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RunnerUp<T = f32> {
    /// Its label.
    pub label: u32,
    /// Its index in the codebook; the lowest, if several are as near.
    pub prototype: usize,
    /// Its squared Euclidean distance, ≥ the winner's.
    pub distance: T,
}

impl<T: Float> Decision<T> {
    /// Relative similarity (d₂ − d₁) / (d₂ + d₁) of winner and runner-up, in \[0, 1\]: 0 on the
    /// border, 1 on a prototype or where no other class exists. It is −μ of GLVQ (Sato & Yamada
    /// 1996) for a rightly classified vector, and the certainty of Fischer, Hammer & Wersing (2015).
    ///
    /// 0 if both distances are 0, or one is not finite.
    pub fn margin(&self) -> T {
        let d1 = self.distance.to_f64();
        let d2 = self
            .runner_up
            .map_or(f64::INFINITY, |other| other.distance.to_f64());
        let margin = match self.runner_up {
            _ if !d1.is_finite() => 0.0,
            None => 1.0,
            Some(_) if !d2.is_finite() || d2 == 0.0 => 0.0,
            Some(_) => (d2 - d1) / (d2 + d1),
        };
        T::from_f64(margin)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn codebook(prototypes: &[f32], labels: &[u32]) -> Codebook {
        Codebook::new(1, 3, prototypes.to_vec(), labels.to_vec()).unwrap()
    }

    #[test]
    fn refuses_what_samples_refuse() {
        assert!(matches!(
            Codebook::<f32>::new(1, 1, vec![], vec![]),
            Err(Error::Zero { what: "prototypes" })
        ));
        assert!(matches!(
            Codebook::new(2, 1, vec![f32::NAN, 1.0], vec![0]),
            Err(Error::Value {
                what: "prototypes",
                row: 0,
                column: 0,
                ..
            })
        ));
        assert!(matches!(
            Codebook::new(1, 1, vec![1.0], vec![1]),
            Err(Error::Label { .. })
        ));
        assert!(matches!(
            Codebook::new(usize::MAX, 1, vec![1.0], vec![0, 0]),
            Err(Error::Length { .. })
        ));
    }

    #[test]
    fn runner_up_is_of_another_class() {
        let decision = codebook(&[0.0, 1.0, 4.0, 2.0, 3.0], &[0, 0, 1, 0, 2]).decide(&[0.9]);
        assert_eq!((decision.label, decision.winner), (0, 1));
        let other = decision.runner_up.unwrap();
        assert_eq!((other.label, other.prototype), (2, 4));
    }

    #[test]
    fn ties_go_to_the_lowest_index() {
        let decision = codebook(&[1.0, -1.0, 1.0, -1.0], &[1, 0, 0, 2]).decide(&[0.0]);
        assert_eq!((decision.winner, decision.label), (0, 1));
        assert_eq!(decision.runner_up.unwrap().prototype, 1);
        assert_eq!(decision.margin(), 0.0);
    }

    #[test]
    fn margin_covers_every_case() {
        let two = codebook(&[0.0, 2.0], &[0, 1]);
        assert_eq!(two.decide(&[0.0]).margin(), 1.0);
        assert_eq!(two.decide(&[1.0]).margin(), 0.0);
        assert_eq!(two.decide(&[0.5]).margin(), (2.25 - 0.25) / (2.25 + 0.25));
        assert_eq!(codebook(&[0.0, 0.0], &[0, 1]).decide(&[0.0]).margin(), 0.0);
        assert_eq!(codebook(&[0.0], &[0]).decide(&[5.0]).margin(), 1.0);
        for bad in [f32::NAN, f32::INFINITY, 3e38] {
            assert_eq!(two.decide(&[bad]).margin(), 0.0);
            assert_eq!(two.decide(&[bad]).winner, 0);
            assert_eq!(codebook(&[0.0], &[0]).decide(&[bad]).margin(), 0.0);
        }
    }

    #[test]
    #[should_panic(expected = "length")]
    fn vector_must_have_the_right_length() {
        codebook(&[0.0], &[0]).decide(&[1.0, 2.0]);
    }
}
