//! Streams mixed of words and background: where words lie, and how loud.

use mynah_corpus::mix::{Mix, MixConfig, MixError, Survey, WordShape};
use proptest::prelude::*;

const RATE: u32 = 16_000;

fn tone(n: usize, step: f32, amplitude: f32) -> Vec<f32> {
    (0..n)
        .map(|i| amplitude * (i as f32 * step).sin())
        .collect()
}

fn surveyed(samples: &[f32]) -> Survey {
    let mut survey = Survey::new(RATE);
    survey.push(samples);
    survey.finish();
    survey
}

fn decibels(signal: &[f32], background: &[f32]) -> f64 {
    let power = |x: &[f32]| x.iter().map(|x| f64::from(x * x)).sum::<f64>() / x.len() as f64;
    10.0 * (power(signal) / power(background)).log10()
}

/// The stream of a mix, in blocks of `n`, and what was added to the background.
fn rendered(
    mix: &Mix,
    words: &[Vec<f32>],
    talk: &[f32],
    noise: Option<&[f32]>,
    n: usize,
) -> (Vec<f32>, Vec<f32>) {
    let mut laid = talk.to_vec();
    let mut stream = talk.to_vec();
    for (i, block) in stream.chunks_mut(n).enumerate() {
        let begin = i * n;
        mix.lay(block, noise.map(|noise| &noise[begin..]));
        laid[begin..begin + block.len()].copy_from_slice(block);
        for placed in &mix.placed {
            mix.add(placed, &words[placed.word], begin as u64, block);
        }
    }
    (stream, laid)
}

#[test]
fn words_lie_as_far_above_as_asked() {
    // Loud in the first half, soft in the second, with pauses in both.
    let seconds = |n: f64| (n * f64::from(RATE)) as usize;
    let mut talk = tone(seconds(120.0), 0.11, 0.2);
    talk[seconds(60.0)..].iter_mut().for_each(|x| *x *= 0.1);
    for pause in talk.chunks_mut(seconds(3.0)) {
        let n = pause.len();
        pause[n / 2..].fill(0.0);
    }
    let words: Vec<Vec<f32>> = (0..6)
        .map(|i| tone(seconds(0.5), 0.3 + 0.05 * i as f32, 0.05 * (i + 1) as f32))
        .collect();
    let mut config = MixConfig::new(RATE, talk.len() as u64);
    config.snr_db = vec![20.0, 10.0, 0.0, -5.0];
    let lengths: Vec<u64> = words.iter().map(|word| word.len() as u64).collect();
    let places = Mix::places(&config, &lengths).unwrap();
    assert_eq!(places.len(), 6);
    let shapes: Vec<WordShape> = places
        .iter()
        .map(|&(word, _)| WordShape::of(&words[word], RATE).unwrap())
        .collect();
    let mix = Mix::new(&config, &places, &shapes, &surveyed(&talk), None).unwrap();
    let (stream, laid) = rendered(&mix, &words, &talk, None, 1_000);
    assert_eq!(rendered(&mix, &words, &talk, None, 65_536).0, stream);
    assert!(stream.iter().all(|x| x.abs() <= 0.991));
    let asked: Vec<f64> = mix.placed.iter().map(|placed| placed.snr_db).collect();
    assert_eq!(asked, [20.0, 10.0, 0.0, -5.0, 20.0, 10.0]);
    let mut n_checked = 0;
    for placed in &mix.placed {
        let clip = placed.clip.start as usize..placed.clip.end as usize;
        let word: Vec<f32> = clip.clone().map(|i| stream[i] - laid[i]).collect();
        let around =
            clip.start.saturating_sub(seconds(5.0))..(clip.end + seconds(5.0)).min(talk.len());
        // Where both halves are near, the louder is the level.
        if around.contains(&seconds(60.0)) {
            continue;
        }
        let heard: Vec<f32> = laid[around].iter().copied().filter(|x| *x != 0.0).collect();
        // Frames at the edges of pauses are half full.
        let snr = decibels(&word, &heard);
        assert!(
            (snr - placed.snr_db).abs() < 0.3,
            "{snr} dB for {}",
            placed.snr_db
        );
        n_checked += 1;
    }
    assert!(n_checked >= 4);
}

