//! Where a reader is in the hub's numbering: `<run>-<event>.<state>[.u<journal>]`.

use std::{fmt, str::FromStr};

const MAX_BYTES: usize = 64;
const MAX_DIGITS: usize = 15;

/// An event id. Events are sent in order and states are conflated, so it holds a mark for each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cursor {
    /// Drawn when the hub started; written as eight hex digits.
    pub run: u32,
    /// Number of the last event sent.
    pub event: u64,
    /// Every state change up to this number was sent, or replaced by a newer value that was sent.
    pub state: u64,
    /// Highest number of the journal's own events, once there was one.
    pub journal: Option<u64>,
}

/// Not an id that a hub ever gave out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BadCursor;

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:08x}-{}.{}", self.run, self.event, self.state)?;
        match self.journal {
            Some(journal) => write!(f, ".u{journal}"),
            None => Ok(()),
        }
    }
}

impl FromStr for Cursor {
    type Err = BadCursor;

    fn from_str(text: &str) -> Result<Self, BadCursor> {
        if text.len() > MAX_BYTES {
            return Err(BadCursor);
        }
        let (run, marks) = text.split_once('-').ok_or(BadCursor)?;
        let is_hex = run.len() == 8 && run.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        if !is_hex {
            return Err(BadCursor);
        }
        let mut marks = marks.split('.');
        let mut mark = || marks.next().ok_or(BadCursor).and_then(number);
        let (event, state) = (mark()?, mark()?);
        let journal = match marks.next() {
            Some(journal) => Some(number(journal.strip_prefix('u').ok_or(BadCursor)?)?),
            None => None,
        };
        if marks.next().is_some() {
            return Err(BadCursor);
        }
        let run = u32::from_str_radix(run, 16).map_err(|_not| BadCursor)?;
        Ok(Self { run, event, state, journal })
    }
}

fn number(text: &str) -> Result<u64, BadCursor> {
    let is_number = (1..=MAX_DIGITS).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| text.parse().ok()).flatten().ok_or(BadCursor)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const LIMIT: u64 = 1_000_000_000_000_000;

    proptest! {
        #[test]
        fn every_cursor_survives_the_wire(
            run: u32, event in 0..LIMIT, state in 0..LIMIT, journal in proptest::option::of(0..LIMIT)
        ) {
            let cursor = Cursor { run, event, state, journal };
            let text = cursor.to_string();
            prop_assert!(text.len() <= MAX_BYTES);
            prop_assert_eq!(text.parse(), Ok(cursor));
        }

        #[test]
        fn no_text_makes_the_parser_panic_and_what_parses_prints_the_same_marks(text in ".{0,80}") {
            if let Ok(cursor) = text.parse::<Cursor>() {
                prop_assert_eq!(cursor.to_string().parse(), Ok(cursor));
            }
        }
    }

    #[test]
    fn only_the_exact_form_is_an_id() {
        let example = Cursor { run: 0x7c20_e1d4, event: 18422, state: 18460, journal: Some(5120) };
        assert_eq!("7c20e1d4-18422.18460.u5120".parse(), Ok(example));
        for bad in [
            "",
            "-",
            "7c20e1d4",
            "7c20e1d4-1",
            "7c20e1d4-1.",
            "7c20e1d4-.1",
            "7C20E1D4-1.2",
            "7c20e1d-1.2",
            "7c20e1d44-1.2",
            "7c20e1d4-1.2.5",
            "7c20e1d4-1.2.u",
            "7c20e1d4-1.2.u3.4",
            "7c20e1d4-+1.2",
            "7c20e1d4-1.2 ",
            "7c20e1d4-1234567890123456.1",
            "7c20e1d4-1.-2",
            "7c20e1d4-1.2\n",
        ] {
            assert_eq!(bad.parse::<Cursor>(), Err(BadCursor), "{bad:?}");
        }
    }
}
