//! A fixed vector in, fixed bytes out, on every machine.
//!
//! The constants come from the definitions alone, worked out in exact fractions by a few lines of Python: draws
//! s ← (1103515245 s + 12345) mod 2³¹ from s = 1, each a value ((s >> 16) mod 401 − 200) / 64, first 7 prototypes of 26 values, then the input; levels
//! floor(value / step + ½) within ±127 or the bits' greatest level, step 3/128 and `multiple` times that; the distance
//! Σ (x − multiple · w)².
#![allow(clippy::unwrap_used)]

use mynah_lvq::{Codebook, Grid, QuantizedCodebook};

const DIM: usize = 26;

const INPUT: [i8; DIM] = [
    -79, 98, -33, -61, -115, -46, 101, -62, -70, -123, -86, 27, -87, 65, 5, -20, 16, 59, 25, 37,
    24, 67, 21, -74, -9, -4,
];

struct Golden {
    bits: u8,
    multiple: u8,
    /// The bytes of the first prototype.
    row: &'static [u8],
    distances: [u32; 7],
    margin_q15: u32,
}

const GOLDEN: [Golden; 3] = [
    Golden {
        bits: 8,
        multiple: 1,
        row: &[
            0x7f, 0xdb, 0xb5, 0x30, 0xef, 0x83, 0xe1, 0x01, 0xed, 0xad, 0x5f, 0x5b, 0x29, 0x8f,
            0xdb, 0x43, 0x12, 0x57, 0x32, 0x45, 0xbd, 0xe9, 0x98, 0x39, 0xd7, 0x78,
        ],
        distances: [
            278_007, 258_880, 273_931, 331_802, 278_205, 265_172, 197_903,
        ],
        margin_q15: 4374,
    },
    Golden {
        bits: 4,
        multiple: 18,
        row: &[
            0xe7, 0x3c, 0x9f, 0x0e, 0xbf, 0x55, 0xa2, 0x4e, 0x51, 0x43, 0xfc, 0x3a, 0x7e,
        ],
        distances: [
            277_216, 267_424, 271_816, 327_832, 284_272, 278_296, 201_436,
        ],
        margin_q15: 4611,
    },
    Golden {
        bits: 2,
        multiple: 100,
        row: &[0x31, 0x0c, 0x5c, 0x4c, 0x54, 0x73, 0x04],
        distances: [
            261_824, 236_224, 297_424, 292_424, 271_624, 264_024, 202_824,
        ],
        margin_q15: 2492,
    },
];

#[test]
fn a_fixed_vector_gives_fixed_bytes() {
    let mut state = 1u32;
    let mut draw = || {
        state = state.wrapping_mul(1_103_515_245).wrapping_add(12_345) & 0x7fff_ffff;
        ((state >> 16) % 401) as f32 / 64.0 - 200.0 / 64.0
    };
    let prototypes: Vec<f32> = (0..7 * DIM).map(|_| draw()).collect();
    let input: Vec<f32> = (0..DIM).map(|_| draw()).collect();
    let labels = (0..7).map(|j| j % 3).collect();
    let codebook = Codebook::new(DIM, 3, prototypes, labels).unwrap();
    for golden in GOLDEN {
        let grid = Grid::new(3.0 / 128.0, golden.bits, golden.multiple).unwrap();
        let quantized = QuantizedCodebook::new(&codebook, grid, &[]).unwrap();
        let parts = quantized.to_parts();
        assert_eq!(&parts.rows[..golden.row.len()], golden.row);
        let mut whole = Vec::new();
        assert_eq!(quantized.quantize_into(&input, &mut whole), 0);
        assert_eq!(whole, INPUT);
        let tables = quantized.tables();
        let distances: Vec<u32> = (0..7).map(|j| tables.distance(j, &whole)).collect();
        assert_eq!(distances, golden.distances);
        // The scalar definition, and the best instructions of this machine.
        for decision in [tables.decide(&whole), quantized.decide(&input)] {
            assert_eq!((decision.winner, decision.label), (6, 0));
            assert_eq!(decision.distance, golden.distances[6]);
            let other = decision.runner_up.unwrap();
            assert_eq!((other.prototype, other.label), (1, 1));
            assert_eq!(other.distance, golden.distances[1]);
            assert_eq!(decision.margin_q15(), golden.margin_q15);
        }
    }
}
