//! The model of the chain, held to what an options market cannot break.

use crate::rig::frozen;
use chrono::NaiveDate;
use exchange_sim::{
    Config,
    price::{
        Market, Place, STEPS,
        chain::{
            Board, Chain, ChainSize, Contract, Filter, Model, OptionQuote, OptionTrade, Order, Source, Tape,
        },
    },
};
use quant::contract::Right;
use std::sync::Arc;

struct World {
    market: Market,
    chain: Chain,
}

fn date(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

impl World {
    fn new(seed: u64, size: ChainSize) -> Self {
        let config = Config { seed, ..frozen() };
        let first = date("2025-11-21");
        Self { market: Market::new(&config, first), chain: Chain::new(seed, size, first) }
    }

    fn board(&self, underlying: &str, day: &str) -> Arc<Board> {
        self.chain.board(&self.market, underlying, date(day)).unwrap()
    }

    fn tape(&self, board: &Arc<Board>, minute: usize) -> Arc<Tape> {
        self.chain.tape(&self.market, board, Place { date: board.date, minute, step: 0 })
    }

    fn model(&self) -> Model<'_> {
        Model { chain: &self.chain, market: &self.market }
    }
}

/// 10:30 New York time.
const MORNING: usize = 390;

/// Calls and puts of each expiration, by strike.
fn sides(board: &Board) -> impl Iterator<Item = (&[Contract], &[Contract])> {
    board.series.iter().map(|series| {
        let contracts = &board.contracts[series.contracts.clone()];
        contracts.split_at(contracts.partition_point(|contract| contract.right == Right::Call))
    })
}

#[test]
fn the_full_chain_of_the_index_has_about_twenty_thousand_contracts() {
    let world = World::new(1, ChainSize::Full);
    for day in ["2025-11-21", "2026-02-03", "2026-07-17"] {
        let board = world.board("I:SPX", day);
        assert!((18_000..22_000).contains(&board.contracts.len()), "{day}: {}", board.contracts.len());
        assert!(board.contracts.is_sorted_by(|a, b| a.ticker < b.ticker));
    }
    let both = world.board("I:SPX", "2025-11-21").contracts.len()
        + world.board("I:NDX", "2025-11-21").contracts.len();
    assert!((36_000..46_000).contains(&both), "{both}");
    let small = World::new(1, ChainSize::Small);
    let board = small.board("I:SPX", "2025-11-24");
    assert_eq!(board.series.len(), 5);
    assert!(board.contracts.iter().all(|contract| (contract.strike / 6600.0 - 1.0).abs() < 0.08));
}

#[test]
fn prices_before_rounding_leave_no_arbitrage() {
    let world = World::new(1, ChainSize::Full);
    for underlying in ["I:SPX", "I:NDX", "AAPL"] {
        let board = world.board(underlying, "2025-11-21");
        let tape = world.tape(&board, MORNING);
        for (series, (calls, puts)) in board.series.iter().zip(sides(&board)) {
            let Some(term) = tape.term(series, 7) else { continue };
            let price = |contract: &Contract| term.value(contract).mid;
            for (call, put) in calls.iter().zip(puts) {
                let parity = term.discount * (term.forward - call.strike);
                let gap = price(call) - price(put) - parity;
                assert!(gap.abs() < 1e-9, "{}: {gap}", call.ticker);
            }
            for pair in calls.windows(2) {
                assert!(price(&pair[1]) <= price(&pair[0]) + 1e-9, "{}", pair[1].ticker);
            }
            for three in calls.windows(3) {
                let [low, middle, high] = three else { panic!() };
                let share = (high.strike - middle.strike) / (high.strike - low.strike);
                let chord = share * price(low) + (1.0 - share) * price(high);
                assert!(price(middle) <= chord + 1e-9, "{}", middle.ticker);
            }
        }
        let mut terms: Vec<_> = board.series.iter().filter_map(|series| tape.term(series, 7)).collect();
        terms.sort_by(|a, b| a.t_years.total_cmp(&b.t_years));
        for pair in terms.windows(2) {
            for k in -60..=40 {
                let total = |term: &exchange_sim::price::chain::Term| {
                    term.volatility(term.forward * (f64::from(k) / 100.0).exp()).powi(2) * term.t_years
                };
                assert!(total(&pair[1]) >= total(&pair[0]) - 1e-12, "{k} {pair:?}");
            }
        }
    }
}

