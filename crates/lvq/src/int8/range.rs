//! How far a grid reaches: found on the images of vectors like those it will meet.

use super::grid::{Grid, most_level};
use super::quantized::scale;
use crate::error::require;
use crate::{Codebook, Error, QuantizedCodebook};
use rayon::prelude::*;

/// By which rule a grid's outermost levels are placed. What lies beyond is pulled in.
#[non_exhaustive]
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Reach {
    /// The greatest magnitude there is: nothing is pulled in.
    Max,
    /// This percentile of the magnitudes, above 50 and up to 100.
    Percentile(f64),
    /// Where the mean squared error of rounding and pulling in is least.
    LeastError,
}

/// Whether every value of an image has the same step.
#[non_exhaustive]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Steps {
    /// One for all: the fastest.
    Same,
    /// 1, 2, 4, 8 or 16 times the least, for values whose ranges differ.
    PerDimension,
}

/// Reaches that [`Reach::LeastError`] tries: from the greatest magnitude down, each 2^-1/8 of the one before.
const N_TRIED: i32 = 48;

impl QuantizedCodebook {
    /// Rounds a codebook to the grid that suits `vectors`, `[n × dim]`, which should be like those it will meet: some dozens of every
    /// class, and not those it is tested on.
    ///
    /// # Errors
    /// [`Error::Zero`] without a vector, [`Error::Length`] if they are not whole, [`Error::Config`] for a percentile or `bits` (8, 4 or 2) out
    /// of range and for vectors that never vary from 0, and as [`QuantizedCodebook::new`].
    pub fn fit(
        codebook: &Codebook,
        vectors: &[f32],
        bits: u8,
        reach: Reach,
        steps: Steps,
    ) -> Result<Self, Error> {
        if let Reach::Percentile(percentile) = reach {
            let is_one = percentile > 50.0 && percentile <= 100.0;
            require(is_one, "percentile", percentile, "above 50, at most 100")?;
        }
        require(matches!(bits, 8 | 4 | 2), "bits", bits.into(), "8, 4 or 2")?;
        let dim = codebook.dim();
        if vectors.is_empty() {
            return Err(Error::Zero { what: "vectors" });
        }
        if !vectors.len().is_multiple_of(dim) {
            return Err(Error::Length {
                what: "vectors",
                got: vectors.len(),
                n_rows: vectors.len() / dim,
                dim,
            });
        }
        let mut inputs = Vec::new();
        codebook.project_all(vectors, &mut inputs);
        let (images, n) = (codebook.images(), codebook.image_dim());
        let exponents = match steps {
            Steps::Same => Vec::new(),
            Steps::PerDimension => exponents(&inputs, images, n, reach),
        };
        let scaled = |values: &[f32]| -> Vec<f32> {
            let values = values.iter().enumerate();
            values.map(|(i, &z)| z / scale(&exponents, i % n)).collect()
        };
        let (inputs, images) = (scaled(&inputs), scaled(images));
        let of_inputs = reach.of(&inputs, 127);
        let grid = grid(of_inputs, &images, bits, reach)?;
        Self::new(codebook, grid, &exponents)
    }
}

/// The grid for inputs that reach so far, and for the images of prototypes.
pub(crate) fn grid(of_inputs: f32, images: &[f32], bits: u8, reach: Reach) -> Result<Grid, Error> {
    match bits {
        8 => Grid::reaching(of_inputs, reach.of(images, 127), bits),
        _ => coarse(images, of_inputs, bits, reach),
    }
}

/// The grid of few levels a prototype: the multiple of the inputs' step that suits the prototypes.
fn coarse(images: &[f32], of_inputs: f32, bits: u8, reach: Reach) -> Result<Grid, Error> {
    if reach != Reach::LeastError {
        let of_images = reach.of(images, most_level(bits));
        return Grid::reaching(of_inputs, of_images, bits);
    }
    let step = of_inputs / 127.0;
    let most = most_level(bits);
    let error = |multiple: &u8| error(images, step * f32::from(*multiple), most);
    let multiples = 1..=(127 / most) as u8;
    let best = multiples.min_by(|a, b| error(a).total_cmp(&error(b)));
    Grid::new(step, bits, best.unwrap_or(1))
}

impl Reach {
    /// Of these values on a grid of `most` levels to each side.
    fn of(self, values: &[f32], most: i16) -> f32 {
        let max = values.iter().fold(0f32, |max, z| max.max(z.abs()));
        match self {
            Self::Max => max,
            Self::Percentile(percentile) => {
                let mut sizes: Vec<f32> = values.iter().map(|z| z.abs()).collect();
                let last = sizes.len().saturating_sub(1);
                let at = (percentile / 100.0 * last as f64).ceil() as usize;
                let (_, &mut reach, _) = sizes.select_nth_unstable_by(at.min(last), f32::total_cmp);
                reach
            }
            Self::LeastError => {
                let tried = (0..N_TRIED).map(|k| max * (-k as f32 / 8.0).exp2());
                let error = |reach: f32| error(values, reach / f32::from(most), most);
                let tried = tried.map(|reach| (error(reach), reach));
                let best = tried.min_by(|a, b| a.0.total_cmp(&b.0));
                best.map_or(0.0, |(_, reach)| reach)
            }
        }
    }
}

