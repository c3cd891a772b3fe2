//! The learning rules, one file each.

pub(crate) mod glvq;
pub(crate) mod lvq1;
mod pair_cost;
mod sequential;
