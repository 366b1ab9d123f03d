//! One text per value: keys sorted by code point, no white space, numbers in their shortest form.

use serde_json::{Number, Value};
use sha2::{Digest, Sha256};
use std::fmt::Write as _;

/// Whole floats up to here have an exact integer form.
const EXACT: f64 = 9_007_199_254_740_992.0;

/// The canonical text of `value`.
pub(crate) fn text(value: &Value) -> String {
    let mut text = String::new();
    write(value, &mut text);
    text
}

/// Lower-case hex SHA-256 of the canonical text of `value`.
pub(crate) fn hash(value: &Value) -> String {
    let mut hex = String::with_capacity(64);
    for byte in Sha256::digest(text(value).as_bytes()) {
        let _written = write!(hex, "{byte:02x}");
    }
    hex
}

fn write(value: &Value, text: &mut String) {
    match value {
        Value::Object(object) => {
            // Not every build of serde_json keeps its maps sorted.
            let mut members: Vec<_> = object.iter().collect();
            members.sort_unstable_by_key(|(name, _)| *name);
            text.push('{');
            for (place, (name, member)) in members.into_iter().enumerate() {
                if place > 0 {
                    text.push(',');
                }
                let _written = write!(text, "{}:", Value::String(name.clone()));
                write(member, text);
            }
            text.push('}');
        }
        Value::Array(items) => {
            text.push('[');
            for (place, item) in items.iter().enumerate() {
                if place > 0 {
                    text.push(',');
                }
                write(item, text);
            }
            text.push(']');
        }
        Value::Number(number) => text.push_str(&shortest(number)),
        scalar => {
            let _written = write!(text, "{scalar}");
        }
    }
}

fn shortest(number: &Number) -> String {
    match number.as_f64() {
        Some(float) if number.is_f64() && float.fract() == 0.0 && float.abs() < EXACT => {
            (float as i64).to_string()
        }
        _ => number.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_text_is_sorted_dense_and_short() {
        let value = json!({"b": [1.0, 2.5, -0.0], "a": {"é": null, "z": "q\"uote"}, "Z": true});
        assert_eq!(text(&value), r#"{"Z":true,"a":{"z":"q\"uote","é":null},"b":[1,2.5,0]}"#);
    }

    #[test]
    fn the_hash_is_that_of_the_text() {
        // printf '{}' | sha256sum
        assert_eq!(hash(&json!({})), "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a");
    }
}
