//! Shaping a frame for the transform: mean, pre-emphasis and window in one pass, into the precision of the transform.

use crate::Real;

/// `out[i] = (c[i] − a·c[i−1]) · window[i]` for `c = frame − mean`, where `c[−1]` is `c[0]` as Kaldi has it
/// (`Preemphasize`). All slices are `[frame_length]`.
pub(crate) fn apply<T: Real, U: Real>(frame: &[T], mean: T, a: T, window: &[U], out: &mut [U]) {
    let (mean, a) = (U::of(mean.f64()), U::of(a.f64()));
    let centred = |x: T| U::of(x.f64()) - mean;
    out[0] = (centred(frame[0]) - a * centred(frame[0])) * window[0];
    let neighbours = frame[1..].iter().zip(frame).zip(&window[1..]);
    for (y, ((x, previous), w)) in out[1..].iter_mut().zip(neighbours) {
        *y = (centred(*x) - a * centred(*previous)) * *w;
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn by_hand() {
        let mut out = [0f32; 3];
        super::apply(&[3f32, 7.0, -3.0], 1.0, 0.5, &[2.0, 1.0, 10.0], &mut out);
        assert_eq!(out, [2.0, 5.0, -70.0]);
    }

    #[test]
    fn one_pass_gives_the_bits_of_three() {
        let frame: Vec<f32> = (0..401).map(|i| 100.0 + (i as f32).sin()).collect();
        let window: Vec<f32> = (0..401).map(|i| (i as f32 / 300.0).cos()).collect();
        let mut out = vec![f32::NAN; 401];
        super::apply(&frame, 100.2, 0.97, &window, &mut out);

        let centred: Vec<f32> = frame.iter().map(|x| x - 100.2).collect();
        let mut expected = vec![centred[0] - 0.97 * centred[0]];
        expected.extend(centred.windows(2).map(|x| x[1] - 0.97 * x[0]));
        expected.iter_mut().zip(&window).for_each(|(x, w)| *x *= w);
        assert_eq!(out, expected);
    }
}
