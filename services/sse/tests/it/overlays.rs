//! What people lay over the chart: their own settings, and the lines that administrators draw.

use crate::{
    client::{Answer, get, request, send_json},
    people::{closed, session},
    setup::Gateway,
};
use serde_json::{Value, json};
use std::{collections::BTreeSet, pin::pin};
use store::params;
use testkit::{database, message, wait};
use truth::secret::Secret;
use wire::{
    EpochSec,
    gravity::{Artifact, UPDATED, Updated, VolumeNode, artifact},
};

const OWN: &str = "/api/dealer-gravity/configs";
const GAMMA: &str = "/api/dealer-gravity/gex-configs";
const LINES: &str = "/api/dealer-gravity/structures";
const SPX: &str = "I:SPX";

/// A gateway that admits members only, and knows those of 57 and 58.
async fn start() -> Gateway {
    let database = database().await;
    let url = Secret::new(database.url());
    let gateway = Gateway::start(|config| {
        closed(config);
        config.database_url = Some(url);
    })
    .await;
    let mut conn = database.pool().get().await.unwrap();
    for id in [57, 58] {
        let insert = "INSERT INTO users (id, issuer, wp_user_id, email, roles_json) \
                      VALUES (:id, 'fotw', :id, 'a@example.org', '[]')";
        conn.run(insert, params! { id }).await.unwrap();
    }
    gateway
}

async fn ask(gateway: &Gateway, uid: u64, (method, path): (&str, &str), body: Option<Value>) -> Answer {
    let bearer = format!("Bearer {}", session(uid, "subscriber"));
    let headers = [("Authorization", bearer.as_str())];
    match body {
        Some(body) => send_json(gateway.port, method, path, &headers, &body).await,
        None => request(gateway.port, method, path, &headers).await,
    }
}

async fn data(gateway: &Gateway, uid: u64, route: (&str, &str), body: Option<Value>) -> Value {
    let answer = ask(gateway, uid, route, body).await;
    assert!(answer.status < 300, "{route:?}: {}", answer.text());
    answer.json()["data"].clone()
}

#[tokio::test]
async fn settings_are_kept_for_their_user_alone() {
    let gateway = start().await;
    assert_eq!(data(&gateway, 57, ("GET", OWN), None).await, json!([]));
    let made =
        ask(&gateway, 57, ("POST", OWN), Some(json!({"name": "Desk", "rowSize": 48, "cappingSigma": 1.5})))
            .await;
    assert_eq!(made.status, 201);
    let made = made.json()["data"].clone();
    let defaults = json!({"mode": "tv", "widthPercent": 15, "rowsLayout": "number_of_rows", "rowSize": 48,
        "cappingSigma": 1.5, "color": "#7c5cd6", "transparency": 50, "enabled": true, "isDefault": false});
    for (field, value) in defaults.as_object().unwrap() {
        assert_eq!(&made[field], value, "{field}");
    }
    assert!(made["createdAt"].as_str().unwrap().ends_with('Z'));
    let path = format!("{OWN}/{}", made["id"]);
    assert_eq!(data(&gateway, 57, ("GET", &path), None).await, made);
    let changed =
        data(&gateway, 57, ("PATCH", &path), Some(json!({"color": "#ABCDEF", "showCrevasses": false}))).await;
    assert_eq!(
        (&changed["color"], &changed["showCrevasses"], &changed["rowSize"]),
        (&json!("#abcdef"), &json!(false), &json!(48))
    );

    for (method, body) in [("GET", None), ("PATCH", Some(json!({"color": "#000000"}))), ("DELETE", None)] {
        let refused = ask(&gateway, 58, (method, &path), body).await;
        assert_eq!(
            (refused.status, refused.json()["error"].as_str().unwrap()),
            (404, "not_found"),
            "{method}"
        );
    }
    assert_eq!(data(&gateway, 58, ("GET", OWN), None).await, json!([]));
    data(&gateway, 58, ("POST", OWN), Some(json!({"name": "Desk"}))).await;
    let again = ask(&gateway, 57, ("POST", OWN), Some(json!({"name": "Desk"}))).await;
    assert_eq!((again.status, again.json()["error"].as_str().unwrap()), (409, "conflict"));

    assert_eq!(ask(&gateway, 57, ("DELETE", &path), None).await.status, 204);
    assert_eq!(ask(&gateway, 57, ("DELETE", &path), None).await.status, 404);
    assert_eq!(data(&gateway, 57, ("GET", OWN), None).await, json!([]));
    assert_eq!(get(gateway.port, OWN).await.status, 401);
    gateway.program.stop().await.unwrap();
}

