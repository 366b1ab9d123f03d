//! The economic calendar: its table, its schedule, its results, and who may change them.

use crate::{
    client::{Answer, get, request, send_json, stranger},
    people::{closed, session},
    setup::Gateway,
};
use chrono::{Days, NaiveDate};
use quant::calendar::trading_date;
use serde_json::{Value, json};
use sse::Config;
use std::{pin::pin, time::SystemTime};
use testkit::{Mysql, Rig, database, free_port, message, wait};
use truth::secret::Secret;
use wire::{
    BusId, EpochMs,
    econ::{REFRESH, SCHEDULE, Schedule},
};

const TABLE: &str = "/api/admin/economic-indicators";
const PUBLIC: &str = "/api/econ/schedule";

fn with(url: &str) -> impl FnOnce(&mut Config) + use<> {
    let url = Secret::new(url);
    |config: &mut Config| config.database_url = Some(url)
}

/// A gateway whose calendar is filled and whose schedule is made.
async fn start() -> Gateway {
    let gateway = Gateway::start(with(&database().await.url())).await;
    wait("the schedule is made", || async { schedule(&gateway).await.is_some() }).await;
    gateway
}

async fn schedule(gateway: &Gateway) -> Option<Schedule> {
    gateway.rig.bus.get(&SCHEDULE).await.unwrap()
}

fn today() -> NaiveDate {
    trading_date(EpochMs::from(wire::EpochSec::from(SystemTime::now())).0)
}

async fn send(gateway: &Gateway, method: &str, path: &str, body: &Value) -> Answer {
    send_json(gateway.port, method, path, &[("X-Forwarded-For", &stranger())], body).await
}

async fn delete(gateway: &Gateway, path: &str) -> Answer {
    request(gateway.port, "DELETE", path, &[("X-Forwarded-For", &stranger())]).await
}

async fn table(gateway: &Gateway) -> Vec<Value> {
    get(gateway.port, TABLE).await.json()["data"].as_array().unwrap().clone()
}

/// The events of `date` as everybody sees them.
async fn events(gateway: &Gateway, date: NaiveDate) -> Vec<Value> {
    let answer = get(gateway.port, PUBLIC).await.json();
    answer["data"]["days"][date.to_string()]["events"].as_array().cloned().unwrap_or_default()
}

fn on(date: NaiveDate) -> Value {
    json!({"type": "fixed_dates", "dates": [date], "time_et": "07:45"})
}

#[tokio::test]
async fn a_new_table_is_filled_and_the_schedule_made_of_it() {
    let gateway = start().await;
    let table = table(&gateway).await;
    let keys: Vec<&str> = table.iter().map(|row| row["key"].as_str().unwrap()).collect();
    assert_eq!(
        (keys.len(), &keys[..3], keys[42]),
        (43, &["gdp", "nfp", "avg_hourly_earnings"][..], "wholesale_inventories")
    );
    let nfp = &table[1];
    assert_eq!(
        (&nfp["name"], &nfp["rating"], &nfp["tier"], &nfp["release_time_et"], &nfp["rule_json"]),
        (
            &json!("Non-Farm Payrolls"),
            &json!(10),
            &json!("critical"),
            &json!("08:30"),
            &json!({"type": "first_friday"})
        )
    );
    assert_eq!(nfp["aliases"], json!(["Non-Farm Employment Change", "Nonfarm Payrolls"]));
    assert!(nfp["created_at"].as_str().unwrap().ends_with('Z') && nfp["is_active"] == json!(true));

    let made = schedule(&gateway).await.unwrap();
    let last = today() + Days::new(13);
    assert_eq!((&*made.window_start, &*made.window_end), (&*today().to_string(), &*last.to_string()));
    assert_eq!((made.schema_version, made.indicator_count), (1, 43));
    let life = gateway.rig.bus.life(&SCHEDULE).await.unwrap().unwrap();
    assert!(life.as_secs() > 9 * 86_400, "{life:?}");
    let seen = get(gateway.port, PUBLIC).await;
    assert_eq!(seen.json()["data"], serde_json::to_value(&made).unwrap());
    let headers = [("If-None-Match", seen.header("etag"))];
    assert_eq!(request(gateway.port, "GET", PUBLIC, &headers).await.status, 304);
    gateway.program.stop().await.unwrap();
}

