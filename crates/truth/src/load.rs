//! The one way a document gets onto the buses: locked, whole on each bus, system-redis last, read back.

use crate::{
    Composite, Error, canonical,
    stored::{Held, public_of},
};
use bus::Bus;
use serde::Serialize;
use serde_json::{Value, json};
use std::{
    collections::{BTreeMap, HashMap},
    fmt,
    time::{Duration, SystemTime},
};
use tracing::{debug, warn};
use wire::{
    BusId, EpochSec, Key,
    system::{
        TRUTH_HISTORY, TRUTH_LOCK, TRUTH_REV, TRUTH_UPDATED, TruthUpdated, truth_doc, truth_hash, truth_ts,
        truth_version,
    },
};

const HISTORY: usize = 10;

/// How to load.
#[derive(Debug, Clone)]
pub struct Load {
    /// Who loads: `bootstrap`, `admin-cli`.
    pub by: String,
    /// Load in full even when every bus holds this document already.
    pub force: bool,
    /// One more name for the public document on system-redis.
    pub alias: Option<String>,
    /// How long to wait for another load to end.
    pub wait: Duration,
}

impl Default for Load {
    fn default() -> Self {
        Self { by: "unknown".into(), force: false, alias: None, wait: Duration::from_secs(30) }
    }
}

/// What became of a bus in a load.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// It holds the document.
    Written,
    /// It refused, or did not answer.
    Failed,
    /// Nothing was tried.
    Untouched,
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Written => "written",
            Self::Failed => "failed",
            Self::Untouched => "untouched",
        })
    }
}

/// A finished load.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Loaded {
    /// `version` of the node file.
    pub version: String,
    /// Revision after the load.
    pub rev: u64,
    /// Hash of the public document.
    pub hash: String,
    /// When, whole seconds.
    pub ts: EpochSec,
    /// Parts that differ from before: `components.vigil`, `secrets.massive`. Names only.
    pub changed: Vec<String>,
    /// True when every bus held this document already, and only the time was written.
    pub unchanged: bool,
    /// What became of each bus.
    pub buses: BTreeMap<BusId, Outcome>,
}

/// The same bus with the document under `key` (`TRUTH_REDIS_KEY`).
#[must_use]
pub fn keyed(bus: Bus, key: &str) -> Bus {
    let alias = |id| ((id, truth_doc(id).name.into_owned()), key.to_owned());
    bus.renaming(BusId::ALL.into_iter().map(alias).collect::<HashMap<_, _>>())
}

/// Loads `composite` on every bus that `bus` knows; system-redis must be one of them.
///
/// # Errors
/// [`Error::Locked`] when another load does not end in time, [`Error::Incomplete`] when a bus fails,
/// [`Error::Unverified`] when a bus then holds something else.
pub async fn load(bus: &Bus, composite: &Composite, how: Load) -> Result<Loaded, Error> {
    let lock = match bus.lock(&TRUTH_LOCK, how.wait).await {
        Ok(lock) => lock.ok_or(Error::Locked)?,
        Err(source) => return Err(incomplete(bus, BusId::System, false, source)),
    };
    let loaded = load_locked(bus, composite, &how).await;
    if let Err(error) = lock.release().await {
        warn!(%error, "truth:lock not released, it expires by itself");
    }
    loaded
}