#[tokio::test]
async fn one_of_them_is_the_default() {
    let gateway = start().await;
    let first =
        data(&gateway, 57, ("POST", GAMMA), Some(json!({"isDefault": true, "mode": "combined"}))).await;
    let second = data(&gateway, 57, ("POST", GAMMA), Some(json!({"widthPx": 90}))).await;
    let other = data(&gateway, 58, ("POST", GAMMA), Some(json!({"isDefault": true}))).await;
    let defaults = async |uid| {
        let listed = data(&gateway, uid, ("GET", GAMMA), None).await;
        let of = |row: &Value| (row["isDefault"] == json!(true)).then(|| row["id"].clone());
        listed.as_array().unwrap().iter().filter_map(of).collect::<Vec<_>>()
    };
    assert_eq!(defaults(57).await, [first["id"].clone()]);
    let path = format!("{GAMMA}/{}", second["id"]);
    let changed = data(&gateway, 57, ("PATCH", &path), Some(json!({"isDefault": true}))).await;
    assert_eq!((&changed["isDefault"], &changed["widthPx"]), (&json!(true), &json!(90)));
    assert_eq!(defaults(57).await, [second["id"].clone()]);
    assert_eq!(defaults(58).await, [other["id"].clone()], "somebody else's stays");

    // However many ask at once, one wins.
    let asks = (0..8)
        .map(|n| ask(&gateway, 57, ("POST", GAMMA), Some(json!({"isDefault": true, "widthPx": 100 + n}))));
    for answer in futures_util::future::join_all(asks).await {
        assert_eq!(answer.status, 201, "{}", answer.text());
    }
    assert_eq!(defaults(57).await.len(), 1);
    assert_eq!(data(&gateway, 57, ("GET", GAMMA), None).await.as_array().unwrap().len(), 10);
    gateway.program.stop().await.unwrap();
}

#[tokio::test]
async fn wrong_settings_are_refused_by_their_name() {
    let gateway = start().await;
    for (path, body, message) in [
        (OWN, json!({"widthPercent": 61}), "widthPercent: expected a whole number from 1 to 60"),
        (OWN, json!({"mode": "net"}), "mode: expected raw or tv"),
        (GAMMA, json!({"callsColor": "green"}), "callsColor: expected a colour like #7c5cd6"),
        (GAMMA, json!([]), "body: expected a JSON object"),
    ] {
        let refused = ask(&gateway, 57, ("POST", path), Some(body)).await;
        assert_eq!((refused.status, refused.json()["message"].as_str().unwrap()), (400, message));
    }
    for (method, path, allow) in [
        ("PUT", OWN.to_owned(), "GET, HEAD, POST"),
        ("POST", format!("{OWN}/1"), "GET, HEAD, PATCH, DELETE"),
        ("DELETE", LINES.to_owned(), "GET, HEAD, POST"),
    ] {
        let refused = ask(&gateway, 57, (method, &path), Some(json!({}))).await;
        assert_eq!((refused.status, refused.header("allow")), (405, allow), "{path}");
    }
    assert_eq!(ask(&gateway, 57, ("GET", &format!("{OWN}/x")), None).await.status, 404);
    let broken = request(
        gateway.port,
        "POST",
        OWN,
        &[
            ("Authorization", &format!("Bearer {}", session(57, "subscriber"))),
            ("Content-Type", "application/json"),
            ("Content-Length", "0"),
        ],
    )
    .await;
    assert_eq!((broken.status, broken.json()["error"].as_str().unwrap()), (400, "bad_json"));
    gateway.program.stop().await.unwrap();
}

