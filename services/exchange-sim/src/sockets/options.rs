//! Events of option contracts: quotes when they change, trades, bars of seconds and minutes, fair values.
//!
//! Each is a function of contract and instant; what is subscribed decides what is worked out, never what it is.

use super::{
    client::{Client, OptionWants},
    damage::deliver,
    event::{self, DaySoFar},
    topic::Channel,
};
use crate::{
    Sim,
    price::{
        Bar, Place, STEP_MS, STEPS,
        chain::{Board, OptionTrade, Tape, Traded, Underlying},
        place,
    },
};
use chrono::NaiveDate;
use quant::contract::Contract;
use std::{collections::HashMap, ops::Range, sync::Arc};

const SECOND: usize = 10;
const MINUTE_MS: i64 = STEP_MS * STEPS as i64;

/// A client and what it wants; compared by identity.
type Wish = (u64, Arc<OptionWants>);
type Asked = Vec<Wish>;

/// What is subscribed, by underlying, and the trades of the minute under way.
#[derive(Debug, Default)]
pub(super) struct Options {
    asked: Asked,
    date: Option<NaiveDate>,
    plans: Vec<Plan>,
}

/// The subscribed contracts of one underlying.
#[derive(Debug)]
struct Plan {
    board: Arc<Board>,
    /// Index and channels, by ticker.
    wanted: Vec<(usize, u8)>,
    minutes: [Option<Arc<Minute>>; 2],
}

/// What was traded in a minute, of the contracts whose trades or bars are wanted.
#[derive(Debug)]
struct Minute {
    place: Place,
    contracts: Vec<Dealt>,
}

/// The trades of one contract in a minute.
#[derive(Debug)]
struct Dealt {
    contract: usize,
    mask: u8,
    trades: Vec<OptionTrade>,
    /// Its day before the minute; `None` when these are the first trades, or when no bars are wanted.
    before: Option<Traded>,
}

/// One event before it is handed out. In order of instant and kind, then as the contracts are listed.
struct Event {
    t: i64,
    rank: u8,
    plan: usize,
    contract: usize,
    channel: Channel,
    json: String,
}

impl Options {
    /// Sends everything after `from`, up to and with `to`.
    pub(super) fn slice(&mut self, sim: &Sim, clients: &[Arc<Client>], (from, to): (i64, i64)) {
        let clients: Vec<&Arc<Client>> = clients.iter().filter(|client| client.path == "/options").collect();
        if clients.is_empty() || sim.config.bench.is_some() {
            return;
        }
        let asked: Asked = clients.iter().map(|client| (client.id, client.state().options())).collect();
        let mut t = from.div_euclid(STEP_MS) * STEP_MS + STEP_MS;
        while t <= to {
            let here = place(t);
            let minute_end = t.div_euclid(MINUTE_MS) * MINUTE_MS + MINUTE_MS;
            if here.ms() == t {
                let last = usize::try_from((to.min(minute_end - 1) - t) / STEP_MS).unwrap_or(0);
                self.plan(sim, &asked, here.date);
                let events = self.minute(sim, here, here.step..here.step + last + 1);
                self.hand_out(sim, &clients, &asked, events);
            }
            t = minute_end;
        }
    }

    /// Finds the contracts that are asked for among those listed on `date`.
    fn plan(&mut self, sim: &Sim, asked: &Asked, date: NaiveDate) {
        let same = |(a, b): (&Wish, &Wish)| a.0 == b.0 && Arc::ptr_eq(&a.1, &b.1);
        let unchanged = self.asked.len() == asked.len() && self.asked.iter().zip(asked).all(same);
        if unchanged && self.date == Some(date) {
            return;
        }
        (self.asked, self.date) = (asked.clone(), Some(date));
        let all = asked.iter().fold(0, |all, (_, wants)| all | wants.all);
        let mut plans: Vec<Plan> = Vec::new();
        let named = by_underlying(asked);
        for underlying in Underlying::all() {
            let fixed = sim.table.as_ref().is_some_and(|table| table.underlying == underlying.ticker);
            let named = named.get(underlying.ticker);
            if fixed || all == 0 && named.is_none() {
                continue;
            }
            let Some(board) = sim.chain.board(&sim.market, underlying.ticker, date) else { continue };
            let mut masks = vec![all; board.contracts.len()];
            for (ticker, mask) in named.into_iter().flatten() {
                if let Some(slot) = board.find(ticker).and_then(|at| masks.get_mut(at)) {
                    *slot |= mask;
                }
            }
            let wanted: Vec<(usize, u8)> =
                masks.into_iter().enumerate().filter(|(_, mask)| *mask != 0).collect();
            if !wanted.is_empty() {
                plans.push(Plan { board, wanted, minutes: [None, None] });
            }
        }
        self.plans = plans;
    }

