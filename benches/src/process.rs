//! What the system says of a process and of everything that it has started.

use std::{collections::HashMap, fs, time::Duration};

/// The kernel counts CPU in hundredths of a second.
const TICK: Duration = Duration::from_millis(10);

/// A process and its descendants, as they were when asked for.
#[derive(Debug, Clone)]
pub struct Tree(Vec<u32>);

impl Tree {
    /// The tree below `pid`, itself included.
    pub fn of(pid: u32) -> Self {
        let mut children: HashMap<u32, Vec<u32>> = HashMap::new();
        let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
        for process in entries.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok()) {
            if let Some(parent) = fields(process).get(1).and_then(|parent| parent.parse().ok()) {
                children.entry(parent).or_default().push(process);
            }
        }
        let mut found = vec![pid];
        let mut at = 0;
        while let Some(process) = found.get(at) {
            found.extend(children.remove(process).unwrap_or_default());
            at += 1;
        }
        Self(found)
    }

    /// CPU used so far.
    pub fn cpu(&self) -> Duration {
        self.0.iter().map(|&pid| cpu(pid)).sum()
    }

    /// Resident memory, KiB.
    pub fn rss_kib(&self) -> f64 {
        self.0.iter().map(|&pid| rss_kib(pid)).sum()
    }

    /// Process ids.
    pub fn pids(&self) -> &[u32] {
        &self.0
    }
}

/// CPU that process `pid` has used so far, user and system.
pub fn cpu(pid: u32) -> Duration {
    let fields = fields(pid);
    let ticks = |at: usize| fields.get(at).and_then(|ticks| ticks.parse::<u32>().ok()).unwrap_or(0);
    TICK * (ticks(11) + ticks(12))
}

/// Resident memory of process `pid`, KiB.
pub fn rss_kib(pid: u32) -> f64 {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap_or("0 kB");
    line.trim().trim_end_matches(" kB").parse().unwrap_or(0.0)
}

/// How many files process `pid` may have open.
pub fn open_files(pid: u32) -> u64 {
    let limits = fs::read_to_string(format!("/proc/{pid}/limits")).unwrap_or_default();
    let line = limits.lines().find_map(|line| line.strip_prefix("Max open files")).unwrap_or_default();
    line.split_whitespace().next().and_then(|soft| soft.parse().ok()).unwrap_or(0)
}

/// Fields of `/proc/<pid>/stat` from the state on; the name in brackets before it may hold blanks.
fn fields(pid: u32) -> Vec<String> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    let rest = stat.rsplit_once(')').map_or("", |(_, rest)| rest);
    rest.split_whitespace().map(str::to_owned).collect()
}
