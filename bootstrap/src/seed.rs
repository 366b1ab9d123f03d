//! The steps: wait, build, load, register, verify. Each ends in one log line, or in an exit code of its own.

use anyhow::{Context as _, anyhow, bail};
use bus::Bus;
use chassis::{Env, Standalone};
use std::{
    collections::BTreeMap,
    path::PathBuf,
    process::ExitCode,
    time::{Duration, Instant},
};
use tracing::{error, info, warn};
use truth::{Composite, Error, Load, Sources, registry};
use wire::BusId;

const PING_EVERY: Duration = Duration::from_millis(500);

/// Why the fleet must not start.
struct Stop {
    code: u8,
    cause: anyhow::Error,
}

const UNEXPECTED: u8 = 1;
const NOT_WRITTEN: u8 = 2;
const NO_ANSWER: u8 = 3;
const INVALID: u8 = 4;
const UNREADABLE: u8 = 5;
const NOT_REGISTERED: u8 = 6;

fn stop(code: u8) -> impl FnOnce(anyhow::Error) -> Stop {
    move |cause| Stop { code, cause }
}

/// Runs every step. The exit code says which one failed; 1 when the environment is not understood, or on a signal.
pub(crate) async fn run(ctx: Standalone) -> anyhow::Result<ExitCode> {
    match ctx.closed.run_until_cancelled(Box::pin(steps(&ctx.env))).await {
        Some(Ok(())) => Ok(ExitCode::SUCCESS),
        Some(Err(Stop { code, cause })) => {
            error!(exit = code, error = format!("{cause:#}"), "failed");
            Ok(ExitCode::from(code))
        }
        None => bail!("stopped before the end"),
    }
}

async fn steps(env: &Env) -> Result<(), Stop> {
    let sources = Sources {
        truth: env
            .get("TRUTH_FILE")
            .or_else(|| env.get("TRUTH_DIR"))
            .unwrap_or_else(|| "/seed/truth".into())
            .into(),
        node: env.get("TRUTH_NODE_FILE").map(PathBuf::from),
        secrets: Some(
            env.get("TRUTH_SECRETS_FILE").unwrap_or_else(|| "/seed/truth_secrets.json".into()).into(),
        ),
        secrets_required: true,
        strict: false,
    };
    let bus = open(env, &sources).map_err(stop(UNEXPECTED))?;
    let limit = wait_limit(env).map_err(stop(UNEXPECTED))?;
    let started = Instant::now();
    wait(&bus, limit).await.map_err(stop(NO_ANSWER))?;
    info!(buses = bus.ids().len(), waited_ms = millis(started), "wait");

    let composite = build(&sources)?;
    info!(version = composite.version, hash = composite.hash, "build");

    let how = Load { by: "bootstrap".into(), alias: env.get("TRUTH_ALIAS_KEY"), ..Load::default() };
    let loaded = truth::load(&bus, &composite, how).await.context("load truth").map_err(stop(NOT_WRITTEN))?;
    info!(rev = loaded.rev, unchanged = loaded.unchanged, changed = loaded.changed.join(","), "load");

    let registered = registry::register_all(&bus, &composite)
        .await
        .context("register services")
        .map_err(stop(NOT_REGISTERED))?;
    for id in &registered.unknown {
        warn!(service = id, "registered, but unknown to truth");
    }
    info!(added = registered.added.join(","), "register");

    verify(&bus, &composite).await.map_err(stop(NOT_WRITTEN))?;
    info!("verify");
    info!(took_ms = millis(started), "done");
    Ok(())
}

/// The buses to seed, under the URLs that reach them from here.
fn open(env: &Env, sources: &Sources) -> anyhow::Result<Bus> {
    let named: BTreeMap<BusId, String> = truth::bus_urls(sources).into_iter().collect();
    let ids: Vec<BusId> = match env.get("BOOTSTRAP_BUSES") {
        Some(list) => list
            .split(',')
            .map(|name| name.trim().parse().context("BOOTSTRAP_BUSES"))
            .collect::<anyhow::Result<_>>()?,
        None => named.keys().copied().collect(),
    };
    if !ids.contains(&BusId::System) {
        bail!("BOOTSTRAP_BUSES: expected system-redis among them");
    }
    let url = |id: BusId| {
        env.get(&format!("{}_REDIS_URL", id.role().to_ascii_uppercase()))
            .or_else(|| named.get(&id).cloned())
            .unwrap_or_else(|| format!("redis://{id}:6379"))
    };
    let bus = Bus::open(ids.into_iter().map(|id| (id, url(id))))?;
    Ok(match env.get("TRUTH_REDIS_KEY") {
        Some(key) => truth::keyed(bus, &key),
        None => bus,
    })
}

fn wait_limit(env: &Env) -> anyhow::Result<Duration> {
    let seconds: f64 = env.parse("BOOTSTRAP_WAIT_SEC", 60.0)?;
    Duration::try_from_secs_f64(seconds).context("BOOTSTRAP_WAIT_SEC")
}

/// Asks every bus until each has answered once.
async fn wait(bus: &Bus, limit: Duration) -> anyhow::Result<()> {
    let until = tokio::time::Instant::now() + limit;
    let mut silent: BTreeMap<BusId, String> =
        bus.ids().into_iter().map(|id| (id, "not asked".into())).collect();
    loop {
        for id in bus.ids() {
            if !silent.contains_key(&id) {
                continue;
            }
            match tokio::time::timeout_at(until, bus.ping(id)).await {
                Ok(Ok(())) => _ = silent.remove(&id),
                Ok(Err(error)) => _ = silent.insert(id, format!("{error:#}")),
                Err(_late) => _ = silent.insert(id, format!("{id}: no answer in time")),
            }
        }
        if silent.is_empty() {
            return Ok(());
        }
        if tokio::time::Instant::now() + PING_EVERY > until {
            let answered = |id: &BusId| silent.get(id).cloned().unwrap_or_else(|| format!("{id}: answers"));
            let each: Vec<String> = bus.ids().iter().map(answered).collect();
            return Err(anyhow!("no answer within {} s: {}", limit.as_secs_f64(), each.join(", ")));
        }
        tokio::time::sleep(PING_EVERY).await;
    }
}

fn build(sources: &Sources) -> Result<Composite, Stop> {
    let built = truth::build(sources);
    let findings = match &built {
        Ok(composite) => &composite.warnings,
        Err(Error::Invalid(faults)) => faults,
        Err(_) => &Vec::new(),
    };
    for fault in findings {
        eprintln!("{fault}");
    }
    built.map_err(|error| {
        let code = if error.is_unreadable() { UNREADABLE } else { INVALID };
        Stop { code, cause: error.into() }
    })
}

async fn verify(bus: &Bus, composite: &Composite) -> anyhow::Result<()> {
    truth::verify(bus, composite).await.context("verify truth")?;
    let missing = registry::missing(bus, composite).await.context("verify registry")?;
    if !missing.is_empty() {
        bail!("svc:list: expected {} in it", missing.join(", "));
    }
    Ok(())
}

fn millis(since: Instant) -> u64 {
    u64::try_from(since.elapsed().as_millis()).unwrap_or(u64::MAX)
}
