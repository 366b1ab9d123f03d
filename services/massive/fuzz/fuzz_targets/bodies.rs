//! Any bytes as an answer of the REST interface.
#![no_main]

libfuzzer_sys::fuzz_target!(|body: &[u8]| massive::fuzz::body(body));
