use super::Examination;
use crate::{
    Code,
    service::{Entry, entries},
};

const LISTS: [&str; 6] = [
    "/access_points/publish_to",
    "/access_points/subscribe_to",
    "/access_points/read_only",
    "/access_points/readwrite",
    "/models/produces",
    "/models/consumes",
];

impl Examination<'_> {
    /// Every entry names a bus that exists.
    pub(super) fn buses(&mut self) {
        let mut found = Vec::new();
        for id in self.parts.keys() {
            for list in LISTS {
                for (place, entry) in entries(self.component(id), list).into_iter().enumerate() {
                    let is_known = self.draft.document["buses"].get(&entry.bus).is_some();
                    if !is_known && !entry.bus.is_empty() {
                        let message = format!("bus {} is not among buses", entry.bus);
                        found.push((id.clone(), format!("{list}/{place}/bus"), message));
                    }
                }
            }
        }
        for (id, pointer, message) in found {
            self.tell(&id, &pointer, Code::UnknownBus, message);
        }
    }

    /// Everything that is read is written by somebody.
    pub(super) fn dangling(&mut self) {
        self.unmatched(
            "/access_points/subscribe_to",
            "/access_points/publish_to",
            Code::DanglingSub,
            "publishes",
        );
        self.unmatched("/models/consumes", "/models/produces", Code::DanglingModel, "produces");
    }

    fn unmatched(&mut self, readers: &str, writers: &str, code: Code, verb: &str) {
        let written: Vec<Entry> =
            self.parts.keys().flat_map(|id| entries(self.component(id), writers)).collect();
        let mut found = Vec::new();
        for (id, part) in &self.parts {
            if part.watches_all && code == Code::DanglingSub {
                continue; // healer's list is written by the builder
            }
            for (place, entry) in entries(self.component(id), readers).into_iter().enumerate() {
                let is_written = |other: &Entry| other.bus == entry.bus && overlap(&other.key, &entry.key);
                if !entry.key.is_empty() && !written.iter().any(is_written) {
                    let message = format!("nobody {verb} {} on {}", entry.key, entry.bus);
                    found.push((id.clone(), format!("{readers}/{place}"), message));
                }
            }
        }
        for (id, pointer, message) in found {
            self.tell(&id, &pointer, code, message);
        }
    }
}

/// True when some name matches both patterns. `{name}` and `*` stand for any text.
fn overlap(a: &str, b: &str) -> bool {
    let (a, b) = (tokens(a), tokens(b));
    // reached[j]: the first i tokens of `a` and the first j of `b` can match the same text.
    let mut reached = vec![false; b.len() + 1];
    for i in 0..=a.len() {
        let before = std::mem::replace(&mut reached, vec![false; b.len() + 1]);
        for j in 0..=b.len() {
            let last_a = i.checked_sub(1).and_then(|at| a.get(at));
            let last_b = j.checked_sub(1).and_then(|at| b.get(at));
            let above = i > 0 && before.get(j).copied().unwrap_or_default();
            let left = j > 0 && reached.get(j - 1).copied().unwrap_or_default();
            let both = i > 0 && j > 0 && before.get(j - 1).copied().unwrap_or_default();
            reached[j] = match (last_a, last_b) {
                (None, None) => true,
                (Some(None), Some(None)) => above || left || both,
                (Some(None), _) => above || left,
                (_, Some(None)) => left || above,
                (Some(x), Some(y)) => both && x == y,
                _ => false,
            };
        }
    }
    reached.last().copied().unwrap_or_default()
}

/// The characters of a pattern; a placeholder is `None`.
fn tokens(pattern: &str) -> Vec<Option<char>> {
    let mut tokens = Vec::new();
    let mut rest = pattern.chars();
    while let Some(next) = rest.next() {
        match next {
            '*' => tokens.push(None),
            '{' => {
                tokens.push(None);
                let _name = rest.by_ref().find(|&end| end == '}');
            }
            other => tokens.push(Some(other)),
        }
    }
    tokens
}

#[cfg(test)]
mod tests {
    use super::overlap;

    #[test]
    fn placeholders_match_on_either_side() {
        for (a, b) in [
            ("massive:spot", "massive:spot"),
            ("massive:model:spot:{symbol}", "massive:model:spot:*"),
            ("massive:model:spot:{symbol}", "massive:model:spot:I:SPX"),
            ("*", "a:b"),
            ("a:{x}:c", "{y}:b:*"),
            ("a*", "*b"),
        ] {
            assert!(overlap(a, b) && overlap(b, a), "{a} {b}");
        }
        for (a, b) in [("massive:spot", "massive:spots"), ("a:{x}:c", "a:b:d"), ("a*", "b*"), ("a", "")] {
            assert!(!overlap(a, b) && !overlap(b, a), "{a} {b}");
        }
    }
}
