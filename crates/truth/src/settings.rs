//! What one service sees of Truth: its own settings, its own secrets, and the fleet without anybody's secrets.

use crate::secret::Secret;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use std::{
    collections::{BTreeMap, HashMap},
    fmt,
    str::FromStr,
};
use wire::BusId;

/// A setting that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{place}: expected {expected}")]
pub struct Fault {
    /// Document and pointer: `truth:doc:/components/massive/env/MASSIVE_SPOT_INTERVAL_SEC`.
    pub place: String,
    /// What would be right.
    pub expected: String,
}

/// A configuration that is read from settings. `Default` equals the shipped component file.
pub trait Configure: Default + Clone + Send + Sync + 'static {
    /// Reads and checks everything.
    ///
    /// # Errors
    /// The first setting that cannot be used.
    fn read(settings: &Settings) -> Result<Self, Fault>;
}

impl Configure for () {
    fn read(_settings: &Settings) -> Result<Self, Fault> {
        Ok(())
    }
}

/// How often a service beats, and when its silence counts.
#[derive(Debug, Clone, PartialEq)]
pub struct Heartbeat {
    /// `<id>:heartbeat`.
    pub channel: String,
    /// Seconds between beats.
    pub interval_sec: f64,
    /// Life of the heartbeat key, seconds.
    pub ttl_sec: f64,
    /// Own limit of silence, seconds; `None`: healer's.
    pub timeout_sec: Option<f64>,
}

/// Which service asks, and where its part of Truth is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// `SERVICE_ID`.
    pub service_id: String,
    /// Component in Truth.
    pub component: String,
    /// Scope below `secrets`.
    pub secret_scope: String,
}

impl Identity {
    /// A service whose component and scope are named like itself.
    pub fn of(service_id: &str) -> Self {
        Self { service_id: service_id.into(), component: service_id.into(), secret_scope: service_id.into() }
    }
}

/// Truth as one service sees it. Cheap to share in an `Arc`, never changed: a new document gives new settings.
#[derive(Clone)]
pub struct Settings {
    identity: Identity,
    document: Value,
    secrets: BTreeMap<String, Secret>,
    overrides: BTreeMap<String, String>,
    process: HashMap<String, String>,
    rev: u64,
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings")
            .field("identity", &self.identity)
            .field("rev", &self.rev)
            .finish_non_exhaustive()
    }
}

impl Settings {
    /// Takes `identity`'s view of a loaded `document`. `overrides` are `svc:env:<id>`, `process` the variables
    /// of the process.
    ///
    /// # Errors
    /// The document has no such component.
    pub fn from_document(
        mut document: Value,
        identity: Identity,
        overrides: BTreeMap<String, String>,
        process: HashMap<String, String>,
        rev: u64,
    ) -> Result<Self, Fault> {
        let secrets = document.as_object_mut().and_then(|object| object.remove("secrets"));
        let settings = Self {
            secrets: scope(secrets.as_ref(), &identity.secret_scope),
            identity,
            document,
            overrides,
            process,
            rev,
        };
        if settings.component().is_none() {
            return Err(Fault {
                place: format!("truth:doc:/components/{}", settings.identity.component),
                expected: "a component of this name".into(),
            });
        }
        Ok(settings)
    }

    /// Settings without a document: every value is a default or a process variable.
    pub fn empty(identity: Identity, process: HashMap<String, String>) -> Self {
        Self {
            identity,
            document: Value::Object(Map::new()),
            secrets: BTreeMap::new(),
            overrides: BTreeMap::new(),
            process,
            rev: 0,
        }
    }

    /// `SERVICE_ID`.
    pub fn service_id(&self) -> &str {
        &self.identity.service_id
    }

    /// Component in Truth.
    pub fn component_id(&self) -> &str {
        &self.identity.component
    }

    /// `node.name`.
    pub fn node_name(&self) -> &str {
        self.document.pointer("/node/name").and_then(Value::as_str).unwrap_or("marketswarm")
    }

