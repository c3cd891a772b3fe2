//! Places of words in a stream.

use rand::RngExt;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;

use super::{MixConfig, MixError};

/// Takes words in a random order, as many as there is room for, and spreads the time left over between them: every arrangement that keeps the gaps is
/// equally likely.
pub(super) fn places(
    config: &MixConfig,
    lengths: &[u64],
    rng: &mut ChaCha8Rng,
) -> Result<Vec<(usize, u64)>, MixError> {
    let gap = (config.gap * f64::from(config.sample_rate)).round() as u64;
    let mut order: Vec<usize> = (0..lengths.len()).collect();
    order.shuffle(rng);
    // Words that fit when each takes its length and `room`, and one gap is left.
    let n_fitting = |room: u64| {
        let ends = order.iter().scan(gap, |end, &word| {
            *end += lengths[word] + room;
            Some(*end)
        });
        ends.take_while(|&end| end <= config.n_samples).count()
    };
    let fit = n_fitting(gap);
    if fit == 0 {
        return Err(MixError::NoRoom {
            seconds: config.n_samples as f64 / f64::from(config.sample_rate),
            gap: config.gap,
        });
    }
    let n = match config.n_words {
        Some(asked) if asked > fit => {
            return Err(MixError::TooMany {
                asked,
                fit,
                gap: config.gap,
            });
        }
        Some(asked) => asked,
        None => n_fitting(2 * gap).max(1),
    };
    order.truncate(n);
    let taken: u64 = order.iter().map(|&word| lengths[word] + gap).sum();
    let slack = config.n_samples - taken - gap;
    let mut shifts: Vec<u64> = (0..n).map(|_| rng.random_range(0..=slack)).collect();
    shifts.sort_unstable();
    let mut end = gap;
    let place = |(word, shift): (usize, u64)| {
        let start = end + shift;
        end += lengths[word] + gap;
        (word, start)
    };
    Ok(order.into_iter().zip(shifts).map(place).collect())
}
