//! Documents become gates: whole ones from the store, parts of one from a request.

use super::{Default, FEATURES, Gates, Kind, Known, Mode, Setting};
use crate::tier::Tier;
use serde_json::{Map, Value};

/// Tiers whose admission can be switched; coaching is in documents, but always on.
const SWITCHED: [Tier; 4] = [Tier::Observer, Tier::Activator, Tier::Navigator, Tier::Coaching];
/// Tiers that features can be withheld from.
const GATED: [Tier; 3] = [Tier::Observer, Tier::Activator, Tier::Navigator];
/// Largest number that every JSON reader keeps exactly.
const MAX_WHOLE: f64 = 9_007_199_254_740_991.0;
const MAX_LABEL_CHARS: usize = 100;

const WHOLE: &str = "a whole number, -1 for no limit";
const SETTING: &str = "true, false, or a whole number from -1";

/// A document of gates that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field}: expected {expected}")]
pub struct BadGates {
    /// Where, as a path: `tiers.observer.alert_max_active`.
    pub field: String,
    /// What belongs there.
    pub expected: &'static str,
}

/// Where a document comes from.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Source {
    /// What strangers wrote there is kept, if it is well-formed: a later version may know it.
    Store,
    /// Only what is known is accepted.
    Request,
}

impl BadGates {
    pub(super) fn new(field: impl Into<String>, expected: &'static str) -> Self {
        Self { field: field.into(), expected }
    }
}

pub(super) fn read(document: &Value) -> Result<Gates, BadGates> {
    // A document that does not tell its mode gates its features.
    let mut gates = Gates { mode: Mode::TierGated, ..Gates::default() };
    apply(&mut gates, document, Source::Store)?;
    Ok(gates)
}

pub(super) fn merged(gates: &Gates, patch: &Value) -> Result<Gates, BadGates> {
    let mut gates = gates.clone();
    apply(&mut gates, patch, Source::Request)?;
    gates.allowed_tiers.insert(Tier::Coaching, true);
    for tier in GATED {
        gates.tiers.entry(tier).or_default();
    }
    Ok(gates)
}

fn apply(gates: &mut Gates, document: &Value, source: Source) -> Result<(), BadGates> {
    for (name, value) in object("document", document)? {
        match name.as_str() {
            "mode" => gates.mode = mode(value)?,
            "updated_at" if source == Source::Request => {}
            "updated_at" => gates.updated_at = value.as_str().map(str::to_owned),
            "allowed_tiers" => apply_admission(gates, value, source)?,
            "defaults" => apply_defaults(gates, value, source)?,
            "tiers" => apply_tiers(gates, value, source)?,
            _ if source == Source::Store => {
                gates.others.insert(name.clone(), value.clone());
            }
            _ => return Err(BadGates::new(name, "mode, allowed_tiers, defaults or tiers")),
        }
    }
    Ok(())
}

fn mode(value: &Value) -> Result<Mode, BadGates> {
    match value.as_str() {
        Some("full_production") => Ok(Mode::FullProduction),
        Some("tier_gated") => Ok(Mode::TierGated),
        _ => Err(BadGates::new("mode", "full_production or tier_gated")),
    }
}

fn apply_admission(gates: &mut Gates, value: &Value, source: Source) -> Result<(), BadGates> {
    // Whatever a stored document says of administrators, they are admitted: it is no reason to refuse the document.
    let known: &[Tier] = if source == Source::Store { &Tier::ALL } else { &SWITCHED };
    for (name, value) in object("allowed_tiers", value)? {
        let field = || format!("allowed_tiers.{name}");
        let expected = "observer, activator, navigator or coaching";
        let tier = tier(name, known).ok_or_else(|| BadGates::new(field(), expected))?;
        match value {
            Value::Null => gates.allowed_tiers.remove(&tier),
            Value::Bool(is_allowed) => gates.allowed_tiers.insert(tier, *is_allowed),
            _ => return Err(BadGates::new(field(), "true or false")),
        };
    }
    Ok(())
}

