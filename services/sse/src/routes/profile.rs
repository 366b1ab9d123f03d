//! `/api/profile`: what users see and change of themselves.

use super::callers::caller;
use crate::{
    app::App,
    database::failed,
    form::Invalid,
    members::{Reason, profile, store, view},
    session::Caller,
};
use http::{Method, StatusCode};
use serde_json::{Value, json};
use warp::{Filter, Reply, filters::BoxedFilter, path, reply::Response};
use web::{
    Error, Json, body,
    guard::{method, others},
    with,
};

pub(super) fn routes(app: &App) -> BoxedFilter<(Response,)> {
    let by = |asked: Method| method(asked).and(caller()).and(with(app.clone()));
    let me = path!("api" / "profile" / "me");
    let zone = path!("api" / "profile" / "timezone");
    let board = path!("api" / "profile" / "leaderboard-settings");
    let sessions = path!("api" / "profile" / "sessions");
    let session = path!("api" / "profile" / "sessions" / String);

    let read = me.and(by(Method::GET)).then(read).map(Reply::into_response);
    let read = read.or(me.and(others("GET, HEAD"))).unify();
    let set_zone = zone.and(by(Method::PUT)).and(body::json()).then(set_zone).map(Reply::into_response);
    let set_zone = set_zone.or(zone.and(others("PUT"))).unify();
    let show_board = board.and(by(Method::GET)).then(show_board).map(Reply::into_response);
    let set_board = board.and(by(Method::PATCH)).and(body::json()).then(set_board).map(Reply::into_response);
    let boards = show_board.or(set_board).unify().or(board.and(others("GET, HEAD, PATCH"))).unify();
    let list = sessions.and(by(Method::GET)).then(list).map(Reply::into_response);
    let list = list.or(sessions.and(others("GET, HEAD"))).unify();
    let end = session.and(by(Method::DELETE)).then(end).map(Reply::into_response);
    let end = end.or(session.map(|_sid: String| ()).untuple_one().and(others("DELETE"))).unify();

    let profile = read.boxed().or(set_zone.boxed()).unify().boxed();
    profile.or(boards.boxed()).unify().boxed().or(list.boxed()).unify().or(end.boxed()).unify().boxed()
}

/// The row and the session together; the session alone while there is no row to be had.
async fn read(caller: Caller, app: App) -> Result<Json<Value>, Error> {
    let stored = match (caller.uid, app.store().await) {
        (Some(id), Ok(mut conn)) => match store::user(&mut conn, id).await {
            Ok(user) => user,
            Err(error) if error.is_transient() => None,
            Err(error) => return Err(failed(error)),
        },
        _ => None,
    };
    let mut profile = match &stored {
        Some(user) => view::user(user),
        None => json!({
            "id": caller.uid, "issuer": caller.issuer, "wp_user_id": caller.wp_id, "email": caller.email,
            "display_name": caller.name, "roles": caller.roles, "subscription_tier": caller.subscription_tier,
            "is_admin": false, "timezone": null, "screen_name": null, "show_screen_name": true, "created_at": null,
            "last_login_at": null,
        }),
    };
    profile["is_admin"] = json!(caller.is_admin || stored.is_some_and(|user| user.is_admin));
    profile["tier"] = json!(caller.tier);
    Ok(Json(profile))
}

async fn set_zone(caller: Caller, app: App, body: Value) -> Result<Json<Value>, Error> {
    let timezone = profile::timezone(&body).map_err(|invalid| refused("invalid_timezone", invalid))?;
    let mut conn = app.store().await?;
    if !store::set_timezone(&mut conn, caller.user()?, timezone.as_deref()).await.map_err(failed)? {
        return Err(gone());
    }
    Ok(Json(json!({"success": true, "timezone": timezone})))
}

async fn show_board(caller: Caller, app: App) -> Result<Json<Value>, Error> {
    let mut conn = app.store().await?;
    let user = store::user(&mut conn, caller.user()?).await.map_err(failed)?.ok_or_else(gone)?;
    Ok(Json(view::leaderboard(&user)))
}

async fn set_board(caller: Caller, app: App, body: Value) -> Result<Json<Value>, Error> {
    let change = profile::leaderboard(&body).map_err(|invalid| refused("invalid_screen_name", invalid))?;
    let mut conn = app.store().await?;
    let id = caller.user()?;
    store::user(&mut conn, id).await.map_err(failed)?.ok_or_else(gone)?;
    if !store::set_leaderboard(&mut conn, id, &change).await.map_err(failed)? {
        let text = "Somebody else has this screen name.";
        return Err(Error::new(StatusCode::CONFLICT, "conflict", text).with_field("field", "screenName"));
    }
    let user = store::user(&mut conn, id).await.map_err(failed)?.ok_or_else(gone)?;
    Ok(Json(view::leaderboard(&user)))
}

async fn list(caller: Caller, app: App) -> Result<Json<Value>, Error> {
    let mut conn = app.store().await?;
    let sessions = store::sessions(&mut conn, caller.user()?, true).await.map_err(failed)?;
    // The row of one that was just revoked may not say so yet.
    let live = sessions.iter().filter(|session| !app.sessions.is_revoked(&session.id));
    let shown = live.map(|session| {
        let mut shown = view::session(session);
        shown["current"] = json!(caller.sid.as_ref() == Some(&session.id));
        shown
    });
    Ok(Json(json!({"success": true, "sessions": shown.collect::<Vec<_>>()})))
}

async fn end(sid: String, caller: Caller, app: App) -> Result<Json<Value>, Error> {
    let mut conn = app.store().await?;
    let sessions = store::live_sessions(&mut conn, caller.user()?).await.map_err(failed)?;
    let own = sessions.iter().find(|(id, _)| *id == sid && !app.sessions.is_revoked(id));
    let (sid, expires) = own.ok_or_else(|| Error::not_found("You have no such session."))?;
    app.sessions.end(sid, *expires, Reason::Logout);
    Ok(Json(json!({"success": true})))
}

/// As every bad body, with a code of its own where the field has one.
fn refused(code: &'static str, invalid: Invalid) -> Error {
    let has_code = matches!(invalid.field.as_str(), "timezone" | "screenName");
    let code = if has_code { code } else { "bad_request" };
    let Invalid { field, expected } = invalid;
    let text = format!("{field}: expected {expected}");
    Error::new(StatusCode::BAD_REQUEST, code, text).with_field("field", field)
}

fn gone() -> Error {
    Error::not_found("There is no such user.")
}
