//! The gates of tiers: who is admitted, and what each tier may use. The newest good document decides, at once and for
//! open streams too.

use crate::{
    app::App,
    config::Config,
    door::blocked,
    members::Reason,
    streams::{HEATMAP, TOPICS},
};
use arc_swap::ArcSwap;
use auth::{
    Tier,
    gates::{Feature, Gates as Document},
};
use bus::{Heard, Topics};
use chassis::Context;
use futures_util::StreamExt;
use serde_json::json;
use std::{
    pin::pin,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tokio::{
    sync::Notify,
    time::{Instant, MissedTickBehavior, interval, sleep_until},
};
use tracing::{debug, error, info};
use web::sse::{Verdict, Viewer};
use wire::{
    BusId::System,
    access::{TIER_GATES, TIER_GATES_UPDATED},
};

const EVERY: Duration = Duration::from_secs(30);
const AGAIN: Duration = Duration::from_secs(1);

/// The gates in force.
#[derive(Debug)]
pub(crate) struct Gates {
    held: ArcSwap<Held>,
    bypass: Vec<String>,
    /// The own writer does not wait for its message to come back.
    written: Notify,
}

#[derive(Debug, Clone, Default)]
struct Held {
    document: Arc<Document>,
    /// As it was stored; `None` where nothing is stored.
    text: Option<String>,
    state: State,
}

/// How the document in force came about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum State {
    /// Nothing was read yet.
    #[default]
    Unread,
    /// Read; nothing is stored.
    Absent,
    /// As stored.
    Stored,
    /// What is stored is malformed: the one before.
    Stale,
    /// What is stored is malformed, and there was none before.
    Broken,
}

/// What the gates say of somebody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standing {
    Admitted,
    Barred,
    /// There is no document to say.
    Unknown,
}

impl Gates {
    pub(crate) fn new(config: &Config) -> Self {
        Self { held: ArcSwap::default(), bypass: config.sso.bypass.clone(), written: Notify::new() }
    }

    /// Whether somebody is admitted.
    pub(crate) fn standing(&self, tier: Tier, is_admin: bool, bypasses: bool) -> Standing {
        let held = self.held.load();
        match held.state {
            State::Unread => Standing::Unknown,
            // Whoever is admitted whatever the document says can still come in and repair it.
            State::Broken if !(tier.is_exempt() || is_admin || bypasses) => Standing::Unknown,
            _ if held.document.admits(tier, is_admin, bypasses) => Standing::Admitted,
            _ => Standing::Barred,
        }
    }

    /// Whether members of `issuer` skip the check of allowed tiers.
    pub(crate) fn bypasses(&self, issuer: &str) -> bool {
        self.bypass.iter().any(|bypass| bypass == issuer)
    }

    /// Whether `tier` may use `feature`.
    pub(crate) fn opens(&self, tier: Tier, feature: &str) -> bool {
        self.held.load().document.feature(tier, feature) != Feature::Closed
    }

    /// The document in force.
    pub(crate) fn document(&self) -> Arc<Document> {
        Arc::clone(&self.held.load().document)
    }

    /// Whether what is stored was read once.
    pub(crate) fn is_loaded(&self) -> bool {
        self.held.load().state != State::Unread
    }

