//! Articles as they are announced, and what is made of them.

use super::{Bad, judge};
use crate::{
    app::App,
    feeds::KEPT,
    streams::{ANALYSIS, ARTICLE},
};
use bus::{Backoff, Followed, Heard, Topics};
use futures_util::StreamExt;
use std::{collections::BTreeMap, future::Future, pin::pin};
use tracing::{debug, info};
use wire::{
    BusId::Intel,
    intel::{ANALYSED, Analysed, Analysis, Article, INDEX, Item, QUEUE, analysis, item},
};

/// Articles read in one round trip.
const PAGE: usize = 200;

/// Hears of analyses, and reads every article after each gap.
pub(super) async fn listen(app: App) -> anyhow::Result<()> {
    let topics = Topics { channels: vec![ANALYSED.name.to_string()], patterns: Vec::new() };
    let mut heard = pin!(app.bus.listen(Intel, topics));
    while let Some(heard) = heard.next().await {
        match heard {
            Heard::Message { payload, .. } => {
                let told = analysed(&app, &String::from_utf8_lossy(&payload)).await;
                judge(ANALYSIS, told);
            }
            Heard::Up => {
                until_it_works(|| load(&app)).await;
                app.hub.gap(&[ANALYSIS]);
                app.links.intel.up();
                info!(bus = Intel.name(), "heard");
            }
            Heard::Down => {
                metrics::counter!("redis_reconnects_total", "bus" => Intel.name()).increment(1);
                app.links.intel.down();
            }
        }
    }
    Ok(())
}

/// Follows the queue of articles, without a share in its work. Nothing that it still keeps is lost in a gap.
pub(super) async fn follow(app: App) -> anyhow::Result<()> {
    let mut followed = pin!(app.bus.follow(Intel, vec![QUEUE.name.to_string()]));
    while let Some(followed) = followed.next().await {
        if let Followed::Entry { fields, .. } = followed {
            judge(ARTICLE, announced(&app, &fields).await);
        }
    }
    Ok(())
}

/// An entry of the queue. One that was announced before is not announced again.
async fn announced(app: &App, fields: &BTreeMap<String, String>) -> Result<(), Bad> {
    if fields.get("requeue").is_some_and(|times| times != "0") {
        return Ok(());
    }
    let uid = fields.get("uid").ok_or(Bad::Empty)?;
    let (item, analysis) = until_it_works(|| read(app, uid)).await.ok_or(Bad::Gone)?;
    let item: Item = serde_json::from_str(&item.ok_or(Bad::Gone)?)?;
    let event = serde_json::to_string(&Article::from(&item))?;
    app.feeds.articles.put(item, analysis.and_then(|text| serde_json::from_str(&text).ok()));
    app.hub.event(ARTICLE, &event);
    Ok(())
}

async fn analysed(app: &App, text: &str) -> Result<(), Bad> {
    let told: Analysed = serde_json::from_str(text)?;
    let (item, analysis) = until_it_works(|| read(app, &told.uid)).await.ok_or(Bad::Gone)?;
    let analysis: Analysis = serde_json::from_str(&analysis.ok_or(Bad::Gone)?)?;
    let event = serde_json::to_string(&analysis)?;
    if let Some(item) = item {
        app.feeds.articles.put(serde_json::from_str(&item)?, Some(analysis));
    }
    app.hub.event(ANALYSIS, &event);
    Ok(())
}

/// The article and its analysis as they are stored.
async fn read(app: &App, uid: &str) -> Result<(Option<String>, Option<String>), bus::Error> {
    let mut batch = app.bus.batch(Intel);
    batch.text(&item(uid)).text(&analysis(uid));
    let mut texts = batch.run().await?.into_iter();
    Ok((texts.next().flatten(), texts.next().flatten()))
}

/// Reads the newest articles and their analyses.
async fn load(app: &App) -> Result<(), bus::Error> {
    let uids = app.bus.newest_texts(&INDEX, KEPT).await?;
    for page in uids.chunks(PAGE) {
        let mut batch = app.bus.batch(Intel);
        for uid in page {
            batch.text(&item(uid)).text(&analysis(uid));
        }
        for pair in batch.run().await?.chunks(2) {
            // An article may have ended its life before its place in the index.
            let [Some(item), analysis] = pair else { continue };
            judge(ARTICLE, take(app, item, analysis.as_deref()));
        }
    }
    Ok(())
}

fn take(app: &App, item: &str, analysis: Option<&str>) -> Result<(), Bad> {
    let analysis = analysis.map(serde_json::from_str).transpose()?;
    app.feeds.articles.put(serde_json::from_str(item)?, analysis);
    Ok(())
}

/// Tries while the server is away; `None` when it refuses.
async fn until_it_works<T, F: Future<Output = Result<T, bus::Error>>>(
    mut read: impl FnMut() -> F,
) -> Option<T> {
    let mut backoff = Backoff::default();
    loop {
        match read().await {
            Ok(read) => return Some(read),
            Err(error) => {
                debug!(%error, "articles not read");
                if !error.is_transient() {
                    return None;
                }
            }
        }
        backoff.wait().await;
    }
}
