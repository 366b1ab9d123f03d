//! The indicators that a new database begins with.

use super::{Cadence, Indicator, Rule, tier};
use chrono::{DateTime, Utc};
use serde::Deserialize;

const LIST: &str = include_str!("seed.json");

#[derive(Deserialize)]
struct Seed {
    key: String,
    rating: u8,
    name: String,
    description: String,
    aliases: Vec<String>,
}

/// All of them, new, as of `now`.
pub(crate) fn indicators(now: DateTime<Utc>) -> Vec<Indicator> {
    let seeds: Vec<Seed> = serde_json::from_str(LIST).expect("the shipped list is read by a test");
    let made = seeds.into_iter().map(|seed| {
        let known = rule(&seed.key);
        Indicator {
            id: super::new_id(),
            tier: tier(seed.rating),
            cadence: known.as_ref().map_or(Cadence::Manual, |(rule, _)| rule.cadence()),
            release_time_et: known.as_ref().map(|(_, time)| (*time).to_owned()),
            rule: known.map(|(rule, _)| rule),
            key: seed.key,
            name: seed.name,
            rating: seed.rating,
            description: Some(seed.description),
            is_active: true,
            aliases: seed.aliases,
            created_at: now,
            updated_at: now,
        }
    });
    made.collect()
}

/// What is released by a rule, and when; of all others somebody must say it.
fn rule(key: &str) -> Option<(Rule, &'static str)> {
    match key {
        "nfp" | "unemployment_rate" | "avg_hourly_earnings" => Some((Rule::FirstFriday, "08:30")),
        "initial_claims" => Some((Rule::Weekly { weekday: 4 }, "08:30")),
        "crude_oil_inventories" => Some((Rule::Weekly { weekday: 3 }, "10:30")),
        "natural_gas_storage" => Some((Rule::Weekly { weekday: 4 }, "10:30")),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn the_shipped_list_is_complete_and_sound() {
        let indicators = indicators(DateTime::default());
        let keys: BTreeSet<&str> = indicators.iter().map(|indicator| &*indicator.key).collect();
        assert_eq!((indicators.len(), keys.len()), (43, 43));
        let ruled = indicators.iter().filter(|indicator| indicator.rule.is_some()).count();
        assert_eq!(ruled, 6);
        let by_rating: Vec<usize> =
            (3..=10).rev().map(|rating| indicators.iter().filter(|i| i.rating == rating).count()).collect();
        assert_eq!(by_rating, [2, 5, 4, 5, 8, 6, 8, 5]);
        for indicator in &indicators {
            assert!(super::super::is_key(&indicator.key), "{}", indicator.key);
            assert!(indicator.name.len() <= 255 && !indicator.name.is_empty(), "{}", indicator.key);
            let aliases: BTreeSet<String> =
                indicator.aliases.iter().map(|alias| alias.to_lowercase()).collect();
            assert_eq!(aliases.len(), indicator.aliases.len(), "{}", indicator.key);
        }
    }
}
