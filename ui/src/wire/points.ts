// Generated from crates/wire/src/points by `make types`: change the Rust types, not this file.

/** A strike or a width in thousandths of a point. As text and as a JSON key: `6600`, `447.5`, `129.78`. */
export type Points = string;
