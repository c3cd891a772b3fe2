//! NumPy's array file.
//!
//! Own code, because `ndarray-npy` knows one type at a time, reads no text labels, takes memory on the header's word, and
//! parses the header by recursion.

use std::io::Read;

use super::array::{Array, Type, unreadable};

pub(super) const MAGIC: &[u8] = b"\x93NUMPY";
/// The longest header read; `numpy.save` writes 128 bytes.
const MAX_HEADER: usize = 64 * 1024;

/// Reads one array.
pub(super) fn read(reader: &mut dyn Read) -> Result<Array, String> {
    let mut begin = [0; 8];
    exactly(reader, &mut begin)?;
    if !begin.starts_with(MAGIC) {
        return Err("is no npy file; save it with numpy.save".to_string());
    }
    let n = match begin[6] {
        1 => {
            let mut n = [0; 2];
            exactly(reader, &mut n)?;
            usize::from(u16::from_le_bytes(n))
        }
        2 | 3 => {
            let mut n = [0; 4];
            exactly(reader, &mut n)?;
            u32::from_le_bytes(n) as usize
        }
        version => {
            return Err(format!(
                "is npy of version {version}, known are 1 to 3; save it anew"
            ));
        }
    };
    if n > MAX_HEADER {
        return Err(format!(
            "its header claims {n} bytes, at most {MAX_HEADER} are read; save it anew"
        ));
    }
    let mut header = vec![0; n];
    exactly(reader, &mut header)?;
    let header = String::from_utf8(header).map_err(|_| "its header is no text; save it anew")?;
    let (shape, kind, is_fortran) = parse(&header)?;
    if is_fortran && shape.len() > 2 {
        return Err("is in Fortran order; save numpy.ascontiguousarray(x)".to_string());
    }
    let is_matrix = shape.len() == 2;
    let array = Array::read(reader, shape, kind)?;
    Ok(if is_fortran && is_matrix {
        array.transposed()
    } else {
        array
    })
}

fn exactly(reader: &mut dyn Read, bytes: &mut [u8]) -> Result<(), String> {
    reader
        .read_exact(bytes)
        .map_err(|error| match error.kind() {
            std::io::ErrorKind::UnexpectedEof => {
                "is cut short within its header; copy or make it again".to_string()
            }
            _ => unreadable(&error),
        })
}

/// Shape, type and order out of `{'descr': '<f4', 'fortran_order': False, 'shape': (3, 2), }`.
fn parse(header: &str) -> Result<(Vec<usize>, Type, bool), String> {
    let after = |key: &str| {
        let quoted = [format!("'{key}'"), format!("\"{key}\"")];
        let found = quoted
            .iter()
            .find_map(|quoted| header.split_once(quoted.as_str()));
        let value = found.and_then(|(_, rest)| rest.trim_start().strip_prefix(':'));
        value
            .map(str::trim_start)
            .ok_or_else(|| format!("its header has no {key}; save it with numpy.save"))
    };
    let descr = after("descr")?;
    let Some(quote) = descr.chars().next().filter(|c| "'\"".contains(*c)) else {
        return Err("holds records of several fields; save a plain array of numbers".to_string());
    };
    let descr = descr[1..].split(quote).next().unwrap_or_default();
    let kind = type_of(descr).ok_or_else(|| {
        format!("holds values of type {descr:?}; save numbers (x.astype('float32')) or text (y.astype(str))")
    })?;
    let order = after("fortran_order")?;
    let is_fortran = match (order.starts_with("True"), order.starts_with("False")) {
        (true, _) => true,
        (_, true) => false,
        _ => return Err("its header does not tell the order; save it with numpy.save".to_string()),
    };
    let shape = after("shape")?
        .strip_prefix('(')
        .and_then(|rest| rest.split_once(')'));
    let sides = shape.map(|(sides, _)| {
        let sides = sides
            .split(',')
            .map(str::trim)
            .filter(|side| !side.is_empty());
        sides
            .map(str::parse::<usize>)
            .collect::<Result<Vec<_>, _>>()
    });
    match sides {
        Some(Ok(sides)) => Ok((sides, kind, is_fortran)),
        _ => Err("its header tells no shape; save it with numpy.save".to_string()),
    }
}

