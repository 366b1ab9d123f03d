//! What was written down elsewhere and is served again: a quote table as a static chain, a day as it was captured.

mod bodies;
mod day;
mod fixed;
mod frames;
mod lines;
mod table;

pub(crate) use bodies::Given;
pub(crate) use day::Day;
pub(crate) use fixed::Fixed;
pub(crate) use table::Table;
