//! A split by chance that needs no list: the same rows are always on the same side.

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};

use super::VectorSet;
use crate::Split;

impl VectorSet {
    /// Splits by chance within each label, whatever split there was: of n rows round(0.2 n) are the test set and round(0.1 n)
    /// validation (halves round down), the rest training; a label of one row is training.
    ///
    /// Rows are sorted by the SHA-256 of the seed and their values, so that the split depends on the seed and the set of rows,
    /// not on their order, and equal rows lie on one side but where the border runs through them.
    pub fn assign_random_split(&mut self, seed: u64) {
        let mut labels = BTreeMap::<&str, Vec<([u8; 32], usize)>>::new();
        for (row, clip) in self.corpus.clips.iter().enumerate() {
            let mut hash = Sha256::new();
            hash.update(seed.to_le_bytes());
            for value in self.row(row) {
                hash.update(value.to_le_bytes());
            }
            labels
                .entry(&clip.label)
                .or_default()
                .push((hash.finalize().into(), row));
        }
        let mut sides = vec![Split::Train; self.corpus.clips.len()];
        for rows in labels.into_values() {
            let mut rows = rows;
            rows.sort_unstable();
            let n = rows.len();
            let n_test = (2 * n + 4) / 10;
            let n_validation = (n + 4) / 10;
            for (place, (_, row)) in rows.into_iter().enumerate() {
                if place < n_test + n_validation {
                    sides[row] = if place < n_test {
                        Split::Test
                    } else {
                        Split::Validation
                    };
                }
            }
        }
        for (clip, side) in self.corpus.clips.iter_mut().zip(sides) {
            clip.split = Some(side);
        }
    }
}
