//! `/api/econ/schedule` for everybody, `/api/admin/economic-indicators` for administrators.

use super::callers::{admin, caller};
use super::{answer, away, no_data, text};
use crate::{
    app::App,
    calendar::{self, Change, Indicator, Release, WINDOWS, store},
    database::failed,
    form::{Form, Invalid},
    session::Caller,
};
use http::{HeaderMap, Method, StatusCode};
use serde::Serialize;
use serde_json::Value;
use tracing::info;
use uuid::Uuid;
use warp::{
    Filter, Reply,
    filters::BoxedFilter,
    header::headers_cloned,
    path,
    reply::{Response, with_status},
};
use web::{Error, body, guard, with};

pub(super) fn routes(app: &App) -> BoxedFilter<(Response,)> {
    let shared = with(app.clone());
    let by_admin = || admin().and(with(app.clone()));
    let list = || path!("api" / "admin" / "economic-indicators");
    let item = || path!("api" / "admin" / "economic-indicators" / Uuid);
    let named = |name: &'static str| {
        path!("api" / "admin" / "economic-indicators" / ..).and(path(name)).and(path::end())
    };
    let (get, post) = (|| guard::method(Method::GET), || guard::method(Method::POST));

    let schedule =
        path!("api" / "econ" / "schedule").and(guard::get()).and(caller()).and(shared).and(headers_cloned());
    let rolling = named("rolling-schedule").and(guard::get()).and(by_admin()).and(headers_cloned());
    let result = named("result").and(post()).and(by_admin()).and(body::json()).then(note);
    let result = result.map(Reply::into_response).or(named("result").and(guard::others("POST"))).unify();
    let build = named("build-rolling").and(post()).and(by_admin()).and(body::json()).then(build);
    let build = build.map(Reply::into_response).or(named("build-rolling").and(guard::others("POST"))).unify();

    let all = list().and(get()).and(by_admin()).and(headers_cloned()).then(all).map(Reply::into_response);
    let create = list().and(post()).and(by_admin()).and(body::json()).then(create).map(Reply::into_response);
    let put = item().and(guard::method(Method::PUT)).and(by_admin()).and(body::json()).then(change);
    let delete = item().and(guard::method(Method::DELETE)).and(by_admin()).then(retire);
    let one = put.map(Reply::into_response).or(delete.map(Reply::into_response)).unify();

    let read = schedule.then(shown).or(rolling.then(shown)).unify().map(Reply::into_response);
    let list = all.or(create).unify().or(list().and(guard::others("GET, HEAD, POST"))).unify();
    let none = item().map(drop).untuple_one().and(guard::others("PUT, DELETE"));
    let one = one.or(none).unify();
    read.boxed()
        .or(result.boxed())
        .unify()
        .or(build.boxed())
        .unify()
        .or(list.boxed())
        .unify()
        .or(one.boxed())
        .unify()
        .boxed()
}

async fn shown(_: Caller, app: App, headers: HeaderMap) -> Result<Response, Error> {
    let schedule = calendar::read(&app.bus).await.map_err(away)?.ok_or_else(no_data)?;
    Ok(answer(&text(&schedule)?, &headers))
}

async fn all(_: Caller, app: App, headers: HeaderMap) -> Result<Response, Error> {
    let indicators = store::all(&mut app.database.get().await?).await?;
    Ok(answer(&text(&indicators)?, &headers))
}

async fn create(caller: Caller, app: App, body: Value) -> Result<Response, Error> {
    let indicator = Indicator::create(&body, calendar::now())?;
    let mut tx = app.database.begin().await?;
    store::add(&mut tx, &indicator).await?;
    tx.commit().await.map_err(failed)?;
    told(&caller, &app, &indicator.key).await;
    Ok(with_status(done(&indicator)?, StatusCode::CREATED).into_response())
}

async fn change(id: Uuid, caller: Caller, app: App, body: Value) -> Result<Response, Error> {
    let mut tx = app.database.begin().await?;
    let before = store::hold(&mut tx, &id.to_string()).await?;
    let change = Change::of(&before.key, &body)?;
    let indicator = before.changed(change, calendar::now())?;
    store::write(&mut tx, &indicator).await?;
    tx.commit().await.map_err(failed)?;
    told(&caller, &app, &indicator.key).await;
    done(&indicator)
}

async fn retire(id: Uuid, caller: Caller, app: App) -> Result<Response, Error> {
    let mut tx = app.database.begin().await?;
    let before = store::hold(&mut tx, &id.to_string()).await?;
    let indicator = before.changed(Change::retired(), calendar::now())?;
    store::write(&mut tx, &indicator).await?;
    tx.commit().await.map_err(failed)?;
    told(&caller, &app, &indicator.key).await;
    done(&indicator)
}

async fn note(caller: Caller, app: App, body: Value) -> Result<Response, Error> {
    let release = Release::parse(&body)?;
    if !store::is_active(&mut app.database.get().await?, &release.key).await? {
        return Err(calendar::Error::NotFound.into());
    }
    calendar::note(&app.bus, &release).await.map_err(away)?;
    told(&caller, &app, &release.key).await;
    done(&release)
}

async fn build(caller: Caller, app: App, body: Value) -> Result<Response, Error> {
    let days = Form::of(&body, &["window_days"])?.whole("window_days", WINDOWS)?;
    let missing = || Invalid::new("window_days", "a whole number from 1 to 60");
    let schedule = app.calendar.rebuild(&app, Some(days.ok_or_else(missing)?), None).await?;
    info!(user_id = caller.uid, window_days = days, "economic schedule made");
    done(&schedule)
}

/// The change is stored: a schedule that cannot follow at once follows later.
async fn told(caller: &Caller, app: &App, key: &str) {
    info!(user_id = caller.uid, indicator = key, "economic calendar changed");
    let _later = app.calendar.rebuild(app, None, Some(key)).await;
}

fn done(data: &impl Serialize) -> Result<Response, Error> {
    Ok(answer(&text(data)?, &HeaderMap::new()))
}
