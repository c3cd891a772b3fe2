use crate::{Codebook, Error, Float, Metric};

impl<T: Float> Codebook<T> {
    /// The codebook without the prototypes of `class`; classes above it move down by one. The other prototypes and their
    /// metric stay as they are.
    ///
    /// # Errors
    /// [`Error::Label`] for a class it does not have, [`Error::Zero`] if no prototype would be left.
    pub fn without_class(&self, class: u32) -> Result<Self, Error> {
        if class as usize >= self.n_classes() {
            return Err(Error::Label {
                what: "class",
                row: 0,
                got: class,
                n_classes: self.n_classes(),
            });
        }
        let kept = |&i: &usize| self.labels()[i] != class;
        let kept: Vec<usize> = (0..self.n_prototypes()).filter(kept).collect();
        let rows: Vec<&[T]> = kept.iter().map(|&i| self.prototype(i)).collect();
        let label = |&i: &usize| {
            let label = self.labels()[i];
            label - u32::from(label > class)
        };
        let metric = match self.metric() {
            Metric::LocalOmegas { n_rows, values } => {
                let size = n_rows * self.dim();
                let of = |&i: &usize| &values[i * size..(i + 1) * size];
                Metric::LocalOmegas {
                    n_rows: *n_rows,
                    values: kept.iter().map(of).collect::<Vec<_>>().concat(),
                }
            }
            metric => metric.clone(),
        };
        let labels = kept.iter().map(label).collect();
        Self::new(self.dim(), self.n_classes() - 1, rows.concat(), labels)?.with_metric(metric)
    }

    /// The codebook with the prototypes of `other` after its own, whose classes count from `first_class` on; none of its own
    /// moves. Where every prototype has a matrix of its own, a new one gets that of the nearest old one.
    ///
    /// # Errors
    /// [`Error::Mismatch`] of the dimensions.
    pub fn joined(&self, other: &Self, first_class: u32) -> Result<Self, Error> {
        if other.dim() != self.dim() {
            return Err(Error::Mismatch {
                what: "dim",
                samples: other.dim(),
                codebook: self.dim(),
            });
        }
        let prototypes = [self.prototypes(), other.prototypes()].concat();
        let moved = other.labels().iter().map(|label| label + first_class);
        let labels: Vec<u32> = self.labels().iter().copied().chain(moved).collect();
        let n_classes = self
            .n_classes()
            .max(other.n_classes() + first_class as usize);
        let metric = match self.metric() {
            Metric::LocalOmegas { n_rows, values } => {
                let size = n_rows * self.dim();
                let mut values = values.clone();
                for j in 0..other.n_prototypes() {
                    let nearest = self.decide(other.prototype(j)).winner;
                    values.extend_from_within(nearest * size..(nearest + 1) * size);
                }
                Metric::LocalOmegas {
                    n_rows: *n_rows,
                    values,
                }
            }
            metric => metric.clone(),
        };
        Self::new(self.dim(), n_classes, prototypes, labels)?.with_metric(metric)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn codebook() -> Codebook {
        let codebook = Codebook::new(1, 3, vec![0.0, 1.0, 2.0, 3.0], vec![0, 1, 2, 1]).unwrap();
        let values = vec![1.0, 2.0, 3.0, 4.0];
        codebook
            .with_metric(Metric::LocalOmegas { n_rows: 1, values })
            .unwrap()
    }

    #[test]
    fn the_others_stay_when_a_class_goes() {
        let left = codebook().without_class(1).unwrap();
        assert_eq!(
            (left.prototypes(), left.labels()),
            (&[0.0, 2.0][..], &[0, 1][..])
        );
        assert_eq!(left.metric().values(), [1.0, 3.0]);
        assert!(matches!(
            codebook().without_class(3),
            Err(Error::Label { .. })
        ));
        let one = Codebook::new(1, 1, vec![0.0f32], vec![0]).unwrap();
        assert!(one.without_class(0).is_err());
    }

    #[test]
    fn the_others_stay_when_a_class_comes() {
        let new = Codebook::new(1, 1, vec![2.9, 9.0], vec![0, 0]).unwrap();
        let joined = codebook().joined(&new, 3).unwrap();
        assert_eq!(joined.prototypes(), [0.0, 1.0, 2.0, 3.0, 2.9, 9.0]);
        assert_eq!(
            (joined.labels(), joined.n_classes()),
            (&[0, 1, 2, 1, 3, 3][..], 4)
        );
        assert_eq!(joined.metric().values()[..4], [1.0, 2.0, 3.0, 4.0]);
        assert_eq!(joined.without_class(3).unwrap(), codebook());
        let wide = Codebook::new(2, 1, vec![0.0, 0.0], vec![0]).unwrap();
        assert!(matches!(
            codebook().joined(&wide, 3),
            Err(Error::Mismatch { .. })
        ));
    }
}
