//! What the recordings of a keyword sound like, and which of them are fit to be learnt from.

use std::collections::HashSet;
use std::ops::Range;

use mynah_lvq::{Codebook, Scan};
use rayon::prelude::*;

use super::check::{Trim, check_samples};
use super::lessons::Stretch;
use super::{Base, Fault, Recording};
use crate::lessons::Ears;
use crate::{Error, Pipeline};

/// What was heard of the recordings.
pub(super) struct Heard {
    /// The keyword in each that is fit, with its index.
    pub words: Vec<(usize, Stretch)>,
    /// The whole of these, log mel energies.
    pub sounds: Vec<Vec<f32>>,
    pub faults: Vec<(usize, Fault)>,
}

/// Windows that recordings are compared with.
const N_OTHERS: usize = 200;
/// Distance to the other recordings, as a multiple of what is usual among them, from which one is unlike them.
const UNLIKE: f32 = 1.6;
/// Likewise, at which one is odd, though it is nearer to them than to other speech: other words of the same voice are. Where it is
/// more, the others are copies of one another.
const ODD: Range<f32> = 2.0..50.0;
/// Frames by which the ends of a word are moved when it is compared: its first sound may be too quiet to be found.
const MOVED: [[isize; 2]; 5] = [[0, 0], [-4, 0], [4, 0], [0, -4], [0, 4]];

impl Heard {
    pub fn new(ears: &Ears, recordings: &[Recording]) -> Self {
        let hear = |(index, recording): (usize, &Recording)| {
            let mut faults = check_samples(&recording.samples);
            let mut found = None;
            if !faults.iter().any(Fault::is_fatal) {
                ears.lend(|pipeline| match find(pipeline, &recording.samples) {
                    Ok(word) => found = Some(word),
                    Err(fault) => faults.push(fault),
                });
            }
            (index, found, faults)
        };
        let all: Vec<_> = recordings.par_iter().enumerate().map(hear).collect();
        let mut heard = Self {
            words: Vec::new(),
            sounds: Vec::new(),
            faults: Vec::new(),
        };
        let mut digests = HashSet::new();
        for (index, found, mut faults) in all {
            let is_new = digests.insert(recordings[index].digest);
            if found.is_some() && !is_new {
                faults.push(Fault::Again);
            }
            heard
                .faults
                .extend(faults.into_iter().map(|fault| (index, fault)));
            if let Some((sound, word)) = found.filter(|_| is_new) {
                heard.words.push((index, word));
                heard.sounds.push(sound);
            }
        }
        heard
    }

