use crate::{Code, Fault, load::Outcome};
use std::{collections::BTreeMap, fmt::Write as _};
use wire::BusId;

/// Why a document was not built or not loaded.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The files are wrong. Every finding, warnings too, sorted by file and pointer; nothing was written.
    #[error("truth is invalid: {}", count(.0))]
    Invalid(Vec<Fault>),
    /// Somebody else was loading all the time.
    #[error("truth:lock: held by another load")]
    Locked,
    /// A bus could not be read or written. Buses already written keep the new document, system-redis the old one.
    #[error("truth not loaded: {}", outcomes(.buses))]
    Incomplete {
        /// What became of each bus.
        buses: BTreeMap<BusId, Outcome>,
        /// What the failing one said.
        #[source]
        source: bus::Error,
    },
    /// A bus holds something else than what was written.
    #[error("{bus}: {found}")]
    Unverified {
        /// Which bus.
        bus: BusId,
        /// What was found there.
        found: &'static str,
    },
    /// The bus itself.
    #[error(transparent)]
    Bus(#[from] bus::Error),
}

impl Error {
    /// True when a required file could not be read at all.
    pub fn is_unreadable(&self) -> bool {
        matches!(self, Self::Invalid(faults) if faults.iter().any(|fault| fault.code == Code::Read))
    }
}

fn count(faults: &[Fault]) -> String {
    match faults.iter().filter(|fault| fault.is_error()).count() {
        1 => "1 error".into(),
        errors => format!("{errors} errors"),
    }
}

fn outcomes(buses: &BTreeMap<BusId, Outcome>) -> String {
    let mut text = String::new();
    for (bus, outcome) in buses {
        let separator = if text.is_empty() { "" } else { ", " };
        let _written = write!(text, "{separator}{bus} {outcome}");
    }
    text
}
