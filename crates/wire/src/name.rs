//! The typed kinds of Redis names. The value carries bus, life and length, so that retention is part of the
//! contract and not of a caller.

use serde::{Deserialize, Serialize};
use std::{borrow::Cow, fmt, marker::PhantomData, str::FromStr, time::Duration};

/// One of the four Redis servers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum BusId {
    /// Control plane: Truth, registry, heartbeats, alerts.
    #[serde(rename = "system-redis")]
    System,
    /// Market data and models.
    #[serde(rename = "market-redis")]
    Market,
    /// News and analyses.
    #[serde(rename = "intel-redis")]
    Intel,
    /// Vexy's memory.
    #[serde(rename = "echo-redis")]
    Echo,
}

impl BusId {
    /// All four, in the order in which Truth is loaded (system last).
    pub const ALL: [Self; 4] = [Self::Market, Self::Intel, Self::Echo, Self::System];

    /// The name in Truth and in Compose: `system-redis`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::System => "system-redis",
            Self::Market => "market-redis",
            Self::Intel => "intel-redis",
            Self::Echo => "echo-redis",
        }
    }

    /// The short role: `system`.
    pub const fn role(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Market => "market",
            Self::Intel => "intel",
            Self::Echo => "echo",
        }
    }
}

impl fmt::Display for BusId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Not the name or role of a bus.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownBus(pub String);

impl fmt::Display for UnknownBus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: expected system-redis, market-redis, intel-redis or echo-redis", self.0)
    }
}

impl std::error::Error for UnknownBus {}

impl FromStr for BusId {
    type Err = UnknownBus;

    fn from_str(text: &str) -> Result<Self, UnknownBus> {
        Self::ALL
            .into_iter()
            .find(|bus| bus.name() == text || bus.role() == text)
            .ok_or_else(|| UnknownBus(text.into()))
    }
}

type Text = Cow<'static, str>;
type Carries<T> = PhantomData<fn() -> T>;

macro_rules! kind {
    ($(#[$doc:meta])* $name:ident<T> { $($(#[$field_doc:meta])* $field:ident: $type:ty = $default:expr),* }) => {
        $(#[$doc])*
        #[derive(Debug)]
        pub struct $name<T> {
            /// The server it lives on.
            pub bus: BusId,
            /// The name as `redis-cli` shows it.
            pub name: Text,
            $($(#[$field_doc])* pub $field: $type,)*
            carries: Carries<T>,
        }

        impl<T> $name<T> {
            /// A fixed name.
            pub const fn new(bus: BusId, name: &'static str) -> Self {
                Self { bus, name: Cow::Borrowed(name), $($field: $default,)* carries: PhantomData }
            }

            /// A name made of parts.
            pub const fn of(bus: BusId, name: String) -> Self {
                Self { bus, name: Cow::Owned(name), $($field: $default,)* carries: PhantomData }
            }
        }

        impl<T> Clone for $name<T> {
            fn clone(&self) -> Self {
                Self { bus: self.bus, name: self.name.clone(), $($field: self.$field.clone(),)* carries: PhantomData }
            }
        }
    };
}

kind! {
    /// A STRING that holds JSON.
    Key<T> {
        /// How long a written value lives; `None`: for ever.
        ttl: Option<Duration> = None
    }
}

kind! {
    /// A HASH with the fields of a flat `T`, each as text; an unknown value is the empty text.
    Record<T> {}
}

kind! {
    /// A SET of texts.
    Members<T> {}
}

kind! {
    /// A ZSET of JSON members, scored by an instant in epoch seconds.
    Index<T> {
        /// Members older than this are trimmed.
        window: Option<Duration> = None,
        /// Life of the key after the last write.
        ttl: Option<Duration> = None
    }
}

kind! {
    /// A STREAM read without a group, its fields those of a flat `T` as text.
    Log<T> {
        /// Approximate length kept (`MAXLEN ~`), where no window is set.
        max_len: usize = 10_000,
        /// Entries older than this are trimmed (`MINID ~`).
        window: Option<Duration> = None,
        /// Life of the key after the last entry.
        ttl: Option<Duration> = None
    }
}

kind! {
    /// A pub/sub channel that carries JSON.
    Channel<T> {}
}

kind! {
    /// A glob over channels.
    Pattern<T> {}
}

impl<T> Key<T> {
    /// The same key whose values expire after `ttl`.
    #[must_use]
    pub const fn living(mut self, ttl: Duration) -> Self {
        self.ttl = Some(ttl);
        self
    }
}

impl<T> Index<T> {
    /// The same index, trimmed to `window`, expiring `ttl` after the last write.
    #[must_use]
    pub const fn keeping(mut self, window: Duration, ttl: Duration) -> Self {
        self.window = Some(window);
        self.ttl = Some(ttl);
        self
    }
}

impl<T> Log<T> {
    /// The same log, trimmed to about `max_len` entries.
    #[must_use]
    pub const fn keeping(mut self, max_len: usize) -> Self {
        self.max_len = max_len;
        self
    }

    /// The same log, trimmed by age instead, expiring `ttl` after the last entry.
    #[must_use]
    pub const fn within(mut self, window: Duration, ttl: Duration) -> Self {
        self.window = Some(window);
        self.ttl = Some(ttl);
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bus_is_found_by_name_and_by_role() {
        assert_eq!("market-redis".parse(), Ok(BusId::Market));
        assert_eq!("echo".parse(), Ok(BusId::Echo));
        assert_eq!("main".parse::<BusId>(), Err(UnknownBus("main".into())));
    }
}
