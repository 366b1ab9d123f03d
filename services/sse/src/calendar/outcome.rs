//! Released figures against expected ones.

use std::cmp::Ordering;
use wire::econ::Verdict;

/// How `actual` compares with `expected`, by number.
pub(crate) fn verdict(actual: &str, expected: Option<&str>) -> Verdict {
    let expected = expected.and_then(number);
    match number(actual).zip(expected).and_then(|(actual, expected)| actual.partial_cmp(&expected)) {
        Some(Ordering::Greater) => Verdict::Beat,
        Some(Ordering::Less) => Verdict::Missed,
        Some(Ordering::Equal) | None => Verdict::Met,
    }
}

/// The number of a figure: `0.3%`, `-1,250.5K`, `+2.1 M`, `3B`. `None` when it is none.
fn number(text: &str) -> Option<f64> {
    let text = text.trim().replace('\u{2212}', "-");
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(&text).trim_start();
    let (digits, exponent) = match unsigned.strip_suffix(|unit: char| !unit.is_ascii_digit()) {
        None => (unsigned, 0),
        Some(digits) => match unsigned.chars().next_back()? {
            '%' => (digits, 0),
            'k' | 'K' => (digits, 3),
            'm' | 'M' => (digits, 6),
            'b' | 'B' => (digits, 9),
            _ => return None,
        },
    };
    let digits = digits.trim_end();
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let is_number =
        is_whole(whole, !fraction.is_empty()) && fraction.bytes().all(|byte| byte.is_ascii_digit());
    if !is_number || digits.ends_with('.') {
        return None;
    }
    // The unit goes into the text: 1.005K is then exactly 1005.
    let sign = if text.starts_with('-') { "-" } else { "" };
    format!("{sign}0{}.{fraction}0e{exponent}", whole.replace(',', ""))
        .parse()
        .ok()
        .filter(|n: &f64| n.is_finite())
}

/// Digits, in groups of three where there are commas; none at all only before a fraction.
fn is_whole(text: &str, has_fraction: bool) -> bool {
    let is_digits = |group: &str| group.bytes().all(|byte| byte.is_ascii_digit());
    let mut groups = text.split(',');
    let first = groups.next().unwrap_or_default();
    let rest: Vec<&str> = groups.collect();
    if rest.is_empty() {
        return is_digits(first) && (has_fraction || !first.is_empty());
    }
    (1..=3).contains(&first.len())
        && is_digits(first)
        && rest.iter().all(|group| group.len() == 3 && is_digits(group))
}

#[cfg(test)]
mod tests {
    use super::*;
    use Verdict::{Beat, Met, Missed};

    #[test]
    fn figures_are_read_as_people_write_them() {
        for (text, expected) in [
            ("0.3%", Some(0.3)),
            ("0.30 %", Some(0.3)),
            ("-0.1%", Some(-0.1)),
            ("\u{2212}0.1%", Some(-0.1)),
            ("+227K", Some(227_000.0)),
            ("1.005k", Some(1005.0)),
            ("1,250.5K", Some(1_250_500.0)),
            ("8.14M", Some(8_140_000.0)),
            ("-78.2B", Some(-78_200_000_000.0)),
            ("1,234,567", Some(1_234_567.0)),
            (" 52.1 ", Some(52.1)),
            (".5", Some(0.5)),
            ("0", Some(0.0)),
            ("", None),
            ("-", None),
            ("%", None),
            ("5.", None),
            ("1.2.3", None),
            ("1,5%", None),
            ("12,34", None),
            (",123", None),
            ("1e5", None),
            ("NaN", None),
            ("inf", None),
            ("5.25-5.50%", None),
            ("hawkish", None),
            ("3T", None),
            ("5%%", None),
            ("٣", None),
        ] {
            assert_eq!(number(text), expected, "{text:?}");
        }
    }

    #[test]
    fn a_figure_beats_misses_or_meets_what_was_expected() {
        for (actual, expected, status) in [
            ("0.4%", Some("0.3%"), Beat),
            ("0.2%", Some("0.3%"), Missed),
            ("0.30%", Some("0.3%"), Met),
            ("227K", Some("200K"), Beat),
            ("1.1M", Some("1,100K"), Met),
            ("999K", Some("1M"), Missed),
            ("-0.2%", Some("-0.1%"), Missed),
            ("-80B", Some("-79.5B"), Missed),
            ("held", Some("4.50%"), Met),
            ("4.50%", Some("hold"), Met),
            ("4.50%", None, Met),
        ] {
            assert_eq!(verdict(actual, expected), status, "{actual} against {expected:?}");
        }
    }
}
