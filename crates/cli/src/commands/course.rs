//! The course of a training: validation, curves, checkpoints.

use std::fs;
use std::path::Path;

use anyhow::Context;
use mynah::lvq::Checkpoint;
use mynah::{Provenance, Session, Trained};
use serde::{Deserialize, Serialize};

use crate::args::{CourseOptions, SplitName, SplitOptions};
use crate::dataset::Data;
use crate::hearing::{self, Row};
use crate::status::{Skipped, usage};
use crate::training::{self, Plan};
use crate::{curves, output, splits};

/// A checkpoint's file; JSON, read back by the mynah that wrote it.
#[derive(Serialize, Deserialize)]
struct Kept {
    format: String,
    mynah_version: String,
    /// The training it belongs to.
    command: String,
    checkpoint: Checkpoint,
}

const FORMAT: &str = "mynah-checkpoint";

/// Refuses now what would be refused after long work.
pub fn check(course: &CourseOptions, output: &Path) -> anyhow::Result<()> {
    for path in &course.curves {
        curves::check(path, &["svg", "csv"])?;
    }
    if let Some(path) = &course.checkpoint {
        if path == output {
            return usage(format!(
                "{}: is the model too; name another file for the checkpoint",
                path.display()
            ));
        }
        output::check(path, &[])?;
    }
    Ok(())
}

/// A training and what accompanies it.
pub struct Course<'a> {
    pub path: &'a Path,
    pub split: &'a SplitOptions,
    pub course: &'a CourseOptions,
    pub data: &'a Data,
    /// What identifies the training.
    pub command: &'a str,
}

impl Course<'_> {
    /// Trains, and writes curves and checkpoints on the way.
    pub fn train(
        &self,
        plan: &Plan,
        rows: &[Row<'_>],
        provenance: Provenance,
        skipped: &mut Skipped,
    ) -> anyhow::Result<Trained> {
        let labels = training::labels_of(rows);
        let mut session = Session::default();
        let mut n_validation = 0;
        if let Some(part) = self.course.validation {
            let set = self.validation(part, plan, &labels, skipped)?;
            n_validation = set.n_vectors();
            session.validation = Some((set, self.course.patience));
        }
        if let Some(path) = &self.course.resume {
            session.resume = Some(self.read(path)?);
        }
        let mut failure = None;
        let mut keep = |checkpoint: Checkpoint| {
            if let Some(path) = &self.course.checkpoint
                && let Err(error) = self.write(path, checkpoint)
            {
                failure.get_or_insert(error);
            }
        };
        if self.course.checkpoint.is_some() {
            session.keep = Some((self.course.checkpoint_every, &mut keep));
        }
        let n = rows.len();
        let trained = training::train_in(&plan.config, rows, provenance, session);
        let trained = training::cannot_train(trained, self.path)?;
        if let Some(error) = failure {
            return Err(error);
        }
        for path in &self.course.curves {
            curves::training(path, &trained.history, n, n_validation)?;
        }
        Ok(trained)
    }

    /// The vectors of a part, each clip as it is.
    fn validation(
        &self,
        part: SplitName,
        plan: &Plan,
        labels: &[String],
        skipped: &mut Skipped,
    ) -> anyhow::Result<mynah::TrainingSet> {
        let split = SplitOptions {
            split: Some(part),
            ..self.split.clone()
        };
        let part = splits::part(
            self.path,
            self.data,
            &split,
            mynah_corpus::Split::Validation,
        )?;
        let heard = self.data.hear(&part, plan, skipped)?;
        let rows = hearing::rows(&part.clips, &heard);
        Ok(training::training_set(
            plan.config.input.dim()?,
            &rows,
            labels.to_vec(),
        ))
    }

    fn write(&self, path: &Path, checkpoint: Checkpoint) -> anyhow::Result<()> {
        let kept = Kept {
            format: FORMAT.to_string(),
            mynah_version: env!("CARGO_PKG_VERSION").to_string(),
            command: self.command.to_string(),
            checkpoint,
        };
        output::write(path, |out| Ok(serde_json::to_writer(out, &kept)?))
    }

    fn read(&self, path: &Path) -> anyhow::Result<Checkpoint> {
        let named = || path.display().to_string();
        anyhow::ensure!(
            fs::metadata(path).with_context(named)?.is_file(),
            "{}: is not a file; give a checkpoint that `mynah train --checkpoint` wrote",
            path.display()
        );
        let bytes = fs::read(path).with_context(named)?;
        let kept: Kept = serde_json::from_slice(&bytes).map_err(|fault| {
            anyhow::anyhow!(
                "{}: is no checkpoint, or damaged ({fault}); give one that `mynah train --checkpoint` wrote, or begin anew",
                path.display()
            )
        })?;
        anyhow::ensure!(
            kept.format == FORMAT && kept.mynah_version == env!("CARGO_PKG_VERSION"),
            "{}: was written by mynah {}; continue with that one, or begin anew",
            path.display(),
            kept.mynah_version
        );
        if kept.command != self.command {
            return usage(format!(
                "{}: belongs to another training; give the same corpus and options, which were\n  {}",
                path.display(),
                kept.command
            ));
        }
        Ok(kept.checkpoint)
    }
}
