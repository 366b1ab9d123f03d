//! How the secrets of the files differ from those that are loaded: by name, never by value.

use crate::{Composite, Error, stored::Held};
use bus::Bus;
use serde_json::Value;
use std::{collections::BTreeMap, fmt};
use wire::BusId;

/// What a load would do to a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// It is set in the files only.
    Added,
    /// It is set in the loaded document only.
    Removed,
    /// It is set to another value.
    Changed,
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Added => "added",
            Self::Removed => "removed",
            Self::Changed => "changed",
        })
    }
}

/// The secrets that a load of `composite` would change, as `secrets.<scope>.<field>`.
///
/// # Errors
/// system-redis is away or refuses.
pub async fn changed_secrets(bus: &Bus, composite: &Composite) -> Result<BTreeMap<String, Change>, Error> {
    let loaded = Held::read(bus, BusId::System).await?.document;
    Ok(changes(&set(loaded.as_ref()), &set(Some(&composite.on(BusId::System)))))
}

fn changes(old: &BTreeMap<String, String>, new: &BTreeMap<String, String>) -> BTreeMap<String, Change> {
    let removed =
        old.keys().filter(|name| !new.contains_key(*name)).map(|name| (name.clone(), Change::Removed));
    let others = new.iter().filter_map(|(name, value)| match old.get(name) {
        None => Some((name.clone(), Change::Added)),
        Some(before) if before != value => Some((name.clone(), Change::Changed)),
        Some(_same) => None,
    });
    others.chain(removed).collect()
}

/// The secrets that are set, by name. The empty text and `null` mean unset.
fn set(document: Option<&Value>) -> BTreeMap<String, String> {
    let scopes = document.and_then(|document| document.get("secrets")).and_then(Value::as_object);
    scopes
        .into_iter()
        .flatten()
        .flat_map(|(scope, fields)| fields.as_object().into_iter().flatten().map(move |field| (scope, field)))
        .filter_map(|(scope, (field, value))| {
            Some((format!("secrets.{scope}.{field}"), value.as_str()?.to_owned()))
        })
        .filter(|(_, value)| !value.is_empty())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_secret_is_told_by_its_name_and_its_fate() {
        let old = json!({"secrets": {"a": {"same": "1", "other": "1", "gone": "1", "unset": ""}}});
        let new = json!({"secrets": {"a": {"same": "1", "other": "2", "fresh": "1"}}});
        let told: Vec<_> = changes(&set(Some(&old)), &set(Some(&new))).into_iter().collect();
        let expected = [("fresh", Change::Added), ("gone", Change::Removed), ("other", Change::Changed)];
        assert_eq!(told, expected.map(|(field, change)| (format!("secrets.a.{field}"), change)));
    }
}
