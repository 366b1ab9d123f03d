//! Who needs whom. Pure functions over ids; ids that nobody declares are ignored.

use crate::service::Service;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// Component id to the ids that it needs.
pub type Dependencies = BTreeMap<String, Vec<String>>;

/// Phase of a component that needs nothing and names no phase.
const FIRST_PHASE: u32 = 2;

/// The dependencies of `services`, by component id.
pub fn of(services: &BTreeMap<String, Service>) -> Dependencies {
    services.values().map(|service| (service.component.clone(), service.dependencies.clone())).collect()
}

/// Every id, each after all that it needs; of several possible ids the smaller comes first. Ids on a cycle, and
/// those that need them, come last.
pub fn order(needs: &Dependencies) -> Vec<String> {
    let mut placed = BTreeSet::new();
    let mut order = Vec::new();
    loop {
        let is_free =
            |id: &&String| !placed.contains(*id) && known(needs, id).all(|need| placed.contains(need));
        let Some(next) = needs.keys().find(is_free) else { break };
        placed.insert(next);
        order.push(next.clone());
    }
    let stuck: Vec<String> = needs.keys().filter(|id| !placed.contains(*id)).cloned().collect();
    order.extend(stuck);
    order
}

/// One shortest cycle through each knot of ids that need each other, closed: `[a, b, a]`, smallest id first.
pub fn cycles(needs: &Dependencies) -> Vec<Vec<String>> {
    let mut knotted = BTreeSet::new();
    let mut cycles = Vec::new();
    for id in needs.keys() {
        if knotted.contains(id) {
            continue;
        }
        if let Some(cycle) = shortest_cycle(needs, id) {
            // All that `id` reaches and that reach it are one knot, and told once.
            let knot = reach(needs, id).into_iter().filter(|other| reach(needs, other).contains(id));
            knotted.extend(knot);
            cycles.push(cycle);
        }
    }
    cycles
}

/// The start phase of every id: what `explicit` says, else one above the highest phase that it needs, from 2.
pub fn phases(needs: &Dependencies, explicit: &BTreeMap<String, u32>) -> BTreeMap<String, u32> {
    let mut phases = BTreeMap::new();
    for id in order(needs) {
        let above = known(needs, &id).filter_map(|need| phases.get(need)).map(|phase| phase + 1).max();
        let phase = explicit.get(&id).copied().or(above).unwrap_or(FIRST_PHASE);
        phases.insert(id, phase);
    }
    phases
}

/// The nearest dead ids that `id` needs, directly or through living ones. Empty: nothing dead is above it.
pub fn blocked_by(needs: &Dependencies, dead: &BTreeSet<String>, id: &str) -> Vec<String> {
    let mut seen = BTreeSet::from([id.to_owned()]);
    let mut open: VecDeque<String> = known(needs, id).cloned().collect();
    let mut blockers = BTreeSet::new();
    while let Some(next) = open.pop_front() {
        if !seen.insert(next.clone()) {
            continue;
        }
        if dead.contains(&next) {
            blockers.insert(next);
        } else {
            open.extend(known(needs, &next).cloned());
        }
    }
    blockers.into_iter().collect()
}

fn known<'a>(needs: &'a Dependencies, id: &str) -> impl Iterator<Item = &'a String> + use<'a> {
    needs.get(id).into_iter().flatten().filter(|need| needs.contains_key(*need))
}

fn reach(needs: &Dependencies, id: &str) -> BTreeSet<String> {
    let mut reached = BTreeSet::new();
    let mut open: Vec<&String> = known(needs, id).collect();
    while let Some(next) = open.pop() {
        if reached.insert(next.clone()) {
            open.extend(known(needs, next));
        }
    }
    reached
}

fn shortest_cycle(needs: &Dependencies, id: &str) -> Option<Vec<String>> {
    let mut paths = VecDeque::from([vec![id.to_owned()]]);
    let mut seen = BTreeSet::new();
    while let Some(path) = paths.pop_front() {
        let last = path.last()?;
        for need in known(needs, last) {
            let longer = || path.iter().cloned().chain([need.clone()]).collect::<Vec<_>>();
            if need == id {
                return Some(longer());
            }
            if seen.insert(need.clone()) {
                paths.push_back(longer());
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn needs(pairs: &[(&str, &[&str])]) -> Dependencies {
        let own = |ids: &[&str]| ids.iter().map(|&id| id.to_owned()).collect();
        pairs.iter().map(|&(id, ids)| (id.to_owned(), own(ids))).collect()
    }

    #[test]
    fn what_is_needed_comes_first_and_has_the_lower_phase() {
        let needs =
            needs(&[("massive", &[]), ("sse", &["vigil", "ghost"]), ("ui", &[]), ("vigil", &["massive"])]);
        assert_eq!(order(&needs), ["massive", "ui", "vigil", "sse"]);
        let phases = phases(&needs, &BTreeMap::from([("ui".to_owned(), 5)]));
        assert_eq!(phases.into_values().collect::<Vec<_>>(), [2, 4, 5, 3]);
    }

    #[test]
    fn a_knot_is_told_once_by_its_shortest_cycle() {
        let needs = needs(&[("a", &["b"]), ("b", &["c", "a"]), ("c", &["b"]), ("d", &["a"]), ("e", &["e"])]);
        assert_eq!(cycles(&needs), [vec!["a", "b", "a"], vec!["e", "e"]]);
    }

    #[test]
    fn the_nearest_dead_block_and_their_own_causes_are_theirs_to_tell() {
        let needs = needs(&[("a", &[]), ("b", &["a"]), ("c", &["b"]), ("d", &["c", "a"])]);
        let dead = |ids: &[&str]| ids.iter().map(|&id| id.to_owned()).collect::<BTreeSet<_>>();
        assert_eq!(blocked_by(&needs, &dead(&["a", "b", "c"]), "c"), ["b"]);
        assert_eq!(blocked_by(&needs, &dead(&["a", "d"]), "d"), ["a"], "through living c and b too");
        assert!(blocked_by(&needs, &dead(&["d"]), "d").is_empty());
    }
}
