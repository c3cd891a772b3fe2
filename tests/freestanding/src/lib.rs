//! Decisions that a model took on the machine where it was made, to be taken again elsewhere.
//!
//! A file of them is what `decisions` of the package mynah-tests writes, little-endian: the words `dim`, `block`, `bits`,
//! `multiple`, the numbers of prototypes, exponents, views and decisions; a word of label for each prototype; seven words for each
//! decision, see [`Answer`]; then, in bytes, the prototypes' rows, the exponents and each decision's views, `[n_views × dim]`.

#![no_std]

use mynah_lvq::IntCodebook;

const N_HEADER: usize = 8;

/// Label, prototype and distance of the winner, then of the runner-up, then the margin in parts of 32,768.
pub type Answer = [u32; 7];

/// What stands for a runner-up where there is none.
pub const NONE: [u32; 3] = [u32::MAX; 3];

/// A file of decisions.
pub struct Decisions<'a> {
    pub codebook: IntCodebook<'a>,
    pub n_views: usize,
    pub expected: &'a [Answer],
    views: &'a [i8],
}

/// A file in the program, where its words can be read in place.
#[repr(C, align(4))]
pub struct Aligned<T: ?Sized>(pub T);

macro_rules! file {
    ($name:literal) => {{
        static FILE: &Aligned<[u8]> = &Aligned(*include_bytes!(concat!(
            env!("MYNAH_DECISIONS"),
            "/",
            $name
        )));
        ($name, &FILE.0)
    }};
}

/// The files of the folder that the build was given, with their names: bits of a prototype's value.
pub fn files() -> [(&'static str, &'static [u8]); 3] {
    [file!("8"), file!("4"), file!("2")]
}

impl<'a> Decisions<'a> {
    /// `None` if the bytes are no such file.
    pub fn new(bytes: &'a [u8]) -> Option<Self> {
        let (header, rest) = words(bytes, N_HEADER)?;
        let [
            dim,
            block,
            bits,
            multiple,
            n_prototypes,
            n_exponents,
            n_views,
            n,
        ] = <[u32; N_HEADER]>::try_from(header).ok()?;
        let [dim, block, n_prototypes] = [dim, block, n_prototypes].map(|n| n as usize);
        let [n_exponents, n_views, n] = [n_exponents, n_views, n].map(|n| n as usize);
        let (labels, rest) = words(rest, n_prototypes)?;
        let (expected, rest) = words(rest, n * size_of::<Answer>() / size_of::<u32>())?;
        let n_rows = n_prototypes * (dim * bits as usize).div_ceil(8);
        let (rows, rest) = rest.split_at_checked(n_rows)?;
        let (exponents, views) = rest.split_at_checked(n_exponents)?;
        let (bits, multiple) = (bits as u8, multiple as u8);
        let codebook =
            IntCodebook::new(dim, block, bits, multiple, rows, labels, exponents).ok()?;
        (views.len() == n * n_views * dim).then_some(Self {
            codebook,
            n_views,
            expected: bytemuck::cast_slice(expected),
            views: bytemuck::cast_slice(views),
        })
    }

    /// The views that decision `i` is about.
    pub fn views(&self, i: usize) -> &'a [i8] {
        let n = self.n_views * self.codebook.dim();
        &self.views[i * n..][..n]
    }

    /// What this machine decides of them.
    #[inline(never)]
    pub fn decide(&self, i: usize) -> Answer {
        let decision = self.codebook.decide(self.views(i));
        let [other_label, other_prototype, other_distance] =
            decision.runner_up.map_or(NONE, |other| {
                [other.label, other.prototype as u32, other.distance]
            });
        [
            decision.label,
            decision.winner as u32,
            decision.distance,
            other_label,
            other_prototype,
            other_distance,
            decision.margin_q15(),
        ]
    }

    /// How many decisions differ from those of the file.
    pub fn n_different(&self) -> usize {
        let is_different = |&i: &usize| self.decide(i) != self.expected[i];
        (0..self.expected.len()).filter(is_different).count()
    }
}

fn words(bytes: &[u8], n: usize) -> Option<(&[u32], &[u8])> {
    let (words, rest) = bytes.split_at_checked(n.checked_mul(size_of::<u32>())?)?;
    Some((bytemuck::try_cast_slice(words).ok()?, rest))
}
