//! What a user may change of itself. Pure: bodies come in, changes or refusals go out.

use super::store::Leaderboard;
use crate::form::{Form, Invalid};
use chrono_tz::Tz;
use serde_json::Value;

const SCREEN_NAME: usize = 100;

/// The time zone of `body`; `None`: none any more.
pub(crate) fn timezone(body: &Value) -> Result<Option<String>, Invalid> {
    let form = Form::of(body, &["timezone"])?;
    let invalid = || form.invalid("timezone", "a time zone like America/New_York, or null");
    match form.value("timezone") {
        Some(Value::Null) => Ok(None),
        Some(Value::String(name)) if name.parse::<Tz>().is_ok() => Ok(Some(name.clone())),
        _ => Err(invalid()),
    }
}

/// What `body` changes of the leaderboard's settings.
pub(crate) fn leaderboard(body: &Value) -> Result<Leaderboard, Invalid> {
    let form = Form::of(body, &["screenName", "showScreenName"])?;
    let screen_name = match form.value("screenName") {
        None => None,
        Some(Value::Null) => Some(None),
        Some(Value::String(name)) if is_name(name.trim()) => {
            Some(Some(name.trim().to_owned()).filter(|name| !name.is_empty()))
        }
        Some(_) => {
            let expected = "at most 100 letters, digits, blanks, _ or -, or null";
            return Err(form.invalid("screenName", expected));
        }
    };
    Ok(Leaderboard { screen_name, show_screen_name: form.flag("showScreenName")? })
}

fn is_name(name: &str) -> bool {
    let is_fit = |c: char| c.is_alphanumeric() || matches!(c, ' ' | '_' | '-');
    name.chars().count() <= SCREEN_NAME && name.chars().all(is_fit)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_time_zone_is_one_of_the_data_base_or_none() {
        assert_eq!(timezone(&json!({"timezone": "Europe/Vienna"})), Ok(Some("Europe/Vienna".into())));
        assert_eq!(timezone(&json!({"timezone": null})), Ok(None));
        for bad in [json!({}), json!({"timezone": "Vienna"}), json!({"timezone": ""}), json!({"timezone": 5})]
        {
            assert_eq!(timezone(&bad).unwrap_err().field, "timezone", "{bad}");
        }
        assert_eq!(timezone(&json!({"zone": "UTC"})).unwrap_err().field, "zone");
        assert_eq!(timezone(&json!([])).unwrap_err().field, "body");
    }

    #[test]
    fn a_screen_name_is_short_and_plain() {
        let name = |name: Value| leaderboard(&json!({"screenName": name})).map(|change| change.screen_name);
        assert_eq!(name(json!(" quiet-fly_7 ")), Ok(Some(Some("quiet-fly_7".into()))));
        assert_eq!(name(json!("  ")), Ok(Some(None)));
        assert_eq!(name(json!(null)), Ok(Some(None)));
        assert!(name(json!("x".repeat(100))).is_ok());
        for bad in [json!("x".repeat(101)), json!("<b>"), json!("a\u{202e}b"), json!("a\nb"), json!(7)] {
            assert_eq!(name(bad.clone()).unwrap_err().field, "screenName", "{bad}");
        }
        let change = leaderboard(&json!({"showScreenName": false})).unwrap();
        assert_eq!(change, Leaderboard { screen_name: None, show_screen_name: Some(false) });
        assert_eq!(leaderboard(&json!({"showScreenName": "no"})).unwrap_err().field, "showScreenName");
    }
}
