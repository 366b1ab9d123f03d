//! Bodies of requests, field by field: what is wrong is told with the name of the field and what was expected.
//!
//! A field that is absent is `None`; `null` counts as a value and is refused where the field cannot be empty.

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use std::ops::RangeInclusive;

/// A field that is not what it should be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field}: expected {expected}")]
pub(crate) struct Invalid {
    pub(crate) field: String,
    pub(crate) expected: String,
}

impl Invalid {
    pub(crate) fn new(field: impl Into<String>, expected: impl Into<String>) -> Self {
        Self { field: field.into(), expected: expected.into() }
    }
}

impl From<Invalid> for web::Error {
    fn from(invalid: Invalid) -> Self {
        Self::bad_request(invalid.to_string()).with_field("field", invalid.field)
    }
}

/// The fields of a JSON object.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Form<'a> {
    fields: &'a Map<String, Value>,
    /// Put before the names in refusals: `rule_json.`.
    prefix: &'a str,
}

impl<'a> Form<'a> {
    /// The fields of `body`, which may be those of `known`.
    pub(crate) fn of(body: &'a Value, known: &[&str]) -> Result<Self, Invalid> {
        Self::within("", body, known)
    }

    /// [`Form::of`] for an object that is itself the field before the dot of `prefix`.
    pub(crate) fn within(prefix: &'a str, body: &'a Value, known: &[&str]) -> Result<Self, Invalid> {
        let whole = prefix.strip_suffix('.').unwrap_or("body");
        let fields = body.as_object().ok_or_else(|| Invalid::new(whole, "a JSON object"))?;
        match fields.keys().find(|name| !known.contains(&name.as_str())) {
            Some(name) => {
                Err(Invalid::new(format!("{prefix}{name}"), format!("one of {}", known.join(", "))))
            }
            None => Ok(Self { fields, prefix }),
        }
    }

