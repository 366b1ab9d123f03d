//! The gateway's database: made at start, lost, found again, refused.

use crate::{
    client::{get, is_there},
    gates::bar,
    member::{closed, me_by, present, sign_in, token},
    setup::Gateway,
};
use serde_json::json;
use sse::Config;
use store::{Params, Pool};
use testkit::{Mysql, Rig, database, free_port, link, wait};
use truth::secret::Secret;

/// Only members come in, and they are stored at `url`.
pub(crate) fn stored(url: String) -> impl FnOnce(&mut Config) {
    move |config: &mut Config| {
        closed(config);
        config.database_url = Some(Secret::new(url));
    }
}

/// One number out of the database.
pub(crate) async fn number(pool: &Pool, sql: &str) -> u64 {
    let found: Option<(u64,)> = pool.get().await.unwrap().first(sql, Params::Empty).await.unwrap();
    found.expect("a row").0
}

#[tokio::test]
async fn a_member_is_one_row_whatever_changes_and_each_sign_in_is_a_session() {
    let database = database().await;
    let pool = database.pool();
    let gateway = Gateway::start(stored(database.url())).await;
    let cookie = sign_in(gateway.port, "3391", "Navigator Membership").await;
    let uid = me_by(gateway.port, &cookie).await.json()["uid"].clone();
    assert!(uid.as_u64().unwrap() > 0);
    let again = sign_in(gateway.port, "3391", "Activator").await;
    assert_eq!(me_by(gateway.port, &again).await.json()["uid"], uid);
    let other = sign_in(gateway.port, "3392", "Activator").await;
    assert_ne!(me_by(gateway.port, &other).await.json()["uid"], uid);

    assert_eq!(number(&pool, "SELECT COUNT(*) FROM users").await, 2);
    assert_eq!(number(&pool, "SELECT COUNT(*) FROM sessions").await, 3);
    let row: Option<(String, String, String, String)> = pool
        .get()
        .await
        .unwrap()
        .first(
            "SELECT u.email, u.subscription_tier, s.tier, s.ip FROM users u JOIN sessions s ON s.user_id = u.id \
             WHERE u.wp_user_id = '3391' ORDER BY s.created_at DESC, s.id DESC LIMIT 1",
            Params::Empty,
        )
        .await
        .unwrap();
    let (email, subscription, tier, ip) = row.unwrap();
    assert_eq!((email.as_str(), subscription.as_str()), ("3391@example.org", "Activator"));
    assert_eq!(tier, "activator");
    assert!(ip.starts_with("203."), "the address behind the proxy: {ip}");
    gateway.program.stop().await.unwrap();
}

#[tokio::test]
async fn a_refused_member_never_gets_a_row_and_is_welcome_after_an_upgrade() {
    let database = database().await;
    let pool = database.pool();
    let gateway = Gateway::start(stored(database.url())).await;
    let admitted = sign_in(gateway.port, "3390", "Navigator").await;
    bar(&gateway, &["observer"]).await;
    let refused = token("3391", "Observer");
    for _ in 0..2 {
        assert_eq!(present(gateway.port, &refused).await.code(), "tier_blocked", "not used up by a refusal");
    }
    assert_eq!(number(&pool, "SELECT COUNT(*) FROM users WHERE issuer <> 'dev'").await, 1);
    assert_eq!(number(&pool, "SELECT COUNT(*) FROM sessions").await, 1);
    assert_eq!(me_by(gateway.port, &admitted).await.status, 200);
    sign_in(gateway.port, "3391", "Activator").await;
    assert_eq!(number(&pool, "SELECT COUNT(*) FROM users WHERE wp_user_id = '3391'").await, 1);
    gateway.program.stop().await.unwrap();
}

/// Two gateways that start together, and one that starts later.
#[tokio::test]
async fn the_schema_is_made_once() {
    let database = database().await;
    let (first, second) =
        tokio::join!(Gateway::start(stored(database.url())), Gateway::start(stored(database.url())));
    let third = Gateway::start(stored(database.url())).await;
    let pool = database.pool();
    assert_eq!(number(&pool, "SELECT COUNT(*) FROM gateway_migrations").await, 1);
    let tables = "SELECT COUNT(*) FROM information_schema.tables WHERE table_schema = DATABASE()";
    assert_eq!(number(&pool, tables).await, 9);
    for gateway in [first, second, third] {
        gateway.program.stop().await.unwrap();
    }
}

