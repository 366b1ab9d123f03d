//! The fleet as the page shows it. Pure: beats, keys and alerts come in, time is an argument.

use std::collections::BTreeMap;
use truth::service::Service;
use wire::{
    EpochSec,
    mesh::Liveness,
    sse::{Fleet, FleetService},
    system::{Alert, Status},
};

const INTERVAL_SEC: f64 = 10.0;
const TIMEOUT_SEC: f64 = 30.0;

/// What is known of every service.
#[derive(Debug, Default)]
pub(crate) struct Known {
    services: BTreeMap<String, Member>,
    /// False while system-redis cannot be read: then nobody's silence means anything.
    pub(crate) is_readable: bool,
}

#[derive(Debug, Clone, PartialEq)]
struct Member {
    phase: u32,
    interval_sec: f64,
    timeout_sec: f64,
    beat_at: Option<EpochSec>,
    kept: Kept,
    last_alert: Option<Alert>,
}

/// What system-redis keeps of one service.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Kept {
    /// Of the heartbeat key, while it lives.
    pub(crate) state: Option<Status>,
    pub(crate) health: Option<Alert>,
    pub(crate) is_stopped: bool,
}

impl Known {
    /// The services of a Truth document that beat; healer's limit is for those without their own.
    pub(crate) fn of(services: &BTreeMap<String, Service>) -> Self {
        let limit = services
            .get("healer")
            .and_then(|healer| healer.threshold.as_ref()?.get("heartbeat_cadence")?.as_f64())
            .unwrap_or(TIMEOUT_SEC);
        let member = |(id, service): (&String, &Service)| {
            let beats = service.heartbeat.as_ref()?;
            let interval_sec = if beats.interval_sec > 0.0 { beats.interval_sec } else { INTERVAL_SEC };
            let member = Member {
                phase: service.phase,
                interval_sec,
                timeout_sec: beats.timeout_sec.unwrap_or(limit),
                beat_at: None,
                kept: Kept::default(),
                last_alert: None,
            };
            Some((id.clone(), member))
        };
        Self { services: services.iter().filter_map(member).collect(), is_readable: false }
    }

    /// Takes over what an earlier `other` knew of the same services.
    pub(crate) fn remember(&mut self, other: &Self) {
        for (id, member) in &mut self.services {
            if let Some(before) = other.services.get(id) {
                (member.beat_at, member.last_alert) = (before.beat_at, before.last_alert.clone());
                member.kept = before.kept.clone();
            }
        }
        self.is_readable = other.is_readable;
    }

    pub(crate) fn ids(&self) -> Vec<String> {
        self.services.keys().cloned().collect()
    }

    /// A beat of `id`; an older one than the newest known changes nothing.
    pub(crate) fn beat(&mut self, id: &str, at: EpochSec) {
        if let Some(member) = self.services.get_mut(id)
            && member.beat_at.is_none_or(|known| known < at)
        {
            member.beat_at = Some(at);
        }
    }

    pub(crate) fn keep(&mut self, id: &str, kept: Kept) {
        if let Some(member) = self.services.get_mut(id) {
            member.kept = kept;
        }
    }

    /// An alert; the newest of its service stays.
    pub(crate) fn alert(&mut self, alert: &Alert) {
        if let Some(member) = self.services.get_mut(&alert.svc)
            && member.last_alert.as_ref().is_none_or(|known| known.ts <= alert.ts)
        {
            member.last_alert = Some(alert.clone());
        }
    }

    /// The fleet at `now`, in phase order, then by id.
    pub(crate) fn view(&self, now: EpochSec) -> Fleet {
        let mut services: Vec<_> =
            self.services.iter().map(|(id, member)| self.seen(id, member, now)).collect();
        services.sort_by_key(|service| service.phase);
        Fleet { ts: now, services }
    }

    /// What of `fleet` is news: everything but the ages, which only grow.
    pub(crate) fn news(&self, mut fleet: Fleet) -> Vec<FleetService> {
        for service in &mut fleet.services {
            service.hb_age_sec =
                self.services.get(&service.id).and_then(|member| member.beat_at).map(EpochSec::seconds);
        }
        fleet.services
    }