    /// The value of `name` as it is.
    pub(crate) fn value(&self, name: &str) -> Option<&'a Value> {
        self.fields.get(name)
    }

    /// A trimmed text of so many characters, without control characters.
    pub(crate) fn text(&self, name: &str, chars: RangeInclusive<usize>) -> Result<Option<String>, Invalid> {
        let expected = || format!("a text of {} to {} characters", chars.start(), chars.end());
        let Some(value) = self.value(name) else { return Ok(None) };
        let fits = |text: &&str| chars.contains(&text.chars().count()) && !text.chars().any(char::is_control);
        let text = value.as_str().map(str::trim).filter(fits);
        text.map(|text| Some(text.to_owned())).ok_or_else(|| self.invalid(name, expected()))
    }

    /// A trimmed text of at most `max` characters, of several lines perhaps; `Some(None)` for `null` and for an empty
    /// one.
    pub(crate) fn prose(&self, name: &str, max: usize) -> Result<Option<Option<String>>, Invalid> {
        let is_line_end = |c: char| matches!(c, '\n' | '\r' | '\t');
        let text = match self.value(name) {
            None => return Ok(None),
            Some(Value::Null) => return Ok(Some(None)),
            Some(value) => value.as_str().map(str::trim),
        };
        let fits = |text: &&str| {
            text.chars().count() <= max && !text.chars().any(|c| c.is_control() && !is_line_end(c))
        };
        let text = text
            .filter(fits)
            .ok_or_else(|| self.invalid(name, format!("a text of up to {max} characters")))?;
        Ok(Some(Some(text.to_owned()).filter(|text| !text.is_empty())))
    }

    /// A whole number.
    pub(crate) fn whole<T>(&self, name: &str, range: RangeInclusive<T>) -> Result<Option<T>, Invalid>
    where
        T: TryFrom<i64> + PartialOrd + std::fmt::Display,
    {
        let expected = || format!("a whole number from {} to {}", range.start(), range.end());
        let Some(value) = self.value(name) else { return Ok(None) };
        let number = value.as_i64().and_then(|number| T::try_from(number).ok());
        number.filter(|number| range.contains(number)).map(Some).ok_or_else(|| self.invalid(name, expected()))
    }

    /// A number.
    pub(crate) fn number(&self, name: &str, range: RangeInclusive<f64>) -> Result<Option<f64>, Invalid> {
        let expected = || format!("a number from {} to {}", range.start(), range.end());
        let Some(value) = self.value(name) else { return Ok(None) };
        let number = value.as_f64().filter(|number| range.contains(number));
        number.map(Some).ok_or_else(|| self.invalid(name, expected()))
    }

    /// `true` or `false`.
    pub(crate) fn flag(&self, name: &str) -> Result<Option<bool>, Invalid> {
        let Some(value) = self.value(name) else { return Ok(None) };
        value.as_bool().map(Some).ok_or_else(|| self.invalid(name, "true or false"))
    }

    /// One of the words of `T`, which `expected` lists.
    pub(crate) fn word<T: DeserializeOwned>(&self, name: &str, expected: &str) -> Result<Option<T>, Invalid> {
        let Some(value) = self.value(name) else { return Ok(None) };
        serde_json::from_value(value.clone()).map(Some).map_err(|_other| self.invalid(name, expected))
    }

    /// A colour like `#7c5cd6`, in lower case.
    pub(crate) fn color(&self, name: &str) -> Result<Option<String>, Invalid> {
        let Some(value) = self.value(name) else { return Ok(None) };
        let is_color = |text: &&str| {
            let digits = text.strip_prefix('#').unwrap_or_default();
            digits.len() == 6 && digits.bytes().all(|byte| byte.is_ascii_hexdigit())
        };
        let color = value.as_str().filter(is_color).map(|text| Some(text.to_ascii_lowercase()));
        color.ok_or_else(|| self.invalid(name, "a colour like #7c5cd6"))
    }

    /// Refuses the field `name`.
    pub(crate) fn invalid(&self, name: &str, expected: impl Into<String>) -> Invalid {
        Invalid::new(format!("{}{name}", self.prefix), expected)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const KNOWN: [&str; 2] = ["a", "b"];

    fn refusal<T: std::fmt::Debug>(found: Result<T, Invalid>) -> String {
        found.unwrap_err().to_string()
    }

    #[test]
    fn what_is_wrong_is_told_with_its_name() {
        assert_eq!(refusal(Form::of(&json!([]), &KNOWN)), "body: expected a JSON object");
        assert_eq!(refusal(Form::of(&json!({"c": 1}), &KNOWN)), "c: expected one of a, b");
        let body = json!({"a": "  x ", "b": null});
        let form = Form::within("rule_json.", &body, &KNOWN).unwrap();
        assert_eq!(form.text("a", 1..=5), Ok(Some("x".into())));
        assert_eq!(form.text("absent", 1..=5), Ok(None));
        assert_eq!(refusal(form.text("b", 1..=5)), "rule_json.b: expected a text of 1 to 5 characters");
        assert_eq!(form.prose("b", 5), Ok(Some(None)));
        assert_eq!(refusal(form.whole("a", 1_u8..=9)), "rule_json.a: expected a whole number from 1 to 9");
    }

    #[test]
    fn numbers_flags_and_colours_are_held_to_their_limits() {
        let body = json!({"a": 256, "b": "#7C5CD6"});
        let form = Form::of(&body, &KNOWN).unwrap();
        assert!(form.whole("a", 0_u8..=255).is_err(), "not cut to 0");
        assert_eq!(form.whole("a", 0_u16..=256), Ok(Some(256)));
        assert_eq!(form.number("a", 0.0..=256.0), Ok(Some(256.0)));
        assert_eq!(form.color("b"), Ok(Some("#7c5cd6".into())));
        for wrong in [json!("7c5cd6"), json!("#7c5cd"), json!("#7c5cdg"), json!("#é7c5c"), json!(1)] {
            assert!(Form::of(&json!({"b": wrong}), &KNOWN).unwrap().color("b").is_err());
        }
        assert!(form.flag("b").is_err());
    }
}
