//! Arrays as they lie in npy and IDX files: a shape, a type, and the bytes.

use std::io::{self, Read};

/// Most dimensions an array may have; data sets have two to four.
const MAX_DIMENSIONS: usize = 8;

/// What the values of an array are. Sizes are bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Type {
    Bool,
    Signed {
        size: usize,
        big: bool,
    },
    Unsigned {
        size: usize,
        big: bool,
    },
    Float {
        size: usize,
        big: bool,
    },
    /// NumPy's `S`: bytes, padded with zeros.
    Bytes {
        size: usize,
    },
    /// NumPy's `U`: UTF-32, padded with zeros.
    Text {
        n_chars: usize,
        big: bool,
    },
}

/// An array in C order.
#[derive(Debug)]
pub(super) struct Array {
    pub shape: Vec<usize>,
    kind: Type,
    bytes: Vec<u8>,
}

impl Type {
    fn size(self) -> usize {
        match self {
            Self::Bool => 1,
            Self::Signed { size, .. } | Self::Unsigned { size, .. } | Self::Float { size, .. } => {
                size
            }
            Self::Bytes { size } => size,
            Self::Text { n_chars, .. } => 4 * n_chars,
        }
    }

    /// One value as a number; the bytes are of this type's size. `None` for text.
    fn number(self, bytes: &[u8]) -> Option<f64> {
        // Widened to eight bytes, most significant first.
        let widened = |big: bool, fill: u8| {
            let mut wide = [fill; 8];
            for (i, &byte) in bytes.iter().enumerate() {
                let place = if big { 8 - bytes.len() + i } else { 7 - i };
                wide[place] = byte;
            }
            wide
        };
        Some(match self {
            Self::Bool => f64::from(u8::from(bytes[0] != 0)),
            Self::Unsigned { big, .. } => u64::from_be_bytes(widened(big, 0)) as f64,
            Self::Signed { size, big } => {
                let top = if big { bytes[0] } else { bytes[size - 1] };
                let fill = if top & 0x80 == 0 { 0 } else { 0xff };
                i64::from_be_bytes(widened(big, fill)) as f64
            }
            Self::Float { size: 4, big } => {
                let bits = u64::from_be_bytes(widened(big, 0)) as u32;
                f64::from(f32::from_bits(bits))
            }
            Self::Float { big, .. } => f64::from_bits(u64::from_be_bytes(widened(big, 0))),
            Self::Bytes { .. } | Self::Text { .. } => return None,
        })
    }

    /// One value as the name of a class.
    fn name(self, bytes: &[u8]) -> Result<String, String> {
        let text = match self {
            Self::Bytes { .. } => String::from_utf8_lossy(bytes).into_owned(),
            Self::Text { big, .. } => {
                let (chars, _) = bytes.as_chunks::<4>();
                let code = |&c| {
                    if big {
                        u32::from_be_bytes(c)
                    } else {
                        u32::from_le_bytes(c)
                    }
                };
                chars
                    .iter()
                    .map(|c| char::from_u32(code(c)).unwrap_or('\u{fffd}'))
                    .collect()
            }
            Self::Bool => (bytes[0] != 0).to_string(),
            _ => {
                let value = self.number(bytes).unwrap_or(f64::NAN);
                if value.fract() != 0.0 || !value.is_finite() {
                    return Err(format!(
                        "the label is {value}; labels are classes, so they must be text or whole numbers"
                    ));
                }
                return Ok(format!("{value}"));
            }
        };
        Ok(text.trim_end_matches('\0').trim().to_string())
    }
}

impl Array {
    /// Reads the values that follow a header. Memory grows with what is really there, whatever the header says.
    pub(super) fn read(
        reader: &mut dyn Read,
        shape: Vec<usize>,
        kind: Type,
    ) -> Result<Self, String> {
        if shape.len() > MAX_DIMENSIONS {
            return Err(format!(
                "has {} dimensions; data sets have 1 to {MAX_DIMENSIONS}",
                shape.len()
            ));
        }
        let size = kind.size();
        let n_bytes = shape
            .iter()
            .try_fold(size, |n, &side| n.checked_mul(side))
            .filter(|&n| n > 0)
            .ok_or_else(|| format!("its shape is {shape:?}; there must be at least one value"))?;
        let mut bytes = Vec::new();
        let read = reader.take(n_bytes as u64).read_to_end(&mut bytes);
        let n_read = read.map_err(|error| unreadable(&error))?;
        if n_read < n_bytes {
            return Err(format!(
                "is cut short: its header tells of {n_bytes} bytes, {n_read} are there; copy or make it again"
            ));
        }
        Ok(Self { shape, kind, bytes })
    }

