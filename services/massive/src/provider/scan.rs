//! JSON read where it stands: a strict reader for texts whose shape is known. Nothing is built but what is asked for.

use super::number::{Number, Text};
use std::borrow::Cow;

/// Deepest nesting that is read.
pub(crate) const MAX_DEPTH: u32 = 32;

/// The text is no JSON, or nested too deeply.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Broken;

type Read<T> = Result<T, Broken>;

/// A place in a text. Objects and lists are walked: `enter`, then `more` before each member, until it says no.
#[derive(Debug)]
pub(crate) struct Scan<'a> {
    text: &'a str,
    at: usize,
    depth: u32,
}

/// A list or an object that is being walked.
#[derive(Debug)]
pub(crate) struct Inside {
    close: u8,
    is_first: bool,
}

/// Powers of ten that are exact.
const TENS: [f64; 23] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18,
    1e19, 1e20, 1e21, 1e22,
];
/// Up to here whole numbers are exact.
const EXACT: u64 = 1 << 53;
/// Digits that always fit 64 bits.
const FITTING: usize = 19;

impl<'a> Scan<'a> {
    pub(crate) const fn new(text: &'a str) -> Self {
        Self { text, at: 0, depth: 0 }
    }

    /// The byte that begins the next token; 0 at the end.
    pub(crate) fn peek(&mut self) -> u8 {
        let bytes = self.text.as_bytes();
        loop {
            match bytes.get(self.at) {
                Some(b' ' | b'\n' | b'\r' | b'\t') => self.at += 1,
                Some(&byte) => return byte,
                None => return 0,
            }
        }
    }

    /// Begins an object (`{`) or a list (`[`).
    pub(crate) fn enter(&mut self, open: u8) -> Read<Inside> {
        self.depth += 1;
        if self.peek() != open || self.depth > MAX_DEPTH {
            return Err(Broken);
        }
        self.at += 1;
        Ok(Inside { close: if open == b'{' { b'}' } else { b']' }, is_first: true })
    }

    /// Whether another member follows; at the end the object or list is left.
    pub(crate) fn more(&mut self, inside: &mut Inside) -> Read<bool> {
        let byte = self.peek();
        if byte == inside.close {
            self.at += 1;
            self.depth -= 1;
            // A comma promised another member.
            return Ok(false);
        }
        if !std::mem::replace(&mut inside.is_first, false) {
            if byte != b',' {
                return Err(Broken);
            }
            self.at += 1;
            if self.peek() == inside.close {
                return Err(Broken);
            }
        }
        Ok(true)
    }

    /// The name of a member, with its colon.
    pub(crate) fn key(&mut self) -> Read<Cow<'a, str>> {
        let key = self.string()?;
        if self.peek() != b':' {
            return Err(Broken);
        }
        self.at += 1;
        Ok(key)
    }

    /// Any value, as far as it is a number.
    pub(crate) fn number(&mut self) -> Read<Number> {
        match self.peek() {
            b'-' | b'0'..=b'9' => self.plain().map(Number::Plain),
            b'"' => {
                let text = self.string()?;
                Ok(text.trim().parse().map_or(Number::Strange, Number::Quoted))
            }
            b'n' => self.skip().map(|()| Number::Absent),
            _ => self.skip().map(|()| Number::Strange),
        }
    }

    /// Any value, as far as it is a text.
    pub(crate) fn text(&mut self) -> Read<Text<'a>> {
        match self.peek() {
            b'"' => self.string().map(Text::Plain),
            b'n' => self.skip().map(|()| Text::Absent),
            _ => self.skip().map(|()| Text::Strange),
        }
    }

    /// Reads a value away.
    pub(crate) fn skip(&mut self) -> Read<()> {
        match self.peek() {
            b'"' => self.string().map(|_text| ()),
            b'-' | b'0'..=b'9' => self.digits().map(|_digits| ()),
            b'n' => self.word("null"),
            b't' => self.word("true"),
            b'f' => self.word("false"),
            open @ (b'[' | b'{') => {
                let mut inside = self.enter(open)?;
                while self.more(&mut inside)? {
                    if open == b'{' {
                        self.key()?;
                    }
                    self.skip()?;
                }
                Ok(())
            }
            _ => Err(Broken),
        }
    }

    /// Nothing but white space may follow.
    pub(crate) fn end(&mut self) -> Read<()> {
        self.peek();
        if self.at == self.text.len() { Ok(()) } else { Err(Broken) }
    }

    fn word(&mut self, word: &str) -> Read<()> {
        let end = self.at + word.len();
        if self.text.as_bytes().get(self.at..end) != Some(word.as_bytes()) {
            return Err(Broken);
        }
        self.at = end;
        Ok(())
    }

    fn string(&mut self) -> Read<Cow<'a, str>> {
        if self.peek() != b'"' {
            return Err(Broken);
        }
        let start = self.at + 1;
        let mut end = special(self.text.as_bytes(), start);
        if self.text.as_bytes().get(end) == Some(&b'"') {
            self.at = end + 1;
            return self.text.get(start..end).map(Cow::Borrowed).ok_or(Broken);
        }
        while self.text.as_bytes().get(end) == Some(&b'\\') {
            end = special(self.text.as_bytes(), end + 2);
        }
        let quoted = self.text.get(self.at..=end).ok_or(Broken)?;
        self.at = end + 1;
        serde_json::from_str(quoted).map(Cow::Owned).map_err(|_error| Broken)
    }

    fn plain(&mut self) -> Read<f64> {
        let start = self.at;
        let digits = self.digits()?;
        let is_exact = digits.places == 0 || digits.mantissa <= EXACT;
        if !digits.has_exponent && digits.count <= FITTING && is_exact {
            // Both are exact, and the division of two exact numbers rounds correctly.
            let value = digits.mantissa as f64 / TENS[digits.places];
            return Ok(if digits.is_negative { -value } else { value });
        }
        let value = self.text.get(start..self.at).and_then(|text| text.parse::<f64>().ok());
        value.filter(|value| value.is_finite()).ok_or(Broken)
    }

    /// Reads a number, without what its exponent does to it.
    fn digits(&mut self) -> Read<Digits> {
        let bytes = self.text.as_bytes();
        let is_negative = bytes.get(self.at) == Some(&b'-');
        let first = self.at + usize::from(is_negative);
        let (mut at, mut mantissa) = run(bytes, first, 0);
        let mut count = at - first;
        if count == 0 || (count > 1 && bytes.get(first) == Some(&b'0')) {
            return Err(Broken);
        }
        let mut places = 0;
        if bytes.get(at) == Some(&b'.') {
            let (end, with_places) = run(bytes, at + 1, mantissa);
            places = end - at - 1;
            count += places;
            if places == 0 {
                return Err(Broken);
            }
            (at, mantissa) = (end, with_places);
        }
        let has_exponent = matches!(bytes.get(at), Some(b'e' | b'E'));
        if has_exponent {
            at += 1 + usize::from(matches!(bytes.get(at + 1), Some(b'+' | b'-')));
            let (end, _exponent) = run(bytes, at, 0);
            if end == at {
                return Err(Broken);
            }
            at = end;
        }
        self.at = at;
        Ok(Digits { mantissa, count, places, is_negative, has_exponent })
    }
}