#[tokio::test]
async fn a_change_is_in_the_schedule_at_once_and_told() {
    let gateway = start().await;
    let mut changes = pin!(gateway.rig.bus.subscribe(REFRESH).await);
    let date = today() + Days::new(2);
    let body = json!({"key": "jackson_hole", "name": "Jackson Hole", "rating": 8, "rule_json": on(date),
        "aliases": ["Jackson Hole Symposium"]});
    let made = send(&gateway, "POST", TABLE, &body).await;
    assert_eq!(made.status, 201);
    let made = made.json()["data"].clone();
    assert_eq!((&made["tier"], &made["cadence"]), (&json!("high"), &json!("fixed_dates")));
    assert_eq!(message(&mut changes).await.indicator_key.as_deref(), Some("jackson_hole"));
    let event = json!({"indicator_key": "jackson_hole", "name": "Jackson Hole", "time_et": "07:45", "rating": 8,
        "tier": "high"});
    assert!(events(&gateway, date).await.contains(&event));
    let again = send(&gateway, "POST", TABLE, &body).await;
    assert_eq!((again.status, again.json()["error"].as_str().unwrap()), (409, "conflict"));

    let path = format!("{TABLE}/{}", made["id"].as_str().unwrap());
    let moved = date + Days::new(1);
    let change = json!({"rating": 9, "rule_json": on(moved), "aliases": []});
    let changed = send(&gateway, "PUT", &path, &change).await.json()["data"].clone();
    assert_eq!(
        (&changed["tier"], &changed["aliases"], &changed["name"]),
        (&json!("critical"), &json!([]), &made["name"])
    );
    assert_eq!(message(&mut changes).await.indicator_key.as_deref(), Some("jackson_hole"));
    let has = |events: Vec<Value>| events.iter().any(|event| event["indicator_key"] == "jackson_hole");
    assert!(!has(events(&gateway, date).await) && has(events(&gateway, moved).await));

    let retired = delete(&gateway, &path).await;
    assert_eq!((retired.status, &retired.json()["data"]["is_active"]), (200, &json!(false)));
    assert!(!has(events(&gateway, moved).await));
    assert!(table(&gateway).await.iter().any(|row| row["key"] == "jackson_hole"), "it is kept");
    assert_eq!(
        send(&gateway, "PUT", &path, &changed).await.json()["data"]["is_active"],
        json!(true),
        "what GET shows"
    );
    gateway.program.stop().await.unwrap();
}

#[tokio::test]
async fn what_is_wrong_is_refused_by_its_name() {
    let gateway = start().await;
    let id = table(&gateway).await[0]["id"].as_str().unwrap().to_owned();
    let item = format!("{TABLE}/{id}");
    for (method, path, body, field) in [
        ("POST", TABLE, json!({"key": "A", "name": "a", "rating": 1}), "key"),
        ("POST", TABLE, json!({"key": "a", "name": "a", "rating": 0}), "rating"),
        ("PUT", &*item, json!({"key": "other"}), "key"),
        ("PUT", &*item, json!({"rule_json": {"type": "weekly", "weekday": 9}}), "rule_json.weekday"),
        ("PUT", &*item, json!({"release_time_et": "25:00"}), "release_time_et"),
        (
            "POST",
            "/api/admin/economic-indicators/result",
            json!({"date": "x", "key": "cpi", "actual": 1}),
            "date",
        ),
        ("POST", "/api/admin/economic-indicators/build-rolling", json!({"window_days": 61}), "window_days"),
        ("POST", "/api/admin/economic-indicators/build-rolling", json!({}), "window_days"),
    ] {
        let refused = send(&gateway, method, path, &body).await;
        assert_eq!(
            (refused.status, refused.json()["error"].as_str().unwrap()),
            (400, "bad_request"),
            "{method} {path}"
        );
        assert_eq!(refused.json()["field"], json!(field));
        assert!(
            refused.json()["message"].as_str().unwrap().starts_with(&format!("{field}: expected ")),
            "{body}"
        );
    }
    let none = format!("{TABLE}/0193f2a4-6d10-7b3e-9a55-0d2f7f6f8c11");
    assert_eq!(send(&gateway, "PUT", &none, &json!({"rating": 1})).await.status, 404);
    assert_eq!(delete(&gateway, &none).await.status, 404);
    let result = json!({"date": "2027-03-10", "key": "unknown_one", "actual": 1, "expected": 1});
    assert_eq!(send(&gateway, "POST", &format!("{TABLE}/result"), &result).await.status, 404);
    for (method, path, allow) in [
        ("DELETE", TABLE, "GET, HEAD, POST"),
        ("POST", PUBLIC, "GET, HEAD"),
        ("PATCH", &*item, "PUT, DELETE"),
    ] {
        let refused = send(&gateway, method, path, &json!({})).await;
        assert_eq!((refused.status, refused.header("allow")), (405, allow), "{method} {path}");
    }
    let not_json = send_json(gateway.port, "POST", TABLE, &[], &json!("x")).await;
    assert_eq!((not_json.status, not_json.json()["field"].as_str().unwrap()), (400, "body"));
    gateway.program.stop().await.unwrap();
}

