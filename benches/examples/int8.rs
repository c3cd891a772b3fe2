//! Our sides of the int8 race of `scripts/bench-peers`: the decision on every query, in whole numbers.
//!
//! `int8 levels DATA ANSWER` starts from whole numbers (`levels.npy`), `int8 floats DATA ANSWER` rounds `queries.npy` first, `int8 peak DATA ANSWER` only
//! multiplies in registers as often as the search does. `DATA` holds `prototypes.npy` and `prototype_levels.npy` too; the winners go to `ANSWER` in
//! every round.

use std::hint::black_box;
use std::io;

use mynah_benches::contender::{averaged, npy, serve, write_lines};
use mynah_lvq::{
    Codebook, Decision, Grid, IntBuffers, IntCodebook, IntSearch, QuantizedBuffers,
    QuantizedCodebook, int8_peak,
};

/// Fills in the decision on every query.
type Decide = Box<dyn FnMut(&mut [Decision<u32>])>;

fn main() -> io::Result<()> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [start, folder, answer] = args.as_slice() else {
        return Err(io::Error::other(
            "usage: int8 levels|floats|peak DATA ANSWER",
        ));
    };
    let (shape, levels) = npy::<i8>(folder, "levels")?;
    let (_, rows) = npy::<i8>(folder, "prototype_levels")?;
    let (n, dim) = (shape[0], shape[1]);
    let labels: Vec<u32> = (0..(rows.len() / dim) as u32).collect();
    let mut found = vec![Decision::default(); n];
    let mut decide: Decide = match start.as_str() {
        "peak" => {
            let all = (n * rows.len()) as f64;
            return serve("", || {
                let mut products = 0;
                let seconds = averaged(|| products = int8_peak(100_000));
                Ok(seconds * all / products as f64)
            });
        }
        "floats" => {
            let (_, queries) = npy::<f32>(folder, "queries")?;
            let (_, prototypes) = npy::<f32>(folder, "prototypes")?;
            let codebook = Codebook::new(dim, labels.len(), prototypes, labels);
            let grid = Grid::new(1.0 / 32.0, 8, 1);
            let quantized = grid
                .and_then(|grid| QuantizedCodebook::new(&codebook?, grid, &[]))
                .map_err(io::Error::other)?;
            let mut buffers = QuantizedBuffers::default();
            Box::new(move |found| {
                quantized.decide_into(black_box(&queries), 1, &mut buffers, found);
            })
        }
        _ => {
            let rows: Vec<u8> = rows.iter().map(|&w| w as u8).collect();
            let tables = IntCodebook::new(dim, dim, 8, 1, &rows, &labels, &[]);
            let search = IntSearch::new(&tables.map_err(io::Error::other)?);
            let mut buffers = IntBuffers::default();
            Box::new(move |found| search.decide_into(black_box(&levels), 1, &mut buffers, found))
        }
    };
    serve("", || {
        let seconds = averaged(|| decide(&mut found));
        write_lines(answer, found.iter().map(|decision| decision.winner))?;
        Ok(seconds)
    })
}
