//! Every reader of what a stream or a path is asked with, open for fuzzing: any bytes in, a panic when a promise is
//! broken. Nothing else should use it.

use crate::{
    config,
    door::{feature, is_ours, seen_by_nginx},
    routes,
    streams::{self, CLOCK, FLEET_ALERT, GEX, HEATMAP, Path, SPOT, TOPICS, TRADES},
    upstreams::{As, Upstreams},
};
use auth::redirect;
use futures_util::{FutureExt, StreamExt};
use http::{HeaderValue, uri::PathAndQuery};
use reqwest::Url;
use std::time::Duration;
use tokio::runtime::{Builder, Runtime};
use web::{
    assets::decode,
    sse::{Address, Ask, Cursor, Hub, Limits},
};

/// Stands for the hub's own run in inputs, which cannot know it.
const OWN_RUN: &str = "RRRRRRRR";
const READER: u64 = 1;
const OF_ANOTHER: &str = "for another user's eyes";
const CONTROL: [&str; 3] = ["connected", "resync", "ping"];
const UPSTREAMS: [&str; 4] = ["journal", "vexy_ai", "vexy_proxy", "copilot"];

/// A hub with something of every kind in it.
struct Stage {
    runtime: Runtime,
    hub: Hub,
    run: String,
}

thread_local! {
    static STAGE: Stage = Stage::new();
}

