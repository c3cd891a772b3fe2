use super::Rows;
use super::set::Set;
use super::tile::Panels;
use crate::Float;
use crate::metric::add_scaled;
use rayon::prelude::*;

/// A matrix, ready to be applied to many vectors.
#[derive(Debug, Clone)]
pub(crate) struct Matrix<T> {
    dim: usize,
    /// Row-major `[n_rows × dim]`.
    values: Vec<T>,
    /// `None` in f64.
    panels: Option<Panels>,
}

impl<T: PartialEq> PartialEq for Matrix<T> {
    fn eq(&self, other: &Self) -> bool {
        (self.dim, &self.values) == (other.dim, &other.values)
    }
}

impl<T: Float> Matrix<T> {
    /// Row-major `[n_rows × dim]`, both at least 1.
    pub(crate) fn new(values: &[T], dim: usize) -> Self {
        let panels = T::f32s(values).map(|values| {
            let mut panels = Panels::new(Set::best(), dim, values.len() / dim);
            panels.pack(values);
            panels
        });
        Self {
            dim,
            values: values.to_vec(),
            panels,
        }
    }

    pub(crate) fn dim(&self) -> usize {
        self.dim
    }

    pub(crate) fn n_rows(&self) -> usize {
        self.values.len() / self.dim
    }

    /// Writes the matrix times each of `vectors`, `[n × dim]`, to `out`, `[n × n_rows]`: the same bits on every machine,
    /// whichever vectors are taken together. `scratch` may hold anything.
    pub(crate) fn apply(&self, vectors: &[T], out: &mut [T], scratch: &mut Vec<f32>) {
        let n_rows = self.n_rows();
        let fast = self.panels.as_ref().zip(T::f32s(vectors));
        if let (Some((panels, vectors)), Some(out)) = (fast, T::f32s_mut(out)) {
            let step = panels.n_block();
            let parts = vectors.chunks(step * self.dim);
            for (vectors, out) in parts.zip(out.chunks_mut(step * n_rows)) {
                let rows = Rows::part(vectors, self.dim, 0..self.dim);
                panels.portable_products(&rows, 0..rows.len(), scratch);
                let products = scratch.chunks_exact(panels.stride());
                for (out, products) in out.chunks_exact_mut(n_rows).zip(products) {
                    out.copy_from_slice(&products[..n_rows]);
                }
            }
            return;
        }
        for (x, out) in vectors
            .chunks_exact(self.dim)
            .zip(out.chunks_exact_mut(n_rows))
        {
            for (y, row) in out.iter_mut().zip(self.values.chunks_exact(self.dim)) {
                *y = dot(row, x);
            }
        }
    }
}

/// Adds Yᵀ D to `sums`, `[n_rows × n_columns]`, from Y, `[n × n_rows]`, and D, `[n × n_columns]`, on all threads: the same
/// bits on every machine.
pub(crate) fn add_outer<T: Float>(y: &[T], d: &[T], n_columns: usize, sums: &mut [T]) {
    let (n, n_rows) = (d.len() / n_columns, sums.len() / n_columns);
    if n == 0 {
        return;
    }
    let row = |r: usize| y[r..].iter().step_by(n_rows).copied();
    let (Some(d), Some(_)) = (T::f32s(d), T::f32s(sums)) else {
        let rows = sums.par_chunks_exact_mut(n_columns).enumerate();
        rows.for_each(|(r, sums)| {
            for (y, d) in row(r).zip(d.chunks_exact(n_columns)) {
                add_scaled(sums, y, d);
            }
        });
        return;
    };
    let mut panels = Panels::new(Set::best(), n, n_columns);
    panels.pack_columns(d);
    let n_block = panels.set().n_rows();
    let parts = sums.par_chunks_mut(n_block * n_columns).enumerate();
    parts.for_each_init(
        <(Vec<T>, Vec<f32>)>::default,
        |(y, products), (part, sums)| {
            y.clear();
            let first = part * n_block;
            (first..first + sums.len() / n_columns).for_each(|r| y.extend(row(r)));
            let (Some(y), Some(sums)) = (T::f32s(y), T::f32s_mut(sums)) else {
                return;
            };
            let rows = Rows::part(y, n, 0..n);
            panels.portable_products(&rows, 0..rows.len(), products);
            let products = products.chunks_exact(panels.stride());
            for (sums, products) in sums.chunks_exact_mut(n_columns).zip(products) {
                for (sum, product) in sums.iter_mut().zip(products) {
                    *sum += product;
                }
            }
        },
    );
}

