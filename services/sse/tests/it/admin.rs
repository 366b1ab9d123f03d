//! Administrators' routes: users, activity, what surrounds the gateway, and who may see it.

use crate::{
    client::{Answer, Events, get, request},
    database::stored,
    member::{claims, cookie_of, me_by, present, sign_in, signed},
    setup::Gateway,
};
use serde_json::{Value, json};
use std::pin::pin;
use store::Params;
use testkit::{database, message, wait};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};
use wire::{
    BusId::{Market, System},
    Key,
    presence::{PRESENCE, PresenceEvent},
    system::TRUTH_REV,
};

async fn admin(port: u16) -> String {
    let claims =
        claims("9000", json!({"name": "Ada", "roles": ["administrator"], "subscription_tier": null}));
    cookie_of(&present(port, &signed(&claims)).await)
}

async fn ask(port: u16, path: &str, cookie: &str) -> Answer {
    request(port, "GET", path, &[("Cookie", cookie)]).await
}

#[tokio::test]
async fn only_administrators_come_in() {
    let database = database().await;
    let gateway = Gateway::start(stored(database.url())).await;
    let port = gateway.port;
    // A bought tier of that name is no right.
    let member = sign_in(port, "1", "Admin Membership").await;
    assert_eq!(me_by(port, &member).await.json()["tier"], "administrator");
    for path in [
        "/api/admin/stats",
        "/api/admin/users",
        "/api/admin/users/1",
        "/api/admin/users/1/activity",
        "/api/admin/activity/hourly",
        "/api/admin/diagnostics",
        "/api/admin/diagnostics/redis",
        "/api/admin/diagnostics/redis/massive:clock",
    ] {
        let refused = ask(port, path, &member).await;
        assert_eq!((refused.status, refused.code().as_str()), (403, "admin_required"), "{path}");
        assert_eq!(get(port, path).await.status, 401, "{path}");
    }
    let revoke = "/api/admin/users/1/revoke-sessions";
    let headers = [("Cookie", member.as_str()), ("Content-Length", "0")];
    assert_eq!(request(port, "POST", revoke, &headers).await.status, 403);
    gateway.program.stop().await.unwrap();
}

#[tokio::test]
async fn users_are_searched_sorted_and_paged() {
    let database = database().await;
    let gateway = Gateway::start(stored(database.url())).await;
    let port = gateway.port;
    let ada = admin(port).await;
    for (sub, name) in [("11", "Zoe_1"), ("12", "Yan%"), ("13", "Xaver")] {
        present(port, &signed(&claims(sub, json!({"name": name})))).await;
    }
    let names = async |query: &str| {
        let page = ask(port, &format!("/api/admin/users?{query}"), &ada).await.json();
        let names = page["users"]
            .as_array()
            .unwrap()
            .iter()
            .map(|user| user["display_name"].as_str().unwrap().to_owned());
        (names.collect::<Vec<_>>(), page["total"].as_u64().unwrap())
    };
    assert_eq!(names("sort=display_name").await.0, ["Ada", "Xaver", "Yan%", "Zoe_1"]);
    assert_eq!(names("sort=display_name&limit=2&page=2").await, (vec!["Yan%".into(), "Zoe_1".into()], 4));
    assert_eq!(names("sort=id&limit=1&page=9").await, (vec![], 4));
    assert_eq!(names("search=XAV").await, (vec!["Xaver".into()], 1));
    assert_eq!(names("search=%25").await, (vec!["Yan%".into()], 1), "a sign that means itself");
    assert_eq!(names("search=_").await, (vec!["Zoe_1".into()], 1));
    assert_eq!(names("search=13@example.org").await.1, 1);
    let page = ask(port, "/api/admin/users?limit=9999", &ada).await.json();
    assert_eq!((&page["limit"], &page["count"], &page["page"]), (&json!(500), &json!(4), &json!(1)));
    assert_eq!(page["users"][0]["is_online"], false);
    let refused = ask(port, "/api/admin/users?sort=password", &ada).await;
    assert_eq!((refused.status, &refused.json()["field"]), (400, &json!("sort")));
    for (path, field) in
        [("users?page=x", "page"), ("users?limit=x", "limit"), ("activity/hourly?days=x", "days")]
    {
        let refused = ask(port, &format!("/api/admin/{path}"), &ada).await;
        assert_eq!(refused.status, 400);
        assert!(refused.text().contains(field), "{path}");
    }
    gateway.program.stop().await.unwrap();
}

