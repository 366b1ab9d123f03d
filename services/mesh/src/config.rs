use std::time::Duration;
use truth::settings::{Configure, Fault, Settings};

/// How often the mesh looks and speaks. The defaults are those of `truth/components/mesh.json`.
#[derive(Debug, Clone, PartialEq)]
pub struct Config {
    /// Between two looks at the heartbeats.
    pub tick: Duration,
    /// Between two publications when nothing changes, and between two digests.
    pub publish_every: Duration,
    /// Between two comparisons of Truth on the other buses.
    pub guard_every: Duration,
}

impl Default for Config {
    fn default() -> Self {
        let seconds = Duration::from_secs;
        Self { tick: seconds(1), publish_every: seconds(5), guard_every: seconds(30) }
    }
}

impl Configure for Config {
    fn read(settings: &Settings) -> Result<Self, Fault> {
        let default = Self::default();
        Ok(Self {
            tick: seconds(settings, "MESH_TICK_SEC", default.tick)?,
            publish_every: seconds(settings, "MESH_PUBLISH_SEC", default.publish_every)?,
            guard_every: seconds(settings, "MESH_GUARD_SEC", default.guard_every)?,
        })
    }
}

fn seconds(settings: &Settings, key: &str, default: Duration) -> Result<Duration, Fault> {
    let seconds = settings.number(key, default.as_secs_f64())?;
    let span = Duration::try_from_secs_f64(seconds).ok().filter(|span| !span.is_zero());
    span.ok_or_else(|| settings.fault(key, "seconds above 0"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};
    use std::collections::{BTreeMap, HashMap};
    use truth::settings::Identity;

    fn settings(component: &Value) -> Settings {
        let document = json!({"components": {"mesh": component}});
        Settings::from_document(document, Identity::of("mesh"), BTreeMap::new(), HashMap::new(), 1).unwrap()
    }

    #[test]
    fn the_shipped_component_gives_the_defaults() {
        let shipped = include_str!("../../../truth/components/mesh.json");
        let component: Value = serde_json::from_str(shipped).unwrap();
        assert_eq!(component["env"].as_object().unwrap().len(), 3, "each is read");
        assert_eq!(Config::read(&settings(&component)).unwrap(), Config::default());
    }

    #[test]
    fn a_pause_of_nothing_is_refused() {
        for wrong in ["0", "-1", "soon"] {
            let fault = Config::read(&settings(&json!({"env": {"MESH_TICK_SEC": wrong}}))).unwrap_err();
            assert!(fault.place.ends_with("/components/mesh/env/MESH_TICK_SEC"), "{fault}");
        }
    }
}
