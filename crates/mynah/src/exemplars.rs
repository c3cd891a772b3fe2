//! The clip nearest to each prototype.

use mynah_lvq::Codebook;
use rayon::prelude::*;

/// The row nearest to each prototype so far.
pub(crate) struct Nearest<'a> {
    codebook: &'a Codebook,
    found: Vec<(f32, usize)>,
    /// Rows met.
    n: usize,
}

impl<'a> Nearest<'a> {
    pub(crate) fn new(codebook: &'a Codebook) -> Self {
        Self {
            codebook,
            found: vec![(f32::INFINITY, usize::MAX); codebook.n_prototypes()],
            n: 0,
        }
    }

    /// Meets the next rows, of which only those with a name count; the first among equals is kept.
    pub(crate) fn meet(&mut self, vectors: &[f32], names: &[Option<Box<str>>]) {
        let (codebook, first) = (self.codebook, self.n);
        let rows = vectors.par_chunks_exact(codebook.dim()).enumerate();
        let named = rows.filter(|(i, _)| names[first + i].is_some());
        let none = || vec![(f32::INFINITY, usize::MAX); codebook.n_prototypes()];
        let found = named
            .fold(
                || (none(), vec![0.0; codebook.n_prototypes()]),
                |(mut found, mut distances), (i, x)| {
                    codebook.distances_into(x, &mut distances);
                    let met = distances.iter().map(|&distance| (distance, first + i));
                    found.iter_mut().zip(met).for_each(|(a, b)| nearer(a, b));
                    (found, distances)
                },
            )
            .map(|(found, _)| found)
            .reduce(none, |mut a, b| {
                a.iter_mut().zip(b).for_each(|(a, b)| nearer(a, b));
                a
            });
        self.found
            .iter_mut()
            .zip(found)
            .for_each(|(a, b)| nearer(a, b));
        self.n += vectors.len() / codebook.dim();
    }

    /// The name of each; none at all where one has none.
    pub(crate) fn names(&self, names: &[Option<Box<str>>]) -> Vec<String> {
        let name = |&(_, row): &(f32, usize)| names.get(row)?.as_deref().map(str::to_string);
        let names: Option<Vec<String>> = self.found.iter().map(name).collect();
        names.unwrap_or_default()
    }
}

fn nearer(a: &mut (f32, usize), b: (f32, usize)) {
    if b.0 < a.0 || (b.0 == a.0 && b.1 < a.1) {
        *a = b;
    }
}