/// The simulator has its own formulas. Those of the numerical core, written apart from them, say the same.
#[test]
fn greeks_are_those_of_an_independent_implementation() {
    let world = World::new(1, ChainSize::Full);
    for underlying in ["I:SPX", "NVDA"] {
        let board = world.board(underlying, "2025-11-21");
        let tape = world.tape(&board, MORNING);
        for contract in &board.contracts {
            let Some(term) = tape.term(&board.series[contract.series], 5) else { continue };
            let ours = term.value(contract);
            let theirs = quant::black::greeks(&quant::black::Option {
                right: contract.right,
                spot: term.spot,
                strike: contract.strike,
                forward: term.forward,
                discount: term.discount,
                rate: 0.04,
                t_years: term.t_years,
                sigma: ours.iv,
            })
            .unwrap();
            for (name, ours, theirs, scale) in [
                ("price", ours.mid, theirs.price, 1.0),
                ("delta", ours.delta, theirs.delta, 1.0),
                ("gamma", ours.gamma, theirs.gamma, 1.0),
                ("vega", ours.vega, theirs.vega / 100.0, 1.0),
                ("theta", ours.theta, theirs.theta / 365.0, 10.0),
            ] {
                let gap = (ours - theirs).abs() / scale;
                assert!(gap < 1e-9 * (1.0 + theirs.abs()), "{} {name}: {ours} {theirs}", contract.ticker);
            }
        }
    }
}

/// Bid and ask hold the model's price between them, and their middle is off by no more than a tick.
#[test]
fn rounding_moves_no_price_by_more_than_a_tick() {
    let world = World::new(1, ChainSize::Full);
    let board = world.board("I:SPX", "2025-11-21");
    let tape = world.tape(&board, MORNING);
    let mut floored = 0;
    for contract in &board.contracts {
        let Some((quote, value)) = tape.quote(contract, 0).zip(tape.value(contract, 0)) else { continue };
        let mid = value.mid;
        assert!(
            quote.bid <= mid + 1e-9 && mid <= quote.ask + 1e-9 && quote.bid < quote.ask,
            "{quote:?} {mid}"
        );
        let tick = if quote.ask < 3.0 { 0.05 } else { 0.10 };
        let steps = quote.ask / tick;
        assert!((steps - steps.round()).abs() < 1e-6, "{quote:?}");
        if quote.bid == 0.0 {
            floored += 1;
        } else {
            assert!(
                ((quote.bid + quote.ask) / 2.0 - mid).abs() <= tick,
                "{} {quote:?} {mid}",
                contract.ticker
            );
        }
        assert_eq!(quote.bid == 0.0, quote.bid_size == 0);
    }
    assert!(floored > 1000, "far strikes have no bid");
}

/// What a quote is does not depend on how it was asked for.
#[test]
fn quote_updates_are_the_changes_of_the_standing_quote() {
    let world = World::new(3, ChainSize::Full);
    let board = world.board("I:SPX", "2025-11-21");
    let tape = world.tape(&board, MORNING);
    let mut updates = 0;
    for contract in board.contracts.iter().step_by(331) {
        let whole = tape.quotes(contract, 0..STEPS);
        let pieces: Vec<OptionQuote> = (0..STEPS)
            .step_by(7)
            .flat_map(|step| tape.quotes(contract, step..(step + 7).min(STEPS)))
            .collect();
        assert_eq!(whole, pieces, "{}", contract.ticker);
        for step in (0..STEPS).step_by(37) {
            let t = tape.place().ms() + step as i64 * 100;
            let newest = whole.iter().rfind(|quote| quote.t <= t);
            assert_eq!(tape.standing(contract, step).as_ref(), newest, "{} at {step}", contract.ticker);
        }
        updates += whole.len();
    }
    assert!(updates > 2000, "{updates}");
}

#[test]
fn trades_are_at_the_bid_or_the_ask_and_make_the_day() {
    let world = World::new(1, ChainSize::Full);
    let board = world.board("I:SPX", "2025-11-21");
    let end = Place { date: board.date, minute: 340, step: 300 };
    let mut volumes = vec![0; board.contracts.len()];
    let mut last: Vec<Option<OptionTrade>> = vec![None; volumes.len()];
    for minute in 325..=end.minute {
        let tape = world.tape(&board, minute);
        for (at, contract) in board.contracts.iter().enumerate() {
            for trade in tape.trades(contract).into_iter().filter(|trade| trade.t <= end.ms()) {
                let step = usize::try_from((trade.t - tape.place().ms()) / 100).unwrap();
                let quote = tape.quote(contract, step).unwrap();
                assert!(trade.price == quote.bid || trade.price == quote.ask, "{trade:?} {quote:?}");
                assert!(trade.price > 0.0 && trade.size > 0 && minute >= 330);
                assert!(last[at].is_none_or(|last| last.sequence < trade.sequence));
                volumes[at] += trade.size;
                last[at] = Some(trade);
            }
        }
    }
    let total: u64 = volumes.iter().sum();
    assert!(total > 20_000, "{total}");
    let today: u64 =
        board.series.iter().filter(|s| s.dte == 0).flat_map(|s| &volumes[s.contracts.clone()]).sum();
    assert!((0.4..0.6).contains(&(today as f64 / total as f64)), "{today} of {total} expire today");
    // Step by step, at once, and by a reader that is behind.
    let fresh = World::new(1, ChainSize::Full);
    fresh.chain.day(&fresh.market, &board, Place { minute: 335, ..end });
    let later = fresh.chain.day(&fresh.market, &board, Place { minute: 339, ..end });
    assert!(later.traded(0).is_none() || volumes[0] > 0);
    for day in [world.chain.day(&world.market, &board, end), fresh.chain.day(&fresh.market, &board, end)] {
        for (at, volume) in volumes.iter().enumerate() {
            assert_eq!(day.traded(at).map_or(0, |traded| traded.volume), *volume);
            assert_eq!(day.traded(at).map(|traded| traded.last), last[at]);
        }
    }
    let back = fresh.chain.day(&fresh.market, &board, Place { minute: 330, ..end });
    assert!((0..volumes.len()).all(|at| back.traded(at).map_or(0, |traded| traded.volume) <= volumes[at]));
}