    /// Columns side by side to rows below each other, for two dimensions.
    pub(super) fn transposed(self) -> Self {
        let (n_rows, n_columns) = (self.shape[0], self.shape[1]);
        let size = self.kind.size();
        let mut bytes = Vec::with_capacity(self.bytes.len());
        for row in 0..n_rows {
            for column in 0..n_columns {
                let at = (column * n_rows + row) * size;
                bytes.extend_from_slice(&self.bytes[at..at + size]);
            }
        }
        Self { bytes, ..self }
    }

    /// Rows, the first dimension.
    pub(super) fn n_rows(&self) -> usize {
        self.shape.first().copied().unwrap_or(1)
    }

    /// Every value as a number, in order.
    pub(super) fn numbers(&self) -> Result<Vec<f32>, String> {
        let values = self.bytes.chunks_exact(self.kind.size());
        values
            .map(|value| self.kind.number(value).map(|value| value as f32))
            .collect::<Option<_>>()
            .ok_or_else(|| "holds text, not numbers; give an array of numbers".to_string())
    }

    /// Every value as the name of a class; with its row, what cannot be one.
    pub(super) fn names(&self) -> Result<Vec<String>, String> {
        if self.shape.iter().skip(1).any(|&side| side != 1) {
            return Err(format!(
                "has the shape {:?}; labels are one a row (one-hot labels: give y.argmax(1))",
                self.shape
            ));
        }
        let values = self.bytes.chunks_exact(self.kind.size());
        (0..)
            .zip(values)
            .map(|(row, value)| {
                self.kind
                    .name(value)
                    .map_err(|fault| format!("row {row}: {fault}"))
            })
            .collect()
    }
}

/// What is said of bytes that cannot be read.
pub(super) fn unreadable(error: &io::Error) -> String {
    format!("cannot be read ({error}); copy or make it again")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_type_is_read_in_both_orders() {
        let signed = |size, big| Type::Signed { size, big };
        let unsigned = |size, big| Type::Unsigned { size, big };
        let float = |size, big| Type::Float { size, big };
        assert_eq!(signed(1, true).number(&(-3i8).to_be_bytes()), Some(-3.0));
        assert_eq!(
            signed(2, true).number(&(-300i16).to_be_bytes()),
            Some(-300.0)
        );
        assert_eq!(
            signed(4, false).number(&(-70_000i32).to_le_bytes()),
            Some(-70_000.0)
        );
        assert_eq!(signed(8, false).number(&7i64.to_le_bytes()), Some(7.0));
        assert_eq!(unsigned(1, false).number(&[255]), Some(255.0));
        assert_eq!(
            unsigned(2, false).number(&40_000u16.to_le_bytes()),
            Some(40_000.0)
        );
        assert_eq!(unsigned(8, true).number(&9u64.to_be_bytes()), Some(9.0));
        assert_eq!(float(4, false).number(&1.5f32.to_le_bytes()), Some(1.5));
        assert_eq!(float(4, true).number(&(-1.5f32).to_be_bytes()), Some(-1.5));
        assert_eq!(float(8, false).number(&1e-9f64.to_le_bytes()), Some(1e-9));
        assert_eq!(float(8, true).number(&2.25f64.to_be_bytes()), Some(2.25));
        assert_eq!(Type::Bool.number(&[1]), Some(1.0));
    }

    #[test]
    fn labels_are_text_or_whole_numbers() {
        let name = |kind: Type, bytes: &[u8]| kind.name(bytes);
        assert_eq!(name(Type::Bytes { size: 4 }, b"yes\0"), Ok("yes".into()));
        let text: Vec<u8> = "né"
            .chars()
            .chain(['\0'])
            .flat_map(|c| u32::from(c).to_le_bytes())
            .collect();
        assert_eq!(
            name(
                Type::Text {
                    n_chars: 3,
                    big: false
                },
                &text
            ),
            Ok("né".into())
        );
        let double = Type::Float {
            size: 8,
            big: false,
        };
        assert_eq!(name(double, &3f64.to_le_bytes()), Ok("3".into()));
        assert!(name(double, &0.3f64.to_le_bytes()).is_err());
        assert!(name(double, &f64::NAN.to_le_bytes()).is_err());
    }

    #[test]
    fn a_header_gets_no_memory() {
        let huge = vec![usize::MAX / 16, 2];
        let kind = Type::Float {
            size: 8,
            big: false,
        };
        let refused = |shape| Array::read(&mut &[0u8; 10][..], shape, kind).unwrap_err();
        assert!(refused(huge).contains("cut short"));
        assert!(refused(vec![usize::MAX, 2]).contains("shape"));
        assert!(refused(vec![0, 3]).contains("at least one value"));
        assert!(refused(vec![1; 9]).contains("9 dimensions"));
    }
}
