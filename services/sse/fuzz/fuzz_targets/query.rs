//! Any bytes as the path and query of a request, decoded as the server decodes them.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| sse::fuzz::query(bytes, |raw| serde_urlencoded::from_str(raw).ok()));
