//! Who lives, and who waits for whom. Pure: beats and time come in, states and news come out.
//!
//! Silence is measured on a monotonic clock. A service counts as dead only after its time-out has passed in one
//! unbroken watch, so neither a restart of the mesh nor an outage of system-redis lets anybody die.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};
use truth::{graph, service::Service};
use wire::{
    EpochSec,
    mesh::{Liveness, Node},
    system::{BeatState, Status},
};

/// What system-redis says of one service.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Heard {
    /// The latest beat; `None` when it expired.
    pub(crate) state: Option<BeatState>,
    /// When it was last heard, as it says itself.
    pub(crate) last: Option<EpochSec>,
    /// Whether an operator stopped it.
    pub(crate) is_stopped: bool,
}

/// A service went up or down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct News {
    /// Service id.
    pub(crate) svc: String,
    /// Up, else down.
    pub(crate) is_up: bool,
}

/// What is remembered from look to look.
#[derive(Debug, Default)]
pub(crate) struct View {
    watching_since: Option<Duration>,
    looked: Option<Duration>,
    traces: BTreeMap<String, Trace>,
    told: BTreeMap<String, bool>,
}

#[derive(Debug, Clone)]
struct Trace {
    /// Tells one beat from the next.
    mark: (String, u64, EpochSec),
    /// Silence at `noted`.
    age: Duration,
    noted: Duration,
    /// A beat came in this watch.
    is_fresh: bool,
}

struct Limits {
    late: Duration,
    dead: Duration,
}

impl View {
    /// Looks at `heard` at the monotonic instant `now`, which is `wall` on the clock.
    pub(crate) fn look(
        &mut self,
        now: Duration,
        wall: EpochSec,
        services: &BTreeMap<String, Service>,
        heard: &BTreeMap<String, Heard>,
    ) -> (BTreeMap<String, Node>, Vec<News>) {
        let is_first = self.told.is_empty() && self.looked.is_none();
        let since = *self.watching_since.get_or_insert(now);
        let nobody = Heard::default();
        let mut statuses = BTreeMap::new();
        for (id, service) in services {
            let heard = heard.get(id).unwrap_or(&nobody);
            self.trace(id, now, wall, heard, limits(service, services).late);
            statuses.insert(id, status(self.traces.get(id), now, since, heard, &limits(service, services)));
        }
        self.looked = Some(now);
        self.traces.retain(|id, _| services.contains_key(id));
        self.told.retain(|id, _| services.contains_key(id));
        let news = self.news(&statuses, is_first);
        (self.nodes(now, services, &statuses), news)
    }

    /// system-redis was away: what was not heard meanwhile says nothing.
    pub(crate) fn gap(&mut self) {
        self.watching_since = None;
        for trace in self.traces.values_mut() {
            trace.is_fresh = false;
        }
    }

    fn trace(&mut self, id: &str, now: Duration, wall: EpochSec, heard: &Heard, late: Duration) {
        let Some(ts) = heard.state.as_ref().map(|state| state.ts).or(heard.last) else { return };
        let age = Duration::try_from_secs_f64(wall.since(ts)).unwrap_or_default();
        let Some(trace) = self.traces.get_mut(id) else {
            let mark = mark(heard, ts);
            self.traces.insert(id.to_owned(), Trace { mark, age, noted: now, is_fresh: age <= late });
            return;
        };
        let is_new = match &heard.state {
            Some(_) => trace.mark != mark(heard, ts),
            // The key expired; only a later last beat is news, one of a service that beats slower than its key lives.
            None => ts.whole() > trace.mark.2.whole(),
        };
        if is_new {
            let since_last_look = now.saturating_sub(self.looked.unwrap_or(now));
            *trace =
                Trace { mark: mark(heard, ts), age: age.min(since_last_look), noted: now, is_fresh: true };
        }
    }

    fn news(&mut self, statuses: &BTreeMap<&String, Liveness>, is_first: bool) -> Vec<News> {
        let mut news = Vec::new();
        for (&id, status) in statuses {
            let is_up = match status {
                Liveness::Alive => true,
                Liveness::Dead | Liveness::Stopped => false,
                Liveness::Late | Liveness::Unknown => continue,
            };
            if self.told.insert(id.clone(), is_up) != Some(is_up) && !is_first {
                news.push(News { svc: id.clone(), is_up });
            }
        }
        news
    }

