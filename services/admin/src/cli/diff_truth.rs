use super::{findings, load_truth};
use crate::{
    desk::Desk,
    exit::Exit,
    output::{NOTHING, Report, Table, Tone},
};
use anyhow::Context;
use serde_json::{Value, json};
use std::path::PathBuf;

/// Compare Truth's files with the loaded document
#[derive(Debug, clap::Args)]
pub(super) struct DiffTruth {
    /// Folder with mm_node.json and components/, or one ready composite
    #[arg(long, value_name = "F|DIR")]
    truth: Option<PathBuf>,
    /// Secrets file
    #[arg(long, value_name = "F")]
    secrets: Option<PathBuf>,
    /// Another node file
    #[arg(long, value_name = "F")]
    node: Option<PathBuf>,
}

impl DiffTruth {
    pub(super) async fn run(self, desk: &Desk) -> anyhow::Result<Report> {
        let composite =
            match truth::build(&load_truth::sources(desk, self.truth, self.secrets, self.node, false)) {
                Err(truth::Error::Invalid(faults)) => return Ok(findings::report(desk, &faults)),
                built => built.context("build Truth")?,
            };
        let loaded = desk.catalog().await?.stored;
        let mut differences = Vec::new();
        compare("", Some(&loaded.document), Some(composite.public()), &mut differences);
        let secrets = truth::changed_secrets(&desk.bus, &composite).await.context("compare the secrets")?;

        let mut table = Table::new(["POINTER", "LOADED", "FILES"]);
        for Difference { pointer, old, new } in &differences {
            table.row(Tone::Plain, [pointer.clone(), shown(old.as_ref()), shown(new.as_ref())]);
        }
        for (name, change) in &secrets {
            table.row(Tone::Plain, [name.clone(), NOTHING.into(), change.to_string()]);
        }
        let rows =
            differences.iter().map(|one| json!({"pointer": one.pointer, "old": one.old, "new": one.new}));
        let json = json!({
            "differences": rows.collect::<Value>(),
            "secrets": secrets.iter().map(|(name, change)| json!({"name": name, "change": change.to_string()})).collect::<Value>(),
        });
        let same = differences.is_empty() && secrets.is_empty();
        let report = Report::new(json).ending(if same { Exit::Done } else { Exit::Failed });
        Ok(if same { report.line("no difference") } else { report.table(table) })
    }
}

#[derive(Debug, Clone, PartialEq)]
struct Difference {
    pointer: String,
    old: Option<Value>,
    new: Option<Value>,
}

/// Objects are compared member by member; anything else as a whole.
fn compare(pointer: &str, old: Option<&Value>, new: Option<&Value>, found: &mut Vec<Difference>) {
    match (old, new) {
        (Some(Value::Object(before)), Some(Value::Object(after))) => {
            let mut names: Vec<_> = before.keys().chain(after.keys()).collect();
            names.sort_unstable();
            names.dedup();
            for name in names {
                let segment = name.replace('~', "~0").replace('/', "~1");
                compare(&format!("{pointer}/{segment}"), before.get(name), after.get(name), found);
            }
        }
        (Some(before), Some(after)) if same(before, after) => {}
        (None, None) => {}
        (old, new) => {
            found.push(Difference { pointer: pointer.into(), old: old.cloned(), new: new.cloned() })
        }
    }
}

/// Equal as the loaded document spells them: 10 and 10.0 are one number.
fn same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => a == b || a.as_f64() == b.as_f64(),
        (Value::Array(a), Value::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b)),
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len() && a.iter().all(|(name, a)| b.get(name).is_some_and(|b| same(a, b)))
        }
        (a, b) => a == b,
    }
}

fn shown(value: Option<&Value>) -> String {
    let text = value.map_or_else(|| NOTHING.into(), Value::to_string);
    if text.chars().count() <= 60 { text } else { text.chars().take(59).chain(['…']).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_changed_leaf_is_named_once() {
        let old = json!({"a": {"b/c": 1, "same": [1, 2]}, "gone": true});
        let new = json!({"a": {"b/c": 2, "same": [1.0, 2]}, "added": {"x": 1}});
        let mut found = Vec::new();
        compare("", Some(&old), Some(&new), &mut found);
        let pointers: Vec<_> = found.iter().map(|one| one.pointer.as_str()).collect();
        assert_eq!(pointers, ["/a/b~1c", "/added", "/gone"]);
        assert_eq!(found[1].old, None);
    }
}
