//! Models and codebooks from their files; errors name the file.

use std::path::Path;

use mynah::{Clusters, Input, Model, ModelError, Start};

use crate::status::usage;

const REMEDY: &str = "give a model made by `mynah train` or `mynah enrol`";

/// Reads a model and its size.
pub fn load(path: &Path) -> anyhow::Result<(Model, usize)> {
    let read = || -> Result<_, ModelError> {
        let model = Model::load(path)?;
        Ok((model, std::fs::metadata(path)?.len() as usize))
    };
    read().or_else(|error| match error {
        ModelError::Container(_) if mynah_corpus::is_audio(path) => usage(format!(
            "{}: is a recording, and MODEL comes first; {REMEDY}",
            path.display()
        )),
        error => Err(named(path, error, REMEDY)),
    })
}

/// Reads a model of sound and its sample rate, Hz.
pub fn load_for_sound(path: &Path) -> anyhow::Result<(Model, u32)> {
    let (model, _) = load(path)?;
    match model.pipeline() {
        Some(pipeline) => {
            let rate = pipeline.mfcc.sample_rate;
            Ok((model, rate))
        }
        None => usage(format!(
            "{}: takes vectors, not sound; give a model trained on recordings",
            path.display()
        )),
    }
}

/// Reads what a training can start from: units, or a model.
pub fn load_start(path: &Path) -> anyhow::Result<(Input, Start)> {
    match Clusters::load(path) {
        Ok(clusters) => Ok((clusters.input().clone(), Start::from(&clusters))),
        Err(ModelError::Kind { .. }) => {
            let (model, _) = load(path)?;
            let start = Start::try_from(&model);
            let start = start.map_err(|error| anyhow::anyhow!("{}: {error}", path.display()))?;
            Ok((model.input().clone(), start))
        }
        Err(error) => Err(named(
            path,
            error,
            "give units made by `mynah cluster`, or a model",
        )),
    }
}

fn named(path: &Path, error: ModelError, remedy: &str) -> anyhow::Error {
    match error {
        ModelError::Io(error) => {
            anyhow::anyhow!("{}: cannot be read ({error}); {remedy}", path.display())
        }
        error => anyhow::anyhow!("{}: {error}", path.display()),
    }
}
