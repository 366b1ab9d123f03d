//! What the options market is: its words, its calendar and its maths.
//!
//! Plain functions over values. Nothing here knows a clock, a runtime, a file or a log: time is an argument.

#![warn(missing_docs)]

pub mod bias;
pub mod black;
pub mod calendar;
pub mod chain;
pub mod contract;
pub mod forward;
pub mod gex;
pub mod gravity;
pub mod heatmap;
pub mod implied;
mod math;
pub mod mode;
pub mod moves;
pub mod normal;
pub mod pin;
pub mod profile;
mod simd;
pub mod structures;
pub mod surface;
pub mod tick;
pub mod vix;
