//! Tier gates: who is admitted and to what, from one second to the next.

use crate::{
    client::{Events, get, request, send_json, stranger},
    member::{closed, cookie, me_by, present, session, sign_in, token},
    setup::{Gateway, is_healthy},
};
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use testkit::{Rig, free_port, wait};
use wire::{
    BusId,
    access::{GatesUpdated, TIER_GATES, TIER_GATES_UPDATED},
};

/// Stores gates as the admin server does, and waits until they are in force.
pub(crate) async fn store(gateway: &Gateway, mut document: Value) {
    let updated_at = format!("2027-02-03T10:15:00.{:09}Z", rand::random::<u32>());
    document["updated_at"] = json!(updated_at);
    gateway.rig.bus.set(&TIER_GATES, &document).await.unwrap();
    let updated = GatesUpdated { updated_at: updated_at.clone() };
    gateway.rig.bus.publish(&TIER_GATES_UPDATED, &updated).await.unwrap();
    let admin = cookie(&session("admin", |session| session.wp.roles = vec!["admin".into()]));
    wait("the gates are in force", || async {
        let headers = [("Cookie", admin.as_str())];
        let answer = request(gateway.port, "GET", "/api/tier-gates/config", &headers).await;
        answer.json()["updated_at"] == updated_at.as_str()
    })
    .await;
}

/// Bars `tiers` and nobody else.
pub(crate) async fn bar(gateway: &Gateway, tiers: &[&str]) {
    let allowed: serde_json::Map<_, _> = ["observer", "activator", "navigator", "coaching"]
        .map(|tier| (tier.to_owned(), json!(!tiers.contains(&tier))))
        .into_iter()
        .collect();
    store(gateway, json!({"mode": "tier_gated", "allowed_tiers": allowed, "defaults": {}, "tiers": {}}))
        .await;
}

#[tokio::test]
async fn a_barred_tier_is_out_within_two_seconds_on_open_streams_too() {
    let gateway = Gateway::start(closed).await;
    let port = gateway.port;
    let barred = sign_in(port, "7", "observer").await;
    let admitted = sign_in(port, "8", "navigator").await;
    let mut out = Events::open_with(port, "/sse/spot", &[("Cookie", &barred)]).await;
    let mut stays = Events::open_with(port, "/sse/spot", &[("Cookie", &admitted)]).await;
    out.snapshot().await;
    stays.snapshot().await;
    let toggled = Instant::now();
    bar(&gateway, &["observer"]).await;
    let last = out.next_of("tier_blocked").await;
    assert_eq!(last.data["tier"], "observer");
    while out.next().await.is_some() {}
    assert!(toggled.elapsed() < Duration::from_secs(2), "{:?}", toggled.elapsed());
    let told = stays.next_of("tier_gates").await;
    assert_eq!((&told.data["user_tier"], told.id), (&json!("navigator"), None));

    for path in ["/api/auth/me", "/api/models/spot", "/sse/spot", "/api/fleet"] {
        let refused = request(port, "GET", path, &[("Cookie", &barred)]).await;
        assert_eq!((refused.status, refused.code().as_str()), (403, "tier_blocked"), "{path}");
        assert_eq!(refused.json()["tier"], "observer");
        assert!(refused.cookies()[0].contains("Max-Age=0"), "{path}");
    }
    assert_eq!(present(port, &token("9", "observer")).await.code(), "tier_blocked");
    assert_eq!(me_by(port, &admitted).await.status, 200);
    // Admitted again, the old session stays over; a new sign-in works.
    bar(&gateway, &[]).await;
    assert_eq!(me_by(port, &barred).await.code(), "session_revoked");
    sign_in(port, "17", "observer").await;
    gateway.program.stop().await.unwrap();
}

