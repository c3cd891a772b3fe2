//! Prototypes and classes that come and go. What stays keeps its bits.

use crate::samples::check_rows;
use crate::{Codebook, Error, Float, Metric};

impl<T: Float> Codebook<T> {
    /// Adds prototypes of a class that exists, `[n × dim]`, after all others. Where every prototype
    /// has a matrix, the new ones get that of [`Metric::local_identities`].
    ///
    /// # Errors
    /// [`Error::Zero`], [`Error::Length`], [`Error::Label`], [`Error::Value`].
    pub fn add_prototypes(&mut self, label: u32, prototypes: &[T]) -> Result<(), Error> {
        let n = prototypes.len() / self.dim();
        let labels = vec![label; n];
        check_rows(
            "prototypes",
            prototypes,
            self.dim(),
            &labels,
            self.n_classes(),
        )?;
        let metric = match self.metric() {
            Metric::LocalOmegas { n_rows, values } => {
                let more = Metric::local_identities(n, *n_rows, self.dim());
                let values = [values.as_slice(), more.values()].concat();
                let n_rows = *n_rows;
                Metric::LocalOmegas { n_rows, values }
            }
            metric => metric.clone(),
        };
        let prototypes = [self.prototypes(), prototypes].concat();
        let labels = [self.labels(), &labels].concat();
        *self = Self::new(self.dim(), self.n_classes(), prototypes, labels)?.with_metric(metric)?;
        Ok(())
    }

    /// Adds a class with its prototypes, `[n × dim]`, and returns its label: the number of classes
    /// there were.
    ///
    /// # Errors
    /// [`Error::Zero`], [`Error::Length`], [`Error::Value`].
    pub fn add_class(&mut self, prototypes: &[T]) -> Result<u32, Error> {
        let mut wider = self.clone();
        wider.n_classes += 1;
        let label = self.n_classes() as u32;
        wider.add_prototypes(label, prototypes)?;
        *self = wider;
        Ok(label)
    }

    /// Removes a class with its prototypes; every label above is lowered by one.
    ///
    /// # Errors
    /// [`Error::Label`] if there is no such class, [`Error::Zero`] if no prototype would be left.
    pub fn remove_class(&mut self, label: u32) -> Result<(), Error> {
        if label as usize >= self.n_classes() {
            return Err(Error::Label {
                what: "prototypes",
                row: 0,
                got: label,
                n_classes: self.n_classes(),
            });
        }
        let mut narrower = self.keep(|_, class| class != label)?;
        narrower.n_classes -= 1;
        for class in narrower.labels.iter_mut().filter(|class| **class > label) {
            *class -= 1;
        }
        *self = narrower;
        Ok(())
    }

    /// Removes prototype `i`; those after it move up. Its class stays, without prototypes perhaps.
    ///
    /// # Errors
    /// [`Error::Zero`] if no prototype would be left.
    ///
    /// # Panics
    /// If `i` is not below [`n_prototypes`](Self::n_prototypes).
    pub fn remove_prototype(&mut self, i: usize) -> Result<(), Error> {
        assert!(i < self.n_prototypes(), "no such prototype");
        *self = self.keep(|j, _| j != i)?;
        Ok(())
    }

    /// The same with those prototypes only for whose index and label `keeps` says so.
    fn keep(&self, keeps: impl Fn(usize, u32) -> bool) -> Result<Self, Error> {
        let labels = self.labels().iter().enumerate();
        let kept: Vec<usize> = labels
            .filter(|(j, label)| keeps(*j, **label))
            .map(|(j, _)| j)
            .collect();
        let rows = |values: &[T], n: usize| -> Vec<T> {
            kept.iter()
                .flat_map(|&j| values[j * n..(j + 1) * n].to_vec())
                .collect()
        };
        let metric = match self.metric() {
            Metric::LocalOmegas { n_rows, values } => Metric::LocalOmegas {
                n_rows: *n_rows,
                values: rows(values, n_rows * self.dim()),
            },
            metric => metric.clone(),
        };
        let labels = kept.iter().map(|&j| self.labels()[j]).collect();
        let prototypes = rows(self.prototypes(), self.dim());
        Self::new(self.dim(), self.n_classes(), prototypes, labels)?.with_metric(metric)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn metrics() -> [Metric<f64>; 4] {
        let values = |n: usize| (1..=n).map(|i| 1.0 / i as f64).collect::<Vec<_>>();
        [
            Metric::Euclidean,
            Metric::Relevances(values(2)),
            Metric::Omega {
                n_rows: 1,
                values: values(2),
            },
            Metric::LocalOmegas {
                n_rows: 1,
                values: values(6),
            },
        ]
    }

    #[test]
    fn what_stays_keeps_its_bits() {
        for metric in metrics() {
            let prototypes = vec![0.1, 0.2, 0.3, 0.4, 0.5, 0.6];
            let old = Codebook::new(2, 2, prototypes, vec![1, 0, 1]).unwrap();
            let old = old.with_metric(metric).unwrap();
            let mut book = old.clone();
            assert_eq!(book.add_class(&[7.0, 8.0, 9.0, 10.0]), Ok(2));
            assert_eq!(book.labels(), [1, 0, 1, 2, 2]);
            assert_eq!(book.prototypes()[..6], *old.prototypes());
            let n = old.metric().values().len();
            assert_eq!(book.metric().values()[..n], *old.metric().values());
            assert_eq!(book.decide(&[9.0, 10.0]).label, 2);
            book.remove_class(2).unwrap();
            assert_eq!(book, old);
            book.remove_class(0).unwrap();
            assert_eq!((book.n_classes(), book.labels()), (1, &[0, 0][..]));
            assert_eq!(book.prototypes(), [0.1, 0.2, 0.5, 0.6]);
            book.remove_prototype(0).unwrap();
            assert_eq!(book.prototypes(), [0.5, 0.6]);
            let last = book.clone();
            assert_eq!(
                book.remove_class(0),
                Err(Error::Zero { what: "prototypes" })
            );
            assert!(book.remove_prototype(0).is_err());
            assert!(matches!(
                book.remove_class(1),
                Err(Error::Label { got: 1, .. })
            ));
            assert!(book.add_prototypes(1, &[0.0, 0.0]).is_err());
            assert!(book.add_prototypes(0, &[0.0]).is_err());
            assert!(book.add_class(&[f64::NAN, 0.0]).is_err());
            assert_eq!(book, last);
        }
    }
}
