//! Rows of levels in 8, 4 or 2 bits, the first in the lowest bits of a byte; every row begins with a byte of its own.

/// Bytes of a row.
pub(super) const fn row_len(dim: usize, bits: u8) -> usize {
    (dim * bits as usize).div_ceil(8)
}

/// Level `i` of a row.
#[inline]
pub(super) fn level(row: &[u8], i: usize, bits: u8) -> i8 {
    let bit = i * usize::from(bits);
    let above = 8 - bits;
    // To the top of the byte and back, which repeats the sign.
    (row[bit / 8] << (usize::from(above) - bit % 8)) as i8 >> above
}

/// Adds a row of levels.
#[cfg(feature = "std")]
pub(super) fn pack(levels: impl Iterator<Item = i8>, bits: u8, rows: &mut Vec<u8>) {
    let start = rows.len();
    let mask = 0xff >> (8 - bits);
    for (i, level) in levels.enumerate() {
        let bit = i * usize::from(bits);
        if bit % 8 == 0 {
            rows.push(0);
        }
        rows[start + bit / 8] |= (level as u8 & mask) << (bit % 8);
    }
}

#[cfg(test)]
mod tests {
    use super::{level, pack, row_len};

    #[test]
    fn what_is_packed_is_found() {
        for bits in [8, 4, 2] {
            let most = (1 << (bits - 1)) - 1;
            for dim in 1..20 {
                let row =
                    |first| (0..dim).map(move |i| ((first + 5 * i) % (2 * most + 1) - most) as i8);
                let mut rows = Vec::new();
                pack(row(0), bits, &mut rows);
                pack(row(1), bits, &mut rows);
                let n = row_len(dim as usize, bits);
                assert_eq!(rows.len(), 2 * n);
                for (first, rows) in rows.chunks_exact(n).enumerate() {
                    let found = (0..dim as usize).map(|i| level(rows, i, bits));
                    assert!(found.eq(row(first as i32)), "{bits} {dim}");
                }
            }
        }
    }

    #[test]
    fn levels_of_every_width() {
        assert_eq!(level(&[0x81], 0, 8), -127);
        let row = [0b1001_0111, 0b0000_1111];
        assert_eq!([0, 1, 2, 3].map(|i| level(&row, i, 4)), [7, -7, -1, 0]);
        let row = [0b01_11_00_01];
        assert_eq!([0, 1, 2, 3].map(|i| level(&row, i, 2)), [1, 0, -1, 1]);
    }
}
