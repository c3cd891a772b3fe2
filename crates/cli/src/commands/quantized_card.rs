//! What `mynah inspect` tells of a quantized model.

use mynah::lvq::QuantizedCodebook;
use mynah::{Model, Pipeline};
use serde::Serialize;

/// Bytes of stack that a decision without `std` stays below on a Cortex-M4; scripts/test-targets measures it, and fails beyond.
const STACK: usize = 512;

/// A model in whole numbers, and what a decision takes.
#[derive(Serialize)]
pub struct Quantized {
    bits: u8,
    step: f32,
    multiple: u8,
    /// Values whose step is greater than the least.
    n_coarser: usize,
    n_views: usize,
    n_cuts: usize,
    /// Bytes of tables.
    flash_bytes: usize,
    /// Bytes of the input of one cut.
    ram_bytes: usize,
    /// Bytes of stack that the freestanding classifier stays below.
    stack_bytes: usize,
    /// Differences squared and added for one cut.
    operations: usize,
}

impl Quantized {
    pub fn new(model: &Model, quantized: &QuantizedCodebook) -> Self {
        let n_views = n_views(model);
        let cost = quantized.cost(n_views);
        let grid = quantized.grid();
        Self {
            bits: grid.bits,
            step: grid.step,
            multiple: grid.multiple,
            n_coarser: quantized.exponents().iter().filter(|&&e| e > 0).count(),
            n_views,
            n_cuts: pipeline(model).map_or(1, |pipeline| pipeline.n_cuts()),
            flash_bytes: cost.flash,
            ram_bytes: cost.ram,
            stack_bytes: STACK,
            operations: cost.operations,
        }
    }

    pub fn text(&self, how: Option<&str>) -> String {
        let cuts = match self.n_cuts {
            1 => String::new(),
            n => format!(", {n} times for the cuts of a word"),
        };
        format!(
            "\nquantized   {}; step {:.5}, of a prototype {} times that\n\
             a decision  takes {} bytes of tables, {} bytes of input ({} views), under {} of stack, {} differences squared and added{cuts}",
            how.unwrap_or("in whole numbers"),
            self.step,
            self.multiple,
            self.flash_bytes,
            self.ram_bytes,
            self.n_views,
            self.stack_bytes,
            self.operations
        )
    }
}

fn pipeline(model: &Model) -> Option<Pipeline> {
    let config = model.pipeline()?;
    Some(Pipeline::new(config).expect("a model's pipeline was checked"))
}

/// Views of a cut that the model was made for.
pub fn n_views(model: &Model) -> usize {
    pipeline(model).map_or(1, |pipeline| pipeline.n_views())
}
