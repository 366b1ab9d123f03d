//! The models over a chain that was worked by hand, over chains that make no sense, and into a real Redis.

mod made;
mod payloads;
mod publishing;
