//! Which contracts are subscribed: the vendor allows a thousand quotes on a connection, so the nearest come first.
//!
//! Pure. The order is: days to expiration, distance from the spot, then strike, call before put.

use quant::{calendar, chain::Chain, contract::Right};
use std::{collections::BTreeSet, sync::Arc};

/// Contracts whose quotes may be subscribed.
pub(crate) const MAX_QUOTES: usize = 1_000;
/// Of those, in percent, when the first chain is not the only one.
const FIRST_SHARE: usize = 70;
/// The chain that gets it.
const FIRST: &str = "I:SPX";
/// A spot that moved further than this share has other nearest contracts.
pub(crate) const MOVE: f64 = 0.0025;

/// A chain and where its underlying stands.
#[derive(Debug)]
pub(crate) struct Candidates<'a> {
    pub(crate) symbol: &'a str,
    pub(crate) chain: &'a Chain,
    pub(crate) tickers: &'a [Arc<str>],
    /// Points.
    pub(crate) spot: f64,
}

/// The topics of `/options` on date `today`.
pub(crate) fn topics(chains: &[Candidates<'_>], today: chrono::NaiveDate) -> BTreeSet<String> {
    let ordered: Vec<Vec<&Arc<str>>> = chains.iter().map(|chain| nearest_first(chain, today)).collect();
    let sizes: Vec<usize> = ordered.iter().map(Vec::len).collect();
    let names: Vec<&str> = chains.iter().map(|chain| chain.symbol).collect();
    let mut topics = BTreeSet::new();
    for (tickers, share) in ordered.iter().zip(shares(&names, &sizes)) {
        topics.extend(tickers.iter().take(share).map(|ticker| format!("Q.{ticker}")));
    }
    for chain in chains {
        let last_day = chain.chain.expiry.iter().zip(chain.tickers).filter(|(expiry, _)| {
            let date = chain.chain.expiries.get(usize::from(**expiry)).map(|expiry| expiry.date);
            date.is_some_and(|date| calendar::days_to(today, date) <= 0)
        });
        topics.extend(last_day.map(|(_, ticker)| format!("T.{ticker}")));
    }
    topics
}

fn nearest_first<'a>(candidates: &Candidates<'a>, today: chrono::NaiveDate) -> Vec<&'a Arc<str>> {
    let chain = candidates.chain;
    let days: Vec<i64> = chain.expiries.iter().map(|expiry| calendar::days_to(today, expiry.date)).collect();
    let mut order: Vec<(i64, f64, f64, Right, &Arc<str>)> = candidates
        .tickers
        .iter()
        .enumerate()
        .filter_map(|(row, ticker)| {
            let (strike, right) = (*chain.strike.get(row)?, *chain.right.get(row)?);
            let dte = *days.get(usize::from(*chain.expiry.get(row)?))?;
            Some((dte, (strike - candidates.spot).abs(), strike, right, ticker))
        })
        .collect();
    order.sort_unstable_by(|a, b| {
        a.0.cmp(&b.0)
            .then(a.1.total_cmp(&b.1))
            .then(a.2.total_cmp(&b.2))
            .then(a.3.cmp(&b.3))
            .then(a.4.cmp(b.4))
    });
    order.into_iter().map(|(.., ticker)| ticker).collect()
}

/// How many contracts of each chain are subscribed. What one cannot use goes to the others.
fn shares(names: &[&str], sizes: &[usize]) -> Vec<usize> {
    let others = names.iter().filter(|name| **name != FIRST).count();
    let first = if others == names.len() { 0 } else { MAX_QUOTES * FIRST_SHARE / 100 };
    let mut shares: Vec<usize> = names
        .iter()
        .zip(sizes)
        .map(|(name, &size)| match (*name == FIRST, others) {
            (true, 0) => size.min(MAX_QUOTES),
            (true, _) => size.min(first),
            (false, others) => size.min((MAX_QUOTES - first) / others),
        })
        .collect();
    let mut spare = MAX_QUOTES.saturating_sub(shares.iter().sum());
    for (share, &size) in shares.iter_mut().zip(sizes) {
        let more = spare.min(size - *share);
        *share += more;
        spare -= more;
    }
    shares
}

#[cfg(test)]
mod tests {
    use super::*;
    use quant::chain::{Expiry, Row, Settlement};

    fn chain(dates: &[&str], strikes: &[f64]) -> (Chain, Vec<Arc<str>>) {
        let expiries = dates.iter().map(|date| Expiry {
            date: date.parse().unwrap(),
            settlement: Settlement::Pm,
            settles_ms: 0,
        });
        let mut tickers: Vec<Arc<str>> = Vec::new();
        let mut rows = Vec::new();
        for expiry in 0..dates.len() {
            for &strike in strikes {
                for right in [Right::Call, Right::Put] {
                    let side = if right == Right::Call { 'C' } else { 'P' };
                    tickers.push(format!("{expiry}{side}{strike}").into());
                    let unknown = f64::NAN;
                    rows.push(Row {
                        expiry: u16::try_from(expiry).unwrap(),
                        strike,
                        right,
                        bid: unknown,
                        ask: unknown,
                        last: unknown,
                        open_interest: unknown,
                        vendor_iv: unknown,
                        vendor_gamma: unknown,
                        multiplier: 100.0,
                    });
                }
            }
        }
        (Chain::new(expiries.collect(), rows), tickers)
    }

    #[test]
    fn the_nearest_come_first_and_calls_alternate_with_puts() {
        let (chain, tickers) = chain(&["2025-11-21", "2025-11-24"], &[90.0, 100.0, 104.0, 120.0]);
        let candidates = Candidates { symbol: "I:SPX", chain: &chain, tickers: &tickers, spot: 101.0 };
        let order = nearest_first(&candidates, "2025-11-21".parse().unwrap());
        let order: Vec<&str> = order.into_iter().map(|ticker| &**ticker).collect();
        assert_eq!(order[..6], ["0C100", "0P100", "0C104", "0P104", "0C90", "0P90"]);
        assert_eq!(order[8], "1C100", "the next expiration comes after the last strike of this one");
    }

    #[test]
    fn a_thousand_quotes_are_shared_seven_to_three() {
        assert_eq!(shares(&["I:SPX", "I:NDX"], &[2_000, 2_000]), [700, 300]);
        assert_eq!(shares(&["I:SPX"], &[2_000]), [1_000]);
        assert_eq!(shares(&["I:SPX", "I:NDX"], &[2_000, 100]), [900, 100], "what is left over is used");
        assert_eq!(shares(&["I:NDX", "I:SPX", "SPY"], &[900, 900, 900]), [150, 700, 150]);
        assert_eq!(shares(&["SPY", "QQQ"], &[900, 900]), [500, 500]);
        assert_eq!(shares(&["I:SPX", "I:NDX"], &[10, 20]), [10, 20]);
        assert_eq!(shares(&[], &[]), [0_usize; 0]);
    }

    #[test]
    fn trades_are_subscribed_of_what_expires_today() {
        let (chain, tickers) = chain(&["2025-11-21", "2025-11-24"], &[100.0]);
        let candidates = [Candidates { symbol: "I:SPX", chain: &chain, tickers: &tickers, spot: 101.0 }];
        let topics = topics(&candidates, "2025-11-21".parse().unwrap());
        let expected = ["Q.0C100", "Q.0P100", "Q.1C100", "Q.1P100", "T.0C100", "T.0P100"];
        assert_eq!(topics.iter().map(String::as_str).collect::<Vec<_>>(), expected);
    }
}