fn apply_defaults(gates: &mut Gates, value: &Value, source: Source) -> Result<(), BadGates> {
    for (key, value) in object("defaults", value)? {
        let field = format!("defaults.{key}");
        let known = known(&field, key, source)?;
        if value.is_null() {
            gates.defaults.remove(key);
            continue;
        }
        let form = object(&field, value)?;
        let before = gates.defaults.get(key);
        let label = match form.get("label") {
            None => before.map(|before| before.label.clone()),
            Some(Value::String(label)) if label.chars().count() <= MAX_LABEL_CHARS => Some(label.clone()),
            Some(_) => return Err(BadGates::new(format!("{field}.label"), "text of at most 100 characters")),
        };
        let label =
            label.or_else(|| known.map(|known| known.label.to_owned())).unwrap_or_else(|| key.clone());
        let value = match (form.get("value"), before) {
            (Some(value), _) => setting(&format!("{field}.value"), value, known)?,
            (None, Some(before)) => before.value,
            (None, None) => return Err(BadGates::new(format!("{field}.value"), SETTING)),
        };
        let kind = value.kind();
        if form.get("type").is_some_and(|named| serde_json::to_value(kind).ok().as_ref() != Some(named)) {
            return Err(BadGates::new(format!("{field}.type"), name(kind)));
        }
        gates.defaults.insert(key.clone(), Default { kind, label, value });
    }
    Ok(())
}

fn apply_tiers(gates: &mut Gates, value: &Value, source: Source) -> Result<(), BadGates> {
    for (name, value) in object("tiers", value)? {
        let field = format!("tiers.{name}");
        let expected = "observer, activator or navigator; nothing is withheld from the others";
        let tier = tier(name, &GATED).ok_or_else(|| BadGates::new(&field, expected))?;
        if value.is_null() {
            gates.tiers.remove(&tier);
            continue;
        }
        let settings = gates.tiers.entry(tier).or_default();
        for (key, value) in object(&field, value)? {
            let field = format!("{field}.{key}");
            let known = known(&field, key, source)?;
            if value.is_null() {
                settings.remove(key);
            } else {
                settings.insert(key.clone(), setting(&field, value, known)?);
            }
        }
    }
    Ok(())
}

fn object<'a>(field: &str, value: &'a Value) -> Result<&'a Map<String, Value>, BadGates> {
    value.as_object().ok_or_else(|| BadGates::new(field, "a JSON object"))
}

fn tier(name: &str, among: &[Tier]) -> Option<Tier> {
    name.parse().ok().filter(|tier| among.contains(tier))
}

fn known(field: &str, key: &str, source: Source) -> Result<Option<Known>, BadGates> {
    let known = FEATURES.into_iter().find(|known| known.key == key);
    if known.is_none() && source == Source::Request {
        return Err(BadGates::new(field, "a known feature"));
    }
    Ok(known)
}

fn setting(field: &str, value: &Value, known: Option<Known>) -> Result<Setting, BadGates> {
    let setting = match value {
        Value::Bool(is_open) => Some(Setting::Boolean(*is_open)),
        Value::Number(number) => number.as_f64().and_then(whole).map(Setting::Number),
        _ => None,
    };
    let kind = known.map(|known| known.kind);
    let fits = |setting: &Setting| kind.is_none_or(|kind| kind == setting.kind());
    setting.filter(fits).ok_or_else(|| BadGates::new(field, kind.map_or(SETTING, name_of_values)))
}

fn whole(number: f64) -> Option<i64> {
    (number.fract() == 0.0 && (-1.0..=MAX_WHOLE).contains(&number)).then_some(number as i64)
}

fn name(kind: Kind) -> &'static str {
    match kind {
        Kind::Boolean => "boolean, the type of its value",
        Kind::Number => "number, the type of its value",
    }
}

fn name_of_values(kind: Kind) -> &'static str {
    match kind {
        Kind::Boolean => "true or false",
        Kind::Number => WHOLE,
    }
}