#[test]
fn noise_counts_as_background() {
    let talk = tone(RATE as usize * 60, 0.11, 0.1);
    let noise = tone(RATE as usize * 60, 0.9, 0.5);
    let word = tone(8_000, 0.31, 0.4);
    let mut config = MixConfig::new(RATE, talk.len() as u64);
    config.noise_db = 0.0;
    config.snr_db = vec![0.0];
    let places = Mix::places(&config, &[8_000]).unwrap();
    let shapes = [WordShape::of(&word, RATE).unwrap()];
    let mix = Mix::new(
        &config,
        &places,
        &shapes,
        &surveyed(&talk),
        Some(&surveyed(&noise)),
    )
    .unwrap();
    assert!((mix.noise_gain - 0.2).abs() < 1e-3, "{}", mix.noise_gain);
    let (stream, laid) = rendered(
        &mix,
        std::slice::from_ref(&word),
        &talk,
        Some(&noise),
        4_096,
    );
    let clip = mix.placed[0].clip.start as usize..mix.placed[0].clip.end as usize;
    let added: Vec<f32> = clip.map(|i| stream[i] - laid[i]).collect();
    assert!(decibels(&added, &laid).abs() < 0.1);
    // Twice the power of the talk alone.
    assert!((decibels(&laid, &talk) - 3.01).abs() < 0.05);
}

#[test]
fn loud_words_make_all_quieter_and_none_is_clipped() {
    let talk = tone(RATE as usize * 60, 0.11, 0.5);
    let word = tone(8_000, 0.31, 0.4);
    let mut config = MixConfig::new(RATE, talk.len() as u64);
    config.snr_db = vec![20.0];
    let places = Mix::places(&config, &[8_000]).unwrap();
    let shapes = [WordShape::of(&word, RATE).unwrap()];
    let mix = Mix::new(&config, &places, &shapes, &surveyed(&talk), None).unwrap();
    assert!(mix.background_gain < 0.3 && mix.attenuation_db() > 10.0);
    let (stream, _) = rendered(&mix, &[word], &talk, None, 4_096);
    let peak = stream.iter().fold(0f32, |peak, x| peak.max(x.abs()));
    assert!(peak <= 0.991 && peak > 0.8, "{peak}");
}

#[test]
fn what_cannot_be_mixed_is_refused() {
    let config = MixConfig::new(RATE, 16_000 * 10);
    assert!(matches!(
        Mix::places(&config, &[16_000]),
        Err(MixError::NoRoom { .. })
    ));
    let mut config = MixConfig::new(RATE, 16_000 * 60);
    assert!(matches!(
        Mix::places(&config, &[]),
        Err(MixError::NoRoom { .. })
    ));
    config.n_words = Some(30);
    assert!(matches!(
        Mix::places(&config, &[16_000; 30]),
        Err(MixError::TooMany {
            asked: 30,
            fit: 9,
            ..
        })
    ));
    config.n_words = None;
    for bad in [f64::NAN, -1.0] {
        config.gap = bad;
        assert!(matches!(
            Mix::places(&config, &[16_000]),
            Err(MixError::Config { name: "gap", .. })
        ));
    }
    config.gap = 1.0;
    let places = Mix::places(&config, &[16_000]).unwrap();
    let shape = [WordShape::of(&tone(16_000, 0.3, 0.1), RATE).unwrap()];
    let silent = surveyed(&vec![0.0; 16_000 * 60]);
    let talk = surveyed(&tone(16_000 * 60, 0.1, 0.1));
    let mixed = |talk: &Survey, noise: Option<&Survey>| {
        Mix::new(&config, &places, &shape, talk, noise).map(|_| ())
    };
    assert_eq!(
        mixed(&silent, None),
        Err(MixError::Silent { what: "background" })
    );
    assert_eq!(
        mixed(&talk, Some(&silent)),
        Err(MixError::Silent { what: "noise" })
    );
    assert_eq!(mixed(&talk, None), Ok(()));
}

proptest! {
    #[test]
    fn words_keep_their_gaps(
        lengths in prop::collection::vec(1u64..40_000, 1..40),
        seconds in 20u64..400,
        gap in 0u32..5,
        seed: u64,
    ) {
        let mut config = MixConfig::new(RATE, seconds * u64::from(RATE));
        config.gap = f64::from(gap);
        config.seed = seed;
        let places = Mix::places(&config, &lengths).unwrap();
        prop_assert_eq!(&places, &Mix::places(&config, &lengths).unwrap());
        let gap = u64::from(gap * RATE);
        let mut end = 0;
        for &(word, start) in &places {
            prop_assert!(start >= end + gap);
            end = start + lengths[word];
        }
        prop_assert!(end + gap <= config.n_samples);
        let mut words: Vec<usize> = places.iter().map(|&(word, _)| word).collect();
        words.sort_unstable();
        words.dedup();
        prop_assert_eq!(words.len(), places.len());
        // The rigid number fits too, and one more does not.
        config.n_words = Some(lengths.len() + 1);
        if let Err(MixError::TooMany { fit, .. }) = Mix::places(&config, &lengths) {
            config.n_words = Some(fit);
            prop_assert_eq!(Mix::places(&config, &lengths).unwrap().len(), fit);
        } else {
            prop_assert!(false, "more words than there are");
        }
    }
}
