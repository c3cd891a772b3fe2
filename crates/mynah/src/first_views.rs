//! The vectors of clips as they are, made anew whenever they are asked for: they are never all in memory.

use mynah_lvq::Scaler;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;

use crate::lessons::Ears;
use crate::{Error, Sound, Standardise};

/// Vectors in memory at once.
const BLOCK: usize = 1024;

/// The first view of each sound, standardised.
pub(crate) struct FirstViews<'a> {
    pub(crate) sounds: &'a [Sound],
    pub(crate) ears: &'a Ears,
    pub(crate) scaler: &'a Scaler,
}

impl FirstViews<'_> {
    /// The vectors of some sounds, `[n × dim]`, made on all threads.
    pub(crate) fn of(&self, chosen: &[usize]) -> Result<Vec<f32>, Error> {
        let dim = self.ears.pipeline.dim();
        let mut vectors = vec![0.0; chosen.len() * dim];
        let pairs = vectors.par_chunks_exact_mut(dim).zip(chosen);
        pairs.try_for_each(|(vector, &i)| {
            let log_mels = self.sounds[i].log_mels()?;
            // The same stretch whenever it is asked for.
            let mut rng = ChaCha8Rng::seed_from_u64(0);
            rng.set_stream(i as u64);
            let cut = self.sounds[i].cut();
            self.ears
                .lend(|pipeline| pipeline.sound_into(&log_mels, cut, &mut rng, vector));
            self.scaler.apply(vector);
            Ok::<(), Error>(())
        })?;
        Ok(vectors)
    }

    /// Hands `visit` all vectors in order, as blocks of rows.
    pub(crate) fn blocks(&self, mut visit: impl FnMut(&[f32])) -> Result<(), Error> {
        let all: Vec<usize> = (0..self.sounds.len()).collect();
        for block in all.chunks(BLOCK) {
            visit(&self.of(block)?);
        }
        Ok(())
    }

    /// What brings the vectors to one scale: to the bit what [`Scaler`] fits to all of them at once.
    pub(crate) fn fit(&self, standardise: Standardise) -> Result<Scaler, Error> {
        let dim = self.ears.pipeline.dim();
        if standardise == Standardise::None {
            return Ok(Scaler::identity(dim)?);
        }
        let mut columns = self.moments(dim)?;
        if standardise == Standardise::Coefficient {
            pool(&mut columns, self.ears.pipeline.n_coeffs());
        }
        let mean = columns.iter().map(|column| column.mean as f32).collect();
        if standardise != Standardise::Whole {
            let scale = columns.iter().map(Moments::scale).collect();
            return Ok(Scaler::new(mean, scale)?);
        }
        let centre = Scaler::new(mean, vec![1.0; dim])?;
        let centred = FirstViews {
            scaler: &centre,
            ..*self
        };
        let whole = centred.moments(1)?[0].scale();
        Ok(Scaler::new(centre.mean().to_vec(), vec![whole; dim])?)
    }

    /// Of the values in every `width`th place, in two passes.
    fn moments(&self, width: usize) -> Result<Vec<Moments>, Error> {
        let n = (self.sounds.len() * self.ears.pipeline.dim() / width) as f64;
        let mut columns = vec![Moments::default(); width];
        self.blocks(|vectors| {
            for row in vectors.chunks_exact(width) {
                for (column, &x) in columns.iter_mut().zip(row) {
                    column.mean += f64::from(x);
                }
            }
        })?;
        columns.iter_mut().for_each(|column| column.mean /= n);
        self.blocks(|vectors| {
            for row in vectors.chunks_exact(width) {
                for (column, &x) in columns.iter_mut().zip(row) {
                    let off = f64::from(x) - column.mean;
                    column.variance += off * off / n;
                }
            }
        })?;
        Ok(columns)
    }
}

/// Gives each coefficient the mean of its variances in all frames; what is no whole frame is left alone.
fn pool(columns: &mut [Moments], n_coeffs: usize) {
    let n_frames = columns.len() / n_coeffs;
    for c in 0..n_coeffs {
        let frames = || (0..n_frames).map(|t| t * n_coeffs + c);
        let pooled = frames().map(|i| columns[i].variance).sum::<f64>() / n_frames as f64;
        frames().for_each(|i| columns[i].variance = pooled);
    }
}

#[derive(Clone, Copy, Default)]
struct Moments {
    mean: f64,
    variance: f64,
}

impl Moments {
    /// One over the deviation; 0 if that is below one rounding step of the mean, as [`Scaler`] has it.
    fn scale(&self) -> f32 {
        let deviation = self.variance.sqrt();
        let smallest = f64::from(f32::EPSILON) * self.mean.abs() + f64::from(f32::MIN_POSITIVE);
        match deviation < smallest {
            true => 0.0,
            false => (1.0 / deviation) as f32,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{PipelineConfig, Scratch};

    #[test]
    fn what_is_fitted_in_passes_is_what_is_fitted_at_once() {
        let ears = Ears::new(&PipelineConfig::default()).unwrap();
        let scratch = Scratch::new(100_000, std::env::temp_dir());
        let mut pipeline = ears.pipeline.clone();
        let (mut sounds, mut vectors) = (Vec::new(), Vec::new());
        for clip in 0..30 {
            let pitch = 0.05 + 0.01 * (clip % 7) as f32;
            let samples: Vec<f32> = (0..4_000 + 100 * clip)
                .map(|i| (pitch * i as f32).sin() * (i % 1_000) as f32 / 2_000.0)
                .collect();
            let mut log_mels = Vec::new();
            pipeline.log_mels_into(&samples, &mut log_mels).unwrap();
            vectors.extend(pipeline.first_view_of(&log_mels));
            sounds.push(scratch.keep(&log_mels, pipeline.n_mels()).unwrap());
        }
        let dim = pipeline.dim();
        let identity = Scaler::identity(dim).unwrap();
        let views = FirstViews {
            sounds: &sounds,
            ears: &ears,
            scaler: &identity,
        };
        let fitted = |standardise| views.fit(standardise).unwrap();
        assert_eq!(
            fitted(Standardise::Each),
            Scaler::fit_present(&vectors, dim).unwrap()
        );
        assert_eq!(
            fitted(Standardise::Whole),
            Scaler::fit_whole(&vectors, dim).unwrap()
        );
        assert_eq!(fitted(Standardise::None), identity);
        let (each, pooled) = (fitted(Standardise::Each), fitted(Standardise::Coefficient));
        let (n_coeffs, length) = (pipeline.n_coeffs(), dim - 1);
        assert_eq!(pooled.mean(), each.mean());
        assert_eq!(pooled.scale()[length], each.scale()[length]);
        for c in 0..n_coeffs {
            let of = |scaler: &Scaler| -> Vec<f64> {
                let frames = scaler.scale()[c..length].iter().step_by(n_coeffs);
                frames.map(|&scale| f64::from(scale).powi(-2)).collect()
            };
            let (variances, alike) = (of(&each), of(&pooled));
            let mean = variances.iter().sum::<f64>() / variances.len() as f64;
            assert!(
                alike
                    .iter()
                    .all(|variance| (variance / mean - 1.0).abs() < 1e-4)
            );
        }
        let mut met = Vec::new();
        views.blocks(|block| met.extend_from_slice(block)).unwrap();
        assert_eq!(met, vectors);
        assert_eq!(views.of(&[7, 2]).unwrap()[dim..], vectors[2 * dim..3 * dim]);
    }
}