    fn nodes(
        &self,
        now: Duration,
        services: &BTreeMap<String, Service>,
        statuses: &BTreeMap<&String, Liveness>,
    ) -> BTreeMap<String, Node> {
        let needs = graph::of(services);
        let is_down = |id: &String| matches!(statuses.get(id), Some(Liveness::Dead | Liveness::Stopped));
        let down: BTreeSet<String> = services
            .iter()
            .filter(|(id, _)| is_down(id))
            .map(|(_, service)| service.component.clone())
            .collect();
        let node = |(id, service): (&String, &Service)| {
            let status = statuses.get(id).copied().unwrap_or(Liveness::Unknown);
            let blocked_by = match status {
                Liveness::Dead => graph::blocked_by(&needs, &down, &service.component),
                _ => Vec::new(),
            };
            let age = self.traces.get(id).map(|trace| silence(trace, now).as_secs_f64());
            let node = Node {
                status,
                age_sec: age.map(|seconds| (seconds * 10.0).round() / 10.0),
                phase: service.phase,
                port: service.port,
                deps: service.dependencies.clone(),
                blocked_by,
            };
            (id.clone(), node)
        };
        services.iter().map(node).collect()
    }
}

fn mark(heard: &Heard, ts: EpochSec) -> (String, u64, EpochSec) {
    heard.state.as_ref().map_or((String::new(), 0, ts), |state| (state.inst.clone(), state.i, ts))
}

fn silence(trace: &Trace, now: Duration) -> Duration {
    trace.age + now.saturating_sub(trace.noted)
}

fn status(trace: Option<&Trace>, now: Duration, since: Duration, heard: &Heard, limits: &Limits) -> Liveness {
    let fresh = trace.filter(|trace| trace.is_fresh).map(|trace| silence(trace, now));
    let is_stopping = heard.state.as_ref().is_none_or(|state| state.status == Status::Stopping);
    match fresh {
        _ if heard.is_stopped && (is_stopping || fresh.is_none_or(|silence| silence > limits.late)) => {
            Liveness::Stopped
        }
        Some(silence) if silence > limits.dead => Liveness::Dead,
        Some(silence) if silence > limits.late => Liveness::Late,
        Some(_) => Liveness::Alive,
        None if now.saturating_sub(since) > limits.dead => Liveness::Dead,
        None => Liveness::Unknown,
    }
}

