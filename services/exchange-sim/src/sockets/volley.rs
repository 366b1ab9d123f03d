//! Frames of option quotes that are written in advance: at a great rate only instants and sequence numbers are
//! filled in.

use super::{
    client::Client,
    event,
    frame::{self, TEXT},
};
use crate::{
    Sim,
    price::{PER_STEP, chain::OptionQuote, place, sequence},
};
use bytes::Bytes;

/// Quotes of a frame at a great rate.
const MOST_QUOTES: usize = 50;
/// At smaller rates a frame has fewer, so that it does not wait for them longer than 50 ms.
const FRAMES_PER_SEC: f64 = 20.0;
/// Distinct prices of a contract, a tick apart, before they begin again.
const PRICES: usize = 4;
const TICK: f64 = 0.1;
/// Bid of a contract that is not listed.
const UNLISTED: f64 = 10.0;
/// Sequence numbers of a load that lasts: above those of any market.
const LASTING: u64 = 100_000_000_000;

/// Where the numbers of one quote stand in its frame.
#[derive(Debug, Clone, Copy)]
struct Blanks {
    t: usize,
    q: usize,
}

#[derive(Debug)]
struct Written {
    frame: Vec<u8>,
    blanks: Vec<Blanks>,
}

/// Quotes of the contracts one client subscribed to, one contract after the other, again and again.
#[derive(Debug)]
pub(super) struct Volley {
    tickers: Vec<String>,
    per_frame: usize,
    /// Whether it is a load without end, not a burst on top of the market's own quotes.
    lasting: bool,
    /// Digits of `t` and `q` as they were written.
    digits: (usize, usize),
    written: Vec<Written>,
    /// The next frame, and the contract it begins with.
    next: (usize, usize),
    /// Sequence number of this round of the contracts.
    q: u64,
}

impl Volley {
    /// Of these contracts; `eps` is the rate of quotes, 0 without a limit. Sequence numbers rise on from `reached`: a
    /// client that changes its topics gets no old ones.
    pub(super) fn new(tickers: Vec<String>, eps: f64, lasting: bool, reached: u64) -> Self {
        let share = if eps > 0.0 { (eps / FRAMES_PER_SEC) as usize } else { MOST_QUOTES };
        let per_frame = share.clamp(1, MOST_QUOTES);
        let written = Vec::new();
        Self { tickers, per_frame, lasting, digits: (0, 0), written, next: (0, 0), q: reached }
    }

    /// The greatest sequence number so far.
    pub(super) const fn reached(&self) -> u64 {
        self.q
    }

    /// Sends whole frames with up to `count` quotes; returns how many quotes they had.
    pub(super) fn send(&mut self, sim: &Sim, client: &Client, count: u64) -> u64 {
        if self.tickers.is_empty() {
            return 0;
        }
        let t = sim.clock.now().ms;
        let base = self.base(t);
        let mut sent = 0;
        loop {
            self.q = self.q.max(base);
            // No frame begins with fewer digits than it ends with.
            if digits(self.q + MOST_QUOTES as u64) > digits(self.q) {
                self.q += MOST_QUOTES as u64;
            }
            if (digits(t.unsigned_abs()), digits(self.q)) != self.digits {
                self.write(sim, t);
            }
            let (next, mut contract) = self.next;
            let Some(written) = self.written.get_mut(next) else { return sent };
            let quotes = written.blanks.len() as u64;
            if sent + quotes > count {
                return sent;
            }
            for blanks in &written.blanks {
                fill(&mut written.frame, blanks.t, self.digits.0, t.unsigned_abs());
                fill(&mut written.frame, blanks.q, self.digits.1, self.q);
                contract += 1;
                if contract == self.tickers.len() {
                    (contract, self.q) = (0, self.q + 1);
                }
            }
            client.send(Bytes::copy_from_slice(&written.frame));
            sent += quotes;
            self.next = ((next + 1) % self.written.len(), contract);
        }
    }

    /// The least sequence number of an instant. From there they rise from round to round.
    fn base(&self, t: i64) -> u64 {
        if self.lasting {
            return LASTING;
        }
        let here = place(t);
        sequence(here.minute, here.step) + PER_STEP / 2
    }

