//! Who is calling and what they may do: the one answer for every program that browsers reach.
//!
//! Reads WordPress tokens, session cookies, the tier gates and the identity headers between services; signs
//! sessions. Every judgement is a function of its arguments, time included: nothing here does I/O, asks the
//! clock, or logs. A refusal carries a public code for the caller and a private reason for the log, and no
//! secret or token is ever part of either, nor of a `Debug`.

#![warn(missing_docs)]

pub mod cookie;
pub mod fuzz;
pub mod gates;
pub mod identity;
mod json;
mod jws;
pub mod redirect;
mod refusal;
pub mod session;
pub mod tier;
pub mod token;

pub use gates::Gates;
pub use identity::Identity;
pub use refusal::Refusal;
pub use session::{Session, Wp};
pub use tier::Tier;
pub use token::{Issuers, Member};

use ring::{digest, hmac};

/// The first ten hex digits of the SHA-256 of a secret or token: tells two apart and gives neither away.
pub fn fingerprint(secret: &[u8]) -> String {
    hex(digest::digest(&digest::SHA256, secret).as_ref().iter().take(5))
}

/// All of the SHA-256 of a token, as lower-case hex: what single use is remembered by.
pub fn digest(token: &[u8]) -> String {
    hex(digest::digest(&digest::SHA256, token).as_ref())
}

/// Whether `given` is `expected`, in a time that tells nothing of how much of it is right.
pub(crate) fn is_same(given: &[u8], expected: &[u8]) -> bool {
    let key = hmac::Key::new(hmac::HMAC_SHA256, expected);
    hmac::verify(&key, given, hmac::sign(&key, expected).as_ref()).is_ok()
}

pub(crate) fn hex<'a>(bytes: impl IntoIterator<Item = &'a u8>) -> String {
    bytes.into_iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// FIPS 180-2, appendix B.1: SHA-256 of "abc".
    #[test]
    fn a_fingerprint_is_the_beginning_of_the_digest() {
        assert_eq!(digest(b"abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        assert_eq!(fingerprint(b"abc"), "ba7816bf8f");
    }

    #[test]
    fn only_the_very_same_bytes_are_the_same() {
        assert!(is_same(b"token", b"token") && is_same(b"", b""));
        for other in [&b""[..], b"toke", b"token ", b"Token", b"token\0"] {
            assert!(!is_same(other, b"token"), "{other:?}");
        }
    }

    #[test]
    fn the_page_knows_the_gates() {
        typescript::Types::of("crates/auth", "ui/src/wire/auth").with::<gates::Gates>().check();
    }
}
