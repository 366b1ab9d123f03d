use crate::{
    catalog::Catalog,
    desk::Desk,
    exit::Failure,
    output::{Report, Table, Tone},
};
use anyhow::Context;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use wire::system::{ServiceConfig, service_env};

const MASK: &str = "***";

/// Show how a service is configured; secrets by name only
///
/// Values are as Truth or a run-time override holds them: a template stays a template, because what its container's
/// environment makes of it is not visible from outside.
#[derive(Debug, clap::Args)]
pub(super) struct Show {
    /// The service
    #[arg(long, value_name = "S")]
    service_id: String,
}

impl Show {
    pub(super) async fn run(self, desk: &Desk) -> anyhow::Result<Report> {
        let id = self.service_id;
        let catalog = desk.catalog().await?;
        let registered = truth::registry::list(&desk.bus).await.context("read the registry")?;
        let is_registered = registered.iter().any(|entry| entry.service_id == id);
        if !is_registered && !catalog.services.contains_key(&id) {
            return Err(Failure::service(&id).into());
        }
        let mapping = truth::registry::mapping(&desk.bus, &id).await.context("read its mapping")?;
        let overrides = desk.bus.fields(&service_env(&id)).await.context("read its overrides")?;
        let component = catalog.stored.document.pointer(&format!("/components/{}", mapping.component));
        let settings = settings(component, &overrides);
        let secrets = secrets(&catalog, &mapping.secret_scope);
        let configuration = component.cloned().map(masked).unwrap_or(Value::Null);
        let json = json!({
            "service_id": id, "registered": is_registered, "component": mapping.component,
            "secret_scope": mapping.secret_scope, "configuration": configuration,
            "env": settings.iter().map(Setting::json).collect::<Value>(), "secrets": secrets,
        });
        Ok(report(&id, &mapping, &configuration, &settings, &secrets, json))
    }
}

fn report(
    id: &str,
    mapping: &ServiceConfig,
    configuration: &Value,
    settings: &[Setting],
    secrets: &BTreeMap<String, &'static str>,
    json: Value,
) -> Report {
    let mut report = Report::new(json)
        .line(format!("{id}: component={} secret_scope={}", mapping.component, mapping.secret_scope));
    if !settings.is_empty() {
        let mut table = Table::new(["SETTING", "VALUE", "SOURCE"]);
        for setting in settings {
            let tone = if setting.source == "unset" { Tone::Faint } else { Tone::Plain };
            table.row(tone, [setting.key.clone(), setting.value.clone(), setting.source.into()]);
        }
        report = report.table(table);
    }
    if !secrets.is_empty() {
        let mut table = Table::new(["SECRET", "STATE"]);
        for (field, state) in secrets {
            table.row(Tone::Plain, [field.clone(), (*state).into()]);
        }
        report = report.table(table);
    }
    let pretty =
        serde_json::to_string_pretty(configuration).unwrap_or_else(|_plain| configuration.to_string());
    report.line("").line(pretty)
}

#[derive(Debug, PartialEq)]
struct Setting {
    key: String,
    value: String,
    source: &'static str,
}

impl Setting {
    fn json(&self) -> Value {
        json!({"key": self.key, "value": self.value, "source": self.source})
    }
}

fn settings(component: Option<&Value>, overrides: &BTreeMap<String, String>) -> Vec<Setting> {
    let none = Map::new();
    let declared =
        component.and_then(|component| component.get("env")).and_then(Value::as_object).unwrap_or(&none);
    let declared_settings = declared.iter().map(|(key, value)| {
        let stored = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        let (value, source) = match overrides.get(key).filter(|value| !value.is_empty()) {
            Some(value) => (value.clone(), "override"),
            None if stored.is_empty() => (stored, "unset"),
            None => (stored, "truth"),
        };
        Setting { key: key.clone(), value: hidden(key, value), source }
    });
    let undeclared = overrides.iter().filter(|(key, _)| !declared.contains_key(*key));
    let ignored = undeclared.map(|(key, value)| Setting {
        key: key.clone(),
        value: hidden(key, value.clone()),
        source: "override (not declared)",
    });
    declared_settings.chain(ignored).collect()
}

/// A value under a secret-looking name is not shown, unless it only names where the secret is.
fn hidden(key: &str, value: String) -> String {
    let suffixes = ["_API_KEY", "_SECRET", "_PASSWORD", "_TOKEN", "_PASS"];
    let name = key.to_ascii_uppercase();
    let secret = suffixes.iter().any(|suffix| name.ends_with(suffix))
        || name.starts_with("DATABASE_URL")
        || name.starts_with("WEBHOOK_URL");
    if secret && !value.is_empty() && !value.starts_with("${") { MASK.into() } else { value }
}

fn masked(value: Value) -> Value {
    match value {
        Value::Object(members) => members
            .into_iter()
            .map(|(key, value)| match value {
                Value::String(text) => {
                    let shown = hidden(&key, text);
                    (key, Value::String(shown))
                }
                other => (key, masked(other)),
            })
            .collect(),
        Value::Array(items) => items.into_iter().map(masked).collect(),
        other => other,
    }
}

fn secrets(catalog: &Catalog, scope: &str) -> BTreeMap<String, &'static str> {
    let fields = catalog.stored.secrets.as_ref().and_then(|scopes| scopes.get(scope));
    let states = fields.into_iter().flatten();
    states.map(|(field, &set)| (field.clone(), if set { "set" } else { "empty" })).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_override_wins_and_a_secret_looking_one_is_not_shown() {
        let component = json!({"env": {"WINDOW_SEC": 30, "X_API_KEY": "${secret:x.api_key}", "EMPTY": ""}});
        let overrides = BTreeMap::from([
            ("WINDOW_SEC".to_owned(), "40".to_owned()),
            ("X_TOKEN".to_owned(), "hunter2".to_owned()),
        ]);
        let found = settings(Some(&component), &overrides);
        let shown: Vec<_> =
            found.iter().map(|one| (one.key.as_str(), one.value.as_str(), one.source)).collect();
        assert_eq!(
            shown,
            [
                ("EMPTY", "", "unset"),
                ("WINDOW_SEC", "40", "override"),
                ("X_API_KEY", "${secret:x.api_key}", "truth"),
                ("X_TOKEN", "***", "override (not declared)"),
            ]
        );
    }
}
