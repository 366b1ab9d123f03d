//! The economic calendar: which indicators there are, when they are released, and what they brought.
//!
//! Indicators live in MySQL. The schedule made of them and the results live on market-redis, so that pages and
//! services have them without a database. Each change tells `vexy:econ-indicators:refresh`.

mod keeper;
mod outcome;
mod rule;
mod schedule;
mod seed;
pub(crate) mod store;

pub(crate) use keeper::{Calendar, note, read, start};
use rule::{Cadence, Rule};
pub(crate) use schedule::WINDOWS;

use crate::{
    database,
    form::{Form, Invalid},
    routes,
};
use chrono::{DateTime, NaiveDate, SecondsFormat, Utc};
use http::StatusCode;
use serde::{Serialize, Serializer};
use serde_json::Value;
use std::collections::BTreeSet;
use wire::econ::{Outcome, Tier};

const MAX_ALIASES: usize = 50;
const MAX_FIGURE: usize = 32;

/// One indicator.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub(crate) struct Indicator {
    pub(crate) id: String,
    pub(crate) key: String,
    pub(crate) name: String,
    /// 1 to 10.
    pub(crate) rating: u8,
    /// What the rating means.
    #[cfg_attr(test, ts(type = "Tier"))]
    pub(crate) tier: Tier,
    pub(crate) description: Option<String>,
    /// Whether it is in the schedule.
    pub(crate) is_active: bool,
    pub(crate) release_time_et: Option<String>,
    /// That of the rule; `Manual` without one.
    pub(crate) cadence: Cadence,
    #[serde(rename = "rule_json", serialize_with = "rule_json")]
    #[cfg_attr(test, ts(type = "IndicatorRule | null"))]
    pub(crate) rule: Option<Rule>,
    pub(crate) aliases: Vec<String>,
    #[serde(serialize_with = "iso")]
    #[cfg_attr(test, ts(type = "string"))]
    pub(crate) created_at: DateTime<Utc>,
    #[serde(serialize_with = "iso")]
    #[cfg_attr(test, ts(type = "string"))]
    pub(crate) updated_at: DateTime<Utc>,
}

/// Why the calendar was not changed or read.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error(transparent)]
    Invalid(#[from] Invalid),
    #[error("no such indicator")]
    NotFound,
    #[error("there is an indicator {0} already")]
    Duplicate(String),
    #[error(transparent)]
    Store(#[from] ::store::Error),
    #[error(transparent)]
    Bus(#[from] bus::Error),
}

impl From<Error> for web::Error {
    fn from(error: Error) -> Self {
        match error {
            Error::Invalid(invalid) => invalid.into(),
            Error::NotFound => Self::not_found("There is no such indicator."),
            Error::Duplicate(_) => Self::new(StatusCode::CONFLICT, "conflict", error.to_string()),
            Error::Store(error) => database::failed(error),
            Error::Bus(error) => routes::away(error),
        }
    }
}

/// What is to be changed; `None` stays.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Change {
    name: Option<String>,
    rating: Option<u8>,
    description: Option<Option<String>>,
    is_active: Option<bool>,
    release_time_et: Option<Option<String>>,
    cadence: Option<Cadence>,
    rule: Option<Option<Rule>>,
    aliases: Option<Vec<String>>,
}

impl Indicator {
    /// The new indicator that `body` describes.
    pub(crate) fn create(body: &Value, now: DateTime<Utc>) -> Result<Self, Invalid> {
        let change = Change::parse(body)?;
        let key = body.get("key").and_then(Value::as_str).filter(|key| is_key(key)).map(str::to_owned);
        let missing = |field: &str, expected: &str| Invalid::new(field, expected);
        let blank = Self {
            id: new_id(),
            key: key.ok_or_else(|| missing("key", KEY))?,
            name: change.name.clone().ok_or_else(|| missing("name", "a text of 1 to 255 characters"))?,
            rating: change.rating.ok_or_else(|| missing("rating", "a whole number from 1 to 10"))?,
            tier: Tier::Low,
            description: None,
            is_active: true,
            release_time_et: None,
            cadence: Cadence::Manual,
            rule: None,
            aliases: Vec::new(),
            created_at: now,
            updated_at: now,
        };
        blank.changed(change, now)
    }

    /// The same indicator after `change`.
    pub(crate) fn changed(mut self, change: Change, now: DateTime<Utc>) -> Result<Self, Invalid> {
        self.name = change.name.unwrap_or(self.name);
        self.rating = change.rating.unwrap_or(self.rating);
        self.tier = tier(self.rating);
        self.description = change.description.unwrap_or(self.description);
        self.is_active = change.is_active.unwrap_or(self.is_active);
        self.release_time_et = change.release_time_et.unwrap_or(self.release_time_et);
        self.aliases = change.aliases.unwrap_or(self.aliases);
        self.rule = match (change.rule, change.cadence) {
            (Some(rule), _) => rule,
            (None, Some(Cadence::Manual)) => None,
            (None, Some(Cadence::FirstFriday)) => Some(Rule::FirstFriday),
            (None, _) => self.rule,
        };
        self.cadence = self.rule.as_ref().map_or(Cadence::Manual, Rule::cadence);
        if change.cadence.is_some_and(|cadence| cadence != self.cadence) {
            return Err(Invalid::new("cadence", "the type of rule_json, or manual without one"));
        }
        self.updated_at = now.max(self.created_at);
        Ok(self)
    }
}

/// What a form may hold: what can be set, and what `GET` shows beside it.
const FIELDS: [&str; 13] = [
    "key",
    "name",
    "rating",
    "description",
    "is_active",
    "release_time_et",
    "cadence",
    "rule_json",
    "aliases",
    "id",
    "tier",
    "created_at",
    "updated_at",
];
const KEY: &str = "1 to 64 lower-case letters, digits and _";

impl Change {
    /// Reads what `body` sets.
    pub(crate) fn parse(body: &Value) -> Result<Self, Invalid> {
        let form = Form::of(body, &FIELDS)?;
        let release_time_et = match form.prose("release_time_et", 5)? {
            Some(Some(text)) => {
                let time = rule::time_et(&text);
                Some(Some(time.ok_or_else(|| form.invalid("release_time_et", rule::TIME))?))
            }
            other => other,
        };
        let rule = match form.value("rule_json") {
            None => None,
            Some(Value::Null) => Some(None),
            Some(value) => Some(Some(Rule::parse(value)?)),
        };
        Ok(Self {
            name: form.text("name", 1..=255)?,
            rating: form.whole("rating", 1..=10)?,
            description: form.prose("description", 10_000)?,
            is_active: form.flag("is_active")?,
            release_time_et,
            cadence: form.word("cadence", Cadence::EXPECTED)?,
            rule,
            aliases: aliases(&form)?,
        })
    }

    /// Takes it out of the schedule.
    pub(crate) fn retired() -> Self {
        Self { is_active: Some(false), ..Self::default() }
    }

    /// [`Change::parse`] for an indicator that keeps its `key`.
    pub(crate) fn of(key: &str, body: &Value) -> Result<Self, Invalid> {
        match body.get("key") {
            Some(other) if other != key => Err(Invalid::new("key", "no other one: it is fixed")),
            _ => Self::parse(body),
        }
    }
}

/// What a release brought, as an admin enters it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Release {
    pub(crate) date: NaiveDate,
    pub(crate) key: String,
    #[serde(flatten)]
    pub(crate) outcome: Outcome,
}

