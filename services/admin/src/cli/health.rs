use crate::{
    desk::Desk,
    exit::Exit,
    health::{self, BusHealth, Snapshot},
    output::{NOTHING, Report, Table, Tone, seconds, span},
    score::Standing,
};
use anyhow::Context;
use serde_json::to_value;

/// Below this the fleet is not well.
const WELL: f64 = 0.80;

/// Rate the health of the fleet: buses, heartbeats, endpoints
#[derive(Debug, clap::Args)]
pub(super) struct Health {
    /// Show every part
    #[arg(long)]
    deep: bool,
}

impl Health {
    pub(super) async fn run(self, desk: &Desk) -> anyhow::Result<Report> {
        let catalog = match desk.loaded().await {
            Ok(catalog) => catalog,
            Err(error) => {
                desk.screen.note(crate::exit::told(&error));
                None
            }
        };
        let containers = match desk.containers().await {
            Ok(containers) => Some(containers),
            Err(error) => {
                desk.screen.note(crate::exit::told(&error));
                None
            }
        };
        let snapshot = health::snapshot(desk, catalog.as_ref(), containers.as_deref()).await;
        let exit = if snapshot.score >= WELL { Exit::Done } else { Exit::Failed };
        let mut report = Report::new(to_value(&snapshot).context("encode")?)
            .line(format!("score {:.3} {}", snapshot.score, snapshot.score_label))
            .line(summary(&snapshot));
        if self.deep {
            report = report.table(buses(&snapshot)).table(heartbeats(&snapshot)).table(endpoints(&snapshot));
        }
        Ok(report.ending(exit))
    }
}

fn summary(snapshot: &Snapshot) -> String {
    let buses = snapshot.redis.values().filter(|bus| bus.alive).count();
    let healthy =
        snapshot.heartbeats.values().filter(|beating| beating.standing == Standing::Healthy).count();
    let answering = snapshot.http.values().filter(|endpoint| endpoint.ok).count();
    let (all_buses, all_beats, all_http) =
        (snapshot.redis.len(), snapshot.heartbeats.len(), snapshot.http.len());
    format!("buses {buses}/{all_buses}  heartbeats {healthy}/{all_beats}  endpoints {answering}/{all_http}")
}

fn buses(snapshot: &Snapshot) -> Table {
    let mut table =
        Table::new(["BUS", "ALIVE", "MEMORY", "PEAK", "CLIENTS", "KEYS", "OPS/S", "HIT_RATE", "UPTIME"]);
    for (id, bus) in &snapshot.redis {
        table.row(if bus.alive { Tone::Plain } else { Tone::Bad }, bus_cells(id.name(), bus));
    }
    table
}

fn bus_cells(name: &str, bus: &BusHealth) -> [String; 9] {
    let number = |value: Option<u64>| value.map_or_else(|| NOTHING.into(), |value| value.to_string());
    let megabytes = |value: Option<f64>| value.map_or_else(|| NOTHING.into(), |value| format!("{value}M"));
    [
        name.into(),
        if bus.alive { "yes" } else { "no" }.into(),
        megabytes(bus.used_memory_mb),
        megabytes(bus.used_memory_peak_mb),
        number(bus.connected_clients),
        number(bus.total_keys.filter(|_| bus.alive)),
        number(bus.ops_per_sec),
        bus.hit_rate.map_or_else(|| NOTHING.into(), |rate| format!("{rate:.3}")),
        bus.uptime_seconds.map_or_else(|| NOTHING.into(), span),
    ]
}

fn heartbeats(snapshot: &Snapshot) -> Table {
    let mut table = Table::new(["SERVICE", "HEARTBEAT", "AGE", "TTL"]);
    for (id, beating) in &snapshot.heartbeats {
        let tone = match beating.standing {
            Standing::Healthy => Tone::Plain,
            Standing::Degraded | Standing::RunningNoHeartbeat => Tone::Warning,
            Standing::Dead | Standing::Unknown => Tone::Bad,
        };
        let pulse = beating.pulse.as_ref();
        let age = seconds(pulse.and_then(|pulse| pulse.age_sec));
        let left = seconds(pulse.and_then(|pulse| pulse.ttl_left_sec));
        table.row(tone, [id.clone(), beating.standing.word().into(), age, left]);
    }
    table
}

fn endpoints(snapshot: &Snapshot) -> Table {
    let mut table = Table::new(["SERVICE", "ENDPOINT", "ANSWER", "TOOK"]);
    for (id, endpoint) in &snapshot.http {
        let tone = if endpoint.ok { Tone::Plain } else { Tone::Bad };
        let took = format!("{}ms", endpoint.ms);
        table.row(tone, [id.clone(), endpoint.url.clone(), endpoint.detail.clone(), took]);
    }
    table
}
