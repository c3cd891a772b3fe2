use super::grid::Grid;
use super::packed::{pack, row_len};
use super::search::n_together;
use super::{Cost, IntBuffers, IntCodebook, IntSearch};
use crate::distance::{Matrix, to_levels};
use crate::{Codebook, Decision, Error, Metric};

/// A codebook in whole numbers with all it needs to take floating-point vectors: the metric that makes images of them, and the grid
/// these are rounded to. What comes after is integer arithmetic, of the same bits on every machine.
///
/// ```
/// use mynah_lvq::{Codebook, Grid, QuantizedCodebook};
///
/// let codebook = Codebook::new(2, 2, vec![0.0, 0.1, 1.0, 0.9], vec![0, 1])?;
/// let grid = Grid::reaching(2.0, 1.0, 8)?;
/// let quantized = QuantizedCodebook::new(&codebook, grid, &[])?;
/// let decision = quantized.decide(&[0.8, 1.1]);
/// assert_eq!(decision.label, 1);
/// let distance = decision.distance as f32 * quantized.distance_unit();
/// assert!((distance - 0.08).abs() < 0.01);
/// # Ok::<(), mynah_lvq::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct QuantizedCodebook {
    parts: QuantizedParts,
    matrix: Option<Matrix<f32>>,
    /// Of the same tables, unpacked.
    search: IntSearch,
}

/// Room in which [`QuantizedCodebook::decide_into`] works. One a thread; it grows to what is asked of it, and stays.
#[derive(Debug, Clone, Default)]
pub struct QuantizedBuffers {
    images: Vec<f32>,
    products: Vec<f32>,
    whole: Vec<i8>,
    search: IntBuffers,
}

/// The parts of a [`QuantizedCodebook`], as a file keeps them.
#[derive(Debug, Clone, PartialEq)]
pub struct QuantizedParts {
    /// Values of a vector.
    pub dim: usize,
    /// Labels are below this.
    pub n_classes: usize,
    /// As [`Codebook::block`].
    pub block: usize,
    /// What makes images of vectors; not [`Metric::LocalOmegas`].
    pub metric: Metric,
    /// Where images lie.
    pub grid: Grid,
    /// As [`IntCodebook::new`] takes them.
    pub exponents: Vec<u8>,
    /// As [`IntCodebook::new`] takes them.
    pub rows: Vec<u8>,
    /// Label of every prototype.
    pub labels: Vec<u32>,
}

impl QuantizedParts {
    fn image_dim(&self) -> usize {
        self.metric.image_dim(self.dim)
    }

    fn tables(&self) -> Result<IntCodebook<'_>, Error> {
        let block = match self.block == self.dim {
            true => self.image_dim(),
            false => self.metric.image_dim(self.block),
        };
        let Grid { bits, multiple, .. } = self.grid;
        IntCodebook::new(
            self.image_dim(),
            block,
            bits,
            multiple,
            &self.rows,
            &self.labels,
            &self.exponents,
        )
    }
}

impl QuantizedCodebook {
    /// Rounds the images of the prototypes. `exponents`, `[image_dim]` or empty: the step of value i is 2^eᵢ times the grid's.
    ///
    /// # Errors
    /// [`Error::Metric`] for local matrices, under which a vector has an image for each prototype; [`Error::Config`] as
    /// [`IntCodebook::new`].
    pub fn new(codebook: &Codebook, grid: Grid, exponents: &[u8]) -> Result<Self, Error> {
        check_metric(codebook.metric())?;
        let image_dim = codebook.image_dim();
        let mut rows = Vec::with_capacity(codebook.n_prototypes() * row_len(image_dim, grid.bits));
        for image in codebook.images().chunks_exact(image_dim) {
            let levels = image.iter().enumerate();
            let levels = levels.map(|(i, &w)| grid.prototype(w / scale(exponents, i)));
            pack(levels, grid.bits, &mut rows);
        }
        Self::from_parts(QuantizedParts {
            dim: codebook.dim(),
            n_classes: codebook.n_classes(),
            block: codebook.block(),
            metric: codebook.metric().clone(),
            grid,
            exponents: exponents.to_vec(),
            rows,
            labels: codebook.labels().to_vec(),
        })
    }

    /// From its parts, all checked.
    ///
    /// # Errors
    /// As [`new`](Self::new), [`Grid::new`] and [`Codebook::new`].
    pub fn from_parts(parts: QuantizedParts) -> Result<Self, Error> {
        check_metric(&parts.metric)?;
        parts.metric.check(parts.dim, parts.labels.len())?;
        crate::codebook::check_block(parts.block, parts.dim, &parts.metric)?;
        let labels = parts.labels.iter().enumerate();
        if let Some((row, &got)) = labels
            .clone()
            .find(|&(_, &l)| l as usize >= parts.n_classes)
        {
            return Err(Error::Label {
                what: "prototypes",
                row,
                got,
                n_classes: parts.n_classes,
            });
        }
        Grid::new(parts.grid.step, parts.grid.bits, parts.grid.multiple)?;
        let search = IntSearch::new(&parts.tables()?);
        Ok(Self {
            matrix: parts.metric.matrix(parts.dim),
            parts,
            search,
        })
    }

