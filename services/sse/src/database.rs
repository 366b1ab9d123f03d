//! The gateway's own database: opened, migrated and watched beside everything else. Without one, or while it is away,
//! everything that needs no stored users goes on.

use crate::{activity, app::App, config::Config, members, presence};
use bus::Backoff;
use chassis::Context;
use http::StatusCode;
use std::{fmt::Display, time::Duration};
use store::{Conn, Migration, Migrations, Pool, Transaction};
use tokio::{sync::watch, time::sleep};
use tracing::{debug, error, info, warn};
use truth::secret::Secret;
use web::Error;

const CONNECTIONS: usize = 10;
const PROBE: Duration = Duration::from_secs(2);
const RETRY_AFTER_SEC: u64 = 3;

pub(crate) const MIGRATIONS: Migrations = Migrations {
    table: "gateway_migrations",
    lock: "gateway_migrate",
    steps: &[Migration { version: 1, name: "gateway", text: include_str!("../migrations/0001_gateway.sql") }],
};

/// Users, sessions and what else is kept; or nothing, where no URL is configured.
#[derive(Debug)]
pub(crate) struct Database {
    pool: Option<Pool>,
    state: watch::Sender<State>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum State {
    /// No URL.
    Absent,
    /// Not reached, or not migrated, yet.
    Starting,
    Up,
    Away,
    /// Its history is not this program's.
    Foreign(String),
}

impl Database {
    pub(crate) fn new(url: Option<&Secret>) -> Self {
        let (pool, state) = match url.map(|url| Pool::open(url.expose(), CONNECTIONS)) {
            None => (None, State::Absent),
            Some(Ok(pool)) => (Some(pool), State::Starting),
            Some(Err(error)) => (None, State::Foreign(error.to_string())),
        };
        Self { pool, state: watch::Sender::new(state) }
    }

    /// True where a URL is configured.
    pub(crate) const fn is_configured(&self) -> bool {
        self.pool.is_some()
    }

    /// True once it was migrated, and where there is none.
    pub(crate) fn is_loaded(&self) -> bool {
        matches!(*self.state.borrow(), State::Absent | State::Up | State::Away)
    }

    /// True while it answers, and where there is none.
    pub(crate) fn is_up(&self) -> bool {
        matches!(*self.state.borrow(), State::Absent | State::Up)
    }

    /// True while there is one and it answers.
    pub(crate) fn is_connected(&self) -> bool {
        *self.state.borrow() == State::Up
    }

    /// A connection.
    ///
    /// # Errors
    /// 503 `db_unavailable`: there is no database, or it is away, or not migrated yet.
    pub(crate) async fn get(&self) -> Result<Conn, Error> {
        let pool = self.open()?;
        pool.get().await.map_err(|error| self.lost(&error))
    }

    /// A transaction.
    ///
    /// # Errors
    /// As [`Database::get`].
    pub(crate) async fn begin(&self) -> Result<Transaction, Error> {
        let pool = self.open()?;
        pool.begin().await.map_err(|error| self.lost(&error))
    }

    /// Waits until it turns out that the gateway must not work on this database; says why.
    pub(crate) async fn foreign(&self) -> String {
        let mut state = self.state.subscribe();
        loop {
            if let State::Foreign(why) = &*state.borrow_and_update() {
                return why.clone();
            }
            // The sender lives in `self`: it cannot be gone.
            let _changed = state.changed().await;
        }
    }

    /// Closes every connection.
    pub(crate) async fn close(&self) {
        if let Some(pool) = &self.pool {
            pool.close().await;
        }
    }

    /// While it is known to be away nobody waits to find out.
    fn open(&self) -> Result<&Pool, Error> {
        let is_up = *self.state.borrow() == State::Up;
        self.pool.as_ref().filter(|_| is_up).ok_or_else(unavailable)
    }

    fn lost(&self, error: &store::Error) -> Error {
        debug!(%error, "no database connection");
        self.state.send_if_modified(|state| {
            let is_news = *state == State::Up;
            if is_news {
                *state = State::Away;
            }
            is_news
        });
        unavailable()
    }
}

/// What a caller is told when a statement went wrong: 503 while the database is away, 409 for a second of what must be
/// unique, else an internal error.
pub(crate) fn failed(error: store::Error) -> Error {
    match error {
        store::Error::Away(cause) => {
            debug!(cause, "statement not answered");
            unavailable()
        }
        store::Error::Duplicate { .. } => {
            Error::new(StatusCode::CONFLICT, "conflict", "There is one already.")
        }
        other => Error::internal(chain(&other)),
    }
}

/// 503 `db_unavailable`.
pub(crate) fn unavailable() -> Error {
    let text = "Stored data is out of reach for a moment.";
    Error::new(StatusCode::SERVICE_UNAVAILABLE, "db_unavailable", text).retry_after(RETRY_AFTER_SEC)
}

fn chain(error: &store::Error) -> impl Display + use<> {
    let source = std::error::Error::source(error).map(|source| format!(": {source}"));
    format!("{error}{}", source.unwrap_or_default())
}

/// Starts what keeps the database, and what writes to it behind the requests.
pub(crate) fn start(ctx: &Context<Config>, app: &App) {
    app.spawn(ctx, "database", follow);
    app.spawn(ctx, "errands", members::follow);
    app.spawn(ctx, "presence", presence::follow);
    app.spawn(ctx, "activity", activity::follow);
}

/// Migrates, prepares what must be there, then asks for a sign of life again and again. What comes back after an
/// absence may be another database: it is migrated too.
async fn follow(ctx: Context<Config>, app: App) -> anyhow::Result<()> {
    let Some(pool) = app.database.pool.clone() else { return Ok(()) };
    let closed = ctx.closed();
    let mut backoff = Backoff::default();
    let mut is_told = false;
    while !closed.is_cancelled() {
        let Some(prepared) = closed.run_until_cancelled(prepare(&app, &pool)).await else { break };
        match prepared {
            Ok(()) => {
                app.database.state.send_replace(State::Up);
                app.calendar.owe();
                (is_told, backoff) = (false, Backoff::default());
                info!("database ready");
                if closed.run_until_cancelled(watch(&app, &pool)).await.is_none() {
                    break;
                }
            }
            Err(error) if error.is_transient() => {
                if !std::mem::replace(&mut is_told, true) {
                    warn!(%error, "waiting for the database");
                }
            }
            Err(error) => {
                error!(error = %chain(&error), "the gateway cannot work on this database");
                app.database.state.send_replace(State::Foreign(error.to_string()));
                return Ok(());
            }
        }
        if closed.run_until_cancelled(backoff.wait()).await.is_none() {
            break;
        }
    }
    Ok(())
}

async fn prepare(app: &App, pool: &Pool) -> Result<(), store::Error> {
    MIGRATIONS.run(pool).await?;
    members::prepare(app, pool).await
}

/// Returns when the database is lost.
async fn watch(app: &App, pool: &Pool) {
    let mut state = app.database.state.subscribe();
    loop {
        tokio::select! {
            () = sleep(PROBE) => {}
            // A request found it gone: see for oneself at once.
            _lost = state.wait_for(|state| *state == State::Away) => {}
        }
        let answer = async { pool.get().await?.ping().await };
        match answer.await {
            Ok(()) => {
                app.database.state.send_replace(State::Up);
            }
            Err(error) => {
                warn!(%error, "database lost");
                app.database.state.send_replace(State::Away);
                return;
            }
        }
    }
}