#[tokio::test]
async fn some_are_always_admitted() {
    let gateway = Gateway::start(closed).await;
    let port = gateway.port;
    let document = json!({"mode": "full_production", "defaults": {}, "tiers": {}, "allowed_tiers":
        {"observer": false, "activator": false, "navigator": false, "coaching": false, "administrator": false}});
    store(&gateway, document).await;
    let status = |sub: &'static str, edit: fn(&mut auth::Session)| async move {
        me_by(port, &cookie(&session(sub, edit))).await.status
    };
    assert_eq!(status("1", |_| ()).await, 403, "the mode has no influence");
    assert_eq!(status("2", |session| session.wp.subscription_tier = Some("Coaching".into())).await, 200);
    assert_eq!(status("3", |session| session.wp.subscription_tier = Some("Admin".into())).await, 200);
    assert_eq!(status("4", |session| session.wp.is_admin = true).await, 200);
    assert_eq!(status("5", |session| session.wp.issuer = "0-dte".into()).await, 200);
    gateway.program.stop().await.unwrap();
}

#[tokio::test]
async fn features_are_gated_by_route_and_on_open_streams() {
    let gateway = Gateway::start(closed).await;
    let port = gateway.port;
    let rita = cookie(&session("7", |_| ()));
    let coach = cookie(&session("8", |session| session.wp.subscription_tier = Some("coaching".into())));
    let asked = |path: &'static str, by: String| async move {
        let answer = request(port, "GET", path, &[("Cookie", &by), ("X-Forwarded-For", &stranger())]).await;
        (answer.status, answer.code(), answer.json()["feature"].clone())
    };
    let gates = |mode: &str, navigator: Value| {
        let value = json!({"type": "boolean", "label": "Journal", "value": false});
        json!({"mode": mode, "allowed_tiers": {}, "defaults": {"journal_access": value}, "tiers": {"navigator": navigator}})
    };
    let closed = json!({"heatmap_access": false, "leaderboard_access": false, "import_access": false,
        "dg_analysis_access": false, "playbook_access": false, "edge_lab_access": false});
    store(&gateway, gates("tier_gated", closed.clone())).await;
    for (path, feature) in [
        ("/api/journal/entries", "journal_access"),
        ("/api/journals", "journal_access"),
        ("/api/journal_entries/7", "journal_access"),
        ("/api/playbooks", "playbook_access"),
        ("/api/edge-lab/x", "edge_lab_access"),
        ("/api/imports", "import_access"),
        ("/api/leaderboard", "leaderboard_access"),
        ("/api/models/heatmap/SPX", "heatmap_access"),
        ("/sse/heatmap/SPX", "heatmap_access"),
        ("/api/dealer-gravity/analyze", "dg_analysis_access"),
    ] {
        assert_eq!(asked(path, rita.clone()).await, (403, "feature_gated".into(), json!(feature)), "{path}");
        if !path.starts_with("/sse/") {
            assert_ne!(asked(path, coach.clone()).await.1, "feature_gated", "{path}");
        }
    }
    assert_ne!(asked("/api/models/gex/SPX", rita.clone()).await.1, "feature_gated");
    store(&gateway, gates("full_production", closed)).await;
    assert_ne!(asked("/api/journal/entries", rita.clone()).await.1, "feature_gated", "nothing is gated");
    store(&gateway, gates("tier_gated", json!({"journal_access": true}))).await;
    assert_ne!(asked("/api/journal/entries", rita).await.1, "feature_gated", "the tier's own word counts");
    gateway.program.stop().await.unwrap();
}

#[tokio::test]
async fn absent_gates_admit_and_malformed_ones_change_nothing() {
    let gateway = Gateway::start(closed).await;
    let port = gateway.port;
    let health = || async { get(port, "/api/health").await.json()["gates"].clone() };
    assert_eq!(health().await, "default");
    let observer = sign_in(port, "7", "observer").await;
    let config = request(port, "GET", "/api/tier-gates/config", &[("Cookie", &observer)]).await.json();
    let none = json!({"mode": "full_production", "defaults": {}, "tiers": {}, "allowed_tiers": {}, "user_tier": "observer"});
    assert_eq!(config, none);
    bar(&gateway, &["activator"]).await;
    assert_eq!(health().await, "ok");
    for malformed in ["{", "[]", r#"{"allowed_tiers":{"observer":"no"}}"#] {
        let mut batch = gateway.rig.bus.batch(BusId::System);
        batch.set_text(&TIER_GATES, malformed);
        batch.publish(&TIER_GATES_UPDATED, &GatesUpdated { updated_at: "x".into() }).unwrap();
        batch.run().await.unwrap();
        wait("health says so", || async { health().await == "stale" }).await;
        assert_eq!(me_by(port, &observer).await.status, 200);
        assert_eq!(present(port, &token("9", "activator")).await.code(), "tier_blocked", "{malformed}");
        bar(&gateway, &["activator"]).await;
        assert_eq!(health().await, "ok");
    }
    gateway.rig.bus.remove(&TIER_GATES).await.unwrap();
    gateway.rig.bus.publish(&TIER_GATES_UPDATED, &GatesUpdated { updated_at: "y".into() }).await.unwrap();
    wait("nothing is stored", || async { health().await == "default" }).await;
    sign_in(port, "9", "activator").await;
    gateway.program.stop().await.unwrap();
}

