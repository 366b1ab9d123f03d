//! Hears healer's beats, sees its container, and does what [`fleet::silence`] and [`crate::care`] say.

use crate::{
    Config,
    care::{Care, Deed, Order, Outcome, Wish},
    config::Watch,
    tell::Teller,
};
use bus::{Bus, Heard, Topics};
use chassis::{Context, Progress};
use fleet::{
    docker::{Action, Change, Container, Docker, Error, Event, State},
    silence::{Event as Sign, Limits, Silence, Verdict},
};
use futures_util::{
    FutureExt, StreamExt,
    future::BoxFuture,
    stream::{BoxStream, FuturesUnordered},
};
use serde_json::json;
use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};
use tokio::{
    select,
    sync::watch,
    time::{Instant, MissedTickBehavior, interval},
};
use tracing::{debug, info, warn};
use truth::settings::Settings;
use wire::{
    BusId, EpochSec,
    system::{AUDIT, Intent, Stopped, beat_state, health, intent, maintenance, remedy_lock, stopped},
};

const HEALER: &str = "healer";
const USUAL_FLEET: &str = "marketswarm";
/// An intent explains what follows within this time.
const INTENT_SEC: f64 = 30.0;
const AGAIN: Duration = Duration::from_secs(2);

type Work = FuturesUnordered<BoxFuture<'static, Outcome>>;

pub(crate) struct Watcher {
    bus: Bus,
    config: Arc<Config>,
    settings: watch::Receiver<Arc<Settings>>,
    watch: Watch,
    teller: Teller,
    began: Instant,
    silence: Silence,
    care: Care,
    engine: Docker,
    docker: Option<Docker>,
    work: Work,
    progress: Progress,
}

impl Watcher {
    pub(crate) fn new(ctx: &Context<Config>, teller: Teller) -> anyhow::Result<Self> {
        let config = ctx.config();
        Ok(Self {
            bus: ctx.bus.clone(),
            settings: ctx.settings_watch(),
            watch: Watch::of(&ctx.settings()),
            teller,
            began: Instant::now(),
            silence: Silence::new(),
            care: Care::new((*config).clone()),
            engine: Docker::open(config.docker_host.as_deref(), "")?,
            docker: None,
            work: Work::new(),
            progress: ctx.progress("watch", Duration::from_secs(15).max(5 * config.tick)),
            config,
        })
    }

    pub(crate) async fn run(mut self) -> anyhow::Result<()> {
        // Half the timeout as interval makes the warm-up as long as the timeout: silence counts from the start.
        let limits = Limits { interval: self.config.timeout / 2, timeout: self.config.timeout };
        let restored =
            matches!(self.bus.get(&health(HEALER)).await, Ok(Some(last)) if last.kind == "healer_miss");
        self.silence
            .step(Duration::ZERO, Sign::Watch { service: HEALER, bus: BusId::System, limits, restored });
        self.silence.step(Duration::ZERO, Sign::Down(BusId::System));
        let mut beats = self.listen();
        let mut changes = self.follow();
        let mut ticks = interval(self.config.tick);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
        loop {
            select! {
                biased;
                Some(heard) = beats.next() => self.heard(heard).await,
                Some(change) = changes.next() => self.changed(change).await,
                Some(outcome) = self.work.next() => {
                    let wishes = self.care.outcome(self.now(), outcome);
                    self.grant(wishes).await;
                }
                Ok(()) = self.settings.changed() => {
                    let settings = Arc::clone(&self.settings.borrow_and_update());
                    let watch = Watch::of(&settings);
                    let is_elsewhere = watch.channel != self.watch.channel;
                    self.watch = watch;
                    if is_elsewhere { beats = self.listen() }
                }
                _ = ticks.tick() => self.tick().await,
            }
        }
    }

    fn now(&self) -> Duration {
        self.began.elapsed()
    }

