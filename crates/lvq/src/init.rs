use crate::error::require;
use crate::unsupervised::{
    BatchSom, BatchSomConfig, Clusterer, Edges, Grid, KMeans, KMeansConfig, Lattice, Points,
    Profile, Units,
};
use crate::{Codebook, Error, Float, Samples};
use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;
use std::ops::ControlFlow;

/// Rounds of k-means at most: a start need not be the optimum.
const MAX_ROUNDS: usize = 25;
/// Share of the way from the class mean to a sample where a class's further prototypes stand.
const OFF_MEAN: f64 = 0.1;

/// Where prototypes start. Prototypes of your own go into [`Codebook::new`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "snake_case")
)]
#[non_exhaustive]
pub enum Init {
    /// Centres of k-means in each class: k-means++ seeding (Arthur & Vassilvitskii 2007), then at most 25 rounds of
    /// [`KMeans`].
    KMeans,
    /// Samples of each class, drawn without replacement.
    Sample,
    /// The mean of each class; a class's further prototypes a tenth of the way from there to a sample of it, since
    /// prototypes on one spot would never part.
    ClassMean,
    /// A [`BatchSom`] of all samples, hexagonal and nearly square, with at least as many units as all [`Counts`]
    /// together; each unit labelled by majority, empty ones left out. So the map decides how many a class gets; one that
    /// is the majority nowhere gets its mean. No random numbers.
    Som,
}

/// How many prototypes each class gets; never more than it has samples. A plain number is [`Counts::Equal`].
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "snake_case")
)]
#[non_exhaustive]
pub enum Counts {
    /// So many each, at least 1.
    Equal(usize),
    /// So many in all, at least 1 for each class; shared by the classes' numbers of samples (largest remainder).
    Proportional(usize),
    /// Class by class, `[n_classes]`, each at least 1.
    Own(Vec<usize>),
}

impl From<usize> for Counts {
    fn from(prototypes_per_class: usize) -> Self {
        Self::Equal(prototypes_per_class)
    }
}

impl Counts {
    /// Prototypes of each class, from its number of samples.
    fn resolve(&self, n_samples: &[usize]) -> Result<Vec<usize>, Error> {
        let n_classes = n_samples.len();
        let wanted = match self {
            Self::Equal(n) => {
                require(*n > 0, "prototypes_per_class", 0.0, "at least 1")?;
                vec![*n; n_classes]
            }
            Self::Proportional(total) => {
                let ok = *total >= n_classes;
                require(ok, "prototypes", *total as f64, "at least 1 for each class")?;
                shares((*total).min(n_samples.iter().sum()), n_samples)
            }
            Self::Own(counts) => {
                let ok = counts.len() == n_classes;
                let n = counts.len() as f64;
                require(
                    ok,
                    "length of the prototype counts",
                    n,
                    "the number of classes",
                )?;
                let ok = !counts.contains(&0);
                require(ok, "prototypes of a class", 0.0, "at least 1")?;
                counts.clone()
            }
        };
        Ok(wanted
            .into_iter()
            .zip(n_samples)
            .map(|(wanted, &n)| wanted.min(n))
            .collect())
    }
}

/// `total` shared in proportion to `sizes`, at least 1 each: one goes to each first, the rest by largest remainder.
fn shares(total: usize, sizes: &[usize]) -> Vec<usize> {
    let all: f64 = sizes.iter().map(|&n| n as f64).sum();
    let exact = |size: usize| total as f64 * size as f64 / all;
    let mut counts: Vec<usize> = sizes.iter().map(|&n| (exact(n) as usize).max(1)).collect();
    // Who lacks most of its exact share gains, who has most above it loses; the lower class first among equals.
    loop {
        let sum: usize = counts.iter().sum();
        let lack = |&class: &usize| exact(sizes[class]) - counts[class] as f64;
        let classes = 0..sizes.len();
        let class = match sum.cmp(&total) {
            std::cmp::Ordering::Equal => return counts,
            std::cmp::Ordering::Less => {
                classes.max_by(|a, b| lack(a).total_cmp(&lack(b)).then(b.cmp(a)))
            }
            std::cmp::Ordering::Greater => classes
                .filter(|&class| counts[class] > 1)
                .min_by(|a, b| lack(a).total_cmp(&lack(b))),
        };
        match class {
            Some(class) if sum < total => counts[class] += 1,
            Some(class) => counts[class] -= 1,
            None => return counts,
        }
    }
}

