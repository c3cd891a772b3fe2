//! A model in whole numbers beside the one it was made of, on the same clips.

use mynah::{Compared, Comparison, Decision, Model, Pipeline};
use mynah_corpus::{Clip, Split};
use mynah_eval::Paired;
use rayon::prelude::*;
use serde::Serialize;

use super::eval::{sample_rate, warn};
use crate::args::Quantize;
use crate::clips::{self, Stretch};
use crate::dataset::Data;
use crate::evaluation::{Answer, Evaluation};
use crate::output;
use crate::report::{self, interval, percent};
use crate::splits::{self, Part};
use crate::status::Skipped;

/// Flips that the text shows.
const N_FLIPS: usize = 10;

/// Both models on the same clips.
#[derive(Serialize)]
pub struct ComparedModels {
    corpus: String,
    split: String,
    n: usize,
    accuracy_before: f64,
    interval_before: [f64; 2],
    accuracy_after: f64,
    interval_after: [f64; 2],
    /// First: in floating-point numbers; second: in whole numbers.
    paired: Paired,
    /// Share of the clips that both call the same.
    agreement: f64,
    /// Share of the decisions that rounding is proven not to change.
    safe_share: f64,
    /// Share of the input values beyond the range.
    saturated: f64,
    flips: Vec<Flip>,
}

/// A clip that the two call by different names.
#[derive(Serialize)]
struct Flip {
    path: String,
    truth: String,
    before: String,
    after: String,
    margin_before: f32,
}

/// Holds both models against each other where there is something to test them on.
pub fn on_test_part(
    args: &Quantize,
    before: (&Model, usize),
    after: (&Model, usize),
    skipped: &mut Skipped,
) -> anyhow::Result<Option<ComparedModels>> {
    let Some(path) = args.test.as_ref().or(args.calibrate.as_ref()) else {
        return Ok(None);
    };
    let n_skipped = skipped.count();
    let mut data = splits::open_for(before.0, path, &args.data, &args.split, skipped)?;
    splits::as_trained(&mut data, before.0, &args.split);
    if args.test.is_none() && !data.corpus().has_splits() {
        output::note(format!(
            "note: {} has no test part, so nothing was tested; give one with --test, or make parts with --split-by",
            path.display()
        ));
        return Ok(None);
    }
    let part = splits::part(path, &data, &args.split, Split::Test)?;
    let compared = compare(before.0, after.0, &data, &part, skipped)?;
    let n_skipped = skipped.count() - n_skipped;
    let evaluation = |(model, bytes): (&Model, usize), side: Side| {
        let answers: Vec<Answer<'_>> = compared
            .iter()
            .map(|(clip, digest, both)| Answer::new(before.0, clip, side(both), *digest, 0.0, 0.0))
            .collect();
        Evaluation::new(
            &answers,
            model.labels(),
            bytes,
            path,
            &part.name,
            n_skipped,
            data.nouns(),
        )
    };
    let first = evaluation(before, |both| &both.before)?;
    let second = evaluation(after, |both| &both.after)?;
    warn(&first, before.0, &data, &part);
    Ok(Some(ComparedModels::new(&first, &second, &compared)))
}

/// Which of the two decisions.
type Side = for<'a, 'm> fn(&'a Compared<'m>) -> &'a Decision<'m>;

/// A clip, its digest, and what both models say of it.
type Heard<'c, 'm> = (&'c Clip, u64, Compared<'m>);

/// What both models say of every clip of a part.
fn compare<'c, 'm>(
    before: &'m Model,
    after: &'m Model,
    data: &Data,
    part: &Part<'c>,
    skipped: &mut Skipped,
) -> anyhow::Result<Vec<Heard<'c, 'm>>> {
    let comparison = || Comparison::new(before, after).expect("the second was made from the first");
    let Data::Vectors(set) = data else {
        let pipeline = Pipeline::new(before.pipeline().expect("a model of sound"))?;
        let rate = sample_rate(before);
        let heard = clips::map(
            &part.clips,
            "comparing",
            skipped,
            || (pipeline.clone(), comparison()),
            |(pipeline, comparison), clip| {
                let (log_mels, digest) = log_mels(pipeline, clip, rate)?;
                Ok((*clip, digest, comparison.sound(&log_mels)))
            },
        )?;
        return Ok(heard.into_iter().map(|(_, heard)| heard).collect());
    };
    let rows = part.clips.par_iter().zip(&part.rows);
    let compared = rows.map_init(comparison, |comparison, (clip, &row)| {
        let values = set.row(row);
        (*clip, mynah::clip_digest(values), comparison.vector(values))
    });
    Ok(compared.collect())
}