#[tokio::test]
async fn settings_are_finite_and_need_a_database() {
    let gateway = start().await;
    // As two users would fill it: the rate limit is not what is tested.
    for n in 0..50 {
        data(&gateway, 57, ("POST", OWN), Some(json!({"name": format!("n{n}")}))).await;
    }
    let refused = ask(&gateway, 57, ("POST", OWN), Some(json!({"name": "one more"}))).await;
    assert_eq!((refused.status, refused.json()["error"].as_str().unwrap()), (429, "limit_reached"));
    assert!(refused.header("retry-after").parse::<u32>().unwrap() > 0);
    gateway.program.stop().await.unwrap();

    let gateway = Gateway::start(closed).await;
    for route in [("GET", OWN), ("GET", GAMMA)] {
        let refused = ask(&gateway, 57, route, None).await;
        assert_eq!((refused.status, refused.json()["error"].as_str().unwrap()), (503, "db_unavailable"));
    }
    gateway.program.stop().await.unwrap();
}

fn made(version: &str) -> Artifact {
    serde_json::from_value(json!({
        "profile": {"min": 6600.0, "max": 6602.0, "step": 1.0, "bins": [10, 1000, 30], "normalized_scale": 1000,
            "max_volume": 8.1e8},
        "structures": {"volume_nodes": [{"price": 6601.0, "weight": 1.5, "color": "#ffff00"}],
            "node_ranges": [[6601.0, 6601.0]], "volume_wells": [[6600.0, 6600.0]], "crevasses": []},
        "meta": {"symbol": SPX, "source": "SPY", "multiplier": 10.0, "spot": 6601.5, "algorithm": "tv_microbins_30",
            "days": 30, "status": "ready", "artifact_version": version, "last_update": "2025-11-21T15:00:00.000Z",
            "ts": 10.0, "market_ts": 10.0},
    }))
    .unwrap()
}

/// Publishes `artifact` as massive does: without looking what is there.
async fn publish(gateway: &Gateway, made: &Artifact) {
    let updated = Updated {
        kind: "dealer_gravity_artifact_updated".into(),
        symbol: SPX.into(),
        artifact_version: made.meta.artifact_version.clone(),
        occurred_at: made.meta.last_update.clone(),
        ts: EpochSec::new(10.0),
    };
    let mut batch = gateway.rig.bus.batch(UPDATED.bus);
    batch.set(&artifact(SPX), made).unwrap().publish(&UPDATED, &updated).unwrap();
    batch.run().await.unwrap();
}

async fn stored(gateway: &Gateway) -> Artifact {
    gateway.rig.bus.get(&artifact(SPX)).await.unwrap().unwrap()
}

async fn draw(gateway: &Gateway, role: &str, body: Value) -> Answer {
    let bearer = format!("Bearer {}", session(57, role));
    send_json(gateway.port, "POST", LINES, &[("Authorization", &bearer)], &body).await
}

