//! What is subscribed on a connection: only the difference is ever sent, in messages within the vendor's limits.
//!
//! Pure: the instant is an argument.

use serde_json::json;
use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    sync::Arc,
    time::Duration,
};
use tokio::time::Instant;

const MAX_TOPICS: usize = 500;
const MAX_MESSAGE: usize = 64 << 10;
const MAX_MESSAGES: usize = 10;

/// A set of topics, shared.
pub(crate) type Topics = Arc<BTreeSet<String>>;

/// The subscriptions of one connection.
#[derive(Debug)]
pub(crate) struct Subscriptions {
    asked: Topics,
    unconfirmed: BTreeMap<String, Unconfirmed>,
    outbox: VecDeque<String>,
    /// The last messages, to keep to ten a second.
    sent: VecDeque<Instant>,
    confirm_within: Duration,
}

#[derive(Debug, Clone, Copy)]
struct Unconfirmed {
    by: Instant,
    is_repeated: bool,
}

impl Subscriptions {
    pub(crate) fn new(confirm_within: Duration) -> Self {
        Self {
            asked: Topics::default(),
            unconfirmed: BTreeMap::new(),
            outbox: VecDeque::new(),
            sent: VecDeque::new(),
            confirm_within,
        }
    }

    /// Puts in line what leads from the present topics to `wanted`.
    pub(crate) fn want(&mut self, wanted: &Topics, now: Instant) {
        let gone: BTreeSet<String> = self.asked.difference(wanted).cloned().collect();
        let new: BTreeSet<String> = wanted.difference(&self.asked).cloned().collect();
        self.unconfirmed.retain(|topic, _| !gone.contains(topic));
        // Room first: the number of contracts is limited.
        self.put("unsubscribe", &gone);
        self.put("subscribe", &new);
        let waits = Unconfirmed { by: now + self.confirm_within, is_repeated: false };
        self.unconfirmed.extend(new.into_iter().map(|topic| (topic, waits)));
        self.asked = Arc::clone(wanted);
    }

    pub(crate) fn confirmed(&mut self, topic: &str) {
        self.unconfirmed.remove(topic);
    }

    /// Asks once more for what was not confirmed in time; what was asked for twice is given up and returned.
    pub(crate) fn overdue(&mut self, now: Instant) -> Vec<String> {
        let mut late: Vec<String> = Vec::new();
        let mut again = BTreeSet::new();
        for (topic, waits) in &mut self.unconfirmed {
            if now < waits.by {
                continue;
            }
            if std::mem::replace(&mut waits.is_repeated, true) {
                late.push(topic.clone());
            } else {
                waits.by = now + self.confirm_within;
                again.insert(topic.clone());
            }
        }
        self.put("subscribe", &again);
        for topic in &late {
            self.unconfirmed.remove(topic);
        }
        late
    }

    /// The next message in line, when its time has come. It counts as sent.
    pub(crate) fn next(&mut self, now: Instant) -> Option<String> {
        let is_full = self.sent.len() >= MAX_MESSAGES;
        if is_full && self.sent.front().is_some_and(|first| now - *first <= Duration::from_secs(1)) {
            return None;
        }
        let message = self.outbox.pop_front()?;
        self.count(now);
        Some(message)
    }

    /// A message of another kind was sent.
    pub(crate) fn count(&mut self, now: Instant) {
        if self.sent.len() >= MAX_MESSAGES {
            self.sent.pop_front();
        }
        self.sent.push_back(now);
    }

    fn put(&mut self, action: &str, topics: &BTreeSet<String>) {
        let messages = batches(topics).map(|params| json!({"action": action, "params": params}).to_string());
        self.outbox.extend(messages);
    }
}

