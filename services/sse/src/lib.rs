//! The gateway: the only service a browser needs.
//!
//! Reads market-redis (spots, ticks, clock, trails, models, market events) and system-redis (heartbeats, health, alerts),
//! keeps the newest of everything in memory, and serves it as streams, as snapshots, and with the built page. It
//! writes nothing but its heartbeat, and never makes a reader wait for another reader or for Redis.

mod app;
mod candles;
mod config;
mod fleet;
mod market;
mod models;
mod routes;
mod session;
mod sources;
mod streams;

pub use config::{Config, LoginSite, StaticConfig};

use app::App;
use chassis::Context;
use serde_json::json;
use sha2::{Digest, Sha256};
use std::time::Duration;
use tokio::time::{MissedTickBehavior, interval};
use tracing::{info, warn};
use truth::secret::Secret;
use web::{assets::Assets, guard::Guard};

/// How long open requests may take at shutdown; streams end within two seconds by themselves.
const GRACE: Duration = Duration::from_secs(5);
const PUBLIC_REMINDER: Duration = Duration::from_secs(3600);
/// Requests a second of one caller, and at once.
const RATE: (u32, u32) = (20, 60);

/// Serves until the bus closes, then tells every stream and lets it end.
///
/// # Errors
/// The port is taken.
pub async fn serve(ctx: Context<Config>) -> anyhow::Result<()> {
    let config = ctx.config();
    announce(&config);
    let listener = ctx.listen(config.port).await?;
    let app = App::new(ctx.bus.clone(), (*config).clone());
    sources::start(&ctx, &app);
    {
        let (ctx, app) = (ctx.clone(), app.clone());
        ctx.clone().spawn("upkeep", move || upkeep(ctx.clone(), app.clone()));
    }
    let closing = {
        let (hub, closed) = (app.hub.clone(), ctx.closed());
        async move {
            closed.cancelled().await;
            hub.close();
        }
    };
    let guard = Guard::new(config.cors_origins.clone(), config.trusted_proxies.clone(), RATE, routes::kind);
    let assets = Assets::new(&config.ui_dist);
    let serving = web::serve_guarded(routes::routes(app, assets), guard, listener, ctx.closed(), GRACE);
    tokio::join!(serving, closing);
    Ok(())
}

/// Serves the built page only: the container `ui`.
///
/// # Errors
/// The port is taken.
pub async fn serve_static(ctx: Context<StaticConfig>) -> anyhow::Result<()> {
    let config = ctx.config();
    let listener = ctx.listen(config.port).await?;
    let guard = Guard::new(Vec::new(), Vec::new(), RATE, routes::kind);
    ctx.running();
    let assets = Assets::new(&config.ui_dist);
    web::serve_guarded(routes::page(assets), guard, listener, ctx.closed(), GRACE).await;
    Ok(())
}

/// Once a second: says how it is, and lets go of what is old.
async fn upkeep(ctx: Context<Config>, app: App) -> anyhow::Result<()> {
    let mut ticks = interval(Duration::from_secs(1));
    ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
    let mut reminders = interval(PUBLIC_REMINDER);
    let closed = ctx.closed();
    let mut is_running = false;
    loop {
        tokio::select! {
            _ = ticks.tick() => {}
            _ = reminders.tick() => {
                if app.config.public_mode {
                    warn!("public mode: everybody is admitted as {}", session::DEV_NAME);
                }
                continue;
            }
            () = closed.cancelled() => return Ok(()),
        }
        if !is_running && app.links.is_loaded() {
            is_running = true;
            ctx.running();
        }
        ctx.degraded(!app.links.are_up());
        ctx.tell("clients", json!(app.hub.counts().values().sum::<usize>()));
        app.hub.upkeep();
    }
}

fn announce(config: &Config) {
    if let Some(secret) = &config.session_secret {
        info!(name = "app_session_secret", fingerprint = fingerprint(secret), "secret configured");
    }
}

/// The first ten hex digits of a secret's SHA-256: tells two apart and gives neither away.
fn fingerprint(secret: &Secret) -> String {
    let digest = Sha256::digest(secret.expose().as_bytes());
    digest.iter().take(5).map(|byte| format!("{byte:02x}")).collect()
}
