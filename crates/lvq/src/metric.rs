use crate::error::require;
use crate::samples::check_values;
use crate::{Error, Float};

/// What a codebook calls near. Every distance is squared; `w` is a prototype, `x` a vector.
///
/// All but [`Euclidean`](Self::Euclidean) are a Euclidean distance of linear images: the vector's
/// and the prototype's are taken, then compared by [`squared_euclidean`](crate::squared_euclidean).
#[derive(Debug, Clone, PartialEq, Default)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "snake_case")
)]
#[non_exhaustive]
pub enum Metric<T = f32> {
    /// Σ (x − w)².
    #[default]
    Euclidean,
    /// Σ λ (x − w)², a relevance λ ≥ 0 for each dimension (Hammer & Villmann 2002).
    Relevances(
        /// λ, `[dim]`, at least one above 0.
        Vec<T>,
    ),
    /// ‖Ω (x − w)‖², one matrix for all prototypes (Schneider, Biehl & Hammer 2009).
    Omega {
        /// Rows of Ω, at least 1: the rank of the metric at most.
        n_rows: usize,
        /// Ω, row-major `[n_rows × dim]`.
        values: Vec<T>,
    },
    /// Σ ‖Ω (x − w)ₜ‖² over the tiles t of a vector, `tile` values each; what is left at its end counts as
    /// it is. A sequence of frames has one matrix for all of them: hundreds of values to learn
    /// instead of hundreds of thousands, and no room to learn the speakers by heart.
    SharedOmega {
        /// Values of a tile, 1 to dim.
        tile: usize,
        /// Rows of Ω, at least 1.
        n_rows: usize,
        /// Ω, row-major `[n_rows × tile]`.
        values: Vec<T>,
    },
    /// ‖Ωⱼ (x − wⱼ)‖², a matrix for each prototype j (the same paper).
    LocalOmegas {
        /// Rows of each Ωⱼ, at least 1.
        n_rows: usize,
        /// Every Ωⱼ, `[n_prototypes × n_rows × dim]`.
        values: Vec<T>,
    },
}

impl<T: Float> Metric<T> {
    /// Equal relevances 1 / dim, the start of GRLVQ.
    pub fn equal_relevances(dim: usize) -> Self {
        Self::Relevances(vec![T::from_f64(1.0 / dim.max(1) as f64); dim])
    }

    /// Ω of `n_rows` rows for vectors of `dim`: row r is 1 where the column is r modulo `n_rows`,
    /// else 0; divided by its Frobenius norm. The identity over √dim if both sizes are equal. Both are at least 1; a
    /// codebook refuses 0.
    pub fn folded_identity(n_rows: usize, dim: usize) -> Self {
        let values = folded(n_rows, dim, of_unit_norm(dim));
        Self::Omega { n_rows, values }
    }

    /// The identity for every tile of `tile` values, at least 1 (a codebook refuses 0): the Euclidean metric, ready to
    /// learn.
    pub fn shared_identity(tile: usize) -> Self {
        Self::shared_folded_identity(tile, tile)
    }

    /// For every tile of `tile` values, both at least 1 (a codebook refuses 0), Ω of `n_rows` rows as
    /// [`folded_identity`](Self::folded_identity) lays them out, of norm √n_rows.
    pub fn shared_folded_identity(n_rows: usize, tile: usize) -> Self {
        let one = (n_rows as f64 / tile.max(1) as f64).sqrt();
        Self::SharedOmega {
            tile,
            n_rows,
            values: folded(n_rows, tile, one),
        }
    }

    /// The same Ω for each of `n_prototypes`.
    pub fn local_identities(n_prototypes: usize, n_rows: usize, dim: usize) -> Self {
        let values = folded(n_rows, dim, of_unit_norm(dim)).repeat(n_prototypes);
        Self::LocalOmegas { n_rows, values }
    }