async fn load_locked(bus: &Bus, composite: &Composite, how: &Load) -> Result<Loaded, Error> {
    let mut held = BTreeMap::new();
    for id in load_order(bus) {
        let read = Held::read(bus, id).await.map_err(|source| incomplete(bus, id, false, source))?;
        held.insert(id, read);
    }
    let system = held.get(&BusId::System);
    let alias = alias(how);
    let alias_missing = match &alias {
        Some(key) => !bus.exists(BusId::System, &key.name).await?,
        None => false,
    };
    let is_same = held.iter().all(|(&id, held)| held.holds(composite, id)) && !alias_missing;
    let rev = system.and_then(|held| held.rev).unwrap_or_default();
    let ts = EpochSec::from(SystemTime::now()).whole();
    let before = system.and_then(|held| held.document.as_ref());
    let mut load = Writing {
        composite,
        alias,
        update: TruthUpdated {
            rev: rev + 1,
            version: composite.version.clone(),
            hash: composite.hash.clone(),
            ts,
            by: how.by.clone(),
            changed: changed(before, &composite.on(BusId::System)),
        },
    };
    if is_same && !how.force {
        load.update.rev = rev;
    }
    for id in load_order(bus) {
        let written =
            if is_same && !how.force { load.touch(bus, id).await } else { load.write(bus, id).await };
        written.map_err(|source| incomplete(bus, id, true, source))?;
    }
    if let Err(Error::Unverified { bus: id, .. }) = verify(bus, composite).await
        && id != BusId::System
    {
        // A repair that began just before this load may have put the old document back on one bus.
        load.write(bus, id).await.map_err(|source| incomplete(bus, id, true, source))?;
    }
    verify(bus, composite).await?;
    let TruthUpdated { rev, version, hash, ts, changed, .. } = load.update;
    let buses = bus.ids().into_iter().map(|id| (id, Outcome::Written)).collect();
    Ok(Loaded { version, rev, hash, ts, changed, unchanged: is_same && !how.force, buses })
}

/// Reads back what every bus holds.
///
/// # Errors
/// [`Error::Unverified`] names the first bus that holds something else than `composite`.
pub async fn verify(bus: &Bus, composite: &Composite) -> Result<(), Error> {
    for id in load_order(bus) {
        let Some(document) = Held::read(bus, id).await?.document else {
            return Err(Error::Unverified { bus: id, found: "no document" });
        };
        if id != BusId::System && document.get("secrets").is_some() {
            return Err(Error::Unverified { bus: id, found: "secrets where none may be" });
        }
        if canonical::hash(&public_of(document)) != composite.hash {
            return Err(Error::Unverified { bus: id, found: "another document" });
        }
    }
    Ok(())
}

/// Copies the public document of system-redis to each other bus that lost it or holds another one; the buses that
/// were repaired. Never writes system-redis, does nothing during a load, and leaves out a bus that is away.
///
/// # Errors
/// system-redis cannot be read.
pub async fn repair(bus: &Bus) -> Result<Vec<BusId>, Error> {
    if bus.exists(BusId::System, &TRUTH_LOCK.name).await? {
        return Ok(Vec::new());
    }
    let Held { document: Some(document), version, ts, .. } = Held::read(bus, BusId::System).await? else {
        return Ok(Vec::new());
    };
    let public = public_of(document);
    let hash = canonical::hash(&public);
    let mut repaired = Vec::new();
    for id in load_order(bus).into_iter().filter(|id| *id != BusId::System) {
        match repair_one(bus, id, &public, &hash, (version.as_deref(), ts.as_deref())).await {
            Ok(true) => repaired.push(id),
            Ok(false) => {}
            Err(error) => debug!(%error, "truth not compared"),
        }
    }
    Ok(repaired)
}

async fn repair_one(
    bus: &Bus,
    id: BusId,
    public: &Value,
    hash: &str,
    (version, ts): (Option<&str>, Option<&str>),
) -> Result<bool, bus::Error> {
    let held = Held::read(bus, id).await?;
    let is_whole = held.document.is_some_and(|document| canonical::hash(&document) == hash)
        && held.hash.as_deref() == Some(hash)
        && held.version.as_deref() == version
        && held.ts.is_some();
    if is_whole {
        return Ok(false);
    }
    let mut batch = bus.batch(id).atomic();
    batch.set_text(&truth_doc(id), &canonical::text(public)).set_text(&truth_hash(id), hash);
    if let Some(version) = version {
        batch.set_text(&truth_version(id), version);
    }
    if let Some(ts) = ts {
        batch.set_text(&truth_ts(id), ts);
    }
    batch.run().await?;
    Ok(true)
}