    /// `node.env`: `dev`, `production`.
    pub fn node_env(&self) -> &str {
        self.document.pointer("/node/env").and_then(Value::as_str).unwrap_or("dev")
    }

    /// Revision of the document.
    pub const fn rev(&self) -> u64 {
        self.rev
    }

    /// The whole document, without secrets.
    pub const fn document(&self) -> &Value {
        &self.document
    }

    /// Keys of the component's `env` block.
    pub fn declared(&self) -> Vec<&str> {
        self.env_block().map(|env| env.keys().map(String::as_str).collect()).unwrap_or_default()
    }

    /// Effective text of setting `key`: run-time override, then process variable, then Truth. `None` when it is
    /// unset, empty, or names something unset.
    pub fn text(&self, key: &str) -> Option<String> {
        let declared = self.env_block().is_none_or(|env| env.contains_key(key));
        let process = self.process.get(key).filter(|value| declared && !value.starts_with("${"));
        let stored = self.env_block().and_then(|env| env.get(key)).and_then(scalar);
        self.overrides
            .get(key)
            .filter(|value| !value.is_empty())
            .cloned()
            .or_else(|| process.filter(|value| !value.is_empty()).cloned())
            .or_else(|| stored.and_then(|template| self.resolve(&template)))
            .filter(|value| !value.is_empty())
    }

    /// [`Settings::text`], or `default`.
    pub fn text_or(&self, key: &str, default: &str) -> String {
        self.text(key).unwrap_or_else(|| default.to_owned())
    }

    /// Setting `key` as a number, or `default` when it is unset.
    ///
    /// # Errors
    /// It is set and not a number of this type.
    pub fn number<T: FromStr>(&self, key: &str, default: T) -> Result<T, Fault> {
        match self.text(key) {
            None => Ok(default),
            Some(text) => text.trim().parse().map_err(|_not| {
                let kind = std::any::type_name::<T>();
                self.fault(key, if kind.starts_with('f') { "a number" } else { "a whole number" })
            }),
        }
    }

    /// Setting `key` as true/false/1/0/yes/no/on/off, or `default` when it is unset.
    ///
    /// # Errors
    /// It is set to something else.
    pub fn flag(&self, key: &str, default: bool) -> Result<bool, Fault> {
        match self.text(key).map(|text| text.trim().to_ascii_lowercase()).as_deref() {
            None => Ok(default),
            Some("true" | "1" | "yes" | "on") => Ok(true),
            Some("false" | "0" | "no" | "off") => Ok(false),
            Some(_) => Err(self.fault(key, "true or false")),
        }
    }

    /// Setting `key` as a comma list without empty items, or `default` when the component does not declare it.
    pub fn list(&self, key: &str, default: &[&str]) -> Vec<String> {
        match self.text(key) {
            Some(text) => {
                text.split(',').map(str::trim).filter(|item| !item.is_empty()).map(str::to_owned).collect()
            }
            None if self.env_block().is_some_and(|env| env.contains_key(key)) => Vec::new(),
            None => default.iter().map(|&item| item.to_owned()).collect(),
        }
    }

    /// A block of the component's own: `threshold`, `service`. `None` when it is absent.
    ///
    /// # Errors
    /// It does not have the expected shape.
    pub fn block<T: DeserializeOwned>(&self, name: &str) -> Result<Option<T>, Fault> {
        let Some(block) = self.component().and_then(|component| component.get(name)) else { return Ok(None) };
        serde_json::from_value(block.clone()).map(Some).map_err(|error| Fault {
            place: format!("truth:doc:/components/{}/{name}", self.identity.component),
            expected: error.to_string(),
        })
    }

    /// A variable of the process that Truth does not declare: `DOCKER_HOST`, `OPS_PORT`.
    pub fn environment(&self, name: &str) -> Option<String> {
        self.process.get(name).filter(|value| !value.is_empty()).cloned()
    }

