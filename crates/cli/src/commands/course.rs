//! The course of a training: validation, curves, checkpoints.

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use mynah::lvq::Checkpoint;
use mynah::{Provenance, Session, Trained};
use mynah_corpus::{Clip, Split};
use serde::{Deserialize, Serialize};

use crate::args::{CourseOptions, SplitName, SplitOptions};
use crate::dataset::Data;
use crate::files::{Files, is_same};
use crate::hearing::{self, Row};
use crate::recipe::quoted;
use crate::splits::Part;
use crate::status::{Skipped, usage};
use crate::training::{self, Plan};
use crate::{curves, interrupt, output, splits};

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
pub fn check(course: &CourseOptions) -> anyhow::Result<()> {
    for path in &course.curves {
        curves::check(path, &["svg", "csv"])?;
    }
    if let Some(path) = &course.resume
        && !path.is_file()
    {
        let fault = match path.exists() {
            true => "is not a file",
            false => "there is no such file",
        };
        bail!(
            "{}: {fault}; give a checkpoint that `mynah train --checkpoint` wrote, or begin anew",
            path.display()
        );
    }
    Ok(())
}

/// The files of a course. A checkpoint may take the place of the one the training goes on from.
pub fn files(course: &CourseOptions, files: Files) -> Files {
    let files = files.write(&course.curves).write(&course.checkpoint);
    let is_kept = |from: &&PathBuf| {
        let checkpoint = course.checkpoint.as_ref();
        checkpoint.is_none_or(|checkpoint| !is_same(checkpoint, from))
    };
    files.read(course.resume.iter().filter(is_kept))
}

/// The training that a checkpoint belongs to; `None` for any other file.
pub fn command_of(path: &Path) -> Option<String> {
    #[derive(Deserialize)]
    struct Named {
        format: String,
        command: String,
    }
    let file = fs::File::open(path).ok()?;
    let named: Named = serde_json::from_reader(std::io::BufReader::new(file)).ok()?;
    (named.format == FORMAT).then_some(named.command)
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
        let mut provenance = provenance;
        if let Some(part) = self.course.validation {
            let (name, set) = self.validation(part, plan, rows, &labels, skipped)?;
            provenance.validated = Some(name);
            n_validation = set.n_vectors();
            session.validation = Some((set, self.course.patience));
        }
        if let Some(path) = &self.course.resume {
            session.resume = Some(self.read(path)?);
        }
        let mut failure = None;
        let mut is_kept = false;
        let mut keep = |checkpoint: Checkpoint| {
            if let Some(path) = &self.course.checkpoint {
                match self.write(path, checkpoint) {
                    Ok(()) => is_kept = true,
                    Err(error) => {
                        failure.get_or_insert(error);
                    }
                }
            }
        };
        if self.course.checkpoint.is_some() {
            session.keep = Some((self.course.checkpoint_every, &mut keep));
        }
        let n = rows.len();
        let trained = training::train_in(&plan.config, rows, provenance, session);
        if let Some(path) = &self.course.checkpoint {
            self.tell(path, is_kept, trained.is_ok());
        }
        let trained = training::cannot_train(trained, self.path)?;
        if let Some(error) = failure {
            return Err(error);
        }
        for path in &self.course.curves {
            curves::training(path, &trained.history, n, n_validation)?;
        }
        Ok(trained)
    }

    /// Where to go on from after an interrupt; or that there is no checkpoint.
    fn tell(&self, path: &Path, is_kept: bool, is_done: bool) {
        let every = self.course.checkpoint_every;
        if is_kept && interrupt::requested() {
            output::note(format!(
                "the checkpoint is {0}; go on with\n  {1} --checkpoint {0} --continue {0}",
                quoted(path),
                self.command
            ));
        } else if !is_kept && (is_done || interrupt::requested()) {
            output::note(format!(
                "note: no checkpoint was written: the training ended before another {every} epochs were over; see \
                 --checkpoint-every"
            ));
        }
    }

    /// The vectors of a part, each clip as it is.
    fn validation(
        &self,
        part: SplitName,
        plan: &Plan,
        trained: &[Row<'_>],
        labels: &[String],
        skipped: &mut Skipped,
    ) -> anyhow::Result<(String, mynah::TrainingSet)> {
        let split = SplitOptions {
            split: Some(part),
            ..self.split.clone()
        };
        let part = splits::part(self.path, self.data, &split, Split::Validation)?;
        let heard = self.data.hear(&part, plan, skipped)?;
        let rows = hearing::rows(&part.clips, &heard);
        self.warn(&part, trained, &rows);
        let dim = plan.config.input.dim()?;
        let set = training::training_set(dim, &rows, labels.to_vec());
        Ok((part.name, set))
    }

    /// Loudly: why the chosen epoch may not be the best for others.
    fn warn(&self, part: &Part<'_>, trained: &[Row<'_>], rows: &[Row<'_>]) {
        let clips = self.data.nouns().clips;
        let learnt: HashSet<u64> = trained.iter().map(|row| row.heard.digest).collect();
        let is_learnt = |row: &&Row<'_>| learnt.contains(&row.heard.digest);
        let n_learnt = rows.iter().filter(is_learnt).count();
        if n_learnt > 0 {
            output::note(format!(
                "WARNING: {n_learnt} of {} {clips} that choose the epoch are trained on too; their errors say nothing of others. \
                 See --validation validation",
                rows.len()
            ));
        }
        let is_test = |clip: &&&Clip| clip.split == Some(Split::Test);
        let n_test = part.clips.iter().filter(is_test).count();
        if n_test > 0 {
            output::note(format!(
                "WARNING: {n_test} {clips} of the test part choose the epoch; what eval says of them will be better than the truth. \
                 See --validation validation"
            ));
        }
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
