//! The newest tick of each symbol, out of the tick streams.

use crate::{app::App, streams::TICK};
use bus::Followed;
use futures_util::StreamExt;
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
    pin::pin,
};
use tokio::sync::watch;
use tracing::debug;
use wire::{BusId::Market, market::ticks};

/// Follows every known symbol; starts over, behind what it has read, when one more is heard.
pub(super) async fn follow(app: App) -> anyhow::Result<()> {
    let mut symbols = app.market.symbols();
    let mut cursors: BTreeMap<String, String> = BTreeMap::new();
    loop {
        let known = symbols.borrow_and_update().clone();
        if !follow_known(&app, &known, &mut symbols, &mut cursors).await {
            return Ok(());
        }
    }
}

/// False: the bus has closed.
async fn follow_known(
    app: &App,
    known: &BTreeSet<String>,
    symbols: &mut watch::Receiver<BTreeSet<String>>,
    cursors: &mut BTreeMap<String, String>,
) -> bool {
    let by_stream: BTreeMap<String, &String> =
        known.iter().map(|symbol| (ticks(symbol).name.into_owned(), symbol)).collect();
    let mut latest_wanted = true;
    let from = by_stream.keys().map(|stream| (stream.clone(), cursors.get(stream).cloned())).collect();
    let mut followed = pin!(app.bus.follow_from(Market, from));
    loop {
        tokio::select! {
            item = followed.next() => match item {
                None => return false,
                Some(Followed::Down) => {}
                Some(Followed::Up) if latest_wanted => {
                    latest_wanted = false;
                    read_newest(app, &by_stream, cursors).await;
                }
                Some(Followed::Up) => {}
                Some(Followed::Entry { stream, id, fields }) => {
                    if let Some(symbol) = by_stream.get(&stream) {
                        app.hub.state(TICK, symbol, &payload(symbol, &fields));
                    }
                    cursors.insert(stream, id);
                }
            },
            Ok(()) = symbols.changed() => return true,
        }
    }
}

/// The newest tick of every stream of which none was read yet.
async fn read_newest(
    app: &App,
    by_stream: &BTreeMap<String, &String>,
    cursors: &mut BTreeMap<String, String>,
) {
    for (stream, symbol) in
        by_stream.iter().filter(|(stream, _)| !cursors.contains_key(*stream)).collect::<Vec<_>>()
    {
        match app.bus.newest(&ticks(symbol), 1).await {
            Ok(entries) => {
                for (id, fields) in entries {
                    app.hub.state(TICK, symbol, &payload(symbol, &fields));
                    cursors.insert(stream.clone(), id);
                }
            }
            Err(error) => debug!(%error, symbol = symbol.as_str(), "newest tick not read"),
        }
    }
}

/// The entry as JSON, numbers as numbers, with its symbol.
fn payload(symbol: &str, fields: &BTreeMap<String, String>) -> String {
    let mut text = String::with_capacity(128);
    text.push('{');
    member(&mut text, "symbol", symbol);
    for (name, value) in fields.iter().filter(|(name, _)| *name != "symbol") {
        text.push(',');
        if is_number(value) {
            string(&mut text, name);
            text.push(':');
            text.push_str(value);
        } else {
            member(&mut text, name, value);
        }
    }
    text.push('}');
    text
}

fn member(text: &mut String, name: &str, value: &str) {
    string(text, name);
    text.push(':');
    string(text, value);
}

fn string(text: &mut String, value: &str) {
    // Writing text to memory cannot fail.
    let _infallible = write!(text, "{}", serde_json::Value::from(value));
}

/// True for what JSON calls a number.
fn is_number(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let starts_like_one = digits.starts_with(|first: char| first.is_ascii_digit());
    starts_like_one
        && serde_json::from_str::<serde_json::Number>(text).is_ok()
        && !text.ends_with(char::is_whitespace)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tick_has_numbers_as_numbers_and_its_symbol() {
        let fields =
            [("ev", "V"), ("p", "6632.41"), ("t", "1763737262104"), ("q", "17"), ("x", "01"), ("y", "N\"aN")];
        let fields = fields.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
        assert_eq!(
            payload("I:SPX", &fields),
            r#"{"symbol":"I:SPX","ev":"V","p":6632.41,"q":17,"t":1763737262104,"x":"01","y":"N\"aN"}"#
        );
    }
}
