//! What a reader asks for and what it is told: the words between the hub and the program around it.

use std::time::{Duration, SystemTime};

/// What a reader asks for.
#[derive(Debug, Clone, Default)]
pub struct Ask {
    /// Name of the stream, for the reader and for counting.
    pub stream: &'static str,
    /// Topics that it carries; unknown names are ignored.
    pub topics: Vec<String>,
    /// Symbols of [`Class::State`](super::Class::State) topics; `None`: all.
    pub symbols: Option<Vec<String>>,
    /// Least time between two frames of one state; `None`: the hub's.
    pub pace: Option<Duration>,
    /// Id of the last frame that the reader has.
    pub cursor: Option<String>,
    /// Who it counts for.
    pub user: String,
    /// Internal user id: events of this user are sent too. `None`: those for everybody only.
    pub user_id: Option<u64>,
    /// Id of the session (`sid`).
    pub session: Option<String>,
    /// Tier of the user.
    pub tier: Option<String>,
    /// Whether the user may administer.
    pub is_admin: bool,
    /// When the session expires; the stream ends with it. `None`: it does not.
    pub ends: Option<SystemTime>,
    /// What the journal kept for this reader while it was away; see [`Hub::missing`](super::Hub::missing).
    pub missed: Option<Missed>,
    /// Frames (event, data) that stand in this reader's snapshot only, where the topic of that name has its place.
    pub greeting: Vec<(&'static str, String)>,
}

/// A place in the hub's numbering.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Here(pub(super) u64);

/// Events of the journal's own that a reader missed, fetched by their sequence.
#[derive(Debug, Clone)]
pub struct Missed {
    /// Taken ([`Hub::here`](super::Hub::here)) before they were fetched.
    pub since: Here,
    /// Sequence, event name and data, in order; only those that the stream carries.
    pub events: Vec<(u64, String, String)>,
    /// Topics of which nothing is lost with these, so that no `resync` names them. Empty: more was missed than was
    /// fetched, or the journal is away.
    pub complete: Vec<&'static str>,
}

/// For whom an event is, and what the journal calls it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Address {
    /// Internal user id; `None`: everybody.
    pub user: Option<u64>,
    /// The journal's sequence, for events that it keeps.
    pub journal_seq: Option<u64>,
    /// A second topic that carries the event too; readers of both get it once.
    pub also: Option<&'static str>,
}

/// Why no stream was opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// The hub serves as many readers as it may.
    #[error("too many clients")]
    TooManyClients,
    /// The user has as many streams as one may have.
    #[error("too many streams of one user")]
    TooManyStreams,
    /// The hub is closing.
    #[error("closing")]
    Closing,
}

/// An open stream that is judged ([`Hub::judge`](super::Hub::judge)).
#[derive(Debug, Clone)]
pub struct Viewer<'a> {
    /// Name of the stream.
    pub stream: &'static str,
    /// Who it counts for.
    pub user: &'a str,
    /// Internal user id.
    pub user_id: Option<u64>,
    /// Id of the session.
    pub session: Option<&'a str>,
    /// Tier of the user.
    pub tier: Option<&'a str>,
    /// Whether the user may administer.
    pub is_admin: bool,
    /// Topics that it was opened with.
    pub topics: Vec<&'static str>,
}

/// What becomes of a stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It goes on.
    Keep,
    /// It goes on and is told something.
    Tell {
        /// Event name.
        event: &'static str,
        /// One line of JSON.
        data: String,
    },
    /// It is told something and ends.
    End {
        /// Event name.
        event: &'static str,
        /// One line of JSON.
        data: String,
        /// For the metrics, out of a closed set.
        reason: &'static str,
    },
    /// From now on it carries, of the topics that it was opened with, only these. Judged again it may get them back.
    Narrow {
        /// Topics that it may carry.
        topics: Vec<&'static str>,
    },
}

/// The open streams of one user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Presence {
    /// Who they count for.
    pub user: String,
    /// Internal user id.
    pub user_id: Option<u64>,
    /// How many.
    pub streams: usize,
    /// When the oldest was opened.
    pub since: SystemTime,
}