impl ComparedModels {
    fn new(before: &Evaluation, after: &Evaluation, compared: &[Heard<'_, '_>]) -> Self {
        let n = compared.len();
        let share = |count: usize| count as f64 / n as f64;
        let is_right = |clip: &Clip, decision: &Decision<'_>| decision.label == clip.label;
        let pairs: Vec<(bool, bool)> = compared
            .iter()
            .map(|(clip, _, both)| (is_right(clip, &both.before), is_right(clip, &both.after)))
            .collect();
        let flipped = compared
            .iter()
            .filter(|(.., both)| both.before.label != both.after.label);
        let flips: Vec<Flip> = flipped
            .map(|(clip, _, both)| Flip {
                path: clip.path.display().to_string(),
                truth: clip.label.clone(),
                before: both.before.label.to_string(),
                after: both.after.label.to_string(),
                margin_before: both.before.margin,
            })
            .collect();
        let n_values: usize = compared.iter().map(|(.., both)| both.n_values).sum();
        let n_saturated: usize = compared.iter().map(|(.., both)| both.n_saturated).sum();
        Self {
            corpus: before.corpus.clone(),
            split: before.split.clone(),
            n,
            accuracy_before: before.report.accuracy,
            interval_before: before.report.interval,
            accuracy_after: after.report.accuracy,
            interval_after: after.report.interval,
            paired: Paired::new(&pairs),
            agreement: share(n - flips.len()),
            safe_share: share(compared.iter().filter(|(.., both)| both.is_safe).count()),
            saturated: n_saturated as f64 / n_values.max(1) as f64,
            flips,
        }
    }

    pub fn text(&self) -> String {
        let mut text = format!(
            "{}, split {}: {} tested\n\
             accuracy    {} % before ({}), {} % after ({})\n\
             changed     {} right to wrong, {} wrong to right; by chance with probability {:.3} (McNemar, exact)\n\
             agreement   {} % of the decisions are the same, {} % of all are proven to be\n\
             saturated   {:.4} % of the input values lie beyond the range",
            self.corpus,
            self.split,
            self.n,
            percent(self.accuracy_before),
            interval(self.interval_before),
            percent(self.accuracy_after),
            interval(self.interval_after),
            self.paired.only_first,
            self.paired.only_second,
            self.paired.p,
            percent(self.agreement),
            percent(self.safe_share),
            100.0 * self.saturated
        );
        if !self.flips.is_empty() {
            let rows = self.flips.iter().take(N_FLIPS).map(|flip| {
                let margin = format!("{:.3}", flip.margin_before);
                vec![
                    flip.truth.clone(),
                    flip.before.clone(),
                    flip.after.clone(),
                    margin,
                    flip.path.clone(),
                ]
            });
            let header = ["said", "before", "after", "margin before", "clip"];
            let table = report::section(
                "other answers",
                &header,
                rows,
                self.flips.len().min(N_FLIPS),
            );
            text += &format!("\n\n{}", table.trim_end());
            if self.flips.len() > N_FLIPS {
                text += &format!("\n... {} in all; --json lists them", self.flips.len());
            }
        }
        text
    }
}

/// A clip's log mel energies, and its digest.
pub fn log_mels(
    pipeline: &mut Pipeline,
    clip: &Clip,
    rate: u32,
) -> anyhow::Result<(Vec<f32>, u64)> {
    let sound = Stretch::from(clip).hear(rate)?;
    let mut log_mels = Vec::new();
    pipeline
        .log_mels_into(&sound.audio.samples, &mut log_mels)
        .map_err(|error| anyhow::anyhow!("{}: {error}", clip.path.display()))?;
    Ok((log_mels, sound.digest))
}
