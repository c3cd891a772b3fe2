use crate::Float;
use rayon::prelude::*;

/// Decay of the mean gradient, and of its square: the paper's values.
const BETA: [f64; 2] = [0.9, 0.999];
const EPSILON: f64 = 1e-8;
/// Parameters in one parallel task. Each is updated on its own, so this cannot change a result.
const CHUNK: usize = 16 * 1024;

/// Adam (Kingma & Ba 2015, algorithm 1): moves each parameter by about the learning rate, whatever
/// the scale of its gradient.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(crate) struct Adam<T> {
    mean: Vec<T>,
    square: Vec<T>,
    /// BETA to the power of the number of steps made.
    beta_power: [f64; 2],
}

impl<T: Float> Adam<T> {
    pub(crate) fn new(n_parameters: usize) -> Self {
        let zeros = vec![T::default(); n_parameters];
        Self {
            mean: zeros.clone(),
            square: zeros,
            beta_power: [1.0; 2],
        }
    }

    pub(crate) fn fits(&self, other: &Self) -> bool {
        self.mean.len() == other.mean.len() && self.square.len() == other.square.len()
    }

    pub(crate) fn step(&mut self, parameters: &mut [T], gradient: &[T], learning_rate: f64) {
        for (power, beta) in self.beta_power.iter_mut().zip(BETA) {
            *power *= beta;
        }
        let [mean_bias, square_bias] = self.beta_power.map(|power| 1.0 - power);
        let rate = T::from_f64(learning_rate / mean_bias);
        let root = T::from_f64(1.0 / square_bias.sqrt());
        let epsilon = T::from_f64(EPSILON);
        let keep = BETA.map(T::from_f64);
        let take = BETA.map(|beta| T::from_f64(1.0 - beta));
        parameters
            .par_chunks_mut(CHUNK)
            .zip(gradient.par_chunks(CHUNK))
            .zip(self.mean.par_chunks_mut(CHUNK))
            .zip(self.square.par_chunks_mut(CHUNK))
            .for_each(|(((parameters, gradient), means), squares)| {
                let moments = means.iter_mut().zip(squares);
                for ((w, &g), (mean, square)) in parameters.iter_mut().zip(gradient).zip(moments) {
                    *mean = keep[0] * *mean + take[0] * g;
                    *square = keep[1] * *square + take[1] * g * g;
                    *w = *w - rate * *mean / (square.sqrt() * root + epsilon);
                }
            });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn follows_the_paper() {
        let gradients = [[0.5, -2.0], [0.25, 1.0], [-1.0, 1e-3]];
        let mut w = [1.0, 2.0];
        let mut adam = Adam::new(2);
        let (mut m, mut v, mut expected) = ([0.0; 2], [0.0; 2], w);
        for (t, g) in gradients.iter().enumerate() {
            let rate = 0.1 / (t + 1) as f64;
            adam.step(&mut w, g, rate);
            let t = t as i32 + 1;
            for i in 0..2 {
                m[i] = 0.9 * m[i] + 0.1 * g[i];
                v[i] = 0.999 * v[i] + 0.001 * g[i] * g[i];
                let m_hat: f64 = m[i] / (1.0 - 0.9f64.powi(t));
                let v_hat: f64 = v[i] / (1.0 - 0.999f64.powi(t));
                expected[i] -= rate * m_hat / (v_hat.sqrt() + 1e-8);
                assert!((w[i] - expected[i]).abs() < 1e-12);
            }
        }
    }

    #[test]
    fn no_gradient_no_movement() {
        let mut w = [1.0f32; 3];
        Adam::new(3).step(&mut w, &[0.0; 3], 1.0);
        assert_eq!(w, [1.0; 3]);
    }
}
