//! A shard with sockets that take what they are told to take.

use super::*;
use crate::sse::{
    Address, Verdict,
    flock::{Flock, Joining},
    member::Line,
    shard::Inbox,
};
use proptest::prelude::*;
use std::{
    cell::{Cell, RefCell},
    collections::BTreeMap,
    io::{self, IoSlice},
    rc::Rc,
    sync::Arc,
    task::{Context, Poll},
};
use tokio::time::Instant;

/// A socket with room for so many bytes.
#[derive(Debug, Clone, Default)]
pub(super) struct Wire(Rc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    taken: RefCell<Vec<u8>>,
    room: Cell<usize>,
    is_gone: Cell<bool>,
}

impl Wire {
    fn open() -> Self {
        let wire = Self::default();
        wire.0.room.set(usize::MAX);
        wire
    }

    /// The body so far, out of its chunks, and whether it has ended. What is incomplete stays.
    fn read(&self) -> (String, bool) {
        let (mut text, mut taken) = (String::new(), self.0.taken.borrow_mut());
        while let Some(line) = taken.windows(2).position(|pair| pair == b"\r\n") {
            let size = usize::from_str_radix(std::str::from_utf8(&taken[..line]).unwrap(), 16).unwrap();
            let end = line + 2 + size + 2;
            if taken.len() < end {
                break;
            }
            text.push_str(std::str::from_utf8(&taken[line + 2..end - 2]).unwrap());
            assert_eq!(&taken[end - 2..end], b"\r\n");
            taken.drain(..end);
            if size == 0 {
                assert!(taken.is_empty(), "nothing behind the end");
                return (text, true);
            }
        }
        (text, false)
    }

    fn frames(&self) -> Vec<Frame> {
        parse(&self.read().0)
    }
}

impl Line for Wire {
    fn write(&self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        let room = self.0.room.get();
        if self.0.is_gone.get() {
            return Err(io::ErrorKind::ConnectionReset.into());
        }
        if room == 0 {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        let all: Vec<u8> = slices.iter().flat_map(|slice| slice.iter().copied()).collect();
        let count = all.len().min(room);
        self.0.taken.borrow_mut().extend(&all[..count]);
        self.0.room.set(if room == usize::MAX { room } else { room - count });
        Ok(count)
    }

    fn read(&self, _buffer: &mut [u8]) -> io::Result<usize> {
        if self.0.is_gone.get() { Ok(0) } else { Err(io::ErrorKind::WouldBlock.into()) }
    }

    fn poll_writable(&self, _cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Pending
    }

    fn poll_readable(&self, _cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.0.is_gone.get() { Poll::Ready(Ok(())) } else { Poll::Pending }
    }
}

struct Shard {
    hub: Hub,
    flock: Flock<Wire>,
    lines: Vec<Wire>,
}

impl Shard {
    fn new(edit: impl FnOnce(&mut Limits)) -> Self {
        let hub = hub(edit);
        // The hub's own first inbox, so that its news arrive.
        let inbox: Arc<Inbox> = Arc::clone(&hub.0.shards[0]);
        let flock = Flock::new(hub.clone(), inbox);
        Self { hub, flock, lines: Vec::new() }
    }

    fn join(&mut self, ask: &Ask) -> Wire {
        let start = self.hub.open(ask).unwrap().into_start().unwrap();
        self.join_with(start, Wire::open())
    }

    fn join_with(&mut self, start: crate::sse::open::Start, line: Wire) -> Wire {
        self.hub.0.shards[0].joined();
        self.flock.join(Joining { start, line: line.clone(), open: None }, Instant::now());
        self.lines.push(line.clone());
        line
    }

    /// Rounds until there is no reason for another, and a sweep when it is due.
    fn work(&mut self) {
        let now = Instant::now();
        for key in self.hub.0.shards[0].take_touched() {
            self.flock.touch(key, now);
        }
        self.flock.close(now);
        while self.flock.next_round(now).is_some_and(|due| due <= now) {
            self.flock.look(now);
            while self.flock.write(3) {}
        }
        if self.flock.next_sweep().is_some_and(|due| due <= now) {
            self.flock.sweep(now);
        }
    }

