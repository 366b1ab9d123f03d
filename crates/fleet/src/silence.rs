//! When is a beat late? One pure state machine for everyone who watches.
//!
//! It knows no clock and no Redis: every event comes with the monotonic time since some fixed origin. Comparisons are
//! strict: a beat exactly at its limit is not late.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};
use wire::BusId;

/// How a service beats, and how long it may be silent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Between two beats.
    pub interval: Duration,
    /// Silence beyond this is late.
    pub timeout: Duration,
}

impl Limits {
    /// How long nothing is called late after watching began: three quarters of the timeout, or two beats where that is
    /// more, and never more than the timeout.
    pub fn warmup(&self) -> Duration {
        self.timeout.min((2 * self.interval).max(self.timeout.mul_f64(0.75)))
    }
}

/// What the machine is told.
#[derive(Debug, Clone, PartialEq)]
pub enum Event<'a> {
    /// Watch a service, or change the limits of one that is watched; such a one keeps its state.
    Watch {
        /// Service id.
        service: &'a str,
        /// Where its beats are heard.
        bus: BusId,
        /// Its limits.
        limits: Limits,
        /// An earlier watcher had called it late.
        restored: bool,
    },
    /// Watch it no more.
    Forget(&'a str),
    /// A beat was heard.
    Beat(&'a str),
    /// A miss that was just found is wrong: the service wrote a beat `age` ago, only nobody heard it.
    Alive {
        /// Service id.
        service: &'a str,
        /// Age of the written beat.
        age: Duration,
    },
    /// Time passes.
    Tick,
    /// Beats on this bus can be heard (again).
    Up(BusId),
    /// Beats on this bus cannot be heard.
    Down(BusId),
}

/// What the machine says.
#[derive(Debug, Clone, PartialEq)]
pub enum Verdict {
    /// The service is late.
    Late {
        /// Service id.
        service: String,
        /// Since its last beat, or since watching began.
        silence: Duration,
        /// The limit it passed.
        timeout: Duration,
        /// An earlier watcher had said so already.
        repeat: bool,
    },
    /// The late service beats again.
    Back {
        /// Service id.
        service: String,
    },
}

/// Every watched service with its silence.
#[derive(Debug, Clone, Default)]
pub struct Silence {
    watched: BTreeMap<String, Watched>,
    down: BTreeSet<BusId>,
}

/// What is known of one service.
#[derive(Debug, Clone, PartialEq)]
pub struct Watched {
    /// Where its beats are heard.
    pub bus: BusId,
    /// Its limits.
    pub limits: Limits,
    /// When watching began, or began again after an outage.
    pub watch_start: Duration,
    /// Its last beat.
    pub last_seen: Option<Duration>,
    /// What was said of it.
    pub said: Said,
}

/// What was last said of a service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Said {
    /// Nothing, or that it is back.
    Fine,
    /// An earlier watcher called it late, this one said nothing yet.
    LateBefore,
    /// That it is late.
    Late,
    /// That it is late, as an earlier watcher had.
    LateAgain,
}

impl Watched {
    /// True while a miss stands.
    pub const fn is_late(&self) -> bool {
        matches!(self.said, Said::Late | Said::LateAgain)
    }

    fn judge(&self, now: Duration) -> Option<Duration> {
        let watching = now.saturating_sub(self.watch_start);
        let silence = now.saturating_sub(self.last_seen.unwrap_or(self.watch_start));
        let warm = watching > self.limits.warmup();
        let late = self.last_seen.is_none() || silence > self.limits.timeout;
        (warm && late && !self.is_late()).then_some(silence)
    }
}

impl Silence {
    /// Nobody is watched, every bus is heard.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes one event at `now` (monotonic, since a fixed origin); what there is to say, in order of service id.
    pub fn step(&mut self, now: Duration, event: Event<'_>) -> Vec<Verdict> {
        match event {
            Event::Watch { service, bus, limits, restored } => {
                self.watch(now, service, bus, limits, restored);
                Vec::new()
            }
            Event::Forget(service) => {
                self.watched.remove(service);
                Vec::new()
            }
            Event::Beat(service) => self.beat(now, service).into_iter().collect(),
            Event::Alive { service, age } => {
                self.alive(now.saturating_sub(age), service).into_iter().collect()
            }
            Event::Tick => self.tick(now),
            Event::Down(bus) => {
                self.down.insert(bus);
                Vec::new()
            }
            Event::Up(bus) => {
                self.down.remove(&bus);
                for watched in self.watched.values_mut().filter(|watched| watched.bus == bus) {
                    watched.watch_start = now;
                    watched.last_seen = None;
                }
                Vec::new()
            }
        }
    }

    /// What is known of `service`; `None` when it is not watched.
    pub fn get(&self, service: &str) -> Option<&Watched> {
        self.watched.get(service)
    }

    /// Every watched service.
    pub fn services(&self) -> impl Iterator<Item = (&str, &Watched)> {
        self.watched.iter().map(|(service, watched)| (service.as_str(), watched))
    }

    /// True when beats on `bus` can be heard.
    pub fn hears(&self, bus: BusId) -> bool {
        !self.down.contains(&bus)
    }

    fn watch(&mut self, now: Duration, service: &str, bus: BusId, limits: Limits, restored: bool) {
        let said = if restored { Said::LateBefore } else { Said::Fine };
        let fresh = || Watched { bus, limits, watch_start: now, last_seen: None, said };
        let watched = self.watched.entry(service.to_owned()).or_insert_with(fresh);
        watched.bus = bus;
        watched.limits = limits;
    }

    fn beat(&mut self, now: Duration, service: &str) -> Option<Verdict> {
        let watched = self.watched.get_mut(service)?;
        watched.last_seen = Some(now);
        let was = std::mem::replace(&mut watched.said, Said::Fine);
        (was != Said::Fine).then(|| Verdict::Back { service: service.into() })
    }

    fn alive(&mut self, beaten: Duration, service: &str) -> Option<Verdict> {
        let watched = self.watched.get_mut(service)?;
        if watched.said == Said::Late {
            // The miss was never told to anybody, so there is nothing to take back.
            watched.said = Said::Fine;
        }
        self.beat(beaten, service)
    }

    fn tick(&mut self, now: Duration) -> Vec<Verdict> {
        let mut verdicts = Vec::new();
        for (service, watched) in &mut self.watched {
            if self.down.contains(&watched.bus) {
                continue;
            }
            let Some(silence) = watched.judge(now) else { continue };
            let repeat = watched.said == Said::LateBefore;
            watched.said = if repeat { Said::LateAgain } else { Said::Late };
            let timeout = watched.limits.timeout;
            verdicts.push(Verdict::Late { service: service.clone(), silence, timeout, repeat });
        }
        verdicts
    }
}

#[cfg(test)]
#[path = "silence/known_answers.rs"]
mod known_answers;
