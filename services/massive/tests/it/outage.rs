use crate::stage::Stage;
use testkit::wait;
use wire::{BusId, Key, market};

#[tokio::test]
async fn while_redis_is_away_newest_values_and_ticks_are_kept() {
    let mut stage = Stage::new().await;
    stage.rig.kill(BusId::Market);
    let spx = market::ticks("I:SPX");
    // The market goes on while nobody writes it down: two seconds of it.
    let since = stage.exchange.market_ms().await;
    wait("two seconds of market time", || async { stage.exchange.market_ms().await > since + 2_000.0 }).await;
    stage.rig.restart(BusId::Market).await;

    let event = stage.event("bus_gap").await;
    assert!(event.detail["seconds"].as_f64().unwrap() > 1.0, "{event:?}");
    assert_eq!(event.detail["dropped_entries"], 0);
    let ticks = stage.rig.bus.entries(&spx, "0", 1_000).await.unwrap();
    assert!(ticks.len() >= 4, "the ticks of the absence are there: {}", ticks.len());
    let times: Vec<i64> = ticks.iter().map(|(_, fields)| fields["t"].parse().unwrap()).collect();
    assert!(times.is_sorted(), "in their order: {times:?}");
    for symbol in ["I:SPX", "TSLA"] {
        assert!(!stage.rig.bus.fields(&market::snapshot(symbol)).await.unwrap().is_empty(), "{symbol}");
    }
    stage.counted("spot", "redis_errors", 1.0).await;
    stage.recovers().await;
}

#[tokio::test]
async fn a_key_of_another_kind_is_written_anew() {
    let stage = Stage::new().await;
    let foreign: Key<u32> = Key::new(BusId::Market, "market:snapshot:I:SPX");
    stage.rig.bus.remove(&foreign).await.unwrap();
    stage.rig.bus.set(&foreign, &1).await.unwrap();
    let event = stage.event("bus_gap").await;
    assert_eq!(event.detail["key"], "market:snapshot:I:SPX");
    assert!(stage.rig.bus.fields(&market::snapshot("I:SPX")).await.unwrap().contains_key("value"));
    stage.recovers().await;
}
