//! `/api/admin`: users, who is there, and when they were. For administrators only.

use super::callers::admin;
use super::{models::last, number, pairs};
use crate::{
    activity,
    app::App,
    database::failed,
    members::{
        Reason,
        store::{self, Listing, Sort, User},
        view,
    },
    presence,
    session::Caller,
};
use chrono::{DateTime, TimeDelta, Utc};
use http::Method;
use serde_json::{Value, json};
use tracing::{debug, info};
use warp::{Filter, Reply, filters::BoxedFilter, path, reply::Response};
use web::{
    Error, Json,
    guard::{method, others},
    with,
};

/// Users on a page: usual, most.
const PAGE: (usize, usize) = (50, 500);
const SORTS: [(&str, Sort); 5] = [
    ("last_login_at", Sort::LastLogin),
    ("created_at", Sort::Created),
    ("email", Sort::Email),
    ("display_name", Sort::Name),
    ("id", Sort::Id),
];
/// Days of activity: those of one user, those of everybody, most.
const DAYS: (usize, usize, usize) = (30, 7, 90);
const MOST_ACTIVE: u32 = 5;
const MOST_ACTIVE_DAYS: i64 = 30;

type Query = Vec<(String, String)>;

pub(super) fn routes(app: &App) -> BoxedFilter<(Response,)> {
    let by = |asked: Method| method(asked).and(admin()).and(with(app.clone()));
    let stats_path = path!("api" / "admin" / "stats");
    let users_path = path!("api" / "admin" / "users");
    let user_path = path!("api" / "admin" / "users" / u64);
    let week_path = path!("api" / "admin" / "users" / u64 / "activity");
    let revoke_path = path!("api" / "admin" / "users" / u64 / "revoke-sessions");
    let hours_path = path!("api" / "admin" / "activity" / "hourly");

    let stats = stats_path.and(by(Method::GET)).then(stats).map(Reply::into_response);
    let stats = stats.or(stats_path.and(others("GET, HEAD"))).unify();
    let list = users_path.and(by(Method::GET)).and(pairs()).then(list).map(Reply::into_response);
    let list = list.or(users_path.and(others("GET, HEAD"))).unify();
    let detail = user_path.and(by(Method::GET)).then(detail).map(Reply::into_response);
    let detail = detail.or(user_path.map(|_id| ()).untuple_one().and(others("GET, HEAD"))).unify();
    let week = week_path.and(by(Method::GET)).and(pairs()).then(week).map(Reply::into_response);
    let week = week.or(week_path.map(|_id| ()).untuple_one().and(others("GET, HEAD"))).unify();
    let revoke = revoke_path.and(by(Method::POST)).then(revoke).map(Reply::into_response);
    let revoke = revoke.or(revoke_path.map(|_id| ()).untuple_one().and(others("POST"))).unify();
    let hours = hours_path.and(by(Method::GET)).and(pairs()).then(hours).map(Reply::into_response);
    let hours = hours.or(hours_path.and(others("GET, HEAD"))).unify();

    let users = list.boxed().or(detail.boxed()).unify().or(week.boxed()).unify().or(revoke.boxed()).unify();
    stats.boxed().or(users.boxed()).unify().or(hours.boxed()).unify().boxed()
}

async fn stats(_: Caller, app: App) -> Result<Json<Value>, Error> {
    let mut conn = app.store().await?;
    let logins = store::recent_logins(&mut conn).await.map_err(failed)?;
    let since = Utc::now() - TimeDelta::days(MOST_ACTIVE_DAYS);
    let active = activity::store::most_active(&mut conn, since, MOST_ACTIVE).await.map_err(failed)?;
    let here = presence::here(&app);
    let live = here.iter().map(|here| {
        let since: DateTime<Utc> = here.since.into();
        json!({"displayName": here.name, "connectedAt": view::millis(since), "streams": here.streams})
    });
    let active = active.into_iter().map(|(id, name, seen)| {
        json!({"id": id, "displayName": name, "snapshots": seen, "activeTime": activity::ActiveTime::of(seen)})
    });
    Ok(Json(json!({
        "loginsLast24h": logins,
        "liveUserCount": here.len(),
        "liveUsers": live.collect::<Vec<_>>(),
        "mostActiveUsers": active.collect::<Vec<_>>(),
    })))
}

async fn list(_: Caller, app: App, query: Query) -> Result<Json<Value>, Error> {
    let (listing, page) = listing(&query)?;
    let mut conn = app.store().await?;
    let (users, total) = store::users(&mut conn, &listing).await.map_err(failed)?;
    let online = presence::online(&app);
    let users: Vec<_> = users.iter().map(|user| shown(user, &online)).collect();
    Ok(Json(json!({
        "count": users.len(), "users": users, "page": page, "limit": listing.limit, "total": total,
    })))
}

