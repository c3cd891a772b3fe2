//! Units that find the shape of data without labels: k-means, winner-take-all quantization, neural gas and
//! self-organizing maps; then what the labels make of them.
//!
//! A [`Clusterer`] moves [`Units`] over [`Points`]. Start the units from [samples](Units::sample), [far
//! apart](Units::far_apart) (k-means++), [at random](Units::uniform) or on the data's [plane](Units::plane).
//! An [`Assignment`] says which unit each point falls on, and gives the errors of quantization and topography; a
//! [`Profile`] says which classes fall on each unit and labels the units by majority. That gives a
//! [`Codebook`](crate::Codebook) for any [`Rule`](crate::Rule) to fine-tune.
//!
//! ```
//! use mynah_lvq::unsupervised::{BatchSom, BatchSomConfig, Clusterer, Edges, Grid, Lattice, Points, Profile, Units};
//! use mynah_lvq::{Lvq1, Lvq1Config, Rule, Samples};
//! use std::ops::ControlFlow;
//!
//! let data: [f32; 16] = [0.0, 0.1, 0.2, -0.1, -0.1, 0.0, 0.1, 0.2, 1.0, 0.9, 1.2, 1.1, 0.9, 1.0, 1.1, 0.8];
//! let samples = Samples::new(&data, 2, &[0, 0, 0, 0, 1, 1, 1, 1], 2)?;
//! let points = Points::from(samples);
//!
//! let grid = Grid::new(3, 2, Lattice::Hexagonal, Edges::Bounded)?;
//! let mut units = Units::plane(&points, &grid)?;
//! let som = BatchSom::new(&BatchSomConfig::new(grid))?;
//! som.train(&mut units, &points, &mut |_pass, _units| ControlFlow::Continue(()))?;
//!
//! let profile = Profile::new(&units.assign(&points), &samples);
//! let mut codebook = profile.codebook(&units)?;
//! let lvq = Lvq1::new(&Lvq1Config::default())?;
//! lvq.train(&mut codebook, &samples, &mut |_epoch| ControlFlow::Continue(()))?;
//! assert_eq!(codebook.decide(&[1.0, 1.0]).label, 1);
//! # Ok::<(), mynah_lvq::Error>(())
//! ```
//!
//! # What LVQ then changes
//! A map's units stand where the points are dense, whatever their class: a unit between two classes answers for both,
//! and errs on the lesser. LVQ moves the units to either side of the border between classes. The errors of
//! classification fall while the error of quantization **rises**, since the units no longer stand at their clusters'
//! means; units far within a class hardly move. So LVQ betters the borders of the classes, not the clusters:
//! `cargo run -p mynah-lvq --example som_then_lvq` prints both errors before and after.
//!
//! # The beginner's trap
//! A unit moves only if it wins. Of two units that start in one cluster one may stay at its edge for ever, while
//! another stands between two clusters and answers for both. [`Wta`] detects such units and moves them ([`repair`]);
//! [`NeuralGas`] avoids them, as every unit moves; [`Units::far_apart`] starts without them.
//! `cargo run -p mynah-lvq --example beginners_trap -- trap.svg` draws all of it.
//!
//! # Conventions
//! Distances between points and units are squared, as everywhere in this crate, except where a document says
//! Euclidean (quantization error, U-matrix), as the literature of maps does. Ties go to the lowest index. Same seed,
//! same bytes, for any number of threads.

mod assignment;
mod batch_som;
mod cells;
mod decay;
mod grid;
mod kmeans;
mod members;
mod neighbourhood;
mod neural_gas;
mod pca;
mod points;
mod profile;
mod repair;
mod som;
mod start;
mod train;
mod u_matrix;
mod units;
mod wta;

pub use assignment::{Assignment, Match};
pub use batch_som::{BatchSom, BatchSomConfig};
pub use decay::Decay;
pub use grid::{Edges, Grid, Lattice};
pub use kmeans::{KMeans, KMeansConfig, Round};
pub use neighbourhood::Neighbourhood;
pub use neural_gas::{NeuralGas, NeuralGasConfig};
pub use points::Points;
pub use profile::Profile;
pub use repair::{Fault, Repair, repair};
pub use som::{Som, SomConfig};
pub use train::{Clusterer, Pass, Report};
pub use u_matrix::{Border, UMatrix};
pub use units::Units;
pub use wta::{Wta, WtaConfig};
