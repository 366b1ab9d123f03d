//! Real programs of the dist profile as child processes, and what the system says of them.

#![allow(dead_code, reason = "each bench uses a part of it")]

use benches::{process, root};
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
        process::rss_kib(self.0.id()) / 1024.0
    }

    /// CPU used so far.
    pub(crate) fn cpu(&self) -> Duration {
        process::cpu(self.0.id())
    }
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
