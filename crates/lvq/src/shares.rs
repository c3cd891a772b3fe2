//! What a distance is made of.

use crate::probe::{Probe, compose, nearest_view};
use crate::{Codebook, Float, Metric};

impl<T: Float> Codebook<T> {
    /// The vector that prototype `j` meets in a thing of several views, `[n_views × dim]`: the nearest view, or
    /// [block by block](Self::with_block) the nearest there.
    ///
    /// # Panics
    /// If `views` is not a whole number of vectors, at least one, or there is no prototype `j`.
    pub fn met(&self, j: usize, views: &[T]) -> Vec<T> {
        let dim = self.dim();
        let is_whole = !views.is_empty() && views.len().is_multiple_of(dim);
        assert!(is_whole, "no whole number of vectors of the codebook's dim");
        if views.len() == dim {
            return views.to_vec();
        }
        let mut probes: Vec<_> = views
            .chunks_exact(dim)
            .map(|x| Probe::new(self, x))
            .collect();
        if self.n_blocks() == 1 {
            let (view, _) = nearest_view(&mut probes, j);
            return views[view * dim..][..dim].to_vec();
        }
        let mut met = vec![T::default(); dim];
        compose(&mut probes, j, &mut met);
        met
    }

    /// What each value of `x` adds to its squared distance from prototype `j`, `[dim]`; summing to it but for rounding.
    /// Under a matrix, whose values act together, value i adds (x − w)ᵢ · (ΩᵀΩ (x − w))ᵢ, which may be negative. A value
    /// that is NaN, and so absent, adds nothing.
    ///
    /// # Panics
    /// If the length of `x` is not [`dim`](Self::dim), or there is no prototype `j`.
    pub fn shares(&self, j: usize, x: &[T]) -> Vec<T> {
        self.check_length(x);
        let zero = T::default();
        let pairs = x.iter().zip(self.prototype(j));
        let differences: Vec<T> = pairs
            .map(|(&x, &w)| if x.is_nan() { zero } else { x - w })
            .collect();
        let mut shares = vec![zero; self.dim()];
        match self.metric() {
            Metric::Euclidean => shares.copy_from_slice(&differences),
            Metric::Relevances(relevances) => {
                for ((share, &d), &relevance) in shares.iter_mut().zip(&differences).zip(relevances)
                {
                    *share = relevance * d;
                }
            }
            metric => {
                let mut image = vec![zero; self.image_dim()];
                self.project(j, &differences, &mut image, &mut Vec::new());
                metric.add_transposed(j, &image, &mut shares);
            }
        }
        for (share, &d) in shares.iter_mut().zip(&differences) {
            *share = *share * d;
        }
        shares
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(i: usize) -> f64 {
        ((i * 7919) % 101) as f64 / 50.0 - 1.0
    }

    #[test]
    fn shares_sum_to_the_distance_under_every_metric() {
        let (dim, n) = (6, 3);
        let values = |n: usize| (0..n).map(value).collect::<Vec<_>>();
        let prototypes: Vec<f64> = (100..100 + n * dim).map(value).collect();
        let plain = Codebook::new(dim, 2, prototypes, vec![0, 1, 0]).unwrap();
        let metrics = [
            Metric::Euclidean,
            Metric::Relevances(values(dim).iter().map(|v| v.abs()).collect()),
            Metric::Omega {
                n_rows: 2,
                values: values(2 * dim),
            },
            Metric::SharedOmega {
                tile: 2,
                n_rows: 2,
                values: values(4),
            },
            Metric::LocalOmegas {
                n_rows: 2,
                values: values(2 * n * dim),
            },
        ];
        for metric in metrics {
            let codebook = plain.clone().with_metric(metric).unwrap();
            let x: Vec<f64> = (300..300 + dim).map(value).collect();
            let mut distances = vec![0.0; n];
            codebook.distances_into(&x, &mut distances);
            for (j, distance) in distances.iter().enumerate() {
                let sum: f64 = codebook.shares(j, &x).iter().sum();
                assert!((sum - distance).abs() < 1e-12, "{:?}", codebook.metric());
            }
            let mut absent = x.clone();
            absent[3] = f64::NAN;
            assert!(
                codebook
                    .shares(1, &absent)
                    .iter()
                    .all(|share| share.is_finite())
            );
            codebook.distances_into(&absent, &mut distances);
            let sum: f64 = codebook.shares(1, &absent).iter().sum();
            assert!((sum - distances[1]).abs() < 1e-12);
        }
    }

    #[test]
    fn blocks_end_where_tiles_of_few_rows_and_the_rest_do() {
        let value = |i: usize| value(i + 1);
        let omega: Vec<f64> = (0..4).map(value).collect();
        let metric = Metric::SharedOmega {
            tile: 4,
            n_rows: 1,
            values: omega.clone(),
        };
        let codebook = Codebook::new(7, 1, (20..27).map(value).collect(), vec![0]).unwrap();
        let codebook = codebook.with_metric(metric).unwrap().with_block(4).unwrap();
        let views: Vec<f64> = (40..61).map(value).collect();
        let differences = views.chunks(7).map(|x| {
            let pairs = x.iter().zip(codebook.prototype(0));
            pairs.map(|(x, w)| x - w).collect::<Vec<f64>>()
        });
        let of_blocks = differences.map(|d| {
            let tile: f64 = d.iter().zip(&omega).map(|(d, o)| d * o).sum();
            [tile * tile, d[4..].iter().map(|d| d * d).sum()]
        });
        let least = of_blocks.reduce(|a, b| [a[0].min(b[0]), a[1].min(b[1])]);
        let expected: f64 = least.unwrap().iter().sum();
        assert!((codebook.decide_views(&views).distance - expected).abs() < 1e-12);
        let met = codebook.met(0, &views);
        let sum: f64 = codebook.shares(0, &met).iter().sum();
        assert!((sum - expected).abs() < 1e-12);
    }

    #[test]
    fn what_is_met_is_as_near_as_the_decision_says() {
        let prototypes = (0..8).map(value).collect();
        let codebook = Codebook::new(4, 2, prototypes, vec![0, 1]).unwrap();
        let views: Vec<f64> = (50..62).map(value).collect();
        for codebook in [codebook.clone(), codebook.with_block(2).unwrap()] {
            let decision = codebook.decide_views(&views);
            let met = codebook.met(decision.winner, &views);
            let sum: f64 = codebook.shares(decision.winner, &met).iter().sum();
            assert!((sum - decision.distance).abs() < 1e-12);
        }
    }
}
