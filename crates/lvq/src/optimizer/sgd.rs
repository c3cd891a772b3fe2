use crate::Float;
use rayon::prelude::*;

/// Parameters in one parallel task. Each is updated on its own, so this cannot change a result.
const CHUNK: usize = 16 * 1024;

/// Stochastic gradient descent with momentum: v ← momentum · v + g, w ← w − rate · v.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(crate) struct Sgd<T> {
    momentum: f64,
    /// Empty without momentum.
    velocity: Vec<T>,
}

impl<T: Float> Sgd<T> {
    pub(crate) fn new(n_parameters: usize, momentum: f64) -> Self {
        let n = if momentum > 0.0 { n_parameters } else { 0 };
        Self {
            momentum,
            velocity: vec![T::default(); n],
        }
    }

    pub(crate) fn step(&mut self, parameters: &mut [T], gradient: &[T], learning_rate: f64) {
        let rate = T::from_f64(learning_rate);
        let mut direction = gradient;
        if !self.velocity.is_empty() {
            let keep = T::from_f64(self.momentum);
            for (v, &g) in self.velocity.iter_mut().zip(gradient) {
                *v = keep * *v + g;
            }
            direction = &self.velocity;
        }
        let chunks = parameters.par_chunks_mut(CHUNK);
        chunks
            .zip(direction.par_chunks(CHUNK))
            .for_each(|(parameters, direction)| {
                for (w, &v) in parameters.iter_mut().zip(direction) {
                    *w = *w - rate * v;
                }
            });
    }

    pub(crate) fn fits(&self, other: &Self) -> bool {
        self.momentum == other.momentum && self.velocity.len() == other.velocity.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn momentum_repeats_the_last_movement() {
        let mut w = [1.0];
        let mut sgd = Sgd::new(1, 0.5);
        sgd.step(&mut w, &[1.0], 0.125);
        assert_eq!(w, [0.875]);
        sgd.step(&mut w, &[0.0], 0.125);
        assert_eq!(w, [0.8125]);
        let mut plain = Sgd::new(1, 0.0);
        plain.step(&mut w, &[-0.5], 1.0);
        plain.step(&mut w, &[0.0], 1.0);
        assert_eq!(w, [1.3125]);
    }
}
