//! JSON Schemas of the files: those beside the files win, the compiled-in ones stand in.

use crate::{
    fault::{Code, Fault, segment},
    read::{Read, read},
};
use jsonschema::{ValidationError, Validator, error::ValidationErrorKind};
use serde_json::Value;
use std::path::{Path, PathBuf};

const NODE: &str = include_str!("../../../truth/schema/node.json");
const COMPONENT: &str = include_str!("../../../truth/schema/component.json");
const SECRETS: &str = include_str!("../../../truth/schema/secrets.json");

/// The schemas of one Truth folder.
pub(crate) struct Schemas {
    folder: PathBuf,
    node: Option<Validator>,
    component: Option<Validator>,
    secrets: Option<Validator>,
}

impl Schemas {
    /// Opens the schemas in `folder`. One that is broken is a fault, and then does not check anything.
    pub(crate) fn open(folder: PathBuf, faults: &mut Vec<Fault>) -> Self {
        let node = one(&folder.join("node.json"), Some(NODE), faults);
        let component = one(&folder.join("component.json"), Some(COMPONENT), faults);
        let secrets = one(&folder.join("secrets.json"), Some(SECRETS), faults);
        Self { folder, node, component, secrets }
    }

    pub(crate) fn violations_of_node(&self, node: &Value) -> Vec<(String, String)> {
        violations(self.node.as_ref(), node)
    }

    pub(crate) fn violations_of_component(&self, component: &Value) -> Vec<(String, String)> {
        violations(self.component.as_ref(), component)
    }

    pub(crate) fn violations_of_secrets(&self, secrets: &Value) -> Vec<(String, String)> {
        violations(self.secrets.as_ref(), secrets)
    }

    /// The additional schema of component `id`, when there is one.
    pub(crate) fn own(&self, id: &str, faults: &mut Vec<Fault>) -> Option<Validator> {
        one(&self.folder.join("components").join(format!("{id}.json")), None, faults)
    }
}

fn one(path: &Path, built_in: Option<&str>, faults: &mut Vec<Fault>) -> Option<Validator> {
    let schema = match read(path, faults) {
        Read::Value(schema) => schema,
        Read::Absent => serde_json::from_str(built_in?).ok()?,
        Read::Broken => return None,
    };
    match jsonschema::validator_for(&schema) {
        Ok(validator) => Some(validator),
        Err(error) => {
            let message = format!("not a JSON Schema: {}", error.masked());
            let pointer = error.instance_path().to_string();
            faults.push(Fault::new(path.display().to_string(), pointer, Code::Schema, message));
            None
        }
    }
}

/// Violations of `value`: (pointer below `value`, message). The message never repeats a value.
pub(crate) fn violations(validator: Option<&Validator>, value: &Value) -> Vec<(String, String)> {
    let errors = validator.into_iter().flat_map(|validator| validator.iter_errors(value));
    errors.flat_map(|error| violation(&error)).collect()
}

fn violation(error: &ValidationError<'_>) -> Vec<(String, String)> {
    let at = error.instance_path().to_string();
    match error.kind() {
        ValidationErrorKind::AdditionalProperties { unexpected } => unexpected
            .iter()
            .map(|name| (format!("{at}{}", segment(name)), format!("unknown member \"{name}\"")))
            .collect(),
        ValidationErrorKind::Required { property } => {
            vec![(at, format!("member {property} is missing"))]
        }
        _ => vec![(at, error.masked().to_string())],
    }
}
