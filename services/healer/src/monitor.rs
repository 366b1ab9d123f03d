//! The one place where everything comes together: beats, containers, time. It feeds [`fleet::silence`] and the medic
//! and does what they say. All state is here; whatever waits for the network beyond a moment runs beside.

mod links;

use crate::{
    Config, alert,
    audit::Audit,
    ears::{Sound, What},
    engine::{self, News},
    ledger,
    notice::Desk,
    remedy::{Action, Extent, Guard, Input, Medic, Outcome, hands::Hands},
    voice::Voice,
    wiring::Wiring,
};
use chassis::{Context, Progress};
use fleet::{
    docker::{Change, Docker, Event},
    silence::{Event as Heard, Said, Silence, Verdict},
};
use futures_util::{
    StreamExt,
    future::BoxFuture,
    stream::{BoxStream, FuturesUnordered},
};
use links::Links;
use serde_json::{Value, json};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::{Duration, SystemTime},
};
use tokio::{
    select,
    sync::{mpsc, watch},
    time::{Instant, MissedTickBehavior, interval},
};
use tracing::{debug, info, warn};
use truth::settings::Settings;
use wire::{BusId, EpochSec, system::Beat};

/// Between two readings of the keys that others write.
const LOOK: Duration = Duration::from_secs(5);

pub(crate) struct Monitor {
    ctx: Context<Config>,
    settings: watch::Receiver<Arc<Settings>>,
    wiring: Arc<Wiring>,
    wired: watch::Sender<Arc<Wiring>>,
    desk: Arc<Desk>,
    voice: Voice,
    audit: Audit,
    http: reqwest::Client,
    began: Instant,
    silence: Silence,
    guard: Guard,
    medic: Medic,
    hands: Option<Hands>,
    work: FuturesUnordered<BoxFuture<'static, (String, Outcome)>>,
    links: Links,
    beats: BTreeMap<String, u64>,
    shown: BTreeMap<String, String>,
    looked_at: Option<Instant>,
    progress: Progress,
}

impl Monitor {
    pub(crate) fn new(
        ctx: &Context<Config>,
        wiring: Arc<Wiring>,
        wired: watch::Sender<Arc<Wiring>>,
        desk: Arc<Desk>,
        voice: Voice,
        audit: Audit,
    ) -> anyhow::Result<Self> {
        let config = ctx.config();
        Ok(Self {
            ctx: ctx.clone(),
            settings: ctx.settings_watch(),
            http: notify::plain_client()?,
            medic: Medic::new(&ctx.id(), config.mode, config.has_jitter),
            progress: ctx.progress("monitor", Duration::from_secs(15).max(5 * config.tick)),
            wiring,
            wired,
            desk,
            voice,
            audit,
            began: Instant::now(),
            silence: Silence::new(),
            guard: Guard::default(),
            hands: None,
            work: FuturesUnordered::new(),
            links: Links::default(),
            beats: BTreeMap::new(),
            shown: BTreeMap::new(),
            looked_at: None,
        })
    }

    pub(crate) async fn run(mut self, mut sounds: mpsc::Receiver<Sound>) -> anyhow::Result<()> {
        let config = self.ctx.config();
        let mut news = self.engine(&config)?;
        for bus in BusId::ALL {
            self.silence.step(Duration::ZERO, Heard::Down(bus));
        }
        self.watch(true).await;
        let wiring = Arc::clone(&self.wiring);
        self.medic.rewire(self.now(), &wiring);
        let mut ticks = interval(config.tick);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
        loop {
            select! {
                biased;
                sound = sounds.recv() => match sound {
                    Some(sound) => self.heard(sound).await,
                    None => anyhow::bail!("the ears are gone"),
                },
                Some(news) = news.next() => self.news(news).await,
                Some((service, outcome)) = self.work.next() => {
                    let actions = self.medic.step(self.now(), Input::Outcome(&service, outcome));
                    self.carry_out(actions).await;
                }
                Ok(()) = self.settings.changed() => self.rewire().await,
                due = ticks.tick() => self.tick(due.elapsed()).await,
            }
        }
    }

