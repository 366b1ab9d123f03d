use super::watch;
use crate::{
    beats::{self, Pulse},
    desk::{self, Desk},
    docker::is_well,
    exit::{self, Exit},
    health::{self, BusHealth},
    output::{NOTHING, Report, Table, Tone, seconds, span},
    score::Standing,
};
use fleet::docker::{Container, Role, State};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use wire::{BusId, system};

/// Show what runs, and how well
#[derive(Debug, clap::Args)]
pub(super) struct Status {
    /// Show it again every two seconds
    #[arg(long)]
    pub(super) watch: bool,
}

impl Status {
    pub(super) async fn run(self, desk: &Desk) -> anyhow::Result<Report> {
        if self.watch {
            return watch::repeatedly(desk, async || Ok(look(desk).await)).await;
        }
        Ok(look(desk).await)
    }
}

/// What could be read; each part that could not is told on stderr, and the command ends as unreachable.
#[derive(Default)]
struct View {
    containers: Option<Vec<Container>>,
    pulses: BTreeMap<String, Pulse>,
    phases: BTreeMap<String, u32>,
    stopped: BTreeSet<String>,
    quarantined: BTreeSet<String>,
    truth: Value,
    /// True when system-redis could not be read: nobody knows who beats.
    is_dark: bool,
    unreachable: Vec<String>,
}

async fn look(desk: &Desk) -> Report {
    let (view, buses) = tokio::join!(View::read(desk), health::buses(desk));
    for told in &view.unreachable {
        desk.screen.complain(told);
    }
    let rows = view.rows();
    let unwell =
        rows.iter().any(|row| row.wanted && row.state != "healthy") || buses.values().any(|bus| !bus.alive);
    let exit = match (view.unreachable.is_empty(), unwell || rows.is_empty()) {
        (false, _) => Exit::Unreachable,
        (true, true) => Exit::Failed,
        (true, false) => Exit::Done,
    };
    let mut table = Table::new([
        "SERVICE",
        "PHASE",
        "CONTAINER",
        "HEALTH",
        "UPTIME",
        "RESTARTS",
        "HB-AGE",
        "TTL",
        "STATE",
    ]);
    for row in &rows {
        table.row(row.tone(), row.cells());
    }
    let json = json!({
        "fleet": desk.project, "ts": desk::now(), "services": rows.iter().map(Row::json).collect::<Value>(),
        "redis": buses, "truth": view.truth,
    });
    Report::new(json).table(table).table(bus_table(&buses)).line(truth_line(&view.truth)).ending(exit)
}

impl View {
    async fn read(desk: &Desk) -> Self {
        let mut view = Self::default();
        match desk.containers().await {
            Ok(containers) => view.containers = Some(containers),
            Err(error) => view.unreachable.push(exit::told(&error)),
        }
        if let Err(error) = view.read_bus(desk).await {
            view.is_dark = true;
            view.unreachable.push(exit::told(&error));
        }
        view
    }

    async fn read_bus(&mut self, desk: &Desk) -> anyhow::Result<()> {
        let containers = self.containers.as_deref().unwrap_or_default();
        let mut ids: BTreeSet<String> =
            containers.iter().map(|container| container.service.clone()).collect();
        let catalog = desk.loaded().await?;
        if let Some(catalog) = &catalog {
            self.pulses = beats::all(&desk.bus, catalog).await?;
            self.phases = catalog.services.iter().map(|(id, service)| (id.clone(), service.phase)).collect();
            ids.extend(catalog.services.keys().cloned());
        }
        for id in ids {
            if desk.bus.get(&system::stopped(&id)).await?.is_some() {
                self.stopped.insert(id.clone());
            }
            if desk.bus.get(&system::quarantine(&id)).await?.is_some() {
                self.quarantined.insert(id);
            }
        }
        if catalog.is_none() {
            return Ok(());
        }
        let mut batch = desk.bus.batch(BusId::System);
        batch.text(&system::truth_version(BusId::System)).text(&system::TRUTH_REV);
        batch.text(&system::truth_ts(BusId::System)).text(&system::truth_hash(BusId::System));
        let mut replies = batch.run().await?.into_iter().map(Option::unwrap_or_default);
        let mut next = || replies.next().unwrap_or_default();
        self.truth = json!({"version": next(), "rev": next().parse::<u64>().ok(),
                            "ts": next().parse::<u64>().ok(), "hash": next()});
        Ok(())
    }

    /// One row per container, and one per service of Truth that has none.
    fn rows(&self) -> Vec<Row> {
        let containers = self.containers.as_deref().unwrap_or_default();
        let mut rows: Vec<Row> =
            containers.iter().map(|container| self.row(&container.service, Some(container))).collect();
        let missing =
            self.pulses.keys().filter(|id| !containers.iter().any(|container| container.service == **id));
        rows.extend(missing.map(|id| self.row(id, None)));
        rows.sort_by(|a, b| (a.phase, &a.service).cmp(&(b.phase, &b.service)));
        rows
    }

