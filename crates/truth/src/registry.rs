//! Who is a service, and where its configuration is: `svc:*` on system-redis.

use crate::{Composite, service::Service};
use bus::{Bus, Error};
use serde::Serialize;
use std::collections::BTreeSet;
use wire::{
    BusId, EpochSec,
    system::{SERVICES, ServiceConfig, health, last_beat, service_config, service_env},
};

/// What [`register_all`] found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Registered {
    /// Services that were not registered before.
    pub added: Vec<String>,
    /// Registered ids that Truth does not know. They stay.
    pub unknown: Vec<String>,
}

/// A registered service.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Entry {
    /// Service id.
    pub service_id: String,
    /// Component id in Truth.
    pub component: String,
    /// Scope below `secrets`.
    pub secret_scope: String,
    /// When it was last heard; `None`: never.
    pub last_beat: Option<EpochSec>,
}

/// Registers every service that has a heartbeat. A mapping that an operator made before is kept.
///
/// # Errors
/// system-redis is away or refuses; nothing was registered then.
pub async fn register_all(bus: &Bus, composite: &Composite) -> Result<Registered, Error> {
    let before: BTreeSet<String> = bus.members(&SERVICES).await?.into_iter().collect();
    let services = composite.services();
    let beating: Vec<(&String, &Service)> =
        services.iter().filter(|(_, service)| service.heartbeat.is_some()).collect();
    let mut batch = bus.batch(BusId::System).atomic();
    for (id, service) in &beating {
        let record = service_config(id);
        batch.insert(&SERVICES, id).update_new(&record, "component", &service.component).update_new(
            &record,
            "secret_scope",
            &service.secret_scope,
        );
    }
    batch.run().await?;
    let added = beating.into_iter().map(|(id, _)| id.clone()).filter(|id| !before.contains(id)).collect();
    let unknown = before.into_iter().filter(|id| !services.contains_key(id)).collect();
    Ok(Registered { added, unknown })
}

/// Services with a heartbeat that are not registered.
///
/// # Errors
/// system-redis is away or refuses.
pub async fn missing(bus: &Bus, composite: &Composite) -> Result<Vec<String>, Error> {
    let registered = bus.members(&SERVICES).await?;
    let beating = composite.services().into_iter().filter(|(_, service)| service.heartbeat.is_some());
    Ok(beating.map(|(id, _)| id).filter(|id| !registered.contains(id)).collect())
}

/// Registers `service_id`, or changes its mapping.
///
/// # Errors
/// system-redis is away or refuses.
pub async fn register(bus: &Bus, service_id: &str, config: &ServiceConfig) -> Result<(), Error> {
    let mut batch = bus.batch(BusId::System).atomic();
    batch.insert(&SERVICES, service_id).update(&service_config(service_id), config)?;
    batch.run().await.map(|_replies| ())
}

/// Forgets `service_id`: its mapping, last beat, overrides and health. False when it was not registered.
///
/// # Errors
/// system-redis is away or refuses.
pub async fn unregister(bus: &Bus, service_id: &str) -> Result<bool, Error> {
    let mut batch = bus.batch(BusId::System).atomic();
    batch
        .withdraw(&SERVICES, service_id)
        .forget(&service_config(service_id))
        .remove(&last_beat(service_id))
        .forget(&service_env(service_id))
        .remove(&health(service_id));
    let replies = batch.run().await?;
    Ok(replies.first().is_some_and(|withdrawn| withdrawn.as_deref() == Some("1")))
}

/// Every registered service, by id.
///
/// # Errors
/// system-redis is away or refuses.
pub async fn list(bus: &Bus) -> Result<Vec<Entry>, Error> {
    let ids: BTreeSet<String> = bus.members(&SERVICES).await?.into_iter().collect();
    let mut entries = Vec::with_capacity(ids.len());
    for service_id in ids {
        let ServiceConfig { component, secret_scope } = mapping(bus, &service_id).await?;
        let last_beat = bus.get(&last_beat(&service_id)).await?;
        entries.push(Entry { service_id, component, secret_scope, last_beat });
    }
    Ok(entries)
}

/// Where `service_id` finds its configuration; what is not stored is named like the service.
///
/// # Errors
/// system-redis is away or refuses.
pub async fn mapping(bus: &Bus, service_id: &str) -> Result<ServiceConfig, Error> {
    let mut fields = bus.fields(&service_config(service_id)).await?;
    let component = fields.remove("component").unwrap_or_else(|| service_id.to_owned());
    let secret_scope = fields.remove("secret_scope").unwrap_or_else(|| component.clone());
    Ok(ServiceConfig { component, secret_scope })
}
