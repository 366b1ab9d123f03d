//! healer's own settings. What it watches and how each service is healed is in [`crate::wiring`].

use notify::Targets;
use std::time::Duration;
use truth::settings::{Configure, Fault, Settings};

/// What healer may do to containers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Nothing, and says nothing of it.
    Off,
    /// Nothing, but logs what it would do.
    Observe,
    /// Starts, restarts and stops.
    Restart,
}

/// healer's settings; `Default` is the shipped component file.
#[derive(Debug, Clone, PartialEq)]
pub struct Config {
    /// Between two looks at the clock.
    pub tick: Duration,
    /// Between two miss notifications of one kind and service.
    pub rate_limit: Duration,
    /// Between two reminders of a miss that stands; zero: none.
    pub remind: Duration,
    /// What may be done to containers.
    pub mode: Mode,
    /// True when waits between attempts are jittered by a tenth.
    pub has_jitter: bool,
    /// How long remedies wait after a fleet-wide miss.
    pub fleet_hold: Duration,
    /// Who is notified.
    pub targets: Targets,
    /// Address of the Docker engine; `None`: the usual socket.
    pub docker_host: Option<String>,
    /// Name of the fleet; `None`: that of the container healer runs in.
    pub fleet: Option<String>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            tick: Duration::from_secs(1),
            rate_limit: Duration::from_secs(60),
            remind: Duration::ZERO,
            mode: Mode::Restart,
            has_jitter: true,
            fleet_hold: Duration::from_secs(30),
            targets: Targets::default(),
            docker_host: None,
            fleet: None,
        }
    }
}

impl Configure for Config {
    fn read(settings: &Settings) -> Result<Self, Fault> {
        let seconds = |key: &str, default: Duration| {
            let seconds = settings.number(key, default.as_secs_f64())?;
            Duration::try_from_secs_f64(seconds)
                .map_err(|_negative| settings.fault(key, "seconds, 0 or more"))
        };
        let usual = Self::default();
        let tick_ms: u64 = settings.number("HEALER_TICK_MS", 1000)?;
        if tick_ms == 0 {
            return Err(settings.fault("HEALER_TICK_MS", "1 or more"));
        }
        let mode = match settings.text_or("HEALER_REMEDY", "restart").to_ascii_lowercase().as_str() {
            "off" => Mode::Off,
            "observe" => Mode::Observe,
            "restart" => Mode::Restart,
            _ => return Err(settings.fault("HEALER_REMEDY", "off, observe or restart")),
        };
        Ok(Self {
            tick: Duration::from_millis(tick_ms),
            rate_limit: seconds("RATE_LIMIT_SEC", usual.rate_limit)?,
            remind: seconds("REMIND_SEC", usual.remind)?,
            mode,
            has_jitter: settings.flag("HEALER_JITTER", usual.has_jitter)?,
            fleet_hold: seconds("FLEET_HOLD_SEC", usual.fleet_hold)?,
            targets: targets(settings)?,
            docker_host: settings.environment("DOCKER_HOST"),
            fleet: settings.environment("MS_FLEET"),
        })
    }
}

/// A setting of the process wins over the secret of the same meaning.
fn targets(settings: &Settings) -> Result<Targets, Fault> {
    let secret =
        |key: &str| settings.secret(&key.to_ascii_lowercase()).map(|secret| secret.expose().to_owned());
    Targets::read(|key| settings.text(key).or_else(|| secret(key)))
        .map_err(|wrong| settings.fault(wrong.key, wrong.expected))
}

#[cfg(test)]
mod tests {
    use super::*;
    use notify::Tls;
    use serde_json::{Value, json};
    use std::collections::{BTreeMap, HashMap};
    use truth::settings::Identity;

    fn settings(component: Value, secrets: Value, process: &[(&str, &str)]) -> Settings {
        let process: HashMap<_, _> =
            process.iter().map(|&(name, value)| (name.to_owned(), value.to_owned())).collect();
        let document = json!({"components": {"healer": component}, "secrets": {"healer": secrets}});
        Settings::from_document(document, Identity::of("healer"), BTreeMap::default(), process, 1).unwrap()
    }

    fn shipped() -> Value {
        serde_json::from_str(include_str!("../../../truth/components/healer.json")).unwrap()
    }

    #[test]
    fn the_shipped_component_equals_the_defaults() {
        let read = Config::read(&settings(shipped(), json!({}), &[])).unwrap();
        assert_eq!(read, Config::default());
    }

    #[test]
    fn the_process_wins_over_a_secret_and_both_stay_unseen() {
        let secrets = json!({"webhook_url": "https://hooks.example/s3cret"});
        let from_secret = Config::read(&settings(shipped(), secrets.clone(), &[])).unwrap();
        assert_eq!(from_secret.targets.webhook.clone().unwrap().url, "https://hooks.example/s3cret");
        assert!(!format!("{from_secret:?}").contains("s3cret"));
        let process = [("WEBHOOK_URL", "http://127.0.0.1:9/own")];
        let own = Config::read(&settings(shipped(), secrets, &process)).unwrap();
        assert_eq!(own.targets.webhook.unwrap().url, "http://127.0.0.1:9/own");
    }

    #[test]
    fn mail_needs_a_sender_and_receivers() {
        let complete =
            [("SMTP_HOST", "mail"), ("SMTP_PORT", "465"), ("SMTP_FROM", "a@b.c"), ("SMTP_TO", "d@e.f,g@h.i")];
        let smtp = Config::read(&settings(shipped(), json!({}), &complete)).unwrap().targets.smtp.unwrap();
        assert_eq!((smtp.tls, smtp.to.len()), (Tls::Implicit, 2));
        let fault = Config::read(&settings(shipped(), json!({}), &complete[..3])).unwrap_err();
        assert!(fault.place.ends_with("SMTP_TO"), "{fault}");
    }

    #[test]
    fn a_wrong_mode_is_named() {
        let fault = Config::read(&settings(shipped(), json!({}), &[("HEALER_REMEDY", "maybe")])).unwrap_err();
        assert_eq!(fault.expected, "off, observe or restart");
    }
}