    /// Refuses a metric that does not fit `n_prototypes` rows of `dim`.
    pub(crate) fn check(&self, dim: usize, n_prototypes: usize) -> Result<(), Error> {
        let what = "metric";
        let (n_rows, dim) = match self {
            Self::Euclidean => return Ok(()),
            Self::Relevances(_) => (Some(1), dim),
            Self::Omega { n_rows, .. } => (Some(*n_rows), dim),
            Self::SharedOmega { tile, .. } if !(1..=dim).contains(tile) => {
                let allowed = "1 to the dim of the codebook";
                return require(false, "tile", *tile as f64, allowed);
            }
            Self::SharedOmega { tile, n_rows, .. } => (Some(*n_rows), *tile),
            Self::LocalOmegas { n_rows, .. } => (n_rows.checked_mul(n_prototypes), dim),
        };
        let values = self.values();
        let n_rows = n_rows.unwrap_or(usize::MAX);
        if n_rows == 0 {
            return Err(Error::Zero { what });
        }
        if n_rows.checked_mul(dim) != Some(values.len()) {
            let got = values.len();
            return Err(Error::Length {
                what,
                got,
                n_rows,
                dim,
            });
        }
        check_values(what, values, dim, "finite", T::is_finite)?;
        if let Self::Relevances(values) = self {
            let zero = T::default();
            check_values(what, values, dim, "at least 0", |l| l >= zero)?;
            if values.iter().all(|&l| l == zero) {
                return Err(Error::Zero { what });
            }
        }
        Ok(())
    }

    /// Every adaptive value, in the order of its field; none for the Euclidean metric.
    pub fn values(&self) -> &[T] {
        match self {
            Self::Euclidean => &[],
            Self::Relevances(values)
            | Self::Omega { values, .. }
            | Self::SharedOmega { values, .. }
            | Self::LocalOmegas { values, .. } => values,
        }
    }

    /// The same kind of metric, each of its [`values`](Self::values) changed; a codebook checks what comes of it.
    pub fn map(&self, change: impl Fn(T) -> T) -> Self {
        let mut changed = self.clone();
        for value in changed.values_mut() {
            *value = change(*value);
        }
        changed
    }

    pub(crate) fn values_mut(&mut self) -> &mut [T] {
        match self {
            Self::Euclidean => &mut [],
            Self::Relevances(values)
            | Self::Omega { values, .. }
            | Self::SharedOmega { values, .. }
            | Self::LocalOmegas { values, .. } => values,
        }
    }

    /// Values in the image of a vector of `dim`.
    pub(crate) fn image_dim(&self, dim: usize) -> usize {
        match self {
            Self::Euclidean | Self::Relevances(_) => dim,
            Self::Omega { n_rows, .. } | Self::LocalOmegas { n_rows, .. } => *n_rows,
            Self::SharedOmega { tile, n_rows, .. } => dim / tile * n_rows + dim % tile,
        }
    }

    /// Rows and columns of each matrix, if the metric has such, for vectors of `dim`.
    pub(crate) fn shape(&self, dim: usize) -> Option<[usize; 2]> {
        match self {
            Self::Euclidean | Self::Relevances(_) => None,
            Self::Omega { n_rows, .. } | Self::LocalOmegas { n_rows, .. } => Some([*n_rows, dim]),
            Self::SharedOmega { tile, n_rows, .. } => Some([*n_rows, *tile]),
        }
    }

    /// Ω of prototype `j`, `[n_rows × dim]`, if the metric has matrices.
    pub(crate) fn omega(&self, j: usize, dim: usize) -> Option<&[T]> {
        match self {
            Self::Euclidean | Self::Relevances(_) => None,
            Self::Omega { values, .. } | Self::SharedOmega { values, .. } => Some(values),
            Self::LocalOmegas { n_rows, values } => {
                Some(&values[j * n_rows * dim..][..n_rows * dim])
            }
        }
    }

    /// Adds to `sums`, `[dim]`, what the transpose of prototype `j`'s matrix makes of `image`.
    pub(crate) fn add_transposed(&self, j: usize, image: &[T], sums: &mut [T]) {
        let (tile, n_rows, values) = match self {
            Self::Euclidean => return add_scaled(sums, T::from_f64(1.0), image),
            Self::Relevances(relevances) => {
                for ((sum, &y), relevance) in sums.iter_mut().zip(image).zip(relevances) {
                    *sum += relevance.sqrt() * y;
                }
                return;
            }
            Self::SharedOmega {
                tile,
                n_rows,
                values,
            } => (tile, n_rows, values),
            Self::Omega { .. } | Self::LocalOmegas { .. } => {
                return add_transposed(sums, self.omega(j, sums.len()).unwrap_or(&[]), image);
            }
        };
        let (sums, rest) = sums.split_at_mut(sums.len() / tile * tile);
        let (images, end) = image.split_at(sums.len() / tile * n_rows);
        for (sums, image) in sums
            .chunks_exact_mut(*tile)
            .zip(images.chunks_exact(*n_rows))
        {
            add_transposed(sums, values, image);
        }
        add_scaled(rest, T::from_f64(1.0), end);
    }

