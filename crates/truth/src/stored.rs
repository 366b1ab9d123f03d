//! What a bus holds.

use crate::{Composite, Error, canonical};
use bus::Bus;
use serde_json::Value;
use std::collections::BTreeMap;
use wire::{
    BusId,
    system::{TRUTH_REV, truth_doc, truth_hash, truth_ts, truth_version},
};

/// A loaded document without its secrets, and which secrets are set.
#[derive(Debug, Clone, PartialEq)]
pub struct Stored {
    /// The public document.
    pub document: Value,
    /// By scope and field, whether a value is set; `None` when the document has no member `secrets`.
    pub secrets: Option<BTreeMap<String, BTreeMap<String, bool>>>,
}

impl Stored {
    /// Hash of the public document.
    pub fn hash(&self) -> String {
        canonical::hash(&self.document)
    }
}

/// The document that bus `id` holds; `None` when there is none.
///
/// # Errors
/// The bus is away, or what it holds is not JSON.
pub async fn stored(bus: &Bus, id: BusId) -> Result<Option<Stored>, Error> {
    let Some(mut document) = bus.get(&truth_doc(id)).await? else { return Ok(None) };
    let secrets = document.as_object_mut().and_then(|members| members.remove("secrets"));
    Ok(Some(Stored { document, secrets: secrets.as_ref().map(names) }))
}

fn names(secrets: &Value) -> BTreeMap<String, BTreeMap<String, bool>> {
    let is_set = |value: &Value| value.as_str().is_some_and(|text| !text.is_empty());
    let scopes = secrets.as_object().into_iter().flatten();
    scopes
        .map(|(scope, fields)| {
            let fields = fields.as_object().into_iter().flatten();
            (scope.clone(), fields.map(|(field, value)| (field.clone(), is_set(value))).collect())
        })
        .collect()
}

/// The five keys as they are on one bus. A document that is not JSON counts as absent.
pub(crate) struct Held {
    /// With secrets, where there are some.
    pub(crate) document: Option<Value>,
    pub(crate) version: Option<String>,
    pub(crate) hash: Option<String>,
    pub(crate) ts: Option<String>,
    pub(crate) rev: Option<u64>,
}

impl Held {
    pub(crate) async fn read(bus: &Bus, id: BusId) -> Result<Self, bus::Error> {
        let mut batch = bus.batch(id);
        batch.text(&truth_doc(id)).text(&truth_version(id)).text(&truth_hash(id)).text(&truth_ts(id));
        if id == BusId::System {
            batch.text(&TRUTH_REV);
        }
        let mut replies = batch.run().await?.into_iter();
        let mut next = || replies.next().flatten();
        Ok(Self {
            document: next().and_then(|text| serde_json::from_str(&text).ok()),
            version: next(),
            hash: next(),
            ts: next(),
            rev: next().and_then(|rev| rev.parse().ok()),
        })
    }

    /// True when every key of bus `id` is there and says what `composite` says.
    pub(crate) fn holds(&self, composite: &Composite, id: BusId) -> bool {
        let same_text = |document: &Value| canonical::text(document) == canonical::text(&composite.on(id));
        self.document.as_ref().is_some_and(same_text)
            && self.version.as_deref() == Some(&composite.version)
            && self.hash.as_deref() == Some(&composite.hash)
            && self.ts.is_some()
            && (id != BusId::System || self.rev.is_some())
    }
}

/// `document` without secrets.
pub(crate) fn public_of(mut document: Value) -> Value {
    if let Some(members) = document.as_object_mut() {
        members.remove("secrets");
    }
    document
}