impl Init {
    /// A codebook with `counts` prototypes for each class, or as many as it has samples if they are fewer; ordered by
    /// class, but for [`Init::Som`], whose order is the map's. Each class draws its own random numbers, so its
    /// prototypes do not depend on the other classes.
    ///
    /// # Errors
    /// [`Error::Config`] for counts out of range, [`Error::EmptyClass`].
    pub fn codebook<T: Float>(
        self,
        samples: &Samples<'_, T>,
        counts: impl Into<Counts>,
        seed: u64,
    ) -> Result<Codebook<T>, Error> {
        let mut classes = vec![Vec::new(); samples.n_classes()];
        for (x, label) in samples.iter() {
            classes[label as usize].push(x);
        }
        if let Some(class) = classes.iter().position(Vec::is_empty) {
            return Err(Error::EmptyClass { class });
        }
        let sizes: Vec<usize> = classes.iter().map(Vec::len).collect();
        let counts = counts.into().resolve(&sizes)?;
        if self == Self::Som {
            return som(samples, &classes, counts.iter().sum());
        }
        let place = |(class, examples): (usize, &mut Vec<&[T]>)| {
            let mut rng = ChaCha8Rng::seed_from_u64(seed);
            rng.set_stream(class as u64);
            match self {
                Self::KMeans => k_means(examples, counts[class], &mut rng),
                Self::ClassMean => around_mean(examples, counts[class], &mut rng),
                Self::Sample | Self::Som => {
                    examples.shuffle(&mut rng);
                    Ok(examples[..counts[class]].concat())
                }
            }
        };
        let placed = classes.par_iter_mut().enumerate().map(place);
        let placed: Vec<Vec<T>> = placed.collect::<Result<_, Error>>()?;
        let dim = samples.dim();
        let labels = (0u32..)
            .zip(&placed)
            .flat_map(|(class, rows)| std::iter::repeat_n(class, rows.len() / dim))
            .collect();
        Codebook::new(dim, samples.n_classes(), placed.concat(), labels)
    }
}

/// `k` centres of the examples, `[k × dim]`.
fn k_means<T: Float>(examples: &[&[T]], k: usize, rng: &mut ChaCha8Rng) -> Result<Vec<T>, Error> {
    let data = examples.concat();
    let points = Points::new(&data, examples[0].len())?;
    let mut units = Units::far_apart_with(&points, k, rng);
    let config = KMeansConfig {
        n_passes: MAX_ROUNDS,
    };
    KMeans::new(&config)?.train(&mut units, &points, &mut |_, _| ControlFlow::Continue(()))?;
    Ok(units.values().to_vec())
}

/// The mean of the examples, then others near it.
fn around_mean<T: Float>(
    examples: &mut [&[T]],
    k: usize,
    rng: &mut ChaCha8Rng,
) -> Result<Vec<T>, Error> {
    let mean = mean(examples);
    let mut rows: Vec<T> = mean.iter().copied().map(T::from_f64).collect();
    examples.shuffle(rng);
    for example in &examples[..k - 1] {
        let towards = example.iter().zip(&mean);
        rows.extend(towards.map(|(x, mean)| T::from_f64(mean + OFF_MEAN * (x.to_f64() - mean))));
    }
    Ok(rows)
}

fn mean<T: Float>(examples: &[&[T]]) -> Vec<f64> {
    let mut mean = vec![0.0; examples[0].len()];
    for example in examples {
        for (mean, x) in mean.iter_mut().zip(*example) {
            *mean += x.to_f64() / examples.len() as f64;
        }
    }
    mean
}

/// A labelled map of at least `n_units` units.
fn som<T: Float>(
    samples: &Samples<'_, T>,
    classes: &[Vec<&[T]>],
    n_units: usize,
) -> Result<Codebook<T>, Error> {
    let points = Points::from(*samples);
    let columns = (n_units as f64).sqrt().ceil() as usize;
    let rows = n_units.div_ceil(columns);
    let grid = Grid::new(columns, rows, Lattice::Hexagonal, Edges::Bounded)?;
    let mut units = Units::plane(&points, &grid)?;
    let map = BatchSom::new(&BatchSomConfig::new(grid))?;
    map.train(&mut units, &points, &mut |_, _| ControlFlow::Continue(()))?;
    let profile = Profile::new(&units.assign(&points), samples);
    let labelled = profile.codebook(&units)?;
    let (mut rows, mut labels) = (labelled.prototypes().to_vec(), labelled.labels().to_vec());
    for class in profile.classes_without_unit() {
        rows.extend(mean(&classes[class as usize]).into_iter().map(T::from_f64));
        labels.push(class);
    }
    Codebook::new(samples.dim(), samples.n_classes(), rows, labels)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identical_examples_make_identical_centres() {
        let centres = k_means(
            &[&[2.0f32, 3.0][..]; 4],
            3,
            &mut ChaCha8Rng::seed_from_u64(0),
        );
        assert_eq!(centres.unwrap(), [2.0, 3.0, 2.0, 3.0, 2.0, 3.0]);
    }

    #[test]
    fn shares_are_proportional_and_never_zero() {
        assert_eq!(shares(10, &[50, 30, 20]), [5, 3, 2]);
        assert_eq!(shares(10, &[98, 1, 1]), [8, 1, 1]);
        assert_eq!(shares(7, &[5, 5, 5]), [3, 2, 2]);
        assert_eq!(shares(3, &[1000, 1, 1]), [1, 1, 1]);
    }

    #[test]
    fn counts_refuse_what_leaves_a_class_without() {
        let sizes = [4, 2];
        assert_eq!(Counts::from(3).resolve(&sizes), Ok(vec![3, 2]));
        assert_eq!(Counts::Own(vec![1, 9]).resolve(&sizes), Ok(vec![1, 2]));
        let all = Counts::Proportional(usize::MAX);
        assert_eq!(all.resolve(&sizes), Ok(vec![4, 2]));
        for bad in [
            Counts::Equal(0),
            Counts::Proportional(1),
            Counts::Own(vec![1]),
            Counts::Own(vec![1, 0]),
        ] {
            assert!(
                matches!(bad.resolve(&sizes), Err(Error::Config { .. })),
                "{bad:?}"
            );
        }
    }
}
