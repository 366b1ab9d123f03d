use crate::{
    desk::{self, Desk},
    exit::{self, Exit},
    output::{Report, Screen, Tone},
};
use anyhow::Context;
use bus::{Backoff, Bus, Heard, Topics};
use chrono::DateTime;
use futures_util::StreamExt;
use serde_json::Value;
use std::{
    collections::{HashSet, VecDeque},
    pin::pin,
    time::Duration,
};
use wire::{BusId, EpochMs, system};

const PAGE: usize = 1000;
/// More than the stream keeps: nothing that can be read twice is forgotten in between.
const REMEMBERED: usize = 8192;

/// Follow what healer and sentinel say
#[derive(Debug, clap::Args)]
pub(super) struct Alerts {
    /// Only of this service
    #[arg(long, value_name = "S")]
    svc: Option<String>,
    /// Only of this type: heartbeat_miss, container_die …
    #[arg(long = "type", value_name = "T")]
    kind: Option<String>,
    /// First what was said in this time: 30s, 10m, 2h
    #[arg(long, value_name = "D", value_parser = super::duration::parse)]
    since: Option<Duration>,
    /// End after this many; without following, the newest so many
    #[arg(long, value_name = "N")]
    count: Option<usize>,
    /// End with what is kept
    #[arg(long)]
    no_follow: bool,
}

impl Alerts {
    pub(super) async fn run(self, desk: &Desk) -> anyhow::Result<Report> {
        if self.no_follow {
            return self.kept(desk).await;
        }
        let mut left = self.count.unwrap_or(usize::MAX);
        let mut reader = Reader::from(self.since);
        // Healer names its channel in Truth; without Truth it is the contract's.
        let channel = desk.loaded().await?.map_or(system::ALERTS, |catalog| catalog.alerts());
        let topics = Topics { channels: vec![channel.name.to_string()], ..Topics::default() };
        let mut heard = pin!(desk.bus.listen(BusId::System, topics));
        // Subscribed first, then the stream is read: what comes in between is heard twice and told once.
        while left > 0 {
            let fresh = match heard.next().await {
                Some(Heard::Up) => reader.missed_patiently(&desk.bus).await?,
                Some(Heard::Message { payload, .. }) => {
                    reader.take(String::from_utf8_lossy(&payload).into_owned()).into_iter().collect()
                }
                Some(Heard::Down) => {
                    desk.screen.note("system-redis: link lost, waiting");
                    continue;
                }
                None => break,
            };
            for alert in fresh.iter().filter(|alert| self.wants(alert)).take(left) {
                tell(&desk.screen, alert)?;
                left -= 1;
            }
        }
        Ok(Report::told(Exit::Done))
    }

    async fn kept(&self, desk: &Desk) -> anyhow::Result<Report> {
        let mut reader = Reader::from(Some(self.since.unwrap_or(Duration::MAX)));
        let mut alerts = reader.missed(&desk.bus).await?;
        alerts.retain(|alert| self.wants(alert));
        let skipped = self.count.map_or(0, |count| alerts.len().saturating_sub(count));
        alerts.iter().skip(skipped).try_for_each(|alert| tell(&desk.screen, alert))?;
        Ok(Report::told(Exit::Done))
    }

    fn wants(&self, alert: &Value) -> bool {
        let is = |field: &str, wanted: &Option<String>| {
            wanted.as_deref().is_none_or(|wanted| alert.get(field).and_then(Value::as_str) == Some(wanted))
        };
        is("svc", &self.svc) && is("type", &self.kind)
    }
}

/// Reads channel and stream as one: every alert once.
struct Reader {
    /// Id of the last stream entry that was read.
    after: String,
    known: HashSet<String>,
    order: VecDeque<String>,
}

impl Reader {
    /// From `since` ago, or from now on.
    fn from(since: Option<Duration>) -> Self {
        let now_ms = EpochMs::from(desk::now()).0;
        let ago_ms = since.map_or(0, |since| i64::try_from(since.as_millis()).unwrap_or(i64::MAX));
        let after = now_ms.saturating_sub(ago_ms).max(0).to_string();
        Self { after, known: HashSet::new(), order: VecDeque::new() }
    }