/// The mean squared error of bringing the values to a grid of `most` levels to each side.
fn error(values: &[f32], step: f32, most: i16) -> f64 {
    let most = f32::from(most);
    let of_part = |values: &[f32]| -> f64 {
        let errors = values.iter().map(|&z| {
            let level = (z / step).clamp(-most, most).round();
            f64::from(z - level * step).powi(2)
        });
        errors.sum()
    };
    // In parts of a fixed size, added in their order: the same on any number of threads.
    let parts: Vec<f64> = values.par_chunks(1 << 14).map(of_part).collect();
    parts.iter().sum::<f64>() / values.len() as f64
}

/// By which powers of two the steps of the values should differ.
fn exponents(inputs: &[f32], images: &[f32], n: usize, reach: Reach) -> Vec<u8> {
    let column = |values: &[f32], i: usize| -> Vec<f32> {
        values.iter().skip(i).step_by(n).copied().collect()
    };
    let reaches: Vec<f32> = (0..n)
        .into_par_iter()
        .map(|i| {
            reach
                .of(&column(inputs, i), 127)
                .max(reach.of(&column(images, i), 127))
        })
        .collect();
    let varying = reaches.iter().copied().filter(|&reach| reach > 0.0);
    let least = varying.clone().fold(f32::INFINITY, f32::min);
    let greatest = varying.fold(0.0, f32::max);
    let mut base = least.max(greatest / 16.0);
    loop {
        let power = |&reach: &f32| (reach / base).log2().ceil().clamp(0.0, 4.0) as u8;
        let exponents: Vec<u8> = reaches.iter().map(power).collect();
        // Distances must fit 32 bits.
        let weight: u64 = exponents.iter().map(|&e| 1 << (2 * u64::from(e))).sum();
        if weight * 254 * 254 <= u64::from(u32::MAX) || exponents.iter().all(|&e| e == 0) {
            return exponents;
        }
        base *= 2.0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two classes in the plane, the second value a hundred times as great.
    fn codebook() -> Codebook {
        Codebook::new(2, 2, vec![0.5, 90.0, -0.5, -110.0], vec![0, 1]).unwrap()
    }

    fn vectors() -> Vec<f32> {
        let values = (0..200).map(|i| (i * 7919 % 201) as f32 / 100.0 - 1.0);
        values
            .enumerate()
            .map(|(i, v)| if i % 2 == 0 { v } else { 100.0 * v })
            .collect()
    }

    fn fit(bits: u8, reach: Reach, steps: Steps) -> QuantizedCodebook {
        QuantizedCodebook::fit(&codebook(), &vectors(), bits, reach, steps).unwrap()
    }

    #[test]
    fn reaches_by_every_rule() {
        let max = fit(8, Reach::Max, Steps::Same).grid();
        assert_eq!(max.step, 110.0 / 127.0);
        let percentile = fit(4, Reach::Percentile(75.0), Steps::Same).grid();
        assert!(percentile.step < max.step);
        // Five hundred values near 0 and one far away: at two levels it is not worth a coarse step.
        let mut values = [0.9, -1.0, 1.1, 0.0].repeat(125);
        values.push(10.0);
        let few = Reach::LeastError.of(&values, 1);
        assert!(few < 3.0, "{few}");
        assert_eq!(Reach::Max.of(&values, 1), 10.0);
        for reach in [Reach::Max, Reach::LeastError, Reach::Percentile(99.0)] {
            for bits in [8, 4, 2] {
                assert_eq!(fit(bits, reach, Steps::Same).grid().bits, bits);
            }
        }
    }

    #[test]
    fn steps_follow_the_values() {
        let quantized = fit(8, Reach::Max, Steps::PerDimension);
        assert_eq!(quantized.exponents(), [0, 4]);
        assert!(quantized.grid().step * 127.0 * 16.0 > 109.0);
        let mut whole = Vec::new();
        assert_eq!(
            quantized.quantize_into(&[0.5, 90.0, 0.0, 1000.0], &mut whole),
            1
        );
        assert_eq!(whole[3], 127);
        let unit = f64::from(quantized.distance_unit());
        let exact = f64::from(codebook().decide(&[0.1, 40.0]).distance);
        let found = f64::from(quantized.decide(&[0.1, 40.0]).distance) * unit;
        assert!((exact / found - 1.0).abs() < 0.03, "{exact} {found}");
    }

    #[test]
    fn what_cannot_be_is_refused() {
        let fit = |vectors: &[f32], bits, reach| {
            QuantizedCodebook::fit(&codebook(), vectors, bits, reach, Steps::Same)
        };
        assert!(fit(&[], 8, Reach::Max).is_err());
        assert!(fit(&[1.0], 8, Reach::Max).is_err());
        assert!(fit(&[1.0, 1.0], 5, Reach::Max).is_err());
        assert!(fit(&[1.0, 1.0], 8, Reach::Percentile(50.0)).is_err());
        assert!(fit(&[0.0, 0.0], 4, Reach::Max).is_err());
        let still = Codebook::new(1, 1, vec![0.0], vec![0]).unwrap();
        let fitted = QuantizedCodebook::fit(&still, &[0.0], 8, Reach::Max, Steps::Same);
        assert!(matches!(fitted, Err(Error::Config { field: "step", .. })));
        let local = Codebook::new(1, 1, vec![0.5], vec![0]).unwrap();
        let local = local
            .with_metric(crate::Metric::local_identities(1, 1, 1))
            .unwrap();
        let fitted = QuantizedCodebook::fit(&local, &[1.0], 8, Reach::Max, Steps::Same);
        assert!(matches!(fitted, Err(Error::Metric { .. })));
    }
}