    /// Secret `field` of the service's own scope; `None` when it is not set.
    pub fn secret(&self, field: &str) -> Option<Secret> {
        self.secrets.get(field).cloned()
    }

    /// Every secret of the service's own scope, for the log filter.
    pub fn secrets(&self) -> Vec<Secret> {
        self.secrets.values().cloned().collect()
    }

    /// How this service beats.
    pub fn heartbeat(&self) -> Heartbeat {
        let id = &self.identity.component;
        let block = ["services", "components"]
            .into_iter()
            .find_map(|section| self.document.pointer(&format!("/{section}/{id}/heartbeat")));
        let number = |name: &str| block.and_then(|block| block.get(name)).and_then(Value::as_f64);
        let mut interval_sec = number("interval_sec").unwrap_or(10.0);
        let mut ttl_sec = number("ttl_sec").unwrap_or(3.0 * interval_sec);
        if let Some(own) = self.environment("HB_INTERVAL_SEC").and_then(|text| text.parse::<f64>().ok())
            && own > 0.0
        {
            interval_sec = own;
            ttl_sec = ttl_sec.max(3.0 * own);
        }
        let channel = block
            .and_then(|block| block.get("channel"))
            .and_then(Value::as_str)
            .map_or_else(|| wire::system::heartbeat_name(&self.identity.service_id), str::to_owned);
        Heartbeat { channel, interval_sec, ttl_sec, timeout_sec: number("timeout_sec") }
    }

    /// The URL of every bus: `<ROLE>_REDIS_URL` of the process, else Truth's.
    pub fn bus_urls(&self) -> Vec<(BusId, String)> {
        BusId::ALL
            .into_iter()
            .filter_map(|bus| {
                let variable = format!("{}_REDIS_URL", bus.role().to_ascii_uppercase());
                let stored = || self.document.pointer(&format!("/buses/{bus}/url")).and_then(Value::as_str);
                self.environment(&variable).or_else(|| stored().map(str::to_owned)).map(|url| (bus, url))
            })
            .collect()
    }

    /// A fault of setting `key`.
    pub fn fault(&self, key: &str, expected: &str) -> Fault {
        Fault {
            place: format!("truth:doc:/components/{}/env/{key}", self.identity.component),
            expected: expected.into(),
        }
    }

    fn component(&self) -> Option<&Map<String, Value>> {
        let id = &self.identity.component;
        ["components", "services"]
            .into_iter()
            .find_map(|section| self.document.pointer(&format!("/{section}/{id}")))
            .and_then(Value::as_object)
    }

    fn env_block(&self) -> Option<&Map<String, Value>> {
        self.component()?.get("env")?.as_object()
    }

    /// Resolves `${VAR}`, `${VAR:-default}`, `${secret:scope.field}` and `$${`; `None` when one is unset.
    fn resolve(&self, template: &str) -> Option<String> {
        let mut resolved = String::with_capacity(template.len());
        let mut rest = template;
        while let Some(start) = rest.find("${") {
            let (before, from) = rest.split_at(start);
            let after = from.strip_prefix("${")?;
            if let Some(escaped) = before.strip_suffix('$') {
                resolved.push_str(escaped);
                resolved.push_str("${");
                rest = after;
                continue;
            }
            resolved.push_str(before);
            let (name, tail) = after.split_once('}')?;
            resolved.push_str(&self.lookup(name)?);
            rest = tail;
        }
        resolved.push_str(rest);
        Some(resolved)
    }

    fn lookup(&self, name: &str) -> Option<String> {
        if let Some(path) = name.strip_prefix("secret:") {
            let (scope, field) = path.split_once('.')?;
            let own = scope == self.identity.secret_scope;
            return own.then(|| self.secret(field)).flatten().map(|secret| secret.expose().to_owned());
        }
        let (name, default) =
            name.split_once(":-").map_or((name, None), |(name, default)| (name, Some(default)));
        self.environment(name).or_else(|| default.map(str::to_owned))
    }
}

fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(flag) => Some(flag.to_string()),
        _ => None,
    }
}

fn scope(secrets: Option<&Value>, scope: &str) -> BTreeMap<String, Secret> {
    let fields = secrets.and_then(|secrets| secrets.get(scope)).and_then(Value::as_object);
    fields
        .into_iter()
        .flatten()
        .filter_map(|(field, value)| Some((field.clone(), value.as_str()?)))
        .filter(|(_, value)| !value.is_empty())
        .map(|(field, value)| (field, Secret::new(value)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn settings(process: &[(&str, &str)], overrides: &[(&str, &str)]) -> Settings {
        let own = |pairs: &[(&str, &str)]| {
            pairs.iter().map(|&(name, value)| (name.to_owned(), value.to_owned())).collect::<Vec<_>>()
        };
        let document = json!({
            "node": {"name": "desk", "env": "dev"},
            "buses": {"market-redis": {"url": "redis://market-redis:6379"}},
            "components": {"vigil": {"env": {
                "WINDOW_SEC": 30, "LOUD": "on", "NAMES": "a, b,,c", "KEY": "${secret:vigil.key}",
                "FOREIGN": "${secret:massive.api_key}", "HOST": "${NAME:-local}/$${x}", "GONE": "${NAME}"
            }, "heartbeat": {"interval_sec": 5, "ttl_sec": 15, "timeout_sec": 30}}},
            "secrets": {"vigil": {"key": "s3cret", "unset": ""}, "massive": {"api_key": "other"}}
        });
        Settings::from_document(
            document,
            Identity::of("vigil"),
            own(overrides).into_iter().collect(),
            own(process).into_iter().collect(),
            7,
        )
        .unwrap()
    }

    #[test]
    fn an_override_wins_over_the_process_and_the_process_over_truth() {
        assert_eq!(settings(&[], &[]).number("WINDOW_SEC", 1), Ok(30));
        assert_eq!(settings(&[("WINDOW_SEC", "40")], &[]).number("WINDOW_SEC", 1), Ok(40));
        assert_eq!(
            settings(&[("WINDOW_SEC", "40")], &[("WINDOW_SEC", "50")]).number("WINDOW_SEC", 1),
            Ok(50)
        );
        assert_eq!(settings(&[("WINDOW_SEC", "${WINDOW_SEC}")], &[]).number("WINDOW_SEC", 1), Ok(30));
        assert_eq!(settings(&[("UNDECLARED", "40")], &[]).text("UNDECLARED"), None);
    }

    #[test]
    fn templates_reach_the_own_scope_only() {
        let settings = settings(&[], &[]);
        assert_eq!(settings.text("KEY").as_deref(), Some("s3cret"));
        assert_eq!(settings.text("FOREIGN"), None);
        assert_eq!(settings.text("HOST").as_deref(), Some("local/${x}"));
        assert_eq!(settings.text("GONE"), None);
        assert!(settings.secret("unset").is_none());
        assert!(settings.document().get("secrets").is_none());
    }

    #[test]
    fn a_wrong_value_names_its_place_and_what_was_expected() {
        let fault = settings(&[("WINDOW_SEC", "soon")], &[]).number("WINDOW_SEC", 1_u32).unwrap_err();
        assert_eq!(fault.to_string(), "truth:doc:/components/vigil/env/WINDOW_SEC: expected a whole number");
    }

    #[test]
    fn lists_flags_and_heartbeat_are_read() {
        let settings = settings(&[("HB_INTERVAL_SEC", "8")], &[]);
        assert_eq!(settings.list("NAMES", &[]), ["a", "b", "c"]);
        assert_eq!(settings.flag("LOUD", false), Ok(true));
        let beat = settings.heartbeat();
        assert_eq!((beat.interval_sec, beat.ttl_sec, beat.timeout_sec), (8.0, 24.0, Some(30.0)));
        assert_eq!(beat.channel, "vigil:heartbeat");
    }
}
