//! What the heartbeat keys say of every service.

use crate::{catalog::Catalog, desk, score::Standing};
use bus::Bus;
use futures_util::future::try_join_all;
use serde::Serialize;
use std::collections::BTreeMap;
use wire::{
    BusId,
    system::{self, BeatState, Status},
};

/// One service's heartbeat, seen from outside.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Pulse {
    pub(crate) svc: String,
    /// True while its key lives.
    pub(crate) alive: bool,
    /// Seconds since the last beat; `None` when there never was one.
    pub(crate) age_sec: Option<f64>,
    /// What is left of the key's life, seconds.
    pub(crate) ttl_left_sec: Option<f64>,
    /// The whole life of the key, seconds.
    pub(crate) ttl_sec: f64,
    pub(crate) interval_sec: f64,
    /// Beat number of the running process.
    pub(crate) i: Option<u64>,
    pub(crate) status: Option<Status>,
    /// Who listens to its channel.
    pub(crate) subscribers: u64,
}

impl Pulse {
    /// How well it beats; `running`: whether its container runs, `None` when that is not known.
    pub(crate) fn standing(&self, running: Option<bool>) -> Standing {
        let late = self.ttl_left_sec.is_some_and(|left| left < 0.5 * self.ttl_sec);
        match (self.alive, running) {
            (true, _) if late || self.status == Some(Status::Degraded) => Standing::Degraded,
            (true, _) => Standing::Healthy,
            (false, Some(true)) => Standing::RunningNoHeartbeat,
            (false, _) => Standing::Dead,
        }
    }

    /// The status as the wire spells it.
    pub(crate) fn status_word(&self) -> String {
        let word = self.status.and_then(|status| serde_json::to_value(status).ok());
        word.as_ref().and_then(|word| word.as_str()).unwrap_or(crate::output::NOTHING).to_owned()
    }
}

/// The pulse of every service of Truth that beats, by id.
///
/// # Errors
/// system-redis is away or refuses.
pub(crate) async fn all(bus: &Bus, catalog: &Catalog) -> Result<BTreeMap<String, Pulse>, bus::Error> {
    let channels: Vec<_> = catalog.beating().map(|(_, _, beats)| beats.channel.clone()).collect();
    let heard = bus.subscribers(BusId::System, &channels).await?;
    let pulses = catalog.beating().map(|(id, _, beats)| {
        let subscribers = heard.get(&beats.channel).copied().unwrap_or_default();
        async move { pulse(bus, id, beats, subscribers).await.map(|pulse| (id.to_owned(), pulse)) }
    });
    Ok(try_join_all(pulses).await?.into_iter().collect())
}

async fn pulse(
    bus: &Bus,
    id: &str,
    beats: &truth::service::Beats,
    subscribers: u64,
) -> Result<Pulse, bus::Error> {
    let key = system::beat_state(id);
    let text = bus.text(&key).await?;
    let left = bus.life(&key).await?;
    let last = bus.get(&system::last_beat(id)).await?;
    // A beat that nobody can read is still a beat: only its details are missing.
    let state: Option<BeatState> = text.as_deref().and_then(|text| serde_json::from_str(text).ok());
    let at = state.as_ref().map(|state| state.ts).or(last);
    Ok(Pulse {
        svc: id.into(),
        alive: text.is_some(),
        age_sec: at.map(|at| desk::now().since(at).max(0.0)).map(one_decimal),
        ttl_left_sec: left.map(|left| one_decimal(left.as_secs_f64())),
        ttl_sec: beats.ttl_sec,
        interval_sec: beats.interval_sec,
        i: state.as_ref().map(|state| state.i),
        status: state.map(|state| state.status),
        subscribers,
    })
}

/// `value` rounded to one decimal.
pub(crate) fn one_decimal(value: f64) -> f64 {
    (value * 10.0).round() / 10.0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn beating(ttl_left_sec: f64, status: Status) -> Pulse {
        Pulse {
            svc: "vigil".into(),
            alive: true,
            age_sec: Some(15.0 - ttl_left_sec),
            ttl_left_sec: Some(ttl_left_sec),
            ttl_sec: 15.0,
            interval_sec: 5.0,
            i: Some(12),
            status: Some(status),
            subscribers: 1,
        }
    }

    #[test]
    fn a_beat_is_judged_by_what_is_left_of_its_life_and_by_its_own_word() {
        assert_eq!(beating(7.5, Status::Running).standing(None), Standing::Healthy);
        assert_eq!(beating(7.4, Status::Running).standing(None), Standing::Degraded);
        assert_eq!(beating(14.0, Status::Degraded).standing(Some(true)), Standing::Degraded);
    }

    #[test]
    fn without_a_beat_the_container_decides() {
        let silent = Pulse { alive: false, ..beating(0.0, Status::Running) };
        assert_eq!(silent.standing(Some(true)), Standing::RunningNoHeartbeat);
        assert_eq!(silent.standing(Some(false)), Standing::Dead);
        assert_eq!(silent.standing(None), Standing::Dead);
    }
}
