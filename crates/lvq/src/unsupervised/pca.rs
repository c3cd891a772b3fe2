use super::Points;
use crate::Float;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;

/// A start needs no more points than these.
const MAX_POINTS: usize = 10_000;
/// Rows of one partial sum; fixed, so that the result does not depend on the threads.
const BLOCK: usize = 512;
/// Iterations at most. They end as soon as both axes stand still.
const MAX_ITERATIONS: usize = 100;
/// 1 − cosine of the angle by which an axis that stands still may turn.
const STILL: f64 = 1e-10;

/// The plane of the two principal components.
pub(super) struct Plane {
    pub(super) mean: Vec<f64>,
    /// Along each component, one standard deviation long; 0 where there is no variance.
    pub(super) axes: [Vec<f64>; 2],
}

/// The principal plane by orthogonal iteration: no covariance matrix is formed, so that memory grows with the number of
/// dimensions, not its square.
pub(super) fn plane<T: Float>(points: &Points<'_, T>) -> Plane {
    let stride = points.len().div_ceil(MAX_POINTS);
    let rows: Vec<&[T]> = points.iter().step_by(stride).collect();
    let (n, dim) = (rows.len() as f64, points.dim());
    let mut mean = vec![0.0; dim];
    for row in &rows {
        for (mean, x) in mean.iter_mut().zip(*row) {
            *mean += x.to_f64() / n;
        }
    }
    let mut rng = ChaCha8Rng::seed_from_u64(0);
    let mut axes = [(); 2].map(|()| (0..dim).map(|_| rng.random_range(-1.0..1.0)).collect());
    orthonormalise(&mut axes);
    let mut variances = [0.0; 2];
    for _ in 0..MAX_ITERATIONS {
        let before = axes.clone();
        axes = times_covariance(&rows, &mean, &before);
        variances = [0, 1].map(|a| dot(&axes[a], &before[a]));
        orthonormalise(&mut axes);
        if (0..2).all(|a| 1.0 - dot(&axes[a], &before[a]).abs() < STILL) {
            break;
        }
    }
    for (axis, variance) in axes.iter_mut().zip(variances) {
        // An axis and its opposite are the same component.
        let greatest = axis
            .iter()
            .copied()
            .fold(0.0f64, |m, v| if v.abs() > m.abs() { v } else { m });
        let length = variance.max(0.0).sqrt().copysign(greatest);
        axis.iter_mut().for_each(|v| *v *= length);
    }
    Plane { mean, axes }
}

fn times_covariance<T: Float>(rows: &[&[T]], mean: &[f64], axes: &[Vec<f64>; 2]) -> [Vec<f64>; 2] {
    let zero = || [vec![0.0; mean.len()], vec![0.0; mean.len()]];
    let partial = |block: &[&[T]]| {
        let mut sums = zero();
        let mut centred = vec![0.0; mean.len()];
        for row in block {
            for ((c, x), mean) in centred.iter_mut().zip(*row).zip(mean) {
                *c = x.to_f64() - mean;
            }
            for (sum, axis) in sums.iter_mut().zip(axes) {
                let projection = dot(&centred, axis);
                for (sum, c) in sum.iter_mut().zip(&centred) {
                    *sum += projection * c;
                }
            }
        }
        sums
    };
    let partials: Vec<[Vec<f64>; 2]> = rows.par_chunks(BLOCK).map(partial).collect();
    let mut product = zero();
    for partial in &partials {
        for (sum, part) in product.iter_mut().zip(partial) {
            for (sum, part) in sum.iter_mut().zip(part) {
                *sum += part / rows.len() as f64;
            }
        }
    }
    product
}

/// Gram and Schmidt's; an axis with nothing left of it becomes 0.
fn orthonormalise(axes: &mut [Vec<f64>; 2]) {
    let [first, second] = axes;
    normalise(first);
    // Twice, as the first time leaves rounding errors of what it takes away.
    for _ in 0..2 {
        let shared = dot(first, second);
        for (b, a) in second.iter_mut().zip(first.iter()) {
            *b -= shared * a;
        }
        normalise(second);
    }
}

fn normalise(axis: &mut [f64]) {
    let length = dot(axis, axis).sqrt();
    if length > f64::MIN_POSITIVE {
        axis.iter_mut().for_each(|v| *v /= length);
    } else {
        axis.fill(0.0);
    }
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_axes_of_a_turned_ellipse() {
        let mut rng = ChaCha8Rng::seed_from_u64(5);
        let (mut data, direction) = (Vec::new(), [0.6, 0.8, 0.0]);
        for _ in 0..3000 {
            let (a, b) = (rng.random_range(-3.0..3.0), rng.random_range(-1.0..1.0));
            data.extend([
                0.6 * a - 0.8 * b + 7.0,
                0.8 * a + 0.6 * b,
                0.1 * rng.random::<f64>(),
            ]);
        }
        let plane = plane(&Points::new(&data, 3).unwrap());
        let length = dot(&plane.axes[0], &plane.axes[0]).sqrt();
        assert!((length - 3.0f64.sqrt()).abs() < 0.1, "{length}");
        assert!(dot(&plane.axes[0], &direction) / length > 0.999);
        assert!(dot(&plane.axes[0], &plane.axes[1]).abs() < 1e-6);
        assert!((plane.mean[0] - 7.0).abs() < 0.2);
    }

    #[test]
    fn a_line_has_one_axis() {
        let plane = plane(&Points::new(&[1.0f32, 3.0], 1).unwrap());
        assert_eq!(
            (plane.mean[0], plane.axes[0][0], plane.axes[1][0]),
            (2.0, 1.0, 0.0)
        );
    }
}