#[tokio::test]
async fn a_result_is_seen_beside_its_release() {
    let gateway = start().await;
    let date = today();
    let body = json!({"key": "speech", "name": "Speech", "rating": 5, "rule_json": on(date)});
    assert_eq!(send(&gateway, "POST", TABLE, &body).await.status, 201);
    let mut changes = pin!(gateway.rig.bus.subscribe(REFRESH).await);
    let result = json!({"date": date, "key": "speech", "actual": "1,250K", "expected": "1.2M"});
    let stored = send(&gateway, "POST", &format!("{TABLE}/result"), &result).await;
    let outcome = json!({"actual": "1,250K", "expected": "1.2M", "status": "beat"});
    let told =
        json!({"date": date, "key": "speech", "actual": "1,250K", "expected": "1.2M", "status": "beat"});
    assert_eq!((stored.status, &stored.json()["data"]), (200, &told));
    assert_eq!(message(&mut changes).await.indicator_key.as_deref(), Some("speech"));
    let seen = events(&gateway, date).await;
    let speech = seen.iter().find(|event| event["indicator_key"] == "speech").unwrap();
    assert_eq!(speech["result"], outcome);
    let kept = schedule(&gateway).await.unwrap();
    let bare = |day: &wire::econ::Day| day.events.iter().all(|event| event.result.is_none());
    assert!(kept.days.values().all(bare), "the stored schedule has none");
    let key = wire::econ::result(&date.to_string(), "speech");
    assert_eq!(serde_json::to_value(gateway.rig.bus.get(&key).await.unwrap().unwrap()).unwrap(), outcome);
    assert!(gateway.rig.bus.life(&key).await.unwrap().unwrap().as_secs() > 6 * 86_400);
    gateway.program.stop().await.unwrap();
}

#[tokio::test]
async fn the_length_that_was_asked_for_stays() {
    let database = database().await;
    let gateway = Gateway::start(with(&database.url())).await;
    wait("the schedule is made", || async { schedule(&gateway).await.is_some() }).await;
    let built = send(&gateway, "POST", &format!("{TABLE}/build-rolling"), &json!({"window_days": 60})).await;
    let last = (today() + Days::new(59)).to_string();
    assert_eq!((built.status, built.json()["data"]["window_end"].as_str().unwrap()), (200, &*last));
    let rolling = get(gateway.port, &format!("{TABLE}/rolling-schedule")).await.json();
    assert_eq!(rolling["data"], built.json()["data"]);
    let claims = table(&gateway).await.into_iter().find(|row| row["key"] == "initial_claims").unwrap();
    let path = format!("{TABLE}/{}", claims["id"].as_str().unwrap());
    assert_eq!(send(&gateway, "PUT", &path, &json!({"name": "Claims"})).await.status, 200);
    assert_eq!(schedule(&gateway).await.unwrap().window_end, last, "a change makes one as long");

    // Another start makes the schedule anew, and leaves the table as it is.
    let Gateway { rig, port, program } = gateway;
    program.stop().await.unwrap();
    rig.bus.remove(&SCHEDULE).await.unwrap();
    let gateway = Gateway::start_in(rig, port, with(&database.url())).await;
    wait("the schedule is made", || async { schedule(&gateway).await.is_some() }).await;
    let names: Vec<Value> = table(&gateway).await.iter().map(|row| row["name"].clone()).collect();
    assert_eq!((names.len(), names.contains(&json!("Claims"))), (43, true));
    gateway.program.stop().await.unwrap();
}

