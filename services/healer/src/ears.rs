//! Listens to heartbeats, stamps each with the moment it was heard, and says when nothing can be heard.

use crate::wiring::Wiring;
use bus::{Bus, Heard, Topics};
use futures_util::{StreamExt, stream::select_all};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};
use tokio::{
    select,
    sync::{mpsc, watch},
    time::{Instant, interval},
};
use wire::{BusId, system::heartbeat_name};

/// A new subscription that is not confirmed after this long means that the server is away.
const CONFIRMED: Duration = Duration::from_secs(5);

/// What is heard.
#[derive(Debug)]
pub(crate) struct Sound {
    pub at: Instant,
    pub what: What,
}

#[derive(Debug)]
pub(crate) enum What {
    Beat {
        bus: BusId,
        channel: String,
        payload: Vec<u8>,
    },
    /// Beats on this server are heard (again).
    Up(BusId),
    /// Beats on this server are not heard.
    Down(BusId),
}

/// The ears of the monitor.
#[derive(Clone)]
pub(crate) struct Ears {
    pub own: String,
    pub bus: Bus,
    /// A change of the channels, or a renewed value, makes a new subscription.
    pub wirings: watch::Receiver<Arc<Wiring>>,
    pub sounds: mpsc::Sender<Sound>,
}

impl Ears {
    /// Listens until the bus closes.
    pub(crate) async fn listen(mut self) {
        // Nothing is heard until the first confirmation.
        let mut deaf: BTreeSet<BusId> = BusId::ALL.into_iter().collect();
        loop {
            let wiring = Arc::clone(&self.wirings.borrow_and_update());
            if !self.listen_to(&wiring, &mut deaf).await {
                return;
            }
        }
    }

    /// True when the wiring changed, false when there is nothing more to hear.
    async fn listen_to(&mut self, wiring: &Wiring, deaf: &mut BTreeSet<BusId>) -> bool {
        let topics = self.topics(wiring);
        let mut unconfirmed: BTreeSet<BusId> = topics.keys().copied().collect();
        let asked = Instant::now();
        let streams = topics
            .into_iter()
            .map(|(bus, topics)| Box::pin(self.bus.listen(bus, topics).map(move |heard| (bus, heard))));
        let mut streams = select_all(streams);
        let mut ticks = interval(CONFIRMED / 5);
        loop {
            let what = select! {
                heard = streams.next() => {
                    let Some((bus, heard)) = heard else { return false };
                    match heard {
                        Heard::Message { channel, payload } => What::Beat { bus, channel, payload },
                        Heard::Up => {
                            unconfirmed.remove(&bus);
                            // A subscription that was only renewed lost nothing worth starting anew for.
                            if !deaf.remove(&bus) { continue }
                            What::Up(bus)
                        }
                        Heard::Down => {
                            deaf.insert(bus);
                            What::Down(bus)
                        }
                    }
                }
                changed = self.wirings.changed() => return changed.is_ok(),
                _ = ticks.tick() => {
                    let Some(bus) = unconfirmed.first().copied() else { continue };
                    if asked.elapsed() < CONFIRMED { continue }
                    unconfirmed.remove(&bus);
                    if !deaf.insert(bus) { continue }
                    What::Down(bus)
                }
            };
            if self.sounds.send(Sound { at: Instant::now(), what }).await.is_err() {
                return false;
            }
        }
    }

    /// What to subscribe to. system-redis is always listened to: its loss must be noticed even when nobody beats.
    fn topics(&self, wiring: &Wiring) -> BTreeMap<BusId, Topics> {
        let mut topics: BTreeMap<BusId, Topics> = BTreeMap::new();
        let own = [(BusId::System, heartbeat_name(&self.own))];
        for (bus, channel) in wiring.channels.keys().chain(&own) {
            let channels = &mut topics.entry(*bus).or_default().channels;
            if !channels.contains(channel) {
                channels.push(channel.clone());
            }
        }
        topics
    }
}
