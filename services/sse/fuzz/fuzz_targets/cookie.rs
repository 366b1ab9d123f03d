//! Any bytes as the headers that tell a session, or as the claims of one that is signed.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| auth::fuzz::cookie(bytes));