/// What `query` asks for, and the number of the page.
fn listing(query: &Query) -> Result<(Listing, u64), Error> {
    let limit = number(query, "limit", PAGE.0)?.clamp(1, PAGE.1) as u64;
    let page = number(query, "page", 1)?.clamp(1, i32::MAX as usize) as u64;
    let sort = last(query, "sort").filter(|sort| !sort.is_empty()).unwrap_or(SORTS[0].0);
    let sort = SORTS.iter().find(|(name, _)| *name == sort).map(|&(_, sort)| sort).ok_or_else(|| {
        let names = SORTS.map(|(name, _)| name).join(", ");
        Error::bad_request(format!("sort: expected one of {names}")).with_field("field", "sort")
    })?;
    let search = last(query, "search").unwrap_or_default().trim().chars().take(255).collect();
    Ok((Listing { search, sort, offset: (page - 1) * limit, limit }, page))
}

async fn detail(id: u64, _: Caller, app: App) -> Result<Json<Value>, Error> {
    let mut conn = app.store().await?;
    let user = store::user(&mut conn, id).await.map_err(failed)?.ok_or_else(no_user)?;
    let sessions = store::sessions(&mut conn, id, false).await.map_err(failed)?;
    drop(conn);
    let mut detail = json!({
        "user": shown(&user, &presence::online(&app)),
        "sessions": sessions.iter().map(view::session).collect::<Vec<_>>(),
        "tradeLogs": [],
    });
    match app.journal.logs(&app, id).await {
        Ok(logs) => detail["tradeLogs"] = logs,
        Err(error) => {
            // The rest of the page is worth having without them.
            debug!(error = format!("{error:#}"), "trade logs not read");
            detail["tradeLogsError"] = json!("upstream_unavailable");
        }
    }
    Ok(Json(detail))
}

async fn week(id: u64, _: Caller, app: App, query: Query) -> Result<Json<activity::Week>, Error> {
    let days = days(&query, DAYS.0)?;
    let mut conn = app.store().await?;
    store::user(&mut conn, id).await.map_err(failed)?.ok_or_else(no_user)?;
    let from = Utc::now() - TimeDelta::days(days.into());
    let seen = activity::store::of_user(&mut conn, id, from).await.map_err(failed)?;
    Ok(Json(activity::week(&seen, days)))
}

async fn hours(_: Caller, app: App, query: Query) -> Result<Json<activity::Hours>, Error> {
    let days = days(&query, DAYS.1)?;
    let (from, to) = activity::whole_days(Utc::now(), days);
    let mut conn = app.store().await?;
    let recorded = activity::store::hourly(&mut conn, from, to).await.map_err(failed)?;
    Ok(Json(activity::hours(&recorded, days)))
}

async fn revoke(id: u64, caller: Caller, app: App) -> Result<Json<Value>, Error> {
    let mut conn = app.store().await?;
    store::user(&mut conn, id).await.map_err(failed)?.ok_or_else(no_user)?;
    let sessions = store::live_sessions(&mut conn, id).await.map_err(failed)?;
    let live: Vec<_> = sessions.iter().filter(|(sid, _)| !app.sessions.is_revoked(sid)).collect();
    for (sid, expires) in &live {
        app.sessions.end(sid, *expires, Reason::Admin);
    }
    info!(user_id = id, by = caller.uid, revoked = live.len(), "audit: sessions revoked");
    Ok(Json(json!({"revoked": live.len()})))
}

fn shown(user: &User, online: &[u64]) -> Value {
    let mut shown = view::user(user);
    shown["is_online"] = json!(online.contains(&user.id));
    shown
}

fn days(query: &Query, usual: usize) -> Result<u32, Error> {
    let days = number(query, "days", usual)?.clamp(1, DAYS.2);
    Ok(u32::try_from(days).unwrap_or(u32::MAX))
}

fn no_user() -> Error {
    Error::not_found("There is no such user.")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listed(query: &[(&str, &str)]) -> Result<(Listing, u64), Error> {
        listing(&query.iter().map(|&(name, value)| (name.to_owned(), value.to_owned())).collect())
    }

    #[test]
    fn pages_are_bounded() {
        let bounds = |query: &[(&str, &str)]| {
            listed(query).map(|(listing, page)| (listing.offset, listing.limit, page))
        };
        assert_eq!(bounds(&[]).unwrap(), (0, 50, 1));
        assert_eq!(bounds(&[("page", "3"), ("limit", "10")]).unwrap(), (20, 10, 3));
        assert_eq!(bounds(&[("page", "0"), ("limit", "100000")]).unwrap(), (0, 500, 1));
        assert_eq!(bounds(&[("page", "-5"), ("limit", "0")]).unwrap(), (0, 1, 1));
        assert!(bounds(&[("page", "9223372036854775807")]).unwrap().0 < i64::MAX as u64);
        assert!(bounds(&[("page", "two")]).unwrap_err().to_string().contains("page"));
    }

    #[test]
    fn only_known_columns_sort() {
        assert_eq!(listed(&[("sort", "email")]).unwrap().0.sort, Sort::Email);
        assert_eq!(listed(&[("sort", "")]).unwrap().0.sort, Sort::LastLogin);
        let refused = listed(&[("sort", "email; DROP TABLE users")]).unwrap_err();
        assert!(refused.to_string().contains("sort"), "{refused}");
    }
}
