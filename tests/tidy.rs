//! The structure of the workspace: rules R1 to R7 of `docs/architecture.md`, file sizes, head comments, and that
//! service folders, component files and compose services agree. A failure names the edge or the line, and the rule.

mod tidy {
    pub(crate) mod agree;
    pub(crate) mod edges;
    pub(crate) mod sources;
    pub(crate) mod workspace;
}

use tidy::{agree, edges, sources, workspace::Workspace};

fn none(faults: Vec<String>) {
    assert!(faults.is_empty(), "\n{}\n", faults.join("\n"));
}

#[test]
fn imports_go_down_and_programs_meet_on_the_wire() {
    none(edges::wrong(&Workspace::read()));
}

#[test]
fn every_foreign_crate_has_one_room() {
    let workspace = Workspace::read();
    none([edges::foreign(&workspace), sources::foreign(&workspace)].concat());
}

#[test]
fn floor_zero_asks_nobody_for_anything() {
    none(sources::floor_zero(&Workspace::read()));
}

#[test]
fn a_name_is_spelled_in_its_room_only() {
    none(sources::spelled(&Workspace::read()));
}

#[test]
fn files_are_small_and_say_what_they_are_for() {
    none(sources::sizes_and_heads(&Workspace::read()));
}

#[test]
fn services_components_and_containers_agree() {
    none(agree::wrong(&Workspace::read()));
}

/// The rules above would be worthless if they accepted anything.
#[test]
fn a_broken_rule_is_noticed() {
    let line = |text: &str| {
        sources::name_faults("services/x/src/lib.rs", text, &["svc:list".into(), "health:".into()])
    };
    assert_eq!(line(r#"bus.get("health:vigil")"#).len(), 1);
    assert_eq!(line(r#"warn!("svc:list")"#).len(), 1);
    assert!(line(r#"warn!("health: fine")"#).is_empty(), "prose is no name");
    assert!(sources::without_tests("a\n#[cfg(test)]\nmod tests { b }\n").trim() == "a");
}