    fn listen(&self) -> BoxStream<'static, Heard> {
        let topics = Topics { channels: vec![self.watch.channel.clone()], patterns: Vec::new() };
        self.bus.listen(BusId::System, topics).boxed()
    }

    /// The fleet's changes, once it is known which fleet this is.
    fn follow(&self) -> BoxStream<'static, (Docker, Change)> {
        let (engine, fleet) = (self.engine.clone(), self.config.fleet.clone());
        let hostname = self.settings.borrow().environment("HOSTNAME");
        let found = async move {
            let docker = engine.of(&fleet_name(&engine, fleet, hostname).await);
            info!(fleet = docker.fleet(), "docker engine found");
            docker.changes().map(move |change| (docker.clone(), change))
        };
        found.into_stream().flatten().boxed()
    }

    async fn heard(&mut self, heard: Heard) {
        let now = self.now();
        let sign = match heard {
            Heard::Up => Sign::Up(BusId::System),
            Heard::Down => Sign::Down(BusId::System),
            Heard::Message { .. } => {
                self.care.beat(now);
                Sign::Beat(HEALER)
            }
        };
        for verdict in self.silence.step(now, sign) {
            self.judge(verdict).await;
        }
        self.teller.flush(&self.watch.alerts).await;
    }

    async fn tick(&mut self) {
        self.progress.tick();
        let now = self.now();
        for verdict in self.silence.step(now, Sign::Tick) {
            self.judge(verdict).await;
        }
        let wishes = self.care.tick(now, rand::random_range(0.9..=1.1));
        self.grant(wishes).await;
        if self.silence.hears(BusId::System) {
            self.teller.flush(&self.watch.alerts).await;
        }
    }

    async fn judge(&mut self, verdict: Verdict) {
        let node = self.settings.borrow().node_name().to_owned();
        match verdict {
            Verdict::Back { .. } => self.teller.tell("healer_ok", |_| {}, &node),
            Verdict::Late { silence, timeout, repeat, .. } => {
                if let Some(age) = written(&self.bus, timeout).await {
                    warn!("healer's key is fresh although no beat was heard");
                    // A miss that an earlier sentinel told is taken back by the first sign of life.
                    let alive = Sign::Alive { service: HEALER, age };
                    if !self.silence.step(self.now(), alive).is_empty() {
                        self.teller.tell("healer_ok", |_| {}, &node);
                    }
                    return;
                }
                let reason = self.care.excuse().map(str::to_owned);
                self.teller.tell(
                    "healer_miss",
                    |alert| {
                        alert.late_sec = Some((silence.as_secs_f64() * 10.0).round() / 10.0);
                        alert.timeout_sec = Some(timeout.as_secs_f64());
                        alert.repeat = repeat.then_some(true);
                        alert.reason = reason;
                    },
                    &node,
                );
                self.care.late();
            }
        }
    }

    async fn changed(&mut self, (docker, change): (Docker, Change)) {
        let now = self.now();
        let wishes = match change {
            Change::Down(error) => {
                debug!(error, "docker engine away");
                Vec::new()
            }
            Change::Resync(containers) => {
                self.care.seen(now, best(containers), wall());
                Vec::new()
            }
            Change::Event(event) if event.service != HEALER => Vec::new(),
            Change::Event(event) => {
                let is_new = self.care.container().is_none_or(|known| known.id != event.container);
                if is_new && matches!(event.action, Action::Create | Action::Start) {
                    match docker.container(HEALER).await {
                        Ok(container) => self.care.seen(now, container, wall()),
                        Err(error) => debug!(%error, "new container not seen"),
                    }
                }
                let by = match event.action {
                    Action::Die { .. } | Action::Stop if self.silence.hears(BusId::System) => {
                        announced(&self.bus, &event).await
                    }
                    _ => None,
                };
                self.care.docker(now, &event, by)
            }
        };
        self.docker = Some(docker);
        self.grant(wishes).await;
    }

    async fn grant(&mut self, wishes: Vec<Wish>) {
        let node = self.settings.borrow().node_name().to_owned();
        for wish in wishes {
            let written = match wish {
                Wish::Observe(deed) => {
                    info!(deed = deed.name(), "remedy only observed");
                    Ok(())
                }
                Wish::Tell(kind, about) => {
                    let extra = about.as_object().cloned().unwrap_or_default();
                    let container = self.care.container().map(|container| container.short_id().to_owned());
                    let edit = |alert: &mut wire::system::Alert| {
                        alert.extra = extra;
                        alert.container = container;
                    };
                    self.teller.tell(kind, edit, &node);
                    note(&self.bus, kind, &about).await
                }
                Wish::Order(order) => self.order(*order, &node).await,
                Wish::RememberStop { by, container } => {
                    self.bus.set(&stopped(HEALER), &Stopped { by, container, ts: wall() }).await
                }
                Wish::ForgetStop => self.bus.remove(&stopped(HEALER)).await.map(|_existed| ()),
            };
            if let Err(error) = written {
                debug!(%error, "what was decided is not written down");
            }
        }
    }

    async fn order(&mut self, order: Order, node: &str) -> Result<(), bus::Error> {
        let Some(docker) = self.docker.clone() else { return Ok(()) };
        let about = json!({"action": order.deed.name(), "attempt": order.attempt, "cause": order.reason});
        let extra = about.as_object().cloned().unwrap_or_default();
        let container = Some(order.container.short_id().to_owned());
        let edit = |alert: &mut wire::system::Alert| (alert.extra, alert.container) = (extra, container);
        self.teller.tell("heal_started", edit, node);
        let (bus, hears) = (self.bus.clone(), self.silence.hears(BusId::System));
        self.work.push(perform(docker, bus, order, hears, self.config.timeout).boxed());
        if hears { note(&self.bus, "heal_started", &about).await } else { Ok(()) }
    }
}

