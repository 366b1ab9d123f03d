//! A page that applies what it gets, as the contract says, and breaks off in the middle of anything.

use super::*;
use proptest::prelude::*;
use std::collections::BTreeMap;

#[derive(Debug, Clone)]
enum Step {
    State,
    Change(u8),
    Event,
    Pass(u16),
    Read,
    /// Takes so many frames of what is ready, loses the rest, and comes back.
    Reconnect(usize),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => Just(Step::State),
        4 => (0..3_u8).prop_map(Step::Change),
        4 => Just(Step::Event),
        2 => (0..400_u16).prop_map(Step::Pass),
        3 => Just(Step::Read),
        2 => (0..6_usize).prop_map(Step::Reconnect),
    ]
}

#[derive(Debug, Default)]
struct Page {
    id: Option<String>,
    last: Option<Cursor>,
    states: BTreeMap<String, u64>,
    events: Vec<u64>,
}

impl Page {
    fn take(&mut self, frame: &Frame) {
        let number = |name: &str| frame.data[name].as_u64();
        match frame.event.as_str() {
            "clock" => drop(self.states.insert("clock".into(), number("to").unwrap())),
            "candles" => {
                let symbol = frame.data["symbol"].as_str().unwrap().to_owned();
                if let Some(from) = number("from") {
                    assert_eq!(self.states.get(&symbol), Some(&from), "a change without its base");
                }
                self.states.insert(symbol, number("to").unwrap());
            }
            "alert" => self.events.push(number("n").unwrap()),
            "resync" => panic!("nothing was lost: {frame:?}"),
            _ => {}
        }
        if let Some(id) = &frame.id {
            let cursor = frame.cursor();
            if let Some(last) = self.last {
                assert!(
                    last.event <= cursor.event && last.state <= cursor.state,
                    "{last:?} before {cursor:?}"
                );
            }
            (self.id, self.last) = (Some(id.clone()), Some(cursor));
        }
    }
}

async fn play(steps: Vec<Step>) {
    let hub = hub(|_| ());
    let mut held: BTreeMap<String, u64> = BTreeMap::new();
    let (mut page, mut events) = (Page::default(), 0);
    let mut reader = hub.open(&ask()).unwrap();
    for step in steps.into_iter().chain([Step::Read, Step::Pass(400), Step::Read]) {
        match step {
            Step::State => {
                let to = held.entry("clock".into()).or_default();
                *to += 1;
                hub.state("clock", "", &format!("{{\"to\":{to}}}"));
            }
            Step::Change(symbol) => {
                let to = held.entry(symbol.to_string()).or_default();
                *to += 1;
                let full = format!("{{\"symbol\":\"{symbol}\",\"to\":{to}}}");
                let change = format!("{{\"symbol\":\"{symbol}\",\"from\":{},\"to\":{to}}}", *to - 1);
                hub.change("candles", &symbol.to_string(), &full, Some(&change));
            }
            Step::Event => {
                events += 1;
                hub.event("alert", &format!("{{\"n\":{events}}}"));
            }
            Step::Pass(ms) => pass(ms.into()).await,
            Step::Read => frames(&mut reader).iter().for_each(|frame| page.take(frame)),
            Step::Reconnect(taken) => {
                frames(&mut reader).iter().take(taken).for_each(|frame| page.take(frame));
                if page.id.is_none() {
                    // It never got as far as its first id: a new page.
                    page = Page { events: (1..=events).collect(), ..Page::default() };
                }
                reader = hub.open(&Ask { cursor: page.id.clone(), ..ask() }).unwrap();
            }
        }
    }
    assert_eq!(page.states, held, "the page shows the present");
    assert_eq!(page.events, (1..=events).collect::<Vec<_>>(), "every event once, in order");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]
    #[test]
    fn a_page_that_keeps_breaking_off_misses_nothing_and_sees_nothing_twice(
        steps in proptest::collection::vec(step(), 1..60)
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
        runtime.unwrap().block_on(play(steps));
    }
}