fn type_of(descr: &str) -> Option<Type> {
    let big = descr.starts_with('>');
    let descr = descr.trim_start_matches(['<', '>', '|', '=']);
    let mut chars = descr.chars();
    let letter = chars.next()?;
    let size: usize = chars.as_str().parse().ok()?;
    match (letter, size) {
        ('b', 1) => Some(Type::Bool),
        ('i', 1 | 2 | 4 | 8) => Some(Type::Signed { size, big }),
        ('u', 1 | 2 | 4 | 8) => Some(Type::Unsigned { size, big }),
        ('f', 4 | 8) => Some(Type::Float { size, big }),
        ('S' | 'a', 1..=4096) => Some(Type::Bytes { size }),
        ('U', 1..=4096) => Some(Type::Text { n_chars: size, big }),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A file as `numpy.save` writes it.
    pub(crate) fn npy(header: &str, data: &[u8]) -> Vec<u8> {
        let mut bytes = [MAGIC, &[1, 0]].concat();
        bytes.extend((header.len() as u16).to_le_bytes());
        bytes.extend(header.as_bytes());
        bytes.extend(data);
        bytes
    }

    #[test]
    fn both_orders_give_the_same_rows() {
        let data = |values: [f32; 6]| values.map(f32::to_le_bytes).concat();
        let c = npy(
            "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }",
            &data([1.0, 2.0, 3.0, 4.0, 5.0, 6.0]),
        );
        let fortran = npy(
            "{'descr': '<f4', 'fortran_order': True, 'shape': (2, 3), }",
            &data([1.0, 4.0, 2.0, 5.0, 3.0, 6.0]),
        );
        for bytes in [c, fortran] {
            let array = read(&mut &bytes[..]).unwrap();
            assert_eq!(array.shape, [2, 3]);
            assert_eq!(array.numbers().unwrap(), [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
        }
    }

    #[test]
    fn what_is_no_plain_array_is_named() {
        let refused = |header: &str| read(&mut &npy(header, &[0; 64])[..]).unwrap_err();
        for (header, said) in [
            (
                "{'descr': '|O', 'fortran_order': False, 'shape': (2,), }",
                "type \"|O\"",
            ),
            (
                "{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (2,), }",
                "several fields",
            ),
            ("{'descr': '<f4', 'shape': (2,), }", "no fortran_order"),
            (
                "{'descr': '<f4', 'fortran_order': False, 'shape': (-2,), }",
                "no shape",
            ),
            (
                "{'descr': '<f4', 'fortran_order': False, 'shape': (99,), }",
                "cut short",
            ),
            (
                "{'descr': '<f4', 'fortran_order': True, 'shape': (2, 2, 2), }",
                "Fortran",
            ),
            (
                "{'descr': '<U99999999999999999999', 'fortran_order': False, 'shape': (2,)}",
                "type",
            ),
            (
                "{'descr': 'é', 'fortran_order': False, 'shape': (2,)}",
                "type",
            ),
            ("", "no descr"),
        ] {
            let fault = refused(header);
            assert!(fault.contains(said), "{header}: {fault}");
        }
        assert!(
            read(&mut &b"\x93NUMPY\x02\x00\xff\xff\xff\xff"[..])
                .unwrap_err()
                .contains("4294967295")
        );
        assert!(
            read(&mut &b"\x93NUM"[..])
                .unwrap_err()
                .contains("cut short")
        );
        assert!(
            read(&mut &b"PK\x03\x04...."[..])
                .unwrap_err()
                .contains("no npy")
        );
    }
}
