//! What market-redis holds, and what it will hold at the end of a session.

use serde::Serialize;
use std::{collections::BTreeMap, process::Command, time::Duration};
use testkit::Rig;
use wire::BusId;

/// 09:25 to 16:15.
const SESSION_SEC: f64 = 24_600.0;
/// Seconds of heatmap that can be replayed, and bytes at which a replay is trimmed earlier.
const REPLAY: (f64, f64) = (900.0, 24.0 * MIB);
pub(crate) const MIB: f64 = 1_048_576.0;

/// One kind of key: `market:tick:*`.
#[derive(Debug, Clone, Default, Serialize)]
pub(crate) struct Kind {
    pub(crate) keys: usize,
    pub(crate) mib: f64,
    /// At the end of the session.
    pub(crate) session_mib: f64,
}

/// Memory of market-redis.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Stock {
    pub(crate) used_mib: f64,
    pub(crate) peak_mib: f64,
    /// What is used, and by how much the kinds of keys will have grown.
    pub(crate) session_mib: f64,
    pub(crate) kinds: BTreeMap<String, Kind>,
}

/// Memory of market-redis after the market was open for `open`.
///
/// Streams and trails grow on at the pace they had, up to the length at which they are trimmed; everything else stays
/// as large as it is.
pub(crate) fn stock(rig: &Rig, open: Duration) -> Stock {
    let names = redis(rig, &["--scan"]);
    let mut kinds: BTreeMap<String, Kind> = BTreeMap::new();
    for name in names.lines() {
        let bytes: f64 = number(&redis(rig, &["MEMORY", "USAGE", name, "SAMPLES", "0"]));
        let kind = kinds.entry(kind_of(name)).or_default();
        kind.keys += 1;
        kind.mib += bytes / MIB;
        kind.session_mib += bytes * growth(rig, name, bytes, open.as_secs_f64()) / MIB;
    }
    let memory = redis(rig, &["INFO", "memory"]);
    let field = |name: &str| {
        let line = memory.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
        number(line.unwrap_or("0")) / MIB
    };
    let used_mib = field("used_memory");
    let grown: f64 = kinds.values().map(|kind| kind.session_mib - kind.mib).sum();
    Stock { used_mib, peak_mib: field("used_memory_peak"), session_mib: used_mib + grown, kinds }
}

/// How many times as large a key of `bytes` will be at the end of the session.
fn growth(rig: &Rig, name: &str, bytes: f64, open_sec: f64) -> f64 {
    let most = match name {
        _ if name.contains(":replay:") => {
            let (window, most) = REPLAY;
            return (window / open_sec).min(most / bytes).max(1.0);
        }
        _ if name.starts_with("market:tick:O:") => 200_000.0,
        _ if name.starts_with("market:tick:") => 20_000.0,
        "events:market" => 10_000.0,
        // A point a second, after those of the days before.
        _ if name.ends_with(":trail") => {
            let length = number(&redis(rig, &["ZCARD", name])).max(1.0);
            return (length + SESSION_SEC) / length;
        }
        _ => return 1.0,
    };
    let length = number(&redis(rig, &["XLEN", name])).max(1.0);
    (SESSION_SEC / open_sec).min(most / length).max(1.0)
}

/// Names of one kind differ in the symbol.
fn kind_of(name: &str) -> String {
    let parts = name.split(':').map(|part| match part {
        "I" | "O" => "",
        _ if !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_uppercase()) => "*",
        _ => part,
    });
    let parts: Vec<&str> = parts.filter(|part| !part.is_empty()).collect();
    let options = if name.contains(":O:") { " of options" } else { "" };
    parts.join(":") + options
}

fn number(text: &str) -> f64 {
    text.trim().parse().unwrap_or(0.0)
}

/// One command, as `redis-cli` answers it.
pub(crate) fn redis(rig: &Rig, arguments: &[&str]) -> String {
    let output = Command::new("redis-cli").arg("-u").arg(rig.url(BusId::Market)).args(arguments).output();
    output.map(|output| String::from_utf8_lossy(&output.stdout).into_owned()).unwrap_or_default()
}
