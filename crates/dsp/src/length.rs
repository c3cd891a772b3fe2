//! Lengths of frames, hops and clips: milliseconds or samples.

use std::fmt;
use std::str::FromStr;

/// A length in time or in samples; as text `25ms`, `400` or `n_fft`.
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(try_from = "Text", into = "Text")
)]
pub enum Length {
    /// Milliseconds, rounded to samples by [`Rounding`].
    Ms(f64),
    /// Samples, whatever the rate.
    Samples(usize),
    /// As long as the transform, which must then be given ([`n_fft`](field@crate::MfccConfig::n_fft)).
    Transform,
}

/// How milliseconds become a whole number of samples. It matters where 10 or 25 ms are not whole: 11.025,
/// 22.05 and 44.1 kHz.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "kebab-case")
)]
#[non_exhaustive]
pub enum Rounding {
    /// Down, from the product `rate · 0.001 · ms` in single precision and this order, as kaldi-native-fbank
    /// does: 11.025 kHz · 25 ms = 275. Kaldi multiplies by 0.001 in double precision, which differs at odd
    /// rates only (8.2 kHz · 25 ms: 204 there, 205 here).
    Kaldi,
    /// Down, from the exact product (HTK, TensorFlow, spafe).
    Down,
    /// To the nearest, halves up (python_speech_features, openSMILE).
    Nearest,
}

impl Length {
    /// In samples at a rate in Hz; `n_fft` is the transform. Nonsense (negative, NaN) gives 0.
    pub(crate) fn samples(
        self,
        sample_rate: u32,
        rounding: Rounding,
        n_fft: Option<usize>,
    ) -> usize {
        match (self, rounding) {
            (Self::Samples(n), _) => n,
            (Self::Transform, _) => n_fft.unwrap_or(0),
            (Self::Ms(ms), Rounding::Kaldi) => (sample_rate as f32 * 0.001 * ms as f32) as usize,
            (Self::Ms(ms), Rounding::Down) => (ms * f64::from(sample_rate) / 1_000.0) as usize,
            (Self::Ms(ms), Rounding::Nearest) => {
                (ms * f64::from(sample_rate) / 1_000.0).round() as usize
            }
        }
    }
}

impl fmt::Display for Length {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ms(ms) => write!(f, "{ms}ms"),
            Self::Samples(n) => write!(f, "{n}"),
            Self::Transform => f.write_str("n_fft"),
        }
    }
}

const EXPECTED: &str = "give milliseconds as 25ms, samples as 400, or n_fft";

impl FromStr for Length {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let length = match text.strip_suffix("ms") {
            Some(ms) => ms.trim().parse().ok().map(Self::Ms),
            None if text == "n_fft" => Some(Self::Transform),
            None => text.parse().ok().map(Self::Samples),
        };
        length.ok_or_else(|| format!("{text:?} is no length; {EXPECTED}"))
    }
}

/// What a length looks like in JSON: a number of samples, or text.
#[cfg(feature = "serde")]
#[derive(serde::Serialize, serde::Deserialize)]
#[serde(
    untagged,
    expecting = "a length is milliseconds as 25ms, samples as 400, or n_fft"
)]
enum Text {
    Samples(usize),
    Text(String),
}

#[cfg(feature = "serde")]
impl From<Length> for Text {
    fn from(length: Length) -> Self {
        match length {
            Length::Samples(n) => Self::Samples(n),
            Length::Ms(_) | Length::Transform => Self::Text(length.to_string()),
        }
    }
}

#[cfg(feature = "serde")]
impl TryFrom<Text> for Length {
    type Error = String;

    fn try_from(text: Text) -> Result<Self, Self::Error> {
        match text {
            Text::Samples(n) => Ok(Self::Samples(n)),
            Text::Text(text) => text.parse(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_and_hops_of_the_tools() {
        // Rate, then frame and hop of 25 and 10 ms: Kaldi, HTK, python_speech_features.
        let expected = [
            (8_000, [200, 80], [200, 80], [200, 80]),
            (8_200, [205, 82], [205, 82], [205, 82]),
            (11_025, [275, 110], [275, 110], [276, 110]),
            (16_000, [400, 160], [400, 160], [400, 160]),
            (22_050, [551, 220], [551, 220], [551, 221]),
            (44_100, [1102, 441], [1102, 441], [1103, 441]),
            (48_000, [1200, 480], [1200, 480], [1200, 480]),
        ];
        for (rate, kaldi, down, nearest) in expected {
            let both =
                |rounding| [25.0, 10.0].map(|ms| Length::Ms(ms).samples(rate, rounding, None));
            assert_eq!(both(Rounding::Kaldi), kaldi);
            assert_eq!(both(Rounding::Down), down);
            assert_eq!(both(Rounding::Nearest), nearest);
        }
        assert_eq!(
            Length::Ms(f64::NAN).samples(16_000, Rounding::Down, None),
            0
        );
        assert_eq!(
            Length::Samples(7).samples(16_000, Rounding::Nearest, None),
            7
        );
        assert_eq!(
            Length::Transform.samples(16_000, Rounding::Down, Some(512)),
            512
        );
    }

    #[test]
    fn reads_what_it_writes() {
        for length in [Length::Ms(25.6), Length::Samples(400), Length::Transform] {
            assert_eq!(length.to_string().parse(), Ok(length));
        }
        assert!("25 s".parse::<Length>().unwrap_err().contains("25ms"));
    }
}
