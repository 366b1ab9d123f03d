//! The fleet under test, as an operator reaches it: `docker`, `./admin`, Redis on loopback, signals from the host.

use bus::Bus;
use serde_json::Value;
use std::{
    path::{Path, PathBuf},
    process::{Command, Output},
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use testkit::wait_for;
use wire::{BusId, EpochSec, system::beat_state};

static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

/// The services that beat.
pub(crate) const SERVICES: [&str; 6] = ["healer", "massive", "mesh", "sentinel", "sse", "ui"];

pub(crate) struct Fleet {
    pub(crate) bus: Bus,
    pub(crate) project: String,
    pub(crate) https: String,
    pub(crate) http: String,
    root: PathBuf,
    _turn: MutexGuard<'static, ()>,
}

impl Fleet {
    /// Takes the turn, and waits until every service is healthy and beats.
    pub(crate) async fn healthy() -> Self {
        let turn = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
        let root =
            Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("tests/ is in the workspace").to_owned();
        let urls = BusId::ALL.map(|id| {
            let port = variable(&format!("MS_PORT_{}_REDIS", id.role().to_uppercase()));
            (id, format!("redis://127.0.0.1:{port}"))
        });
        let fleet = Self {
            bus: Bus::open(urls).expect("the ports make URLs"),
            project: variable("COMPOSE_PROJECT_NAME"),
            https: format!("https://localhost:{}", variable("MS_HTTPS_PORT")),
            http: format!("http://localhost:{}", variable("MS_HTTP_PORT")),
            root,
            _turn: turn,
        };
        for service in SERVICES {
            fleet.wait_beating(service, Duration::from_secs(60)).await;
        }
        fleet
    }

    pub(crate) async fn wait_beating(&self, service: &str, limit: Duration) {
        let name = format!("{service} beats");
        wait_for(limit, &name, || async { matches!(self.bus.get(&beat_state(service)).await, Ok(Some(_))) })
            .await;
    }

    /// Container id of a service.
    pub(crate) fn container(&self, service: &str) -> String {
        let project = format!("label=io.marketswarm.fleet={}", self.project);
        let label = format!("label=io.marketswarm.service={service}");
        let id = self.docker(&["ps", "-aq", "--no-trunc", "--filter", &project, "--filter", &label]);
        assert_eq!(id.lines().count(), 1, "one container of {service}: {id:?}");
        id.trim().to_owned()
    }

    pub(crate) fn inspect(&self, service: &str) -> Value {
        let text = self.docker(&["inspect", &self.container(service)]);
        serde_json::from_str::<Value>(&text).expect("docker inspect is JSON")[0].take()
    }

    /// Process id of a service on the host; `None` while it does not run.
    pub(crate) fn pid(&self, service: &str) -> Option<i64> {
        self.inspect(service)["State"]["Pid"].as_i64().filter(|pid| *pid > 0)
    }

    /// When the container of a service was last started.
    pub(crate) fn started(&self, service: &str) -> EpochSec {
        let text = self.inspect(service)["State"]["StartedAt"].as_str().unwrap_or_default().to_owned();
        let at = chrono::DateTime::parse_from_rfc3339(&text).expect("an instant");
        EpochSec::new(at.timestamp_millis() as f64 / 1000.0)
    }

    /// Sends a signal from the host: what `docker kill` would do, but nobody's wish.
    pub(crate) fn signal(&self, service: &str, signal: &str) {
        let pid = self.pid(service).expect("it runs").to_string();
        run(Command::new("kill").args(["-s", signal, &pid]));
    }

    pub(crate) fn docker(&self, args: &[&str]) -> String {
        text(&run(Command::new("docker").args(args)))
    }

    pub(crate) fn compose(&self, args: &[&str]) -> String {
        text(&run(Command::new("docker").arg("compose").args(args).current_dir(&self.root)))
    }

    pub(crate) fn script(&self, name: &str) -> Output {
        run(Command::new(self.root.join("scripts").join(name)).current_dir(&self.root))
    }

    /// Runs `./admin`, whatever its exit code.
    pub(crate) fn admin(&self, args: &[&str]) -> Output {
        Command::new(self.root.join("admin"))
            .args(args)
            .current_dir(&self.root)
            .output()
            .expect("./admin runs")
    }

    pub(crate) fn root(&self) -> &Path {
        &self.root
    }
}

/// A client that accepts the development certificate.
pub(crate) fn client() -> reqwest::Client {
    let _first = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder()
        .danger_accept_invalid_certs(true)
        .timeout(Duration::from_secs(20))
        .build()
        .expect("TLS")
}

pub(crate) fn text(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn run(command: &mut Command) -> Output {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    output
}

#[expect(clippy::disallowed_methods, reason = "scripts/test hands the fleet over in the environment")]
fn variable(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_unset| panic!("{name} is not set: run this through scripts/test"))
}
