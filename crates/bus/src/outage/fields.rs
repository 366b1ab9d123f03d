//! The fields of a flat value as text, written in one go: tens of thousands of entries a second leave no time for a
//! tree of values in between.

use super::link::Commands;
use crate::Error;
use serde::{
    Serialize, Serializer,
    ser::{self, Impossible, SerializeMap, SerializeStruct},
};
use std::{fmt, io::Write as _};

/// Names and values in one piece of memory: fifty thousand entries a stream must fit in a small program.
#[derive(Debug, Clone)]
pub(super) struct Fields {
    text: Box<str>,
    /// Where each part ends; they follow the text's own order.
    ends: Box<[u32]>,
}

/// Buffers that are used for one value after another.
#[derive(Debug, Default)]
pub(super) struct Scratch {
    text: Vec<u8>,
    ends: Vec<u32>,
    keep_null: bool,
}

impl Fields {
    /// The fields of `value`, for the name `name` in an error. `null` becomes the empty text when `keep_null`, else the
    /// field is left out.
    ///
    /// # Errors
    /// [`Error::Encode`] when `value` is not an object.
    pub(super) fn of<T: Serialize + ?Sized>(
        name: &str,
        value: &T,
        keep_null: bool,
        scratch: &mut Scratch,
    ) -> Result<Self, Error> {
        scratch.text.clear();
        scratch.ends.clear();
        scratch.keep_null = keep_null;
        value
            .serialize(Flat(scratch))
            .map_err(|refusal| Error::Encode { name: name.into(), source: ser::Error::custom(refusal) })?;
        let text = std::str::from_utf8(&scratch.text)
            .map_err(|error| Error::Encode { name: name.into(), source: ser::Error::custom(error) })?;
        Ok(Self { text: text.into(), ends: scratch.ends.as_slice().into() })
    }

    pub(super) fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    pub(super) fn parts(&self) -> impl Iterator<Item = &str> {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        let range =
            |(start, end): (u32, &u32)| self.text.get(start as usize..*end as usize).unwrap_or_default();
        starts.zip(&self.ends).map(range)
    }

    /// Names and values together.
    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }

    pub(super) fn write(&self, commands: &mut Commands) {
        for part in self.parts() {
            commands.part(part);
        }
    }
}

/// Why a value has no fields.
#[derive(Debug)]
struct Refusal(String);

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Refusal {}

impl ser::Error for Refusal {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self(message.to_string())
    }
}

impl Scratch {
    fn end(&mut self) {
        self.ends.push(u32::try_from(self.text.len()).unwrap_or(u32::MAX));
    }

    fn field<T: Serialize + ?Sized>(&mut self, name: &str, value: &T) -> Result<(), Refusal> {
        self.text.extend_from_slice(name.as_bytes());
        self.end();
        self.value(value)
    }

    /// Writes the value of the field whose name was just written, or takes the name back.
    fn value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Refusal> {
        let start = self.text.len();
        serde_json::to_writer(&mut self.text, value).map_err(ser::Error::custom)?;
        match self.text.get(start..) {
            Some(b"null") => {
                self.text.truncate(start);
                if !self.keep_null {
                    self.ends.pop();
                    self.text.truncate(self.ends.last().map_or(0, |&end| end as usize));
                    return Ok(());
                }
            }
            Some([b'"', inside @ .., b'"']) if !inside.contains(&b'\\') => {
                self.text.pop();
                self.text.remove(start);
            }
            Some(text @ [b'"', ..]) => {
                let plain: String = serde_json::from_slice(text).map_err(ser::Error::custom)?;
                self.text.truncate(start);
                self.text.write_all(plain.as_bytes()).map_err(ser::Error::custom)?;
            }
            _ => {}
        }
        self.end();
        Ok(())
    }
}

/// Takes structs and maps apart; refuses everything else.
struct Flat<'a>(&'a mut Scratch);

impl SerializeStruct for Flat<'_> {
    type Ok = ();
    type Error = Refusal;

    fn serialize_field<T: Serialize + ?Sized>(
        &mut self,
        name: &'static str,
        value: &T,
    ) -> Result<(), Refusal> {
        self.0.field(name, value)
    }

    fn end(self) -> Result<(), Refusal> {
        Ok(())
    }
}

