//! The mesh on real Redis: it sees services live, fall silent, stop and return, and repairs what a bus lost.

#![expect(clippy::unwrap_used, reason = "a broken test bench must fail the test")]

use bus::{Bus, Delivery};
use mesh::Config;
use serde_json::{Value, json};
use std::{
    collections::BTreeSet,
    fs,
    pin::pin,
    process::Command,
    sync::Mutex,
    time::{Duration, SystemTime},
};
use testkit::{Program, Rig, message, next, wait};
use truth::{Load, Sources, stored};
use wire::{
    BusId, EpochSec,
    mesh::{EVENTS, GOSSIP, Liveness, SERVICES, Services},
    system::{BeatState, Status, Stopped, TRUTH_REV, beat_state, last_beat, stopped},
};

const INTERVAL_SEC: f64 = 0.3;

fn truth(rig: &Rig) -> Value {
    let mut document = rig.document("mesh");
    for (id, needs) in [("massive", vec![]), ("sse", vec!["massive"])] {
        document["components"][id] = json!({
            "id": id, "dependencies": needs, "service": {"phase": needs.len() + 2, "port": 3001},
            "heartbeat": {"interval_sec": INTERVAL_SEC, "ttl_sec": 1, "timeout_sec": 1.5}
        });
    }
    document
}

async fn start(rig: &Rig) -> Program {
    let quick = |config: &mut Config| {
        config.tick = Duration::from_millis(50);
        config.publish_every = Duration::from_millis(200);
        config.guard_every = Duration::from_millis(100);
    };
    rig.start_as("mesh", truth(rig), mesh::serve, quick).await
}

