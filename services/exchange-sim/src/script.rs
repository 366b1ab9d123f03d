//! Faults on demand: which are set, when each acts, on what and how often.

mod form;

pub use form::{FaultForm, FaultKind, HOLES};

use crate::price::Stream;
use serde::Serialize;
use serde_json::{Map, Value};
use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::{sync::Notify, time::Instant};

const MINUTE: Duration = Duration::from_secs(60);

/// What a fault is aimed at: a path, and text that names tickers.
#[derive(Debug, Clone, Copy)]
pub struct Aim<'a> {
    /// WebSocket path, or path of the request.
    pub path: &'a str,
    /// The ticker, or everything the request names.
    pub tickers: &'a str,
}

#[derive(Debug)]
struct Fault {
    id: u64,
    form: FaultForm,
    from: Instant,
    until: Option<Instant>,
    left: Option<u32>,
    draws: u64,
    done: bool,
    window: Option<(Instant, u32)>,
}

/// A fault as `/sim/state` shows it.
#[derive(Debug, Serialize)]
pub struct Shown {
    id: String,
    #[serde(flatten)]
    form: FaultForm,
    active: bool,
    left: Option<u32>,
}

#[derive(Debug, Default)]
struct Book {
    faults: Vec<Fault>,
    last_id: u64,
}

/// All faults that are set.
#[derive(Debug, Default)]
pub struct Faults {
    book: Mutex<Book>,
    changed: Notify,
}

impl Fault {
    fn is_active(&self, now: Instant) -> bool {
        now >= self.from && self.until.is_none_or(|until| now < until) && self.left != Some(0)
    }

    fn is_over(&self, now: Instant) -> bool {
        self.until.is_some_and(|until| now >= until)
            || self.left == Some(0)
            || self.done && self.until.is_none()
    }

    fn aims_at(&self, aim: Aim<'_>) -> bool {
        let path = self.form.path.as_deref().is_none_or(|path| aim.path.starts_with(path));
        path && self.form.ticker.as_deref().is_none_or(|ticker| aim.tickers.contains(ticker))
    }

    fn draw(&mut self) -> bool {
        self.draws += 1;
        let hit = self.form.rate >= 1.0 || Stream::new(self.id, "fault").uniform(self.draws) < self.form.rate;
        if hit && let Some(left) = &mut self.left {
            *left = left.saturating_sub(1);
        }
        hit
    }
}

impl Faults {
    /// Sets a fault and tells its id.
    pub fn set(&self, form: FaultForm) -> String {
        let now = Instant::now();
        let from = now + Duration::from_secs_f64(form.after_s);
        let mut book = self.book();
        book.last_id += 1;
        let id = book.last_id;
        book.faults.retain(|fault| !fault.is_over(now));
        book.faults.push(Fault {
            id,
            from,
            until: form.for_s.map(|seconds| from + Duration::from_secs_f64(seconds)),
            left: form.count.or((form.kind == FaultKind::SpotSpike).then_some(1)),
            draws: 0,
            done: false,
            window: None,
            form,
        });
        drop(book);
        self.changed.notify_waiters();
        id.to_string()
    }

    /// Lifts one fault, or all. False when there is none of that id.
    pub fn lift(&self, id: Option<&str>) -> bool {
        let mut book = self.book();
        let before = book.faults.len();
        book.faults.retain(|fault| id.is_some_and(|id| fault.id.to_string() != id));
        let lifted = id.is_none() || book.faults.len() < before;
        drop(book);
        self.changed.notify_waiters();
        lifted
    }

    /// Whether a fault of this kind holds, without counting it.
    pub fn holds(&self, kind: FaultKind, aim: Aim<'_>) -> bool {
        let now = Instant::now();
        self.book()
            .faults
            .iter()
            .any(|fault| fault.form.kind == kind && fault.is_active(now) && fault.aims_at(aim))
    }

    /// Whether anything is set that changes what is sent on this WebSocket path, of whatever ticker.
    pub fn harm(&self, path: &str) -> bool {
        let now = Instant::now();
        self.book().faults.iter().any(|fault| {
            fault.form.kind.spoils_events()
                && fault.is_active(now)
                && fault.form.path.as_deref().is_none_or(|aimed| path.starts_with(aimed))
        })
    }

    /// The arguments of a fault that acts once and again on whoever comes while it lasts.
    pub fn lasts(&self, kind: FaultKind, aim: Aim<'_>) -> Option<Map<String, Value>> {
        let now = Instant::now();
        let book = self.book();
        let mut lasting = book.faults.iter().filter(|fault| fault.until.is_some() && fault.is_active(now));
        lasting
            .find(|fault| fault.form.kind == kind && fault.aims_at(aim))
            .map(|fault| fault.form.args.clone())
    }

    /// Whether a burst goes on or will begin.
    pub fn has_bursts(&self) -> bool {
        let now = Instant::now();
        self.book().faults.iter().any(|fault| fault.form.kind == FaultKind::WsBurst && !fault.is_over(now))
    }

    /// Waits until a fault is set or lifted.
    pub async fn changed(&self) {
        self.changed.notified().await;
    }

    /// Draws and counts: the arguments of a fault of this kind that acts this time.
    pub fn strikes(&self, kind: FaultKind, aim: Aim<'_>) -> Option<Map<String, Value>> {
        let now = Instant::now();
        let mut book = self.book();
        let fault = book
            .faults
            .iter_mut()
            .find(|fault| fault.form.kind == kind && fault.is_active(now) && fault.aims_at(aim))?;
        fault.draw().then(|| fault.form.args.clone())
    }