#[tokio::test]
async fn everybody_sees_the_schedule_and_only_administrators_change_it() {
    let url = database().await.url();
    let gateway = Gateway::start(|config| {
        closed(config);
        with(&url)(config);
    })
    .await;
    wait("the schedule is made", || async { schedule(&gateway).await.is_some() }).await;
    let bearer = |role: &str| format!("Bearer {}", session(57, role));
    let ask = async |role: &str, method: &str, path: &str, body: Value| {
        send_json(gateway.port, method, path, &[("Authorization", &bearer(role))], &body).await
    };
    assert_eq!(get(gateway.port, PUBLIC).await.status, 401);
    assert_eq!(
        request(gateway.port, "GET", PUBLIC, &[("Authorization", &bearer("subscriber"))]).await.status,
        200
    );
    let id = "0193f2a4-6d10-7b3e-9a55-0d2f7f6f8c11";
    for (method, path) in [
        ("GET", TABLE.to_owned()),
        ("POST", TABLE.to_owned()),
        ("PUT", format!("{TABLE}/{id}")),
        ("DELETE", format!("{TABLE}/{id}")),
        ("POST", format!("{TABLE}/result")),
        ("POST", format!("{TABLE}/build-rolling")),
        ("GET", format!("{TABLE}/rolling-schedule")),
    ] {
        let refused = ask("navigator", method, &path, json!({})).await;
        assert_eq!(
            (refused.status, refused.json()["error"].as_str().unwrap()),
            (403, "admin_required"),
            "{path}"
        );
    }
    assert_eq!(ask("administrator", "GET", TABLE, json!({})).await.status, 200);
    gateway.program.stop().await.unwrap();
}

#[tokio::test]
async fn without_a_database_there_is_no_calendar_but_everything_else() {
    let gateway = Gateway::start(|_| ()).await;
    let missing = get(gateway.port, PUBLIC).await;
    assert_eq!((missing.status, missing.json()["error"].as_str().unwrap()), (404, "no_data"));
    for path in [TABLE.to_owned(), format!("{TABLE}/result")] {
        let body =
            json!({"date": "2027-03-10", "key": "cpi", "actual": 1, "expected": 1, "name": "a", "rating": 1});
        let method = if path == TABLE { "GET" } else { "POST" };
        let sent = json!({"date": body["date"], "key": "cpi", "actual": 1, "expected": 1});
        let refused = send(&gateway, method, &path, &sent).await;
        assert_eq!(
            (refused.status, refused.json()["error"].as_str().unwrap()),
            (503, "db_unavailable"),
            "{path}"
        );
        assert!(refused.header("retry-after").parse::<u32>().unwrap() > 0);
    }
    gateway.program.stop().await.unwrap();
}

#[tokio::test]
async fn the_schedule_outlives_the_database_and_follows_when_it_is_back() {
    let mut server = Mysql::start().await;
    let gateway = Gateway::start(with(&server.database().await.url())).await;
    wait("the schedule is made", || async { schedule(&gateway).await.is_some() }).await;
    server.kill();
    wait("the gateway noticed", || async { get(gateway.port, TABLE).await.status == 503 }).await;
    assert_eq!(get(gateway.port, TABLE).await.json()["error"], "db_unavailable");
    assert_eq!(get(gateway.port, PUBLIC).await.status, 200);
    gateway.rig.bus.remove(&SCHEDULE).await.unwrap();
    server.revive().await;
    wait("a schedule is made of what came back", || async { schedule(&gateway).await.is_some() }).await;
    assert_eq!(table(&gateway).await.len(), 43);
    gateway.program.stop().await.unwrap();
}

#[tokio::test]
async fn a_change_during_an_absence_of_market_redis_reaches_the_schedule_later() {
    let rig = Rig::new().await;
    let (bus, link) = rig.behind_link(BusId::Market).await;
    let document = rig.document("sse");
    let url = database().await.url();
    let gateway = Gateway::start_on(bus, rig, free_port(), document, with(&url)).await;
    wait("the schedule is made", || async { schedule(&gateway).await.is_some() }).await;
    link.cut().await;
    let date = today() + Days::new(2);
    let body = json!({"key": "speech", "name": "Speech", "rating": 5, "rule_json": on(date)});
    assert_eq!(send(&gateway, "POST", TABLE, &body).await.status, 201, "it is stored");
    let away = get(gateway.port, PUBLIC).await;
    assert_eq!((away.status, away.json()["error"].as_str().unwrap()), (503, "redis_unavailable"));
    let mut changes = pin!(gateway.rig.bus.subscribe(REFRESH).await);
    link.mend().await;
    assert_eq!(message(&mut changes).await.indicator_key, None, "any may have changed");
    let made = schedule(&gateway).await.unwrap();
    assert!(made.days[&date.to_string()].events.iter().any(|event| event.indicator_key == "speech"));
    gateway.program.stop().await.unwrap();
}