#[tokio::test]
async fn drawn_lines_replace_the_nodes_and_are_told() {
    let gateway = start().await;
    let body = json!({"volume_nodes": [{"price": 6620.5, "color": "#00FF00", "weight": 3}, {"price": 6580}]});
    assert_eq!(draw(&gateway, "administrator", body.clone()).await.json()["error"], "no_data");
    assert_eq!(ask(&gateway, 57, ("GET", LINES), None).await.json()["error"], "no_data");
    publish(&gateway, &made("v100")).await;
    wait("the artifact is read", || async { ask(&gateway, 57, ("GET", LINES), None).await.status == 200 })
        .await;
    let seen = data(&gateway, 57, ("GET", LINES), None).await;
    assert_eq!(
        seen,
        json!({"volume_nodes": [{"price": 6601.0, "weight": 1.5, "color": "#ffff00"}], "volume_wells": [[6600.0, 6600.0]],
            "edited": false, "artifact_version": "v100"})
    );
    assert_eq!(draw(&gateway, "navigator", body.clone()).await.json()["error"], "admin_required");
    let refused = draw(&gateway, "administrator", json!({"volume_nodes": [{"price": -1}]})).await;
    assert_eq!((refused.status, refused.json()["field"].as_str().unwrap()), (400, "volume_nodes.price"));

    let mut updates = pin!(gateway.rig.bus.subscribe(UPDATED).await);
    let drawn = draw(&gateway, "administrator", body).await;
    assert_eq!(drawn.status, 200, "{}", drawn.text());
    let nodes = json!([{"price": 6580.0, "weight": 1.5, "color": "#ffff00"},
        {"price": 6620.5, "weight": 3.0, "color": "#00ff00"}]);
    let kept = stored(&gateway).await;
    assert_eq!(serde_json::to_value(&kept.structures.volume_nodes).unwrap(), nodes);
    assert_eq!(
        (kept.profile, kept.structures.volume_wells),
        (made("v1").profile, made("v1").structures.volume_wells)
    );
    assert_eq!(kept.meta.edited, Some(true));
    let version = kept.meta.artifact_version;
    assert!(version.strip_prefix('v').unwrap().parse::<u64>().unwrap() > 1_700_000_000, "{version}");
    assert_eq!(message(&mut updates).await.artifact_version, version);
    assert_eq!(drawn.json()["data"]["artifact_version"], json!(version));
    let seen = data(&gateway, 57, ("GET", "/api/dealer-gravity/structures?symbol=SPX"), None).await;
    assert_eq!((&seen["volume_nodes"], &seen["edited"]), (&nodes, &json!(true)), "at once");

    let back = draw(&gateway, "administrator", json!({"volume_nodes": null})).await;
    assert_eq!(back.json()["data"]["edited"], json!(false));
    assert_eq!(stored(&gateway).await.meta.edited, Some(false));
    gateway.program.stop().await.unwrap();
}

#[tokio::test]
async fn lines_survive_a_profile_that_was_being_published() {
    let gateway = start().await;
    publish(&gateway, &made("v100")).await;
    let own = [VolumeNode { price: 6620.0, weight: 1.5, color: "#00ff00".into() }];
    let body = json!({"volume_nodes": [{"price": 6620, "color": "#00ff00"}]});
    assert_eq!(draw(&gateway, "administrator", body).await.status, 200);
    let drawn = stored(&gateway).await.meta.artifact_version;
    // It had read the nodes before, and knows nothing of the edit.
    publish(&gateway, &made(&drawn)).await;
    wait("the lines are back", || async { stored(&gateway).await.structures.volume_nodes == own }).await;
    let again = stored(&gateway).await.meta;
    assert!(again.edited == Some(true) && again.artifact_version > drawn);
    gateway.program.stop().await.unwrap();
}

#[tokio::test]
async fn no_two_edits_have_the_same_version() {
    let gateway = start().await;
    publish(&gateway, &made("v100")).await;
    let edits =
        (0..6).map(|n| draw(&gateway, "administrator", json!({"volume_nodes": [{"price": 6600 + n}]})));
    let mut versions = BTreeSet::new();
    for answer in futures_util::future::join_all(edits).await {
        assert_eq!(answer.status, 200, "{}", answer.text());
        versions.insert(answer.json()["data"]["artifact_version"].as_str().unwrap().to_owned());
    }
    assert_eq!(versions.len(), 6);
    assert!(versions.contains(&stored(&gateway).await.meta.artifact_version));
    gateway.program.stop().await.unwrap();
}
