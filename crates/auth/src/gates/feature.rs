//! What can be gated, and what a gate says.

use serde::{Deserialize, Serialize};

/// Type of a feature's values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// Open or closed.
    Boolean,
    /// A whole number that may not be exceeded; −1 is no limit.
    Number,
}

/// A feature that gates know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Known {
    /// How documents name it.
    pub key: &'static str,
    /// Type of its values.
    pub kind: Kind,
    /// For people.
    pub label: &'static str,
}

/// Every feature, in the order people see them.
pub const FEATURES: [Known; 14] = [
    boolean("journal_access", "Journal"),
    boolean("playbook_access", "Playbook"),
    boolean("edge_lab_access", "Edge lab"),
    boolean("import_access", "Imports"),
    boolean("leaderboard_access", "Leaderboard"),
    boolean("heatmap_access", "Heatmap"),
    boolean("dg_analysis_access", "Dealer gravity analysis"),
    boolean("routine_briefing_access", "Routine briefing"),
    number("vexy_chat_rate", "Vexy chats per hour"),
    number("vexy_interaction_rate", "Vexy interactions per hour"),
    number("position_max_concurrent", "Open positions"),
    number("alert_max_active", "Active alerts"),
    number("trade_log_max_active", "Active trade logs"),
    number("risk_graph_max_strategies", "Risk graph strategies"),
];

const fn boolean(key: &'static str, label: &'static str) -> Known {
    Known { key, kind: Kind::Boolean, label }
}

const fn number(key: &'static str, label: &'static str) -> Known {
    Known { key, kind: Kind::Number, label }
}

/// A value that a document holds for a feature.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(untagged)]
pub enum Setting {
    /// Open or closed.
    Boolean(bool),
    /// At least −1, which is no limit.
    Number(i64),
}

/// What a gate says to somebody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Feature {
    /// Free to use.
    Open,
    /// Not part of the tier.
    Closed,
    /// Up to so many.
    Limit(u64),
}

impl Setting {
    pub(super) fn kind(self) -> Kind {
        match self {
            Self::Boolean(_) => Kind::Boolean,
            Self::Number(_) => Kind::Number,
        }
    }

    pub(super) fn feature(self) -> Feature {
        match self {
            Self::Boolean(true) => Feature::Open,
            Self::Boolean(false) => Feature::Closed,
            Self::Number(limit) => u64::try_from(limit).map_or(Feature::Open, Feature::Limit),
        }
    }
}

impl Feature {
    /// Whether it may be used at all.
    pub fn is_open(self) -> bool {
        !matches!(self, Self::Closed | Self::Limit(0))
    }

    /// How many are allowed. `None`: any number.
    pub fn limit(self) -> Option<u64> {
        match self {
            Self::Open => None,
            Self::Closed => Some(0),
            Self::Limit(limit) => Some(limit),
        }
    }
}
