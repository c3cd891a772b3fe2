//! Which clips the first prototypes are placed on: all of an ordinary corpus, some of each word of a very large one.

use mynah_lvq::{Counts, Error, Init, Samples};
use rand::SeedableRng;
use rand::seq::index;
use rand_chacha::ChaCha8Rng;

/// Clips in the order of the corpus, and how many prototypes each class gets.
#[derive(Debug, PartialEq)]
pub(crate) struct Draw {
    pub(crate) chosen: Vec<usize>,
    pub(crate) counts: Counts,
}

impl Draw {
    /// At most `n` of the clips with these labels, but of each class as many as it gets prototypes. The clips of rare
    /// classes are all among them. Each class draws its own random numbers.
    ///
    /// # Errors
    /// As [`Init::codebook`] for the counts.
    pub(crate) fn new(
        labels: &[u32],
        n_classes: usize,
        counts: &Counts,
        n: usize,
        seed: u64,
    ) -> Result<Self, Error> {
        if labels.len() <= n {
            return Ok(Self {
                chosen: (0..labels.len()).collect(),
                counts: counts.clone(),
            });
        }
        let counts = resolved(counts, labels, n_classes)?;
        let mut classes = vec![Vec::new(); n_classes];
        for (i, &label) in labels.iter().enumerate() {
            classes[label as usize].push(i);
        }
        let most = fair_share(classes.iter().map(Vec::len).collect(), n);
        let mut chosen = Vec::with_capacity(n);
        for (class, (clips, &count)) in classes.iter().zip(&counts).enumerate() {
            let mut rng = ChaCha8Rng::seed_from_u64(seed);
            rng.set_stream(class as u64);
            let n = most.max(count).min(clips.len());
            chosen.extend(
                index::sample(&mut rng, clips.len(), n)
                    .iter()
                    .map(|i| clips[i]),
            );
        }
        chosen.sort_unstable();
        Ok(Self {
            chosen,
            counts: Counts::Own(counts),
        })
    }
}

/// Prototypes of each class by all of its clips: a start on vectors of one value each tells.
fn resolved(counts: &Counts, labels: &[u32], n_classes: usize) -> Result<Vec<usize>, Error> {
    let blank = vec![0.0f32; labels.len()];
    let samples = Samples::new(&blank, 1, labels, n_classes)?;
    let placed = Init::Sample.codebook(&samples, counts.clone(), 0)?;
    let mut counts = vec![0; n_classes];
    for &label in placed.labels() {
        counts[label as usize] += 1;
    }
    Ok(counts)
}

/// The greatest number that each class can have, or all it has, without more than `n` together.
fn fair_share(mut sizes: Vec<usize>, mut n: usize) -> usize {
    sizes.sort_unstable();
    let n_classes = sizes.len();
    for (i, size) in sizes.into_iter().enumerate() {
        let share = n / (n_classes - i);
        if size > share {
            return share;
        }
        n -= size;
    }
    usize::MAX
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 60 of class 0, 30 of class 1, 5 of class 2, mixed.
    fn labels() -> Vec<u32> {
        let labels = (0..95u32).map(|i| i * 37 % 95);
        labels
            .map(|i| u32::from(i >= 60) + u32::from(i >= 90))
            .collect()
    }

    fn sizes(draw: &Draw) -> Vec<usize> {
        let labels = labels();
        let size = |class| draw.chosen.iter().filter(|&&i| labels[i] == class).count();
        (0..3).map(size).collect()
    }

    #[test]
    fn few_clips_are_all_taken() {
        let draw = Draw::new(&labels(), 3, &Counts::Proportional(9), 95, 1).unwrap();
        assert_eq!(draw.chosen, (0..95).collect::<Vec<_>>());
        assert_eq!(draw.counts, Counts::Proportional(9));
    }

    #[test]
    fn of_many_each_class_gives_its_share_and_rare_ones_all() {
        let draw = Draw::new(&labels(), 3, &Counts::Equal(4), 35, 1).unwrap();
        assert_eq!(sizes(&draw), [15, 15, 5]);
        assert!(draw.chosen.is_sorted());
        assert_eq!(
            draw,
            Draw::new(&labels(), 3, &Counts::Equal(4), 35, 1).unwrap()
        );
        assert_ne!(
            draw.chosen,
            Draw::new(&labels(), 3, &Counts::Equal(4), 35, 2)
                .unwrap()
                .chosen
        );
    }

    #[test]
    fn counts_go_by_all_clips_and_are_never_short_of_examples() {
        let draw = Draw::new(&labels(), 3, &Counts::Proportional(19), 30, 1).unwrap();
        assert_eq!(draw.counts, Counts::Own(vec![12, 6, 1]));
        let draw = Draw::new(&labels(), 3, &Counts::Own(vec![40, 1, 9]), 30, 1).unwrap();
        assert_eq!(draw.counts, Counts::Own(vec![40, 1, 5]));
        assert_eq!(sizes(&draw), [40, 12, 5]);
        assert!(Draw::new(&labels(), 3, &Counts::Equal(0), 30, 1).is_err());
    }
}