impl SerializeMap for Flat<'_> {
    type Ok = ();
    type Error = Refusal;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), Refusal> {
        match serde_json::to_value(key).map_err(ser::Error::custom)? {
            serde_json::Value::String(name) => self.0.text.extend_from_slice(name.as_bytes()),
            other => self.0.text.extend_from_slice(other.to_string().as_bytes()),
        }
        self.0.end();
        Ok(())
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Refusal> {
        self.0.value(value)
    }

    fn end(self) -> Result<(), Refusal> {
        Ok(())
    }
}

macro_rules! refuse {
    ($($method:ident($($argument:ty),*);)*) => {
        $(fn $method(self $(, _: $argument)*) -> Result<(), Refusal> {
            Err(Refusal("expected an object".into()))
        })*
    };
}

impl Serializer for Flat<'_> {
    type Ok = ();
    type Error = Refusal;
    type SerializeSeq = Impossible<(), Refusal>;
    type SerializeTuple = Impossible<(), Refusal>;
    type SerializeTupleStruct = Impossible<(), Refusal>;
    type SerializeTupleVariant = Impossible<(), Refusal>;
    type SerializeMap = Self;
    type SerializeStruct = Self;
    type SerializeStructVariant = Impossible<(), Refusal>;

    refuse! {
        serialize_bool(bool); serialize_i8(i8); serialize_i16(i16); serialize_i32(i32); serialize_i64(i64);
        serialize_u8(u8); serialize_u16(u16); serialize_u32(u32); serialize_u64(u64); serialize_f32(f32);
        serialize_f64(f64); serialize_char(char); serialize_str(&str); serialize_bytes(&[u8]); serialize_none();
        serialize_unit(); serialize_unit_struct(&'static str);
        serialize_unit_variant(&'static str, u32, &'static str);
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), Refusal> {
        value.serialize(self)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        value: &T,
    ) -> Result<(), Refusal> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: &T,
    ) -> Result<(), Refusal> {
        Err(Refusal("expected an object".into()))
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<Self::SerializeSeq, Refusal> {
        Err(Refusal("expected an object".into()))
    }

    fn serialize_tuple(self, _: usize) -> Result<Self::SerializeTuple, Refusal> {
        Err(Refusal("expected an object".into()))
    }

    fn serialize_tuple_struct(
        self,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeTupleStruct, Refusal> {
        Err(Refusal("expected an object".into()))
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeTupleVariant, Refusal> {
        Err(Refusal("expected an object".into()))
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Self, Refusal> {
        Ok(self)
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Self, Refusal> {
        Ok(self)
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeStructVariant, Refusal> {
        Err(Refusal("expected an object".into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::flat;
    use serde_json::json;
    use std::collections::{BTreeMap, BTreeSet};

    #[derive(Serialize)]
    #[serde(rename_all = "lowercase")]
    enum Kind {
        Index,
    }

    #[derive(Serialize)]
    struct Entry {
        kind: Kind,
        text: &'static str,
        escaped: &'static str,
        number: f64,
        whole: u64,
        unknown: Option<f64>,
        is_on: bool,
        list: Vec<u8>,
    }

    const ENTRY: Entry = Entry {
        kind: Kind::Index,
        text: "O:SPXW",
        escaped: "a\"b\\\n\u{e9}",
        number: 31.0,
        whole: 7,
        unknown: None,
        is_on: true,
        list: Vec::new(),
    };

    fn pairs<T: Serialize>(value: &T, keep_null: bool) -> BTreeSet<(String, String)> {
        let fields = Fields::of("test", value, keep_null, &mut Scratch::default()).unwrap();
        let parts: Vec<&str> = fields.parts().collect();
        parts.chunks(2).map(|pair| (pair[0].to_owned(), pair[1].to_owned())).collect()
    }

    #[test]
    fn fields_are_those_of_the_value_as_json() {
        for keep_null in [false, true] {
            let expected: BTreeSet<_> = flat("test", &ENTRY, keep_null).unwrap().into_iter().collect();
            assert_eq!(pairs(&ENTRY, keep_null), expected);
            let map = BTreeMap::from([("b", json!(1.5)), ("a", json!(null)), ("c", json!("x"))]);
            let expected: BTreeSet<_> = flat("test", &map, keep_null).unwrap().into_iter().collect();
            assert_eq!(pairs(&map, keep_null), expected);
        }
    }

    #[test]
    fn what_is_no_object_has_no_fields() {
        for value in [json!(1), json!("x"), json!([1]), json!(null)] {
            let refused = Fields::of("test", &value, true, &mut Scratch::default());
            assert!(matches!(refused, Err(Error::Encode { .. })), "{value}");
        }
    }
}