    /// Back onto the set the rules keep to: relevances at least 0 with sum 1, every matrix of
    /// Frobenius norm 1, but a shared one of norm √n_rows, the identity's. Values that allow neither are left, for the check of the epoch to find.
    pub(crate) fn normalise(&mut self, dim: usize) {
        let zero = T::default();
        match self {
            Self::Euclidean => {}
            Self::Relevances(values) => {
                let mut sum = 0.0;
                for value in values.iter_mut() {
                    if *value < zero {
                        *value = zero;
                    }
                    sum += value.to_f64();
                }
                divide(values, sum);
            }
            Self::Omega { values, .. } => unit_norm(values),
            Self::SharedOmega { n_rows, values, .. } => {
                unit_norm(values);
                divide(values, 1.0 / (*n_rows as f64).sqrt());
            }
            Self::LocalOmegas { n_rows, values } => {
                values.chunks_exact_mut(*n_rows * dim).for_each(unit_norm);
            }
        }
    }
}

/// The value of [`folded`] at which it has Frobenius norm 1.
fn of_unit_norm(dim: usize) -> f64 {
    1.0 / (dim.max(1) as f64).sqrt()
}

/// `one` where the column is the row modulo `n_rows`.
fn folded<T: Float>(n_rows: usize, dim: usize, one: f64) -> Vec<T> {
    let one = T::from_f64(one);
    let cell = |i: usize| {
        if i % dim % n_rows == i / dim {
            one
        } else {
            T::default()
        }
    };
    (0..n_rows * dim).map(cell).collect()
}

fn unit_norm<T: Float>(values: &mut [T]) {
    let square: f64 = values.iter().map(|v| v.to_f64() * v.to_f64()).sum();
    divide(values, square.sqrt());
}

pub(crate) fn add_scaled<T: Float>(sums: &mut [T], factor: T, values: &[T]) {
    for (sum, &value) in sums.iter_mut().zip(values) {
        *sum += factor * value;
    }
}

/// Adds Ωᵀ y.
fn add_transposed<T: Float>(sums: &mut [T], omega: &[T], y: &[T]) {
    for (row, &y) in omega.chunks_exact(sums.len()).zip(y) {
        add_scaled(sums, y, row);
    }
}

fn divide<T: Float>(values: &mut [T], by: f64) {
    if by > 0.0 {
        for value in values {
            *value = T::from_f64(value.to_f64() / by);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn normalising_keeps_shape_and_sums_to_one() {
        let mut relevances = Metric::Relevances(vec![3.0, -1.0, 1.0]);
        relevances.normalise(3);
        assert_eq!(relevances.values(), [0.75, 0.0, 0.25]);
        let mut local = Metric::LocalOmegas {
            n_rows: 1,
            values: vec![3.0, 4.0, 0.0, 2.0],
        };
        local.normalise(2);
        assert_eq!(local.values(), [0.6, 0.8, 0.0, 1.0]);
        let mut zero = Metric::Relevances(vec![-1.0, -1.0]);
        zero.normalise(2);
        assert_eq!(zero.values(), [0.0, 0.0]);
    }

    #[test]
    fn starts_are_normalised() {
        let folded = Metric::<f64>::folded_identity(2, 4);
        assert_eq!(folded.values(), [0.5, 0.0, 0.5, 0.0, 0.0, 0.5, 0.0, 0.5]);
        let shared = Metric::<f64>::shared_folded_identity(2, 4);
        let mut normalised = shared.clone();
        normalised.normalise(9);
        for (start, normalised) in shared.values().iter().zip(normalised.values()) {
            assert!((start - normalised).abs() < 1e-15);
        }
        let identity = Metric::<f64>::shared_identity(2);
        assert_eq!(identity.values(), [1.0, 0.0, 0.0, 1.0]);
        for none in [
            Metric::<f64>::shared_identity(0),
            Metric::shared_folded_identity(0, 2),
            Metric::folded_identity(0, 2),
        ] {
            assert!(none.check(2, 1).is_err(), "{none:?}");
        }
        let wide = Metric::<f64>::folded_identity(3, 2);
        let half = 1.0 / 2f64.sqrt();
        assert_eq!(wide.values(), [half, 0.0, 0.0, half, 0.0, 0.0]);
    }
}
