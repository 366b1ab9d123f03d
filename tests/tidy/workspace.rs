//! What cargo and the file system say of the workspace.

use serde_json::Value;
use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

/// One package of the workspace.
pub(crate) struct Package {
    pub(crate) name: String,
    /// Folder relative to the root: `crates/wire`.
    pub(crate) folder: String,
    /// Names of normal and build dependencies.
    pub(crate) needs: Vec<String>,
    /// Names of dev-dependencies.
    pub(crate) tests_need: Vec<String>,
}

/// A source file.
pub(crate) struct Source {
    /// Relative to the root.
    pub(crate) path: String,
    pub(crate) text: String,
}

pub(crate) struct Workspace {
    pub(crate) root: PathBuf,
    pub(crate) packages: Vec<Package>,
    pub(crate) sources: Vec<Source>,
}

impl Workspace {
    pub(crate) fn read() -> Self {
        let root =
            Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("tests/ is in the workspace").to_owned();
        let output = Command::new(env!("CARGO"))
            .args(["metadata", "--format-version", "1", "--no-deps", "--offline"])
            .current_dir(&root)
            .output()
            .expect("cargo runs");
        let metadata: Value = serde_json::from_slice(&output.stdout).expect("cargo metadata is JSON");
        let packages =
            metadata["packages"].as_array().expect("packages").iter().map(|p| package(p, &root)).collect();
        let mut sources = Vec::new();
        for folder in ["crates", "services", "bootstrap", "sentinel", "tests", "benches", "ui/src", "ui/e2e"]
        {
            collect(&root.join(folder), &root, &mut sources);
        }
        sources.sort_by(|a, b| a.path.cmp(&b.path));
        Self { root, packages, sources }
    }

    /// Rust sources of the product itself: no tests, no benches, no test helpers.
    pub(crate) fn product(&self) -> impl Iterator<Item = &Source> {
        self.sources.iter().filter(|source| {
            let path = &source.path;
            path.ends_with(".rs")
                && path.contains("/src/")
                && !path.starts_with("tests/")
                && !path.starts_with("benches/")
                && !path.starts_with("crates/testkit/")
                && !path.starts_with("crates/typescript/")
        })
    }
}

fn package(value: &Value, root: &Path) -> Package {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let manifest = PathBuf::from(text(&value["manifest_path"]));
    let folder =
        manifest.parent().and_then(|folder| folder.strip_prefix(root).ok()).expect("inside the workspace");
    let dependencies = value["dependencies"].as_array().cloned().unwrap_or_default();
    let named = |dev: bool| {
        dependencies
            .iter()
            .filter(|d| (d["kind"] == "dev") == dev)
            .map(|d| text(&d["name"]))
            .collect::<Vec<_>>()
    };
    Package {
        name: text(&value["name"]),
        folder: folder.display().to_string(),
        needs: named(false),
        tests_need: named(true),
    }
}

fn collect(folder: &Path, root: &Path, sources: &mut Vec<Source>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            if !path.ends_with("node_modules") && !path.ends_with("target") {
                collect(&path, root, sources);
            }
        } else if let Some("rs" | "ts" | "tsx" | "css") = path.extension().and_then(|end| end.to_str()) {
            let text = fs::read_to_string(&path).unwrap_or_default();
            let path = path.strip_prefix(root).unwrap_or(&path).display().to_string();
            sources.push(Source { path, text });
        }
    }
}
