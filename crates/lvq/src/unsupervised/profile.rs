use super::{Assignment, Units};
use crate::{Codebook, Error, Float, Samples};

/// Which classes fall on each unit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Profile {
    n_classes: usize,
    /// `[n_units × n_classes]`
    counts: Vec<usize>,
}

impl Profile {
    /// Counts the classes of the samples on each unit. `assignment` is that of the same samples.
    ///
    /// # Panics
    /// If they are not equally many.
    pub fn new<T: Float>(assignment: &Assignment<T>, samples: &Samples<'_, T>) -> Self {
        let n_classes = samples.n_classes();
        assert_eq!(
            assignment.matches().len(),
            samples.len(),
            "assignment and samples differ in number"
        );
        let mut counts = vec![0; assignment.n_units() * n_classes];
        for (unit, &label) in assignment.winners().zip(samples.labels()) {
            counts[unit * n_classes + label as usize] += 1;
        }
        Self { n_classes, counts }
    }

    /// Number of units.
    pub fn n_units(&self) -> usize {
        self.counts.len() / self.n_classes
    }

    /// Number of classes.
    pub fn n_classes(&self) -> usize {
        self.n_classes
    }

    /// Samples of each class on a unit, `[n_classes]`.
    ///
    /// # Panics
    /// If `unit` is not below [`n_units`](Self::n_units); so do all below that take one.
    pub fn counts(&self, unit: usize) -> &[usize] {
        &self.counts[unit * self.n_classes..(unit + 1) * self.n_classes]
    }

    /// Samples on a unit.
    pub fn n_samples(&self, unit: usize) -> usize {
        self.counts(unit).iter().sum()
    }

    /// The class with most samples on a unit, the lowest among equals; `None` for an empty unit.
    pub fn majority(&self, unit: usize) -> Option<u32> {
        let mut best: Option<(u32, usize)> = None;
        for (label, &count) in (0..).zip(self.counts(unit)) {
            if count > best.map_or(0, |(_, most)| most) {
                best = Some((label, count));
            }
        }
        best.map(|(label, _)| label)
    }

    /// Share of the majority among the samples on a unit, above 0 to 1; `None` for an empty unit.
    pub fn purity(&self, unit: usize) -> Option<f64> {
        let label = self.majority(unit)?;
        Some(self.counts(unit)[label as usize] as f64 / self.n_samples(unit) as f64)
    }

    /// Share of all samples that are of their unit's majority, above 0 to 1: the accuracy of the units' labels on the
    /// very samples that gave them.
    pub fn total_purity(&self) -> f64 {
        let (mut right, mut all) = (0, 0);
        for (unit, label) in self.labelled() {
            right += self.counts(unit)[label as usize];
            all += self.n_samples(unit);
        }
        right as f64 / all as f64
    }

    /// Units without samples, in order.
    pub fn empty(&self) -> Vec<usize> {
        let is_empty = |&unit: &usize| self.n_samples(unit) == 0;
        (0..self.n_units()).filter(is_empty).collect()
    }

    /// Every unit with samples and its majority, in order.
    pub fn labelled(&self) -> impl Iterator<Item = (usize, u32)> {
        (0..self.n_units()).filter_map(|unit| Some((unit, self.majority(unit)?)))
    }

    /// Classes that have samples but are the majority of no unit, in order: [`codebook`](Self::codebook) knows nothing
    /// of them, and a [`Rule`](crate::Rule) refuses to train it. Take a larger map, or add prototypes of them.
    pub fn classes_without_unit(&self) -> Vec<u32> {
        let mut is_missing: Vec<bool> = (0..self.n_classes)
            .map(|class| (0..self.n_units()).any(|unit| self.counts(unit)[class] > 0))
            .collect();
        for (_, label) in self.labelled() {
            is_missing[label as usize] = false;
        }
        let missing = (0u32..)
            .zip(is_missing)
            .filter(|(_, is_missing)| *is_missing);
        missing.map(|(class, _)| class).collect()
    }

    /// The units as prototypes, each of its majority's class, in the order of [`labelled`](Self::labelled). Empty units
    /// are left out: they would answer for samples of which nothing is known.
    ///
    /// # Errors
    /// None for units of this crate.
    ///
    /// # Panics
    /// If `units` are not as many as the profile's.
    pub fn codebook<T: Float>(&self, units: &Units<T>) -> Result<Codebook<T>, Error> {
        assert_eq!(
            units.n_units(),
            self.n_units(),
            "units and profile differ in number"
        );
        let (kept, labels): (Vec<usize>, Vec<u32>) = self.labelled().unzip();
        let rows: Vec<&[T]> = kept.iter().map(|&unit| units.unit(unit)).collect();
        Codebook::new(units.dim(), self.n_classes, rows.concat(), labels)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::unsupervised::Points;

    #[test]
    fn counts_labels_and_leaves_out() {
        let data = [0.0f32, 0.1, 0.2, 5.0, 5.1, 9.0];
        let samples = Samples::new(&data, 1, &[2, 0, 2, 1, 0, 0], 4).unwrap();
        let units = Units::new(1, vec![5.0, -100.0, 9.0, 0.0]).unwrap();
        let profile = Profile::new(&units.assign(&Points::from(samples)), &samples);
        assert_eq!(profile.counts(3), [1, 0, 2, 0]);
        assert_eq!((profile.n_samples(0), profile.n_samples(1)), (2, 0));
        // A tie of classes 0 and 1 on unit 0.
        let majorities: Vec<_> = (0..4).map(|unit| profile.majority(unit)).collect();
        assert_eq!(majorities, [Some(0), None, Some(0), Some(2)]);
        assert_eq!(
            (profile.purity(3), profile.purity(1)),
            (Some(2.0 / 3.0), None)
        );
        assert_eq!(profile.total_purity(), 4.0 / 6.0);
        assert_eq!(profile.empty(), [1]);
        assert_eq!(profile.classes_without_unit(), [1]);
        let codebook = profile.codebook(&units).unwrap();
        assert_eq!(codebook.prototypes(), [5.0, 9.0, 0.0]);
        assert_eq!(codebook.labels(), [0, 0, 2]);
    }
}
