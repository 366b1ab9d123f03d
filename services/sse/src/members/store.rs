//! SQL of users and sessions. Times are UTC.

use super::{Person, Reason, shortened};
use ::store::{Conn, Error, Params, Row, params};
use auth::Tier;
use chrono::{DateTime, NaiveDateTime, Utc};
use std::net::IpAddr;
use wire::EpochSec;

const AGENT: usize = 255;
const USER: &str = "id, issuer, wp_user_id, email, display_name, roles_json, is_admin, subscription_tier, timezone, \
                    screen_name, show_screen_name, created_at, last_login_at";

/// A row of `users`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct User {
    pub(crate) id: u64,
    pub(crate) issuer: String,
    pub(crate) wp_user_id: String,
    pub(crate) email: String,
    pub(crate) display_name: Option<String>,
    pub(crate) roles: Vec<String>,
    pub(crate) is_admin: bool,
    pub(crate) subscription_tier: Option<String>,
    pub(crate) timezone: Option<String>,
    pub(crate) screen_name: Option<String>,
    pub(crate) show_screen_name: bool,
    pub(crate) created_at: DateTime<Utc>,
    pub(crate) last_login_at: DateTime<Utc>,
}

/// A session that begins.
#[derive(Debug, Clone, Copy)]
pub(crate) struct NewSession<'a> {
    pub(crate) sid: &'a str,
    pub(crate) tier: Tier,
    pub(crate) expires: DateTime<Utc>,
    pub(crate) ip: Option<IpAddr>,
    pub(crate) user_agent: Option<&'a str>,
}

/// A row of `sessions`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Session {
    pub(crate) id: String,
    pub(crate) tier: String,
    pub(crate) created_at: DateTime<Utc>,
    pub(crate) expires_at: DateTime<Utc>,
    pub(crate) last_seen_at: DateTime<Utc>,
    pub(crate) revoked_at: Option<DateTime<Utc>>,
    pub(crate) revoke_reason: Option<String>,
    pub(crate) ip: Option<String>,
    pub(crate) user_agent: Option<String>,
}

/// What of `users` a page shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Listing {
    /// Part of name, address, screen name or WordPress id; empty: everybody.
    pub(crate) search: String,
    pub(crate) sort: Sort,
    pub(crate) offset: u64,
    pub(crate) limit: u64,
}

/// Order of a listing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sort {
    LastLogin,
    Created,
    Email,
    Name,
    Id,
}

/// What changes of the settings of the leaderboard; `None` leaves it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Leaderboard {
    pub(crate) screen_name: Option<Option<String>>,
    pub(crate) show_screen_name: Option<bool>,
}

impl Sort {
    const fn order(self) -> &'static str {
        match self {
            Self::LastLogin => "last_login_at DESC, id DESC",
            Self::Created => "created_at DESC, id DESC",
            Self::Email => "email, id",
            Self::Name => "display_name, id",
            Self::Id => "id",
        }
    }
}

/// Inserts the user or takes over what changed; its id.
pub(crate) async fn keep_user(conn: &mut Conn, person: &Person) -> Result<u64, Error> {
    let keep = "INSERT INTO users (issuer, wp_user_id, email, display_name, roles_json, is_admin, \
                subscription_tier, created_at, last_login_at) \
                VALUES (:issuer, :wp_user_id, :email, :name, :roles, :is_admin, :subscription, \
                UTC_TIMESTAMP(), UTC_TIMESTAMP()) \
                ON DUPLICATE KEY UPDATE email = IF(:email = '', email, :email), display_name = :name, roles_json = :roles, \
                is_admin = :is_admin, subscription_tier = :subscription, last_login_at = UTC_TIMESTAMP()";
    let roles = serde_json::to_string(&person.roles).unwrap_or_else(|_unlikely| "[]".into());
    let columns = params! {
        "issuer" => &person.issuer, "wp_user_id" => &person.wp_user_id, "email" => &person.email,
        "name" => &person.display_name, roles, "is_admin" => person.is_admin,
        "subscription" => &person.subscription_tier,
    };
    conn.run(keep, columns).await?;
    let find = "SELECT id FROM users WHERE issuer = :issuer AND wp_user_id = :wp_user_id";
    let key = params! { "issuer" => &person.issuer, "wp_user_id" => &person.wp_user_id };
    let found: Option<(u64,)> = conn.first(find, key).await?;
    found.map(|(id,)| id).ok_or_else(|| Error::Away("the user was removed meanwhile".into()))
}