#[tokio::test]
async fn a_database_with_another_history_is_not_worked_on() {
    let database = database().await;
    Gateway::start(stored(database.url())).await.program.stop().await.unwrap();
    let pool = database.pool();
    let change = "UPDATE gateway_migrations SET checksum = REPEAT('0', 64)";
    pool.get().await.unwrap().run(change, Params::Empty).await.unwrap();
    let (rig, port) = (Rig::new().await, free_port());
    let document = rig.document("sse");
    let configure = stored(database.url());
    let program = rig
        .start_as("sse", document, sse::serve, |config: &mut Config| {
            configure(config);
            (config.port, config.auth_port) = (port, free_port());
        })
        .await;
    wait("it begins", || is_there(port)).await;
    wait("and ends", || async { !is_there(port).await }).await;
    assert_eq!(number(&pool, "SELECT COUNT(*) FROM users").await, 0);
    program.stop().await.unwrap();
}

#[tokio::test]
async fn without_a_database_nothing_is_stored_and_everything_else_works() {
    let gateway = Gateway::start(closed).await;
    let cookie = sign_in(gateway.port, "3391", "Navigator").await;
    let me = me_by(gateway.port, &cookie).await.json();
    assert_eq!((&me["uid"], &me["tier"]), (&json!(null), &json!("navigator")));
    assert_eq!(get(gateway.port, "/api/health").await.json()["status"], "healthy");
    gateway.program.stop().await.unwrap();
}

/// Killed while it serves: sessions go on, nobody new comes in, and all is well again without a restart.
#[tokio::test]
async fn a_lost_database_stops_new_sign_ins_only() {
    let mut server = Mysql::start().await;
    let database = server.database().await;
    let gateway = Gateway::start(stored(database.url())).await;
    let port = gateway.port;
    let cookie = sign_in(port, "3391", "Navigator").await;
    server.kill();
    let late = token("3392", "Navigator");
    let refused = present(port, &late).await;
    assert_eq!((refused.status, refused.code().as_str()), (503, "db_unavailable"));
    assert!(refused.header("retry-after").parse::<u32>().unwrap() >= 1);
    assert_eq!(me_by(port, &cookie).await.status, 200);
    let profile = crate::client::request(port, "GET", "/api/profile/me", &[("Cookie", &cookie)]).await;
    assert_eq!((profile.status, &profile.json()["wp_user_id"]), (200, &json!("3391")));
    let sessions = crate::client::request(port, "GET", "/api/profile/sessions", &[("Cookie", &cookie)]).await;
    assert_eq!((sessions.status, sessions.code().as_str()), (503, "db_unavailable"));
    wait("health tells of it", || async { get(port, "/api/health").await.json()["status"] == "degraded" })
        .await;

    server.revive().await;
    wait("health tells that it is back", || async {
        get(port, "/api/health").await.json()["status"] == "healthy"
    })
    .await;
    assert_eq!(present(port, &late).await.status, 302, "the token was not used up");
    gateway.program.stop().await.unwrap();
}

/// What is learnt while it is away is written when it is back.
#[tokio::test]
async fn a_revocation_reaches_its_row_in_the_end() {
    let database = database().await;
    let link = link(database.address()).await;
    let gateway = Gateway::start(stored(database.url_at(&link.addr()))).await;
    let port = gateway.port;
    let cookie = sign_in(port, "3391", "Navigator").await;
    link.cut().await;
    let left = crate::client::request(
        port,
        "POST",
        "/api/auth/logout",
        &[("Cookie", &cookie), ("Content-Length", "0")],
    )
    .await;
    assert_eq!(left.status, 204);
    assert_eq!(me_by(port, &cookie).await.status, 401);
    link.mend().await;
    let pool = database.pool();
    let written = "SELECT COUNT(*) FROM sessions WHERE revoke_reason = 'logout' AND revoked_at IS NOT NULL";
    wait("the row says so", || async { number(&pool, written).await == 1 }).await;
    gateway.program.stop().await.unwrap();
}

#[tokio::test]
async fn the_user_of_public_mode_has_a_row() {
    let database = database().await;
    let url = Secret::new(database.url());
    let gateway = Gateway::start(|config| config.database_url = Some(url)).await;
    wait("it is stored", || async { get(gateway.port, "/api/profile/me").await.json()["id"].is_u64() }).await;
    let profile = get(gateway.port, "/api/profile/me").await.json();
    assert_eq!((&profile["issuer"], &profile["wp_user_id"]), (&json!("dev"), &json!("dev-user")));
    assert_eq!((&profile["is_admin"], &profile["tier"]), (&json!(true), &json!("administrator")));
    assert_eq!(number(&database.pool(), "SELECT COUNT(*) FROM users").await, 1);
    gateway.program.stop().await.unwrap();
}
