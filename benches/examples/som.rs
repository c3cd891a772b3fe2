//! Our side of the map race of `scripts/bench-peers`: a batch self-organizing map, the same passes as MiniSom's.
//!
//! `som RADIUS N_PASSES DATA ANSWER`: `DATA` holds `samples.npy` and `start.npy`, rows × columns × dim; the values of the
//! units go to `ANSWER` in every round, after the clock has stopped.

use std::io;
use std::ops::ControlFlow;

use mynah_benches::contender::{npy, once, serve, write_lines};
use mynah_lvq::unsupervised::{
    BatchSom, BatchSomConfig, Clusterer, Decay, Edges, Grid, Lattice, Points, Units,
};

fn main() -> io::Result<()> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [radius, n_passes, folder, answer] = args.as_slice() else {
        return Err(io::Error::other("usage: som RADIUS N_PASSES DATA ANSWER"));
    };
    let radius: f64 = radius.parse().map_err(io::Error::other)?;
    let n_passes: u32 = n_passes.parse().map_err(io::Error::other)?;
    let (_, samples) = npy::<f32>(folder, "samples")?;
    let (shape, start) = npy::<f32>(folder, "start")?;
    let &[rows, columns, dim] = shape.as_slice() else {
        return Err(io::Error::other("start is not rows × columns × dim"));
    };
    let points = Points::new(&samples, dim).map_err(io::Error::other)?;
    let start = Units::new(dim, start).map_err(io::Error::other)?;
    let grid =
        Grid::new(columns, rows, Lattice::Rectangular, Edges::Bounded).map_err(io::Error::other)?;
    let mut config = BatchSomConfig::new(grid);
    config.n_passes = n_passes as usize;
    // MiniSom's line reaches 1 one pass after the last.
    let last = 1.0 + (radius - 1.0) / f64::from(n_passes);
    config.radius = Decay::Linear {
        from: radius,
        to: last,
    };
    let som = BatchSom::new(&config).map_err(io::Error::other)?;
    serve("", || {
        let mut units = start.clone();
        let (seconds, trained) =
            once(|| som.train(&mut units, &points, &mut |_, _| ControlFlow::Continue(())));
        trained.map_err(io::Error::other)?;
        write_lines(answer, units.values())?;
        Ok(seconds)
    })
}
