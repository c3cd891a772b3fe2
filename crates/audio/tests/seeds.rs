//! What the fuzzer starts from and what it found (tests/fuzz/seeds), and thousands of changes to it: `Reader` says
//! what `decode` says, and neither panics.
// A failed unwrap is a failed test, in helpers too.
#![allow(clippy::unwrap_used)]

mod agree;
mod repair;

use std::fs;
use std::path::Path;

use agree::assert_reader_agrees_with_decode;

const N_CHANGED: u64 = 6_000;

fn seeds() -> Vec<(String, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fuzz/seeds/audio");
    let mut seeds: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap())
        .map(|entry| {
            let name = entry.file_name().into_string().unwrap();
            (name, fs::read(entry.path()).unwrap())
        })
        .collect();
    seeds.sort();
    assert!(seeds.len() >= 40, "seeds are missing: {}", seeds.len());
    seeds
}

/// SplitMix64.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let x = (self.0 ^ self.0 >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let x = (x ^ x >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((x ^ x >> 31) % n.max(1) as u64) as usize
    }
}

/// One to four changes such as a fuzzer makes.
fn change(bytes: &mut Vec<u8>, other: &[u8], dice: &mut Dice) {
    for _ in 0..=dice.roll(4) {
        let n = bytes.len();
        if n < 8 {
            return;
        }
        // Headers decide more than samples do.
        let within = [n, n.min(80)][dice.roll(2)];
        let at = dice.roll(within);
        let end = (at + dice.roll(64)).min(n);
        match dice.roll(7) {
            0 => bytes[at] ^= 1 << dice.roll(8),
            1 => bytes[at] = dice.roll(256) as u8,
            2 => bytes.truncate(at),
            3 => drop(bytes.drain(at..end)),
            4 => {
                let part = bytes[at..end].to_vec();
                bytes.splice(at..at, part);
            }
            5 => {
                let from = dice.roll(other.len());
                let part = &other[from..(from + dice.roll(64)).min(other.len())];
                bytes.splice(at..end, part.iter().copied());
            }
            _ => {
                let number = [0, 1, 0x7fff_ffff, 0x8000_0000, u32::MAX, n as u32][dice.roll(6)];
                for (byte, new) in bytes[at..].iter_mut().zip(number.to_le_bytes()) {
                    *byte = new;
                }
            }
        }
    }
}

fn check(name: &str, bytes: &[u8]) {
    let agreed = std::panic::catch_unwind(|| assert_reader_agrees_with_decode(bytes));
    if agreed.is_err() {
        panic!("{name}: {}", bytes.escape_ascii());
    }
}

#[test]
fn seeds_are_read_alike() {
    for (name, bytes) in seeds() {
        check(&name, &bytes);
        check(&name, &repair::repaired(&bytes));
    }
}

#[test]
fn changed_seeds_are_read_alike() {
    let seeds = seeds();
    for i in 0..N_CHANGED {
        let mut dice = Dice(i);
        let (name, bytes) = &seeds[i as usize % seeds.len()];
        let (_, other) = &seeds[dice.roll(seeds.len())];
        let mut bytes = bytes.clone();
        change(&mut bytes, other, &mut dice);
        let name = format!("{name}, change {i}");
        match dice.roll(2) {
            0 => check(&name, &bytes),
            _ => check(&name, &repair::repaired(&bytes)),
        }
    }
}