/// Beats for a changing set of services, as their own processes would.
struct Beating(Mutex<BTreeSet<&'static str>>);

impl Beating {
    fn of(ids: &[&'static str]) -> Self {
        Self(Mutex::new(ids.iter().copied().collect()))
    }

    fn silence(&self, id: &'static str) {
        self.0.lock().unwrap().remove(id);
    }

    fn resume(&self, id: &'static str) {
        self.0.lock().unwrap().insert(id);
    }

    /// Never returns; a bus that is away is tried again.
    async fn run(&self, bus: &Bus) {
        let mut ticks = tokio::time::interval(Duration::from_secs_f64(INTERVAL_SEC));
        for i in 1.. {
            ticks.tick().await;
            let ids: Vec<_> = self.0.lock().unwrap().iter().copied().collect();
            for id in ids {
                let _kept = beat(bus, id, i).await;
            }
        }
    }
}

async fn beat(bus: &Bus, id: &str, i: u64) -> Result<(), bus::Error> {
    let ts = EpochSec::from(SystemTime::now());
    let state = BeatState {
        service: id.into(),
        ts,
        pid: 1,
        status: Status::Running,
        i,
        inst: "a".into(),
        version: String::new(),
        uptime_sec: 0,
        truth_rev: 1,
        restart_required: false,
        stalled: vec![],
        task_restarts: 0,
        extra: Default::default(),
    };
    let mut batch = bus.batch(BusId::System).atomic();
    batch.set(&beat_state(id).living(Duration::from_secs(1)), &state)?.set(&last_beat(id), &ts.whole())?;
    batch.run().await.map(|_replies| ())
}

async fn services(bus: &Bus) -> Option<Services> {
    bus.get(&SERVICES).await.unwrap_or_default()
}

async fn wait_until(bus: &Bus, id: &str, status: Liveness) {
    let is_so = || async { services(bus).await.is_some_and(|fleet| fleet.services[id].status == status) };
    wait(&format!("{id} is {status:?}"), is_so).await;
}

#[tokio::test]
async fn a_service_lives_falls_silent_and_returns() {
    let rig = Rig::new().await;
    let bus = rig.bus.clone();
    let mesh = start(&rig).await;
    let beating = Beating::of(&["massive", "sse"]);
    let story = async {
        for id in ["massive", "sse", "mesh"] {
            wait_until(&bus, id, Liveness::Alive).await;
        }
        let fleet = services(&bus).await.unwrap();
        let sse = &fleet.services["sse"];
        assert_eq!((sse.phase, sse.port, &sse.deps), (3, Some(3001), &vec!["massive".to_owned()]));
        assert!(sse.age_sec.unwrap() <= 2.0 * INTERVAL_SEC);

        let mut events = pin!(bus.subscribe(EVENTS).await);
        beating.silence("massive");
        wait_until(&bus, "massive", Liveness::Late).await;
        wait_until(&bus, "massive", Liveness::Dead).await;
        beating.silence("sse");
        wait_until(&bus, "sse", Liveness::Dead).await;
        let fleet = services(&bus).await.unwrap();
        assert_eq!(fleet.services["sse"].blocked_by, ["massive"]);
        assert!(fleet.services["massive"].blocked_by.is_empty());
        beating.resume("massive");
        wait_until(&bus, "massive", Liveness::Alive).await;
        for (kind, id) in [("service_down", "massive"), ("service_down", "sse"), ("service_up", "massive")] {
            let event = message(&mut events).await;
            assert_eq!((event.kind.as_str(), event.svc.as_deref()), (kind, Some(id)));
        }
    };
    tokio::select! { () = beating.run(&bus) => {}, () = story => {} }
    mesh.stop().await.unwrap();
}

#[tokio::test]
async fn an_operators_stop_is_not_a_death() {
    let rig = Rig::new().await;
    let bus = rig.bus.clone();
    let mesh = start(&rig).await;
    let beating = Beating::of(&["massive", "sse"]);
    let story = async {
        wait_until(&bus, "massive", Liveness::Alive).await;
        let mut digests = pin!(bus.subscribe(GOSSIP).await);
        let note = Stopped { by: "cli".into(), container: "c".into(), ts: EpochSec::from(SystemTime::now()) };
        bus.set(&stopped("massive"), &note).await.unwrap();
        beating.silence("massive");
        wait_until(&bus, "massive", Liveness::Stopped).await;
        beating.silence("sse");
        wait_until(&bus, "sse", Liveness::Dead).await;
        assert_eq!(
            services(&bus).await.unwrap().services["sse"].blocked_by,
            ["massive"],
            "it waits for what was stopped"
        );
        loop {
            let digest = message(&mut digests).await;
            assert!(!digest.dead.contains(&"massive".to_owned()));
            if digest.dead == ["sse"] {
                break;
            }
        }
        bus.remove(&stopped("massive")).await.unwrap();
        beating.resume("massive");
        wait_until(&bus, "massive", Liveness::Alive).await;
    };
    tokio::select! { () = beating.run(&bus) => {}, () = story => {} }
    mesh.stop().await.unwrap();
}

#[tokio::test]
async fn the_digest_counts_up_and_the_fleet_is_rewritten_without_a_change() {
    let rig = Rig::new().await;
    let bus = rig.bus.clone();
    let mesh = start(&rig).await;
    let mut digests = pin!(bus.subscribe(GOSSIP).await);
    let first = message(&mut digests).await;
    let second = message(&mut digests).await;
    assert_eq!(second.seq, first.seq + 1);
    assert_eq!((&second.node_id, second.node_id.len()), (&first.node_id, 12));
    assert_eq!(second.truth_rev, 1);
    wait_until(&bus, "mesh", Liveness::Alive).await;
    wait("it counts itself", || async { services(&bus).await.is_some() }).await;
    let before = services(&bus).await.unwrap();
    wait("it is written again", || async { services(&bus).await.unwrap().ts > before.ts }).await;
    mesh.stop().await.unwrap();
}

#[tokio::test]
async fn an_outage_of_system_redis_kills_nobody() {
    let mut rig = Rig::new().await;
    let bus = rig.bus.clone();
    let mesh = start(&rig).await;
    let beating = Beating::of(&["massive", "sse"]);
    let story = async {
        wait_until(&bus, "massive", Liveness::Alive).await;
        wait_until(&bus, "sse", Liveness::Alive).await;
        let mut events = pin!(bus.subscribe(EVENTS).await);
        rig.restart(BusId::System).await; // comes back empty: no beat, no fleet
        assert_eq!(next(&mut events).await, Delivery::Resumed);
        wait_until(&bus, "massive", Liveness::Alive).await;
        wait_until(&bus, "sse", Liveness::Alive).await;
        beating.silence("sse");
        let event = message(&mut events).await;
        assert_eq!(
            (event.kind.as_str(), event.svc.as_deref()),
            ("service_down", Some("sse")),
            "the first news"
        );
    };
    tokio::select! { () = beating.run(&bus) => {}, () = story => {} }
    mesh.stop().await.unwrap();
}

#[tokio::test]
async fn a_bus_that_lost_truth_gets_it_back() {
    let mut rig = Rig::new().await;
    let bus = rig.bus.clone();
    let folder = tempfile::tempdir().unwrap();
    let node = json!({
        "version": "7", "node": {"name": "rig", "env": "test"}, "components": [],
        "buses": {"system-redis": {"url": "redis://system-redis:6379", "role": "system"}}
    });
    fs::write(folder.path().join("mm_node.json"), node.to_string()).unwrap();
    let composite = truth::build(&Sources::dir(folder.path())).unwrap();
    truth::load(&bus, &composite, Load::default()).await.unwrap();
    let system = Command::new("redis-cli")
        .args(["-u", &rig.url(BusId::System), "DUMP", "truth:doc"])
        .output()
        .unwrap();

    let mesh = start(&rig).await;
    let mut events = pin!(bus.subscribe(EVENTS).await);
    for lost in [BusId::Echo, BusId::Market] {
        rig.restart(lost).await;
        let event = message(&mut events).await;
        assert_eq!((event.kind.as_str(), event.bus), ("truth_repaired", Some(lost)));
        let repaired = stored(&bus, lost).await.unwrap().unwrap();
        assert_eq!((repaired.hash(), repaired.secrets), (composite.hash.clone(), None));
    }
    truth::verify(&bus, &composite).await.unwrap();
    let after = Command::new("redis-cli")
        .args(["-u", &rig.url(BusId::System), "DUMP", "truth:doc"])
        .output()
        .unwrap();
    assert_eq!(after.stdout, system.stdout, "system-redis is never written");
    assert_eq!(bus.get(&TRUTH_REV).await.unwrap(), Some(1));
    mesh.stop().await.unwrap();
}
