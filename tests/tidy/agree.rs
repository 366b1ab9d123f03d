//! Service folders, component files, the node file and compose services name the same things.

use super::workspace::Workspace;
use serde_json::Value;
use std::{collections::BTreeSet, fs};

/// Folders that are programs without a Truth component: the simulators, and the operator's command.
const OUTSIDE_TRUTH: [&str; 3] = ["exchange-sim", "feed-sim", "admin"];
/// Components whose program is another's binary in another mode.
const OTHER_MODE: [&str; 1] = ["ui"];

pub(crate) fn wrong(workspace: &Workspace) -> Vec<String> {
    let read = |path: &str| fs::read_to_string(workspace.root.join(path)).unwrap_or_default();
    let node: Value = serde_json::from_str(&read("truth/mm_node.json")).unwrap_or_default();
    let listed: BTreeSet<String> = node["components"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|id| id.as_str().map(str::to_owned))
        .collect();
    let mut faults = Vec::new();

    let mut programs: BTreeSet<String> = names(workspace, "services");
    programs.insert("sentinel".into());
    for id in programs.iter().filter(|id| !OUTSIDE_TRUTH.contains(&id.as_str())) {
        if !listed.contains(id) {
            faults.push(format!("services/{id}: not in components of truth/mm_node.json"));
        }
    }
    let compose = read("docker-compose.yml");
    for id in &listed {
        if !programs.contains(id) && !OTHER_MODE.contains(&id.as_str()) {
            faults.push(format!("truth/mm_node.json: component {id} has no program"));
        }
        if !compose.contains(&format!("\n  {id}:\n")) {
            faults.push(format!("docker-compose.yml: no service {id}"));
        }
        let component: Value =
            serde_json::from_str(&read(&format!("truth/components/{id}.json"))).unwrap_or_default();
        if component["id"] != id.as_str() {
            faults.push(format!("truth/components/{id}.json: missing, or its id is not {id}"));
        }
    }
    faults
}

fn names(workspace: &Workspace, folder: &str) -> BTreeSet<String> {
    fs::read_dir(workspace.root.join(folder))
        .into_iter()
        .flatten()
        .flatten()
        .filter(|entry| entry.path().join("Cargo.toml").exists())
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect()
}
