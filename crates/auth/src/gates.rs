//! Tier gates: which tiers are admitted, and what each may use.

mod feature;
mod merge;

pub use feature::{FEATURES, Feature, Kind, Known, Setting};
pub use merge::BadGates;

use crate::tier::Tier;
use serde::Serialize;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// The document `tier_gates`.
///
/// Its default is what holds when none is stored: everybody is admitted to everything.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Gates {
    /// Whether features are gated. It has no influence on admission.
    pub mode: Mode,
    /// ISO 8601, UTC; whoever writes the document sets it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub updated_at: Option<String>,
    /// An absent tier is admitted.
    pub allowed_tiers: BTreeMap<Tier, bool>,
    /// Features by key, for tiers that say nothing of their own.
    pub defaults: BTreeMap<String, Default>,
    /// What a tier says of features, by key.
    pub tiers: BTreeMap<Tier, BTreeMap<String, Setting>>,
    /// Members that a later version wrote; kept as they are.
    #[serde(flatten)]
    #[cfg_attr(test, ts(skip))]
    pub others: Map<String, Value>,
}

/// Whether features are gated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, std::default::Default, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// Nothing is gated.
    #[default]
    FullProduction,
    /// Features are what the document says.
    TierGated,
}

/// A feature as tiers have it that say nothing of their own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Default {
    /// Type of every value of the feature.
    #[serde(rename = "type")]
    pub kind: Kind,
    /// For people.
    pub label: String,
    /// What holds.
    pub value: Setting,
}

impl Gates {
    /// Whether somebody of `tier` may come in at all. `bypasses`: the issuer is one of `TIER_BYPASS_ISSUERS`.
    pub fn admits(&self, tier: Tier, is_admin: bool, bypasses: bool) -> bool {
        let is_barred = self.allowed_tiers.get(&tier) == Some(&false);
        !is_barred || tier.is_exempt() || is_admin || bypasses
    }

    /// What `tier` may do with the feature `key`.
    pub fn feature(&self, tier: Tier, key: &str) -> Feature {
        if self.mode == Mode::FullProduction || tier.is_exempt() {
            return Feature::Open;
        }
        let own = self.tiers.get(&tier).and_then(|settings| settings.get(key));
        let default = || self.defaults.get(key).map(|default| &default.value);
        own.or_else(default).map_or(Feature::Open, |setting| setting.feature())
    }

    /// The gates that a stored document describes.
    ///
    /// # Errors
    /// It is malformed: the gates that were known before stay in force.
    pub fn read(document: &Value) -> Result<Self, BadGates> {
        merge::read(document)
    }

    /// [`Gates::read`] of JSON text.
    ///
    /// # Errors
    /// It is malformed, or no JSON.
    pub fn parse(text: &[u8]) -> Result<Self, BadGates> {
        let object = crate::json::object(text).ok_or_else(|| BadGates::new("document", "a JSON object"))?;
        merge::read(&Value::Object(object))
    }

    /// These gates with `patch` written over them, member by member; `null` removes one. Coaching stays
    /// admitted. The caller sets [`Gates::updated_at`].
    ///
    /// # Errors
    /// An unknown tier, feature or member, or a value of another type; it says which and what was expected.
    pub fn merged(&self, patch: &Value) -> Result<Self, BadGates> {
        merge::merged(self, patch)
    }
}

#[cfg(test)]
mod tests;
