//! Members with a session, and streams of theirs.

use crate::{
    client::{Answer, Events, request},
    setup::Gateway,
};
use auth::{Session, Wp};
use sse::Config;
use std::time::SystemTime;
use truth::secret::Secret;
use wire::EpochSec;

const SECRET: &str = "0123456789abcdef0123456789abcdef";

/// Only who has a session is admitted.
pub(crate) fn closed(config: &mut Config) {
    config.public_mode = false;
    config.session_secret = Some(Secret::new(SECRET));
    config.poll_interval_ms = 20;
}

/// The session of member `uid`, who has `role`.
pub(crate) fn session(uid: u64, role: &str) -> String {
    let now = EpochSec::from(SystemTime::now()).whole();
    let wp = Wp {
        issuer: "fotw".into(),
        id: uid.to_string(),
        email: format!("u{uid}@example.org"),
        name: format!("U {uid}"),
        roles: vec![role.into()],
        subscription_tier: None,
        is_admin: role == "administrator",
    };
    let exp = EpochSec::new(now.seconds() + 3600.0);
    Session { iat: now, exp, sid: format!("s-{uid}-{role}"), uid: Some(uid), wp }.sign(SECRET.as_bytes())
}

/// A stream of member `uid`, past its snapshot.
pub(crate) async fn page(gateway: &Gateway, uid: u64, path: &str) -> Events {
    let mut page = Events::open_as(gateway.port, path, &session(uid, "navigator"), None).await;
    page.snapshot().await;
    page
}

/// An answer to member `uid`, who has `role`.
pub(crate) async fn asked(gateway: &Gateway, method: &str, path: &str, (uid, role): (u64, &str)) -> Answer {
    let bearer = format!("Bearer {}", session(uid, role));
    request(gateway.port, method, path, &[("Authorization", &bearer), ("Content-Length", "0")]).await
}
