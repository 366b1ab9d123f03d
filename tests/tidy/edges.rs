//! Who may lean on whom (R1 to R5), read from the manifests.

use super::workspace::{Package, Workspace};

const FLOOR_0: [&str; 3] = ["quant", "wire", "auth"];
const DOORS: [&str; 6] = ["bus", "store", "web", "llm", "fleet", "notify"];
const SIMULATORS: [&str; 2] = ["exchange-sim", "feed-sim"];

/// Foreign crates that have one room: (crate, packages that may depend on it).
const ROOMS: [(&str, &[&str]); 9] = [
    ("redis", &["bus"]),
    ("deadpool-redis", &["bus"]),
    ("mysql_async", &["store"]),
    ("bollard", &["fleet"]),
    ("tracing-subscriber", &["chassis"]),
    ("clap", &["chassis", "admin"]),
    ("jsonschema", &["truth"]),
    ("lettre", &["notify"]),
    ("metrics-exporter-prometheus", &["chassis"]),
];

/// What floor 0 may know of the outside: nothing that runs, waits, or asks the time.
const RUNTIMES: [&str; 12] = [
    "tokio",
    "tokio-util",
    "futures-util",
    "redis",
    "reqwest",
    "hyper",
    "warp",
    "bollard",
    "tracing",
    "rand",
    "metrics",
    "tempfile",
];

pub(crate) fn wrong(workspace: &Workspace) -> Vec<String> {
    let local: Vec<&str> = workspace.packages.iter().map(|package| package.name.as_str()).collect();
    let mut faults = Vec::new();
    for package in &workspace.packages {
        let own: Vec<&str> =
            package.needs.iter().map(String::as_str).filter(|name| local.contains(name)).collect();
        for need in own {
            if let Some(rule) = forbidden(package, need) {
                faults.push(format!("{} -> {need}: {rule}", package.folder));
            }
        }
        for need in &package.tests_need {
            let is_program =
                local.contains(&need.as_str()) && folder_of(workspace, need).starts_with("services/");
            let may = is_bench(package) || SIMULATORS.contains(&need.as_str());
            if is_program && !may {
                faults.push(format!(
                    "{} -> {need} (dev): R3, tests may only lean on simulators",
                    package.folder
                ));
            }
        }
        if FLOOR_0.contains(&package.name.as_str()) {
            for need in package.needs.iter().filter(|need| RUNTIMES.contains(&need.as_str())) {
                faults.push(format!("{} -> {need}: R1, floor 0 knows no runtime and no I/O", package.folder));
            }
        }
        if SIMULATORS.contains(&package.name.as_str()) && package.needs.iter().any(|need| need == "wire") {
            faults.push(format!(
                "{} -> wire: R4, a simulator shares no message type with its client",
                package.folder
            ));
        }
    }
    faults
}

/// R5 as far as manifests tell: who may depend on a foreign crate at all.
pub(crate) fn foreign(workspace: &Workspace) -> Vec<String> {
    let mut faults = Vec::new();
    for package in &workspace.packages {
        for (name, rooms) in ROOMS {
            if package.needs.iter().any(|need| need == name) && !rooms.contains(&package.name.as_str()) {
                faults.push(format!("{} -> {name}: R5, its room is {}", package.folder, rooms.join(", ")));
            }
        }
    }
    faults
}

fn forbidden(package: &Package, need: &str) -> Option<&'static str> {
    let (from, to) = (floor(package), floor_name(need));
    if to == Floor::Beside {
        return (from != Floor::Beside).then_some("what stands beside the house is a dev-dependency only");
    }
    match from {
        Floor::Beside => None,
        Floor::Program if to == Floor::Program => Some("R3, programs never import programs"),
        Floor::Door if to == Floor::Door => Some("R2, doors do not know each other"),
        Floor::Meaning if to != Floor::Meaning => Some("imports go down"),
        Floor::Meaning if rank(&package.name) <= rank(need) => {
            Some("floor 0 leans along auth -> wire -> quant")
        }
        Floor::Door if to == Floor::Frame || to == Floor::Program => Some("imports go down"),
        Floor::Frame if to == Floor::Program => Some("imports go down"),
        Floor::Frame if package.name == "truth" && need == "chassis" => {
            Some("chassis leans on truth, not back")
        }
        _ => None,
    }
}

#[derive(PartialEq, Clone, Copy)]
enum Floor {
    Meaning,
    Door,
    Frame,
    Program,
    Beside,
}

fn floor(package: &Package) -> Floor {
    if is_bench(package) { Floor::Beside } else { floor_name(&package.name) }
}

fn floor_name(name: &str) -> Floor {
    match name {
        name if FLOOR_0.contains(&name) => Floor::Meaning,
        name if DOORS.contains(&name) => Floor::Door,
        "truth" | "chassis" => Floor::Frame,
        "testkit" | "typescript" => Floor::Beside,
        _ => Floor::Program,
    }
}

fn rank(name: &str) -> usize {
    ["quant", "wire", "auth"].iter().position(|&known| known == name).unwrap_or_default()
}

fn is_bench(package: &Package) -> bool {
    ["tests", "benches"].contains(&package.folder.as_str())
}

fn folder_of<'a>(workspace: &'a Workspace, name: &str) -> &'a str {
    workspace.packages.iter().find(|package| package.name == name).map_or("", |package| &package.folder)
}