#[test]
fn open_interest_grows_overnight_by_a_share_of_the_volume() {
    let world = World::new(1, ChainSize::Small);
    let (friday, monday) = (world.board("I:SPX", "2025-11-21"), world.board("I:SPX", "2025-11-24"));
    let before = world.chain.interest(&world.market, &friday);
    let after = world.chain.interest(&world.market, &monday);
    let evening = Place { date: friday.date, minute: 959, step: STEPS - 1 };
    let day = world.chain.day(&world.market, &friday, evening);
    let mut traded = 0;
    for (at, contract) in friday.contracts.iter().enumerate() {
        let Some(next) = monday.find(&contract.ticker) else { continue };
        let volume = day.traded(at).map_or(0, |traded| traded.volume);
        traded += volume;
        assert_eq!(after[next], before[at] + (0.35 * volume as f64).round() as u64, "{}", contract.ticker);
    }
    assert!(traded > 1000, "{traded}");
    // A chain that is asked about the later date first says the same.
    let other = World::new(1, ChainSize::Small);
    assert_eq!(other.chain.interest(&other.market, &monday), after);
    assert_ne!(World::new(2, ChainSize::Small).chain.interest(&other.market, &monday), after);
    // Round strikes draw more.
    let full = World::new(1, ChainSize::Full);
    let board = full.board("I:SPX", "2025-11-21");
    let interest = full.chain.interest(&full.market, &board);
    let sum = |wanted: &dyn Fn(f64) -> bool| -> (u64, usize) {
        let weekly = |contract: &Contract| (1..=14).contains(&board.series_of(contract).unwrap().dte);
        let near = |contract: &Contract| {
            weekly(contract) && (6400.0..6800.0).contains(&contract.strike) && wanted(contract.strike)
        };
        let found = board.contracts.iter().zip(interest.iter()).filter(|(contract, _)| near(contract));
        found.fold((0, 0), |(sum, count), (_, interest)| (sum + interest, count + 1))
    };
    let (round, rounds) = sum(&|strike| strike % 100.0 == 0.0);
    let (odd, odds) = sum(&|strike| strike % 25.0 != 0.0);
    let ratio = (round as f64 / rounds as f64) / (odd as f64 / odds as f64);
    assert!((3.0..5.5).contains(&ratio), "{ratio}");
}

#[test]
fn settled_contracts_vanish_at_their_instant() {
    let world = World::new(1, ChainSize::Small);
    let model = world.model();
    let at = |time: &str| {
        let time = chrono::NaiveTime::parse_from_str(time, "%H:%M:%S").unwrap();
        quant::calendar::instant(date("2025-11-21"), time)
    };
    let listed = |now: i64, prefix: &str| {
        let ids = model.matching("I:SPX", now, &Filter::default(), Order::Ticker);
        let tickers = ids.into_iter().filter_map(|id| model.terms("I:SPX", now, id));
        tickers.filter(|terms| terms.ticker.starts_with(prefix)).count()
    };
    assert!(listed(at("09:29:59"), "O:SPX251121") > 0, "settled at the open");
    assert_eq!(listed(at("09:30:00"), "O:SPX251121"), 0);
    assert!(listed(at("15:59:59"), "O:SPXW251121") > 0, "settled at the close");
    assert_eq!(listed(at("16:00:00"), "O:SPXW251121"), 0);
    assert!(listed(at("16:00:00"), "O:SPXW251124") > 0);
    assert!(model.find("O:SPXW251121C06600000", at("15:59:59")).is_some());
    assert!(model.find("O:SPXW251121C06600000", at("16:00:00")).is_none());
    assert!(model.count(at("16:00:00")) < model.count(at("15:59:59")));
}