pub(crate) async fn add_session(conn: &mut Conn, user: u64, session: &NewSession<'_>) -> Result<(), Error> {
    let insert = "INSERT INTO sessions (id, user_id, tier, created_at, expires_at, last_seen_at, ip, user_agent) \
                  VALUES (:sid, :user, :tier, UTC_TIMESTAMP(3), :expires, UTC_TIMESTAMP(3), :ip, :agent)";
    let columns = params! {
        "sid" => session.sid, user, "tier" => session.tier.as_str(), "expires" => session.expires.naive_utc(),
        "ip" => session.ip.map(|ip| ip.to_canonical().to_string()),
        "agent" => session.user_agent.map(|agent| shortened(agent, AGENT)),
    };
    conn.run(insert, columns).await.map(|_done| ())
}

pub(crate) async fn user(conn: &mut Conn, id: u64) -> Result<Option<User>, Error> {
    let row = conn.first(&format!("SELECT {USER} FROM users WHERE id = :id"), params! { id }).await?;
    row.map(user_of).transpose()
}

/// One page of users, and how many there are on all pages.
pub(crate) async fn users(conn: &mut Conn, listing: &Listing) -> Result<(Vec<User>, u64), Error> {
    let filter = "(:search = '' OR email LIKE :like OR display_name LIKE :like OR screen_name LIKE :like \
                  OR wp_user_id LIKE :like)";
    let (search, like) = (&listing.search, format!("%{}%", escaped(&listing.search)));
    let count = format!("SELECT COUNT(*) FROM users WHERE {filter}");
    let total: Option<(u64,)> = conn.first(&count, params! { search, "like" => &like }).await?;
    let select = format!(
        "SELECT {USER} FROM users WHERE {filter} ORDER BY {} LIMIT {} OFFSET {}",
        listing.sort.order(),
        listing.limit,
        listing.offset
    );
    let rows: Vec<Row> = conn.all(&select, params! { search, like }).await?;
    let users = rows.into_iter().map(user_of).collect::<Result<_, _>>()?;
    Ok((users, total.map_or(0, |(total,)| total)))
}

/// False when there is no such user.
pub(crate) async fn set_timezone(conn: &mut Conn, id: u64, timezone: Option<&str>) -> Result<bool, Error> {
    let update = "UPDATE users SET timezone = :timezone WHERE id = :id";
    Ok(conn.run(update, params! { id, timezone }).await?.affected > 0)
}

/// False when another user has the screen name, whatever its case. One statement, so that of two who take the same name
/// at once only one gets it.
pub(crate) async fn set_leaderboard(conn: &mut Conn, id: u64, change: &Leaderboard) -> Result<bool, Error> {
    if let Some(show) = change.show_screen_name {
        let update = "UPDATE users SET show_screen_name = :show WHERE id = :id";
        conn.run(update, params! { id, show }).await?;
    }
    let Some(name) = &change.screen_name else { return Ok(true) };
    let update = "UPDATE users SET screen_name = :name WHERE id = :id AND NOT EXISTS \
                  (SELECT 1 FROM (SELECT id FROM users WHERE screen_name = :name AND id <> :id) AS taken)";
    Ok(conn.run(update, params! { id, name }).await?.affected > 0)
}

/// Sessions of a user, newest first; only those that are good now, or the newest hundred of all.
pub(crate) async fn sessions(conn: &mut Conn, user: u64, only_live: bool) -> Result<Vec<Session>, Error> {
    let live = if only_live { "AND revoked_at IS NULL AND expires_at > UTC_TIMESTAMP(3)" } else { "" };
    let select = format!(
        "SELECT id, tier, created_at, expires_at, last_seen_at, revoked_at, revoke_reason, ip, user_agent \
         FROM sessions WHERE user_id = :user {live} ORDER BY created_at DESC, id LIMIT 100"
    );
    let rows: Vec<Row> = conn.all(&select, params! { user }).await?;
    rows.into_iter().map(session_of).collect()
}

