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

#[cfg(test)]
mod tests {
    use super::level;

    #[test]
    fn levels_of_every_width() {
        assert_eq!(level(&[0x81], 0, 8), -127);
        let row = [0b1001_0111, 0b0000_1111];
        assert_eq!([0, 1, 2, 3].map(|i| level(&row, i, 4)), [7, -7, -1, 0]);
        let row = [0b01_11_00_01];
        assert_eq!([0, 1, 2, 3].map(|i| level(&row, i, 2)), [1, 0, -1, 1]);
    }
}
