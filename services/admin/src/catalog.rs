//! The loaded Truth as an operator reads it.

use std::collections::BTreeMap;
use truth::service::{Beats, Service};
use wire::{BusId, Channel, system::Alert};

/// The public document with its services.
#[derive(Debug)]
pub(crate) struct Catalog {
    pub(crate) stored: truth::Stored,
    /// By service id.
    pub(crate) services: BTreeMap<String, Service>,
}

impl Catalog {
    pub(crate) fn new(stored: truth::Stored) -> Self {
        let services = truth::service::all(&stored.document);
        Self { stored, services }
    }

    /// Services that beat.
    pub(crate) fn beating(&self) -> impl Iterator<Item = (&str, &Service, &Beats)> {
        self.services
            .iter()
            .filter_map(|(id, service)| Some((id.as_str(), service, service.heartbeat.as_ref()?)))
    }

    /// Path of the public health endpoint of `service`; `None` when it has none.
    pub(crate) fn health_path(&self, service: &Service) -> Option<&str> {
        let pointer = format!("/components/{}/service/health_path", service.component);
        self.stored.document.pointer(&pointer)?.as_str()
    }

    /// Channels on system-redis that healer watches.
    pub(crate) fn watched(&self) -> Vec<String> {
        let Some(healer) = self.services.get("healer") else { return Vec::new() };
        let on_system =
            healer.access_points.subscribe_to.iter().filter(|entry| entry.bus == BusId::System.name());
        on_system.map(|entry| entry.key.clone()).collect()
    }

    /// Where alerts are published: healer's entry that ends in `:alerts`, else the contract's channel.
    pub(crate) fn alerts(&self) -> Channel<Alert> {
        let declared = self.services.get("healer").and_then(|healer| {
            healer.access_points.publish_to.iter().find(|entry| entry.key.ends_with(":alerts"))
        });
        declared.map_or(wire::system::ALERTS, |entry| Channel::of(BusId::System, entry.key.clone()))
    }
}
