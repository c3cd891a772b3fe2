//! What is done to training clips so that few recordings stand for many voices.

/// How often and in what ways a training clip is learnt. Test clips are never touched.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Recipe {
    /// The clip played so many times as fast, besides at its own speed. Pitch and formants go with the tempo, as from a
    /// shorter or longer vocal tract (Ko et al. 2015, *Audio augmentation for speech recognition*).
    pub speeds: Vec<f64>,
    /// The clip once more with so many seconds of faint noise before and after it, 0 for not: a clip cut close to its word
    /// must teach what a microphone will hear, a word with a background around it.
    pub surround_seconds: f64,
    /// Each of these also with the word's end points moved by so many frames, wider, narrower, earlier and later, since
    /// the end points of the next clip will be found a little off. 0 for not.
    pub endpoint_shift: usize,
}

impl Recipe {
    /// Every clip once, as it is.
    pub fn none() -> Self {
        Self {
            speeds: Vec::new(),
            surround_seconds: 0.0,
            endpoint_shift: 0,
        }
    }

    /// Speeds 0.9 and 1.1, 0.2 s of noise around the clip, end points moved by 3 frames.
    pub fn full() -> Self {
        Self {
            speeds: vec![0.9, 1.1],
            surround_seconds: 0.2,
            endpoint_shift: 3,
        }
    }

    /// Recordings that a clip becomes, at least 1; moved end points make more vectors of each.
    pub fn n_recordings(&self) -> usize {
        1 + self.speeds.len() + usize::from(self.surround_seconds > 0.0)
    }

    /// A clip with the noise of [`surround_seconds`](Self::surround_seconds) around it, `sample_rate` in Hz. White noise
    /// 60 dB below full scale, the same for every clip: a quiet room.
    pub fn surround(&self, clip: &[f32], sample_rate: u32) -> Vec<f32> {
        let n = (self.surround_seconds * f64::from(sample_rate)) as usize;
        let mut state = 1u32;
        let mut noise = |samples: &mut Vec<f32>| {
            samples.extend((0..n).map(|_| {
                // Numerical Recipes' generator: its upper bits are random enough for a hiss.
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                let uniform = (state >> 8) as f32 / (1 << 23) as f32 - 1.0;
                uniform * SURROUND_PEAK
            }));
        };
        let mut samples = Vec::with_capacity(clip.len() + 2 * n);
        noise(&mut samples);
        samples.extend_from_slice(clip);
        noise(&mut samples);
        samples
    }
}

/// Uniform noise of this peak has a standard deviation of 0.001.
const SURROUND_PEAK: f32 = 0.001_732;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_clip_stands_unchanged_in_a_faint_hiss() {
        let clip = [0.5; 100];
        let samples = Recipe::full().surround(&clip, 1_000);
        assert_eq!(samples.len(), 500);
        assert_eq!(samples[200..300], clip);
        let hiss: Vec<f32> = [&samples[..200], &samples[300..]].concat();
        let power = hiss.iter().map(|x| x * x).sum::<f32>() / hiss.len() as f32;
        assert!((0.0008..0.0012).contains(&power.sqrt()), "{}", power.sqrt());
        assert!(hiss.windows(8).all(|w| w.iter().any(|x| x != &w[0])));
    }

    #[test]
    fn recordings_are_counted() {
        assert_eq!(Recipe::none().n_recordings(), 1);
        assert_eq!(Recipe::full().n_recordings(), 4);
        assert_eq!(Recipe::none().surround(&[0.5], 16_000), [0.5]);
    }
}