    /// As [`Faults::strikes`], after `args.per_min` calls within a minute.
    pub fn strikes_beyond(&self, kind: FaultKind, aim: Aim<'_>) -> Option<Map<String, Value>> {
        let now = Instant::now();
        let mut book = self.book();
        let fault = book
            .faults
            .iter_mut()
            .find(|fault| fault.form.kind == kind && fault.is_active(now) && fault.aims_at(aim))?;
        let allowed = fault.form.number("per_min").unwrap_or(0.0);
        let (since, seen) = fault.window.filter(|(since, _)| now - *since < MINUTE).unwrap_or((now, 0));
        fault.window = Some((since, seen + 1));
        (f64::from(seen + 1) > allowed && fault.draw()).then(|| fault.form.args.clone())
    }

    /// Active bursts that aim here: id, arguments, ticker.
    pub fn bursts(&self, path: &str) -> Vec<(u64, f64, Option<String>)> {
        let now = Instant::now();
        self.book()
            .faults
            .iter()
            .filter(|fault| fault.form.kind == FaultKind::WsBurst && fault.is_active(now))
            .filter(|fault| fault.form.path.as_deref().is_none_or(|aimed| path.starts_with(aimed)))
            .map(|fault| (fault.id, fault.form.number("eps").unwrap_or(0.0), fault.form.ticker.clone()))
            .collect()
    }

    /// Faults that act once, at their time: taken by whoever carries them out.
    pub fn due(&self) -> Vec<FaultForm> {
        let now = Instant::now();
        let mut due = Vec::new();
        for fault in &mut self.book().faults {
            if fault.form.kind.acts_once() && !fault.done && fault.is_active(now) {
                fault.done = true;
                due.push(fault.form.clone());
            }
        }
        due
    }

    /// Waits until a fault is set or lifted, or one that acts once is due.
    pub async fn next_due(&self) {
        let changed = self.changed.notified();
        let next = {
            let book = self.book();
            let waiting = book.faults.iter().filter(|fault| fault.form.kind.acts_once() && !fault.done);
            waiting.map(|fault| fault.from).min()
        };
        match next {
            Some(at) => tokio::select! { () = changed => (), () = tokio::time::sleep_until(at) => () },
            None => changed.await,
        }
    }

    /// All faults that are not over.
    pub fn show(&self) -> Vec<Shown> {
        let now = Instant::now();
        self.book()
            .faults
            .iter()
            .filter(|fault| !fault.is_over(now))
            .map(|fault| Shown {
                id: fault.id.to_string(),
                form: fault.form.clone(),
                active: fault.is_active(now),
                left: fault.left,
            })
            .collect()
    }

    fn book(&self) -> MutexGuard<'_, Book> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const HERE: Aim<'_> = Aim { path: "/indices", tickers: "I:SPX" };

    fn form(value: Value) -> FaultForm {
        serde_json::from_value(value).unwrap()
    }

    #[tokio::test(start_paused = true)]
    async fn a_fault_acts_in_its_time_only() {
        let faults = Faults::default();
        faults.set(form(json!({"type": "ws_gap", "path": "/indices", "after_s": 2, "for_s": 3})));
        assert!(!faults.holds(FaultKind::WsGap, HERE));
        tokio::time::advance(Duration::from_secs(2)).await;
        assert!(faults.holds(FaultKind::WsGap, HERE));
        assert!(!faults.holds(FaultKind::WsGap, Aim { path: "/stocks", ..HERE }));
        assert!(!faults.holds(FaultKind::WsStall, HERE));
        tokio::time::advance(Duration::from_secs(3)).await;
        assert!(!faults.holds(FaultKind::WsGap, HERE));
        assert!(faults.show().is_empty());
    }

    #[tokio::test(start_paused = true)]
    async fn a_count_is_used_up() {
        let faults = Faults::default();
        faults.set(form(json!({"type": "ws_policy", "count": 2})));
        let hits = (0..5).filter(|_| faults.strikes(FaultKind::WsPolicy, HERE).is_some()).count();
        assert_eq!(hits, 2);
    }

    #[tokio::test(start_paused = true)]
    async fn a_rate_is_a_share_of_the_draws() {
        let faults = Faults::default();
        faults.set(form(json!({"type": "ws_dup", "rate": 0.25, "ticker": "SPX"})));
        let hits = (0..4000).filter(|_| faults.strikes(FaultKind::WsDup, HERE).is_some()).count();
        assert!((900..1100).contains(&hits), "{hits}");
        assert!(faults.strikes(FaultKind::WsDup, Aim { tickers: "I:NDX", ..HERE }).is_none());
    }

    #[tokio::test(start_paused = true)]
    async fn a_limit_per_minute_lets_the_first_requests_pass() {
        let faults = Faults::default();
        faults.set(form(json!({"type": "rest_429", "args": {"per_min": 2}})));
        let refused =
            |n: usize| (0..n).filter(|_| faults.strikes_beyond(FaultKind::Rest429, HERE).is_some()).count();
        assert_eq!(refused(5), 3);
        tokio::time::advance(MINUTE).await;
        assert_eq!(refused(3), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn what_acts_once_is_taken_once() {
        let faults = Faults::default();
        faults.set(form(json!({"type": "clock_jump", "after_s": 1, "args": {"s": 60}})));
        assert!(faults.due().is_empty());
        faults.next_due().await;
        assert_eq!(faults.due().len(), 1);
        assert!(faults.due().is_empty());
    }

    #[test]
    fn lifting_takes_one_or_all() {
        let faults = Faults::default();
        let id = faults.set(form(json!({"type": "ws_dup"})));
        faults.set(form(json!({"type": "ws_reorder"})));
        assert!(!faults.lift(Some("99")) && faults.lift(Some(&id)));
        assert_eq!(faults.show().len(), 1);
        assert!(faults.lift(None) && faults.show().is_empty());
    }
}
