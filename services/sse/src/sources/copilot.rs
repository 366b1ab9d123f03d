//! What copilot publishes: trust in the models, remarks, alerts.

use super::{Bad, names::is_event_name, object};
use crate::{
    app::App,
    feeds::user_of,
    streams::{ALERTS, COMMENTARY, MEL},
};
use serde::Deserialize;
use serde_json::{Value, value::RawValue};
use std::{borrow::Cow, collections::BTreeMap};
use web::sse::Address;
use wire::copilot::{KEPT_ALERTS, LATEST_ALERT, MEL as MEL_KEY};

/// Private remarks say whose they are; they have no business on the public channel.
const PUBLIC: &str = "all";

pub(super) fn take_mel(app: &App, text: &str) -> Result<(), Bad> {
    object(text)?;
    app.hub.state(MEL, "", text);
    Ok(())
}

pub(super) fn take_commentary(app: &App, text: &str) -> Result<(), Bad> {
    #[derive(Deserialize)]
    struct Head<'a> {
        #[serde(borrow)]
        metadata: Option<Metadata<'a>>,
    }
    #[derive(Deserialize)]
    struct Metadata<'a> {
        #[serde(borrow)]
        audience: Option<Cow<'a, str>>,
    }
    object(text)?;
    let head: Head<'_> = serde_json::from_str(text)?;
    if head.metadata.and_then(|metadata| metadata.audience).is_some_and(|audience| audience != PUBLIC) {
        return Err(Bad::Private);
    }
    app.hub.event(COMMENTARY, text);
    Ok(())
}

/// An alert's event: its type is the event's name; its data goes on, with its id and time.
pub(super) fn take_alert(app: &App, text: &str) -> Result<(), Bad> {
    #[derive(Deserialize)]
    struct Envelope<'a> {
        #[serde(borrow)]
        event_id: Cow<'a, str>,
        #[serde(borrow, rename = "type")]
        kind: Cow<'a, str>,
        #[serde(borrow)]
        data: BTreeMap<Cow<'a, str>, &'a RawValue>,
        #[serde(borrow)]
        ts: &'a RawValue,
    }
    let Envelope { event_id, kind, mut data, ts } = serde_json::from_str(text)?;
    if !is_event_name(&kind) {
        return Err(Bad::Name);
    }
    let user_id: Option<Value> = data.get("user_id").map(|id| serde_json::from_str(id.get())).transpose()?;
    let user = user_of(user_id.as_ref()).map_err(|_unclear| Bad::Nobody)?;
    if KEPT_ALERTS.contains(&&*kind) {
        app.feeds.alert.take(text)?;
    }
    if !app.feeds.alerts_sent.is_new(user, &event_id) {
        return Ok(());
    }
    let id = serde_json::value::to_raw_value(&event_id)?;
    data.insert("event_id".into(), &id);
    data.insert("ts".into(), ts);
    let address = Address { user, ..Address::default() };
    app.hub.send(ALERTS, &kind, &serde_json::to_string(&data)?, address);
    Ok(())
}

/// Reads what has a key.
///
/// # Errors
/// market-redis is away.
pub(super) async fn read(app: &App) -> Result<(), bus::Error> {
    let mut batch = app.bus.batch(MEL_KEY.bus);
    batch.text(&MEL_KEY).text(&LATEST_ALERT);
    let mut texts = batch.run().await?.into_iter();
    if let Some(mel) = texts.next().flatten() {
        super::judge(MEL, take_mel(app, &mel));
    }
    if let Some(alert) = texts.next().flatten() {
        super::judge(ALERTS, app.feeds.alert.take(&alert).map_err(Bad::from));
    }
    Ok(())
}
