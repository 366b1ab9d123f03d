//! The files of a document, each checked by itself, then laid over each other.

use crate::{
    Code, Fault, Sources,
    fault::segment,
    read::{Read, read, read_required},
    schema::Schemas,
};
use serde_json::{Map, Value, json};
use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

/// What the files say together, and who said what.
pub(crate) struct Draft {
    /// The document, without derived services and secrets.
    pub(crate) document: Value,
    pub(crate) faults: Vec<Fault>,
    pub(crate) schemas: Schemas,
    /// Every file that is part of the public document.
    pub(crate) files: Vec<(String, Value)>,
    /// True when a part is missing, so that nobody can say whether something points into it.
    pub(crate) is_partial: bool,
    layers: Vec<Layer>,
}

/// A part of a file that lies over a part of the document. Later layers win.
struct Layer {
    file: usize,
    /// Where in the file it starts.
    from: String,
    /// Where in the document it lands.
    at: String,
}

/// The node file of `sources`.
pub(crate) fn node_file(sources: &Sources) -> PathBuf {
    match &sources.node {
        Some(node) => node.clone(),
        None if sources.truth.is_file() => sources.truth.clone(),
        None => sources.truth.join("mm_node.json"),
    }
}

impl Draft {
    /// Reads and merges everything but the secrets.
    pub(crate) fn read(sources: &Sources) -> Self {
        let folder = if sources.truth.is_file() {
            sources.truth.parent().map(Path::to_owned).unwrap_or_default()
        } else {
            sources.truth.clone()
        };
        let mut faults = Vec::new();
        let schemas = Schemas::open(folder.join("schema"), &mut faults);
        let mut draft = Self {
            document: json!({}),
            faults,
            schemas,
            files: Vec::new(),
            is_partial: false,
            layers: Vec::new(),
        };
        draft.node(&node_file(sources), &folder);
        draft
    }

    /// The file and the pointer into it that hold `pointer` of the document, or the nearest thing around it.
    pub(crate) fn place(&self, pointer: &str) -> (String, String) {
        let mut around = pointer;
        loop {
            let mut holders = self.layers.iter().filter_map(|layer| self.within(layer, around));
            let is_object = self.document.pointer(around).is_some_and(Value::is_object);
            // Of an object each file holds a part: name the one that began it. Anything else is the last one's.
            let place = if is_object { holders.min_by_key(|held| held.0) } else { holders.next_back() };
            if let Some((_, file, pointer)) = place {
                return (file, pointer);
            }
            match around.rsplit_once('/') {
                Some((parent, _)) => around = parent,
                None => {
                    return (
                        self.files.first().map(|(file, _)| file.clone()).unwrap_or_default(),
                        String::new(),
                    );
                }
            }
        }
    }

    fn within(&self, layer: &Layer, pointer: &str) -> Option<(usize, String, String)> {
        let rest = pointer.strip_prefix(&layer.at).filter(|rest| rest.is_empty() || rest.starts_with('/'))?;
        let (file, value) = self.files.get(layer.file)?;
        let own = format!("{}{rest}", layer.from);
        value.pointer(&own)?;
        // The node file lists components; it does not hold them.
        let is_list = value.get("components").is_some_and(Value::is_array) && own.starts_with("/components");
        (!is_list).then(|| (layer.file, file.clone(), own))
    }

    fn node(&mut self, path: &Path, folder: &Path) {
        let Some(node) = read_required(path, &mut self.faults) else {
            self.is_partial = true;
            return;
        };
        let file = self.add(path, &node);
        self.no_secrets(file);
        let violations = self.schemas.violations_of_node(&node);
        self.tell(file, "", violations.into_iter().filter(|(pointer, _)| pointer != "/secrets"));

        let mut document = node.clone();
        if let Some(members) = document.as_object_mut() {
            members.remove("secrets");
            members.remove("services");
            members.insert("components".into(), json!({}));
        } else {
            document = json!({"components": {}});
            self.is_partial = true;
        }
        self.document = document;
        self.layer(file, "", "");
        match node.get("components") {
            Some(Value::Array(listed)) => self.components(file, listed, folder),
            Some(Value::Object(components)) => {
                for (id, component) in components {
                    self.component(file, &format!("/components{}", segment(id)), id, component);
                }
            }
            _ => self.is_partial = true,
        }
        self.heartbeats(file, &node);
        if !node.get("components").is_some_and(Value::is_object) {
            self.overlay(&folder.join("local.json"));
        }
    }

