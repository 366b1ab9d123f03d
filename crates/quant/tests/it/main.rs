//! Properties of the calendar and of option tickers.

mod calendar;
mod contract;