#[tokio::test]
async fn a_user_is_shown_whole_and_signed_out_everywhere() {
    let journal = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", journal.local_addr().unwrap());
    let database = database().await;
    let configure = stored(database.url());
    let gateway = Gateway::start(|config| {
        configure(config);
        config.upstreams.journal = url;
    })
    .await;
    let port = gateway.port;
    let ada = admin(port).await;
    let first = sign_in(port, "1", "Navigator").await;
    let second = cookie_of(&present(port, &signed(&claims("1", json!({"nonce": 2})))).await);
    let uid = me_by(port, &first).await.json()["uid"].as_u64().unwrap();
    let path = format!("/api/admin/users/{uid}");

    let answer = async {
        let (mut socket, _) = journal.accept().await.unwrap();
        let mut head = vec![0; 4096];
        let read = socket.read(&mut head).await.unwrap();
        let body = r#"{"success":true,"data":[{"id":7,"name":"SPX"}]}"#;
        let head_out = format!(
            "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        socket.write_all((head_out + body).as_bytes()).await.unwrap();
        String::from_utf8_lossy(&head[..read]).to_ascii_lowercase()
    };
    let (detail, asked) = tokio::join!(ask(port, &path, &ada), answer);
    let detail = detail.json();
    assert!(asked.starts_with(&format!("get /api/internal/users/{uid}/logs ")), "{asked}");
    assert!(asked.contains("x-internal-auth: ") && !asked.contains("x-user-id"), "as a service: {asked}");
    assert_eq!(detail["tradeLogs"], json!([{"id": 7, "name": "SPX"}]));
    assert_eq!((&detail["user"]["id"], detail["sessions"].as_array().unwrap().len()), (&json!(uid), 2));
    drop(journal);
    let detail = ask(port, &path, &ada).await.json();
    assert_eq!(
        (&detail["tradeLogs"], &detail["tradeLogsError"]),
        (&json!([]), &json!("upstream_unavailable"))
    );
    assert_eq!(ask(port, "/api/admin/users/999", &ada).await.status, 404);

    let revoke = format!("{path}/revoke-sessions");
    let headers = [("Cookie", ada.as_str()), ("Content-Length", "0")];
    assert_eq!(request(port, "POST", &revoke, &headers).await.json(), json!({"revoked": 2}));
    for cookie in [&first, &second] {
        assert_eq!(me_by(port, cookie).await.code(), "session_revoked");
    }
    assert_eq!(request(port, "POST", &revoke, &headers).await.json(), json!({"revoked": 0}));
    let pool = database.pool();
    let written = "SELECT COUNT(*) FROM sessions WHERE revoke_reason = 'admin'";
    wait("their rows say why", || async { crate::database::number(&pool, written).await == 2 }).await;
    assert_eq!(ask(port, &revoke, &ada).await.status, 405);
    gateway.program.stop().await.unwrap();
}

#[tokio::test]
async fn who_is_there_is_told_and_shown() {
    let database = database().await;
    let gateway = Gateway::start(stored(database.url())).await;
    let port = gateway.port;
    let ada = admin(port).await;
    let rita = sign_in(port, "1", "Navigator").await;
    let uid = me_by(port, &rita).await.json()["uid"].as_u64().unwrap();
    let mut told = pin!(gateway.rig.bus.subscribe(PRESENCE).await);
    let _market = Events::open_with(port, "/sse/market", &[("Cookie", &rita)]).await;
    let first = Events::open_with(port, "/sse/all", &[("Cookie", &rita)]).await;
    let second = Events::open_with(port, "/sse/all", &[("Cookie", &rita)]).await;
    let presence = message(&mut told).await;
    assert_eq!((presence.event, presence.user_id), (PresenceEvent::Connected, uid));
    assert_eq!((presence.display_name.as_str(), presence.tier.as_str()), ("1", "navigator"));

    let stats = ask(port, "/api/admin/stats", &ada).await.json();
    assert_eq!((&stats["loginsLast24h"], &stats["liveUserCount"]), (&json!(2), &json!(1)));
    let live = &stats["liveUsers"][0];
    assert_eq!((&live["displayName"], &live["streams"]), (&json!("1"), &json!(2)));
    assert!(live["connectedAt"].as_str().unwrap().ends_with('Z'));
    assert_eq!(stats["mostActiveUsers"], json!([]));
    let users = ask(port, "/api/admin/users?search=1@example", &ada).await.json();
    assert_eq!(users["users"][0]["is_online"], true);

    drop((first, second));
    let presence = tokio::time::timeout(std::time::Duration::from_secs(20), async {
        use futures_util::StreamExt;
        told.next().await
    });
    let bus::Delivery::Message(gone) = presence.await.expect("told within 20 s").unwrap() else {
        panic!("a message")
    };
    assert_eq!((gone.event, gone.user_id), (PresenceEvent::Disconnected, uid));
    gateway.program.stop().await.unwrap();
}

/// The rows are written here, as the gateway writes them four times an hour; the arithmetic has its own known answers.
#[tokio::test]
async fn activity_is_shown_in_new_yorks_time() {
    let database = database().await;
    let gateway = Gateway::start(stored(database.url())).await;
    let port = gateway.port;
    let ada = admin(port).await;
    let uid = me_by(port, &ada).await.json()["uid"].as_u64().unwrap();
    let pool = database.pool();
    let mut conn = pool.get().await.unwrap();
    for minutes in [0, 15, 30] {
        let insert = format!(
            "INSERT INTO user_activity_snapshots (snapshot_time, user_id) \
             VALUES (UTC_TIMESTAMP() - INTERVAL 2 DAY - INTERVAL {minutes} SECOND, {uid})"
        );
        conn.run(&insert, Params::Empty).await.unwrap();
    }
    let hours = "INSERT INTO hourly_activity_aggregates (hour_start, user_count) VALUES \
                 (DATE_FORMAT(UTC_TIMESTAMP() - INTERVAL 2 DAY, '%Y-%m-%d %H:00:00'), 4), \
                 (DATE_FORMAT(UTC_TIMESTAMP(), '%Y-%m-%d %H:00:00'), 9)";
    conn.run(hours, Params::Empty).await.unwrap();
    let week = ask(port, &format!("/api/admin/users/{uid}/activity?days=5"), &ada).await.json();
    let cells = week["heatmapData"].as_array().unwrap();
    assert_eq!((cells.len(), &week["days"]), (168, &json!(5)));
    assert_eq!(cells.iter().map(|cell| cell[2].as_u64().unwrap()).sum::<u64>(), 3);
    assert_eq!(week["totalActiveTime"], json!({"hours": 0, "minutes": 45, "formatted": "0h 45m"}));
    let none = ask(port, &format!("/api/admin/users/{uid}/activity?days=1"), &ada).await.json();
    assert_eq!(none["totalActiveTime"]["formatted"], "0h 0m");
    let hours = ask(port, "/api/admin/activity/hourly?days=999", &ada).await.json();
    assert_eq!((&hours["days"], &hours["timezone"]), (&json!(90), &json!("America/New_York")));
    assert_eq!(hours["data"].as_array().unwrap().len(), 1, "today is not over");
    assert_eq!(
        (&hours["data"][0]["user_count"], &hours["busiestHours"][0]["avgUsers"]),
        (&json!(4), &json!(4.0))
    );
    let stats = ask(port, "/api/admin/stats", &ada).await.json();
    let active = &stats["mostActiveUsers"][0];
    assert_eq!((&active["displayName"], &active["snapshots"]), (&json!("Ada"), &json!(3)));
    gateway.program.stop().await.unwrap();
}

#[tokio::test]
async fn diagnostics_show_the_surroundings_and_no_secret() {
    let database = database().await;
    let url = truth::secret::Secret::new(database.url());
    let gateway = Gateway::start(|config| config.database_url = Some(url)).await;
    let (port, bus) = (gateway.port, &gateway.rig.bus);
    gateway.spot("I:SPX", 6600.0).await;
    let overview = async || get(port, "/api/admin/diagnostics").await.json();
    wait("the spot is known", || async { overview().await["symbols"]["I:SPX"]["spot"]["ts"].is_number() })
        .await;
    let seen = overview().await;
    for bus in ["system", "market", "intel"] {
        assert_eq!(seen["buses"][bus]["connected"], true, "{bus}");
        assert!(seen["buses"][bus]["latency_ms"].as_f64().unwrap() > 0.0);
    }
    assert_eq!(seen["database"], json!({"configured": true, "connected": true}));
    assert_eq!(
        (&seen["symbols"]["I:SPX"]["spot"]["exists"], &seen["symbols"]["I:SPX"]["gex"]["exists"]),
        (&json!(true), &json!(false))
    );
    assert!(seen["symbols"]["I:SPX"]["spot"]["age_sec"].as_f64().unwrap() < 30.0);

    let hidden: Key<Value> = Key::of(System, "sso:used:abc".into());
    bus.set(&hidden, &json!(1)).await.unwrap();
    bus.set(&TRUTH_REV, &7).await.unwrap();
    bus.set(&Key::<Value>::of(Market, "truth:copy".into()), &json!({"password": "x"})).await.unwrap();
    let names = async |query: &str| {
        let listed = get(port, &format!("/api/admin/diagnostics/redis?{query}")).await;
        assert_eq!(listed.status, 200, "{query}");
        let keys = listed.json()["keys"].as_array().unwrap().clone();
        keys.iter().map(|key| key["key"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    wait("it beats", || async { names("bus=system").await.contains(&"sse:heartbeat".to_owned()) }).await;
    for (query, forbidden) in [
        ("bus=system&limit=500", "sso:used:abc"),
        ("bus=system&pattern=truth*", "truth:rev"),
        ("pattern=truth*", "truth:copy"),
    ] {
        assert!(
            !names(query).await.iter().any(|name| name == forbidden || name.starts_with("session:")),
            "{query}"
        );
    }
    assert_eq!(names("pattern=massive:model:spot:*").await, ["massive:model:spot:I:SPX"]);
    for (bus, name) in [
        ("system", "sso:used:abc"),
        ("system", "truth:rev"),
        ("market", "truth:copy"),
        ("system", "session:dev_secret"),
    ] {
        let hidden = get(port, &format!("/api/admin/diagnostics/redis/{name}?bus={bus}")).await;
        assert_eq!((hidden.status, hidden.code().as_str()), (404, "not_found"), "{name}");
        let encoded =
            get(port, &format!("/api/admin/diagnostics/redis/{}?bus={bus}", name.replace(':', "%3A"))).await;
        assert_eq!(encoded.status, 404, "{name}");
    }
    let spot = get(port, "/api/admin/diagnostics/redis/massive:model:spot:I:SPX").await.json();
    assert_eq!(
        (&spot["type"], &spot["value"]["value"], &spot["truncated"]),
        (&json!("string"), &json!(6600.0), &json!(false))
    );
    let missing = get(port, "/api/admin/diagnostics/redis/massive:nothing").await;
    assert_eq!(missing.status, 404);
    for (path, field) in [("?bus=echo", "bus"), ("?bus=x", "bus"), ("?limit=x", "limit")] {
        let refused = get(port, &format!("/api/admin/diagnostics/redis{path}")).await;
        assert_eq!(refused.status, 400);
        assert!(refused.text().contains(field));
    }
    gateway.program.stop().await.unwrap();
}
