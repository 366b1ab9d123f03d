//! How much an article matters. Pure: the time is an argument.

use serde::Serialize;
use wire::{EpochSec, intel::Item};

const MOST: u8 = 5;
const MINUTE: f64 = 60.0;
/// Names that make an article matter more.
const MOVERS: [&str; 5] = ["Fed", "FOMC", "Treasury", "VIX", "SPX"];
/// Names whose articles change the structure of the market.
const ISSUERS: [&str; 3] = ["Fed", "FOMC", "Treasury"];
const SHOCKS: [&str; 5] = ["military", "war", "sanctions", "attack", "nuclear"];

/// Scores of one article, whole numbers from 0 to 5.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub(crate) struct Scores {
    relevance: u8,
    urgency: u8,
    /// `none`, `mild`, `structural`, `shock`.
    impact: String,
    /// Relevance and urgency.
    pub(crate) total_score: u8,
}

/// The scores of `item` at `now`; `None` before its enrichment.
pub(crate) fn scores(item: &Item, now: EpochSec) -> Option<Scores> {
    let enriched_ts = item.enriched_ts?;
    let category = item.category.to_lowercase();
    let relevance = item.relevance.unwrap_or_else(|| relevance(item, &category)).min(MOST);
    let urgency = urgency(&category, now.since(enriched_ts));
    let impact = item.impact.clone().unwrap_or_else(|| impact(item, &category, relevance).into());
    Some(Scores { relevance, urgency, impact, total_score: relevance + urgency })
}

fn relevance(item: &Item, category: &str) -> u8 {
    let base = match category {
        "geopolitics" | "macro" => 5,
        "rates" | "politics" => 4,
        "energy" | "commodities" => 3,
        "equities" => 2,
        _ => 1,
    };
    base + u8::from(names_one_of(item, &MOVERS))
}

fn urgency(category: &str, age_sec: f64) -> u8 {
    let by_age = [30.0, 60.0, 120.0, 180.0, 240.0].iter().filter(|limit| age_sec < **limit * MINUTE).count();
    let is_urgent = matches!(category, "geopolitics" | "macro");
    u8::try_from(by_age).unwrap_or(MOST).saturating_add(u8::from(is_urgent)).min(MOST)
}

fn impact(item: &Item, category: &str, relevance: u8) -> &'static str {
    let is_structural = matches!(category, "macro" | "rates" | "treasury_liquidity");
    match category {
        "geopolitics" if tells_of_shock(item) => "shock",
        _ if is_structural || names_one_of(item, &ISSUERS) => "structural",
        "politics" | "energy" | "commodities" if relevance >= 3 => "mild",
        _ => "none",
    }
}

fn names_one_of(item: &Item, names: &[&str]) -> bool {
    let is_named = |name: &str| names.iter().any(|known| known.eq_ignore_ascii_case(name.trim()));
    item.entities.iter().flatten().any(|entity| is_named(entity.name()))
}

/// As whole words: nobody is at war in an article that warns.
fn tells_of_shock(item: &Item) -> bool {
    let texts = [Some(item.title.as_str()), item.summary.as_deref()];
    let mut words = texts.into_iter().flatten().flat_map(|text| text.split(|c: char| !c.is_alphanumeric()));
    words.any(|word| SHOCKS.iter().any(|shock| shock.eq_ignore_ascii_case(word)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use wire::intel::Entity;

    const NOW: f64 = 1_800_000_000.0;

    fn item(category: &str, title: &str, entity: Option<&str>, age_min: f64) -> Item {
        Item {
            uid: "u".into(),
            source: "s".into(),
            category: category.into(),
            title: title.into(),
            url: "https://example.com".into(),
            published_ts: EpochSec::new(NOW),
            summary: None,
            enriched_ts: Some(EpochSec::new(NOW - age_min * MINUTE)),
            sentiment: None,
            entities: entity.map(|name| vec![Entity::Name(name.into())]),
            tickers: None,
            relevance: None,
            impact: None,
            quality_score: None,
        }
    }

    fn scored(item: &Item) -> (u8, u8, String, u8) {
        let Scores { relevance, urgency, impact, total_score } = scores(item, EpochSec::new(NOW)).unwrap();
        (relevance, urgency, impact, total_score)
    }

    #[test]
    fn the_rule_scores_as_its_table_says() {
        for (category, title, entity, age_min, expected) in [
            ("geopolitics", "Sanctions widen", None, 0.0, (5, 5, "shock", 10)),
            ("Geopolitics", "Envoy warns of software rules", None, 29.0, (5, 5, "none", 10)),
            ("geopolitics", "Talks go on", Some("Treasury"), 59.0, (5, 5, "structural", 10)),
            ("macro", "Inflation cools", Some("Fed"), 60.0, (5, 4, "structural", 9)),
            ("rates", "Yields slip", None, 30.0, (4, 4, "structural", 8)),
            ("treasury_liquidity", "Auction", None, 120.0, (1, 2, "structural", 3)),
            ("politics", "War of words", None, 119.9, (4, 3, "mild", 7)),
            ("energy", "Oil rises", None, 180.0, (3, 1, "mild", 4)),
            ("commodities", "Copper", Some("vix"), 239.0, (4, 1, "mild", 5)),
            ("equities", "Results", Some("SPX"), 240.0, (3, 0, "none", 3)),
            ("macro", "Old news", None, 1000.0, (5, 1, "structural", 6)),
            ("culture", "An opera", None, 10.0, (1, 5, "none", 6)),
        ] {
            let (relevance, urgency, impact, total) = expected;
            let found = scored(&item(category, title, entity, age_min));
            assert_eq!(found, (relevance, urgency, impact.to_owned(), total), "{category}: {title}");
        }
    }

    #[test]
    fn what_the_enrichment_found_counts_before_the_rule() {
        let mut enriched = item("equities", "Results", None, 10.0);
        (enriched.relevance, enriched.impact) = (Some(5), Some("mild".into()));
        assert_eq!(scored(&enriched), (5, 5, "mild".into(), 10));
        enriched.enriched_ts = None;
        assert_eq!(scores(&enriched, EpochSec::new(NOW)), None);
    }

    #[test]
    fn the_words_of_a_shock_count_in_the_summary_too() {
        let mut article = item("geopolitics", "Night at the border", None, 10.0);
        article.summary = Some("An ATTACK, officials say.".into());
        assert_eq!(scored(&article).2, "shock");
    }
}
