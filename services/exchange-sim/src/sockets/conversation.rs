//! What a client says and what it is answered, in the vendor's order and words.

use super::{
    client::Client,
    topic::{Channel, Topic},
};
use crate::{
    Sim,
    script::{Aim, FaultKind},
};
use serde::Deserialize;
use serde_json::{Map, Value};

pub(super) const CONNECTED: (&str, &str) = ("connected", "Connected Successfully");
pub(super) const AUTHENTICATED: (&str, &str) = ("auth_success", "authenticated");
pub(super) const AUTH_FAILED: (&str, &str) = ("auth_failed", "authentication failed");
pub(super) const AUTH_TIMEOUT: (&str, &str) = ("auth_timeout", "No authentication request received.");
pub(super) const MAX_CONNECTIONS: (&str, &str) =
    ("max_connections", "Maximum number of websocket connections exceeded.");
pub(super) const NOT_AUTHORIZED: (&str, &str) = ("error", "not authorized");
const NOT_UNDERSTOOD: (&str, &str) = ("error", "invalid message");
const TOO_MANY_CONTRACTS: (&str, &str) = ("error", "maximum number of option contracts exceeded");
const MOST_CONTRACTS: usize = 1000;

#[derive(Debug, Deserialize)]
struct Said {
    action: String,
    #[serde(default)]
    params: String,
}

/// Greets a new connection.
pub(super) fn greet(sim: &Sim, client: &Client) {
    if !sim.faults.holds(FaultKind::WsConnectSilent, aim(client)) {
        client.tell(CONNECTED);
    }
}

/// Answers one message.
pub(super) fn hear(sim: &Sim, client: &Client, text: &str) {
    let Ok(said) = serde_json::from_str::<Said>(text) else {
        client.tell(NOT_UNDERSTOOD);
        return;
    };
    let authenticated = client.state().key.is_some();
    match said.action.as_str() {
        "auth" => authenticate(sim, client, &said.params),
        _ if !authenticated => client.tell(NOT_AUTHORIZED),
        "subscribe" => subscribe(sim, client, &said.params),
        "unsubscribe" => unsubscribe(sim, client, &said.params),
        _ => client.tell(NOT_UNDERSTOOD),
    }
}

fn authenticate(sim: &Sim, client: &Client, key: &str) {
    if sim.faults.holds(FaultKind::WsAuthSilent, aim(client)) {
        return;
    }
    if !sim.knows(key) || sim.faults.strikes(FaultKind::WsAuthFail, aim(client)).is_some() {
        client.tell(AUTH_FAILED);
        client.close(1000, "");
        return;
    }
    let refused = sim.hub.admit(client, key);
    client.state().is_surplus = refused || sim.faults.strikes(FaultKind::WsPolicy, aim(client)).is_some();
    client.tell(AUTHENTICATED);
    if sim.faults.lasts(FaultKind::WsDrop, aim(client)).is_some() {
        client.cut.cancel();
    }
    if let Some(args) = sim.faults.lasts(FaultKind::WsClose, aim(client)) {
        let (code, reason) = close_of(&args);
        client.close(code, &reason);
    }
}

fn subscribe(sim: &Sim, client: &Client, params: &str) {
    // What happened before is not for the new topics, and what happens from here on is.
    sim.pump.catch_up(sim);
    let silent = sim.faults.holds(FaultKind::WsUnconfirmed, aim(client));
    let mut answers: Vec<(&str, String)> = Vec::new();
    {
        let mut state = client.state();
        let is_contract = |topic: &Topic| topic.channel == Channel::Quote && topic.ticker.starts_with("O:");
        let mut contracts = state.topics.values().filter(|topic| is_contract(topic)).count();
        for text in params.split(',').map(str::trim).filter(|text| !text.is_empty()) {
            let Some(topic) = Topic::parse(text) else {
                answers.push(("error", format!("invalid topic: {text}")));
                continue;
            };
            let known = state.topics.contains_key(text);
            if client.path == "/options" && topic.channel == Channel::Quote {
                let refused = topic.is_wildcard() || (!known && contracts >= MOST_CONTRACTS);
                if refused {
                    answers.push((TOO_MANY_CONTRACTS.0, TOO_MANY_CONTRACTS.1.to_owned()));
                    continue;
                }
                contracts += usize::from(!known);
            }
            answers.push(("success", format!("subscribed to: {text}")));
            state.topics.insert(text.to_owned(), topic);
        }
        state.settle(&client.path, sim.market.listings());
    }
    for (kind, message) in answers.iter().filter(|_| !silent) {
        client.tell((kind, message));
    }
    if client.state().is_surplus {
        client.tell(MAX_CONNECTIONS);
        client.close(1008, MAX_CONNECTIONS.1);
    }
    sim.hub.changed.notify_one();
}

fn unsubscribe(sim: &Sim, client: &Client, params: &str) {
    sim.pump.catch_up(sim);
    let topics = || params.split(',').map(str::trim).filter(|text| !text.is_empty());
    {
        let mut state = client.state();
        for text in topics() {
            state.topics.remove(text);
        }
        state.settle(&client.path, sim.market.listings());
    }
    for text in topics() {
        client.tell(("success", &format!("unsubscribed to: {text}")));
    }
}

/// Code and reason of a close that a fault asks for.
pub(crate) fn close_of(args: &Map<String, Value>) -> (u16, String) {
    let code = args.get("code").and_then(Value::as_u64).and_then(|code| u16::try_from(code).ok());
    let reason = args.get("reason").and_then(Value::as_str).unwrap_or_default();
    (code.unwrap_or(1000), reason.to_owned())
}

pub(super) fn aim(client: &Client) -> Aim<'_> {
    Aim { path: &client.path, tickers: "" }
}
