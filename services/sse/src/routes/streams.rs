//! Every stream.

use super::callers::caller;
use super::{models::decoded, pairs};
use crate::{
    app::App,
    presence, resume,
    session::Caller,
    streams::{self, ALERTS, HEATMAP, OWN, Path, Scope},
};
use http::{HeaderMap, StatusCode, header};
use warp::{Filter, filters::BoxedFilter, header::headers_cloned, path, reply::Response};
use web::{
    Error, Takeover,
    guard::{self, accepts},
    sse::{Ask, Refused},
    with,
};

const HEATMAP_ACCESS: &str = "heatmap_access";

type Query = Vec<(String, String)>;

/// What a stream is asked with.
struct Asked {
    caller: Caller,
    headers: HeaderMap,
    query: Query,
    takeover: Option<Takeover>,
}

pub(super) fn routes(app: App) -> BoxedFilter<(Response,)> {
    let asked = guard::stream()
        .and(caller())
        .and(headers_cloned())
        .and(pairs())
        .and(warp::ext::optional::<Takeover>())
        .map(|caller, headers, query, takeover| Asked { caller, headers, query, takeover });
    let whole = path!("sse" / String).and(asked.clone()).and(with(app.clone())).then(whole);
    let single = path!("sse" / String / String).and(asked).and(with(app)).then(single);
    whole.or(single).unify().map(warp::Reply::into_response).boxed()
}

async fn whole(name: String, asked: Asked, app: App) -> Result<Response, Error> {
    open(Path { name: &name, symbol: None }, asked, app).await
}

async fn single(name: String, symbol: String, asked: Asked, app: App) -> Result<Response, Error> {
    let symbol = decoded(&symbol)?;
    open(Path { name: &name, symbol: Some(&symbol) }, asked, app).await
}

async fn open(path: Path<'_>, asked: Asked, app: App) -> Result<Response, Error> {
    let Asked { caller, headers, query, takeover } = asked;
    let found = streams::ask(&path, &query).ok_or_else(|| Error::not_found("There is no such stream."))?;
    let accept = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok());
    if !accepts(accept, "text", "event-stream") {
        let text = "This is a stream of events: accept text/event-stream.";
        return Err(Error::new(StatusCode::NOT_ACCEPTABLE, "not_acceptable", text));
    }
    let (mut ask, scope) = found?;
    let last_id = headers.get("last-event-id").and_then(|id| id.to_str().ok()).filter(|id| !id.is_empty());
    ask.cursor = last_id.map(str::to_owned).or(ask.cursor);
    admit(&mut ask, scope, &caller, &app)?;
    app.links.loaded().await;
    ask.missed = resume::missed(&app, &ask).await;
    ask.greeting = app.feeds.alert.shown_to(ask.user_id).map(|alert| (ALERTS, alert)).into_iter().collect();
    let reader = app.hub.open(&ask).map_err(refused)?;
    if ask.stream == presence::STREAM {
        presence::opened(&app, &caller);
    }
    Ok(web::sse::reply(reader, takeover))
}

/// Says for whom the stream is, and leaves out what is not for them.
fn admit(ask: &mut Ask, scope: Scope, caller: &Caller, app: &App) -> Result<(), Error> {
    if scope == Scope::Own {
        caller.user()?;
    }
    caller.sign(ask);
    if caller.uid.is_none() {
        ask.topics.retain(|topic| !OWN.contains(&topic.as_str()));
    }
    if !app.gates.opens(caller.tier, HEATMAP_ACCESS) {
        ask.topics.retain(|topic| topic != HEATMAP);
    }
    Ok(())
}

fn refused(refused: Refused) -> Error {
    match refused {
        Refused::TooManyStreams => {
            let text = "You have too many open pages. Close one and try again.";
            Error::new(StatusCode::TOO_MANY_REQUESTS, "too_many_streams", text).retry_after(5)
        }
        Refused::TooManyClients => too_many("The gateway is full."),
        Refused::Closing => too_many("The gateway is restarting."),
    }
}

fn too_many(text: &str) -> Error {
    Error::new(StatusCode::SERVICE_UNAVAILABLE, "too_many_clients", text).retry_after(5)
}
