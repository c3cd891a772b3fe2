//! New words for a model that stays as it is.

use mynah_lvq::{Counts, Init, Metric, Samples};

use crate::spotter::durations;
use crate::train::in_halves;
use crate::{Error, Input, Model, Provenance, TrainingSet};

impl Model {
    /// The model with the words of `set` added: `prototypes_per_class` for each, placed by k-means on its vectors. No
    /// prototype of the others moves; metric, standardisation, sounds, and what was learnt for spotting stay. What was measured and
    /// calibrated before goes, as it told of another model; `learned` tells of the new clips, which are added to the card's.
    ///
    /// # Errors
    /// [`Error::Quantized`], [`Error::VectorLength`], [`Error::NoExample`]; [`Error::KnownLabel`] for a word the model knows already.
    pub fn with_words(
        &self,
        mut set: TrainingSet,
        prototypes_per_class: usize,
        seed: u64,
        learned: &Provenance,
    ) -> Result<Self, Error> {
        set.check_words(self.float()?.dim())?;
        if let Some(label) = set
            .label_names
            .iter()
            .find(|name| self.labels().contains(name))
        {
            return Err(Error::KnownLabel {
                label: label.clone(),
            });
        }
        set.standardise(self.scaler());
        let counts = Counts::Equal(prototypes_per_class);
        let start = set.start(self.input(), self.scaler(), &counts, seed)?;
        let n_classes = set.label_names.len();
        let samples = Samples::new(&start.vectors, set.dim, &start.labels, n_classes)?;
        let placed = Init::KMeans.codebook(&samples, start.counts.clone(), seed)?;
        let placed = match self.input() {
            Input::Audio(_) => in_halves(&placed)?,
            Input::Vectors(_) => placed,
        };
        let mut codebook = self.float()?.clone();
        for class in 0..set.label_names.len() as u32 {
            let of_class = (0..placed.n_prototypes()).filter(|&i| placed.labels()[i] == class);
            let rows: Vec<&[f32]> = of_class.map(|i| placed.prototype(i)).collect();
            codebook.add_class(&rows.concat())?;
        }
        let mut exemplars = self.exemplars().to_vec();
        if !exemplars.is_empty() {
            // Matrices of the new prototypes' own are identities.
            let placed = match codebook.metric() {
                Metric::LocalOmegas { .. } => placed,
                metric => placed.with_metric(metric.clone())?,
            };
            exemplars.extend(set.exemplars(self.input(), self.scaler(), &placed)?);
        }
        let mut provenance = self.provenance().clone();
        provenance.n_clips += learned.n_clips;
        provenance.clips.extend(&learned.clips);
        provenance.clips.sort_unstable();
        provenance.speakers.extend(learned.speakers.iter().cloned());
        provenance.speakers.sort();
        provenance.speakers.dedup();
        provenance.added.extend(set.label_names.iter().cloned());
        provenance.measured.clear();
        // The new prototypes know nothing of it.
        provenance.learnt_grid = None;
        let labels = [self.labels(), &set.label_names].concat();
        let n = codebook.n_prototypes();
        let model = Self::new(
            labels,
            self.input().clone(),
            self.scaler().clone(),
            codebook,
            provenance,
        );
        let exemplars = if exemplars.len() == n {
            exemplars
        } else {
            Vec::new()
        };
        let model = model
            .and_then(|model| model.with_exemplars(exemplars))
            .expect("every part was made for this model");
        let spotting = self.spotting().map(|spotting| {
            let lengths = model.pipeline().map(|pipeline| durations(&model, pipeline));
            spotting.with_more(n, model.labels().len(), &lengths.unwrap_or_default())
        });
        let model = model
            .with_spotting(spotting)
            .and_then(|model| model.with_regression(self.regression().cloned()));
        Ok(model.expect("what the smaller model had"))
    }
}
