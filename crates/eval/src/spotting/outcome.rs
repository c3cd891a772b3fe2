//! Firings to events, and what each event is.

use super::{Firing, SLACK, SpokenWord, Spotting};

/// What an event turned out to be; words are counted as in [`Spotting::words`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The first event of its keyword in the window of this word.
    Hit(usize),
    /// One more in the window of a word that is hit.
    Extra(usize),
    /// In the window of this word, which is another keyword's.
    Substitution(usize),
    /// In no window.
    FalseAlarm,
}

/// Firings that are one act of the engine.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Event<'a> {
    /// Which stream, from 0.
    pub stream: usize,
    /// Time of its first firing, s.
    pub time: f64,
    /// What was heard.
    pub keyword: &'a str,
    /// Greatest score of its firings.
    pub score: Option<f64>,
    /// What it is.
    pub verdict: Verdict,
}

/// All events at one threshold.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Outcome<'a> {
    /// By stream, keyword, then time.
    pub events: Vec<Event<'a>>,
    /// Of each word of [`Spotting::words`], the place in `events` of what hit it.
    pub hits: Vec<Option<usize>>,
}

impl Outcome<'_> {
    /// Words without a hit.
    pub fn n_missed(&self) -> usize {
        self.hits.iter().filter(|hit| hit.is_none()).count()
    }

    /// Events with a verdict.
    pub fn count(&self, is_meant: impl Fn(Verdict) -> bool) -> usize {
        let events = self.events.iter();
        events.filter(|event| is_meant(event.verdict)).count()
    }

    /// Events in no window.
    pub fn n_false_alarms(&self) -> usize {
        self.count(|verdict| verdict == Verdict::FalseAlarm)
    }

    /// Events in the window of another keyword's word.
    pub fn n_substitutions(&self) -> usize {
        self.count(|verdict| matches!(verdict, Verdict::Substitution(_)))
    }
}

impl<'a> Spotting<'a> {
    /// Counts the firings that score at least `threshold`; without one, those the engine acted on. A firing without a score passes
    /// every threshold if the engine acted on it.
    pub fn outcome(&self, threshold: Option<f64>) -> Outcome<'a> {
        let passes = |firing: &Firing<'_>| match (threshold, firing.score) {
            (Some(threshold), Some(score)) => score >= threshold,
            _ => firing.is_fired,
        };
        let mut outcome = Outcome {
            events: Vec::new(),
            hits: vec![None; self.words.len()],
        };
        let is_alike =
            |a: &Firing<'_>, b: &Firing<'_>| (a.stream, a.keyword) == (b.stream, b.keyword);
        for run in self.firings.chunk_by(is_alike) {
            let (mut begun, mut last) = (f64::NEG_INFINITY, f64::NEG_INFINITY);
            for firing in run.iter().filter(|firing| passes(firing)) {
                let is_same = firing.time - last <= self.config.debounce + SLACK
                    && firing.time - begun <= self.config.longest_event + SLACK;
                last = firing.time;
                if let (true, Some(event)) = (is_same, outcome.events.last_mut()) {
                    event.score = event.score.zip(firing.score).map(|(a, b)| a.max(b));
                    continue;
                }
                begun = firing.time;
                let verdict = self.judge(firing, &outcome.hits);
                if let Verdict::Hit(word) = verdict {
                    outcome.hits[word] = Some(outcome.events.len());
                }
                outcome.events.push(Event {
                    stream: firing.stream,
                    time: firing.time,
                    keyword: firing.keyword,
                    score: firing.score,
                    verdict,
                });
            }
        }
        outcome
    }

    fn judge(&self, firing: &Firing<'_>, hits: &[Option<usize>]) -> Verdict {
        let own = self.by_keyword.get(&(firing.stream, firing.keyword));
        let own = own.map_or(&[][..], |own| self.open_at(own, firing));
        let is_within = |i: &usize| self.is_within(*i, firing);
        let own = || own.iter().copied().filter(is_within);
        // Of windows that overlap, the one that closes first can wait the least.
        let by_end = |a: &usize, b: &usize| self.words[*a].end.total_cmp(&self.words[*b].end);
        if let Some(word) = own().filter(|&i| hits[i].is_none()).min_by(by_end) {
            return Verdict::Hit(word);
        }
        if let Some(word) = own().min_by(by_end) {
            return Verdict::Extra(word);
        }
        let all = self.open_at(&self.by_stream[firing.stream], firing);
        match all.iter().copied().find(is_within) {
            Some(word) => Verdict::Substitution(word),
            None => Verdict::FalseAlarm,
        }
    }

    /// Of words by their start, those whose windows may be open.
    fn open_at<'w>(&self, words: &'w [usize], firing: &Firing<'_>) -> &'w [usize] {
        let start = |&i: &usize| self.words[i].start;
        let earliest = firing.time - self.longest_window - SLACK;
        let first = words.partition_point(|i| start(i) < earliest);
        let past = words.partition_point(|i| start(i) <= firing.time + SLACK);
        &words[first..past.max(first)]
    }

    fn is_within(&self, word: usize, firing: &Firing<'_>) -> bool {
        let SpokenWord { start, end, .. } = self.words[word];
        (start - SLACK..=end + self.config.collar + SLACK).contains(&firing.time)
    }
}
