#[cfg(feature = "std")]
use crate::Float;

/// What a [`Codebook`](crate::Codebook) says of a vector. Distances are those of its metric, squared.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Decision<T = f32> {
    /// Label of the winner.
    pub label: u32,
    /// Index of the nearest prototype; the lowest, if several are as near.
    pub winner: usize,
    /// Its distance, ≥ 0.
    pub distance: T,
    /// Which of the views it was nearest to, the first of several; 0 where there is one.
    pub view: usize,
    /// The nearest prototype of any other class; `None` if there is none.
    pub runner_up: Option<RunnerUp<T>>,
}

/// The nearest prototype of any class but the winner's.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RunnerUp<T = f32> {
    /// Its label.
    pub label: u32,
    /// Its index in the codebook; the lowest, if several are as near.
    pub prototype: usize,
    /// Its squared distance, ≥ the winner's.
    pub distance: T,
}

impl<T: Copy + PartialOrd> Decision<T> {
    /// Takes one more prototype into account; they are shown in their order. The first wins until a strictly nearer one
    /// comes, even if its distance is NaN.
    pub(crate) fn see(
        so_far: &mut Option<Self>,
        winner: usize,
        label: u32,
        view: usize,
        distance: T,
    ) {
        let seen = Self {
            label,
            winner,
            distance,
            view,
            runner_up: None,
        };
        let Some(decision) = so_far else {
            *so_far = Some(seen);
            return;
        };
        if distance < decision.distance {
            let before = core::mem::replace(decision, seen);
            decision.runner_up = if before.label == label {
                before.runner_up
            } else {
                Some(before.as_rival())
            };
        } else if label != decision.label
            && decision
                .runner_up
                .is_none_or(|other| distance < other.distance)
        {
            decision.runner_up = Some(seen.as_rival());
        }
    }

    /// The winner, as a decision for another class sees it.
    fn as_rival(&self) -> RunnerUp<T> {
        RunnerUp {
            label: self.label,
            prototype: self.winner,
            distance: self.distance,
        }
    }

    /// The decision on a thing of which one of two forms is the right one, from the decisions on both: each prototype is as
    /// near to the thing as to the nearer form. Of equals, this one.
    pub fn nearer(self, other: Self) -> Self {
        let (mut first, second) = if other.distance < self.distance {
            (other, self)
        } else {
            (self, other)
        };
        // The best that the farther form has to say of another class than the winner's.
        let rival = if second.label == first.label {
            second.runner_up
        } else {
            Some(second.as_rival())
        };
        if let Some(rival) = rival
            && first
                .runner_up
                .is_none_or(|known| rival.distance < known.distance)
        {
            first.runner_up = Some(rival);
        }
        first
    }
}

#[cfg(feature = "std")]
impl<T: Float> Decision<T> {
    /// Relative similarity (d₂ − d₁) / (d₂ + d₁) of winner and runner-up, in \[0, 1\]: 0 on the
    /// border, 1 on a prototype or where no other class exists. It is −μ of GLVQ (Sato & Yamada
    /// 1996) for a rightly classified vector, and the certainty of Fischer, Hammer & Wersing (2015).
    ///
    /// 0 if both distances are 0, or one is not finite.
    pub fn margin(&self) -> T {
        let d1 = self.distance.to_f64();
        let d2 = self
            .runner_up
            .map_or(f64::INFINITY, |other| other.distance.to_f64());
        let margin = match self.runner_up {
            _ if !d1.is_finite() => 0.0,
            None => 1.0,
            Some(_) if !d2.is_finite() || d2 == 0.0 => 0.0,
            Some(_) => (d2 - d1) / (d2 + d1),
        };
        T::from_f64(margin)
    }
}

impl Decision<u32> {
    /// With distances of `unit` times as much: see [`QuantizedCodebook::distance_unit`](crate::QuantizedCodebook::distance_unit).
    #[cfg(feature = "std")]
    pub fn in_units(self, unit: f32) -> Decision {
        Decision {
            label: self.label,
            winner: self.winner,
            distance: self.distance as f32 * unit,
            view: self.view,
            runner_up: self.runner_up.map(|other| RunnerUp {
                label: other.label,
                prototype: other.prototype,
                distance: other.distance as f32 * unit,
            }),
        }
    }

    /// [`margin`](Decision::margin) of whole distances, as [`IntCodebook`](crate::IntCodebook) gives them, in parts of 32,768, rounded
    /// down: without a floating-point number.
    pub fn margin_q15(&self) -> u32 {
        const ONE: u64 = 1 << 15;
        let Some(other) = self.runner_up else {
            return ONE as u32;
        };
        let (d1, d2) = (u64::from(self.distance), u64::from(other.distance));
        // At most 2³³ · 2¹⁵.
        ((d2 - d1) * ONE).checked_div(d2 + d1).unwrap_or(0) as u32
    }
}

#[cfg(feature = "std")]
#[cfg(test)]
mod tests {
    use crate::Codebook;

    #[test]
    fn the_nearer_of_two_forms_is_that_of_all_distances() {
        let prototypes = vec![0.0f64, 3.0, 4.0, 9.0, 6.0];
        let codebook = Codebook::new(1, 3, prototypes, vec![0, 0, 1, 1, 2]).unwrap();
        for a in 0..20 {
            for b in 0..20 {
                let forms = [f64::from(a) * 0.4937, f64::from(b) * 0.5171];
                let joined = codebook
                    .decide(&forms[..1])
                    .nearer(codebook.decide(&forms[1..]));
                let expected = codebook.decide_views(&forms);
                assert_eq!(joined.label, expected.label);
                assert_eq!(joined.distance, expected.distance);
                // Of equally near rivals either may be named.
                let [joined, expected] = [joined, expected].map(|d| d.runner_up.unwrap());
                assert_eq!(joined.distance, expected.distance);
            }
        }
    }
}
