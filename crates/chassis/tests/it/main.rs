//! A service's life, in process and as a real program, against real Redis.

use chassis::Context;
use serde_json::json;
use std::{
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};
use testkit::{Rig, message, wait};
use wire::{
    BusId,
    system::{Status, TRUTH_REV, beat_state, heartbeat, last_beat},
};

async fn idle(ctx: Context<()>) -> anyhow::Result<()> {
    ctx.running();
    ctx.tell("clients", json!(3));
    ctx.closed().cancelled().await;
    Ok(())
}

async fn start(rig: &Rig) -> testkit::Program {
    rig.start_as("vigil", rig.document("vigil"), idle, |(): &mut ()| {}).await
}

/// Channel, key and epoch tell of the same beat, and the key is written before the channel speaks.
#[tokio::test]
async fn a_beat_is_heard_and_can_be_read_three_ways() {
    let rig = Rig::new().await;
    let mut beats = pin!(rig.bus.subscribe(heartbeat("vigil")).await);
    let program = start(&rig).await;

    for expected in 1..=3 {
        let beat = message(&mut beats).await;
        assert_eq!((beat.svc.as_str(), beat.i), ("vigil", expected));
        let state = rig.bus.get(&beat_state("vigil")).await.unwrap().expect("written before the message");
        assert!(state.i >= beat.i);
        assert!(rig.bus.get(&last_beat("vigil")).await.unwrap().expect("no life") >= beat.ts);
    }
    wait("it says that it runs, and what it was told to say", || async {
        let state = rig.bus.get(&beat_state("vigil")).await.unwrap().unwrap();
        state.status == Status::Running && state.extra["clients"] == 3
    })
    .await;
    assert!(rig.bus.life(&beat_state("vigil")).await.unwrap().unwrap() <= Duration::from_secs(1));
    program.stop().await.unwrap();
}

/// After a stop the key says so for a moment, and nobody hears another beat.
#[tokio::test]
async fn a_stopped_service_says_stopping_and_is_silent() {
    let rig = Rig::new().await;
    let program = start(&rig).await;
    wait("it beats", || async { rig.bus.get(&beat_state("vigil")).await.unwrap().is_some() }).await;
    program.stop().await.unwrap();
    let state = rig.bus.get(&beat_state("vigil")).await.unwrap().unwrap();
    assert_eq!(state.status, Status::Stopping);
}

#[tokio::test]
async fn the_beat_returns_after_system_redis_does() {
    let mut rig = Rig::new().await;
    let program = start(&rig).await;
    wait("it beats", || async { rig.bus.get(&beat_state("vigil")).await.unwrap().is_some() }).await;
    rig.restart(BusId::System).await;
    wait("it beats again", || async { matches!(rig.bus.get(&beat_state("vigil")).await, Ok(Some(_))) }).await;
    program.stop().await.unwrap();
}

#[tokio::test]
async fn a_changed_truth_is_told_in_the_beat() {
    let rig = Rig::new().await;
    let program = start(&rig).await;
    rig.bus.set(&TRUTH_REV, &2).await.unwrap();
    wait("a restart is required", || async {
        rig.bus.get(&beat_state("vigil")).await.unwrap().is_some_and(|state| state.restart_required)
    })
    .await;
    program.stop().await.unwrap();
}

/// A failing main work is started anew; what it spawned before does not live on beside the new run.
#[tokio::test]
async fn a_failed_main_work_is_started_again_without_its_old_tasks() {
    let rig = Rig::new().await;
    let runs = Arc::new(AtomicU32::new(0));
    let helpers = Arc::new(AtomicU32::new(0));
    let (counted, alive) = (Arc::clone(&runs), Arc::clone(&helpers));
    let serve = move |ctx: Context<()>| {
        let run = counted.fetch_add(1, Ordering::SeqCst);
        let alive = Arc::clone(&alive);
        async move {
            ctx.spawn("helper", move || {
                let alive = Alive::new(&alive);
                async move {
                    let _alive = alive;
                    std::future::pending().await
                }
            });
            wait("the helper lives", || async { true }).await;
            anyhow::ensure!(run > 0, "the first run fails");
            ctx.running();
            ctx.closed().cancelled().await;
            Ok(())
        }
    };
    let program = rig.start_as("vigil", rig.document("vigil"), serve, |(): &mut ()| {}).await;
    wait("it runs, with one restart counted", || async {
        let state = rig.bus.get(&beat_state("vigil")).await.unwrap();
        state.is_some_and(|state| state.status == Status::Running && state.task_restarts == 1)
    })
    .await;
    wait("one helper is left", || async { helpers.load(Ordering::SeqCst) == 1 }).await;
    drop(program);
}

struct Alive(Arc<AtomicU32>);

impl Alive {
    fn new(count: &Arc<AtomicU32>) -> Self {
        count.fetch_add(1, Ordering::SeqCst);
        Self(Arc::clone(count))
    }
}

impl Drop for Alive {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

#[tokio::test]
async fn a_silent_critical_loop_makes_the_service_degraded() {
    let rig = Rig::new().await;
    let serve = |ctx: Context<()>| async move {
        let _never_ticks = ctx.progress("publish", Duration::from_millis(300));
        ctx.running();
        ctx.closed().cancelled().await;
        Ok(())
    };
    let program = rig.start_as("vigil", rig.document("vigil"), serve, |(): &mut ()| {}).await;
    wait("it is degraded and names the loop", || async {
        let state = rig.bus.get(&beat_state("vigil")).await.unwrap();
        state.is_some_and(|state| state.status == Status::Degraded && state.stalled == ["publish"])
    })
    .await;
    program.stop().await.unwrap();
}
