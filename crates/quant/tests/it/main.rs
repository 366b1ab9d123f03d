//! Properties and known answers: the calendar, option tickers, models.

#![expect(clippy::unwrap_used, reason = "helpers of tests: a panic is a failed test")]

mod black;
mod calendar;
mod contract;
mod fixtures;
mod gex;
mod heatmap;
mod heatmap_properties;
mod implied;
mod m1;
mod market;
mod oracle;
mod profile;
mod real_chain;
mod surface;
