//! What users see and change of themselves.

use crate::{
    client::{Answer, request, send_json},
    database::stored,
    member::{claims, cookie_of, me_by, present, sign_in, signed},
    setup::Gateway,
};
use serde_json::{Value, json};
use testkit::{database, wait};

async fn ask(port: u16, method: &str, path: &str, cookie: &str) -> Answer {
    request(port, method, path, &[("Cookie", cookie), ("Content-Length", "0")]).await
}

async fn send(port: u16, method: &str, path: &str, cookie: &str, body: Value) -> Answer {
    send_json(port, method, path, &[("Cookie", cookie)], &body).await
}

#[tokio::test]
async fn a_profile_is_the_row_with_what_the_session_says() {
    let database = database().await;
    let gateway = Gateway::start(stored(database.url())).await;
    let port = gateway.port;
    let rita = claims("3391", json!({"name": "Rita", "roles": ["subscriber", "author"]}));
    let cookie = cookie_of(&present(port, &signed(&rita)).await);
    let profile = ask(port, "GET", "/api/profile/me", &cookie).await.json();
    for (field, expected) in [
        ("issuer", json!("fotw")),
        ("wp_user_id", json!("3391")),
        ("email", json!("3391@example.org")),
        ("display_name", json!("Rita")),
        ("roles", json!(["subscriber", "author"])),
        ("is_admin", json!(false)),
        ("subscription_tier", json!("Navigator Membership")),
        ("tier", json!("navigator")),
        ("timezone", json!(null)),
        ("screen_name", json!(null)),
        ("show_screen_name", json!(true)),
    ] {
        assert_eq!(profile[field], expected, "{field}");
    }
    assert!(profile["created_at"].as_str().unwrap().ends_with('Z'));
    assert_eq!(request(port, "GET", "/api/profile/me", &[]).await.status, 401);
    let refused = ask(port, "PUT", "/api/profile/me", &cookie).await;
    assert_eq!((refused.status, refused.header("allow")), (405, "GET, HEAD"));
    gateway.program.stop().await.unwrap();
}

#[tokio::test]
async fn a_time_zone_is_kept_and_a_wrong_one_named() {
    let database = database().await;
    let gateway = Gateway::start(stored(database.url())).await;
    let port = gateway.port;
    let cookie = sign_in(port, "1", "Navigator").await;
    let set = async |zone: Value| {
        send(port, "PUT", "/api/profile/timezone", &cookie, json!({"timezone": zone})).await
    };
    let kept = set(json!("Europe/Vienna")).await;
    assert_eq!((kept.status, kept.json()), (200, json!({"success": true, "timezone": "Europe/Vienna"})));
    assert_eq!(set(json!("Europe/Vienna")).await.status, 200, "the same again");
    assert_eq!(ask(port, "GET", "/api/profile/me", &cookie).await.json()["timezone"], "Europe/Vienna");
    for wrong in [json!("Vienna"), json!(1), json!("../etc/passwd")] {
        let refused = set(wrong).await;
        assert_eq!((refused.status, refused.code().as_str()), (400, "invalid_timezone"));
        assert_eq!(refused.json()["field"], "timezone");
    }
    assert_eq!(set(json!(null)).await.json()["timezone"], json!(null));
    gateway.program.stop().await.unwrap();
}

#[tokio::test]
async fn a_screen_name_belongs_to_one_user_whatever_its_case() {
    let database = database().await;
    let gateway = Gateway::start(stored(database.url())).await;
    let port = gateway.port;
    let (first, second) = (sign_in(port, "1", "Navigator").await, sign_in(port, "2", "Navigator").await);
    const PATH: &str = "/api/profile/leaderboard-settings";
    let kept =
        send(port, "PATCH", PATH, &first, json!({"screenName": " Quiet-Fly ", "showScreenName": false}))
            .await;
    assert_eq!(kept.status, 200, "{kept:?}");
    let shown = ask(port, "GET", PATH, &first).await.json();
    assert_eq!((&shown["screenName"], &shown["showScreenName"]), (&json!("Quiet-Fly"), &json!(false)));
    assert_eq!(shown["userId"], me_by(port, &first).await.json()["uid"]);
    let taken = send(port, "PATCH", PATH, &second, json!({"screenName": "quiet-fly"})).await;
    assert_eq!((taken.status, taken.code().as_str()), (409, "conflict"));
    assert_eq!(
        send(port, "PATCH", PATH, &first, json!({"screenName": "quiet-fly"})).await.status,
        200,
        "one's own"
    );
    for wrong in [json!({"screenName": "<b>"}), json!({"screenName": "x".repeat(101)})] {
        let refused = send(port, "PATCH", PATH, &first, wrong).await;
        assert_eq!((refused.status, refused.code().as_str()), (400, "invalid_screen_name"));
    }
    let unknown = send(port, "PATCH", PATH, &first, json!({"colour": "red"})).await;
    assert_eq!((unknown.status, unknown.json()["field"].clone()), (400, json!("colour")));

    // Of several who take a name at once one gets it.
    for round in 0..5 {
        let body = || json!({"screenName": format!("wanted {round}")});
        let (a, b) = tokio::join!(
            send(port, "PATCH", PATH, &first, body()),
            send(port, "PATCH", PATH, &second, body())
        );
        let got = [a.status, b.status];
        assert_eq!(got.iter().filter(|status| **status == 200).count(), 1, "{got:?}");
    }
    gateway.program.stop().await.unwrap();
}

#[tokio::test]
async fn own_sessions_are_listed_and_ended() {
    let database = database().await;
    let gateway = Gateway::start(stored(database.url())).await;
    let port = gateway.port;
    let here = sign_in(port, "1", "Navigator").await;
    let there = cookie_of(&present(port, &signed(&claims("1", json!({"nonce": 2})))).await);
    let stranger = sign_in(port, "2", "Navigator").await;
    let sid = async |cookie: &str| me_by(port, cookie).await.json()["sid"].as_str().unwrap().to_owned();
    let listed = ask(port, "GET", "/api/profile/sessions", &here).await.json();
    let sessions = listed["sessions"].as_array().unwrap();
    assert_eq!(sessions.len(), 2);
    let current: Vec<_> = sessions.iter().filter(|session| session["current"] == true).collect();
    assert_eq!((current.len(), current[0]["id"].as_str().unwrap()), (1, sid(&here).await.as_str()));

    let path = format!("/api/profile/sessions/{}", sid(&there).await);
    let foreign = ask(port, "DELETE", &path, &stranger).await;
    assert_eq!(
        (foreign.status, foreign.code().as_str()),
        (404, "not_found"),
        "another user's is nobody's business"
    );
    assert_eq!(me_by(port, &there).await.status, 200);
    assert_eq!(ask(port, "DELETE", &path, &here).await.status, 200);
    let ended = me_by(port, &there).await;
    assert_eq!((ended.status, ended.code().as_str()), (401, "session_revoked"));
    assert_eq!(ask(port, "DELETE", &path, &here).await.status, 404, "twice");
    wait("it is gone from the list", || async {
        ask(port, "GET", "/api/profile/sessions", &here).await.json()["sessions"].as_array().unwrap().len()
            == 1
    })
    .await;
    gateway.program.stop().await.unwrap();
}
