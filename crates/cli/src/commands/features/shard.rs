//! One block of many, so that several machines share the work.

use std::fmt;
use std::ops::Range;
use std::str::FromStr;

/// Block `index` of `n`, counted from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shard {
    index: usize,
    n: usize,
}

impl Shard {
    /// Everything.
    pub const WHOLE: Self = Self { index: 1, n: 1 };

    /// Its part of `n_inputs`. The blocks of all shards joined are all inputs in order; none is longer than another by
    /// more than one, and the first is empty only if all are.
    pub fn range(self, n_inputs: usize) -> Range<usize> {
        let start = |index: usize| {
            // A block a shard, and one more for the first few.
            index * (n_inputs / self.n) + index.min(n_inputs % self.n)
        };
        start(self.index - 1)..start(self.index)
    }

    /// Whether what stands before the first recording belongs here.
    pub fn is_first(self) -> bool {
        self.index == 1
    }

    pub fn is_whole(self) -> bool {
        self == Self::WHOLE
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-of-{}", self.index, self.n)
    }
}

impl FromStr for Shard {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parts = text.split_once('/');
        let parts = parts.and_then(|(i, n)| Some((i.parse().ok()?, n.parse().ok()?)));
        match parts {
            Some((index, n)) if 1 <= index && index <= n => Ok(Self { index, n }),
            _ => Err("give I/N with 1 ≤ I ≤ N: 1/8 is the first of eight".to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shards_cover_everything_once_in_order() {
        for n_inputs in [0, 1, 2, 7, 64, 1_001] {
            for n in [1, 2, 3, 8, 1_500] {
                let mut end = 0;
                for index in 1..=n {
                    let range = Shard { index, n }.range(n_inputs);
                    assert_eq!(range.start, end);
                    assert!(range.len() >= n_inputs / n && range.len() <= n_inputs.div_ceil(n));
                    end = range.end;
                }
                assert_eq!(end, n_inputs);
            }
        }
    }

    #[test]
    fn only_blocks_there_are() {
        for text in [
            "0/3", "4/3", "1", "1/0", "a/b", "-1/3", "1/3/5", "", "1.5/3",
        ] {
            assert!(text.parse::<Shard>().is_err(), "{text}");
        }
        assert_eq!("3/3".parse(), Ok(Shard { index: 3, n: 3 }));
    }
}