    /// Events of these steps of one minute.
    fn minute(&mut self, sim: &Sim, here: Place, steps: Range<usize>) -> Vec<Event> {
        let mut events = Vec::new();
        for (plan, at) in self.plans.iter_mut().zip(0..) {
            let tape = sim.chain.tape(&sim.market, &plan.board, here);
            let mut stage =
                Stage { plan: at, board: &Arc::clone(&plan.board), tape: &tape, events: &mut events };
            stage.quotes(&plan.wanted, steps.clone());
            stage.fair_values(&plan.wanted, steps.clone());
            if plan.wanted.iter().any(|(_, mask)| mask & TRADING != 0) {
                if steps.start == 0 && here.minute > 0 {
                    let before = plan.traded(sim, Place { minute: here.minute - 1, step: 0, ..here });
                    stage.bars(&before, STEPS);
                }
                let traded = plan.traded(sim, here);
                stage.trades(&traded, steps.clone());
                for step in steps.clone().filter(|step| *step > 0 && step.is_multiple_of(SECOND)) {
                    stage.bars(&traded, step);
                }
            }
        }
        events.sort_by_key(|event| (event.t, event.rank));
        events
    }

    fn hand_out(&self, sim: &Sim, clients: &[&Arc<Client>], asked: &Asked, events: Vec<Event>) {
        let ticker = |event: &Event| {
            let contract =
                self.plans.get(event.plan).and_then(|plan| plan.board.contracts.get(event.contract));
            contract.map_or("", |contract| &*contract.ticker)
        };
        if let [only] = clients {
            let mine = events.iter().map(ticker).zip(events.iter().map(|event| event.json.clone()));
            deliver(sim, only, mine.collect());
            return;
        }
        for (client, (_, wants)) in clients.iter().zip(asked) {
            let mine = events.iter().filter(|event| wants.of(ticker(event)) & event.channel.bit() != 0);
            deliver(sim, client, mine.map(|event| (ticker(event), event.json.clone())).collect());
        }
    }
}

/// Contracts that are asked for by name, and their channels.
fn by_underlying(asked: &Asked) -> HashMap<String, Vec<(&str, u8)>> {
    let mut named: HashMap<String, Vec<(&str, u8)>> = HashMap::new();
    for (ticker, mask) in asked.iter().flat_map(|(_, wants)| &wants.by_ticker) {
        if let Ok(contract) = ticker.parse::<Contract>() {
            named.entry(contract.underlying().to_owned()).or_default().push((ticker, *mask));
        }
    }
    named
}

/// Channels that are made of trades.
const TRADING: u8 = Channel::Trade.bit() | BARS;
const BARS: u8 = Channel::Second.bit() | Channel::Minute.bit();

impl Plan {
    /// The trades of a minute; this one and the one before are kept.
    fn traded(&mut self, sim: &Sim, here: Place) -> Arc<Minute> {
        let place = Place { step: 0, ..here };
        if let Some(found) = self.minutes.iter().flatten().find(|minute| minute.place == place) {
            return Arc::clone(found);
        }
        let tape = sim.chain.tape(&sim.market, &self.board, place);
        let wanted = self.wanted.iter().filter(|(_, mask)| mask & TRADING != 0);
        let dealt = wanted.filter_map(|(contract, mask)| {
            let trades = tape.trades(self.board.contracts.get(*contract)?);
            let dealt = Dealt { contract: *contract, mask: *mask, trades, before: None };
            (!dealt.trades.is_empty()).then_some(dealt)
        });
        let mut contracts: Vec<Dealt> = dealt.collect();
        if let Some(minute) = place.minute.checked_sub(1)
            && contracts.iter().any(|dealt| dealt.mask & BARS != 0)
        {
            let day = sim.chain.day(&sim.market, &self.board, Place { minute, step: STEPS - 1, ..place });
            contracts.iter_mut().for_each(|dealt| dealt.before = day.traded(dealt.contract).copied());
        }
        let minute = Arc::new(Minute { place, contracts });
        self.minutes = [self.minutes[1].take(), Some(Arc::clone(&minute))];
        minute
    }
}