struct Digits {
    /// Every digit as one number; meaningless when there are more than fit.
    mantissa: u64,
    count: usize,
    /// Digits behind the point.
    places: usize,
    is_negative: bool,
    has_exponent: bool,
}

/// Reads digits from `at`, behind those of `mantissa`.
fn run(bytes: &[u8], mut at: usize, mut mantissa: u64) -> (usize, u64) {
    while let Some(digit @ b'0'..=b'9') = bytes.get(at) {
        mantissa = mantissa.wrapping_mul(10).wrapping_add(u64::from(digit - b'0'));
        at += 1;
    }
    (at, mantissa)
}

/// Where the first quote, backslash or control character from `at` is; past the end when there is none.
fn special(bytes: &[u8], mut at: usize) -> usize {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGH: u64 = 0x8080_8080_8080_8080;
    // The lowest byte of a word that is below `limit`, all bytes being compared at once.
    let below = |word: u64, limit: u64| word.wrapping_sub(ONES * limit) & !word & HIGH;
    while let Some(Ok(chunk)) = bytes.get(at..at + 8).map(<[u8; 8]>::try_from) {
        let word = u64::from_le_bytes(chunk);
        let found = below(word ^ (ONES * u64::from(b'"')), 1)
            | below(word ^ (ONES * u64::from(b'\\')), 1)
            | below(word, 0x20);
        if found != 0 {
            return at + found.trailing_zeros() as usize / 8;
        }
        at += 8;
    }
    while bytes.get(at).is_some_and(|byte| !matches!(byte, b'"' | b'\\' | 0..0x20)) {
        at += 1;
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::Value;

    fn is_read(text: &str) -> bool {
        let mut scan = Scan::new(text);
        scan.skip().and_then(|()| scan.end()).is_ok()
    }

    #[test]
    fn what_json_allows_is_read_and_nothing_else() {
        for text in ["0", "-0.5e+3", " [1 , {\"a\":[ ]}, null,true]\n", r#""a\"\\é\u00e9""#, "{}", "[[]]"] {
            assert!(is_read(text), "{text}");
        }
        for text in [
            "",
            "01",
            "1.",
            ".5",
            "1e",
            "-",
            "[1,]",
            "[,1]",
            "{\"a\":1,}",
            "{a:1}",
            "{\"a\" 1}",
            "nul",
            "\"a",
            "\"\n\"",
            r#""\x""#,
            r#""\"#,
            "[1] 2",
            "[1 2]",
            "tru]",
        ] {
            assert!(!is_read(text), "{text}");
        }
        let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        assert!(is_read(&nested(32)) && !is_read(&nested(33)));
    }

    #[test]
    fn numbers_are_those_of_the_standard_library() {
        for text in [
            "0.0016130000000000001",
            "9.4",
            "1763737269400",
            "1763737269400123456",
            "18446744073709551615",
            "99999999999999999999",
            "9007199254740993",
            "0.30000000000000004",
            "1e22",
            "-129.78",
            "123456789012345678.9",
        ] {
            let read = Scan::new(text).number().unwrap();
            assert_eq!(read, Number::Plain(text.parse().unwrap()), "{text}");
        }
        assert_eq!(Scan::new("1e999").number(), Err(Broken));
    }

    proptest! {
        #[test]
        fn every_number_is_read_as_it_was_written(value in any::<f64>().prop_filter("finite", |v| v.is_finite())) {
            let text = serde_json::to_string(&value).unwrap();
            prop_assert_eq!(Scan::new(&text).number(), Ok(Number::Plain(value)));
        }

        /// Texts that are nearly JSON: this reader and serde_json agree on which of them are.
        #[test]
        fn it_agrees_with_the_standard_reader(text in r#"[\[\]{}:," \\\n0-9eE+.\-ntulrfasé"]{0,24}"#) {
            prop_assert_eq!(is_read(&text), serde_json::from_str::<Value>(&text).is_ok(), "{}", text);
        }

        #[test]
        fn texts_come_out_as_they_went_in(text in any::<String>()) {
            let json = serde_json::to_string(&text).unwrap();
            let mut scan = Scan::new(&json);
            prop_assert_eq!(scan.text(), Ok(Text::Plain(text.into())));
        }
    }
}