    fn components(&mut self, node: usize, listed: &[Value], folder: &Path) {
        let folder = folder.join("components");
        let ids: BTreeSet<&str> = listed.iter().filter_map(Value::as_str).collect();
        for (place, id) in listed.iter().enumerate().filter_map(|(place, id)| Some((place, id.as_str()?))) {
            let path = folder.join(format!("{id}.json"));
            match read(&path, &mut self.faults) {
                Read::Value(component) => {
                    let file = self.add(&path, &component);
                    self.component(file, "", id, &component);
                }
                Read::Broken => self.is_partial = true,
                Read::Absent => {
                    self.is_partial = true;
                    let message = format!("component {id} has no file {}", path.display());
                    self.fault(node, format!("/components/{place}"), Code::ComponentMissing, message);
                }
            }
        }
        let files = fs::read_dir(&folder).into_iter().flatten().filter_map(Result::ok);
        for path in
            files.map(|entry| entry.path()).filter(|path| path.extension().is_some_and(|e| e == "json"))
        {
            let stem = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
            if !ids.contains(stem) {
                let message = format!("component {stem} is not listed in the node file");
                self.faults.push(Fault::new(path.display().to_string(), "", Code::ComponentOrphan, message));
            }
        }
    }

    /// Takes component `id`, which is at `from` in `file`.
    fn component(&mut self, file: usize, from: &str, id: &str, component: &Value) {
        if from.is_empty() {
            self.no_secrets(file);
        }
        let mut violations = self.schemas.violations_of_component(component);
        let own = self.schemas.own(id, &mut self.faults);
        violations.extend(crate::schema::violations(own.as_ref(), component));
        self.tell(file, from, violations);
        if component.is_object() {
            self.document["components"][id] = component.clone();
            self.layer(file, from, &format!("/components{}", segment(id)));
        } else {
            self.is_partial = true;
        }
    }

    /// Lays the section `heartbeats` of `file` over the components.
    fn heartbeats(&mut self, file: usize, value: &Value) {
        for (id, beats) in value.get("heartbeats").and_then(Value::as_object).into_iter().flatten() {
            let from = format!("/heartbeats{}", segment(id));
            if self.document["components"].get(id).is_none() {
                if !self.is_partial {
                    let message = format!("component {id} is not listed");
                    self.fault(file, from, Code::ComponentMissing, message);
                }
                continue;
            }
            let before = self.is_sound(id);
            merge(&mut self.document["components"][id], &json!({"heartbeat": beats}));
            self.layer(file, &from, &format!("/components{}/heartbeat", segment(id)));
            self.check_merged(before, id);
        }
    }

    /// Lays the developer's own file over everything.
    fn overlay(&mut self, path: &Path) {
        let local = match read(path, &mut self.faults) {
            Read::Value(local) => local,
            Read::Absent => return,
            Read::Broken => return self.is_partial = true,
        };
        let file = self.add(path, &local);
        self.no_secrets(file);
        let Some(members) = local.as_object() else {
            return self.fault(file, String::new(), Code::Schema, "expected an object");
        };
        if members.get("components").is_some_and(|components| !components.is_object()) {
            return self.fault(file, "/components".into(), Code::Schema, "expected an object");
        }
        self.heartbeats(file, &local);
        let touched: Vec<String> = members
            .get("components")
            .and_then(Value::as_object)
            .into_iter()
            .flatten()
            .map(|(id, _)| id.clone())
            .collect();
        let before: Vec<bool> = touched.iter().map(|id| self.is_sound(id)).collect();
        let mut over: Map<String, Value> = members.clone();
        over.remove("secrets");
        over.remove("services");
        let was_sound = self.schemas.violations_of_node(&self.document).is_empty();
        merge(&mut self.document, &Value::Object(over));
        self.layer(file, "", "");
        for (id, before) in touched.iter().zip(before) {
            self.check_merged(before, id);
        }
        if was_sound {
            for (pointer, message) in self.schemas.violations_of_node(&self.document) {
                self.merged_fault(&pointer, message);
            }
        }
    }