struct Writing<'a> {
    composite: &'a Composite,
    alias: Option<Key<Value>>,
    update: TruthUpdated,
}

impl Writing<'_> {
    async fn write(&self, bus: &Bus, id: BusId) -> Result<(), bus::Error> {
        let TruthUpdated { rev, version, hash, ts, by, .. } = &self.update;
        let mut batch = bus.batch(id).atomic();
        batch
            .set_text(&truth_doc(id), &canonical::text(&self.composite.on(id)))
            .set_text(&truth_version(id), version)
            .set(&truth_ts(id), ts)?
            .set_text(&truth_hash(id), hash);
        if id == BusId::System {
            if let Some(alias) = &self.alias {
                batch.set_text(alias, &canonical::text(self.composite.public()));
            }
            let entry = json!({"rev": rev, "hash": hash, "ts": ts, "by": by, "doc": self.composite.public()});
            batch.increment(&TRUTH_REV).push(&TRUTH_HISTORY, &entry, HISTORY)?;
            batch.publish(&TRUTH_UPDATED, &self.update)?;
        }
        batch.run().await.map(|_replies| ())
    }

    async fn touch(&self, bus: &Bus, id: BusId) -> Result<(), bus::Error> {
        bus.set(&truth_ts(id), &self.update.ts).await
    }
}

fn alias(how: &Load) -> Option<Key<Value>> {
    how.alias.clone().map(|name| Key::of(BusId::System, name))
}

/// The buses of `bus` in the order in which they are written: system-redis last.
fn load_order(bus: &Bus) -> Vec<BusId> {
    let known = bus.ids();
    BusId::ALL.into_iter().filter(|id| *id == BusId::System || known.contains(id)).collect()
}

fn incomplete(bus: &Bus, failed: BusId, has_written: bool, source: bus::Error) -> Error {
    let order = load_order(bus);
    let place = |id: &BusId| order.iter().position(|other| other == id);
    let outcome = |id: &BusId| match place(id).cmp(&place(&failed)) {
        std::cmp::Ordering::Less if has_written => Outcome::Written,
        std::cmp::Ordering::Equal => Outcome::Failed,
        _ => Outcome::Untouched,
    };
    Error::Incomplete { buses: order.iter().map(|id| (*id, outcome(id))).collect(), source }
}

/// Names of the parts that differ: members of the sections, and whole other members. Derived parts are left out.
fn changed(before: Option<&Value>, after: &Value) -> Vec<String> {
    const SECTIONS: [&str; 4] = ["buses", "components", "heartbeats", "secrets"];
    let nothing = Value::Null;
    let before = before.unwrap_or(&nothing);
    let mut changed = Vec::new();
    for name in members(before, after) {
        let (old, new) = (before.get(&name), after.get(&name));
        if name == "services" || old == new {
            continue;
        }
        if SECTIONS.contains(&name.as_str()) {
            let (old, new) = (old.unwrap_or(&nothing), new.unwrap_or(&nothing));
            let differs = |member: &String| old.get(member) != new.get(member);
            changed.extend(
                members(old, new).into_iter().filter(differs).map(|member| format!("{name}.{member}")),
            );
        } else {
            changed.push(name);
        }
    }
    changed
}

fn members(a: &Value, b: &Value) -> std::collections::BTreeSet<String> {
    [a, b].into_iter().filter_map(Value::as_object).flat_map(serde_json::Map::keys).cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_changed_is_told_by_name_only() {
        let before =
            json!({"version": "1", "components": {"a": 1, "b": 1}, "services": {"a": 1}, "secrets": {}});
        let after =
            json!({"version": "2", "components": {"a": 2, "c": 1}, "secrets": {"a": {"key": "value"}}});
        let named = ["components.a", "components.b", "components.c", "secrets.a", "version"];
        assert_eq!(changed(Some(&before), &after), named);
        assert_eq!(changed(None, &json!({"node": {}, "secrets": {"a": {}}})), ["node", "secrets.a"]);
    }
}
