//! JSON files: the value, and what is wrong with the text.

use crate::fault::{Code, Fault, segment};
use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};
use std::{fmt, fs, io, path::Path};

/// What reading a file gave.
pub(crate) enum Read {
    Value(Value),
    /// There is no such file; no fault was added.
    Absent,
    /// A fault was added.
    Broken,
}

/// Reads `path`, adding what is wrong with it to `faults`.
pub(crate) fn read(path: &Path, faults: &mut Vec<Fault>) -> Read {
    let file = path.display().to_string();
    let bytes = match fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Read::Absent,
        Err(error) => {
            let hint = if path.is_dir() {
                "is a directory (create it with ./admin setup)".to_owned()
            } else {
                io_text(&error)
            };
            faults.push(Fault::new(file, "", Code::Read, hint));
            return Read::Broken;
        }
    };
    let mut doubled = Vec::new();
    let mut text = serde_json::Deserializer::from_slice(&bytes);
    let place = Place { pointer: String::new(), doubled: &mut doubled };
    let parsed = place.deserialize(&mut text).and_then(|value| text.end().map(|()| value));
    match parsed {
        Ok(value) => {
            faults.extend(doubled.into_iter().map(|pointer| {
                Fault::new(file.clone(), pointer, Code::DupKey, "the same member twice in one object")
            }));
            Read::Value(value)
        }
        Err(error) => {
            let place = format!("{}:{}", error.line(), error.column());
            let whole = error.to_string();
            let message = whole.split(" at line ").next().unwrap_or_default();
            faults.push(Fault::new(file, place, Code::Parse, message));
            Read::Broken
        }
    }
}

/// As [`read`]; an absent file is a fault too.
pub(crate) fn read_required(path: &Path, faults: &mut Vec<Fault>) -> Option<Value> {
    match read(path, faults) {
        Read::Value(value) => Some(value),
        Read::Broken => None,
        Read::Absent => {
            faults.push(Fault::new(path.display().to_string(), "", Code::Read, "no such file"));
            None
        }
    }
}

fn io_text(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::PermissionDenied => "permission denied".into(),
        _ => error.to_string(),
    }
}

/// Where the parser is. `serde_json` keeps the last of two equal members; here each is told.
struct Place<'a> {
    pointer: String,
    doubled: &'a mut Vec<String>,
}

impl<'de> DeserializeSeed<'de> for Place<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Place<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_bool<E>(self, flag: bool) -> Result<Value, E> {
        Ok(Value::Bool(flag))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Value, E> {
        Ok(number.into())
    }

    fn visit_u64<E>(self, number: u64) -> Result<Value, E> {
        Ok(number.into())
    }

    fn visit_f64<E>(self, number: f64) -> Result<Value, E> {
        Ok(number.into())
    }

    fn visit_str<E>(self, text: &str) -> Result<Value, E> {
        Ok(Value::String(text.to_owned()))
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut array = Vec::new();
        loop {
            let pointer = format!("{}/{}", self.pointer, array.len());
            match items.next_element_seed(Place { pointer, doubled: self.doubled })? {
                Some(item) => array.push(item),
                None => return Ok(Value::Array(array)),
            }
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let mut object = Map::new();
        while let Some(name) = members.next_key::<String>()? {
            let pointer = format!("{}{}", self.pointer, segment(&name));
            let value = members.next_value_seed(Place { pointer: pointer.clone(), doubled: self.doubled })?;
            if object.insert(name, value).is_some() {
                self.doubled.push(pointer);
            }
        }
        Ok(Value::Object(object))
    }
}
