//! The bus against real Redis servers.

mod faults;
mod outage;
mod values;
