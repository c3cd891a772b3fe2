//! Our side of the search race of `scripts/bench-peers`: the nearest prototype of every query.
//!
//! `search DATA ANSWER`: `DATA` holds `queries.npy` and `prototypes.npy`; the winners go to `ANSWER` in every round.

use std::hint::black_box;
use std::io;

use mynah_benches::contender::{averaged, npy, serve, write_lines};
use mynah_lvq::{Nearest, Rows, Search};

fn main() -> io::Result<()> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [folder, answer] = args.as_slice() else {
        return Err(io::Error::other("usage: search DATA ANSWER"));
    };
    let (_, queries) = npy::<f32>(folder, "queries")?;
    let (shape, prototypes) = npy::<f32>(folder, "prototypes")?;
    let rows = Rows::new(&queries, shape[1]).map_err(io::Error::other)?;
    let search = Search::new(&prototypes, shape[1]).map_err(io::Error::other)?;
    let mut found = vec![Nearest::default(); rows.len()];
    serve("", || {
        let seconds = averaged(|| search.nearest(black_box(&rows), &mut found));
        write_lines(answer, found.iter().map(|nearest| nearest.index))?;
        Ok(seconds)
    })
}
