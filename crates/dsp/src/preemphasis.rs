//! First-order high-pass within each frame.

/// `y[i] = x[i] − a·x[i−1]`, and `y[0] = x[0] − a·x[0]` as Kaldi has it (`Preemphasize`).
/// Both slices are `[frame_length]`.
pub(crate) fn apply(a: f32, frame: &[f32], out: &mut [f32]) {
    out[0] = frame[0] - a * frame[0];
    for ((y, x), previous) in out[1..].iter_mut().zip(&frame[1..]).zip(frame) {
        *y = x - a * previous;
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn subtracts_the_neighbour() {
        let mut out = [0.0; 3];
        super::apply(0.5, &[2.0, 6.0, -4.0], &mut out);
        assert_eq!(out, [1.0, 5.0, -7.0]);
    }
}
