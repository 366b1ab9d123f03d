//! The ops listener: liveness, readiness, metrics. It is there before any bus, and never published.

mod routes;

use crate::context::Vitals;
use arc_swap::ArcSwapOption;
use bus::Bus;
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use std::{
    sync::{Arc, OnceLock, atomic::Ordering},
    time::Duration,
};
use tokio::{net::TcpListener, time::timeout};
use tokio_util::sync::CancellationToken;
use wire::{BusId, system::truth_doc};

const PING: Duration = Duration::from_secs(2);
const UPKEEP: Duration = Duration::from_secs(5);

/// What the routes answer from.
#[derive(Clone)]
pub(crate) struct Ops {
    vitals: Arc<Vitals>,
    /// Set once Truth is loaded.
    bus: Arc<ArcSwapOption<Bus>>,
}

impl Ops {
    pub(crate) fn new(vitals: Arc<Vitals>) -> Self {
        Self { vitals, bus: Arc::default() }
    }

    pub(crate) fn truth_loaded(&self, bus: Bus) {
        self.bus.store(Some(Arc::new(bus)));
    }

    pub(crate) async fn serve(self, listener: TcpListener, closed: CancellationToken) {
        let registry = registry();
        let upkeep = async {
            let mut ticks = tokio::time::interval(UPKEEP);
            loop {
                ticks.tick().await;
                registry.run_upkeep();
            }
        };
        let server = web::serve(routes::routes(self), listener, closed, Duration::ZERO);
        tokio::select! { () = server => {}, () = upkeep => {} }
    }

    fn is_alive(&self) -> bool {
        self.vitals.is_alive()
    }

    /// What is missing before the service can be used; empty when it is ready.
    async fn missing(&self) -> Vec<String> {
        let Some(bus) = self.bus.load_full() else { return vec![truth_doc(BusId::System).name.into()] };
        let pings = bus.ids().into_iter().map(|id| {
            let bus = Arc::clone(&bus);
            async move {
                let answered = matches!(timeout(PING, bus.ping(id)).await, Ok(Ok(())));
                (!answered).then(|| id.name().to_owned())
            }
        });
        let mut missing: Vec<_> = futures_util::future::join_all(pings).await.into_iter().flatten().collect();
        if !self.vitals.is_serving.load(Ordering::Relaxed) {
            missing.push("running".into());
        }
        missing
    }
}

/// The process's metrics.
fn registry() -> &'static PrometheusHandle {
    static REGISTRY: OnceLock<PrometheusHandle> = OnceLock::new();
    REGISTRY.get_or_init(|| {
        let recorder = PrometheusBuilder::new().build_recorder();
        let handle = recorder.handle();
        if metrics::set_global_recorder(recorder).is_err() {
            tracing::warn!("metrics are recorded elsewhere");
        }
        handle
    })
}

/// Makes the metrics macros count from here on.
pub(crate) fn install_metrics() {
    registry();
}
