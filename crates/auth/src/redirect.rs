//! Where a browser may be sent after signing in or out.

use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use std::borrow::Cow;

const MAX_BYTES: usize = 1024;
const HOME: &str = "/";

/// What a header cannot carry as it stands.
const ESCAPED: &AsciiSet = &CONTROLS.add(b' ').add(b'"').add(b'<').add(b'>');

/// `next` when it is a path on this host, else `/`.
///
/// Browsers take `\` for `/`, and drop tabs and line breaks before they read a URL: `//`, `/\` and every
/// control character are refused.
pub fn safe(next: &str) -> &str {
    let mut chars = next.chars();
    let is_path = chars.next() == Some('/') && !matches!(chars.next(), Some('/' | '\\'));
    let is_safe = is_path && next.len() <= MAX_BYTES && !next.chars().any(char::is_control);
    if is_safe { next } else { HOME }
}

/// [`safe`], written as a `Location` header carries it: blanks and what is not ASCII percent-encoded.
pub fn location(next: &str) -> Cow<'_, str> {
    utf8_percent_encode(safe(next), ESCAPED).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_of_ours_is_kept() {
        let longest = format!("/{}", "x".repeat(MAX_BYTES - 1));
        for next in
            ["/", "/desk", "/desk?tab=gex&x=//evil", "/a//b", "/a\\b", "/#x", "/%2f%2fevil", "/ä b", &longest]
        {
            assert_eq!(safe(next), next);
        }
    }

    #[test]
    fn everything_else_leads_home() {
        let too_long = format!("/{}", "x".repeat(MAX_BYTES));
        for next in [
            "",
            "desk",
            "//evil.example.net",
            "///evil.example.net",
            "/\\evil.example.net",
            "\\\\evil.example.net",
            "\\/evil.example.net",
            "https://evil.example.net",
            "javascript:alert(1)",
            " /desk",
            "\t//evil.example.net",
            "/\t/evil.example.net",
            "/\n/evil.example.net",
            "/\r\nSet-Cookie: a=b",
            "/desk\0",
            "/desk\u{7f}",
            "/desk\u{85}",
            "@evil.example.net",
            ".evil.example.net",
            "./desk",
            &too_long,
        ] {
            assert_eq!(safe(next), "/", "{next:?}");
        }
    }

    #[test]
    fn a_location_is_ascii() {
        assert_eq!(location("/ä b?q=\"<é>%20"), "/%C3%A4%20b?q=%22%3C%C3%A9%3E%20");
        assert_eq!(location("//evil"), "/");
    }
}
