//! The gateway: the only service a browser needs.
//!
//! Reads market-redis (spots, ticks, clock, trails, models, market events) and system-redis (heartbeats, health, alerts),
//! keeps the newest of everything in memory, and serves it as streams, as snapshots, and with the built page. It
//! keeps users and sessions in its own database, which may be away, and never makes a reader wait for another reader, for
//! Redis or for the database.

mod activity;
mod app;
mod calendar;
mod candles;
mod config;
mod database;
mod diagnostics;
mod door;
mod feeds;
mod fleet;
mod form;
pub mod fuzz;
mod gates;
mod login;
mod market;
mod members;
mod models;
mod overlays;
mod presence;
mod resume;
mod routes;
mod session;
mod sessions;
mod sources;
mod streams;
mod upstreams;

pub use config::{Config, Issuer, LoginSite, Sso, StaticConfig, Upstreams};

use app::App;
use chassis::Context;
use serde_json::json;
use std::time::Duration;
use tokio::time::{MissedTickBehavior, interval, timeout};
use tracing::{info, warn};
use web::{
    assets::Assets,
    guard::{Gatekeeper, Guard},
};

/// How long open requests may take at shutdown; streams end within two seconds by themselves.
const GRACE: Duration = Duration::from_secs(5);
const FIRST_LOOK: Duration = Duration::from_secs(1);
const PUBLIC_REMINDER: Duration = Duration::from_secs(3600);

/// Serves until the bus closes, then tells every stream and lets it end.
///
/// # Errors
/// The port is taken.
pub async fn serve(ctx: Context<Config>) -> anyhow::Result<()> {
    let config = ctx.config();
    announce(&config);
    let listener = ctx.listen(config.port).await?;
    let nginx = ctx.listen(config.auth_port).await?;
    let app = App::new(ctx.bus.clone(), (*config).clone());
    // Whoever comes first would be refused for want of the gates, and an EventSource does not ask twice.
    let _later = timeout(FIRST_LOOK, gates::load(&app)).await;
    sources::start(&ctx, &app);
    sessions::start(&ctx, &app);
    database::start(&ctx, &app);
    calendar::start(&ctx, &app);
    overlays::start(&ctx, &app);
    app.spawn(&ctx, "upkeep", upkeep);
    let closing = {
        let (hub, closed) = (app.hub.clone(), ctx.closed());
        async move {
            closed.cancelled().await;
            hub.close();
        }
    };
    let (origins, trusted) = (config.cors_origins.clone(), config.trusted_proxies.clone());
    let guard = Guard::new(origins, trusted, door::gatekeeper(&app), routes::kind);
    let verifying = web::serve(routes::verify::route(&app), nginx, ctx.closed(), GRACE);
    let assets = Assets::new(&config.ui_dist);
    let routes = routes::routes(app.clone(), assets);
    let serving = web::serve_guarded(routes, guard, listener, ctx.closed(), GRACE);
    tokio::select! {
        _ = async { tokio::join!(serving, verifying, closing) } => {}
        why = app.database.foreign() => anyhow::bail!("open database: {why}"),
    }
    Ok(())
}

/// Serves the built page only: the container `ui`.
///
/// # Errors
/// The port is taken.
pub async fn serve_static(ctx: Context<StaticConfig>) -> anyhow::Result<()> {
    let config = ctx.config();
    let listener = ctx.listen(config.port).await?;
    let guard = Guard::new(Vec::new(), Vec::new(), Gatekeeper::open(), routes::kind);
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
        if !is_running && app.is_loaded() {
            is_running = true;
            ctx.running();
        }
        ctx.degraded(!app.links.are_up() || !app.database.is_up());
        ctx.tell("clients", json!(app.hub.counts().values().sum::<usize>()));
        app.hub.upkeep();
    }
}

/// Which secrets there are, so that two services can be compared.
fn announce(config: &Config) {
    let issuers = config.sso.issuers.iter();
    let issuers = issuers
        .filter_map(|issuer| Some((format!("wp_jwt_secret of {}", issuer.name), issuer.secret.as_ref()?)));
    let own = [
        ("app_session_secret", &config.session_secret),
        ("internal_token", &config.internal_token),
        ("database_url", &config.database_url),
    ];
    let own = own.into_iter().filter_map(|(name, secret)| Some((name.to_owned(), secret.as_ref()?)));
    for (name, secret) in own.chain(issuers) {
        let fingerprint = auth::fingerprint(secret.expose().as_bytes());
        info!(name, fingerprint, "secret configured");
    }
}

#[cfg(test)]
mod tests {
    use super::{activity, calendar, config, feeds, routes};

    /// Answers that are built field by field are not among them: `ui/src/wire/index.ts` names their types.
    #[test]
    fn the_page_knows_the_answers() {
        typescript::Types::of("services/sse", "ui/src/wire/gateway")
            .knowing("IndicatorRule", "../admin")
            .knowing("Structures", "../gravity")
            .knowing("Tier", "../econ")
            .with::<activity::Hours>()
            .with::<activity::Week>()
            .with::<calendar::Indicator>()
            .with::<config::LoginSite>()
            .with::<feeds::Scores>()
            .with::<routes::Levels>()
            .check();
    }
}
