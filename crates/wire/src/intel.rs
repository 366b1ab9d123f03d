//! intel-redis: articles, and what was made of them.

use crate::{BusId::Intel, Channel, EpochSec, Index, Key, Log};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::time::Duration;

const WEEK: Duration = Duration::from_secs(7 * 24 * 3600);

/// Articles that are ready to be worked on, each announced once (again where `requeue` is above 0).
pub const QUEUE: Log<Queued> = Log::new(Intel, "rss:queue");
/// Uids by `published_ts`, as plain text.
pub const INDEX: Index<String> = Index::new(Intel, "rss:index");
/// Tells of each new analysis.
pub const ANALYSED: Channel<Analysed> = Channel::new(Intel, "rss:analysis:events");

/// The article `uid`.
pub fn item(uid: &str) -> Key<Item> {
    Key::of(Intel, format!("rss:item:{uid}")).living(WEEK)
}

/// What was made of the article `uid`.
pub fn analysis(uid: &str) -> Key<Analysis> {
    Key::of(Intel, format!("rss:analysis:{uid}")).living(WEEK)
}

/// The part of an entry of [`QUEUE`] that readers without a group need.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Queued {
    /// Article.
    pub uid: String,
    /// How often it was announced before.
    pub requeue: u32,
}

/// [`ANALYSED`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Analysed {
    /// Article.
    pub uid: String,
    /// When its analysis was written.
    pub analyzed_ts: EpochSec,
}

/// [`item`]. From `enriched_ts` on everything is `None` until the enrichment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Item {
    /// 16 hex digits, the same for the same article.
    pub uid: String,
    /// Host it came from.
    pub source: String,
    /// Category of its feed.
    pub category: String,
    /// Headline.
    pub title: String,
    /// Address.
    pub url: String,
    /// When it was published.
    pub published_ts: EpochSec,
    /// What it says.
    pub summary: Option<String>,
    /// When it was enriched.
    #[serde(default)]
    pub enriched_ts: Option<EpochSec>,
    /// `bullish`, `bearish`, `neutral`.
    #[serde(default)]
    pub sentiment: Option<String>,
    /// Names in it.
    #[serde(default)]
    pub entities: Option<Vec<Entity>>,
    /// Tickers in it.
    #[serde(default)]
    pub tickers: Option<Vec<String>>,
    /// 0 to 5.
    #[serde(default)]
    pub relevance: Option<u8>,
    /// `none`, `mild`, `structural`, `shock`.
    #[serde(default)]
    pub impact: Option<String>,
    /// 0 to 1.
    #[serde(default)]
    pub quality_score: Option<f64>,
}

/// A name in an article, alone or with its kind.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Entity {
    /// `Treasury`
    Name(String),
    /// `{"name":"Treasury","type":"org"}`
    Kind {
        /// The name.
        name: String,
        /// Kind of thing: `org`.
        #[serde(rename = "type", default)]
        kind: Option<String>,
    },
}

impl Entity {
    /// The name.
    pub fn name(&self) -> &str {
        match self {
            Self::Name(name) | Self::Kind { name, .. } => name,
        }
    }
}

/// The part of [`analysis`] that is shown.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Analysis {
    /// Article.
    pub uid: String,
    /// Up to three sentences.
    pub summary: String,
    /// `bullish`, `bearish`, `neutral`.
    pub sentiment: Option<String>,
    /// Tickers in it.
    #[serde(default)]
    pub tickers: Vec<String>,
    /// Up to three points.
    #[serde(default)]
    pub takeaways: Vec<String>,
    /// What wrote it.
    #[cfg_attr(test, ts(type = "unknown"))]
    pub model: Option<Value>,
    /// When.
    pub analyzed_ts: EpochSec,
}

/// An article as readers of the gateway get it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Article {
    /// As in [`Item`].
    pub uid: String,
    /// Headline.
    pub title: String,
    /// Address.
    pub url: String,
    /// Host it came from.
    pub source: String,
    /// Category of its feed.
    pub category: String,
    /// What it says.
    pub summary: Option<String>,
    /// When it was published.
    pub published_ts: EpochSec,
    /// When it was enriched.
    pub enriched_ts: Option<EpochSec>,
    /// `bullish`, `bearish`, `neutral`.
    pub sentiment: Option<String>,
    /// 0 to 1.
    pub quality_score: Option<f64>,
    /// Names in it.
    pub entities: Vec<String>,
    /// Tickers in it.
    pub tickers: Vec<String>,
    /// What was made of it; null until then, and always in the event that announces it.
    pub analysis: Option<Analysis>,
}

impl From<&Item> for Article {
    fn from(item: &Item) -> Self {
        let item = item.clone();
        let entities = item.entities.unwrap_or_default();
        Self {
            uid: item.uid,
            title: item.title,
            url: item.url,
            source: item.source,
            category: item.category,
            summary: item.summary,
            published_ts: item.published_ts,
            enriched_ts: item.enriched_ts,
            sentiment: item.sentiment,
            quality_score: item.quality_score,
            entities: entities.iter().map(|entity| entity.name().to_owned()).collect(),
            tickers: item.tickers.unwrap_or_default(),
            analysis: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn an_item_becomes_an_article_before_and_after_its_enrichment() {
        let bare = json!({
            "v": 1, "uid": "7b343d8f1635027d", "feed_id": "3f9d0c11aa27", "source": "macro.example.com",
            "category": "macro", "title": "Core inflation cools", "url": "https://macro.example.com/a",
            "published_ts": 1772544612, "summary": "Core prices rose.", "enriched_ts": null, "sentiment": null,
            "entities": null, "tickers": null, "relevance": null, "impact": null, "quality_score": null,
        });
        let item: Item = serde_json::from_value(bare.clone()).unwrap();
        let article = Article::from(&item);
        assert_eq!((article.entities.len(), article.sentiment), (0, None));
        let mut rich = bare;
        rich["entities"] = json!(["Treasury", {"name": "Fed", "type": "org"}]);
        rich["enriched_ts"] = json!(1_772_544_703);
        let item: Item = serde_json::from_value(rich).unwrap();
        assert_eq!(Article::from(&item).entities, ["Treasury", "Fed"]);
    }
}
