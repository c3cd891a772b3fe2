//! Guards the Ogg Vorbis decoder, which passes over damaged pages in silence and panics on some
//! impossible set-up headers (symphonia 0.6.1: `lookup1_values`, code lengths above 32, a floor
//! with two equal points). Every page and every set-up header is checked before it sees them.
//! Sources: RFC 3533 (pages), *Vorbis I specification* sections 3.2.1, 4.2.4 and 7.2.2.

use std::collections::HashMap;
use std::io::{self, ErrorKind};

use crate::Error;
use crate::reader::Input;

/// Of all packets that have begun and not ended, in bytes: the decoder's limit for one.
const MAX_HELD: usize = 16 << 20;

/// Checks all pages of a file from where `input` stands: nothing between them, nothing missing at the
/// end of them, no wrong checksum, and no Vorbis set-up header that cannot be.
pub(crate) fn check(input: &mut (dyn Input + '_)) -> Result<(), Error> {
    let mut packets: HashMap<[u8; 4], Vec<u8>> = HashMap::new();
    let mut n_held = 0;
    let mut page = Page::default();
    let mut at = 0;
    while !input.fill_buf()?.is_empty() {
        if !page.read(input)? {
            return Err(damaged(format!(
                "no whole, undamaged Ogg page at byte {at}"
            )));
        }
        at += page.n_bytes() as u64;
        let mut packet = packets.remove(&page.serial()).unwrap_or_default();
        n_held -= packet.len();
        let mut body = &page.body[..];
        for &lace in &page.laces {
            let (part, rest) = body.split_at(usize::from(lace));
            body = rest;
            packet.extend_from_slice(part);
            // A packet goes on for as long as its parts are full.
            if lace < 255 {
                if let Some(setup) = packet.strip_prefix(b"\x05vorbis") {
                    let mut bits = Bits {
                        bytes: setup,
                        at: 0,
                    };
                    if !setup_is_possible(&mut bits).unwrap_or(false) {
                        return Err(damaged("an impossible Vorbis set-up header".to_owned()));
                    }
                }
                packet.clear();
            }
        }
        n_held += packet.len();
        if n_held > MAX_HELD {
            return Err(damaged(format!("a packet of more than {MAX_HELD} bytes")));
        }
        if !packet.is_empty() {
            packets.insert(page.serial(), packet);
        }
    }
    Ok(())
}

fn damaged(fault: String) -> Error {
    Error::Damaged {
        n_samples: 0,
        fault,
    }
}

#[derive(Default)]
struct Page {
    header: [u8; 27],
    /// Lengths of packet parts.
    laces: Vec<u8>,
    body: Vec<u8>,
}

impl Page {
    /// Reads the page that starts here; false if it is none, or not whole, or damaged.
    fn read(&mut self, input: &mut (dyn Input + '_)) -> Result<bool, Error> {
        match self.read_parts(input) {
            Err(e) if e.kind() == ErrorKind::UnexpectedEof => Ok(false),
            Err(e) => Err(e.into()),
            // The checksum is made with its own four bytes at zero.
            Ok(()) => {
                let (before, rest) = self.header.split_at(22);
                let found = [before, &[0; 4], &rest[4..], &self.laces, &self.body]
                    .iter()
                    .fold(0, |crc, part| crc32(crc, part));
                Ok(before.starts_with(b"OggS\0") && rest.starts_with(&found.to_le_bytes()))
            }
        }
    }

    fn read_parts(&mut self, input: &mut (dyn Input + '_)) -> io::Result<()> {
        input.read_exact(&mut self.header)?;
        self.laces.resize(usize::from(self.header[26]), 0);
        input.read_exact(&mut self.laces)?;
        let n = self.laces.iter().map(|&lace| usize::from(lace)).sum();
        self.body.resize(n, 0);
        input.read_exact(&mut self.body)
    }

    fn serial(&self) -> [u8; 4] {
        [14, 15, 16, 17].map(|i| self.header[i])
    }

    fn n_bytes(&self) -> usize {
        self.header.len() + self.laces.len() + self.body.len()
    }
}

/// CRC-32 of RFC 3533: polynomial 0x04c11db7, most significant bit first, no inversions.
fn crc32(crc: u32, bytes: &[u8]) -> u32 {
    const TABLE: [u32; 256] = {
        let mut table = [0; 256];
        let mut i = 0;
        while i < 256 {
            let (mut crc, mut bit) = ((i as u32) << 24, 0);
            while bit < 8 {
                crc = (crc << 1) ^ (0x04c1_1db7 & (crc >> 31).wrapping_neg());
                bit += 1;
            }
            table[i] = crc;
            i += 1;
        }
        table
    };
    bytes.iter().fold(crc, |crc, &byte| {
        (crc << 8) ^ TABLE[usize::from((crc >> 24) as u8 ^ byte)]
    })
}

/// Whether code books and floors are ones that an encoder can have written; None if they do not
/// fit into the header. What follows them is left to the decoder.
fn setup_is_possible(bits: &mut Bits<'_>) -> Option<bool> {
    for _ in 0..=bits.read(8)? {
        if !codebook_is_possible(bits)? {
            return Some(false);
        }
    }
    for _ in 0..=bits.read(6)? {
        // Time-domain transforms, none of which was ever defined.
        if bits.read(16)? != 0 {
            return Some(false);
        }
    }
    for _ in 0..=bits.read(6)? {
        if !floor_is_possible(bits)? {
            return Some(false);
        }
    }
    Some(true)
}

fn codebook_is_possible(bits: &mut Bits<'_>) -> Option<bool> {
    let sync = bits.read(24)?;
    let n_dims = bits.read(16)?;
    let n_entries = bits.read(24)?;
    // The decoder's own limits; encoders stay far below.
    if sync != 0x56_4342 || !(1..=32).contains(&n_dims) || !(1..=131_072).contains(&n_entries) {
        return Some(false);
    }
    let is_ordered = bits.read(1)? == 1;
    if is_ordered {
        let mut length = bits.read(5)? + 1;
        let mut n_left = n_entries;
        while n_left > 0 {
            let n = bits.read(32 - n_left.leading_zeros())?;
            if n > n_left || length > 32 {
                return Some(false);
            }
            n_left -= n;
            length += 1;
        }
    } else if bits.read(1)? == 1 {
        for _ in 0..n_entries {
            if bits.read(1)? == 1 {
                bits.read(5)?;
            }
        }
    } else {
        bits.skip(n_entries as usize * 5)?;
    }
    let lookup = bits.read(4)?;
    if lookup > 0 {
        bits.skip(64)?;
        let value_bits = bits.read(4)? + 1;
        bits.skip(1)?;
        let n_values = match lookup {
            1 => {
                // In f32, as the decoder takes the root; it then needs both powers to be right.
                let root = (n_entries as f32).powf(1.0 / n_dims as f32).floor() as u32;
                let above = (root + 1).checked_pow(n_dims);
                if root.pow(n_dims) > n_entries || above.is_none_or(|p| p <= n_entries) {
                    return Some(false);
                }
                root
            }
            2 => n_entries * n_dims,
            _ => return Some(false),
        };
        bits.skip(n_values as usize * value_bits as usize)?;
    }
    Some(true)
}

fn floor_is_possible(bits: &mut Bits<'_>) -> Option<bool> {
    // Type 0 was given up before Vorbis 1.0 was released.
    if bits.read(16)? != 1 {
        return Some(false);
    }
    let mut partitions = Vec::new();
    for _ in 0..bits.read(5)? {
        partitions.push(bits.read(4)? as usize);
    }
    let mut dimensions = Vec::new();
    for _ in 0..partitions.iter().max().map_or(0, |&most| most + 1) {
        dimensions.push(bits.read(3)? + 1);
        let subclass_bits = bits.read(2)?;
        if subclass_bits > 0 {
            bits.skip(8)?;
        }
        bits.skip(8 << subclass_bits)?;
    }
    bits.skip(2)?;
    let x_bits = bits.read(4)?;
    for class in partitions {
        for _ in 0..dimensions[class] {
            // 0 is taken by the first point. Other repetitions the decoder finds itself.
            if bits.read(x_bits)? == 0 {
                return Some(false);
            }
        }
    }
    Some(true)
}

/// Bits of a Vorbis packet, least significant first.
struct Bits<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Bits<'_> {
    /// The next `n` bits, up to 32.
    fn read(&mut self, n: u32) -> Option<u32> {
        let mut value = 0;
        for i in 0..n {
            let byte = self.bytes.get(self.at / 8)?;
            value |= u32::from(byte >> (self.at % 8) & 1) << i;
            self.at += 1;
        }
        Some(value)
    }

    fn skip(&mut self, n: usize) -> Option<()> {
        self.at += n;
        (self.at <= self.bytes.len() * 8).then_some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Asks a check about fields of given widths, least significant bit first.
    fn ask(check: fn(&mut Bits<'_>) -> Option<bool>, fields: &[(u32, usize)]) -> Option<bool> {
        let bits = fields
            .iter()
            .flat_map(|&(value, n)| (0..n).map(move |i| (value >> i) as u8 & 1));
        let bits: Vec<u8> = bits.collect();
        let bytes: Vec<u8> = bits
            .chunks(8)
            .map(|byte| byte.iter().rev().fold(0, |sum, bit| sum << 1 | bit))
            .collect();
        check(&mut Bits {
            bytes: &bytes,
            at: 0,
        })
    }

    #[test]
    fn code_books() {
        let book = |dims, entries, rest: &[(u32, usize)]| {
            let head = [(0x56_4342, 24), (dims, 16), (entries, 24)];
            ask(codebook_is_possible, &[&head, rest].concat())
        };
        let scalar = [(0, 1), (0, 1), (0, 5), (0, 5), (0, 4)];
        assert_eq!(book(1, 2, &scalar), Some(true));
        assert_eq!(book(0, 2, &scalar), Some(false));
        assert_eq!(book(33, 2, &scalar), Some(false));
        assert_eq!(book(1, 0, &scalar), Some(false));
        assert_eq!(book(1, 200_000, &scalar), Some(false));
        assert_eq!(book(1, 40, &scalar), None, "more entries than bits");
        // Ordered: two entries of length 32; then none of that length and two of length 33.
        assert_eq!(book(1, 2, &[(1, 1), (31, 5), (2, 2), (0, 4)]), Some(true));
        assert_eq!(
            book(1, 2, &[(1, 1), (31, 5), (0, 2), (2, 2), (0, 4)]),
            Some(false)
        );
        assert_eq!(
            book(1, 2, &[(1, 1), (0, 5), (3, 2), (0, 4)]),
            Some(false),
            "three of two"
        );
        // Vectors by a lookup of four 1-bit values: 9 entries in 2 dimensions have the root 3.
        let lookup = [
            (1, 1),
            (4, 5),
            (9, 4),
            (1, 4),
            (0, 32),
            (0, 32),
            (0, 4),
            (0, 1),
            (0, 3),
        ];
        assert_eq!(book(2, 9, &lookup), Some(true));
        // 2^32 entries would be needed for the root above 1, which is more than the decoder counts.
        assert_eq!(book(32, 9, &lookup), Some(false));
    }

    #[test]
    fn floors() {
        let floor = |kind, x| {
            let class = [(0, 3), (0, 2), (0, 8)];
            let head = [(kind, 16), (1, 5), (0, 4)];
            ask(
                floor_is_possible,
                &[&head[..], &class, &[(0, 2), (7, 4), (x, 7)]].concat(),
            )
        };
        assert_eq!(floor(1, 5), Some(true));
        assert_eq!(floor(1, 0), Some(false), "the first point again");
        assert_eq!(floor(0, 5), Some(false));
    }
}