impl Release {
    /// Reads `{date, key, actual, expected}`; the figures may be texts or numbers, `expected` may be `null`.
    pub(crate) fn parse(body: &Value) -> Result<Self, Invalid> {
        let form = Form::of(body, &["date", "key", "actual", "expected"])?;
        let text = |name: &str| form.value(name).and_then(Value::as_str);
        let date = text("date").and_then(rule::date);
        let key = text("key").filter(|key| is_key(key)).map(str::to_owned);
        let actual = figure(&form, "actual")?.ok_or_else(|| form.invalid("actual", FIGURE))?;
        let expected = figure(&form, "expected")?;
        let status = outcome::verdict(&actual, expected.as_deref());
        Ok(Self {
            date: date.ok_or_else(|| form.invalid("date", "a day like 2027-03-10"))?,
            key: key.ok_or_else(|| form.invalid("key", KEY))?,
            outcome: Outcome { actual, expected, status },
        })
    }
}

const FIGURE: &str = "a figure like 0.3%, 227K or 52.1";

/// `None` where it is absent, `null` or empty.
fn figure(form: &Form<'_>, name: &str) -> Result<Option<String>, Invalid> {
    match form.value(name) {
        Some(Value::Number(number)) => Ok(Some(number.to_string())),
        Some(Value::String(text)) if text.trim().is_empty() => Ok(None),
        Some(Value::Null) | None => Ok(None),
        Some(_) => form.text(name, 1..=MAX_FIGURE).map_err(|_other| form.invalid(name, FIGURE)),
    }
}

fn aliases(form: &Form<'_>) -> Result<Option<Vec<String>>, Invalid> {
    let refused = || form.invalid("aliases", "up to 50 texts of 1 to 191 characters");
    let Some(value) = form.value("aliases") else { return Ok(None) };
    let listed = value.as_array().filter(|listed| listed.len() <= MAX_ALIASES).ok_or_else(refused)?;
    let mut known = BTreeSet::new();
    let mut aliases = Vec::new();
    for alias in listed {
        let alias = alias.as_str().map(str::trim).ok_or_else(refused)?;
        if !(1..=191).contains(&alias.chars().count()) || alias.chars().any(char::is_control) {
            return Err(refused());
        }
        if known.insert(alias.to_lowercase()) {
            aliases.push(alias.to_owned());
        }
    }
    Ok(Some(aliases))
}

/// What `rating` means.
fn tier(rating: u8) -> Tier {
    match rating {
        9.. => Tier::Critical,
        7..=8 => Tier::High,
        5..=6 => Tier::Medium,
        _ => Tier::Low,
    }
}

fn is_key(text: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
    (1..=64).contains(&text.len()) && text.bytes().all(fits)
}

fn new_id() -> String {
    uuid::Uuid::now_v7().to_string()
}

/// The present, as exact as the database keeps it.
pub(crate) fn now() -> DateTime<Utc> {
    DateTime::from_timestamp_millis(Utc::now().timestamp_millis()).unwrap_or_default()
}

fn iso<S: Serializer>(at: &DateTime<Utc>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&at.to_rfc3339_opts(SecondsFormat::Millis, true))
}

fn rule_json<S: Serializer>(rule: &Option<Rule>, serializer: S) -> Result<S::Ok, S::Error> {
    rule.as_ref().map(Rule::json).serialize(serializer)
}

#[cfg(test)]
#[path = "calendar/form_tests.rs"]
mod tests;
