//! Topics: `V.I:SPX`, `T.*`.

use crate::price::{Kind, Listing};

/// Kinds of events.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Channel {
    Value,
    Trade,
    Quote,
    Second,
    Minute,
    FairValue,
}

impl Channel {
    pub(super) const ALL: [Self; 6] =
        [Self::Value, Self::Trade, Self::Quote, Self::Second, Self::Minute, Self::FairValue];

    fn parse(text: &str) -> Option<Self> {
        Some(match text {
            "V" => Self::Value,
            "T" => Self::Trade,
            "Q" => Self::Quote,
            "A" => Self::Second,
            "AM" => Self::Minute,
            "FMV" => Self::FairValue,
            _ => return None,
        })
    }

    /// Its place in a mask.
    pub(super) const fn bit(self) -> u8 {
        1 << (self as u8)
    }
}

/// A channel and a ticker, or `*`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Topic {
    pub(super) channel: Channel,
    pub(super) ticker: String,
}

impl Topic {
    /// `None` when it is no topic.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (channel, ticker) = text.split_once('.')?;
        let channel = Channel::parse(channel)?;
        (!ticker.is_empty()).then(|| Self { channel, ticker: ticker.to_owned() })
    }

    pub(super) fn is_wildcard(&self) -> bool {
        self.ticker == "*"
    }

    /// Whether events of `listing` belong to it on this path.
    pub(super) fn covers(&self, path: &str, listing: &Listing) -> bool {
        let served = match (path, listing.kind) {
            ("/indices", Kind::Index) => {
                matches!(self.channel, Channel::Value | Channel::Second | Channel::Minute)
            }
            ("/stocks", Kind::Stock) => self.channel != Channel::Value,
            _ => false,
        };
        served && (self.is_wildcard() || self.ticker == listing.ticker)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn topics_are_a_channel_and_a_ticker() {
        let topic = Topic::parse("AM.I:SPX").unwrap();
        assert_eq!((topic.channel, topic.ticker.as_str()), (Channel::Minute, "I:SPX"));
        assert!(Topic::parse("Q.*").unwrap().is_wildcard());
        for text in ["", "X.SPY", "T.", "SPY", "T"] {
            assert_eq!(Topic::parse(text), None, "{text}");
        }
    }
}
