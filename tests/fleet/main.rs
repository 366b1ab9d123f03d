//! The composed fleet, end to end: containers are stopped, killed, frozen and recreated, and what `healer:alerts`
//! says is held against the promised times.
//!
//! `scripts/test` brings a fleet up beside the operator's own (other name, network and ports) and runs this. The
//! tests share it, so they run one at a time, and each leaves it healthy.

mod alerts;
mod edge;
mod faults;
mod fleet;
mod seeded;
