use super::set::{Lanes, Set, Work};
use crate::Grid;

/// Rounds images to the levels of inputs with vector instructions; says how many values lay beyond the grid.
pub(crate) fn to_levels(grid: Grid, images: &[f32], out: &mut [i8]) -> usize {
    Set::best().run(Levels { grid, images, out })
}

struct Levels<'a> {
    grid: Grid,
    images: &'a [f32],
    /// As long as `images`.
    out: &'a mut [i8],
}

impl Work for Levels<'_> {
    type Output = usize;
    #[inline(always)]
    fn run<S: Lanes, const R: usize, const V: usize>(self, _: S) -> usize {
        const PART: usize = 1 << 10;
        let mut n_saturated = 0;
        let parts = self.images.chunks(PART).zip(self.out.chunks_mut(PART));
        for (images, out) in parts {
            // As wide as the values, which suits vectors.
            let mut n = 0u32;
            for (out, &z) in out.iter_mut().zip(images) {
                *out = self.grid.input(z);
                n += u32::from(self.grid.saturates(z));
            }
            n_saturated += n as usize;
        }
        n_saturated
    }
}