    /// [`Reader::missed`], waiting while the server that just came back is not ready for commands yet.
    async fn missed_patiently(&mut self, bus: &Bus) -> anyhow::Result<Vec<Value>> {
        let mut backoff = Backoff::default();
        loop {
            match self.missed(bus).await {
                Err(error) if exit::of(&error) == Exit::Unreachable => backoff.wait().await,
                read => return read,
            }
        }
    }

    /// What the stream holds behind the last entry that was read.
    async fn missed(&mut self, bus: &Bus) -> anyhow::Result<Vec<Value>> {
        let mut fresh = Vec::new();
        loop {
            let page = bus.entries(&system::ALERT_LOG, &self.after, PAGE).await.context("read the alerts")?;
            let Some((last, _)) = page.last() else { return Ok(fresh) };
            self.after.clone_from(last);
            for (_, mut fields) in page {
                fresh.extend(fields.remove("d").and_then(|text| self.take(text)));
            }
        }
    }

    /// The alert, unless it was taken before. Without an id its whole text tells it from others.
    fn take(&mut self, text: String) -> Option<Value> {
        let alert: Value = serde_json::from_str(&text).ok()?;
        let identity = alert.get("id").and_then(Value::as_str).map_or(text, str::to_owned);
        if !self.known.insert(identity.clone()) {
            return None;
        }
        self.order.push_back(identity);
        if self.order.len() > REMEMBERED
            && let Some(oldest) = self.order.pop_front()
        {
            self.known.remove(&oldest);
        }
        Some(alert)
    }
}

fn tell(screen: &Screen, alert: &Value) -> std::io::Result<()> {
    screen.tell(tone(alert), &line(alert), alert)
}

fn tone(alert: &Value) -> Tone {
    let text = |field: &str| alert.get(field).and_then(Value::as_str).unwrap_or_default();
    match (text("severity"), text("type")) {
        ("critical", _) | (_, "heartbeat_miss" | "healer_miss") => Tone::Bad,
        ("warning", _) => Tone::Warning,
        (_, "heartbeat_ok" | "healer_ok") => Tone::Good,
        _ => Tone::Plain,
    }
}

/// `2026-03-02 14:05:09  heartbeat_miss     vigil       late_sec=30.8 timeout_sec=30.0`
fn line(alert: &Value) -> String {
    let text = |field: &str| alert.get(field).and_then(Value::as_str).unwrap_or(crate::output::NOTHING);
    let ts = alert.get("ts").and_then(Value::as_f64).unwrap_or_default();
    let at =
        DateTime::from_timestamp(ts as i64, 0).map_or_else(String::new, |at| at.format("%F %T").to_string());
    let told = ["type", "svc", "ts", "id", "severity"];
    let details = alert.as_object().into_iter().flatten().filter(|(name, _)| !told.contains(&name.as_str()));
    let details = details.map(|(name, value)| {
        format!("{name}={}", value.as_str().map_or_else(|| value.to_string(), str::to_owned))
    });
    let details = details.collect::<Vec<_>>().join(" ");
    format!("{at}  {:<18} {:<14} {details}", text("type"), text("svc")).trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_alert_is_taken_once_by_its_id_or_by_its_text() {
        let mut reader = Reader::from(None);
        let with_id = r#"{"type":"heartbeat_ok","svc":"sse","ts":1,"id":"01A"}"#;
        assert!(reader.take(with_id.into()).is_some());
        assert!(reader.take(with_id.into()).is_none());
        let without = r#"{"type":"heartbeat_ok","svc":"sse","ts":2}"#;
        assert!(reader.take(without.into()).is_some());
        assert!(reader.take(without.into()).is_none());
        assert!(reader.take("not json".into()).is_none());
    }

    #[test]
    fn a_line_has_instant_type_service_and_the_rest() {
        let alert = serde_json::json!(
            {"type": "heartbeat_miss", "svc": "vigil", "late_sec": 30.8, "ts": 1_772_460_309, "id": "01A"}
        );
        assert_eq!(line(&alert), "2026-03-02 14:05:09  heartbeat_miss     vigil          late_sec=30.8");
    }
}
