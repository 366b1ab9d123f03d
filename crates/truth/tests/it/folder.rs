//! A small, flawless Truth folder that a test then breaks.

use serde_json::{Value, json};
use std::{fs, os::unix::fs::PermissionsExt, path::PathBuf};
use tempfile::TempDir;
use truth::Sources;

pub(crate) struct Folder(TempDir);

impl Folder {
    /// healer (watches all), massive and vigil, which reads what massive writes.
    pub(crate) fn new() -> Self {
        let folder = Self(tempfile::tempdir().unwrap());
        let bus = |name: &str| json!({"url": format!("redis://{name}-redis:6379"), "role": name});
        folder.put(
            "mm_node.json",
            &json!({
                "version": "4.2.0", "node": {"name": "desk", "env": "dev"},
                "buses": {"system-redis": bus("system"), "market-redis": bus("market"),
                          "intel-redis": bus("intel"), "echo-redis": bus("echo")},
                "components": ["healer", "massive", "vigil"]
            }),
        );
        folder.put("components/healer.json", &component("healer", 10));
        let mut massive = component("massive", 5);
        massive["access_points"]["publish_to"] = json!([
            {"bus": "system-redis", "key": "massive:heartbeat"}, {"bus": "market-redis", "key": "massive:spot"}
        ]);
        massive["models"] =
            json!({"produces": [{"bus": "market-redis", "key": "massive:model:spot:{symbol}"}]});
        massive["service"] = json!({"phase": 2, "port": 3000});
        massive["env"] = json!({"MASSIVE_API_KEY": "${secret:massive.api_key}"});
        folder.put("components/massive.json", &massive);
        let mut vigil = component("vigil", 5);
        vigil["access_points"]["subscribe_to"] = json!([{"bus": "market-redis", "key": "massive:spot"}]);
        vigil["models"] = json!({"consumes": [{"bus": "market-redis", "key": "massive:model:spot:I:SPX"}]});
        vigil["dependencies"] = json!(["massive"]);
        vigil["service"] = json!({"phase": 3});
        folder.put("components/vigil.json", &vigil);
        folder.put("secrets.json", &json!({"secrets": {"massive": {"api_key": "a-secret-value"}}}));
        folder.mode("secrets.json", 0o600);
        folder
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub(crate) fn put(&self, name: &str, value: &Value) {
        self.write(name, &value.to_string());
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    pub(crate) fn mode(&self, name: &str, mode: u32) {
        fs::set_permissions(self.path(name), fs::Permissions::from_mode(mode)).unwrap();
    }

    pub(crate) fn read(&self, name: &str) -> Value {
        serde_json::from_slice(&fs::read(self.path(name)).unwrap()).unwrap()
    }

    /// Sets (`null`: removes) the member at `pointer` of file `name`.
    pub(crate) fn edit(&self, name: &str, pointer: &str, value: Value) {
        let mut file = self.read(name);
        let (parent, member) = pointer.rsplit_once('/').unwrap();
        match file.pointer_mut(parent).unwrap() {
            Value::Object(members) if value.is_null() => _ = members.remove(member),
            Value::Object(members) => _ = members.insert(member.to_owned(), value),
            Value::Array(items) => items.insert(member.parse().unwrap(), value),
            other => panic!("{parent} is {other}"),
        }
        self.put(name, &file);
    }

    /// The folder and its secrets file.
    pub(crate) fn sources(&self) -> Sources {
        Sources {
            secrets: Some(self.path("secrets.json")),
            secrets_required: true,
            ..Sources::dir(self.0.path())
        }
    }
}

fn component(id: &str, interval: u32) -> Value {
    json!({
        "id": id,
        "meta": {"name": id, "description": "for a test"},
        "access_points": {
            "publish_to": [{"bus": "system-redis", "key": format!("{id}:heartbeat")}], "subscribe_to": []
        },
        "heartbeat": {"interval_sec": interval, "ttl_sec": 3 * interval, "timeout_sec": 30}
    })
}
