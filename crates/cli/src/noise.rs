//! Background put under the recordings of a test, at a stated distance.

use std::path::PathBuf;

use anyhow::Context;
use mynah_audio::Channel;

use crate::clips::Stretch;

/// Background at one sample rate, and how far below the recordings it is to lie.
pub struct Noise {
    samples: Vec<f32>,
    snr_db: f32,
}

impl Noise {
    /// Reads the recordings of the background, one after the other, at `sample_rate` Hz.
    pub fn read(paths: &[PathBuf], snr_db: f32, sample_rate: u32) -> anyhow::Result<Option<Self>> {
        let mut samples = Vec::new();
        for path in paths {
            let stretch = Stretch::whole(path);
            let audio = stretch.read(Channel::Mix)?;
            stretch.check_sound(&audio)?;
            samples.extend(stretch.at_rate(audio, sample_rate)?.samples);
        }
        let is_finite = samples.iter().all(|x| x.is_finite());
        anyhow::ensure!(is_finite, "--noise: a sample is not a finite number");
        Ok((!paths.is_empty()).then_some(Self { samples, snr_db }))
    }

    /// Adds a stretch of the background, chosen by `digest` and so the same in every run, scaled so that its mean power
    /// lies the asked distance below that of `clip`, both over the whole clip.
    pub fn add(&self, clip: &mut [f32], digest: u64) -> anyhow::Result<()> {
        let n = self.samples.len() as u64;
        let begin = (digest % n) as usize;
        let background = || self.samples.iter().cycle().skip(begin).take(clip.len());
        let power = |sum: f32| sum / clip.len().max(1) as f32;
        let of_clip = power(clip.iter().map(|x| x * x).sum());
        let of_noise = power(background().map(|x| x * x).sum());
        let ratio = of_clip / of_noise * 10f32.powf(-self.snr_db / 10.0);
        let gain = Some(ratio.sqrt()).filter(|gain| gain.is_finite());
        let gain = gain.context("--noise: this stretch of the background is silent")?;
        let scaled: Vec<f32> = background().map(|x| gain * x).collect();
        clip.iter_mut()
            .zip(scaled)
            .for_each(|(x, noise)| *x += noise);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lies_as_far_below_as_asked() {
        let noise = Noise {
            samples: (0..1_000).map(|i| (i as f32 * 1.7).sin()).collect(),
            snr_db: 10.0,
        };
        let clip: Vec<f32> = (0..5_000).map(|i| 0.1 * (i as f32 * 0.3).sin()).collect();
        let mut noisy = clip.clone();
        noise.add(&mut noisy, 12_345).unwrap();
        let added: Vec<f32> = noisy.iter().zip(&clip).map(|(a, b)| a - b).collect();
        let power = |x: &[f32]| x.iter().map(|x| x * x).sum::<f32>();
        let snr_db = 10.0 * (power(&clip) / power(&added)).log10();
        assert!((snr_db - 10.0).abs() < 0.01, "{snr_db}");
        let mut again = clip;
        noise.add(&mut again, 12_345).unwrap();
        assert_eq!(again, noisy);
    }
}
