use crate::error::require;
use crate::{Codebook, Error, Float, Samples, squared_euclidean};
use rand::seq::SliceRandom;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;

/// Lloyd iterations at most; they stop as soon as no sample changes its cluster.
const MAX_ITERATIONS: usize = 25;

/// Where prototypes start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "snake_case")
)]
#[non_exhaustive]
pub enum Init {
    /// Centres of k-means in each class: k-means++ seeding (Arthur & Vassilvitskii 2007), then
    /// Lloyd iterations, at most 25: a start need not be the optimum. A cluster that loses all its samples keeps its centre.
    KMeans,
    /// Samples of each class, drawn without replacement.
    Sample,
}

impl Init {
    /// A codebook with `prototypes_per_class` prototypes for each class, or as many as it has
    /// samples if they are fewer; ordered by class. Each class draws its own random numbers, so
    /// its prototypes do not depend on the other classes.
    ///
    /// # Errors
    /// [`Error::Config`] if `prototypes_per_class` is 0, [`Error::EmptyClass`].
    pub fn codebook<T: Float>(
        self,
        samples: &Samples<'_, T>,
        prototypes_per_class: usize,
        seed: u64,
    ) -> Result<Codebook<T>, Error> {
        let n = prototypes_per_class;
        require(n > 0, "prototypes_per_class", n as f64, "at least 1")?;
        let mut classes = vec![Vec::new(); samples.n_classes()];
        for (x, label) in samples.iter() {
            classes[label as usize].push(x);
        }
        if let Some(class) = classes.iter().position(Vec::is_empty) {
            return Err(Error::EmptyClass { class });
        }
        let place = |(class, examples): (usize, &mut Vec<&[T]>)| {
            let mut rng = ChaCha8Rng::seed_from_u64(seed);
            rng.set_stream(class as u64);
            let n = n.min(examples.len());
            match self {
                Self::KMeans => k_means(examples, n, &mut rng),
                Self::Sample => {
                    examples.shuffle(&mut rng);
                    examples[..n].concat()
                }
            }
        };
        let placed: Vec<Vec<T>> = classes.par_iter_mut().enumerate().map(place).collect();
        let dim = samples.dim();
        let labels = (0u32..)
            .zip(&placed)
            .flat_map(|(class, rows)| std::iter::repeat_n(class, rows.len() / dim))
            .collect();
        Codebook::new(dim, samples.n_classes(), placed.concat(), labels)
    }
}

/// `k` centres of the examples, `[k × dim]`.
fn k_means<T: Float>(examples: &[&[T]], k: usize, rng: &mut ChaCha8Rng) -> Vec<T> {
    let dim = examples[0].len();
    let mut centres = plus_plus(examples, k, rng);
    let mut clusters = vec![usize::MAX; examples.len()];
    let mut sums = vec![0.0; k * dim];
    let mut counts = vec![0; k];
    for _ in 0..MAX_ITERATIONS {
        let mut changed = false;
        sums.fill(0.0);
        counts.fill(0);
        for (x, cluster) in examples.iter().zip(&mut clusters) {
            let nearest = nearest(x, &centres);
            changed |= nearest != *cluster;
            *cluster = nearest;
            counts[nearest] += 1;
            for (sum, x) in sums[nearest * dim..].iter_mut().zip(*x) {
                *sum += x.to_f64();
            }
        }
        if !changed {
            break;
        }
        let means = sums.chunks_exact(dim).zip(&counts);
        for (centre, (sum, &count)) in centres.chunks_exact_mut(dim).zip(means) {
            if count > 0 {
                for (w, sum) in centre.iter_mut().zip(sum) {
                    *w = T::from_f64(sum / f64::from(count));
                }
            }
        }
    }
    centres
}

/// `k` examples, each drawn with a chance in proportion to its squared distance from those before.
fn plus_plus<T: Float>(examples: &[&[T]], k: usize, rng: &mut ChaCha8Rng) -> Vec<T> {
    let mut least = vec![f64::INFINITY; examples.len()];
    let mut drawn = examples[rng.random_range(0..examples.len())];
    let mut centres = drawn.to_vec();
    for _ in 1..k {
        for (least, x) in least.iter_mut().zip(examples) {
            *least = least.min(squared_euclidean(x, drawn).to_f64());
        }
        drawn = examples[draw(&least, rng)];
        centres.extend_from_slice(drawn);
    }
    centres
}

/// An index with a chance in proportion to its weight; any, if the weights sum to nothing usable.
fn draw(weights: &[f64], rng: &mut ChaCha8Rng) -> usize {
    let total: f64 = weights.iter().sum();
    if total == 0.0 || !total.is_finite() {
        return rng.random_range(0..weights.len());
    }
    let mut left = rng.random::<f64>() * total;
    let mut last = 0;
    for (i, &weight) in weights
        .iter()
        .enumerate()
        .filter(|(_, weight)| **weight > 0.0)
    {
        last = i;
        if left < weight {
            break;
        }
        left -= weight;
    }
    last
}

fn nearest<T: Float>(x: &[T], rows: &[T]) -> usize {
    let (mut winner, mut least) = (0, None);
    for (index, row) in rows.chunks_exact(x.len()).enumerate() {
        let distance = squared_euclidean(x, row);
        if least.is_none_or(|least| distance < least) {
            (winner, least) = (index, Some(distance));
        }
    }
    winner
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cost(examples: &[&[f64]], centres: &[f64]) -> f64 {
        let dim = examples[0].len();
        let least = |x: &[f64]| {
            let nearest = nearest(x, centres);
            squared_euclidean(x, &centres[nearest * dim..][..dim])
        };
        examples.iter().map(|x| least(x)).sum()
    }

    #[test]
    fn lloyd_ends_where_every_centre_is_its_clusters_mean() {
        let mut rng = ChaCha8Rng::seed_from_u64(3);
        let data: Vec<f64> = (0..400).map(|_| rng.random()).collect();
        let examples: Vec<&[f64]> = data.chunks(2).collect();
        let seeded = plus_plus(&examples, 5, &mut rng.clone());
        let centres = k_means(&examples, 5, &mut rng);
        assert!(cost(&examples, &centres) < cost(&examples, &seeded));
        for (j, centre) in centres.chunks(2).enumerate() {
            let members = || examples.iter().filter(|x| nearest(x, &centres) == j);
            for axis in 0..2 {
                let mean = members().map(|x| x[axis]).sum::<f64>() / members().count() as f64;
                assert!((mean - centre[axis]).abs() < 1e-12);
            }
        }
    }

    #[test]
    fn draw_follows_the_weights() {
        let mut rng = ChaCha8Rng::seed_from_u64(4);
        let mut counts = [0; 4];
        for _ in 0..4000 {
            counts[draw(&[0.0, 1.0, 3.0, 0.0], &mut rng)] += 1;
        }
        assert_eq!((counts[0], counts[3]), (0, 0));
        // 1000 expected, standard deviation 27.
        assert!((850..1150).contains(&counts[1]), "{counts:?}");
        assert!(draw(&[0.0, 0.0], &mut rng) < 2);
        assert!(draw(&[f64::INFINITY, 0.0], &mut rng) < 2);
    }

    #[test]
    fn identical_examples_make_identical_centres() {
        let centres = k_means(
            &[&[2.0f32, 3.0][..]; 4],
            3,
            &mut ChaCha8Rng::seed_from_u64(0),
        );
        assert_eq!(centres, [2.0, 3.0, 2.0, 3.0, 2.0, 3.0]);
    }
}
