//! Resampling: quality, alignment, lengths, and the streaming contract.
// A failed unwrap is a failed test, in helpers too.
#![allow(clippy::unwrap_used)]

use std::f64::consts::TAU;

use mynah_audio::{Audio, Error, Resampler, resample};
use proptest::prelude::*;

fn tone(hz: f64, rate: u32, n: usize) -> Vec<f32> {
    (0..n)
        .map(|i| (TAU * hz * i as f64 / f64::from(rate)).sin() as f32)
        .collect()
}

/// Energy in decibels relative to a full-scale tone, away from the ends.
fn decibels(samples: impl ExactSizeIterator<Item = f64>) -> f64 {
    let (n, start) = (samples.len(), samples.len() / 4);
    let middle = samples.skip(start).take(n / 2);
    let mean = middle.map(|x| x * x).sum::<f64>() / (n / 2) as f64;
    10.0 * (2.0 * mean).log10()
}

/// What a tone gains of everything that is not the same tone at the new rate.
fn tone_error(hz: f64, from: u32, to: u32) -> f64 {
    let out = resample(&tone(hz, from, from as usize), from, to).unwrap();
    let ideal = tone(hz, to, out.len());
    decibels(out.iter().zip(&ideal).map(|(a, b)| f64::from(a - b)))
}

#[test]
fn tones_pass_in_place_and_in_time() {
    // Measured: -114, -126, -123, -122, -108 dB; f32 itself rounds at -144.
    for (from, to) in [
        (44_100, 16_000),
        (48_000, 16_000),
        (8_000, 16_000),
        (22_050, 16_000),
        (11_127, 16_000),
    ] {
        let error = tone_error(1_000.0, from, to);
        assert!(error < -100.0, "{from} to {to}: {error} dB");
    }
    // Up to 95 % of the band.
    for hz in [50.0, 4_000.0, 7_600.0] {
        let error = tone_error(hz, 44_100, 16_000);
        assert!(error < -90.0, "{hz} Hz: {error} dB");
    }
}

#[test]
fn tones_above_the_new_band_vanish() {
    // Measured: below -140 dB.
    for from in [44_100, 48_000] {
        for hz in [8_100.0, 10_000.0, 15_000.0] {
            let out = resample(&tone(hz, from, 2 * from as usize), from, 16_000).unwrap();
            let level = decibels(out.iter().map(|&x| f64::from(x)));
            assert!(level < -120.0, "{hz} Hz at {from}: {level} dB");
        }
    }
}

#[test]
fn output_trails_by_as_much_as_documented() {
    for (from, to, ms) in [
        (48_000, 16_000, 48.0),
        (44_100, 16_000, 60.0),
        (11_025, 16_000, 120.0),
        (15_999, 16_000, 3_000.0),
    ] {
        let mut resampler = Resampler::new(from, to).unwrap();
        let (mut out, mut most) = (Vec::new(), 0.0f64);
        for n in 1..=6 * from {
            // Just before the next sample the lag is greatest.
            resampler.push(&[0.0], &mut out);
            let lag = f64::from(n) / f64::from(from) - out.len() as f64 / f64::from(to);
            most = most.max(1e3 * lag);
        }
        assert!((most - ms).abs() < 0.5, "{from} to {to}: {most} ms");
    }
}

#[test]
fn a_recording_is_resampled_into_memory_reserved_once() {
    for (n, from, to) in [(160_000, 48_000, 16_000), (100_000, 16_000, 44_100)] {
        let out = resample(&vec![0.0; n], from, to).unwrap();
        // Room for one block more, which is 512 to 2000 samples here; a `Vec` that grew has twice.
        assert!(
            out.capacity() < out.len() + 2_000,
            "{} {}",
            out.capacity(),
            out.len()
        );
    }
}

#[test]
fn a_click_stays_where_it_was() {
    for (from, to) in [
        (48_000, 16_000),
        (8_000, 16_000),
        (44_100, 16_000),
        (1_000, 48_000),
    ] {
        for at in [0, 1_000] {
            let mut click = vec![0.0; 3_000];
            click[at] = 1.0f32;
            let out = resample(&click, from, to).unwrap();
            let peak = (0..out.len())
                .max_by(|&a, &b| out[a].total_cmp(&out[b]))
                .unwrap();
            let ideal = at as f64 * f64::from(to) / f64::from(from);
            assert!(
                (peak as f64 - ideal).abs() <= 0.5,
                "{from} to {to}: {peak} for {ideal}"
            );
        }
    }
}

#[test]
fn extreme_ratios_work_or_are_refused() {
    for (from, to) in [(1_000, 768_000), (768_000, 1_000)] {
        let error = tone_error(200.0, from, to);
        assert!(error < -90.0, "{from} to {to}: {error} dB");
    }
    assert!(matches!(
        Resampler::new(767_999, 768_000),
        Err(Error::Ratio {
            from: 767_999,
            to: 768_000,
            block: 1_536_000,
            ..
        })
    ));
    for bad in [0, 999, 768_001] {
        assert!(
            matches!(Resampler::new(bad, 16_000), Err(Error::SampleRate { got }) if got == bad)
        );
        assert!(
            matches!(Resampler::new(16_000, bad), Err(Error::SampleRate { got }) if got == bad)
        );
    }
}

#[test]
fn equal_rates_change_nothing() {
    let samples = tone(440.0, 16_000, 777);
    assert_eq!(resample(&samples, 16_000, 16_000).unwrap(), samples);
    let audio = Audio {
        samples,
        sample_rate: 16_000,
    };
    let place = audio.samples.as_ptr();
    assert_eq!(
        audio.into_rate(16_000).unwrap().samples.as_ptr(),
        place,
        "not even copied"
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn any_chunking_gives_the_same_bits(
        (from, to) in prop::sample::select(vec![
            (44_100, 16_000), (48_000, 16_000), (8_000, 16_000), (16_000, 16_000), (11_025, 16_000),
            (16_000, 7_999), (96_000, 1_000),
        ]),
        n in 0..9_000usize,
        chunks in prop::collection::vec(0..3_000usize, 0..20),
    ) {
        let samples = tone(300.0, from, n);
        let batch = resample(&samples, from, to).unwrap();
        let exact = (n as f64 * f64::from(to) / f64::from(from)).round() as usize;
        prop_assert_eq!(batch.len(), exact);

        let mut resampler = Resampler::new(from, to).unwrap();
        // Left by an earlier stream; reset forgets it.
        resampler.push(&samples, &mut Vec::new());
        resampler.reset();
        // Twice, because it is as new after `finish`.
        for _ in 0..2 {
            let (mut rest, mut out, mut n_out) = (&samples[..], vec![9.0], 1);
            for &chunk in chunks.iter().chain([&usize::MAX]) {
                let (now, later) = rest.split_at(chunk.min(rest.len()));
                n_out += resampler.push(now, &mut out);
                rest = later;
            }
            n_out += resampler.finish(&mut out);
            prop_assert_eq!(n_out, out.len());
            prop_assert_eq!(&out[1..], &batch[..]);
        }
    }
}
