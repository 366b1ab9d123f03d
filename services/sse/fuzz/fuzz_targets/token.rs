//! Any bytes as a sign-in token, or as the header and claims of one that is signed.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| auth::fuzz::token(bytes));
