//! V01–V04, V06, V07, V20–V22: the buses, Truth, the registry and the heartbeats.

use super::{Found, Subject, told};
use crate::{beats, catalog::Catalog};
use bus::{Heard, Topics};
use futures_util::StreamExt;
use std::{collections::BTreeMap, pin::pin, time::Duration};
use tokio::time::{Instant, timeout_at};
use wire::{
    BusId,
    system::{self, Beat},
};

impl Subject<'_> {
    pub(super) async fn ping(&self, id: &str) -> Found {
        let bus = match id {
            "V01" => BusId::System,
            "V02" => BusId::Market,
            "V03" => BusId::Intel,
            _ => BusId::Echo,
        };
        self.desk.bus.ping(bus).await.map(|()| "PONG".into()).map_err(|error| error.to_string())
    }

    pub(super) async fn truth_everywhere(&self) -> Found {
        let mut hash = None;
        for id in [BusId::System, BusId::Market, BusId::Intel, BusId::Echo] {
            let stored = truth::stored(&self.desk.bus, id).await.map_err(|error| error.to_string())?;
            let stored = stored.ok_or_else(|| format!("{id}: no document"))?;
            if id != BusId::System && stored.secrets.is_some() {
                return Err(format!("{id}: holds secrets"));
            }
            let own = stored.hash();
            if *hash.get_or_insert_with(|| own.clone()) != own {
                return Err(format!("{id}: another document than system-redis"));
            }
        }
        Ok(hash.map(|hash| format!("hash {}", hash.chars().take(12).collect::<String>())).unwrap_or_default())
    }

    pub(super) async fn registered(&self) -> Found {
        let catalog = self.catalog().await?;
        let listed = truth::registry::list(&self.desk.bus).await.map_err(|error| error.to_string())?;
        let missing: Vec<_> = catalog
            .beating()
            .map(|(id, ..)| id)
            .filter(|id| !listed.iter().any(|entry| entry.service_id == *id))
            .collect();
        if !missing.is_empty() {
            return Err(format!("not registered: {}", missing.join(", ")));
        }
        let components = truth::service::components(&catalog.stored.document);
        let stray =
            listed.iter().find(|entry| !components.iter().any(|known| known.component == entry.component));
        match stray {
            Some(entry) => {
                Err(format!("{} names component {}, which Truth has not", entry.service_id, entry.component))
            }
            None => Ok(format!("{} services", listed.len())),
        }
    }

    pub(super) async fn beat_keys(&self) -> Found {
        let catalog = self.catalog().await?;
        let pulses = beats::all(&self.desk.bus, &catalog).await.map_err(|error| error.to_string())?;
        let late = pulses
            .values()
            .filter(|pulse| !pulse.alive || pulse.age_sec.is_none_or(|age| age >= pulse.ttl_sec));
        let late: Vec<_> = late.map(|pulse| pulse.svc.as_str()).collect();
        if late.is_empty() {
            Ok(format!("{} alive", pulses.len()))
        } else {
            Err(format!("silent: {}", late.join(", ")))
        }
    }

    pub(super) async fn listeners(&self) -> Found {
        let mut channels = self.catalog().await?.watched();
        channels.push(system::heartbeat_name("healer"));
        let heard =
            self.desk.bus.subscribers(BusId::System, &channels).await.map_err(|error| error.to_string())?;
        let deaf: Vec<_> = channels
            .iter()
            .filter(|channel| heard.get(*channel).copied().unwrap_or_default() == 0)
            .map(String::as_str)
            .collect();
        if deaf.is_empty() {
            return Ok(format!("{} channels", channels.len()));
        }
        Err(format!("nobody listens to {}", deaf.join(", ")))
    }

    /// Hears one beat of everyone within two of its intervals, and compares it with the registry's instant.
    pub(super) async fn beats_heard(&self) -> Found {
        let catalog = self.catalog().await?;
        let mut silent: BTreeMap<String, String> =
            catalog.beating().map(|(id, _, beats)| (beats.channel.clone(), id.to_owned())).collect();
        let longest = catalog.beating().map(|(_, _, beats)| beats.interval_sec).fold(0.0, f64::max);
        let (all, mut wrong) = (silent.len(), Vec::new());
        let topics = Topics { channels: silent.keys().cloned().collect(), ..Topics::default() };
        let until = Instant::now() + Duration::from_secs_f64(2.0 * longest);
        let mut heard = pin!(self.desk.bus.listen(BusId::System, topics));
        while !silent.is_empty() {
            let Ok(Some(heard)) = timeout_at(until, heard.next()).await else { break };
            let Heard::Message { channel, payload } = heard else { continue };
            let Some(id) = silent.remove(&channel) else { continue };
            wrong.extend(self.disagreement(&id, &payload).await?);
        }
        if !silent.is_empty() {
            let names: Vec<_> = silent.into_values().collect();
            return Err(format!("no beat of {} within {} s", names.join(", "), 2.0 * longest));
        }
        if wrong.is_empty() { Ok(format!("{all} heard")) } else { Err(wrong.join(", ")) }
    }

    async fn disagreement(&self, id: &str, payload: &[u8]) -> Result<Option<String>, String> {
        let Ok(beat) = serde_json::from_slice::<Beat>(payload) else {
            return Ok(Some(format!("{id}: unreadable beat")));
        };
        let last = self.desk.bus.get(&system::last_beat(id)).await.map_err(|error| error.to_string())?;
        let agrees = last.is_some_and(|last| last.since(beat.ts).abs() <= 1.0);
        Ok((!agrees).then(|| format!("{id}: the registry has another instant")))
    }

    pub(super) async fn catalog(&self) -> Result<Catalog, String> {
        told(self.desk.catalog().await)
    }
}
