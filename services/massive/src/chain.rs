//! Option chains: which contracts are listed, what is known of each, and what of them is subscribed.

pub(crate) mod book;
pub(crate) mod columns;
pub(crate) mod cycle;
pub(crate) mod directory;
pub(crate) mod keeper;
pub(crate) mod plan;
pub(crate) mod subscriptions;
pub(crate) mod view;
