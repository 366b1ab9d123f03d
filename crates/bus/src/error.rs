use redis::{ErrorKind, RedisError, ServerErrorKind};
use wire::BusId;

/// Why a call on the bus did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The server is away or does not answer in time; the same call may work later.
    #[error("{bus}: {cause}")]
    Unavailable {
        /// Which server.
        bus: BusId,
        /// What happened, without addresses.
        cause: String,
    },
    /// The server answered with an error.
    #[error("{bus} refused")]
    Refused {
        /// Which server.
        bus: BusId,
        /// Its answer.
        #[source]
        source: RedisError,
    },
    /// A stored value is not what `wire` says it is.
    #[error("{name}: not the expected payload")]
    Decode {
        /// Name of the key.
        name: String,
        /// Where the payload departs.
        #[source]
        source: serde_json::Error,
    },
    /// A payload cannot be written: a map with keys that are not text, a record that is not flat.
    #[error("{name}: payload cannot be encoded")]
    Encode {
        /// Name of the key.
        name: String,
        /// Why not.
        #[source]
        source: serde_json::Error,
    },
    /// The URL of a bus does not parse.
    #[error("{0}: expected a URL like redis://host:6379")]
    Url(BusId),
    /// This program declared no URL for the bus.
    #[error("{0}: no URL declared")]
    Undeclared(BusId),
}

impl Error {
    /// True when waiting can help: the server is away, loading, or too slow.
    pub fn is_transient(&self) -> bool {
        matches!(self, Self::Unavailable { .. })
    }

    /// True when the name holds another kind of value than the command works on.
    pub fn is_wrong_type(&self) -> bool {
        matches!(self, Self::Refused { source, .. } if source.code() == Some("WRONGTYPE"))
    }

    pub(crate) fn from_redis(bus: BusId, source: RedisError) -> Self {
        let loading = matches!(source.kind(), ErrorKind::Server(ServerErrorKind::BusyLoading));
        if loading || source.is_io_error() || source.is_timeout() || source.is_connection_dropped() {
            let cause = if source.is_timeout() {
                "no answer in time".into()
            } else if source.is_connection_refusal() {
                "connection refused".into()
            } else if loading {
                "still loading its data".into()
            } else {
                source.to_string()
            };
            return Self::Unavailable { bus, cause };
        }
        Self::Refused { bus, source }
    }
}