    /// Writes all frames: each contract at each of its prices, as often as fills a frame.
    fn write(&mut self, sim: &Sim, t: i64) {
        let q = self.q;
        self.digits = (digits(t.unsigned_abs()), digits(q));
        let rounds = PRICES * MOST_QUOTES.div_ceil(self.tickers.len());
        let bids: Vec<f64> = self.tickers.iter().map(|ticker| bid(sim, ticker, t)).collect();
        let quotes: Vec<(&str, f64)> = (0..rounds)
            .flat_map(|round| {
                let raised = (round % PRICES) as f64 * TICK;
                self.tickers.iter().zip(&bids).map(move |(ticker, bid)| (ticker.as_str(), bid + raised))
            })
            .collect();
        let written = quotes.chunks(self.per_frame).map(|quotes| Written::of(quotes, t, q, self.digits));
        (self.written, self.next) = (written.collect(), (0, 0));
        self.q += 1;
    }
}

impl Written {
    fn of(quotes: &[(&str, f64)], t: i64, q: u64, digits: (usize, usize)) -> Self {
        let mut text = String::from("[");
        let mut ends = Vec::with_capacity(quotes.len());
        for (ticker, bid) in quotes {
            if text.len() > 1 {
                text.push(',');
            }
            let cents = |price: f64| (price * 100.0).round() / 100.0;
            let (bid, ask) = (cents(*bid), cents(bid + TICK));
            let (bid_size, ask_size) = (12, 15);
            let quote = OptionQuote { t, bid, bid_size, ask, ask_size, sequence: q, exchanges: (302, 302) };
            text.push_str(&event::option_quote(ticker, &quote));
            ends.push(text.len());
        }
        text.push(']');
        let frame = frame::encode(TEXT, text.as_bytes()).to_vec();
        let head = frame.len() - text.len();
        // A quote ends with its instant and its sequence number: `"t":…,"q":…}`.
        let blanks = ends.into_iter().map(|end| {
            let q = head + end - 1 - digits.1;
            Blanks { q, t: q - r#","q":"#.len() - digits.0 }
        });
        Self { blanks: blanks.collect(), frame }
    }
}

/// Bid of a contract now; the same for all that are not listed.
fn bid(sim: &Sim, ticker: &str, t: i64) -> f64 {
    let here = place(t);
    let listed = sim.chain.contract(&sim.market, ticker, here.date);
    let quote = listed.and_then(|(board, at)| {
        let tape = sim.chain.tape(&sim.market, &board, here);
        tape.quote(board.contracts.get(at)?, here.step)
    });
    quote.map_or(UNLISTED, |quote| quote.bid)
}

fn digits(number: u64) -> usize {
    number.checked_ilog10().map_or(1, |tens| tens as usize + 1)
}

/// Overwrites the digits that begin at `at`.
fn fill(frame: &mut [u8], at: usize, digits: usize, mut number: u64) {
    let Some(slot) = frame.get_mut(at..at + digits) else { return };
    for digit in slot.iter_mut().rev() {
        *digit = b'0' + (number % 10) as u8;
        number /= 10;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    #[test]
    fn what_is_filled_in_stands_where_it_belongs() {
        let quotes = [("O:SPXW251121C06600000", 10.0), ("O:SPXW251121P06600000", 12.35)];
        let mut written = Written::of(&quotes, 1_763_737_200_000, 1_000_000_000, (13, 10));
        for blanks in &written.blanks {
            fill(&mut written.frame, blanks.t, 13, 1_763_737_201_234);
            fill(&mut written.frame, blanks.q, 10, 2_000_000_017);
        }
        let start = written.frame.iter().position(|byte| *byte == b'[').unwrap();
        let events: Vec<Value> = serde_json::from_slice(&written.frame[start..]).unwrap();
        for (event, (ticker, bid)) in events.iter().zip(quotes) {
            assert_eq!((event["sym"].as_str(), event["bp"].as_f64()), (Some(ticker), Some(bid)));
            assert_eq!(
                (event["t"].as_i64(), event["q"].as_u64()),
                (Some(1_763_737_201_234), Some(2_000_000_017))
            );
        }
        assert_eq!((digits(0), digits(9), digits(10), digits(1_000_000_000)), (1, 1, 2, 10));
    }
}
