//! From files to one document.

use crate::{
    Code, Error, Fault, canonical,
    check::cross_check,
    draft::{Draft, node_file},
    read::{Read, read},
    service::{self, Service},
};
use serde_json::{Map, Value, json};
use std::{collections::BTreeMap, fmt, path::PathBuf};
use wire::BusId;

/// Where the files are.
#[derive(Debug, Clone, Default)]
pub struct Sources {
    /// A folder with `mm_node.json` and `components/`, or one file: a node file, or a ready composite.
    pub truth: PathBuf,
    /// A node file that stands in for the folder's own.
    pub node: Option<PathBuf>,
    /// The secrets file; `None`: every secret is unset.
    pub secrets: Option<PathBuf>,
    /// Whether an absent secrets file is an error. One that is there must be readable in any case.
    pub secrets_required: bool,
    /// Whether a secrets file that others may read is an error, not a warning.
    pub strict: bool,
}

impl Sources {
    /// The files of `truth` alone, without secrets.
    pub fn dir(truth: impl Into<PathBuf>) -> Self {
        Self { truth: truth.into(), ..Self::default() }
    }
}

/// A checked document. Its `Debug` shows no secrets.
#[derive(Clone)]
pub struct Composite {
    /// `version` of the node file, verbatim.
    pub version: String,
    /// Hash of the public document.
    pub hash: String,
    /// What was found and does not forbid loading.
    pub warnings: Vec<Fault>,
    public: Value,
    secrets: Value,
}

impl fmt::Debug for Composite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Composite")
            .field("version", &self.version)
            .field("hash", &self.hash)
            .finish_non_exhaustive()
    }
}

impl Composite {
    /// The document without secrets, as every bus but system-redis holds it.
    pub const fn public(&self) -> &Value {
        &self.public
    }

    /// The document without secrets, for people.
    pub fn public_json(&self) -> String {
        format!("{:#}", self.public)
    }

    /// The buses that it names, with their URLs.
    pub fn bus_urls(&self) -> Vec<(BusId, String)> {
        urls(&self.public)
    }

    /// Every service, by service id.
    pub fn services(&self) -> BTreeMap<String, Service> {
        service::all(&self.public)
    }

    /// The document as `bus` is to hold it.
    pub(crate) fn on(&self, bus: BusId) -> Value {
        let mut document = self.public.clone();
        if let (BusId::System, Some(members)) = (bus, document.as_object_mut()) {
            members.insert("secrets".into(), self.secrets.clone());
        }
        document
    }
}

/// Builds the document from its files and checks it.
///
/// # Errors
/// [`Error::Invalid`] with all findings about all files when one of them is an error.
pub fn build(sources: &Sources) -> Result<Composite, Error> {
    let (mut document, secrets, faults) = gather(sources);
    if faults.iter().any(Fault::is_error) {
        return Err(Error::Invalid(faults));
    }
    let services = service::derive(&document);
    document["services"] = json!(services);
    Ok(Composite {
        version: document["version"].as_str().unwrap_or_default().to_owned(),
        hash: canonical::hash(&document),
        warnings: faults,
        public: document,
        secrets,
    })
}

/// Every finding about the files, errors and warnings, sorted by file and pointer.
pub fn check(sources: &Sources) -> Vec<Fault> {
    gather(sources).2
}

/// The buses that the node file of `sources` names, with their URLs. Where it cannot be read, all four under their
/// Compose names: good enough to wait for them before the files are judged.
pub fn bus_urls(sources: &Sources) -> Vec<(BusId, String)> {
    let node = match read(&node_file(sources), &mut Vec::new()) {
        Read::Value(node) => urls(&node),
        Read::Absent | Read::Broken => Vec::new(),
    };
    if !node.is_empty() {
        return node;
    }
    BusId::ALL.into_iter().map(|bus| (bus, format!("redis://{bus}:6379"))).collect()
}

fn urls(document: &Value) -> Vec<(BusId, String)> {
    BusId::ALL
        .into_iter()
        .filter_map(|bus| Some((bus, document.pointer(&format!("/buses/{bus}/url"))?.as_str()?.to_owned())))
        .collect()
}

fn gather(sources: &Sources) -> (Value, Value, Vec<Fault>) {
    let mut draft = Draft::read(sources);
    let secrets = secrets(sources, &mut draft);
    let mut faults = cross_check(&draft, secrets.as_ref());
    faults.append(&mut draft.faults);
    faults.sort();
    faults.dedup();
    (draft.document, secrets.unwrap_or_else(|| json!({})), faults)
}

/// The member `secrets` of the secrets file; `None` without a file.
fn secrets(sources: &Sources, draft: &mut Draft) -> Option<Value> {
    let path = sources.secrets.as_ref()?;
    let file = path.display().to_string();
    let mut value = match read(path, &mut draft.faults) {
        Read::Value(value) => value,
        Read::Broken => return None,
        Read::Absent => {
            if sources.secrets_required {
                draft.faults.push(Fault::new(file, "", Code::Read, "no such file"));
            }
            return None;
        }
    };
    let violations = draft.schemas.violations_of_secrets(&value);
    let is_whole = violations.is_empty();
    for (pointer, message) in violations {
        draft.faults.push(Fault::new(file.clone(), pointer, Code::SecretsShape, message));
    }
    let secrets = value.get_mut("secrets").map(Value::take).filter(|_| is_whole)?;
    if holds_any(&secrets)
        && let Some(mut fault) = wide_open(path)
    {
        if sources.strict {
            fault.severity = crate::Severity::Error;
        }
        draft.faults.push(fault);
    }
    Some(secrets)
}

fn holds_any(secrets: &Value) -> bool {
    let scopes = secrets.as_object().into_iter().flat_map(Map::values).filter_map(Value::as_object);
    scopes.flat_map(Map::values).any(|value| value.as_str().is_some_and(|text| !text.is_empty()))
}

fn wide_open(path: &std::path::Path) -> Option<Fault> {
    use std::os::unix::fs::PermissionsExt;
    let mode = std::fs::metadata(path).ok()?.permissions().mode() & 0o777;
    let message = || format!("mode {mode:04o} is wider than 0600");
    (mode & 0o177 != 0).then(|| Fault::new(path.display().to_string(), "", Code::SecretsMode, message()))
}
