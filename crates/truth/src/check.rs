//! What only shows when all files are read together.

mod beats;
mod secrets;
mod wiring;

use crate::{
    Code, Fault,
    draft::Draft,
    fault::segment,
    graph::{self, Dependencies},
    service::{Component, dependencies, parts},
};
use serde_json::Value;
use std::collections::BTreeMap;

/// The document under examination, and what was found so far.
struct Examination<'a> {
    draft: &'a Draft,
    parts: BTreeMap<String, Component>,
    faults: Vec<Fault>,
}

/// Every finding that takes more than one look at one file. `secrets` is the content of the secrets file.
pub(crate) fn cross_check(draft: &Draft, secrets: Option<&Value>) -> Vec<Fault> {
    let mut examination = Examination { draft, parts: parts(&draft.document), faults: Vec::new() };
    examination.ids();
    examination.beats();
    examination.buses();
    if !draft.is_partial {
        examination.dangling();
    }
    examination.needs();
    examination.ports();
    examination.public_secrets();
    examination.secret_references(secrets);
    examination.faults
}

impl Examination<'_> {
    /// Tells of `pointer` below component `id`, in the file that holds it.
    fn tell(&mut self, id: &str, pointer: &str, code: Code, message: String) {
        let (file, pointer) = self.draft.place(&format!("/components{}{pointer}", segment(id)));
        self.faults.push(Fault::new(file, pointer, code, message));
    }

    fn component(&self, id: &str) -> &Value {
        &self.draft.document["components"][id]
    }

    fn ids(&mut self) {
        let mut owners: BTreeMap<String, String> = BTreeMap::new();
        let mut found = Vec::new();
        for (id, part) in &self.parts {
            if self.component(id).get("id").and_then(Value::as_str).is_some_and(|own| own != id) {
                found.push((id.clone(), "/id", format!("id is not {id}, the name under which it is listed")));
            }
            if let Some(owner) = owners.insert(part.service_id.clone(), id.clone()) {
                let message = format!("service_id {} is that of component {owner} too", part.service_id);
                found.push((id.clone(), "/meta/service_id", message));
            }
        }
        for (id, pointer, message) in found {
            self.tell(&id, pointer, Code::IdMismatch, message);
        }
    }

    fn needs(&mut self) {
        let (needs, phases) = dependencies(&self.parts);
        let listed = self.listed();
        let mut found = Vec::new();
        for (id, part) in &self.parts {
            for (place, need) in part.dependencies.iter().enumerate() {
                if !listed.contains(need) {
                    let message = format!("component {need} is not listed");
                    found.push((id.clone(), format!("/dependencies/{place}"), Code::DepUnknown, message));
                }
            }
        }
        found.extend(graph::cycles(&needs).into_iter().map(|cycle| self.cycle(&cycle)));
        found.extend(phase_order(&self.parts, &needs, &phases));
        for (id, pointer, code, message) in found {
            self.tell(&id, &pointer, code, message);
        }
    }

    fn cycle(&self, cycle: &[String]) -> (String, String, Code, String) {
        let id = cycle.first().cloned().unwrap_or_default();
        let needs = self.parts.get(&id).map(|part| part.dependencies.as_slice()).unwrap_or_default();
        let place = needs.iter().position(|need| cycle.get(1) == Some(need)).unwrap_or_default();
        (id, format!("/dependencies/{place}"), Code::DepCycle, cycle.join(" -> "))
    }

    /// Ids that the node file lists, or whose component is there.
    fn listed(&self) -> Vec<String> {
        let lists = self.draft.files.first().and_then(|(_, node)| node.get("components")?.as_array());
        let listed = lists.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned);
        listed.chain(self.parts.keys().cloned()).collect()
    }

    fn ports(&mut self) {
        let mut owners: BTreeMap<u16, String> = BTreeMap::new();
        let mut found = Vec::new();
        for (id, part) in &self.parts {
            let Some(port) = part.port else { continue };
            match owners.get(&port) {
                Some(owner) => {
                    found.push((id.clone(), format!("port {port} is that of component {owner} too")))
                }
                None => _ = owners.insert(port, id.clone()),
            }
        }
        for (id, message) in found {
            self.tell(&id, "/service/port", Code::PortClash, message);
        }
    }
}

fn phase_order(
    parts: &BTreeMap<String, Component>,
    needs: &Dependencies,
    phases: &BTreeMap<String, u32>,
) -> Vec<(String, String, Code, String)> {
    let mut found = Vec::new();
    for (id, part) in parts {
        let Some(phase) = part.phase else { continue };
        for need in needs.get(id).into_iter().flatten() {
            if let Some(later) = phases.get(need).filter(|later| **later > phase) {
                let message = format!("phase {phase} is lower than phase {later} of its dependency {need}");
                found.push((id.clone(), "/service/phase".to_owned(), Code::PhaseOrder, message));
            }
        }
    }
    found
}