    fn is_sound(&self, id: &str) -> bool {
        let component = self.document["components"].get(id);
        component.is_none_or(|component| self.schemas.violations_of_component(component).is_empty())
    }

    /// Tells what an overlay broke in a component that was sound before.
    fn check_merged(&mut self, was_sound: bool, id: &str) {
        let Some(component) = self.document["components"].get(id).filter(|_| was_sound) else { return };
        for (pointer, message) in self.schemas.violations_of_component(component) {
            self.merged_fault(&format!("/components{}{pointer}", segment(id)), message);
        }
    }

    fn merged_fault(&mut self, pointer: &str, message: String) {
        // The overlay broke it, so the overlay is named: the nearest member that it holds.
        let last = self.layers.last();
        let mut around = pointer;
        let place = loop {
            match last.and_then(|layer| self.within(layer, around)) {
                Some((_, file, pointer)) => break (file, pointer),
                None => match around.rsplit_once('/') {
                    Some((parent, _)) => around = parent,
                    None => break self.place(pointer),
                },
            }
        };
        self.faults.push(Fault::new(place.0, place.1, Code::Schema, message));
    }

    fn add(&mut self, path: &Path, value: &Value) -> usize {
        self.files.push((path.display().to_string(), value.clone()));
        self.files.len() - 1
    }

    fn layer(&mut self, file: usize, from: &str, at: &str) {
        self.layers.push(Layer { file, from: from.to_owned(), at: at.to_owned() });
    }

    fn no_secrets(&mut self, file: usize) {
        if self.files.get(file).is_some_and(|(_, value)| value.get("secrets").is_some()) {
            let message = "only the secrets file may hold secrets";
            self.fault(file, "/secrets".into(), Code::SecretsShape, message);
        }
    }

    fn tell(&mut self, file: usize, from: &str, violations: impl IntoIterator<Item = (String, String)>) {
        for (pointer, message) in violations {
            self.fault(file, format!("{from}{pointer}"), Code::Schema, message);
        }
    }

    fn fault(&mut self, file: usize, pointer: String, code: Code, message: impl Into<String>) {
        let file = self.files.get(file).map(|(file, _)| file.clone()).unwrap_or_default();
        self.faults.push(Fault::new(file, pointer, code, message));
    }
}

/// Lays `over` over `base`: objects member by member, all else whole, `null` removes.
pub(crate) fn merge(base: &mut Value, over: &Value) {
    let (Value::Object(members), Value::Object(over)) = (&mut *base, over) else {
        *base = over.clone();
        return;
    };
    for (name, value) in over {
        if value.is_null() {
            members.remove(name);
        } else {
            let slot = members
                .entry(name.clone())
                .or_insert_with(|| if value.is_object() { Value::Object(Map::new()) } else { Value::Null });
            merge(slot, value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn objects_merge_lists_are_replaced_and_null_removes() {
        let mut base = json!({"a": {"b": 1, "c": [1, 2]}, "d": 1, "e": {"f": 1}});
        merge(&mut base, &json!({"a": {"c": [3], "g": {"h": null}}, "d": null, "e": 5}));
        assert_eq!(base, json!({"a": {"b": 1, "c": [3], "g": {}}, "e": 5}));
    }
}