fn limits(service: &Service, services: &BTreeMap<String, Service>) -> Limits {
    let interval = service.heartbeat.as_ref().map(|beats| beats.interval_sec).unwrap_or_default();
    let span = |seconds: f64| Duration::try_from_secs_f64(seconds).unwrap_or_default();
    Limits { late: span(2.0 * interval), dead: span(truth::service::timeout_sec(service, services)) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn services() -> BTreeMap<String, Service> {
        let service = |id: &str, needs: &[&str]| {
            let service = json!({"component": id, "dependencies": needs,
                "heartbeat": {"interval_sec": 5, "ttl_sec": 15, "timeout_sec": 30}});
            (id.to_owned(), serde_json::from_value(service).unwrap())
        };
        BTreeMap::from([service("massive", &[]), service("sse", &["massive"])])
    }

    const START: f64 = 1_790_000_000.0;

    /// Beat `i` of a service, sent `at` seconds after the start, as long as its key lives.
    fn beat(i: u64, at: f64) -> Heard {
        let state =
            json!({"service": "x", "ts": START + at, "pid": 1, "status": "running", "i": i, "inst": "a"});
        Heard {
            state: serde_json::from_value(state).unwrap(),
            last: Some(EpochSec::new(START + at).whole()),
            is_stopped: false,
        }
    }

    fn expired(at: f64) -> Heard {
        Heard { state: None, ..beat(0, at) }
    }

    struct Watch(View);

    impl Watch {
        fn look(
            &mut self,
            at: u64,
            massive: Heard,
            sse: Heard,
        ) -> ([Liveness; 2], BTreeMap<String, Node>, Vec<News>) {
            let heard = BTreeMap::from([("massive".to_owned(), massive), ("sse".to_owned(), sse)]);
            let wall = EpochSec::new(START + at as f64);
            let (nodes, news) = self.0.look(Duration::from_secs(1000 + at), wall, &services(), &heard);
            ([nodes["massive"].status, nodes["sse"].status], nodes, news)
        }
    }

    use Liveness::{Alive, Dead, Late, Stopped, Unknown};

    #[test]
    fn silence_makes_late_then_dead_and_a_beat_alive_again() {
        let mut watch = Watch(View::default());
        let (first, nodes, news) = watch.look(0, beat(1, -0.4), beat(1, -0.2));
        assert_eq!((first, news), ([Alive, Alive], vec![]), "what lives at the start is no news");
        assert_eq!(nodes["massive"].age_sec, Some(0.4));
        assert_eq!(watch.look(9, beat(1, -0.4), beat(2, 9.0)).0, [Alive, Alive]);
        assert_eq!(watch.look(10, beat(1, -0.4), beat(2, 9.0)).0, [Late, Alive]);
        assert_eq!(watch.look(29, expired(-0.4), beat(6, 29.0)).0, [Late, Alive]);
        let (status, nodes, news) = watch.look(30, expired(-0.4), beat(6, 29.0));
        assert_eq!(status, [Dead, Alive]);
        assert_eq!(nodes["massive"].age_sec, Some(30.4));
        assert_eq!(news, [News { svc: "massive".into(), is_up: false }]);
        let (status, nodes, news) = watch.look(31, beat(2, 30.5), beat(6, 29.0));
        assert_eq!((status, nodes["massive"].age_sec), ([Alive, Alive], Some(0.5)));
        assert_eq!(news, [News { svc: "massive".into(), is_up: true }]);
    }

    #[test]
    fn the_dead_name_what_they_wait_for() {
        let mut watch = Watch(View::default());
        assert_eq!(watch.look(0, Heard::default(), Heard::default()).0, [Unknown, Unknown]);
        assert_eq!(watch.look(30, Heard::default(), Heard::default()).0, [Unknown, Unknown]);
        let (status, nodes, news) = watch.look(31, Heard::default(), Heard::default());
        assert_eq!((status, news.len()), ([Dead, Dead], 2));
        assert_eq!(nodes["sse"].blocked_by, ["massive"]);
        assert_eq!((nodes["massive"].blocked_by.len(), nodes["massive"].age_sec), (0, None));
    }

    #[test]
    fn who_was_dead_before_the_watch_began_gets_its_time() {
        let mut watch = Watch(View::default());
        let (status, nodes, _) = watch.look(0, expired(-500.0), beat(1, 0.0));
        assert_eq!((status[0], nodes["massive"].age_sec), (Unknown, Some(500.0)));
        assert_eq!(watch.look(31, expired(-500.0), beat(2, 31.0)).0, [Dead, Alive]);
    }

    #[test]
    fn an_outage_of_the_bus_lets_nobody_die() {
        let mut watch = Watch(View::default());
        watch.look(0, beat(1, 0.0), beat(1, 0.0));
        watch.0.gap();
        let (status, _, news) = watch.look(100, expired(0.0), expired(0.0));
        assert_eq!((status, news), ([Unknown, Unknown], vec![]));
        let (status, _, news) = watch.look(104, beat(2, 103.5), expired(0.0));
        assert_eq!((status, news), ([Alive, Unknown], vec![]), "it never was down");
        assert_eq!(watch.look(131, beat(7, 130.0), expired(0.0)).0, [Alive, Dead], "this one is");
    }

    #[test]
    fn a_stopped_service_is_stopped_at_once_and_alive_at_its_next_beat() {
        let mut watch = Watch(View::default());
        watch.look(0, beat(1, 0.0), beat(1, 0.0));
        let mut stopping = beat(2, 0.5);
        stopping.is_stopped = true;
        stopping.state.as_mut().unwrap().status = Status::Stopping;
        assert_eq!(watch.look(1, stopping, beat(1, 0.0)).0, [Stopped, Alive]);
        let gone = Heard { is_stopped: true, ..expired(0.5) };
        assert_eq!(watch.look(60, gone, beat(12, 60.0)).0, [Stopped, Alive]);
        assert_eq!(
            watch.look(61, Heard { is_stopped: true, ..beat(1, 61.0) }, beat(12, 60.0)).0,
            [Alive, Alive]
        );
    }

    #[test]
    fn a_step_of_the_wall_clock_changes_nothing() {
        let mut watch = Watch(View::default());
        watch.look(0, beat(1, 0.0), beat(1, 0.0));
        // The services' clock stands an hour ahead from here on, then an hour behind.
        for second in 1..=16 {
            let behind = beat(1 + second, second as f64 - 3600.0);
            let (status, _, _) = watch.look(second, beat(2, 3601.0), behind);
            assert_eq!(status, [if second <= 11 { Alive } else { Late }, Alive], "second {second}");
        }
    }
}
