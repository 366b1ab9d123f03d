use super::watch;
use crate::{
    beats::{self, Pulse},
    desk::Desk,
    exit::Exit,
    output::{NOTHING, Report, Table, Tone, seconds},
    score::Standing,
};
use anyhow::Context;
use serde_json::to_value;

/// Show the heartbeat of every service
#[derive(Debug, clap::Args)]
pub(super) struct Heartbeats {
    /// Show it again every two seconds
    #[arg(long)]
    pub(super) watch: bool,
}

impl Heartbeats {
    pub(super) async fn run(self, desk: &Desk) -> anyhow::Result<Report> {
        if self.watch {
            return watch::repeatedly(desk, async || look(desk).await).await;
        }
        look(desk).await
    }
}

async fn look(desk: &Desk) -> anyhow::Result<Report> {
    let catalog = desk.catalog().await?;
    let pulses = beats::all(&desk.bus, &catalog).await.context("read the heartbeats")?;
    let mut table = Table::new(["SERVICE", "ALIVE", "AGE", "TTL", "OF", "I", "STATUS", "SUBSCRIBERS"]);
    for pulse in pulses.values() {
        table.row(tone(pulse), cells(pulse));
    }
    let all_alive = pulses.values().all(|pulse| pulse.alive);
    let json = to_value(pulses.values().collect::<Vec<_>>()).context("encode")?;
    Ok(Report::new(json).table(table).ending(if all_alive { Exit::Done } else { Exit::Failed }))
}

fn cells(pulse: &Pulse) -> [String; 8] {
    [
        pulse.svc.clone(),
        if pulse.alive { "yes" } else { "no" }.into(),
        seconds(pulse.age_sec),
        seconds(pulse.ttl_left_sec),
        format!("{}s", pulse.ttl_sec),
        pulse.i.map_or_else(|| NOTHING.into(), |i| i.to_string()),
        pulse.status_word(),
        pulse.subscribers.to_string(),
    ]
}

fn tone(pulse: &Pulse) -> Tone {
    match pulse.standing(None) {
        Standing::Healthy => Tone::Plain,
        Standing::Degraded => Tone::Warning,
        _ => Tone::Bad,
    }
}