    /// What health says of them.
    pub(crate) fn health(&self) -> &'static str {
        match self.held.load().state {
            State::Unread | State::Absent => "default",
            State::Stored => "ok",
            State::Stale | State::Broken => "stale",
        }
    }

    /// Reads the stored document again now.
    pub(crate) fn look(&self) {
        self.written.notify_one();
    }

    /// Takes what is stored; true when something else is in force now.
    fn take(&self, text: Option<String>) -> bool {
        let held = self.held.load_full();
        if held.state != State::Unread && held.text == text {
            return false;
        }
        let next = match &text {
            None => Held { document: Arc::default(), text: None, state: State::Absent },
            Some(stored) => match Document::parse(stored.as_bytes()) {
                Ok(document) => {
                    Held { document: Arc::new(document), text: text.clone(), state: State::Stored }
                }
                Err(bad) => {
                    error!(key = %TIER_GATES.name, error = %bad, "malformed gates");
                    let is_known = !matches!(held.state, State::Unread | State::Broken);
                    let state = if is_known { State::Stale } else { State::Broken };
                    Held { document: Arc::clone(&held.document), text: text.clone(), state }
                }
            },
        };
        let is_change = next.document != held.document || held.state == State::Unread;
        if is_change {
            info!(state = ?next.state, updated_at = next.document.updated_at, "gates in force");
        }
        self.held.store(Arc::new(next));
        is_change
    }

    /// What becomes of an open stream.
    fn judge(&self, viewer: &Viewer<'_>) -> Verdict {
        let Some(tier) = viewer.tier.and_then(|tier| tier.parse::<Tier>().ok()) else { return Verdict::Keep };
        if self.bars(viewer, tier) {
            let data = json!({"tier": tier, "message": blocked(tier)}).to_string();
            return Verdict::End { event: "tier_blocked", data, reason: "tier_blocked" };
        }
        let data = json!({"updated_at": self.document().updated_at, "user_tier": tier}).to_string();
        Verdict::Tell { event: "tier_gates", data }
    }

    fn bars(&self, viewer: &Viewer<'_>, tier: Tier) -> bool {
        let issuer = viewer.user.split(':').next().unwrap_or_default();
        self.standing(tier, viewer.is_admin, self.bypasses(issuer)) == Standing::Barred
    }

    /// Which topics an open stream may carry.
    fn narrow(&self, viewer: &Viewer<'_>) -> Verdict {
        let Some(tier) = viewer.tier.and_then(|tier| tier.parse::<Tier>().ok()) else { return Verdict::Keep };
        if !viewer.topics.contains(&HEATMAP) {
            return Verdict::Keep;
        }
        let has_heatmap = self.opens(tier, "heatmap_access");
        let names = TOPICS.iter().map(|(name, _)| *name);
        Verdict::Narrow { topics: names.filter(|name| has_heatmap || *name != HEATMAP).collect() }
    }
}

/// Takes the gates as they are stored; whether that changed them. Nothing changes while they cannot be read.
pub(crate) async fn load(app: &App) -> bool {
    match app.bus.text(&TIER_GATES).await {
        Ok(text) => app.gates.take(text),
        Err(error) => {
            debug!(%error, "gates unread");
            false
        }
    }
}

/// Keeps the gates in force as they are stored.
pub(crate) async fn follow(_ctx: Context<Config>, app: App) -> anyhow::Result<()> {
    let topics = Topics { channels: vec![TIER_GATES_UPDATED.name.to_string()], patterns: Vec::new() };
    let mut heard = pin!(app.bus.listen(System, topics));
    let mut ticks = interval(EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
    let (mut again, mut is_due) = (Instant::now(), false);
    loop {
        tokio::select! {
            heard = heard.next() => match heard {
                None => return Ok(()),
                Some(Heard::Down) => continue,
                Some(Heard::Up | Heard::Message { .. }) => {}
            },
            () = app.gates.written.notified() => {}
            _ = ticks.tick() => {}
            // Whoever passed the door under the old gates has a stream by now.
            () = sleep_until(again), if is_due => {
                is_due = false;
                enforce(&app, false);
                continue;
            }
        }
        if load(&app).await {
            enforce(&app, true);
            (again, is_due) = (Instant::now() + AGAIN, true);
        }
    }
}

/// Judges every open stream by the gates in force; with `is_told` those that go on hear of the change.
fn enforce(app: &App, is_told: bool) {
    let barred = Mutex::new(Vec::new());
    app.hub.judge(|viewer| {
        let verdict = app.gates.judge(viewer);
        if matches!(verdict, Verdict::End { .. }) {
            let mut barred = barred.lock().unwrap_or_else(PoisonError::into_inner);
            barred.extend(viewer.session.map(str::to_owned));
            return verdict;
        }
        if is_told { verdict } else { Verdict::Keep }
    });
    for sid in barred.into_inner().unwrap_or_else(PoisonError::into_inner) {
        app.sessions.revoke(&sid, Reason::TierBlocked);
    }
    app.hub.judge(|viewer| app.gates.narrow(viewer));
}
