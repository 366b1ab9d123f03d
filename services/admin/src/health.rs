//! One look at everything: buses, heartbeats, endpoints, and the score that follows.

use crate::{
    beats::{self, Pulse},
    catalog::Catalog,
    desk::{self, Desk},
    edge,
    score::{self, Share, Standing},
};
use bus::ServerInfo;
use fleet::docker::{Container, State};
use futures_util::future::join_all;
use serde::Serialize;
use serde_json::{Value, json};
use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};
use tokio::time::timeout;
use wire::{BusId, EpochSec};

const HTTP_LIMIT: Duration = Duration::from_secs(3);
const REDIS_LIMIT: Duration = Duration::from_secs(2);

/// A bus's own figures; those that it does not tell are `None`.
#[derive(Debug, Clone, Default, Serialize)]
pub(crate) struct BusHealth {
    pub(crate) alive: bool,
    pub(crate) used_memory_mb: Option<f64>,
    pub(crate) used_memory_peak_mb: Option<f64>,
    pub(crate) connected_clients: Option<u64>,
    pub(crate) total_keys: Option<u64>,
    pub(crate) uptime_seconds: Option<u64>,
    pub(crate) ops_per_sec: Option<u64>,
    /// Hits of all look-ups, 0 to 1; `None` before the first.
    pub(crate) hit_rate: Option<f64>,
    pub(crate) maxmemory: Option<u64>,
    pub(crate) evicted_keys: Option<u64>,
}

/// An endpoint's answer.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Endpoint {
    pub(crate) url: String,
    pub(crate) ok: bool,
    /// HTTP status, or why there was none.
    pub(crate) detail: String,
    pub(crate) ms: u64,
}

/// A heartbeat as the score sees it.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Beating {
    #[serde(rename = "status")]
    pub(crate) standing: Standing,
    #[serde(flatten)]
    pub(crate) pulse: Option<Pulse>,
}

/// Everything at one instant.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Snapshot {
    pub(crate) ts: EpochSec,
    pub(crate) score: f64,
    pub(crate) score_label: &'static str,
    pub(crate) parts: Value,
    pub(crate) redis: BTreeMap<BusId, BusHealth>,
    pub(crate) heartbeats: BTreeMap<String, Beating>,
    pub(crate) http: BTreeMap<String, Endpoint>,
}

/// Probes everything at once. Nothing that is away is an error here: it lowers the score. `containers` is `None`
/// when Docker cannot be asked.
pub(crate) async fn snapshot(
    desk: &Desk,
    catalog: Option<&Catalog>,
    containers: Option<&[Container]>,
) -> Snapshot {
    let (redis, heartbeats, http) =
        tokio::join!(buses(desk), heartbeats(desk, catalog, containers), endpoints(desk, catalog));
    let standings: Vec<_> = heartbeats.values().map(|beating| beating.standing).collect();
    let buses = Share { well: redis.values().filter(|bus| bus.alive).count(), all: redis.len() };
    let answering = Share { well: http.values().filter(|endpoint| endpoint.ok).count(), all: http.len() };
    let beating = score::beating(&standings);
    let score = score::score(buses, beating, answering);
    Snapshot {
        ts: desk::now(),
        score,
        score_label: score::label(score),
        parts: json!({"redis": buses.ratio(), "heartbeats": beating, "http": answering.ratio()}),
        redis,
        heartbeats,
        http,
    }
}

/// The figures of all four buses.
pub(crate) async fn buses(desk: &Desk) -> BTreeMap<BusId, BusHealth> {
    let asked = BusId::ALL.map(|id| async move {
        let info = timeout(desk.limit(REDIS_LIMIT), desk.bus.info(id)).await;
        (id, info.ok().and_then(Result::ok).as_ref().map(figures).unwrap_or_default())
    });
    join_all(asked).await.into_iter().collect()
}

fn figures(info: &ServerInfo) -> BusHealth {
    let whole = |field: &str| info.number(field).map(|number| number as u64);
    let megabytes = |field: &str| info.number(field).map(|bytes| (bytes / 104_857.6).round() / 10.0);
    let (hits, misses) = (info.number("keyspace_hits"), info.number("keyspace_misses"));
    let lookups = hits.zip(misses).map(|(hits, misses)| (hits, hits + misses)).filter(|(_, all)| *all > 0.0);
    // `keys=12,expires=3,avg_ttl=0`; an empty database has no such line.
    let keys = info.text("db0").and_then(|text| text.strip_prefix("keys=")?.split(',').next()?.parse().ok());
    BusHealth {
        alive: true,
        used_memory_mb: megabytes("used_memory"),
        used_memory_peak_mb: megabytes("used_memory_peak"),
        connected_clients: whole("connected_clients"),
        total_keys: keys.or(Some(0)),
        uptime_seconds: whole("uptime_in_seconds"),
        ops_per_sec: whole("instantaneous_ops_per_sec"),
        hit_rate: lookups.map(|(hits, all)| (hits / all * 1000.0).round() / 1000.0),
        maxmemory: whole("maxmemory"),
        evicted_keys: whole("evicted_keys"),
    }
}

async fn heartbeats(
    desk: &Desk,
    catalog: Option<&Catalog>,
    containers: Option<&[Container]>,
) -> BTreeMap<String, Beating> {
    let Some(catalog) = catalog else { return BTreeMap::new() };
    let Ok(pulses) = beats::all(&desk.bus, catalog).await else {
        let unknown =
            |(id, ..): (&str, _, _)| (id.to_owned(), Beating { standing: Standing::Unknown, pulse: None });
        return catalog.beating().map(unknown).collect();
    };
    let judged = pulses.into_iter().map(|(id, pulse)| {
        let standing = pulse.standing(containers.map(|containers| runs(containers, &id)));
        (id, Beating { standing, pulse: Some(pulse) })
    });
    judged.collect()
}

/// True when a container of `service` runs.
pub(crate) fn runs(containers: &[Container], service: &str) -> bool {
    containers.iter().any(|container| container.service == service && container.state == State::Running)
}

async fn endpoints(desk: &Desk, catalog: Option<&Catalog>) -> BTreeMap<String, Endpoint> {
    let services = catalog.into_iter().flat_map(|catalog| {
        catalog
            .services
            .iter()
            .filter_map(|(id, service)| Some((id, service.port?, catalog.health_path(service)?)))
    });
    let asked = services.map(|(id, port, path)| async move {
        let port = desk.port(&id.to_ascii_uppercase(), port);
        (id.clone(), probe(desk, &format!("http://127.0.0.1:{port}{path}")).await)
    });
    join_all(asked).await.into_iter().collect()
}

/// One GET, bounded in time.
pub(crate) async fn probe(desk: &Desk, address: &str) -> Endpoint {
    let (started, limit) = (Instant::now(), desk.limit(HTTP_LIMIT));
    let answer = async {
        let url = edge::url(address)?;
        let client = edge::client(&url, limit)?;
        let sent = client.get(url).timeout(limit).send().await;
        anyhow::Ok(sent.map(|response| response.status()).map_err(edge::cause))
    };
    let (ok, detail) = match answer.await {
        Ok(Ok(status)) => (status.is_success(), status.as_u16().to_string()),
        Ok(Err(cause)) => (false, cause),
        Err(error) => (false, format!("{error:#}")),
    };
    let ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
    Endpoint { url: address.into(), ok, detail, ms }
}
