//! Spans of time on the command line: `90`, `30s`, `10m`, `2h`, `1d`.

use std::time::Duration;

/// A number of seconds, or a number with its unit.
pub(super) fn parse(text: &str) -> Result<Duration, String> {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let unit = match text.strip_prefix(digits) {
        Some("" | "s") => 1.0,
        Some("m") => 60.0,
        Some("h") => 3600.0,
        Some("d") => 86_400.0,
        _ => return Err("expected a span like 90, 30s, 10m, 2h or 1d".into()),
    };
    let number: f64 =
        digits.parse().map_err(|_not| "expected a span like 90, 30s, 10m, 2h or 1d".to_owned())?;
    Duration::try_from_secs_f64(number * unit).map_err(|_range| "expected a span above 0".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_is_a_number_with_a_unit() {
        assert_eq!(parse("90"), Ok(Duration::from_secs(90)));
        assert_eq!(parse("1.5h"), Ok(Duration::from_secs(5400)));
        assert_eq!(parse("10m"), Ok(Duration::from_secs(600)));
        assert!(parse("soon").is_err());
        assert!(parse("-5m").is_err());
        assert!(parse("5w").is_err());
    }
}
