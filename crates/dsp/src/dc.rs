//! Removing the mean of each frame (Kaldi `remove-dc-offset`, HTK `ZMEANSOURCE`).

use crate::{Real, lanes};

/// `x − mean(x)`.
pub(crate) fn remove<T: Real>(frame: &mut [T]) {
    let mean = lanes::sum(frame) / T::of(frame.len() as f64);
    for x in frame {
        *x = *x - mean;
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn leaves_no_mean() {
        let mut frame = [8001.0, 8000.0, 7999.0, 8004.0];
        super::remove(&mut frame);
        assert_eq!(frame, [0.0, -1.0, -2.0, 3.0]);
    }
}
