//! How far from a prototype the sounds lie that it stands for.

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use crate::{AugmentConfig, Error, Model, Pipeline, TrainingSet};

/// Versions of each sound that are heard.
const VERSIONS: usize = 16;
/// A prototype nearest to fewer versions takes the radius of its label.
const FEWEST: usize = 32;

impl Model {
    /// The radius of every prototype, squared: the distance within which lies the share `share` (above 0 to 1) of what `set`
    /// has of its label and what it is the nearest prototype to. Each sound is heard in several versions by `augment`, as in training.
    /// Labels without a sound in the set get none, which is [`f32::MAX`].
    ///
    /// # Errors
    /// [`Error::NotSound`] for a model or set of vectors, [`Error::UnknownLabel`] for a label the model does not know,
    /// [`Error::OtherBands`], [`Error::ScratchLost`].
    pub fn radii(
        &self,
        set: &TrainingSet,
        augment: &AugmentConfig,
        share: f64,
    ) -> Result<Vec<f32>, Error> {
        let mut pipeline = Pipeline::new(self.pipeline().ok_or(Error::NotSound)?)?;
        let ears = set.ears(self.input())?.ok_or(Error::NotSound)?;
        drop(ears);
        let labels = self.prototypes().labels();
        let n = labels.len();
        let mut scan = self.prototypes().scan();
        let mut views = vec![0.0; pipeline.n_views() * pipeline.dim()];
        let mut distances = vec![0.0; n];
        let mut of_prototype = vec![Vec::new(); n];
        let mut of_label = vec![Vec::new(); self.labels().len()];
        for (i, (sound, name)) in set.sounds().enumerate() {
            let Some(label) = self.labels().iter().position(|label| label == name) else {
                return Err(Error::UnknownLabel {
                    label: name.to_string(),
                    known: self.labels().to_vec(),
                });
            };
            let log_mels = sound.log_mels()?;
            let mut rng = ChaCha8Rng::seed_from_u64(RADII);
            rng.set_stream(i as u64);
            for _ in 0..VERSIONS {
                pipeline.lesson_into(&log_mels, sound.cut(), augment, &mut rng, &mut views);
                self.scaler().apply(&mut views);
                scan.distances_into(&views, &mut distances);
                let own = (0..n).filter(|&j| labels[j] as usize == label);
                let Some(nearest) = own.min_by(|&a, &b| distances[a].total_cmp(&distances[b]))
                else {
                    continue;
                };
                of_prototype[nearest].push(distances[nearest]);
                of_label[label].push(distances[nearest]);
            }
        }
        let radius = |distances: &mut Vec<f32>| {
            distances.sort_by(f32::total_cmp);
            let at = (share * distances.len() as f64).ceil() as usize;
            distances
                .get(at.clamp(1, distances.len().max(1)) - 1)
                .copied()
        };
        let of_label: Vec<Option<f32>> = of_label.iter_mut().map(radius).collect();
        let of_prototype = of_prototype.iter_mut().zip(labels);
        Ok(of_prototype
            .map(|(distances, &label)| {
                let own = (distances.len() >= FEWEST)
                    .then(|| radius(distances))
                    .flatten();
                // A sound that is a prototype, to the bit, has a distance of 0.
                own.or(of_label[label as usize])
                    .map_or(f32::MAX, |radius| radius.max(f32::MIN_POSITIVE))
            })
            .collect())
    }
}

/// Seed of the versions.
const RADII: u64 = 0x5261_6469;
