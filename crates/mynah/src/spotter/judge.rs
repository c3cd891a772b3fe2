//! What a stretch of sound is, by its distances to all prototypes: a score for every label.

use mynah_lvq::{Scaler, Scan, Thresholds};

use crate::{Model, is_background};

/// What one label has of a stretch.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Rated {
    /// 0 to 1.
    pub score: f32,
    pub prototype: usize,
    pub runner_up: u32,
    pub runner_up_score: f32,
    /// Whether the thresholds of single words, if the model has any, let it pass.
    pub is_trusted: bool,
    /// Samples of the stream.
    pub start: u64,
    pub end: u64,
}

/// Rates stretches.
///
/// The score of a label is c⁴ / (c⁴ + d⁴): d is the squared distance of its nearest prototype, and c the [`border`], but at most the
/// prototype's radius. It is ½ where both are equal, and rises with the relative similarity (c − d) / (c + d) of GLVQ alone, of which
/// it is a function.
pub(super) struct Judge<'m> {
    scan: Scan<'m>,
    scaler: &'m Scaler,
    prototype_labels: &'m [u32],
    is_background: Vec<bool>,
    /// One a prototype, or none.
    radii: &'m [f32],
    trusted: Option<&'m Thresholds>,
    /// Of each prototype to the views met last, and the least so far.
    distances: Vec<f32>,
    least: Vec<f32>,
    /// The nearest prototype of each label.
    nearest: Vec<(f32, usize)>,
    rated: Vec<Rated>,
}

impl<'m> Judge<'m> {
    pub(super) fn new(model: &'m Model) -> Self {
        let n = model.prototypes().n_prototypes();
        let n_labels = model.labels().len();
        Self {
            scan: model.prototypes().scan(),
            scaler: model.scaler(),
            prototype_labels: model.prototypes().labels(),
            is_background: model
                .labels()
                .iter()
                .map(|label| is_background(label))
                .collect(),
            radii: model
                .spotting()
                .map_or(&[], |spotting| spotting.radii.as_slice()),
            trusted: model.trust().and_then(|trust| trust.thresholds.as_ref()),
            distances: vec![0.0; n],
            least: vec![f32::INFINITY; n],
            nearest: vec![(f32::INFINITY, 0); n_labels],
            rated: vec![Rated::default(); n_labels],
        }
    }

    /// Takes the views of a stretch, `[n_views × dim]` as the pipeline makes them; they are standardised in place. Several
    /// cuts of one stretch may be met before it is rated: the nearest counts.
    pub(super) fn meet(&mut self, views: &mut [f32]) {
        self.scaler.apply(views);
        self.scan.distances_into(views, &mut self.distances);
        for (least, &distance) in self.least.iter_mut().zip(&self.distances) {
            *least = least.min(distance);
        }
    }

    /// What every label has of the stretch that was met, one a label; then the next may come.
    pub(super) fn rate(&mut self) -> &mut [Rated] {
        self.nearest.fill((f32::INFINITY, 0));
        for (j, (&distance, &label)) in self.least.iter().zip(self.prototype_labels).enumerate() {
            let nearest = &mut self.nearest[label as usize];
            if distance < nearest.0 {
                *nearest = (distance, j);
            }
        }
        self.least.fill(f32::INFINITY);
        let [first, second] = two_nearest(&self.nearest);
        let background = self.background();
        for label in 0..self.nearest.len() {
            let other = if label == first { second } else { first };
            let (distance, prototype) = self.nearest[label];
            let of_rival = if other == first { second } else { first };
            self.rated[label] = Rated {
                score: self.score(label, other, background),
                prototype,
                runner_up: other as u32,
                runner_up_score: self.score(other, of_rival, background),
                is_trusted: self.trusted.is_none_or(|thresholds| {
                    let rival = self.nearest[other].0;
                    let certainty = f64::from((rival - distance) / (rival + distance));
                    thresholds.accepts_certainty(prototype, certainty)
                }),
                ..Rated::default()
            };
        }
        &mut self.rated
    }

    fn score(&self, label: usize, other: usize, background: f32) -> f32 {
        let (distance, prototype) = self.nearest[label];
        let other = self.nearest[other].0;
        let border = match self.is_background[label] {
            true => other,
            false => border(distance, other, background),
        };
        let radius = self.radii.get(prototype).copied();
        score(distance, border.min(radius.unwrap_or(f32::INFINITY)))
    }

    /// Distance of the nearest background.
    fn background(&self) -> f32 {
        let nearest = self.nearest.iter().zip(&self.is_background);
        let background = nearest.filter(|(_, is_background)| **is_background);
        background
            .map(|((distance, _), _)| *distance)
            .fold(f32::INFINITY, f32::min)
    }
}

/// The distance that a keyword's is held against, by that of the nearest other label and that of the nearest background: the
/// background's for the nearest of all keywords. That another keyword sounds alike makes it no less surely a keyword, and a model
/// of many no deafer than one of few.
pub(crate) fn border(distance: f32, other: f32, background: f32) -> f32 {
    match distance < other && background.is_finite() {
        true => background,
        false => other,
    }
}

/// 0 where one of them is no number or the border is 0.
fn score(distance: f32, border: f32) -> f32 {
    let ratio = distance / border;
    match ratio.is_finite() {
        true => 1.0 / (1.0 + ratio.powi(4)),
        false => 0.0,
    }
}

/// The labels of the nearest prototypes; the first of equals.
fn two_nearest(nearest: &[(f32, usize)]) -> [usize; 2] {
    let mut first = 0;
    for (label, (distance, _)) in nearest.iter().enumerate() {
        if *distance < nearest[first].0 {
            first = label;
        }
    }
    let mut second = usize::from(first == 0);
    for (label, (distance, _)) in nearest.iter().enumerate() {
        if label != first && *distance < nearest[second].0 {
            second = label;
        }
    }
    [first, second]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_score_is_half_on_the_border_and_falls_with_the_distance() {
        assert_eq!(score(3.0, 3.0), 0.5);
        let scores: Vec<f32> = (0..50).map(|d| score(d as f32, 20.0)).collect();
        assert_eq!(scores[0], 1.0);
        assert!(scores.is_sorted_by(|a, b| a > b));
        assert!(scores.iter().all(|s| (0.0..=1.0).contains(s)));
        for (distance, border) in [
            (f32::NAN, 1.0),
            (1.0, 0.0),
            (0.0, 0.0),
            (f32::INFINITY, 1.0),
        ] {
            assert_eq!(score(distance, border), 0.0);
        }
    }

    #[test]
    fn the_nearest_keyword_is_held_against_background_and_the_others_against_it() {
        assert_eq!(border(2.0, 3.0, 5.0), 5.0);
        assert_eq!(border(3.0, 2.0, 5.0), 2.0);
        assert_eq!(border(4.0, 3.0, 3.0), 3.0);
        assert_eq!(border(2.0, 3.0, f32::INFINITY), 3.0);
    }

    #[test]
    fn the_two_nearest_are_of_two_labels() {
        let of = |distances: &[f32]| {
            let nearest: Vec<_> = distances.iter().map(|&d| (d, 0)).collect();
            two_nearest(&nearest)
        };
        assert_eq!(of(&[3.0, 1.0, 2.0]), [1, 2]);
        assert_eq!(of(&[1.0, 1.0]), [0, 1]);
        assert_eq!(of(&[1.0, 5.0, 4.0]), [0, 2]);
    }
}
