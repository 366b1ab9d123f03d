//! Tests of the whole: `tidy.rs` holds the structure to the rules of `docs/architecture.md`, `fleet/` plays the
//! composed fleet end to end. There is nothing to import here.