    /// Drops what is nearer to anything else that people say than to the other recordings, and remarks on what is far from them.
    pub fn leave_out_unlike(
        &mut self,
        base: &Base,
        ears: &Ears,
        negatives: &[Vec<f32>],
    ) -> Result<(), Error> {
        let n = self.words.len();
        if n < 2 {
            return Ok(());
        }
        let dim = ears.pipeline.dim();
        let n_views = ears.pipeline.n_views();
        let n_mels = ears.pipeline.n_mels();
        let n_values = n_views * dim;
        // Of the word as it was found, then with its ends moved.
        let views_of = |stretch: &Stretch, moved: &[[isize; 2]]| {
            let n_frames = stretch.log_mels.len() / n_mels;
            let mut views = vec![0.0; moved.len() * n_values];
            let each = views.chunks_exact_mut(n_values);
            for ([start, end], views) in moved.iter().zip(each) {
                let start = stretch.word.start.saturating_add_signed(*start);
                let end = stretch.word.end.saturating_add_signed(*end);
                let end = end.clamp(1, n_frames);
                let word = start.min(end - 1)..end;
                ears.lend(|p| p.window_of(&stretch.log_mels, word, views));
            }
            base.scaler.apply(&mut views);
            views
        };
        let views: Vec<Vec<f32>> = self
            .words
            .par_iter()
            .map(|(_, word)| views_of(word, &MOVED))
            .collect();
        let mut rows: Vec<f32> = views
            .iter()
            .flat_map(|views| views[..dim].to_vec())
            .collect();
        let longest = self
            .words
            .iter()
            .map(|(_, word)| word.word.len())
            .max()
            .unwrap_or(1);
        let others = (0..N_OTHERS).filter_map(|i| {
            let sound = &negatives[i % negatives.len()];
            let n_frames = sound.len() / n_mels;
            let last = n_frames.checked_sub(longest)?;
            // Spread over each sound by the golden ratio, which no speech keeps time with.
            let start = ((i as f32 * 0.618_034).fract() * last as f32) as usize;
            Some(Stretch::cut(sound, n_mels, start..start + longest))
        });
        let others: Vec<Stretch> = others.collect();
        for other in &others {
            rows.extend_from_slice(&views_of(other, &MOVED[..1])[..dim]);
        }
        let labels = (0..n + others.len()).map(|i| u32::from(i >= n)).collect();
        let codebook = Codebook::new(dim, 2, rows, labels)?
            .with_metric(base.metric.clone())?
            .with_block(base.block)?;
        let nearest = |i: usize| {
            let mut scan = Scan::new(&codebook);
            let mut distances = vec![0.0; n + others.len()];
            let mut nearest = vec![f32::INFINITY; distances.len()];
            for cut in views[i].chunks_exact(n_values) {
                scan.distances_into(cut, &mut distances);
                let pairs = nearest.iter_mut().zip(&distances);
                pairs.for_each(|(nearest, &d)| *nearest = nearest.min(d));
            }
            let (own, other) = nearest.split_at(n);
            let least = |it: &mut dyn Iterator<Item = f32>| it.fold(f32::INFINITY, f32::min);
            let of_others = (0..n).filter(|&j| j != i).map(|j| own[j]);
            [least(&mut { of_others }), least(&mut other.iter().copied())]
        };
        let nearest: Vec<[f32; 2]> = (0..n).into_par_iter().map(nearest).collect();
        let mut usual: Vec<f32> = nearest.iter().map(|[own, _]| *own).collect();
        usual.sort_unstable_by(f32::total_cmp);
        let (usual, upper) = (usual[(n - 1) / 2], usual[n / 2]);
        let is_unlike = |&[own, other]: &[f32; 2]| own > other && (n == 2 || own > UNLIKE * usual);
        // Of two that differ, neither is known to be the keyword.
        let are_both = n == 2 && nearest.iter().any(is_unlike);
        for i in (0..n).rev() {
            let times = nearest[i][0] / upper;
            if are_both || is_unlike(&nearest[i]) {
                let (index, _) = self.words.remove(i);
                self.sounds.remove(i);
                self.faults.push((index, Fault::Unlike));
            } else if n > 2 && ODD.contains(&times) {
                self.faults.push((self.words[i].0, Fault::Odd { times }));
            }
        }
        self.faults.sort_by_key(|(index, _)| *index);
        Ok(())
    }
}

/// The sound of a recording, and the keyword in it.
fn find(pipeline: &mut Pipeline, samples: &[f32]) -> Result<(Vec<f32>, Stretch), Fault> {
    let rate = pipeline.frame_rate();
    let mut log_mels = Vec::new();
    let too_short = |_| Fault::Short { seconds: 0.0 };
    pipeline
        .log_mels_into(samples, &mut log_mels)
        .map_err(too_short)?;
    let n_mels = pipeline.n_mels();
    let loudness: Vec<f32> = log_mels
        .chunks_exact(n_mels)
        .map(|row| row.iter().sum::<f32>() / n_mels as f32)
        .collect();
    let word = Trim { frame_rate: rate }.word(&loudness)?;
    let stretch = Stretch::cut(&log_mels, n_mels, word);
    Ok((log_mels, stretch))
}