    fn row(&self, service: &str, container: Option<&Container>) -> Row {
        let pulse = self.pulses.get(service);
        let state = self.state(service, container, pulse);
        let running = container.filter(|container| container.state == State::Running);
        let uptime = running
            .and_then(|container| container.started_at)
            .map(|at| desk::now().since(at).max(0.0) as u64);
        Row {
            service: service.into(),
            phase: container
                .map_or_else(|| self.phases.get(service).copied().unwrap_or(0), |known| known.phase),
            container: container.map(|container| (container.short_id().to_owned(), container.state.name())),
            health: container.and_then(|container| container.health).map(|health| health.name()),
            uptime_sec: uptime,
            restarts: container.map(|container| container.restart_count),
            age_sec: pulse.and_then(|pulse| pulse.age_sec),
            ttl_left_sec: pulse.and_then(|pulse| pulse.ttl_left_sec),
            wanted: state != "stopped",
            state,
        }
    }

    fn state(&self, service: &str, container: Option<&Container>, pulse: Option<&Pulse>) -> &'static str {
        let runs = container.map(|container| container.state == State::Running);
        let known = self.containers.is_some();
        if self.quarantined.contains(service) {
            return "quarantined";
        }
        if self.stopped.contains(service) && runs != Some(true) {
            return "stopped";
        }
        match container.map(|container| (container.role, container.state)) {
            None if known => return "missing",
            None => {}
            Some((Role::Job, _)) => {
                return if container.is_some_and(is_well) { "healthy" } else { "failed" };
            }
            Some((_, State::Running)) => {}
            Some((_, other)) => return other.name(),
        }
        if container.is_some_and(|container| !is_well(container)) {
            return "unhealthy";
        }
        if container.is_some_and(|container| container.health == Some(fleet::docker::Health::Starting)) {
            return "starting";
        }
        match pulse.map(|pulse| pulse.standing(runs)) {
            None if self.is_dark && container.is_some_and(|container| container.role == Role::Service) => {
                "unknown"
            }
            None => "healthy",
            Some(standing @ (Standing::Healthy | Standing::Degraded)) => standing.word(),
            Some(Standing::RunningNoHeartbeat) => "no_heartbeat",
            Some(_) => "dead",
        }
    }
}

struct Row {
    service: String,
    phase: u32,
    /// Short id and state.
    container: Option<(String, &'static str)>,
    health: Option<&'static str>,
    uptime_sec: Option<u64>,
    restarts: Option<i64>,
    age_sec: Option<f64>,
    ttl_left_sec: Option<f64>,
    state: &'static str,
    /// False when an operator stopped it.
    wanted: bool,
}

impl Row {
    fn tone(&self) -> Tone {
        match self.state {
            "healthy" => Tone::Plain,
            "stopped" => Tone::Faint,
            "starting" | "degraded" | "unknown" => Tone::Warning,
            _ => Tone::Bad,
        }
    }

    fn cells(&self) -> [String; 9] {
        let text = |value: Option<String>| value.unwrap_or_else(|| NOTHING.into());
        [
            self.service.clone(),
            self.phase.to_string(),
            text(self.container.as_ref().map(|(_, state)| (*state).to_owned())),
            text(self.health.map(str::to_owned)),
            text(self.uptime_sec.map(span)),
            text(self.restarts.map(|restarts| restarts.to_string())),
            seconds(self.age_sec),
            seconds(self.ttl_left_sec),
            self.state.into(),
        ]
    }

    fn json(&self) -> Value {
        json!({
            "service": self.service, "phase": self.phase,
            "container": self.container.as_ref().map(|(id, state)| json!({"id": id, "state": state})),
            "health": self.health, "uptime_sec": self.uptime_sec, "restarts": self.restarts,
            "hb_age_sec": self.age_sec, "ttl_left_sec": self.ttl_left_sec, "state": self.state, "wanted": self.wanted,
        })
    }
}

fn bus_table(buses: &BTreeMap<BusId, BusHealth>) -> Table {
    let mut table = Table::new(["BUS", "ALIVE", "MEMORY", "CLIENTS", "KEYS"]);
    for (id, bus) in buses {
        let number = |value: Option<u64>| value.map_or_else(|| NOTHING.into(), |value| value.to_string());
        let memory = bus.used_memory_mb.map_or_else(|| NOTHING.into(), |megabytes| format!("{megabytes}M"));
        let alive = if bus.alive { "yes" } else { "no" };
        let cells =
            [id.to_string(), alive.into(), memory, number(bus.connected_clients), number(bus.total_keys)];
        table.row(if bus.alive { Tone::Plain } else { Tone::Bad }, cells);
    }
    table
}

fn truth_line(truth: &Value) -> String {
    let text = |name: &str| {
        truth.get(name).map_or_else(|| NOTHING.into(), |value| value.to_string().replace('"', ""))
    };
    if truth.is_null() {
        return "\nTruth: not loaded".into();
    }
    format!("\nTruth: version={} rev={} hash={}", text("version"), text("rev"), text("hash"))
}