    /// The parts, to keep them.
    pub fn to_parts(&self) -> QuantizedParts {
        self.parts.clone()
    }

    /// The tables of the freestanding classifier, which decides alike.
    pub fn tables(&self) -> IntCodebook<'_> {
        self.parts.tables().expect("checked when it was made")
    }

    /// Values of a vector.
    pub fn dim(&self) -> usize {
        self.parts.dim
    }

    /// Values of an image: of a row of whole numbers.
    pub fn image_dim(&self) -> usize {
        self.parts.image_dim()
    }

    /// Labels are below this.
    pub fn n_classes(&self) -> usize {
        self.parts.n_classes
    }

    /// Values that choose their view together, as [`Codebook::block`].
    pub fn block(&self) -> usize {
        self.parts.block
    }

    /// Label of every prototype.
    pub fn labels(&self) -> &[u32] {
        &self.parts.labels
    }

    /// What makes images of vectors.
    pub fn metric(&self) -> &Metric {
        &self.parts.metric
    }

    /// Where images lie.
    pub fn grid(&self) -> Grid {
        self.parts.grid
    }

    /// Powers of two by which the steps of an image's values are greater than the grid's; empty if none is.
    pub fn exponents(&self) -> &[u8] {
        &self.parts.exponents
    }

    /// What a whole distance of 1 is: step².
    pub fn distance_unit(&self) -> f32 {
        self.parts.grid.step * self.parts.grid.step
    }

    /// What a decision on `n_views` views takes, without what makes their images.
    pub fn cost(&self, n_views: usize) -> Cost {
        self.tables().cost(n_views)
    }

    /// Rounds the images of `vectors`, `[n × dim]`, to `out`, `[n × image_dim]`; says how many values lay beyond the grid. A value that
    /// is NaN becomes 0.
    ///
    /// # Panics
    /// If `vectors` are not whole.
    pub fn quantize_into(&self, vectors: &[f32], out: &mut Vec<i8>) -> usize {
        self.levels_into(vectors, &mut Vec::new(), &mut Vec::new(), out)
    }

    /// With room for images and for what they take.
    pub(crate) fn levels_into(
        &self,
        vectors: &[f32],
        images: &mut Vec<f32>,
        products: &mut Vec<f32>,
        out: &mut Vec<i8>,
    ) -> usize {
        let QuantizedParts {
            dim,
            metric,
            grid,
            exponents,
            ..
        } = &self.parts;
        assert!(vectors.len().is_multiple_of(*dim), "vectors are not whole");
        let image_dim = self.image_dim();
        images.resize(vectors.len() / dim * image_dim, 0.0);
        metric.project(self.matrix.as_ref(), *dim, 0, vectors, images, products);
        for (at, z) in images
            .iter_mut()
            .enumerate()
            .filter(|_| !exponents.is_empty())
        {
            *z /= scale(exponents, at % image_dim);
        }
        out.resize(images.len(), 0);
        to_levels(*grid, images, out)
    }

    /// The decision on the views of one thing, `[n_views × dim]`, as [`Codebook::decide_views`]; distances in units of
    /// [`distance_unit`](Self::distance_unit). Allocates.
    ///
    /// # Panics
    /// If `views` is not a whole number of vectors, at least one.
    pub fn decide(&self, views: &[f32]) -> Decision<u32> {
        let mut decision = [Decision::default()];
        let n_views = views.len() / self.dim();
        self.decide_into(
            views,
            n_views,
            &mut QuantizedBuffers::default(),
            &mut decision,
        );
        decision[0]
    }

    /// [`decide`](Self::decide) on each of the things, `[n × n_views × dim]`; allocates nothing once the buffers have grown. Many at a time are
    /// faster than one by one.
    ///
    /// # Panics
    /// If `things` is not as many as `out`, or there is no view.
    pub fn decide_into(
        &self,
        things: &[f32],
        n_views: usize,
        buffers: &mut QuantizedBuffers,
        out: &mut [Decision<u32>],
    ) {
        let QuantizedBuffers {
            images,
            products,
            whole,
            search,
        } = buffers;
        let size = n_views * self.dim();
        assert!(size > 0, "no view");
        assert_eq!(
            Some(things.len()),
            out.len().checked_mul(size),
            "one decision a thing"
        );
        // As many as are searched together, so that what is between lies in the cache.
        let step = n_together(n_views);
        for (things, out) in things.chunks(step * size).zip(out.chunks_mut(step)) {
            self.levels_into(things, images, products, whole);
            self.search.decide_into(whole, n_views, search, out);
        }
    }
}

fn check_metric(metric: &Metric) -> Result<(), Error> {
    match metric {
        Metric::LocalOmegas { .. } => Err(Error::Metric {
            needed: "the same for all prototypes, as whole numbers need it",
        }),
        _ => Ok(()),
    }
}

/// By which value `i` of an image is divided.
pub(super) fn scale(exponents: &[u8], i: usize) -> f32 {
    f32::from(1u8 << exponents.get(i).copied().unwrap_or(0).min(7))
}