/// Carries out `order`, after asking once more whether it is right. Without system-redis only Docker is asked: a
/// healer that ended must come back even then.
async fn perform(docker: Docker, bus: Bus, order: Order, has_bus: bool, timeout: Duration) -> Outcome {
    let current = match docker.container(HEALER).await {
        Ok(Some(current)) if current.id == order.container.id => current,
        Ok(_) => return Outcome::Refused("another container".into()),
        Err(error) => return Outcome::Refused(error.to_string()),
    };
    let wanted = if order.deed == Deed::Start { State::Exited } else { State::Running };
    if current.state != wanted {
        return Outcome::Refused(format!("container is {}", current.state));
    }
    let lock = if has_bus {
        match clear(&bus, &order, &current, timeout).await {
            Ok(lock) => Some(lock),
            Err(why) => return Outcome::Refused(why),
        }
    } else {
        None
    };
    let called = match order.deed {
        Deed::Start => docker.start(&current).await,
        Deed::Restart => docker.restart(&current, order.grace).await,
    };
    if let Some(lock) = lock {
        let (removed, released) = (bus.remove(&intent(&current.id)).await, lock.release().await);
        if removed.is_err() || released.is_err() {
            debug!("intent and lock expire by themselves");
        }
    }
    match called {
        Ok(()) | Err(Error::Late) => Outcome::Called,
        Err(error) => Outcome::Failed(error.to_string()),
    }
}

/// Takes the lock and announces the intent, unless something forbids the deed.
async fn clear(
    bus: &Bus,
    order: &Order,
    current: &Container,
    timeout: Duration,
) -> Result<bus::Lock, String> {
    let text = |error: bus::Error| error.to_string();
    if bus.text(&maintenance(HEALER)).await.map_err(text)?.is_some() {
        return Err("maintenance".into());
    }
    if order.deed == Deed::Start && bus.text(&stopped(HEALER)).await.map_err(text)?.is_some() {
        return Err("operator_stop".into());
    }
    if order.deed == Deed::Restart && written(bus, timeout).await.is_some() {
        return Err("its key is fresh: it beats".into());
    }
    let lock = bus.lock(&remedy_lock(HEALER), Duration::ZERO).await.map_err(text)?;
    let lock = lock.ok_or("somebody else is at it")?;
    let announced = Intent {
        by: "sentinel".into(),
        action: order.deed.name().into(),
        reason: order.reason.into(),
        epoch: 0,
        ts: wall(),
    };
    bus.set(&intent(&current.id), &announced).await.map_err(text)?;
    Ok(lock)
}

/// The configured name, else that of the own container, else the usual one. Waits for the engine.
async fn fleet_name(engine: &Docker, fleet: Option<String>, hostname: Option<String>) -> String {
    let Some(id) = hostname.filter(|_| fleet.is_none()) else {
        return fleet.unwrap_or_else(|| USUAL_FLEET.into());
    };
    loop {
        match engine.own(&id).await {
            Ok(own) => return own.fleet,
            Err(error) if error.is_unreachable() => tokio::time::sleep(AGAIN).await,
            Err(_elsewhere) => return USUAL_FLEET.into(),
        }
    }
}

fn best(containers: Vec<Container>) -> Option<Container> {
    let is_alive =
        |container: &Container| !matches!(container.state, State::Exited | State::Created | State::Dead);
    let started = |container: &Container| container.started_at.map_or(0.0, EpochSec::seconds);
    containers
        .into_iter()
        .filter(|container| container.service == HEALER)
        .max_by(|a, b| is_alive(a).cmp(&is_alive(b)).then(started(a).total_cmp(&started(b))))
}

/// Age of the beat in healer's key, when that beat is in time.
async fn written(bus: &Bus, timeout: Duration) -> Option<Duration> {
    let state = bus.get(&beat_state(HEALER)).await.ok().flatten()?;
    let age = wall().since(state.ts).max(0.0);
    (age < timeout.as_secs_f64()).then(|| Duration::from_secs_f64(age))
}

/// Who had announced what then happened to the container.
async fn announced(bus: &Bus, event: &Event) -> Option<String> {
    let intent = bus.get(&intent(&event.container)).await.ok().flatten()?;
    (event.at.as_secs_f64() - intent.ts.seconds() < INTENT_SEC).then_some(intent.by)
}

async fn note(bus: &Bus, step: &str, data: &serde_json::Value) -> Result<(), bus::Error> {
    let entry = json!({
        "case": format!("healer-{}", wall().whole().seconds()),
        "svc": HEALER, "step": step, "actor": "sentinel", "epoch": 0, "ts": wall(), "data": data.to_string(),
    });
    bus.append(&AUDIT, &entry).await.map(|_id| ())
}

fn wall() -> EpochSec {
    EpochSec::from(SystemTime::now())
}
