use super::packed::{level, row_len};
use crate::error::require;
use crate::{Decision, Error};

/// Labelled prototypes in whole numbers, in tables that lie anywhere, in flash memory for example: the classifier without
/// allocation, without floating-point numbers and without `std`.
///
/// A prototype is a row of levels; `multiple` times a level is its value on the grid of the inputs, −127 to 127. The distance is
/// Σ 4^eᵢ (xᵢ − wᵢ)², e being the exponents (none: 0 each).
///
/// ```
/// use mynah_lvq::IntCodebook;
///
/// // Two prototypes of three values, in 8 bits.
/// let rows = [10i8, -20, 30, -10, 20, -30].map(|level| level as u8);
/// let codebook = IntCodebook::new(3, 3, 8, 1, &rows, &[0, 1], &[])?;
/// let decision = codebook.decide(&[11, -20, 28]);
/// assert_eq!((decision.label, decision.distance), (0, 5));
/// assert!(decision.margin_q15() > 32_000);
/// # Ok::<(), mynah_lvq::Error>(())
/// ```
#[derive(Debug, Clone, Copy)]
pub struct IntCodebook<'a> {
    dim: usize,
    block: usize,
    bits: u8,
    multiple: i16,
    rows: &'a [u8],
    labels: &'a [u32],
    exponents: &'a [u8],
}

/// What a decision takes, see [`IntCodebook::cost`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Cost {
    /// Bytes of tables: rows, labels, exponents.
    pub flash: usize,
    /// Bytes of the input, all views, which is all the working memory but some words of stack.
    pub ram: usize,
    /// Differences squared and added.
    pub operations: usize,
}

/// The greatest difference of two values of the grid, squared.
const MOST: u64 = 254 * 254;

impl<'a> IntCodebook<'a> {
    /// Tables that exist already: `rows` `[n × row]`, each row `dim` levels of `bits` bits (two's complement, the first level in the
    /// lowest bits, every row in whole bytes), `labels` `[n]`, `exponents` `[dim]` or empty.
    ///
    /// `block` values choose their view together, as in an elastic codebook; `dim` for all.
    ///
    /// # Errors
    /// [`Error::Zero`] without a value, a block or a row, [`Error::Length`] if rows and labels do not fit, [`Error::Config`] for `bits`
    /// (8, 4 or 2), `multiple` (1 to 127 / the greatest level), a level out of range, `exponents` (0 to 4, one a value), `block`
    /// (up to `dim`) or a `dim` whose distances would not fit 32 bits.
    pub fn new(
        dim: usize,
        block: usize,
        bits: u8,
        multiple: u8,
        rows: &'a [u8],
        labels: &'a [u32],
        exponents: &'a [u8],
    ) -> Result<Self, Error> {
        for (what, value) in [("prototypes", labels.len()), ("dim", dim), ("block", block)] {
            if value == 0 {
                return Err(Error::Zero { what });
            }
        }
        let is_known = matches!(bits, 8 | 4 | 2);
        require(is_known, "bits", bits.into(), "8, 4 or 2")?;
        let most = (1i16 << (bits - 1)) - 1;
        let allowed = "1 to 127 divided by the greatest level";
        let is_on_grid = (1..=127 / most).contains(&i16::from(multiple));
        require(is_on_grid, "multiple", multiple.into(), allowed)?;
        require(block <= dim, "block", block as f64, "1 to dim")?;
        let is_one_each = exponents.is_empty() || exponents.len() == dim;
        let are_exponents = is_one_each && exponents.iter().all(|&e| e <= 4);
        let allowed = "none, or one for each value, 0 to 4";
        require(are_exponents, "exponents", exponents.len() as f64, allowed)?;
        let weight = match exponents {
            [] => dim as u64,
            _ => exponents.iter().map(|&e| 1 << (2 * u64::from(e))).sum(),
        };
        let greatest = weight.checked_mul(MOST);
        let fits = greatest.is_some_and(|distance| distance <= u64::from(u32::MAX));
        let allowed = "small enough for distances of 32 bits";
        require(fits, "dim", dim as f64, allowed)?;
        if labels.len().checked_mul(row_len(dim, bits)) != Some(rows.len()) {
            return Err(Error::Length {
                what: "prototypes",
                got: rows.len(),
                n_rows: labels.len(),
                dim: row_len(dim, bits),
            });
        }
        let codebook = Self {
            dim,
            block,
            bits,
            multiple: i16::from(multiple),
            rows,
            labels,
            exponents,
        };
        for j in 0..labels.len() {
            let row = codebook.row(j);
            let least = (0..dim).map(|i| level(row, i, bits)).min().unwrap_or(0);
            let allowed = "minus the greatest level, or more";
            require(i16::from(least) >= -most, "level", least.into(), allowed)?;
        }
        Ok(codebook)
    }

    /// Values in a prototype.
    pub fn dim(&self) -> usize {
        self.dim
    }

    /// Values that choose their view together.
    pub fn block(&self) -> usize {
        self.block
    }

    /// Number of prototypes, at least one.
    pub fn n_prototypes(&self) -> usize {
        self.labels.len()
    }

    /// The decision on the views of one thing, `[n_views × dim]`, values from −127 to 127: the nearest prototype and the nearest of
    /// another class. Per block the nearest view counts. Of equals the first wins. Neither allocates nor depends on the machine.
    ///
    /// # Panics
    /// If `views` is not a whole number of vectors, at least one.
    pub fn decide(&self, views: &[i8]) -> Decision<u32> {
        let is_whole = !views.is_empty() && views.len().is_multiple_of(self.dim);
        assert!(is_whole, "no whole number of vectors of the codebook's dim");
        let mut decision = None;
        for (j, &label) in self.labels.iter().enumerate() {
            Decision::see(&mut decision, j, label, 0, self.distance(j, views));
        }
        decision.expect("at least one prototype")
    }

