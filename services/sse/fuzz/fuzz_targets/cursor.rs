//! Any bytes as the id that a reader comes back with.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| sse::fuzz::cursor(bytes));
