//! Who signed in: rows of users and sessions. What is learnt on the way of a request, that a session was seen or
//! revoked, is noted here and written afterwards; while the database is away it waits.

mod errand;
mod person;
pub(crate) mod profile;
pub(crate) mod store;
pub(crate) mod view;

pub(crate) use errand::{Errands, follow};
pub(crate) use person::{Person, shortened};

use crate::{app::App, database::failed};
use ::store::Pool;
use auth::Member;
use chrono::{DateTime, Utc};
use std::net::IpAddr;
use web::Error;
use wire::EpochSec;

/// Why a session ended before its time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reason {
    /// Its user left, or ended it from another session.
    Logout,
    /// Its tier is not admitted any more.
    TierBlocked,
    /// An administrator ended it.
    Admin,
}

impl Reason {
    /// As the table has it.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Logout => "logout",
            Self::TierBlocked => "tier_blocked",
            Self::Admin => "admin",
        }
    }
}

/// Stores who signed in, and the session; the internal user id. `None` where there is no database.
///
/// # Errors
/// 503 `db_unavailable`.
pub(crate) async fn sign_in(
    app: &App,
    member: &Member,
    sid: &str,
    expires: EpochSec,
    ip: Option<IpAddr>,
    user_agent: Option<&str>,
) -> Result<Option<u64>, Error> {
    if !app.database.is_configured() {
        return Ok(None);
    }
    let person = Person::of(member);
    let session = store::NewSession { sid, tier: person.tier, expires: instant(expires), ip, user_agent };
    let mut conn = app.database.get().await?;
    let stored = async {
        let id = store::keep_user(&mut conn, &person).await?;
        store::add_session(&mut conn, id, &session).await?;
        Ok(id)
    };
    stored.await.map(Some).map_err(failed)
}

/// Notes that session `sid` was revoked; the row follows.
pub(crate) fn revoked(app: &App, sid: &str, reason: Reason) {
    if app.database.is_configured() {
        app.errands.revoked(sid, reason, Utc::now());
    }
}

/// Notes that session `sid` was used; the row follows, at most once a minute.
pub(crate) fn seen(app: &App, sid: &str) {
    if app.database.is_configured() {
        app.errands.seen(sid, Utc::now());
    }
}

/// The internal id of the user that everybody is in public mode; `None` until it is stored.
pub(crate) fn dev_user(app: &App) -> Option<u64> {
    app.errands.dev_user()
}

/// What must be stored before the gateway serves stored things: the user of public mode.
pub(crate) async fn prepare(app: &App, pool: &Pool) -> Result<(), ::store::Error> {
    if app.config.public_mode {
        let id = store::keep_user(&mut pool.get().await?, &Person::dev(&app.config)).await?;
        app.errands.set_dev_user(id);
    }
    Ok(())
}

/// `at` as the database has it.
fn instant(at: EpochSec) -> DateTime<Utc> {
    DateTime::from_timestamp_millis((at.seconds() * 1000.0) as i64).unwrap_or_default()
}