impl Dealt {
    /// The day up to and without `until`.
    fn day(&self, until: i64) -> DaySoFar {
        let (open, volume, vwap) =
            self.before.map_or((None, 0, 0.0), |before| (Some(before.open), before.volume, before.vwap()));
        let mut sums = Bar { volume: volume as f64, vwap, ..Bar::point(until, vwap) };
        for trade in self.trades.iter().filter(|trade| trade.t < until) {
            sums.trade(trade.size as f64, trade.price, 1);
        }
        let open = open.or(self.trades.first().map(|trade| trade.price)).unwrap_or_default();
        DaySoFar { open, volume: sums.volume, vwap: sums.vwap }
    }
}

/// One minute of one underlying.
struct Stage<'a> {
    plan: usize,
    board: &'a Board,
    tape: &'a Tape,
    events: &'a mut Vec<Event>,
}

impl Stage<'_> {
    fn quotes(&mut self, wanted: &[(usize, u8)], steps: Range<usize>) {
        for (at, _) in wanted.iter().filter(|(_, mask)| mask & Channel::Quote.bit() != 0) {
            let Some(contract) = self.board.contracts.get(*at) else { continue };
            for quote in self.tape.quotes(contract, steps.clone()) {
                let json = event::option_quote(&contract.ticker, &quote);
                self.push(quote.t, *at, Channel::Quote, json);
            }
        }
    }

    fn fair_values(&mut self, wanted: &[(usize, u8)], steps: Range<usize>) {
        let start = self.tape.place().ms();
        for (at, _) in wanted.iter().filter(|(_, mask)| mask & Channel::FairValue.bit() != 0) {
            let Some(contract) = self.board.contracts.get(*at) else { continue };
            for step in steps.clone().filter(|step| step.is_multiple_of(SECOND)) {
                let Some(quote) = self.tape.quote(contract, step) else { break };
                let t = start + step as i64 * STEP_MS;
                let json = event::fair_value(&contract.ticker, (quote.bid, quote.ask), t);
                self.push(t, *at, Channel::FairValue, json);
            }
        }
    }

    fn trades(&mut self, minute: &Minute, steps: Range<usize>) {
        let start = minute.place.ms();
        let within = start + steps.start as i64 * STEP_MS..start + steps.end as i64 * STEP_MS;
        for dealt in minute.contracts.iter().filter(|dealt| dealt.mask & Channel::Trade.bit() != 0) {
            let Some(contract) = self.board.contracts.get(dealt.contract) else { continue };
            for trade in dealt.trades.iter().filter(|trade| within.contains(&trade.t)) {
                let json = event::option_trade(&contract.ticker, trade);
                self.push(trade.t, dealt.contract, Channel::Trade, json);
            }
        }
    }

    /// Bars of the second that ends at step `end` of `minute`, and of the minute if it ends with it.
    fn bars(&mut self, minute: &Minute, end: usize) {
        let start = minute.place.ms();
        let until = start + end as i64 * STEP_MS;
        for dealt in &minute.contracts {
            let Some(contract) = self.board.contracts.get(dealt.contract) else { continue };
            for (channel, from) in [(Channel::Second, until - 1000), (Channel::Minute, start)] {
                let ends = channel == Channel::Second || end == STEPS;
                if ends
                    && dealt.mask & channel.bit() != 0
                    && let Some(bar) = bar(&dealt.trades, from..until)
                {
                    let of_minute = channel == Channel::Minute;
                    let json = event::stock_bar(&contract.ticker, of_minute, &bar, dealt.day(until), until);
                    self.push(until, dealt.contract, channel, json);
                }
            }
        }
    }

    fn push(&mut self, t: i64, contract: usize, channel: Channel, json: String) {
        // Bars tell of what is over: they come before what happens at their end.
        let rank = match channel {
            Channel::Second => 0,
            Channel::Minute => 1,
            Channel::Quote | Channel::Value => 2,
            Channel::Trade => 3,
            Channel::FairValue => 4,
        };
        self.events.push(Event { t, rank, plan: self.plan, contract, channel, json });
    }
}

/// The bar of the trades within these instants; `None` without a trade.
fn bar(trades: &[OptionTrade], within: Range<i64>) -> Option<Bar> {
    let mut bar: Option<Bar> = None;
    for trade in trades.iter().filter(|trade| within.contains(&trade.t)) {
        let bar = bar.get_or_insert_with(|| Bar { volume: 0.0, ..Bar::point(within.start, trade.price) });
        bar.price(trade.price);
        bar.trade(trade.size as f64, trade.price, 1);
    }
    bar
}