/// Σ a·b, in the lanes and order of [`squared_euclidean`](super::squared_euclidean), so that it is as fast and as
/// reproducible.
pub(crate) fn dot<T: Float>(a: &[T], b: &[T]) -> T {
    let (a_chunks, a_rest) = a.as_chunks::<{ super::LANES }>();
    let (b_chunks, b_rest) = b.as_chunks::<{ super::LANES }>();
    let mut sums = [T::default(); super::LANES];
    for (a, b) in a_chunks.iter().zip(b_chunks) {
        for lane in 0..super::LANES {
            sums[lane] += a[lane] * b[lane];
        }
    }
    for ((sum, &a), &b) in sums.iter_mut().zip(a_rest).zip(b_rest) {
        *sum += a * b;
    }
    super::total(&mut sums)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dot_is_the_sum_of_products() {
        for n in [0, 1, 31, 32, 33, 100] {
            let a: Vec<f64> = (0..n).map(f64::from).collect();
            let expected = a.iter().map(|a| a * (a + 1.0)).sum::<f64>();
            let b: Vec<f64> = a.iter().map(|a| a + 1.0).collect();
            assert_eq!(dot(&a, &b), expected);
        }
    }

    #[test]
    fn outer_products_are_summed() {
        let value = |i: usize| ((i * 7919) % 101) as f64 / 50.0 - 1.0;
        for (n, n_rows, n_columns) in [(1, 1, 1), (7, 3, 5), (700, 39, 39), (20, 9, 70)] {
            let y: Vec<f64> = (0..n * n_rows).map(value).collect();
            let d: Vec<f64> = (0..n * n_columns).map(|i| value(i + 13)).collect();
            let mut sums = vec![1.0; n_rows * n_columns];
            add_outer(&y, &d, n_columns, &mut sums);
            let mut singles = vec![1.0f32; n_rows * n_columns];
            let single = |v: &[f64]| -> Vec<f32> { v.iter().map(|&v| v as f32).collect() };
            add_outer(&single(&y), &single(&d), n_columns, &mut singles);
            for (i, (&sum, &single)) in sums.iter().zip(&singles).enumerate() {
                let (r, c) = (i / n_columns, i % n_columns);
                let expected: f64 = (0..n)
                    .map(|k| y[k * n_rows + r] * d[k * n_columns + c])
                    .sum();
                assert!((sum - 1.0 - expected).abs() < 1e-10);
                assert!((f64::from(single) - 1.0 - expected).abs() < 1e-3);
            }
        }
    }

    #[test]
    fn a_matrix_does_the_same_to_a_vector_alone_and_among_others() {
        let value = |i: usize| ((i * 7919) % 101) as f32 / 50.0 - 1.0;
        for (n_rows, dim, n) in [(1, 1, 1), (3, 5, 7), (39, 39, 300), (17, 600, 9)] {
            let values: Vec<f32> = (0..n_rows * dim).map(value).collect();
            let vectors: Vec<f32> = (0..n * dim).map(|i| value(i + 13)).collect();
            let matrix = Matrix::new(&values, dim);
            let mut scratch = Vec::new();
            let mut all = vec![0.0; n * n_rows];
            matrix.apply(&vectors, &mut all, &mut scratch);
            for (x, image) in vectors.chunks(dim).zip(all.chunks(n_rows)) {
                let mut alone = vec![0.0; n_rows];
                matrix.apply(x, &mut alone, &mut scratch);
                assert_eq!(alone, image);
                for (y, row) in image.iter().zip(values.chunks(dim)) {
                    let terms = row
                        .iter()
                        .zip(x)
                        .map(|(&a, &b)| f64::from(a) * f64::from(b));
                    assert!((terms.sum::<f64>() - f64::from(*y)).abs() < 1e-4);
                }
            }
        }
    }
}
