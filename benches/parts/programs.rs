//! Real programs of the dist profile as child processes, and what the system says of them.

#![allow(dead_code, reason = "each bench uses a part of it")]

use benches::root;
use std::{
    path::Path,
    process::{Child, Command, Stdio},
    time::Duration,
};
use testkit::{Rig, wait_for};
use wire::{BusId, system::beat_state};

/// A child process that ends with its owner.
pub(crate) struct Program(Child);

impl Drop for Program {
    fn drop(&mut self) {
        let _gone = self.0.kill();
        let _reaped = self.0.wait();
    }
}

impl Program {
    /// Resident memory, MiB.
    pub(crate) fn rss_mib(&self) -> f64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.0.id())).unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap_or("0 kB");
        line.trim().trim_end_matches(" kB").parse::<f64>().unwrap_or(0.0) / 1024.0
    }

    /// CPU used so far.
    pub(crate) fn cpu(&self) -> Duration {
        cpu_of(self.0.id())
    }
}

/// CPU that process `pid` has used so far, user and system.
pub(crate) fn cpu_of(pid: u32) -> Duration {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    // The name in brackets may hold blanks; fields count from behind it.
    let fields: Vec<&str> =
        stat.rsplit_once(')').map(|(_, rest)| rest.split_whitespace().collect()).unwrap_or_default();
    let ticks = |at: usize| fields.get(at).and_then(|ticks| ticks.parse::<u64>().ok()).unwrap_or(0);
    Duration::from_millis((ticks(11) + ticks(12)) * 10)
}

/// Starts a service of `target/dist` on the servers of `rig`.
pub(crate) fn service(binary: &str, ops_port: u16, rig: &Rig, extra: &[(&str, String)]) -> Program {
    let mut command = Command::new(root().join("target/dist").join(binary));
    command.env("OPS_PORT", ops_port.to_string()).env("LOG_LEVEL", "WARN");
    command.env("BOOTSTRAP_REDIS_URL", rig.url(BusId::System)).stdout(Stdio::null());
    for bus in BusId::ALL {
        command.env(format!("{}_REDIS_URL", bus.role().to_uppercase()), rig.url(bus));
    }
    command.envs(extra.iter().map(|(name, value)| (*name, value.as_str())));
    spawn(command, binary)
}

/// Starts the simulated exchange on `port`.
pub(crate) fn exchange(port: u16, settings: &[(&str, &str)]) -> Program {
    let mut command = Command::new(root().join("target/dist/exchange-sim"));
    command.env("SIM_PORT", port.to_string()).env("LOG_LEVEL", "WARN");
    command.envs(settings.iter().copied()).stdout(Stdio::null());
    spawn(command, "exchange-sim")
}

fn spawn(mut command: Command, what: &str) -> Program {
    Program(command.spawn().unwrap_or_else(|error| panic!("{what}: {error}; run scripts/bench")))
}

/// Waits until `service` says that it is running.
pub(crate) async fn running(rig: &Rig, service: &str) {
    wait_for(Duration::from_secs(60), service, || async {
        matches!(rig.bus.get(&beat_state(service)).await, Ok(Some(state)) if state.status == wire::system::Status::Running)
    })
    .await;
}

/// Loads the shipped documents into the servers of `rig`.
pub(crate) async fn load_truth(rig: &Rig) {
    let composite = truth::build(&truth::Sources::dir(root().join("truth"))).unwrap();
    truth::load(&rig.bus, &composite, truth::Load::default()).await.unwrap();
}

/// Something that `scripts/bench` says by a variable.
pub(crate) fn told(name: &str) -> Option<String> {
    std::env::var_os(name)?.into_string().ok()
}

/// The folder of real market data, where there is one.
pub(crate) fn fixtures() -> Option<std::path::PathBuf> {
    let folder = std::path::PathBuf::from(told("MS_FIXTURES")?);
    let folder = if folder.is_absolute() { folder } else { root().join(folder) };
    Path::new(&folder).is_dir().then_some(folder)
}
