//! What the options market is: its words, its calendar and its maths.
//!
//! Plain functions over values. Nothing here knows a clock, a runtime, a file or a log: time is an argument.

#![warn(missing_docs)]

pub mod calendar;
pub mod contract;
pub mod tick;