    fn seen(&self, id: &str, member: &Member, now: EpochSec) -> FleetService {
        let age = member.beat_at.map(|at| now.since(at).max(0.0));
        let status = match age {
            _ if !self.is_readable => Liveness::Unknown,
            Some(age) if age <= 2.0 * member.interval_sec => Liveness::Alive,
            _ if member.kept.is_stopped => Liveness::Stopped,
            None => Liveness::Unknown,
            Some(age) if age <= member.timeout_sec => Liveness::Late,
            Some(_) => Liveness::Dead,
        };
        FleetService {
            id: id.into(),
            phase: member.phase,
            status,
            hb_age_sec: age.map(|age| (age * 10.0).round() / 10.0),
            hb_interval_sec: member.interval_sec,
            state: member.kept.state,
            health: member.kept.health.clone(),
            last_alert: member.last_alert.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn known() -> Known {
        let document = json!({"components": {
            "sse": {"heartbeat": {"interval_sec": 5, "timeout_sec": 30}, "service": {"phase": 5}},
            "massive": {"heartbeat": {"interval_sec": 5}, "service": {"phase": 2}},
            "healer": {"heartbeat": {"interval_sec": 10}, "service": {"phase": 2},
                       "threshold": {"heartbeat_cadence": 45}},
            "exchange": {"service": {"phase": 1}},
        }});
        Known { is_readable: true, ..Known::of(&truth::service::all(&document)) }
    }

    fn status(known: &Known, id: &str, now: f64) -> Liveness {
        let fleet = known.view(EpochSec::new(now));
        fleet.services.iter().find(|service| service.id == id).unwrap().status
    }

    #[test]
    fn those_that_beat_stand_in_phase_order() {
        let fleet = known().view(EpochSec::new(1.0));
        let order: Vec<_> = fleet.services.iter().map(|service| service.id.as_str()).collect();
        assert_eq!(order, ["healer", "massive", "sse"]);
    }

    #[test]
    fn silence_is_late_after_two_intervals_and_death_after_the_limit() {
        let mut known = known();
        assert_eq!(status(&known, "sse", 100.0), Liveness::Unknown);
        known.beat("sse", EpochSec::new(100.0));
        known.beat("sse", EpochSec::new(90.0));
        assert_eq!(status(&known, "sse", 110.0), Liveness::Alive);
        assert_eq!(status(&known, "sse", 110.1), Liveness::Late);
        assert_eq!(status(&known, "sse", 130.0), Liveness::Late);
        assert_eq!(status(&known, "sse", 130.1), Liveness::Dead);
        known.beat("massive", EpochSec::new(100.0));
        assert_eq!(status(&known, "massive", 145.0), Liveness::Late, "healer's limit");
    }

    #[test]
    fn who_was_stopped_is_not_dead_and_nobody_is_while_the_bus_is_away() {
        let mut known = known();
        known.beat("sse", EpochSec::new(100.0));
        known.keep("sse", Kept { is_stopped: true, ..Kept::default() });
        assert_eq!(status(&known, "sse", 105.0), Liveness::Alive, "started again");
        assert_eq!(status(&known, "sse", 200.0), Liveness::Stopped);
        known.is_readable = false;
        assert_eq!(status(&known, "sse", 200.0), Liveness::Unknown);
    }

    #[test]
    fn growing_ages_are_no_news_and_a_beat_is() {
        let mut known = known();
        known.beat("sse", EpochSec::new(100.0));
        let news = |known: &Known, now| known.news(known.view(EpochSec::new(now)));
        let before = news(&known, 101.0);
        assert_eq!(news(&known, 102.0), before);
        known.beat("sse", EpochSec::new(105.0));
        assert_ne!(news(&known, 105.0), before);
    }

    #[test]
    fn the_newest_alert_of_a_service_stays() {
        let mut known = known();
        let alert = |kind: &str, ts| Alert {
            kind: kind.into(),
            svc: "sse".into(),
            ts: EpochSec::new(ts),
            ..Alert::default()
        };
        known.alert(&alert("heartbeat_ok", 20.0));
        known.alert(&alert("heartbeat_miss", 10.0));
        let fleet = known.view(EpochSec::new(30.0));
        assert_eq!(fleet.services[2].last_alert.as_ref().unwrap().kind, "heartbeat_ok");
    }
}
