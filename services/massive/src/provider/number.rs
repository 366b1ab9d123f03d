//! Lenient values: a field of the wrong type is a fact about that field, not an error of the whole text.

use std::borrow::Cow;

/// A number as the vendor wrote it.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(crate) enum Number {
    /// Not there, or `null`.
    #[default]
    Absent,
    /// A number.
    Plain(f64),
    /// A number in quotes.
    Quoted(f64),
    /// Something else.
    Strange,
}

impl Number {
    /// The number, written as a number. One that is not finite was written as `NaN` or `Infinity`.
    pub(crate) fn plain(self) -> Option<f64> {
        match self {
            Self::Plain(value) => Some(value),
            Self::Quoted(value) if !value.is_finite() => Some(value),
            _ => None,
        }
    }

    /// The number, also in quotes.
    pub(crate) fn any(self) -> Option<f64> {
        match self {
            Self::Plain(value) | Self::Quoted(value) => Some(value),
            _ => None,
        }
    }

    /// A whole number that fits.
    pub(crate) fn whole(self) -> Option<i64> {
        let value = self.plain()?;
        (value.fract() == 0.0 && value.abs() < 9.2e18).then_some(value as i64)
    }
}

/// A text as the vendor wrote it, borrowed where nothing is escaped.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) enum Text<'a> {
    /// Not there, or `null`.
    #[default]
    Absent,
    /// A text.
    Plain(Cow<'a, str>),
    /// Something else.
    Strange,
}

impl Text<'_> {
    /// The text, when it is one.
    pub(crate) fn get(&self) -> Option<&str> {
        match self {
            Self::Plain(text) => Some(text),
            _ => None,
        }
    }
}
