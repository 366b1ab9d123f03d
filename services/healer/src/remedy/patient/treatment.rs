//! What a patient needs, whether it may have it, and whether it helped.

use super::{Patient, Remedy, Wish};
use crate::{
    alert,
    remedy::{Action, Deed, Order, Outcome},
    wiring::seconds,
};
use fleet::{
    budget::Permit,
    docker::{Heal, Health, State},
};
use serde_json::json;
use std::time::Duration;
use tracing::info;

/// After a refused order.
const RECONSIDER: Duration = Duration::from_secs(5);
/// A container without a beat has recovered when it has run this long.
const STANDS: Duration = Duration::from_secs(1);
/// The engine gets this long beyond the time for stopping.
const ENGINE_SLACK: Duration = Duration::from_secs(40);

impl Patient {
    /// Help that is needed now, wanted by nobody to be absent.
    pub(in super::super) fn wish(
        &mut self,
        now: Duration,
        home: &[String],
        actions: &mut Vec<Action>,
    ) -> Option<Wish> {
        let container = self.container.as_ref()?;
        let may = match container.heal {
            Heal::Restart | Heal::Stop => {
                !self.marks.is_maintained && self.remedy.is_none() && now >= self.not_before
            }
            Heal::Notify | Heal::Off => false,
        };
        if !may || self.quarantine.is_some() {
            return None;
        }
        let wish = |deed, reason, grace| Some(Wish { container: container.clone(), deed, reason, grace });
        let again = if container.heal == Heal::Stop { Deed::Stop } else { Deed::Restart };
        match container.state {
            State::Running if now < self.since + self.plan.youth() => None,
            State::Running if self.is_late => {
                if !home.is_empty() && !container.networks.iter().any(|network| home.contains(network)) {
                    self.tell_detached(actions);
                    return None;
                }
                wish(again, "hang", seconds(self.plan.heal.hang_stop_timeout_sec))
            }
            State::Running => {
                let sick = self.unhealthy_since?;
                let is_long = now >= sick + seconds(self.plan.heal.unhealthy_grace_sec);
                if is_long { wish(again, "unhealthy", container.stop_timeout) } else { None }
            }
            State::Exited if let Some(reason) = self.start_once => wish(Deed::Start, reason, Duration::ZERO),
            State::Exited if container.heal == Heal::Restart && !self.is_wanted() => {
                let ended = self.end.as_ref()?.at;
                let is_long = now >= ended + seconds(self.plan.heal.restart_grace_sec);
                if is_long { wish(Deed::Start, "exited", Duration::ZERO) } else { None }
            }
            _ => None,
        }
    }

    /// Being attached to a network is not restored by a restart.
    fn tell_detached(&mut self, actions: &mut Vec<Action>) {
        if !std::mem::replace(&mut self.is_detached_told, true) {
            let error = "attached to none of healer's networks: a restart cannot help";
            actions.push(self.tell_of("heal_exhausted", json!({"attempts": 0, "error": error})));
        }
    }

    pub(in super::super) fn permit(&self, now: Duration) -> Permit {
        self.budget.ask(now, &self.plan.heal.rules())
    }

    pub(in super::super) fn begin(&mut self, now: Duration, wish: Wish) -> Order {
        self.start_once = None;
        let attempt = self.budget.begin(now);
        let order = self.order(wish, attempt);
        let remedy = Remedy {
            order: order.clone(),
            begun: now,
            called: false,
            alive_after: (order.deed == Deed::Start).then_some(now),
            is_probing: false,
        };
        self.remedy = Some(remedy);
        order
    }

    pub(super) fn order(&self, wish: Wish, attempt: u32) -> Order {
        let timeout = self.plan.limits.map(|limits| limits.timeout);
        let Wish { container, deed, reason, grace } = wish;
        Order { service: container.service.clone(), container, deed, grace, attempt, reason, timeout }
    }

    pub(in super::super) fn observe(&mut self, wish: &Wish) {
        if !std::mem::replace(&mut self.is_observed, true) {
            info!(
                service = self.service,
                deed = wish.deed.name(),
                reason = wish.reason,
                "remedy only observed"
            );
        }
    }

    pub(in super::super) fn give_up(&mut self, actions: &mut Vec<Action>) {
        if !std::mem::replace(&mut self.has_given_up, true) {
            actions.push(self.tell_of("heal_exhausted", json!({"attempts": self.budget.attempt()})));
        }
    }

    pub(in super::super) fn outcome(&mut self, now: Duration, outcome: Outcome, actions: &mut Vec<Action>) {
        let Some(remedy) = &mut self.remedy else {
            self.is_settled = true;
            return;
        };
        match outcome {
            Outcome::Refused(why, seen) => {
                info!(
                    service = remedy.order.service,
                    deed = remedy.order.deed.name(),
                    why,
                    "remedy withheld"
                );
                self.remedy = None;
                self.budget.withdraw();
                self.not_before = now + RECONSIDER;
                if let (Some(seen), Some(known)) = (seen, &mut self.container)
                    && seen.id == known.id
                {
                    known.state = seen.state;
                    known.networks = seen.networks;
                }
            }
            Outcome::Failed(error) => self.conclude(now, Err(error), actions),
            Outcome::Called => {
                remedy.called = true;
                remedy.alive_after.get_or_insert(now);
                if remedy.order.deed == Deed::Stop {
                    self.conclude(now, Ok(()), actions);
                }
            }
            Outcome::Probed(is_ok) => {
                remedy.is_probing = false;
                if is_ok {
                    self.conclude(now, Ok(()), actions);
                }
            }
        }
    }

    /// Recovered means: it runs, and has given the sign of life that it gives.
    pub(super) fn verify(&mut self, now: Duration, actions: &mut Vec<Action>) {
        let Some(remedy) = &mut self.remedy else { return };
        let is_running = self.container.as_ref().is_some_and(|container| container.state == State::Running);
        let is_alive = remedy.alive_after.is_some_and(|since| match self.plan.limits {
            Some(_) => self.last_beat.is_some_and(|beat| beat > since),
            None => {
                let health = self.container.as_ref().and_then(|container| container.health);
                now >= since + STANDS && matches!(health, None | Some(Health::Healthy))
            }
        });
        if is_running && is_alive {
            match &self.plan.health_url {
                Some(url) if !remedy.is_probing => {
                    remedy.is_probing = true;
                    actions.push(Action::Probe(remedy.order.service.clone(), url.clone()));
                }
                Some(_) => {}
                None => return self.conclude(now, Ok(()), actions),
            }
        }
        let limit = seconds(self.plan.heal.verify_sec);
        let limit = if remedy.called { limit } else { limit.max(remedy.order.grace + ENGINE_SLACK) };
        if now >= remedy.begun + limit {
            let missing = if is_running { "no sign of life in time" } else { "not running" };
            self.conclude(now, Err(missing.into()), actions);
        }
    }

    fn conclude(&mut self, now: Duration, result: Result<(), String>, actions: &mut Vec<Action>) {
        let Some(remedy) = self.remedy.take() else { return };
        let took_sec = alert::tenths(now.saturating_sub(remedy.begun));
        let mut about = json!({
            "action": remedy.order.deed.name(), "attempt": remedy.order.attempt,
            "ok": result.is_ok(), "took_sec": took_sec,
        });
        match &result {
            Ok(()) => self.has_given_up = false,
            Err(error) => {
                about["error"] = json!(error);
                self.budget.failed(now, self.jitter);
            }
        }
        self.last_remedy = Some(about.clone());
        actions.push(self.tell_of("heal_result", about));
    }
}
