//! What is held of the producers beside massive: Vexy's newest words, articles, the last alert, strikes, and which
//! events were sent already.

mod alert;
mod articles;
mod recent;
mod scores;
mod strikes;
mod vexy;

pub(crate) use alert::{LatestAlert, user_of};
pub(crate) use articles::{Articles, KEPT};
pub(crate) use recent::Recent;
pub(crate) use scores::{Scores, scores};
pub(crate) use strikes::Strikes;
pub(crate) use vexy::Vexy;

/// One of each.
#[derive(Debug, Default)]
pub(crate) struct Feeds {
    pub(crate) alert: LatestAlert,
    pub(crate) articles: Articles,
    pub(crate) strikes: Strikes,
    pub(crate) vexy: Vexy,
    /// Events of the journal that were sent.
    pub(crate) journal_sent: Recent,
    /// Events of alerts that were sent.
    pub(crate) alerts_sent: Recent,
    /// Messages of Vexy that were sent.
    pub(crate) words_sent: Recent,
}