/// The user's sessions that are good now, and when each expires.
pub(crate) async fn live_sessions(conn: &mut Conn, user: u64) -> Result<Vec<(String, EpochSec)>, Error> {
    let select = "SELECT id, expires_at FROM sessions \
                  WHERE user_id = :user AND revoked_at IS NULL AND expires_at > UTC_TIMESTAMP(3)";
    let rows: Vec<(String, NaiveDateTime)> = conn.all(select, params! { user }).await?;
    let epoch = |at: NaiveDateTime| EpochSec::new(at.and_utc().timestamp_millis() as f64 / 1000.0);
    Ok(rows.into_iter().map(|(id, expires)| (id, epoch(expires))).collect())
}

/// Writes that a session was revoked; the first reason stays.
pub(crate) async fn revoke(
    conn: &mut Conn,
    sid: &str,
    reason: Reason,
    at: DateTime<Utc>,
) -> Result<(), Error> {
    let update = "UPDATE sessions SET revoked_at = :at, revoke_reason = :reason \
                  WHERE id = :sid AND revoked_at IS NULL";
    let columns = params! { sid, "reason" => reason.name(), "at" => at.naive_utc() };
    conn.run(update, columns).await.map(|_done| ())
}

/// Writes that a session was used; time does not go back.
pub(crate) async fn touch(conn: &mut Conn, sid: &str, at: DateTime<Utc>) -> Result<(), Error> {
    let update = "UPDATE sessions SET last_seen_at = GREATEST(last_seen_at, :at) WHERE id = :sid";
    conn.run(update, params! { sid, "at" => at.naive_utc() }).await.map(|_done| ())
}

/// Deletes up to `limit` sessions that expired before `before`; how many.
pub(crate) async fn forget(conn: &mut Conn, before: DateTime<Utc>, limit: u64) -> Result<u64, Error> {
    let delete = format!("DELETE FROM sessions WHERE expires_at < :before LIMIT {limit}");
    Ok(conn.run(&delete, params! { "before" => before.naive_utc() }).await?.affected)
}

/// Sign-ins of the last 24 hours.
pub(crate) async fn recent_logins(conn: &mut Conn) -> Result<u64, Error> {
    let count = "SELECT COUNT(*) FROM sessions WHERE created_at >= UTC_TIMESTAMP(3) - INTERVAL 1 DAY";
    let found: Option<(u64,)> = conn.first(count, Params::Empty).await?;
    Ok(found.map_or(0, |(count,)| count))
}

fn user_of(mut row: Row) -> Result<User, Error> {
    let roles: String = row.take("roles_json")?;
    Ok(User {
        id: row.take("id")?,
        issuer: row.take("issuer")?,
        wp_user_id: row.take("wp_user_id")?,
        email: row.take("email")?,
        display_name: row.take("display_name")?,
        roles: serde_json::from_str(&roles).unwrap_or_default(),
        is_admin: row.take("is_admin")?,
        subscription_tier: row.take("subscription_tier")?,
        timezone: row.take("timezone")?,
        screen_name: row.take("screen_name")?,
        show_screen_name: row.take("show_screen_name")?,
        created_at: time(&mut row, "created_at")?,
        last_login_at: time(&mut row, "last_login_at")?,
    })
}

fn session_of(mut row: Row) -> Result<Session, Error> {
    let revoked_at: Option<NaiveDateTime> = row.take("revoked_at")?;
    Ok(Session {
        id: row.take("id")?,
        tier: row.take("tier")?,
        created_at: time(&mut row, "created_at")?,
        expires_at: time(&mut row, "expires_at")?,
        last_seen_at: time(&mut row, "last_seen_at")?,
        revoked_at: revoked_at.map(|at| at.and_utc()),
        revoke_reason: row.take("revoke_reason")?,
        ip: row.take("ip")?,
        user_agent: row.take("user_agent")?,
    })
}

fn time(row: &mut Row, column: &str) -> Result<DateTime<Utc>, Error> {
    row.take(column).map(|at: NaiveDateTime| at.and_utc())
}

/// `text` as a part of a `LIKE` pattern that means nothing but itself.
fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_")
}
