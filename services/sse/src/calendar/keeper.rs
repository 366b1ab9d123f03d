//! Keeps the schedule on market-redis true: at the start, every morning, and whenever an indicator changed.

use super::{
    Error, Release, now,
    schedule::{self, WINDOW_DAYS},
    store,
};
use crate::{app::App, config::Config};
use bus::{Backoff, Bus};
use chassis::Context;
use chrono::Utc;
use std::{
    collections::HashMap,
    time::{Duration, SystemTime},
};
use tokio::{
    sync::{Mutex, Notify},
    time::sleep,
};
use tracing::warn;
use wire::{
    BusId,
    econ::{self, Outcome, REFRESH, Refresh, SCHEDULE, Schedule},
};

/// How often the clock is looked at: it may be set.
const LOOK: Duration = Duration::from_secs(30);

/// What the routes and the keeper share.
#[derive(Debug, Default)]
pub(crate) struct Calendar {
    /// Held while a schedule is made and written, so that an older one never replaces a newer.
    making: Mutex<()>,
    /// A schedule could not be written: the keeper shall.
    owed: Notify,
}

impl Calendar {
    /// The database came, or came back: the keeper shall look.
    pub(crate) fn owe(&self) {
        self.owed.notify_one();
    }

    /// Makes the schedule anew, of `days` days or of as many as the last one had, and tells that `changed` did.
    ///
    /// # Errors
    /// The database or market-redis is away; the keeper then goes on trying.
    pub(crate) async fn rebuild(
        &self,
        app: &App,
        days: Option<u32>,
        changed: Option<&str>,
    ) -> Result<Schedule, web::Error> {
        let made = self.make(app, days, changed).await;
        if made.is_err() {
            self.owe();
        }
        made
    }

    async fn make(
        &self,
        app: &App,
        days: Option<u32>,
        changed: Option<&str>,
    ) -> Result<Schedule, web::Error> {
        let _alone = self.making.lock().await;
        let indicators = store::all(&mut app.database.get().await?).await?;
        let days = match days {
            Some(days) => days,
            None => last_window(&app.bus).await.unwrap_or(WINDOW_DAYS),
        };
        let schedule = schedule::build(&indicators, days, Utc::now());
        write(&app.bus, &schedule, changed).await.map_err(Error::from)?;
        Ok(schedule)
    }
}

/// Whoever hears of a change finds the schedule.
async fn write(bus: &Bus, schedule: &Schedule, changed: Option<&str>) -> Result<(), bus::Error> {
    let refresh = Refresh { indicator_key: changed.map(str::to_owned), ts: SystemTime::now().into() };
    let mut batch = bus.batch(SCHEDULE.bus).atomic();
    batch.set(&SCHEDULE, schedule)?.publish(&REFRESH, &refresh)?;
    batch.run().await.map(drop)
}

/// Keeps the schedule until the service closes.
pub(crate) fn start(ctx: &Context<Config>, app: &App) {
    let (own, app) = (ctx.clone(), app.clone());
    ctx.spawn("calendar", move || {
        let (closed, app) = (own.closed(), app.clone());
        async move {
            closed.run_until_cancelled(Box::pin(work(&app))).await;
            Ok(())
        }
    });
}

/// Fills an empty table and makes the schedule: when the database is there, every morning, and when a change owes it.
async fn work(app: &App) {
    loop {
        tokio::select! {
            () = morning() => {}
            () = app.calendar.owed.notified() => {}
        }
        let mut backoff = Backoff::default();
        let mut is_told = false;
        while let Err(error) = renew(app).await {
            // That the database is away is told by whoever watches it.
            if error.code() != "db_unavailable" && !std::mem::replace(&mut is_told, true) {
                warn!(code = error.code(), "economic schedule not made");
            }
            backoff.wait().await;
        }
    }
}

async fn renew(app: &App) -> Result<(), web::Error> {
    store::fill(app.database.begin().await?, now()).await?;
    app.calendar.make(app, None, None).await.map(drop)
}

/// Completes at four in New York.
async fn morning() {
    let due = schedule::next_build(unix_ms());
    loop {
        match u64::try_from(due - unix_ms()) {
            Ok(left) if left > 0 => sleep(Duration::from_millis(left).min(LOOK)).await,
            _ => return,
        }
    }
}

fn unix_ms() -> i64 {
    Utc::now().timestamp_millis()
}

async fn last_window(bus: &Bus) -> Option<u32> {
    schedule::window_days(&bus.get(&SCHEDULE).await.ok().flatten()?)
}

/// The stored schedule with the results that are known; `None` while there is none.
pub(crate) async fn read(bus: &Bus) -> Result<Option<Schedule>, bus::Error> {
    let Some(mut schedule) = bus.get(&SCHEDULE).await? else { return Ok(None) };
    let keys: Vec<(String, String)> = schedule
        .days
        .iter()
        .flat_map(|(date, day)| day.events.iter().map(|event| (date.clone(), event.indicator_key.clone())))
        .collect();
    let mut batch = bus.batch(BusId::Market);
    for (date, indicator) in &keys {
        batch.text(&econ::result(date, indicator));
    }
    let texts = batch.run().await?;
    let outcome = |text: Option<String>| serde_json::from_str::<Outcome>(&text?).ok();
    let mut results: HashMap<(String, String), Outcome> =
        keys.into_iter().zip(texts).filter_map(|(key, text)| Some((key, outcome(text)?))).collect();
    for (date, day) in &mut schedule.days {
        for event in &mut day.events {
            event.result = results.remove(&(date.clone(), event.indicator_key.clone()));
        }
    }
    Ok(Some(schedule))
}

/// Stores what a release brought.
pub(crate) async fn note(bus: &Bus, release: &Release) -> Result<(), bus::Error> {
    bus.set(&econ::result(&release.date.to_string(), &release.key), &release.outcome).await
}
