use serde_json::Value;
use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::{Output, Stdio},
    time::SystemTime,
};
use tempfile::TempDir;
use testkit::Rig;
use tokio::process::Command;
use wire::{
    BusId, EpochSec,
    system::{self, BeatState, Status},
};

/// Somebody at a terminal, with four empty Redis servers and a small checkout of their own.
pub(crate) struct Operator {
    pub(crate) rig: Rig,
    pub(crate) checkout: TempDir,
    variables: Vec<(String, String)>,
}

/// How a command ended.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Ran {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }
}

impl From<Output> for Ran {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code(),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

impl Operator {
    /// With Truth files of two services, nothing loaded.
    pub(crate) async fn new() -> Self {
        let operator =
            Self { rig: Rig::new().await, checkout: tempfile::tempdir().unwrap(), variables: Vec::new() };
        operator.write("truth/mm_node.json", NODE);
        operator.write("truth/components/healer.json", HEALER);
        operator.write("truth/components/vigil.json", VIGIL);
        operator
    }

    /// As [`Operator::new`], with Truth loaded.
    pub(crate) async fn with_truth() -> Self {
        let operator = Self::new().await;
        let loaded = operator.run(&["load-truth"]).await;
        assert_eq!(loaded.code, Some(0), "{loaded:?}");
        operator
    }

    pub(crate) fn set(&mut self, name: &str, value: impl Into<String>) {
        self.variables.push((name.into(), value.into()));
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.checkout.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// A program of this name that comes before the real one.
    pub(crate) fn pretend(&self, name: &str, script: &str) {
        script_at(&self.path("bin").join(name), script);
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_ms-admin"));
        self.prepare(&mut command);
        command.args(arguments);
        command
    }

    pub(crate) fn prepare(&self, command: &mut Command) {
        let bin = self.path("bin").display().to_string();
        command.env_clear().current_dir(self.checkout.path());
        command.env("PATH", format!("{bin}:/usr/local/bin:/usr/bin:/bin"));
        command.env("DOCKER_HOST", format!("unix://{}", self.path("no-docker.sock").display()));
        for id in BusId::ALL {
            command.env(format!("{}_REDIS_URL", id.role().to_ascii_uppercase()), self.rig.url(id));
        }
        command.envs(self.variables.iter().cloned());
        command.stdin(Stdio::null()).kill_on_drop(true);
    }

    pub(crate) async fn run(&self, arguments: &[&str]) -> Ran {
        self.command(arguments).output().await.unwrap().into()
    }

    /// Writes a beat of `service` that lives for `ttl_sec`, as a service does.
    pub(crate) async fn beat(&self, service: &str, status: Status, ttl_sec: u64) {
        let now = EpochSec::from(SystemTime::now());
        let state = BeatState {
            service: service.into(),
            ts: now,
            pid: 1,
            status,
            i: 12,
            inst: "a".into(),
            version: "0.1.0".into(),
            uptime_sec: 60,
            truth_rev: 1,
            restart_required: false,
            stalled: Vec::new(),
            task_restarts: 0,
            extra: serde_json::Map::default(),
        };
        let key = system::beat_state(service).living(std::time::Duration::from_secs(ttl_sec));
        self.rig.bus.set(&key, &state).await.unwrap();
        self.rig.bus.set(&system::last_beat(service), &now.whole()).await.unwrap();
    }
}

pub(crate) fn script_at(path: &Path, script: &str) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    // Renamed into place: a file that is still open for writing cannot be executed.
    let beside = path.with_extension("new");
    fs::write(&beside, format!("#!/bin/sh\n{script}\n")).unwrap();
    fs::set_permissions(&beside, fs::Permissions::from_mode(0o755)).unwrap();
    fs::rename(beside, path).unwrap();
}

pub(crate) const NODE: &str = r#"{
  "version": "1.0.0", "description": "A desk for tests", "node": {"name": "test", "env": "dev"},
  "buses": {
    "system-redis": {"url": "redis://system-redis:6379", "role": "system", "description": "x"},
    "market-redis": {"url": "redis://market-redis:6379", "role": "market", "description": "x"},
    "intel-redis": {"url": "redis://intel-redis:6379", "role": "intel", "description": "x"},
    "echo-redis": {"url": "redis://echo-redis:6379", "role": "echo", "description": "x"}
  },
  "components": ["healer", "vigil"]
}"#;

pub(crate) const HEALER: &str = r#"{
  "id": "healer", "meta": {"name": "Healer", "description": "Watches"},
  "access_points": {
    "publish_to": [{"bus": "system-redis", "key": "healer:heartbeat"}, {"bus": "system-redis", "key": "healer:alerts"}],
    "subscribe_to": []
  },
  "heartbeat": {"interval_sec": 10, "ttl_sec": 30, "timeout_sec": 30},
  "service": {"phase": 2}, "threshold": {"heartbeat_cadence": 30}
}"#;

pub(crate) const VIGIL: &str = r#"{
  "id": "vigil", "meta": {"name": "Vigil", "description": "Sees moves"},
  "access_points": {"publish_to": [{"bus": "system-redis", "key": "vigil:heartbeat"}], "subscribe_to": []},
  "heartbeat": {"interval_sec": 5, "ttl_sec": 15, "timeout_sec": 30},
  "service": {"phase": 3},
  "env": {"VIGIL_WINDOW_SEC": 30, "VIGIL_API_KEY": "${secret:vigil.api_key}", "VIGIL_NOTE": ""}
}"#;

/// A secret value that no command may ever print.
pub(crate) const SECRET: &str = "hunter2-hunter2-hunter2";