/// Topics in comma lists within the limits of one message.
fn batches(topics: &BTreeSet<String>) -> impl Iterator<Item = String> {
    let mut lists: Vec<String> = Vec::new();
    let mut count = MAX_TOPICS;
    for topic in topics {
        match lists.last_mut() {
            Some(list) if count < MAX_TOPICS && list.len() + topic.len() < MAX_MESSAGE - 100 => {
                list.push(',');
                list.push_str(topic);
                count += 1;
            }
            _ => {
                lists.push(topic.clone());
                count = 1;
            }
        }
    }
    lists.into_iter()
}

#[cfg(test)]
mod tests {
    use super::*;

    const CONFIRM: Duration = Duration::from_secs(10);

    fn topics(names: &[&str]) -> Topics {
        Arc::new(names.iter().map(|&name| name.to_owned()).collect())
    }

    fn messages(subscriptions: &mut Subscriptions, now: Instant) -> Vec<String> {
        std::iter::from_fn(|| subscriptions.next(now)).collect()
    }

    #[test]
    fn only_the_difference_is_sent_and_room_is_made_first() {
        let now = Instant::now();
        let mut subscriptions = Subscriptions::new(CONFIRM);
        subscriptions.want(&topics(&["Q.a", "Q.b"]), now);
        assert_eq!(messages(&mut subscriptions, now), [r#"{"action":"subscribe","params":"Q.a,Q.b"}"#]);
        subscriptions.want(&topics(&["Q.b", "Q.c"]), now);
        let expected =
            [r#"{"action":"unsubscribe","params":"Q.a"}"#, r#"{"action":"subscribe","params":"Q.c"}"#];
        assert_eq!(messages(&mut subscriptions, now), expected);
        subscriptions.want(&topics(&["Q.b", "Q.c"]), now);
        assert_eq!(messages(&mut subscriptions, now), [""; 0]);
    }

    #[test]
    fn what_is_not_confirmed_is_asked_for_once_more_and_then_reported() {
        let start = Instant::now();
        let mut subscriptions = Subscriptions::new(CONFIRM);
        subscriptions.want(&topics(&["Q.a", "Q.b", "Q.c"]), start);
        subscriptions.confirmed("Q.a");
        subscriptions.want(&topics(&["Q.a", "Q.b"]), start);
        messages(&mut subscriptions, start);
        assert_eq!(subscriptions.overdue(start + CONFIRM / 2), [""; 0]);
        assert_eq!(subscriptions.overdue(start + CONFIRM), [""; 0]);
        let again = messages(&mut subscriptions, start + CONFIRM);
        assert_eq!(again, [r#"{"action":"subscribe","params":"Q.b"}"#], "c is not wanted any more");
        assert_eq!(subscriptions.overdue(start + CONFIRM * 2), ["Q.b"]);
        assert_eq!(subscriptions.overdue(start + CONFIRM * 3), [""; 0]);
    }

    #[test]
    fn ten_messages_pass_in_a_second() {
        let start = Instant::now();
        let mut subscriptions = Subscriptions::new(CONFIRM);
        let many: BTreeSet<String> = (0..6_000).map(|n| format!("Q.{n}")).collect();
        subscriptions.want(&Arc::new(many), start);
        assert_eq!(messages(&mut subscriptions, start).len(), 10);
        assert_eq!(messages(&mut subscriptions, start + Duration::from_millis(1_001)).len(), 2);
    }

    #[test]
    fn topics_are_batched_within_the_limits() {
        let topics = |count, width| (0..count).map(|n| format!("Q.{n:0width$}")).collect::<BTreeSet<_>>();
        let sizes = |topics| batches(&topics).map(|list| list.split(',').count()).collect::<Vec<_>>();
        assert_eq!(sizes(topics(0, 4)), [0_usize; 0]);
        assert_eq!(sizes(topics(1_001, 20)), [500, 500, 1]);
        let long: Vec<usize> = batches(&topics(500, 400)).map(|list| list.len()).collect();
        assert!(long.len() > 1 && long.iter().all(|length| *length < 64 << 10), "{long:?}");
    }
}
