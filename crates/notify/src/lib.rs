//! People, told: by webhook and by e-mail.
//!
//! A [`Note`] is offered and forgotten: each sink has a queue and a worker of its own, so that a dead sink delays
//! neither the caller nor the other sink. What is worth a note, and how often, the caller decides. The target of a
//! webhook is never shown.

#![warn(missing_docs)]

mod mail;
mod queue;
mod targets;
mod webhook;

pub use mail::{Smtp, Tls};
pub use queue::{Notifier, Pace};
pub use targets::{Targets, Wrong};
pub use webhook::{Webhook, masked, plain_client};

/// What people are told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// One line: who, what, how long.
    pub text: String,
    /// Lines that explain it: the end of a log. Shown as they are.
    pub detail: Option<String>,
}

/// Why a note was not delivered. The text holds no address.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The sink wants to be left alone for a while.
    #[error("asked to come again later")]
    Later(std::time::Duration),
    /// The sink answered with something else than success.
    #[error("answered {0}")]
    Answer(String),
    /// The sink could not be reached, or did not answer in time.
    #[error("{0}")]
    Unreachable(String),
    /// What was configured cannot be used.
    #[error("{0}")]
    Unusable(String),
}
