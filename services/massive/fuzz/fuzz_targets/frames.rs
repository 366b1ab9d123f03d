//! Any bytes as a WebSocket frame.
#![no_main]

libfuzzer_sys::fuzz_target!(|frame: &[u8]| massive::fuzz::frame(frame));
