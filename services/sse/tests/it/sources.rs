//! What other producers publish: each message on the right streams, for whom it is and nobody else.

use crate::{
    client::{Events, get},
    people::{asked, closed, page},
    setup::{Gateway, is_healthy},
};
use serde_json::{Value, json};
use testkit::{Rig, free_port, wait};
use wire::{
    BusId, Channel,
    copilot::{ALERT_EVENTS, COMMENTARY, LATEST_ALERT, MEL, MEL_UPDATES},
    vexy::{LATEST_EPOCH, LATEST_EVENT, PLAY_BY_PLAY, interaction, messages},
    vigil,
};

/// Publishes `payload` as it is on the channel of that name.
async fn publish<T>(gateway: &Gateway, channel: &Channel<T>, payload: &Value) {
    let raw: Channel<Value> = Channel::of(channel.bus, channel.name.clone().into_owned());
    gateway.rig.bus.publish(&raw, payload).await.unwrap();
}

/// Sets the key of that name to `payload` as it is.
async fn set<T>(gateway: &Gateway, key: &wire::Key<T>, payload: &Value) {
    let raw: wire::Key<Value> = wire::Key::of(key.bus, key.name.clone().into_owned());
    gateway.rig.bus.set(&raw, payload).await.unwrap();
}

fn alert(id: &str, kind: &str, user: Value, ts: u64) -> Value {
    let mut alert =
        json!({"event_id": id, "type": kind, "ts": ts, "data": {"alert_id": "a", "user_id": user}});
    if user.is_null() {
        alert["data"].as_object_mut().unwrap().remove("user_id");
    }
    alert
}

#[tokio::test]
async fn alerts_reach_their_user_or_everyone_and_each_once() {
    let gateway = Gateway::start(closed).await;
    let (mut rita, mut jo) = (page(&gateway, 57, "/sse/alerts").await, page(&gateway, 58, "/sse/all").await);
    let mut market = page(&gateway, 57, "/sse/market?topics=alerts,feed_event").await;
    for bad in [
        json!("nonsense"),
        json!({"event_id": "x"}),
        alert("x1", "connected", Value::Null, 1),
        alert("x2", "two words", Value::Null, 1),
        alert("x3", "alert_triggered", json!("everyone"), 1),
        alert("x4", "alert_triggered", json!(-57), 1),
    ] {
        publish(&gateway, &ALERT_EVENTS, &bad).await;
    }
    for _twice in 0..2 {
        publish(&gateway, &ALERT_EVENTS, &alert("e1", "alert_triggered", json!(57), 10)).await;
    }
    publish(&gateway, &ALERT_EVENTS, &alert("e2", "alert_engine_status", Value::Null, 11)).await;
    let own = rita.news().await;
    assert_eq!(own.event, "alert_triggered");
    assert_eq!(own.data, json!({"alert_id": "a", "user_id": 57, "event_id": "e1", "ts": 10}));
    assert!(own.id.is_some());
    for page in [&mut rita, &mut jo] {
        let everyones = page.next_of("alert_engine_status").await;
        assert_eq!(everyones.data, json!({"alert_id": "a", "event_id": "e2", "ts": 11}));
    }
    gateway.event(1).await;
    assert_eq!(market.news().await.event, "feed_event", "no stream that does not carry them has any");

    // The last one that fired is in the snapshot of whom it belongs to, and nobody else's.
    let snapshot = async |uid| {
        let token = crate::people::session(uid, "navigator");
        Events::open_as(gateway.port, "/sse/alerts", &token, None).await.snapshot().await
    };
    let frames = snapshot(57).await;
    assert_eq!((frames.len(), frames[0].event.as_str(), frames[0].id.as_ref()), (2, "alerts", None));
    assert_eq!(frames[0].data["lastEvent"], alert("e1", "alert_triggered", json!(57), 10));
    assert_eq!((&frames[0].data["ts"], &frames[1].data["snapshot"]), (&json!(10), &json!(1)));
    assert_eq!(snapshot(58).await.len(), 1);
    gateway.program.stop().await.unwrap();
}

