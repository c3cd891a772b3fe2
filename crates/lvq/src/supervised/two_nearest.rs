use super::sequential::Shown;
use crate::error::require;
use crate::probe::nearest_views;
use crate::{Codebook, Error, Float};

/// On which distances the window of LVQ2.1 and LVQ3 is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "snake_case")
)]
#[non_exhaustive]
pub enum WindowOn {
    /// Squared distances, as LVQ_PAK and R's `class` do.
    #[default]
    Squared,
    /// Plain distances, as the textbook defines it (Kohonen 1995). A width of 0.3 on squared
    /// distances is one of 0.1535 here.
    Plain,
}

/// The two prototypes nearest to a sample, whatever their classes: what LVQ2.1 and LVQ3 look at.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct TwoNearest<T = f32> {
    /// Index of the nearest; the lowest, if several are as near.
    pub winner: usize,
    /// Index of the nearest of the others; likewise.
    pub second: usize,
    /// Their squared distances, the lesser first.
    pub distances: [T; 2],
    /// Whether the step moved them.
    pub moved: bool,
    /// The views they are nearest to.
    views: [usize; 2],
}

impl<T: Float> TwoNearest<T> {
    /// `None` if there is one prototype only.
    fn find(codebook: &Codebook<T>, shown: &Shown<'_, T>) -> Option<Self> {
        let mut views = shown.batch.probes(codebook, shown.i);
        let mut nearest: [Option<(usize, usize, T)>; 2] = [None; 2];
        nearest_views(&mut views, |j, view, distance| {
            let nearer = |other: Option<(usize, usize, T)>| {
                other.is_none_or(|(_, _, least)| distance < least)
            };
            if nearer(nearest[0]) {
                nearest = [Some((j, view, distance)), nearest[0]];
            } else if nearer(nearest[1]) {
                nearest[1] = Some((j, view, distance));
            }
        });
        let [(winner, first_view, first), (second, second_view, other)] =
            [nearest[0]?, nearest[1]?];
        Some(Self {
            winner,
            second,
            distances: [first, other],
            moved: false,
            views: [first_view, second_view],
        })
    }

    /// d₁ / d₂ of the squared distances, at most 1; NaN if both are 0.
    pub fn ratio(&self) -> f64 {
        self.distances[0].to_f64() / self.distances[1].to_f64()
    }
}

/// The window of LVQ2.1 and LVQ3.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Window {
    pub(crate) width: f64,
    pub(crate) on: WindowOn,
}

impl Window {
    pub(crate) fn check(&self) -> Result<(), Error> {
        let ok = self.width > 0.0 && self.width < 1.0;
        require(ok, "window", self.width, "above 0 and below 1")
    }

    /// Whether the sample lies near enough to the middle.
    fn has<T: Float>(&self, nearest: &TwoNearest<T>) -> bool {
        let ratio = match self.on {
            WindowOn::Squared => nearest.ratio(),
            WindowOn::Plain => {
                let [first, second] = nearest.distances.map(|d| d.to_f64().sqrt());
                first / second
            }
        };
        ratio > (1.0 - self.width) / (1.0 + self.width)
    }
}

/// One step of LVQ2.1, and of LVQ3 if there is an `epsilon`. `None` if there is one prototype only.
pub(crate) fn show<T: Float>(
    codebook: &mut Codebook<T>,
    shown: &Shown<'_, T>,
    window: Window,
    epsilon: Option<f64>,
) -> Option<TwoNearest<T>> {
    let mut nearest = TwoNearest::find(codebook, shown)?;
    let pair = [nearest.winner, nearest.second];
    let labels = pair.map(|j| codebook.labels()[j]);
    let is_right = labels.map(|label| label == shown.label());
    let rates = match (is_right, epsilon) {
        ([true, true], Some(epsilon)) => {
            let rate = shown.rate_against(shown.label());
            Some([epsilon * rate; 2])
        }
        ([true, false], _) if window.has(&nearest) => {
            let rate = shown.rate_against(labels[1]);
            Some([rate, -rate])
        }
        ([false, true], _) if window.has(&nearest) => {
            let rate = shown.rate_against(labels[0]);
            Some([-rate, rate])
        }
        _ => None,
    };
    if let Some(rates) = rates {
        for ((j, view), rate) in pair.into_iter().zip(nearest.views).zip(rates) {
            let x = shown.batch.met(codebook, shown.i, j, view);
            codebook.move_towards(j, &x, rate);
        }
        nearest.moved = true;
    }
    Some(nearest)
}
