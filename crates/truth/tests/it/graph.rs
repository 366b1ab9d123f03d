use proptest::prelude::{Strategy, proptest};
use std::collections::{BTreeMap, BTreeSet};
use truth::graph::{Dependencies, blocked_by, cycles, order, phases};

fn dependencies() -> impl Strategy<Value = Dependencies> {
    proptest::collection::vec(proptest::collection::btree_set(0..9usize, 0..4), 1..9).prop_map(|needs| {
        let name = |id: usize| format!("s{id}");
        needs
            .into_iter()
            .enumerate()
            .map(|(id, needs)| (name(id), needs.into_iter().map(name).collect()))
            .collect()
    })
}

fn needs_itself(needs: &Dependencies, id: &String) -> bool {
    let mut reached = BTreeSet::new();
    let mut open: Vec<&String> = needs[id].iter().collect();
    while let Some(next) = open.pop() {
        if needs.contains_key(next) && reached.insert(next) {
            open.extend(&needs[next]);
        }
    }
    reached.contains(id)
}

proptest! {
    #[test]
    fn everything_is_ordered_once_after_what_it_needs(needs in dependencies()) {
        let order = order(&needs);
        assert_eq!(order.iter().collect::<BTreeSet<_>>(), needs.keys().collect());
        assert_eq!(order.len(), needs.len());
        if cycles(&needs).is_empty() {
            let place = |id: &String| order.iter().position(|other| other == id);
            for (id, ids) in &needs {
                for need in ids.iter().filter(|need| needs.contains_key(*need)) {
                    assert!(place(need) < place(id));
                }
            }
        }
    }

    #[test]
    fn a_cycle_is_told_exactly_when_something_needs_itself(needs in dependencies()) {
        let cycles = cycles(&needs);
        assert_eq!(cycles.is_empty(), !needs.keys().any(|id| needs_itself(&needs, id)));
        for cycle in cycles {
            assert_eq!(cycle.first(), cycle.last());
            assert!(cycle.windows(2).all(|pair| needs[&pair[0]].contains(&pair[1])));
        }
    }

    #[test]
    fn a_phase_is_above_all_that_it_needs(needs in dependencies()) {
        let phases = phases(&needs, &BTreeMap::new());
        assert_eq!(phases.len(), needs.len());
        if cycles(&needs).is_empty() {
            for (id, ids) in &needs {
                let above = ids.iter().filter_map(|need| phases.get(need)).max();
                assert_eq!(phases[id], above.map_or(2, |phase| phase + 1));
            }
        }
    }

    #[test]
    fn who_blocks_is_dead_and_needed(needs in dependencies(), dead in proptest::collection::btree_set(0..9usize, 0..9)) {
        let dead: BTreeSet<String> = dead.into_iter().map(|id| format!("s{id}")).collect();
        for id in needs.keys() {
            for blocker in blocked_by(&needs, &dead, id) {
                assert!(dead.contains(&blocker) && needs.contains_key(&blocker) && blocker != *id);
            }
            let direct = needs[id].iter().any(|need| needs.contains_key(need) && dead.contains(need) && need != id);
            assert!(!direct || !blocked_by(&needs, &dead, id).is_empty());
        }
    }
}