#[tokio::test]
async fn remarks_models_and_market_events_reach_everyone() {
    let gateway = Gateway::start(closed).await;
    let mut vexy = page(&gateway, 57, "/sse/vexy").await;
    let mut market = page(&gateway, 58, "/sse/market?topics=mel,market_event").await;
    let nothing = asked(&gateway, "GET", "/api/models/mel", (57, "observer")).await;
    assert_eq!((nothing.status, nothing.json()["error"].as_str().unwrap()), (404, "no_data"));

    let private = json!({"id": "cmt_1", "text": "psst", "metadata": {"audience": 57}});
    publish(&gateway, &COMMENTARY, &private).await;
    let whispered = json!({"id": "cmt_2", "text": "psst", "metadata": {"audience": "57"}});
    publish(&gateway, &COMMENTARY, &whispered).await;
    publish(&gateway, &COMMENTARY, &json!([1])).await;
    let remark =
        json!({"id": "cmt_3", "category": "mel_warning", "text": "Gamma", "metadata": {"audience": "all"}});
    publish(&gateway, &COMMENTARY, &remark).await;
    let told = vexy.news().await;
    assert_eq!((told.event.as_str(), &told.data), ("commentary", &remark));

    publish(&gateway, &MEL_UPDATES, &json!(7)).await;
    let mel = json!({"seq": 4021, "global_structure_integrity": 67.77, "event_flags": []});
    publish(&gateway, &MEL_UPDATES, &mel).await;
    assert_eq!(market.next_of("mel").await.data, mel);
    assert_eq!(asked(&gateway, "GET", "/api/models/mel", (57, "observer")).await.json()["data"], mel);
    publish(&gateway, &vigil::EVENTS, &json!("nonsense")).await;
    let event = json!({"event_id": "v1", "type": "sharp_move", "severity": "critical", "symbol": "I:SPX"});
    publish(&gateway, &vigil::EVENTS, &event).await;
    assert_eq!(market.next_of("market_event").await.data, event);
    gateway.program.stop().await.unwrap();
}

fn message(id: &str, kind: &str, ts: f64) -> Value {
    json!({
        "id": id, "kind": kind, "text": "> **Levels**", "voice": "convexity", "ts": ts,
        "ts_iso": "2026-03-03T14:35:02.118Z", "meta": {"dial": 0.3}, "engine": {"kind": "local"},
    })
}

#[tokio::test]
async fn vexys_words_are_a_state_and_each_is_told_once() {
    let gateway = Gateway::start(closed).await;
    let latest = async || asked(&gateway, "GET", "/api/models/vexy/latest", (57, "observer")).await;
    assert_eq!(latest().await.json()["error"], "no_data");
    let mut vexy = page(&gateway, 57, "/sse/vexy").await;
    let (epoch, event) = (message("d:epoch:a", "epoch", 10.5), message("d:event:b", "event", 11.5));
    publish(&gateway, &PLAY_BY_PLAY, &json!({"id": "no kind"})).await;
    for _twice in 0..2 {
        publish(&gateway, &PLAY_BY_PLAY, &epoch).await;
    }
    publish(&gateway, &PLAY_BY_PLAY, &event).await;
    let mut told = Vec::new();
    let mut state = Value::Null;
    while told.len() < 2 || state["event"].is_null() {
        let frame = vexy.news().await;
        match frame.event.as_str() {
            "vexy_message" => told.push(frame.data),
            "vexy" => state = frame.data,
            other => panic!("{other}"),
        }
    }
    assert_eq!(told, [epoch.clone(), event.clone()], "once each, in order");
    assert_eq!(state, json!({"epoch": epoch, "event": event}));
    assert_eq!(latest().await.json()["data"], state);

    let history = "/api/models/vexy/history";
    let of_day = format!("{history}?date=2026-03-03");
    assert_eq!(asked(&gateway, "GET", &of_day, (57, "observer")).await.json()["error"], "no_data");
    for told in [&epoch, &event] {
        let mut batch = gateway.rig.bus.batch(BusId::Market);
        let list: wire::Key<Value> = wire::Key::of(BusId::Market, messages("2026-03-03").name.into_owned());
        batch.push_back(&list, told, 500).unwrap();
        batch.run().await.unwrap();
    }
    let told = asked(&gateway, "GET", &of_day, (57, "observer")).await;
    assert_eq!(told.json()["data"], json!([epoch, event]), "oldest first");
    for bad in ["2026-3-3", "yesterday", "2026-02-30", ""] {
        let refused = asked(&gateway, "GET", &format!("{history}?date={bad}"), (57, "observer")).await;
        assert_eq!(refused.status, 400, "{bad}");
    }

    set(&gateway, &LATEST_EPOCH, &epoch).await;
    set(&gateway, &LATEST_EVENT, &event).await;
    let clear = "/api/models/vexy/clear";
    let refused = asked(&gateway, "DELETE", clear, (57, "coaching")).await;
    assert_eq!((refused.status, refused.json()["error"].as_str().unwrap()), (403, "admin_required"));
    assert_eq!(asked(&gateway, "DELETE", clear, (1, "administrator")).await.json()["data"]["cleared"], 2);
    assert_eq!(vexy.next_of("vexy").await.data, json!({"epoch": null, "event": null}));
    assert_eq!(latest().await.json()["error"], "no_data");
    assert_eq!(gateway.rig.bus.text(&LATEST_EPOCH).await.unwrap(), None);
    gateway.program.stop().await.unwrap();
}