    fn engine(&self, config: &Config) -> anyhow::Result<BoxStream<'static, News>> {
        let engine = Docker::open(config.docker_host.as_deref(), "")?;
        let hostname = self.settings.borrow().environment("HOSTNAME");
        Ok(engine::follow(engine, config.fleet.clone(), hostname).boxed())
    }

    fn now(&self) -> Duration {
        self.began.elapsed()
    }

    /// Brings the watched services in line with Truth. `is_start`: misses that stand from before are taken over.
    async fn watch(&mut self, is_start: bool) {
        let wiring = Arc::clone(&self.wiring);
        let watched: BTreeSet<&str> = wiring.watched().map(|(service, ..)| service).collect();
        let known: Vec<String> = self.silence.services().map(|(service, _)| service.to_owned()).collect();
        let now = self.now();
        for service in known.iter().filter(|service| !watched.contains(service.as_str())) {
            self.silence.step(now, Heard::Forget(service));
        }
        for (service, bus, limits) in wiring.watched() {
            let restored = is_start && ledger::was_late(&self.ctx.bus, service).await;
            self.silence.step(now, Heard::Watch { service, bus, limits, restored });
        }
        info!(services = watched.len(), "watching");
    }

    async fn rewire(&mut self) {
        let settings = Arc::clone(&self.settings.borrow_and_update());
        self.wiring = Arc::new(Wiring::read(&settings));
        self.watch(false).await;
        let wiring = Arc::clone(&self.wiring);
        self.voice.rewire(&wiring);
        self.desk.rewire(&wiring);
        self.wired.send_replace(Arc::clone(&wiring));
        let actions = self.medic.rewire(self.now(), &wiring);
        self.carry_out(actions).await;
    }

    async fn heard(&mut self, sound: Sound) {
        let now = sound.at.saturating_duration_since(self.began);
        match sound.what {
            What::Up(bus) => {
                self.silence.step(now, Heard::Up(bus));
                self.link(bus, true);
            }
            What::Down(bus) => {
                self.silence.step(now, Heard::Down(bus));
                self.link(bus, false);
            }
            What::Beat { bus, channel, payload } => {
                if let Some(service) = self.wiring.channels.get(&(bus, channel)).cloned() {
                    self.beat(now, &service, &payload).await;
                }
            }
        }
    }

    fn link(&mut self, bus: BusId, is_up: bool) {
        if bus != BusId::System {
            return;
        }
        self.medic.step(self.now(), Input::Bus(is_up));
        let told = if is_up { self.links.redis.up() } else { self.links.redis.down(self.now()) };
        if told {
            self.voice.tell(alert::new("redis_ok", BusId::System.name()));
        }
    }

    async fn beat(&mut self, now: Duration, service: &str, payload: &[u8]) {
        let beat = serde_json::from_slice::<Beat>(payload).ok().filter(|beat| beat.svc == service);
        if beat.is_none() {
            metrics::counter!("healer_bad_beats_total").increment(1);
        }
        let age = beat.as_ref().map_or(0.0, |beat| wall().since(beat.ts));
        let said = self.silence.get(service).map(|watched| watched.said);
        let last = beat.map(|beat| self.beats.insert(service.to_owned(), beat.i).map(|last| (last, beat.i)));
        match last {
            Some(None) => ledger::first_beat(&self.ctx.bus, service, age).await,
            Some(Some((last, i))) if i < last && said == Some(Said::Fine) => {
                self.voice.tell(alert::new("service_restarted", service));
            }
            _ => {}
        }
        for verdict in self.silence.step(now, Heard::Beat(service)) {
            if let Verdict::Back { service } = verdict {
                self.voice.tell(alert::back(&service, age));
            }
        }
        self.medic.step(now, Input::Beat(service));
    }

    async fn news(&mut self, news: News) {
        let now = self.now();
        let actions = match news {
            News::Home(docker, networks) => {
                info!(fleet = docker.fleet(), "docker engine found");
                self.medic.at_home_in(networks);
                self.desk.reads_logs(docker.clone());
                self.hands = Some(Hands {
                    own: self.ctx.id(),
                    bus: self.ctx.bus.clone(),
                    docker,
                    voice: self.voice.clone(),
                    audit: self.audit.clone(),
                    http: self.http.clone(),
                });
                return;
            }
            News::Change(Change::Resync(containers)) => {
                if self.links.docker.up() {
                    self.voice.tell(alert::new("docker_ok", "docker"));
                }
                self.ctx.degraded(false);
                let actions = self.medic.step(now, Input::Fleet(&containers, wall()));
                self.looked_at = None;
                actions
            }
            News::Change(Change::Down(error)) => {
                debug!(error, "docker engine away");
                self.links.docker.down(now);
                self.medic.step(now, Input::EngineDown)
            }
            News::Change(Change::Event(event)) => self.event(now, &event).await,
        };
        self.carry_out(actions).await;
    }

    async fn event(&mut self, now: Duration, event: &Event) -> Vec<Action> {
        use fleet::docker::Action::{Create, Die, Start, Stop};
        let mut actions = Vec::new();
        if matches!(event.action, Create | Start)
            && !self.medic.knows(event)
            && let Some(hands) = &self.hands
        {
            match hands.docker.container(&event.service).await {
                Ok(Some(container)) => actions = self.medic.step(now, Input::Seen(&container, wall())),
                Ok(None) => {}
                Err(error) => debug!(%error, "new container not seen"),
            }
        }
        let by = match event.action {
            Die { .. } | Stop if self.silence.hears(BusId::System) => {
                ledger::announced(&self.ctx.bus, event).await
            }
            _ => None,
        };
        actions.extend(self.medic.step(now, Input::Docker(event, by)));
        actions
    }

    async fn tick(&mut self, lag: Duration) {
        self.progress.tick();
        let now = self.now();
        let verdicts = self.silence.step(now, Heard::Tick);
        if !verdicts.is_empty() {
            self.judge(verdicts).await;
        }
        if self.links.redis.is_due(now) {
            self.voice.tell(alert::new("redis_down", BusId::System.name()));
        }
        if self.links.docker.is_due(now) {
            self.ctx.degraded(true);
            self.voice.tell(alert::new("docker_down", "docker"));
        }
        if self.looked_at.is_none_or(|at| at.elapsed() >= LOOK) && self.silence.hears(BusId::System) {
            self.looked_at = Some(Instant::now());
            if let Err(error) = self.look().await {
                debug!(%error, "keys not read");
            }
        }
        let actions = self.medic.step(now, Input::Tick(lag));
        self.carry_out(actions).await;
        self.desk.tick();
    }

    /// Asks the keys about every service that seems late, then tells of those that are.
    async fn judge(&mut self, verdicts: Vec<Verdict>) {
        let mut late = Vec::new();
        let mut was_deaf = false;
        for verdict in verdicts {
            let Verdict::Late { service, silence, timeout, repeat } = verdict else { continue };
            if let Some(age) = ledger::written(&self.ctx.bus, &service, timeout).await {
                was_deaf = true;
                metrics::counter!("healer_pubsub_gaps_total").increment(1);
                warn!(service, "its key is fresh although no beat was heard");
                let now = self.now();
                for verdict in self.silence.step(now, Heard::Alive { service: &service, age }) {
                    if let Verdict::Back { service } = verdict {
                        self.voice.tell(alert::back(&service, age.as_secs_f64()));
                    }
                }
            } else {
                late.push(alert::miss(&service, silence, timeout, repeat));
            }
        }
        if was_deaf {
            self.wired.send_replace(Arc::clone(&self.wiring));
        }
        let now = self.now();
        let watched = self.silence.services().count();
        let services: Vec<String> = late.iter().map(|miss| miss.svc.clone()).collect();
        let extent = if late.is_empty() { Extent::Single } else { self.guard.late(now, &services, watched) };
        if extent != Extent::Single {
            self.medic.hold(now + self.ctx.config().fleet_hold);
        }
        for mut miss in late {
            miss.reason = self.medic.excuse(&miss.svc).map(str::to_owned);
            miss.container = self.medic.container(&miss.svc).map(|container| container.short_id().to_owned());
            if extent == Extent::Single { self.voice.tell(miss) } else { self.voice.tell_quietly(miss) }
        }
        if extent == Extent::Fleet {
            let mut told = alert::new("fleet_miss", "fleet");
            let about = json!({"count": services.len(), "services": services});
            told.extra = about.as_object().cloned().unwrap_or_default();
            self.voice.tell(told);
        }
        for service in &services {
            self.medic.step(now, Input::Late(service));
        }
    }

    async fn look(&mut self) -> Result<(), bus::Error> {
        let services = self.medic.services();
        let marks = ledger::marks(&self.ctx.bus, &services).await?;
        let now = self.now();
        let mut maintained = BTreeSet::new();
        let mut corrections = Vec::new();
        for (service, marks) in services.iter().zip(marks) {
            corrections.extend(self.medic.step(now, Input::Marks(service, marks)));
            if marks.is_maintained {
                maintained.insert(service.clone());
            }
        }
        self.desk.maintain(maintained);
        self.carry_out(corrections).await;
        self.look_for_truth(now).await?;
        self.show(now, &services).await
    }

    async fn look_for_truth(&mut self, now: Duration) -> Result<(), bus::Error> {
        if ledger::has_truth(&self.ctx.bus).await? {
            if self.links.truth.up() {
                self.voice.tell(alert::new("truth_ok", "truth"));
            }
            return Ok(());
        }
        self.links.truth.down(now);
        if self.links.truth.is_due(now) {
            self.voice.tell(alert::new("truth_missing", "truth"));
        }
        if self.links.may_seed(now)
            && let Some(order) = self.medic.seed()
        {
            self.carry_out(vec![Action::Order(order)]).await;
        }
        Ok(())
    }

    async fn show(&mut self, now: Duration, services: &[String]) -> Result<(), bus::Error> {
        let mut changed = Vec::new();
        for service in services {
            let text = self.view(service, now).to_string();
            if self.shown.get(service) != Some(&text) {
                changed.push((service.clone(), text));
            }
        }
        ledger::show(&self.ctx.bus, &changed).await?;
        self.shown.extend(changed);
        Ok(())
    }

    fn view(&self, service: &str, now: Duration) -> Value {
        let state = match self.silence.get(service) {
            None => "unwatched",
            Some(watched) if !self.silence.hears(watched.bus) => "frozen",
            Some(watched) if watched.is_late() => "late",
            Some(watched) if watched.last_seen.is_none() => "unknown",
            Some(_) => "ok",
        };
        let mut view = self.medic.view(service, now);
        view["svc"] = json!(service);
        view["monitor"] = json!(state);
        view["reason"] = json!(self.medic.excuse(service));
        if service == self.ctx.id() {
            view["notes_lost"] = json!(self.desk.failures().into_iter().collect::<BTreeMap<_, _>>());
        }
        view
    }

    async fn carry_out(&mut self, actions: Vec<Action>) {
        for action in actions {
            let written = match action {
                Action::Tell(told) => {
                    if told.kind == "heal_result" {
                        self.audit.note(&told.svc, "heal_result", Value::Object(told.extra.clone()));
                    }
                    self.voice.tell(told);
                    Ok(())
                }
                Action::Order(order) => {
                    if let Some(hands) = self.hands.clone() {
                        let service = order.service.clone();
                        self.work.push(Box::pin(async move { (service, hands.perform(order).await) }));
                    }
                    Ok(())
                }
                Action::Probe(service, url) => {
                    if let Some(hands) = self.hands.clone() {
                        self.work.push(Box::pin(async move { (service, hands.probe(url).await) }));
                    }
                    Ok(())
                }
                Action::RememberStop { service, by, container } => {
                    ledger::remember_stop(&self.ctx.bus, &service, by, container).await
                }
                Action::ForgetStop(service) => ledger::forget_stop(&self.ctx.bus, &service).await,
                Action::Quarantine { service, reason, deaths } => {
                    self.audit.note(&service, "quarantine", json!({"reason": reason, "deaths": deaths}));
                    ledger::quarantined(&self.ctx.bus, &service, reason, deaths).await
                }
                Action::LiftQuarantine(service) => {
                    self.audit.note(&service, "quarantine_lifted", json!({}));
                    ledger::lifted(&self.ctx.bus, &service).await
                }
            };
            if let Err(error) = written {
                warn!(%error, "what was decided about a container is not written down");
            }
        }
    }
}

fn wall() -> EpochSec {
    EpochSec::from(SystemTime::now())
}