    /// Distance of prototype `j` to the views of one thing, `[n_views × dim]`.
    ///
    /// # Panics
    /// If `j` is not below [`n_prototypes`](Self::n_prototypes), or `views` no whole number of vectors.
    pub fn distance(&self, j: usize, views: &[i8]) -> u32 {
        let row = self.row(j);
        let starts = (0..self.dim).step_by(self.block);
        let of_block = |start: usize| {
            let end = self.dim.min(start + self.block);
            let views = views.chunks_exact(self.dim);
            let distances = views.map(|x| self.part(row, start, &x[start..end]));
            distances.min().unwrap_or(0)
        };
        starts.map(of_block).sum()
    }

    /// The distance over the values from `start` on.
    fn part(&self, row: &[u8], start: usize, x: &[i8]) -> u32 {
        let square = |x: i8, w: i16| (i32::from(x) - i32::from(w)).pow(2) as u32;
        if self.bits == 8 && self.exponents.is_empty() {
            let pairs = x.iter().zip(&row[start..]);
            return pairs.map(|(&x, &w)| square(x, i16::from(w as i8))).sum();
        }
        let term = |(i, &x): (usize, &i8)| {
            let w = i16::from(level(row, i, self.bits)) * self.multiple;
            square(x, w) << (2 * self.exponents.get(i).copied().unwrap_or(0))
        };
        (start..).zip(x).map(term).sum()
    }

    /// Value `i` of prototype `j`, in units of the least step: ±127, times 2^eᵢ.
    #[cfg(feature = "std")]
    pub(super) fn value(&self, j: usize, i: usize) -> i16 {
        let exponent = self.exponents.get(i).copied().unwrap_or(0);
        (i16::from(level(self.row(j), i, self.bits)) * self.multiple) << exponent
    }

    /// Label of every prototype.
    #[cfg(feature = "std")]
    pub(super) fn labels(&self) -> &'a [u32] {
        self.labels
    }

    /// Of every value, or empty.
    #[cfg(feature = "std")]
    pub(super) fn exponents(&self) -> &'a [u8] {
        self.exponents
    }

    pub(super) fn row(&self, j: usize) -> &'a [u8] {
        let n = row_len(self.dim, self.bits);
        &self.rows[j * n..(j + 1) * n]
    }

    /// What a decision on `n_views` views takes.
    pub fn cost(&self, n_views: usize) -> Cost {
        Cost {
            flash: self.rows.len() + size_of_val(self.labels) + self.exponents.len(),
            ram: n_views * self.dim,
            operations: n_views * self.dim * self.labels.len(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn views_are_chosen_block_by_block() {
        let rows = [1i8, 2, 3, 4].map(|level| level as u8);
        let codebook = IntCodebook::new(4, 2, 8, 1, &rows, &[0], &[]).unwrap();
        let views = [1, 2, 0, 0, 0, 0, 3, 5];
        assert_eq!(codebook.decide(&views).distance, 1);
        let whole = IntCodebook::new(4, 4, 8, 1, &rows, &[0], &[]).unwrap();
        assert_eq!(whole.decide(&views).distance, 6);
    }

    #[test]
    fn low_bits_and_steps_of_their_own() {
        // Levels 7 and −1, then a row of −7 and 0.
        let rows = [0b1111_0111, 0b0000_1001];
        let codebook = IntCodebook::new(2, 2, 4, 16, &rows, &[1, 0], &[0, 2]).unwrap();
        let decision = codebook.decide(&[100, -10]);
        assert_eq!((decision.winner, decision.label), (0, 1));
        assert_eq!(decision.distance, 12 * 12 + 16 * 6 * 6);
        let other = decision.runner_up.unwrap();
        assert_eq!(other.distance, 212 * 212 + 16 * 10 * 10);
        let (d1, d2) = (decision.distance, other.distance);
        assert_eq!(decision.margin_q15(), (d2 - d1) * 32_768 / (d2 + d1));
    }

    #[test]
    fn refuses_tables_that_do_not_fit() {
        let new = |dim, block, bits, multiple, rows, exponents| {
            IntCodebook::new(dim, block, bits, multiple, rows, &[0], exponents)
        };
        assert!(new(2, 2, 8, 1, &[1, 2], &[]).is_ok());
        for bad in [
            new(2, 2, 8, 1, &[1], &[]),
            new(2, 3, 8, 1, &[1, 2], &[]),
            new(2, 0, 8, 1, &[1, 2], &[]),
            new(0, 1, 8, 1, &[], &[]),
            new(2, 2, 3, 1, &[1], &[]),
            new(2, 2, 8, 2, &[1, 2], &[]),
            new(2, 2, 8, 0, &[1, 2], &[]),
            new(2, 2, 8, 1, &[1, 0x80], &[]),
            new(2, 2, 4, 19, &[0], &[]),
            new(2, 2, 8, 1, &[1, 2], &[0]),
            new(2, 2, 8, 1, &[1, 2], &[0, 5]),
        ] {
            assert!(bad.is_err());
        }
        let long = [0; 70_000];
        assert!(new(66_000, 66_000, 8, 1, &long[..66_000], &[]).is_ok());
        assert!(new(67_000, 67_000, 8, 1, &long[..67_000], &[]).is_err());
    }
}
