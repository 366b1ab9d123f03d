//! From nothing to settings: the bus, the mapping, the document.

use crate::Env;
use anyhow::Context as _;
use bus::{Backoff, Bus};
use std::{sync::Arc, time::Duration};
use tokio::time::{Instant, sleep};
use tracing::{info, warn};
use truth::settings::{Fault, Identity, Settings};
use wire::{
    BusId, Key,
    system::{TRUTH_REV, service_config, service_env},
};

/// Why a service has no settings.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error(transparent)]
    Unusable(#[from] Fault),
    #[error("truth:doc: expected within {0} s, is absent or without component {1}; run ./admin load-truth")]
    Absent(u64, String),
    #[error("{0:#}")]
    Failed(anyhow::Error),
}

/// Reads Truth for services.
pub(crate) struct Boot {
    pub(crate) service: String,
    pub(crate) env: Env,
    pub(crate) system: Bus,
}

impl Boot {
    pub(crate) fn new(service: String, env: Env) -> Result<Self, Error> {
        let system =
            Bus::open([(BusId::System, env.truth_url())]).map_err(|error| Error::Failed(error.into()))?;
        Ok(Self { service, env, system })
    }

    /// Waits for ever while system-redis is away.
    pub(crate) async fn bus(&self) {
        let mut backoff = Backoff::default();
        let mut told = false;
        while let Err(error) = self.system.ping(BusId::System).await {
            if !std::mem::replace(&mut told, true) {
                warn!(%error, "waiting for system-redis");
            }
            backoff.wait().await;
        }
    }

    /// Polls until the document holds this service's component, for `TRUTH_WAIT_SEC`. Time during which
    /// system-redis is away does not count.
    pub(crate) async fn settings(&self) -> Result<Arc<Settings>, Error> {
        let wait: u64 = self.env.parse("TRUTH_WAIT_SEC", 60).map_err(Error::Failed)?;
        let mut until = Instant::now() + Duration::from_secs(wait);
        let mut told = false;
        loop {
            match self.try_settings().await {
                Ok(Some(settings)) => return Ok(Arc::new(settings)),
                Ok(None) if Instant::now() >= until => return Err(Error::Absent(wait, self.service.clone())),
                Ok(None) => {}
                Err(Error::Failed(error)) => {
                    warn!(error = format!("{error:#}"), "truth not read");
                    self.bus().await;
                    until = Instant::now() + Duration::from_secs(wait);
                }
                Err(error) => return Err(error),
            }
            if !std::mem::replace(&mut told, true) {
                info!("waiting for truth:doc");
            }
            sleep(Duration::from_secs(1)).await;
        }
    }

    /// One attempt; `None` when the document or the component is absent.
    pub(crate) async fn try_settings(&self) -> Result<Option<Settings>, Error> {
        let failed = |error: anyhow::Error| Error::Failed(error);
        let mapping =
            self.system.read(&service_config(&self.service)).await.context("read mapping").map_err(failed)?;
        let identity = mapping.map_or_else(
            || Identity::of(&self.service),
            |mapping| Identity {
                service_id: self.service.clone(),
                component: mapping.component,
                secret_scope: mapping.secret_scope,
            },
        );
        let name = self
            .env
            .get("TRUTH_REDIS_KEY")
            .unwrap_or_else(|| wire::system::truth_doc(BusId::System).name.into());
        let key: Key<serde_json::Value> = Key::of(BusId::System, name);
        let Some(text) = self.system.text(&key).await.context("read document").map_err(failed)? else {
            return Ok(None);
        };
        let document = serde_json::from_str(&text).map_err(|error| Fault {
            place: format!("{}:{}:{}", key.name, error.line(), error.column()),
            expected: "valid JSON".into(),
        })?;
        let overrides = self
            .system
            .fields(&service_env(&self.service))
            .await
            .context("read overrides")
            .map_err(failed)?;
        let rev = self.system.text(&TRUTH_REV).await.context("read revision").map_err(failed)?;
        let rev = rev.and_then(|rev| rev.parse().ok()).unwrap_or_default();
        Ok(Settings::from_document(document, identity, overrides, self.env.all().clone(), rev).ok())
    }
}