#[tokio::test]
async fn before_the_gates_were_read_nobody_is_let_in() {
    let rig = Rig::new().await;
    let (bus, link) = rig.behind_link(BusId::System).await;
    link.cut().await;
    let port = free_port();
    let document = rig.document("sse");
    let program = rig
        .start_on(bus, "sse", document, sse::serve, |config: &mut sse::Config| {
            closed(config);
            (config.port, config.auth_port) = (port, free_port());
        })
        .await;
    wait("it answers", || crate::client::is_there(port)).await;
    let rita = cookie(&session("7", |session| session.wp.is_admin = true));
    for path in ["/api/models/spot", "/sse/all", "/api/auth/me"] {
        let refused = request(port, "GET", path, &[("Cookie", &rita)]).await;
        assert_eq!((refused.status, refused.code().as_str()), (503, "gates_unavailable"), "{path}");
        assert!(!refused.header("retry-after").is_empty());
    }
    assert_eq!(get(port, "/api/models/spot").await.status, 401);
    assert_eq!(get(port, "/api/health").await.json()["status"], "degraded");
    link.mend().await;
    wait("it lets members in", || async { me_by(port, &rita).await.status == 200 }).await;
    wait("it is whole", || is_healthy(port)).await;
    program.stop().await.unwrap();
}

#[tokio::test]
async fn an_administrator_changes_what_the_body_names_and_nothing_else() {
    let gateway = Gateway::start(closed).await;
    let port = gateway.port;
    let admin = cookie(&session("1", |session| session.wp.roles = vec!["administrator".into()]));
    let put = |patch: Value| {
        let admin = admin.clone();
        async move { send_json(port, "PUT", "/api/admin/tier-gates", &[("Cookie", &admin)], &patch).await }
    };
    let first = put(json!({"mode": "tier_gated", "allowed_tiers": {"observer": false}})).await;
    assert_eq!(first.status, 200, "{first:?}");
    let second = put(json!({"tiers": {"activator": {"journal_access": false}}})).await.json();
    assert_eq!(
        (&second["mode"], &second["allowed_tiers"]["observer"]),
        (&json!("tier_gated"), &json!(false))
    );
    assert_eq!(second["tiers"]["activator"]["journal_access"], json!(false));
    for (patch, named) in [
        (json!({"allowed_tiers": {"gold": true}}), "gold"),
        (json!({"tiers": {"observer": {"free_lunch": true}}}), "free_lunch"),
        (json!({"tiers": {"observer": {"journal_access": 7}}}), "journal_access"),
        (json!([]), ""),
    ] {
        let refused = put(patch.clone()).await;
        assert_eq!((refused.status, refused.code().as_str()), (400, "bad_request"), "{patch}");
        assert!(refused.json()["message"].as_str().unwrap().contains(named), "{patch}");
    }
    let stored = gateway.rig.bus.get(&TIER_GATES).await.unwrap().unwrap();
    assert_eq!(stored, second, "what is refused changes nothing");
    wait("it is in force", || async {
        present(port, &token("9", "observer")).await.code() == "tier_blocked"
    })
    .await;
    let shown = request(port, "GET", "/api/admin/tier-gates", &[("Cookie", &admin)]).await.json();
    assert_eq!(shown, second);
    let member = cookie(&session("2", |_| ()));
    let refused = send_json(port, "PUT", "/api/admin/tier-gates", &[("Cookie", &member)], &json!({})).await;
    assert_eq!((refused.status, refused.code().as_str()), (403, "admin_required"));
    gateway.program.stop().await.unwrap();
}
