use super::members::Members;
use super::{Points, Units};
use crate::{Float, Nearest, Rows, Search};

/// The points that each unit is nearest to, its Voronoi cell. Holds the memory of a pass for the next.
pub(super) struct Cells<'a, T> {
    points: Points<'a, T>,
    rows: Rows<'a, T>,
    search: Search<T>,
    /// The nearest unit of each point.
    found: Vec<Nearest<T>>,
    members: Members,
    /// `[n_units × dim]`
    sums: Vec<f64>,
}

impl<'a, T: Float> Cells<'a, T> {
    /// Finds the points of these units.
    ///
    /// # Panics
    /// If the points' `dim` is not the units'.
    pub(super) fn new(units: &Units<T>, points: &Points<'a, T>) -> Self {
        let mut cells = Self {
            points: *points,
            rows: points.rows(),
            search: units.search(),
            found: vec![Nearest::default(); points.len()],
            members: Members::default(),
            sums: Vec::new(),
        };
        cells.search.nearest(&cells.rows, &mut cells.found);
        cells
    }

    /// Finds the points of as many units elsewhere.
    pub(super) fn find(&mut self, units: &Units<T>) {
        self.search.update(units.values());
        self.search.nearest(&self.rows, &mut self.found);
    }

    /// The nearest unit of each point, in the points' order.
    pub(super) fn found(&self) -> &[Nearest<T>] {
        &self.found
    }

    /// Sum over the points of the squared distance to their unit.
    pub(super) fn total_distance(&self) -> f64 {
        self.found.iter().map(|one| one.distance.to_f64()).sum()
    }

    /// Units without points, in order.
    pub(super) fn dead(&self) -> Vec<usize> {
        let mut is_dead = vec![true; self.search.n_prototypes()];
        for one in &self.found {
            is_dead[one.index] = false;
        }
        (0..is_dead.len()).filter(|&unit| is_dead[unit]).collect()
    }

    /// The points of each unit, and their sum, `[n_units × dim]`.
    pub(super) fn sums(&mut self) -> (&Members, &[f64]) {
        let winners = self.found.iter().map(|one| one.index);
        self.members.gather(self.search.n_prototypes(), winners);
        self.members.sums(&self.points, &mut self.sums);
        (&self.members, &self.sums)
    }
}
