//! What Vexy says to everyone, and how far it is with what a user asked.

use super::{Bad, names::is_event_name};
use crate::{
    app::App,
    streams::{VEXY, VEXY_INTERACTION, VEXY_MESSAGE},
};
use serde::Deserialize;
use std::borrow::Cow;
use web::sse::Address;
use wire::vexy::{LATEST_EPOCH, LATEST_EVENT, interaction_user};

/// A message: it becomes the newest of its sort, and is told once.
pub(super) fn take(app: &App, text: &str) -> Result<(), Bad> {
    let id = app.feeds.vexy.take(text)?;
    show(app);
    if app.feeds.words_sent.is_new(None, &id) {
        app.hub.event(VEXY_MESSAGE, text);
    }
    Ok(())
}

/// A step of what the user of `channel` asked.
pub(super) fn take_interaction(app: &App, channel: &str, text: &str) -> Result<(), Bad> {
    #[derive(Deserialize)]
    struct Head<'a> {
        #[serde(borrow)]
        event: Cow<'a, str>,
    }
    let user = interaction_user(channel).ok_or(Bad::Nobody)?;
    let head: Head<'_> = serde_json::from_str(text)?;
    let name = format!("vexy_interaction_{}", head.event);
    if !is_event_name(&name) {
        return Err(Bad::Name);
    }
    app.hub.send(VEXY_INTERACTION, &name, text, Address { user: Some(user), ..Address::default() });
    Ok(())
}

/// Reads the newest messages.
///
/// # Errors
/// market-redis is away.
pub(super) async fn read(app: &App) -> Result<(), bus::Error> {
    let mut batch = app.bus.batch(LATEST_EPOCH.bus);
    batch.text(&LATEST_EPOCH).text(&LATEST_EVENT);
    for text in batch.run().await?.into_iter().flatten() {
        super::judge(VEXY, app.feeds.vexy.take(&text).map(|_id| ()).map_err(Bad::from));
    }
    show(app);
    Ok(())
}

fn show(app: &App) {
    if let Some(text) = app.feeds.vexy.text() {
        app.hub.state(VEXY, "", &text);
    }
}
