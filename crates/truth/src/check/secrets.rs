use super::Examination;
use crate::{Code, Fault, fault::segment};
use serde_json::Value;

const SECRET_ENDINGS: [&str; 5] = ["_API_KEY", "_SECRET", "_PASSWORD", "_TOKEN", "_PASS"];
const SECRET_NAMES: [&str; 2] = ["DATABASE_URL", "WEBHOOK_URL"];

impl Examination<'_> {
    /// No file that everybody may read holds the value of something that is named like a secret.
    pub(super) fn public_secrets(&mut self) {
        for (file, value) in &self.draft.files {
            visit(value, String::new(), &mut |pointer, name, member| {
                let is_empty = match member {
                    Value::String(text) => text.is_empty() || (text.starts_with("${") && text.ends_with('}')),
                    Value::Null => true,
                    _ => false,
                };
                if is_secret(name) && !is_empty {
                    let message =
                        format!("{name} holds a value; leave it empty or write ${{secret:scope.field}}");
                    self.faults.push(Fault::new(file.clone(), pointer, Code::SecretInPublic, message));
                }
            });
        }
    }

    /// Every `${secret:scope.field}` names something that the secrets file has.
    pub(super) fn secret_references(&mut self, secrets: Option<&Value>) {
        let Some(secrets) = secrets else { return };
        let mut found = Vec::new();
        visit(&self.draft.document["components"], String::new(), &mut |pointer, _, member| {
            let text = member.as_str().unwrap_or_default();
            for reference in text.split("${secret:").skip(1).filter_map(|rest| rest.split_once('}')) {
                let (scope, field) = reference.0.split_once('.').unwrap_or((reference.0, ""));
                if secrets.get(scope).and_then(|scope| scope.get(field)).is_none() {
                    found.push((pointer.to_owned(), format!("{scope}.{field} is not in the secrets file")));
                }
            }
        });
        for (pointer, message) in found {
            let (file, pointer) = self.draft.place(&format!("/components{pointer}"));
            self.faults.push(Fault::new(file, pointer, Code::SecretRef, message));
        }
    }
}

/// Calls `see` with pointer, name and value of every member below `value`; items of lists go by their list's name.
fn visit(value: &Value, pointer: String, see: &mut impl FnMut(&str, &str, &Value)) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                let pointer = format!("{pointer}{}", segment(name));
                see(&pointer, name, member);
                visit(member, pointer, see);
            }
        }
        Value::Array(items) => {
            for (place, item) in items.iter().enumerate() {
                let pointer = format!("{pointer}/{place}");
                see(&pointer, "", item);
                visit(item, pointer, see);
            }
        }
        _ => {}
    }
}

fn is_secret(name: &str) -> bool {
    let name = name.to_ascii_uppercase();
    SECRET_NAMES.contains(&name.as_str()) || SECRET_ENDINGS.iter().any(|ending| name.ends_with(ending))
}