    /// Room for the `index`th reader that joined; its socket says so.
    fn make_room(&mut self, index: usize, room: usize) {
        self.lines[index].0.room.set(room);
        self.flock.touch(index, Instant::now());
    }
}

async fn settle(shard: &mut Shard, ms: u64) {
    for _ in 0..ms.div_ceil(10) {
        pass(10).await;
        shard.work();
    }
}

#[tokio::test(start_paused = true)]
async fn readers_with_the_same_wants_go_in_step_and_get_the_same_bytes() {
    let mut shard = Shard::new(|_| ());
    shard.hub.state("clock", "", "1");
    let lines = [shard.join(&ask()), shard.join(&ask()), shard.join(&ask())];
    shard.work();
    assert_eq!(shard.flock.in_step(), 3);
    for line in &lines {
        let frames = line.frames();
        let events: Vec<_> = frames.iter().map(|frame| frame.event.as_str()).collect();
        assert_eq!(events, ["clock", "connected"]);
    }
    settle(&mut shard, 20).await;
    shard.hub.event("alert", "1");
    shard.work();
    let texts: Vec<_> = lines.iter().map(|line| line.read().0).collect();
    assert!(texts[0].contains("event: alert\ndata: 1\n\n") && texts.iter().all(|text| *text == texts[0]));
}

#[tokio::test(start_paused = true)]
async fn a_shard_that_is_not_busy_writes_at_once_and_a_busy_one_lets_news_gather() {
    let mut shard = Shard::new(|_| ());
    let line = shard.join(&ask());
    shard.work();
    line.read();
    for n in 1..4 {
        shard.hub.event("alert", &n.to_string());
        shard.work();
        assert_eq!(line.frames().len(), 1, "at once");
    }
    // 8 of 10 ms are spent on writing: it rests for 16 after the last.
    let (now, ms) = (Instant::now(), Duration::from_millis);
    for n in 0..100 {
        shard.flock.gait.rest(now + ms(10) * n, now + ms(10) * n + ms(8), 1, ms(50));
    }
    pass(1000).await;
    shard.hub.event("alert", "4");
    shard.work();
    assert_eq!(line.frames(), []);
    shard.hub.event("alert", "5");
    pass(15).await;
    shard.work();
    assert_eq!(line.frames().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn one_that_takes_nothing_delays_nobody_and_is_given_up_in_the_end() {
    let mut shard = Shard::new(|_| ());
    let (quick, stuck) = (shard.join(&ask()), shard.join(&ask()));
    settle(&mut shard, 20).await;
    quick.read();
    stuck.0.room.set(10);
    let mut told = 0;
    for n in 0..190 {
        shard.hub.event("alert", &n.to_string());
        settle(&mut shard, 100).await;
        told += quick.frames().iter().filter(|frame| frame.event == "alert").count();
    }
    assert_eq!(told, 190);
    assert_eq!(shard.hub.counts()["all"], 2, "nineteen seconds are not yet too many");
    settle(&mut shard, 1500).await;
    assert_eq!(shard.hub.counts()["all"], 1);
    assert_eq!(shard.flock.in_step(), 1);
}

#[tokio::test(start_paused = true)]
async fn one_that_was_too_slow_is_told_to_reload_and_goes_in_step_again() {
    let mut shard = Shard::new(|limits| limits.ring.events = 10_000);
    let (quick, slow) = (shard.join(&ask()), shard.join(&ask()));
    settle(&mut shard, 20).await;
    slow.read();
    slow.0.room.set(5);
    for n in 0..300 {
        shard.hub.event("alert", &n.to_string());
        settle(&mut shard, 20).await;
    }
    shard.make_room(1, usize::MAX);
    settle(&mut shard, 20).await;
    let missed = slow.frames();
    assert_eq!(
        brief(&missed),
        [("alert", &json!(0)), ("resync", &json!({"reason": "slow_client", "topics": ["alert"]})),]
    );
    assert_eq!(shard.flock.in_step(), 2);
    quick.read();
    shard.hub.event("news", "1");
    settle(&mut shard, 20).await;
    assert_eq!(quick.read(), slow.read());
}

#[tokio::test(start_paused = true)]
async fn a_burst_beyond_a_queue_reaches_those_who_keep_up_whole() {
    let mut shard = Shard::new(|limits| limits.ring.events = 10_000);
    let line = shard.join(&ask());
    settle(&mut shard, 40).await;
    line.read();
    (0..1000).for_each(|n| shard.hub.event("alert", &n.to_string()));
    shard.work();
    let numbers: Vec<_> = line.frames().iter().map(|frame| frame.data.as_u64().unwrap()).collect();
    assert_eq!(numbers, (0..1000).collect::<Vec<_>>());
}

#[tokio::test(start_paused = true)]
async fn an_event_for_one_user_reaches_that_user_alone() {
    let mut shard = Shard::new(|_| ());
    let of = |user| Ask { user_id: Some(user), ..ask() };
    let (rita, max) = (shard.join(&of(1)), shard.join(&of(2)));
    settle(&mut shard, 20).await;
    let before = rita.frames().last().unwrap().cursor();
    max.read();
    let to_rita = Address { user: Some(1), journal_seq: Some(77), also: Some("news") };
    shard.hub.send("alert", "OrderFilled", "1", to_rita);
    shard.hub.event("alert", "2");
    settle(&mut shard, 20).await;
    let frames = rita.frames();
    assert_eq!(brief(&frames), [("OrderFilled", &json!(1)), ("alert", &json!(2))], "once, on two topics");
    assert!(frames.iter().all(|frame| frame.cursor().journal == Some(77)));
    assert_eq!(brief(&max.frames()), [("alert", &json!(2))]);
    assert_eq!(shard.flock.in_step(), 2, "and they go in step again");
    shard.hub.event("alert", "3");
    settle(&mut shard, 20).await;
    let (hers, his) = (rita.frames(), max.frames());
    assert_eq!((brief(&hers), brief(&his)), (vec![("alert", &json!(3))], vec![("alert", &json!(3))]));
    assert_eq!((hers[0].cursor().journal, his[0].cursor().journal), (Some(77), None));
    let resumed = |user| {
        super::frames(&mut shard.hub.open(&Ask { cursor: Some(before.to_string()), ..of(user) }).unwrap())
    };
    assert_eq!(resumed(1)[0].event, "OrderFilled");
    assert!(resumed(2).iter().all(|frame| frame.event != "OrderFilled"), "not by an id either");
}

#[tokio::test(start_paused = true)]
async fn verdicts_act_on_open_streams() {
    let mut shard = Shard::new(|_| ());
    let of = |user: &str| Ask { user: user.into(), tier: Some("observer".into()), ..ask() };
    let lines = [shard.join(&of("kept")), shard.join(&of("ended")), shard.join(&of("narrowed"))];
    settle(&mut shard, 20).await;
    lines.iter().for_each(|line| drop(line.read()));
    shard.hub.judge(|viewer| match viewer.user {
        "kept" => Verdict::Tell { event: "tier_gates", data: "{}".into() },
        "ended" => {
            let data = format!("{{\"tier\":\"{}\"}}", viewer.tier.unwrap());
            Verdict::End { event: "tier_blocked", data, reason: "tier_blocked" }
        }
        _ => Verdict::Narrow { topics: vec!["alert"] },
    });
    shard.work();
    assert_eq!(brief(&lines[0].frames()), [("tier_gates", &json!({}))]);
    let (text, has_ended) = lines[1].read();
    assert!(has_ended && text.contains("event: tier_blocked\ndata: {\"tier\":\"observer\"}"));
    assert_eq!(shard.hub.counts()["all"], 2);
    shard.hub.event("alert", "1");
    shard.hub.event("news", "2");
    settle(&mut shard, 20).await;
    assert_eq!(brief(&lines[2].frames()), [("alert", &json!(1))]);
    shard.hub.judge(|viewer| Verdict::Narrow { topics: viewer.topics.clone() });
    shard.hub.state("clock", "", "3");
    shard.hub.event("news", "4");
    settle(&mut shard, 300).await;
    assert_eq!(brief(&lines[2].frames()), [("clock", &json!(3)), ("news", &json!(4))], "given back");
}

#[tokio::test(start_paused = true)]
async fn silence_expiry_and_closing_are_told() {
    let mut shard = Shard::new(|_| ());
    let ends = std::time::SystemTime::now() + Duration::from_secs(40);
    let (line, short) = (shard.join(&ask()), shard.join(&Ask { ends: Some(ends), ..ask() }));
    settle(&mut shard, 20).await;
    line.read();
    short.read();
    settle(&mut shard, 15_100).await;
    let (text, _) = line.read();
    assert!(text.starts_with(": ka\n\nevent: ping\ndata: {\"ts\":"), "{text}");
    assert_eq!(line.read().0, "");
    settle(&mut shard, 26_000).await;
    let (text, has_ended) = short.read();
    assert!(has_ended && text.contains("event: session_expired\ndata: {"), "{text}");
    line.read();
    shard.hub.close();
    shard.work();
    let (text, _) = line.read();
    assert!(text.starts_with("retry: ") && text.contains("\nevent: shutdown\ndata: {"), "{text}");
    settle(&mut shard, 2000).await;
    assert_eq!(line.read(), (String::new(), true));
    assert!(shard.flock.is_empty());
}

#[derive(Debug, Clone)]
enum Step {
    State,
    Change(u8),
    /// An event for everybody, or for one of two users.
    Event(Option<u8>),
    Pass(u16),
    /// A reader's socket takes so many bytes from now on.
    Room(u8, usize),
    /// A reader breaks off and comes back.
    Reconnect(u8),
}

fn step() -> impl Strategy<Value = Step> {
    let room = prop_oneof![Just(0), 1..400_usize, Just(usize::MAX)];
    prop_oneof![
        3 => Just(Step::State),
        4 => (0..3_u8).prop_map(Step::Change),
        4 => proptest::option::of(0..2_u8).prop_map(Step::Event),
        5 => (0..300_u16).prop_map(Step::Pass),
        3 => (0..4_u8, room).prop_map(|(reader, room)| Step::Room(reader, room)),
        1 => (0..4_u8).prop_map(Step::Reconnect),
    ]
}

#[derive(Debug, Default)]
struct Page {
    user: u64,
    key: usize,
    last: Option<Cursor>,
    is_live: bool,
    states: BTreeMap<String, u64>,
    events: Vec<u64>,
}

impl Page {
    /// An id names no single state: only after `connected` is each of them newer than the one before.
    fn set(&mut self, symbol: String, to: u64) {
        let before = self.states.insert(symbol, to).unwrap_or_default();
        assert!(before < to || (!self.is_live && before == to), "a state twice, or backwards: {before} {to}");
    }

    fn take(&mut self, frame: &Frame) {
        let number = |name: &str| frame.data[name].as_u64();
        match frame.event.as_str() {
            "connected" => self.is_live = true,
            "clock" => self.set("clock".into(), number("to").unwrap()),
            "candles" => {
                let symbol = frame.data["symbol"].as_str().unwrap().to_owned();
                if let Some(from) = number("from") {
                    assert_eq!(self.states.get(&symbol), Some(&from), "a change without its base");
                }
                self.set(symbol, number("to").unwrap());
            }
            "alert" => {
                let user = number("user");
                assert!(user.is_none() || user == Some(self.user), "not for this reader: {frame:?}");
                self.events.push(number("n").unwrap());
            }
            "resync" => panic!("nothing was lost: {frame:?}"),
            _ => {}
        }
        if frame.id.is_some() {
            let cursor = frame.cursor();
            if let Some(last) = self.last {
                let is_forward = last.event <= cursor.event && last.state <= cursor.state;
                assert!(is_forward && last.journal <= cursor.journal, "{last:?} before {cursor:?}");
            }
            self.last = Some(cursor);
        }
    }
}

fn read(shard: &Shard, pages: &mut [Page]) {
    for page in pages {
        let frames = shard.lines[page.key].frames();
        frames.iter().for_each(|frame| page.take(frame));
    }
}

async fn play(steps: Vec<Step>) {
    let mut shard = Shard::new(|_| ());
    let mut held: BTreeMap<String, u64> = BTreeMap::new();
    let mut events: Vec<(u64, Option<u64>)> = Vec::new();
    let mut pages: Vec<Page> = Vec::new();
    for index in 0..4_u64 {
        let user = 1 + index % 2;
        shard.join(&Ask { user_id: Some(user), ..ask() });
        pages.push(Page { user, key: index as usize, ..Page::default() });
    }
    let all = (0..4).map(|reader| Step::Room(reader, usize::MAX));
    let end: Vec<_> = all.chain([Step::Pass(300), Step::Pass(300), Step::Pass(300)]).collect();
    for step in steps.into_iter().chain(end) {
        match step {
            Step::State => {
                let to = held.entry("clock".into()).or_default();
                *to += 1;
                shard.hub.state("clock", "", &format!("{{\"to\":{to}}}"));
            }
            Step::Change(symbol) => {
                let to = held.entry(symbol.to_string()).or_default();
                *to += 1;
                let full = format!("{{\"symbol\":\"{symbol}\",\"to\":{to}}}");
                let change = format!("{{\"symbol\":\"{symbol}\",\"from\":{},\"to\":{to}}}", *to - 1);
                shard.hub.change("candles", &symbol.to_string(), &full, Some(&change));
            }
            Step::Event(user) => {
                let (n, user) = (events.len() as u64 + 1, user.map(|user| u64::from(user) + 1));
                events.push((n, user));
                let owner = user.map_or("null".into(), |user| user.to_string());
                let address = Address { user, journal_seq: Some(n), ..Address::default() };
                shard.hub.send("alert", "alert", &format!("{{\"n\":{n},\"user\":{owner}}}"), address);
            }
            Step::Pass(ms) => settle(&mut shard, ms.into()).await,
            Step::Room(reader, room) => {
                let page = &pages[usize::from(reader)];
                shard.lines[page.key].0.room.set(room);
                shard.flock.touch(page.key, Instant::now());
            }
            Step::Reconnect(reader) => {
                read(&shard, &mut pages);
                let page = &mut pages[usize::from(reader)];
                let Some(last) = page.last else { continue };
                page.is_live = false;
                // What it has not got yet goes with the socket.
                let gone = &shard.lines[page.key];
                gone.0.is_gone.set(true);
                shard.flock.touch(page.key, Instant::now());
                let line = Wire::open();
                let ask = Ask { user_id: Some(page.user), cursor: Some(last.to_string()), ..ask() };
                let start = shard.hub.open(&ask).unwrap().into_start().unwrap();
                shard.join_in_place(page.key, start, line);
            }
        }
        shard.work();
    }
    read(&shard, &mut pages);
    for page in &pages {
        assert_eq!(page.states, held, "the page shows the present");
        let mine = events.iter().filter(|(_, user)| user.is_none_or(|user| user == page.user));
        assert_eq!(page.events, mine.map(|(n, _)| *n).collect::<Vec<_>>(), "every event once, in order");
    }
    assert_eq!(shard.flock.in_step(), 4, "in the end all go in step");
}

impl Shard {
    /// As the reader whose place at `key` became free last.
    fn join_in_place(&mut self, key: usize, start: crate::sse::open::Start, line: Wire) {
        self.lines[key] = line.clone();
        self.hub.0.shards[0].joined();
        self.flock.join(Joining { start, line, open: None }, Instant::now());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]
    #[test]
    fn pages_of_a_shard_miss_nothing_and_see_nothing_twice(
        steps in proptest::collection::vec(step(), 1..60)
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
        runtime.unwrap().block_on(play(steps));
    }
}
