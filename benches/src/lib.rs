//! What the benches share: percentiles, a load for servers of events, what /proc says of a process, and one place
//! where results go (`target/bench/<name>.json`).

#![warn(missing_docs)]

pub mod load;
pub mod process;

use anyhow::Context;
use serde::Serialize;
use std::{fs, path::PathBuf};

/// Percentiles of a sample, in its own unit.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Spread {
    /// Half are below.
    pub p50: f64,
    /// Ninety per cent are below.
    pub p90: f64,
    /// Ninety-five per cent are below.
    pub p95: f64,
    /// Ninety-nine per cent are below.
    pub p99: f64,
    /// The largest.
    pub max: f64,
}

/// The percentiles of `sample`; `None` when it is empty.
pub fn spread(mut sample: Vec<f64>) -> Option<Spread> {
    sample.sort_by(f64::total_cmp);
    let last = sample.len().checked_sub(1)?;
    let at = |share: f64| sample[((last as f64) * share).round() as usize];
    Some(Spread { p50: at(0.50), p90: at(0.90), p95: at(0.95), p99: at(0.99), max: at(1.0) })
}

/// The checkout.
pub fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).parent().map(PathBuf::from).unwrap_or_default()
}

/// Prints `result` as one line of JSON and writes it to `target/bench/<name>.json`.
///
/// # Errors
/// The file cannot be written.
pub fn report(name: &str, result: &impl Serialize) -> anyhow::Result<()> {
    let folder = root().join("target/bench");
    fs::create_dir_all(&folder).context("make target/bench")?;
    let text = serde_json::to_string_pretty(result)?;
    fs::write(folder.join(format!("{name}.json")), &text).context("write result")?;
    say(&text);
    Ok(())
}

/// A line for the person who runs the bench.
#[expect(clippy::print_stdout, reason = "a bench reports on stdout")]
pub fn say(text: &str) {
    println!("{text}");
}
