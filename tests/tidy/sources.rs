//! What the manifests cannot tell: R1, R5, R6 in the text of the sources, sizes and head comments.

use super::workspace::{Source, Workspace};

const MAX_LINES: usize = 500;

/// (what is written, where it may be written, rule)
type Ban = (&'static str, fn(&str) -> bool, &'static str);

const FOREIGN: [Ban; 6] = [
    ("warp::", may_warp, "R5, warp lives in web and in modules called routes or sockets"),
    ("std::env::", may_env, "R5, only chassis reads the environment"),
    ("SELECT ", may_sql, "R6, SQL stands in a store.rs"),
    ("INSERT INTO ", may_sql, "R6, SQL stands in a store.rs"),
    ("DELETE FROM ", may_sql, "R6, SQL stands in a store.rs"),
    ("UPDATE ", may_sql, "R6, SQL stands in a store.rs"),
];

const CLOCKS: [&str; 8] = [
    "SystemTime::now",
    "Instant::now",
    "Utc::now",
    "Local::now",
    "std::env",
    "std::fs",
    "std::net",
    "async fn",
];

fn may_warp(path: &str) -> bool {
    let is_room = |name: &str| path.ends_with(&format!("/{name}.rs")) || path.contains(&format!("/{name}/"));
    path.starts_with("crates/web/") || is_room("routes") || is_room("sockets")
}

/// The door itself has statements about statements: locks, the list of what was migrated.
fn may_sql(path: &str) -> bool {
    path.ends_with("/store.rs") || path.starts_with("crates/store/")
}

fn may_env(path: &str) -> bool {
    path.starts_with("crates/chassis/") || path.ends_with("/main.rs")
}

pub(crate) fn foreign(workspace: &Workspace) -> Vec<String> {
    let mut faults = Vec::new();
    for source in workspace.product() {
        let text = without_tests(&source.text);
        for (number, line) in code(&text) {
            for (words, may, rule) in FOREIGN {
                if line.contains(words) && !may(&source.path) {
                    faults.push(format!("{}:{number}: {words} {rule}", source.path));
                }
            }
        }
    }
    faults
}

pub(crate) fn floor_zero(workspace: &Workspace) -> Vec<String> {
    let mut faults = Vec::new();
    let floor =
        |path: &str| ["crates/quant/", "crates/wire/", "crates/auth/"].iter().any(|f| path.starts_with(f));
    for source in workspace.product().filter(|source| floor(&source.path)) {
        let text = without_tests(&source.text);
        for (number, line) in code(&text) {
            for words in CLOCKS.iter().filter(|words| line.contains(**words)) {
                faults.push(format!("{}:{number}: {words}: R1, time and I/O are arguments", source.path));
            }
        }
    }
    faults
}

/// R6: Redis names stand in `wire` only. The names are read from `wire` itself.
pub(crate) fn spelled(workspace: &Workspace) -> Vec<String> {
    let names: Vec<String> = workspace
        .sources
        .iter()
        .filter(|source| source.path.starts_with("crates/wire/src/"))
        .flat_map(|source| literals(&without_tests(&source.text)))
        .filter(|literal| is_name(literal) && literal.contains(':') && !literal.contains("::"))
        .map(|literal| literal.split('{').next().unwrap_or_default().to_owned())
        .filter(|prefix| prefix.len() > 3)
        .collect();
    assert!(names.iter().any(|name| name == "healer:alerts"), "the names of wire were found: {names:?}");
    workspace
        .product()
        .filter(|source| !source.path.starts_with("crates/wire/"))
        .flat_map(|source| name_faults(&source.path, &without_tests(&source.text), &names))
        .collect()
}

pub(crate) fn name_faults(path: &str, text: &str, names: &[String]) -> Vec<String> {
    let mut faults = Vec::new();
    for (number, line) in code(text) {
        for literal in literals(&line).iter().filter(|literal| is_name(literal)) {
            if names
                .iter()
                .any(|name| literal == name || (name.ends_with(':') && literal.starts_with(name.as_str())))
            {
                faults
                    .push(format!("{path}:{number}: {literal:?}: R6, a Redis name is spelled in wire only"));
            }
        }
    }
    faults
}

pub(crate) fn sizes_and_heads(workspace: &Workspace) -> Vec<String> {
    let mut faults = Vec::new();
    for Source { path, text } in &workspace.sources {
        let lines = text.lines().count();
        if lines > MAX_LINES {
            faults.push(format!("{path}: {lines} lines; past {MAX_LINES} it is two files"));
        }
        let is_root = path.ends_with("/src/lib.rs") || path.ends_with("/tests/it/main.rs");
        if is_root && !text.starts_with("//!") {
            faults.push(format!("{path}: says nothing of what it is for (//!)"));
        }
        for banned in ["/common.rs", "/utils.rs", "/helpers.rs", "/misc.rs", "/util.rs", "/mod.rs"] {
            if path.ends_with(banned) {
                faults.push(format!("{path}: R7, a name that says nothing"));
            }
        }
    }
    faults
}

/// The text up to its unit tests.
pub(crate) fn without_tests(text: &str) -> String {
    text.split("\n#[cfg(test)]\nmod tests").next().unwrap_or_default().to_owned()
}

/// Numbered lines that are not comments.
fn code(text: &str) -> impl Iterator<Item = (usize, String)> {
    text.lines()
        .enumerate()
        .filter(|(_, line)| !line.trim_start().starts_with("//"))
        .map(|(index, line)| (index + 1, line.to_owned()))
}

fn literals(text: &str) -> Vec<String> {
    text.lines()
        .filter(|line| !line.trim_start().starts_with("//"))
        .flat_map(|line| line.split('"').skip(1).step_by(2).map(str::to_owned).collect::<Vec<_>>())
        .collect()
}

/// Something that can be a Redis name: no blanks, no slashes.
fn is_name(literal: &str) -> bool {
    !literal.is_empty() && literal.chars().all(|c| c.is_ascii_alphanumeric() || "_:-{}*.".contains(c))
}