impl Stage {
    fn new() -> Self {
        let runtime = Builder::new_current_thread().enable_time().build().expect("a runtime can be made");
        let hub = Hub::new(&TOPICS, Limits::default());
        let of = |user| Address { user: Some(user), journal_seq: Some(user + 4), also: None };
        hub.state(CLOCK, "", r#"{"now":1}"#);
        hub.state(SPOT, "I:SPX", r#"{"value":6000}"#);
        hub.event(FLEET_ALERT, r#"{"for":"everybody"}"#);
        hub.state(GEX, "I:SPX", r#"{"calls":{}}"#);
        hub.change(HEATMAP, "I:SPX", r#"{"tiles":{}}"#, Some(r#"{"changed":{}}"#));
        hub.send(TRADES, TRADES, r#"{"for":"the reader"}"#, of(READER));
        hub.send(TRADES, TRADES, &format!(r#"{{"for":"{OF_ANOTHER}"}}"#), of(READER + 1));
        let mut stage = Self { runtime, hub, run: String::new() };
        let first = stage.opened(&ask(None));
        stage.run = last_id(&first).map(|id| format!("{:08x}", id.run)).expect("a stream begins with an id");
        stage
    }

    /// What a reader gets at once.
    fn opened(&self, ask: &Ask) -> String {
        let _entered = self.runtime.enter();
        let mut reader = self.hub.open(ask).expect("there is room for one stream");
        let mut bytes = Vec::new();
        while let Some(Some(Ok(chunk))) = reader.next().now_or_never() {
            bytes.extend_from_slice(&chunk);
        }
        drop(reader);
        self.hub.upkeep();
        let text = String::from_utf8(bytes).expect("streams are UTF-8");
        assert!(text.ends_with("\n\n") && !text.contains(OF_ANOTHER) && !text.contains('\r'));
        text
    }
}

fn ask(cursor: Option<String>) -> Ask {
    let topics = TOPICS.iter().map(|(topic, _)| (*topic).to_owned()).collect();
    Ask { stream: "all", topics, cursor, user: "one".into(), user_id: Some(READER), ..Ask::default() }
}

/// The ids of a stream never go back, and the last one is where the reader is.
fn last_id(text: &str) -> Option<Cursor> {
    let mut last: Option<Cursor> = None;
    for line in text.lines().filter_map(|line| line.strip_prefix("id: ")) {
        let id: Cursor = line.parse().expect("an id that we gave out");
        if let Some(last) = last {
            assert!(id.event >= last.event && id.state >= last.state && id.run == last.run, "{last} {id}");
        }
        last = Some(id);
    }
    last
}

/// A `Last-Event-ID`: the reader goes on exactly when it is an id of this hub, else it starts over and is told why.
pub fn cursor(bytes: &[u8]) {
    let Ok(header) = HeaderValue::from_bytes(bytes) else { return };
    let Ok(text) = header.to_str() else { return };
    STAGE.with(|stage| {
        let text = text.replacen(OWN_RUN, &stage.run, 1);
        let parsed = text.parse::<Cursor>().ok();
        if let Some(cursor) = parsed {
            assert!(text.len() <= 64 && cursor.to_string().parse() == Ok(cursor));
        }
        let told = stage.opened(&ask(Some(text.clone())));
        let here = last_id(&told).expect("every stream begins with an id");
        let is_ours = |cursor: &Cursor| format!("{:08x}", cursor.run) == stage.run;
        let is_told = |word: &str| told.contains(&format!("\"reason\":\"{word}\""));
        match parsed {
            _ if text.is_empty() => assert!(!told.contains("event: resync\n")),
            None => assert!(is_told("bad_id"), "{text}"),
            Some(cursor) if !is_ours(&cursor) => assert!(is_told("unknown_id"), "{text}"),
            Some(cursor) if cursor.event > 7 || cursor.state > 7 => assert!(is_told("bad_id"), "{text}"),
            Some(cursor) => {
                assert!(told.contains("\"resumed\":true") && here.event >= cursor.event, "{text}");
                assert!(here.state >= cursor.state && here.journal >= cursor.journal, "{text}");
            }
        }
    });
}

/// The path and query of a request: where it leads, which feature it needs, and what of a stream it asks for.
/// `raw` decodes a query as the server does.
pub fn query(bytes: &[u8], raw: impl Fn(&str) -> Option<Vec<(String, String)>>) {
    let Ok(target) = PathAndQuery::try_from(bytes) else { return };
    let (path, query) = (target.path(), target.query().unwrap_or_default());
    let _route = routes::kind(path);
    if let Some(seen) = seen_by_nginx(target.as_str()) {
        let mut segments = seen.split('/').skip(1);
        assert!(seen.starts_with('/') && !segments.any(|segment| segment == "." || segment == ".."));
        assert!(!seen.contains("//"));
    }
    leads(path, query);
    let Some(pairs) = raw(query) else { return };
    for (_, next) in pairs.iter().filter(|(name, _)| name == "next") {
        let page: Url = "https://desk.example.org/login".parse().expect("a URL");
        let landed = page.join(&redirect::location(next)).expect("a path of ours");
        assert!(landed.host_str() == Some("desk.example.org") && landed.scheme() == "https", "{next}");
    }
    let Some(asked) = path.strip_prefix("/sse/") else { return };
    let (name, symbol) = match asked.split_once('/') {
        Some((name, symbol)) => (name, Some(decode(symbol))),
        None => (asked, None),
    };
    let symbol = match &symbol {
        Some(None) => return,
        Some(Some(symbol)) => Some(symbol.as_str()),
        None => None,
    };
    if let Some(Ok((asked, _scope))) = streams::ask(&Path { name, symbol }, &pairs) {
        opens(Ask { user: "one".into(), user_id: Some(READER), ..asked });
    }
}

/// Nothing leads to another host, or past what is closed, or round a gate.
fn leads(path: &str, query: &str) {
    let upstreams = Upstreams::new(&config::Upstreams::default()).expect("the defaults are URLs");
    let to_socket = upstreams.of_socket(path, query).map(|upstream| (upstream, As::Caller));
    for (upstream, acts) in upstreams.of(path, query).into_iter().chain(to_socket) {
        assert!(is_ours(path));
        assert!(upstream.uri.host().is_some_and(|host| UPSTREAMS.contains(&host)), "{}", upstream.uri);
        let plain = decode(upstream.uri.path()).expect("what is passed on can be read");
        assert!(!plain.split(['/', '\\']).any(|segment| segment == "." || segment == ".."), "{plain}");
        if acts == As::Caller {
            assert!(!plain.starts_with("/api/internal"), "{plain}");
            assert_eq!(feature(&plain), feature(path), "{plain}");
        }
    }
}

fn opens(ask: Ask) {
    let is_topic = |topic: &String| TOPICS.iter().any(|(name, _)| name == topic);
    assert!(ask.topics.iter().all(is_topic));
    let bounds = Duration::from_millis(50)..=Duration::from_secs(1);
    assert!(ask.pace.is_none_or(|pace| bounds.contains(&pace)), "{:?}", ask.pace);
    let told = STAGE.with(|stage| stage.opened(&ask));
    for event in told.lines().filter_map(|line| line.strip_prefix("event: ")) {
        assert!(CONTROL.contains(&event) || ask.topics.iter().any(|topic| topic == event), "{event}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As the server does for what the seeds hold.
    fn pairs(raw: &str) -> Option<Vec<(String, String)>> {
        let url = Url::parse(&format!("http://localhost/?{raw}")).ok()?;
        Some(url.query_pairs().into_owned().collect())
    }

    #[test]
    fn the_seeds_of_the_corpora_hold() {
        let corpus = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus");
        let read_query = |bytes: &[u8]| query(bytes, pairs);
        for (folder, read) in [("cursor", &cursor as &dyn Fn(&[u8])), ("query", &read_query)] {
            let mut count = 0;
            for entry in std::fs::read_dir(corpus.join(folder)).unwrap() {
                read(&std::fs::read(entry.unwrap().path()).unwrap());
                count += 1;
            }
            assert!(count > 5, "{folder}");
        }
    }
}