#[tokio::test]
async fn a_question_is_answered_to_who_asked_it() {
    let gateway = Gateway::start(closed).await;
    let mut rita = page(&gateway, 57, "/sse/vexy-interaction").await;
    let mut jo = page(&gateway, 58, "/sse/all?topics=vexy_interaction").await;
    let step = |event: &str, text: &str| json!({"event": event, "job_id": "j", "text": text, "ts": 1});
    publish(&gateway, &interaction(57), &step("../delta", "a")).await;
    publish(&gateway, &interaction(57), &step("delta", "b")).await;
    publish(&gateway, &interaction(58), &step("result", "c")).await;
    let nobody = Channel::<Value>::new(BusId::Market, "vexy_interaction:everyone");
    publish(&gateway, &nobody, &step("result", "d")).await;
    publish(&gateway, &interaction(57), &step("result", "e")).await;
    publish(&gateway, &interaction(58), &step("error", "f")).await;
    for (page, expected) in [
        (&mut rita, [("vexy_interaction_delta", "b"), ("vexy_interaction_result", "e")]),
        (&mut jo, [("vexy_interaction_result", "c"), ("vexy_interaction_error", "f")]),
    ] {
        for (name, text) in expected {
            let frame = page.news().await;
            assert_eq!((frame.event.as_str(), &frame.data["text"]), (name, &json!(text)));
        }
    }
    gateway.program.stop().await.unwrap();
}

/// What has a key is found in it after an outage; what has none is named.
#[tokio::test]
async fn after_an_outage_changed_states_are_sent_and_lost_events_are_named() {
    let rig = Rig::new().await;
    let (bus, link) = rig.behind_link(BusId::Market).await;
    let document = rig.document("sse");
    let gateway = Gateway::start_on(bus, rig, free_port(), document, closed).await;
    let mut vexy = page(&gateway, 57, "/sse/vexy").await;
    let mut market = page(&gateway, 57, "/sse/market?topics=mel,market_event").await;
    let mut own = page(&gateway, 57, "/sse/all?topics=trades,risk_graph,alerts,vexy_interaction").await;
    link.cut().await;
    wait("the gateway says it lacks something", || async { !is_healthy(gateway.port).await }).await;
    set(&gateway, &LATEST_EPOCH, &message("d:epoch:a", "epoch", 10.0)).await;
    set(&gateway, &MEL, &json!({"seq": 2})).await;
    set(&gateway, &LATEST_ALERT, &alert("e1", "alert_triggered", json!(57), 10)).await;
    link.mend().await;
    assert_eq!(vexy.next_of("vexy").await.data["epoch"]["id"], "d:epoch:a");
    assert_eq!(market.next_of("mel").await.data["seq"], 2);
    let named = async |page: &mut Events| page.next_of("resync").await.data;
    let gap = |topics: &[&str]| json!({"reason": "bus_gap", "topics": topics});
    assert_eq!(named(&mut vexy).await, gap(&["vexy_message", "commentary"]));
    assert_eq!(named(&mut market).await, gap(&["market_event"]));
    assert_eq!(named(&mut own).await, gap(&["alerts", "risk_graph", "trades", "vexy_interaction"]));
    let token = crate::people::session(57, "navigator");
    let snapshot = Events::open_as(gateway.port, "/sse/alerts", &token, None).await.snapshot().await;
    assert_eq!(snapshot[0].data["lastEvent"]["event_id"], "e1");
    wait("the gateway is whole again", || is_healthy(gateway.port)).await;
    assert_eq!(get(gateway.port, "/api/health").await.json()["status"], "healthy");
    gateway.program.stop().await.unwrap();
}
