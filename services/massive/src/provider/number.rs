//! Lenient values: a field of the wrong type is a fact about that field, not an error of the whole text.

use serde::{
    Deserialize, Deserializer,
    de::{DeserializeSeed, Error, IgnoredAny, MapAccess, SeqAccess, Visitor},
};
use std::{borrow::Cow, fmt};

/// Deepest nesting that is read.
pub(crate) const MAX_DEPTH: u32 = 32;

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

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(NumberVisitor)
    }
}

struct NumberVisitor;

impl<'de> Visitor<'de> for NumberVisitor {
    type Value = Number;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_f64<E>(self, value: f64) -> Result<Number, E> {
        Ok(Number::Plain(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Number, E> {
        Ok(Number::Plain(value as f64))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Number, E> {
        Ok(Number::Plain(value as f64))
    }

    fn visit_str<E>(self, text: &str) -> Result<Number, E> {
        Ok(text.trim().parse().map_or(Number::Strange, Number::Quoted))
    }

    fn visit_bool<E>(self, _value: bool) -> Result<Number, E> {
        Ok(Number::Strange)
    }

    fn visit_unit<E>(self) -> Result<Number, E> {
        Ok(Number::Absent)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Number, A::Error> {
        Skip(3).visit_seq(seq).map(|()| Number::Strange)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Number, A::Error> {
        Skip(3).visit_map(map).map(|()| Number::Strange)
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

impl<'de> Deserialize<'de> for Text<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TextVisitor)
    }
}

struct TextVisitor;

impl<'de> Visitor<'de> for TextVisitor {
    type Value = Text<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Text<'de>, E> {
        Ok(Text::Plain(Cow::Borrowed(text)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Text<'de>, E> {
        Ok(Text::Plain(Cow::Owned(text.to_owned())))
    }

    fn visit_f64<E>(self, _value: f64) -> Result<Text<'de>, E> {
        Ok(Text::Strange)
    }

    fn visit_u64<E>(self, _value: u64) -> Result<Text<'de>, E> {
        Ok(Text::Strange)
    }

    fn visit_i64<E>(self, _value: i64) -> Result<Text<'de>, E> {
        Ok(Text::Strange)
    }

    fn visit_bool<E>(self, _value: bool) -> Result<Text<'de>, E> {
        Ok(Text::Strange)
    }

    fn visit_unit<E>(self) -> Result<Text<'de>, E> {
        Ok(Text::Absent)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Text<'de>, A::Error> {
        Skip(3).visit_seq(seq).map(|()| Text::Strange)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Text<'de>, A::Error> {
        Skip(3).visit_map(map).map(|()| Text::Strange)
    }
}

/// Reads a value away, at this depth of nesting, refusing what lies deeper than [`MAX_DEPTH`].
#[derive(Debug, Clone, Copy)]
pub(crate) struct Skip(pub(crate) u32);

impl<'de> DeserializeSeed<'de> for Skip {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Skip {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_bool<E>(self, _value: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _value: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _value: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _value: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E>(self, _value: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        let inside = self.inside()?;
        while seq.next_element_seed(inside)?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let inside = self.inside()?;
        while map.next_key::<IgnoredAny>()?.is_some() {
            map.next_value_seed(inside)?;
        }
        Ok(())
    }
}

impl Skip {
    fn inside<E: Error>(self) -> Result<Self, E> {
        if self.0 >= MAX_DEPTH { Err(E::custom("nested too deeply")) } else { Ok(Self(self.0 + 1)) }
    }
}
