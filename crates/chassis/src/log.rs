//! Log lines: `[2026-03-02T14:05:09Z][vigil][WARN] text field=value`, or JSON; known secrets masked.

use crate::Env;
use serde_json::json;
use std::{
    fmt::{self, Write as _},
    io::Write as _,
    sync::{OnceLock, RwLock},
    time::SystemTime,
};
use tokio::sync::mpsc;
use tracing::{
    Event, Level, Subscriber,
    field::{Field, Visit},
};
use tracing_subscriber::{EnvFilter, Layer, layer::Context, prelude::*, registry::LookupSpan, reload};
use truth::secret::{Secret, mask};
use wire::{EpochSec, system::LogLine};

const FORWARDED: usize = 256;

struct Shared {
    secrets: RwLock<Vec<Secret>>,
    forward: OnceLock<mpsc::Sender<LogLine>>,
    filter: OnceLock<reload::Handle<EnvFilter, tracing_subscriber::Registry>>,
}

static SHARED: Shared =
    Shared { secrets: RwLock::new(Vec::new()), forward: OnceLock::new(), filter: OnceLock::new() };

/// Installs the logger for `service`. A second call in one process changes nothing.
pub(crate) fn init(service: &str, env: &Env) {
    install(service, env, "INFO", false);
}

/// As [`init`], for a command whose stdout is data: lines go to stderr, from WARN on.
pub(crate) fn init_on_stderr(service: &str, env: &Env) {
    install(service, env, "WARN", true);
}

fn install(service: &str, env: &Env, level: &str, on_stderr: bool) {
    let (filter, handle) = reload::Layer::new(filter(env.get("LOG_LEVEL").as_deref().unwrap_or(level)));
    let json = env.get("LOG_FORMAT").is_some_and(|format| format.eq_ignore_ascii_case("json"));
    let lines = Lines { service: service.to_owned(), json, on_stderr };
    if tracing_subscriber::registry().with(filter).with(lines).try_init().is_ok() {
        let _first = SHARED.filter.set(handle);
    }
}

/// Takes level and secrets from the configuration.
pub(crate) fn configure(level: Option<&str>, secrets: Vec<Secret>) {
    if let (Some(level), Some(handle)) = (level, SHARED.filter.get())
        && let Err(error) = handle.reload(filter(level))
    {
        tracing::warn!(%error, "log level kept");
    }
    if let Ok(mut known) = SHARED.secrets.write() {
        *known = secrets;
    }
}

/// Lines of level WARN and worse from now on, for the stream of errors; `None` when somebody has them already.
pub(crate) fn forwarded() -> Option<mpsc::Receiver<LogLine>> {
    let (sender, receiver) = mpsc::channel(FORWARDED);
    SHARED.forward.set(sender).is_ok().then_some(receiver)
}

fn filter(level: &str) -> EnvFilter {
    let level = match level.to_ascii_lowercase().as_str() {
        "0" | "error" => "error",
        "1" | "warn" => "warn",
        "3" | "debug" => "debug",
        "trace" => "trace",
        _ => "info",
    };
    let quiet = "hyper=warn,hyper_util=warn,h2=warn,rustls=warn,reqwest=warn,tungstenite=warn,bollard=warn";
    EnvFilter::new(format!("{level},{quiet}"))
}

struct Lines {
    service: String,
    json: bool,
    on_stderr: bool,
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Lines {
    fn on_event(&self, event: &Event<'_>, _context: Context<'_, S>) {
        let mut fields = Fields::default();
        event.record(&mut fields);
        let level = match *event.metadata().level() {
            Level::ERROR => "ERROR",
            Level::WARN => "WARN",
            Level::INFO => "INFO",
            _ => "DEBUG",
        };
        let secrets = SHARED.secrets.read().map(|known| known.clone()).unwrap_or_default();
        let text = mask(&fields.text(), &secrets);
        let now = SystemTime::now();
        let stamp = chrono::DateTime::<chrono::Utc>::from(now).format("%Y-%m-%dT%H:%M:%SZ");
        let line = if self.json {
            json!({"ts": stamp.to_string(), "svc": self.service, "level": level, "msg": text}).to_string()
        } else {
            format!("[{stamp}][{}][{level}] {text}", self.service)
        };
        // Logging never fails the program: a closed stdout is nobody's to hear about.
        let _written = if self.on_stderr {
            writeln!(std::io::stderr().lock(), "{line}")
        } else {
            writeln!(std::io::stdout().lock(), "{line}")
        };
        if *event.metadata().level() <= Level::WARN
            && let Some(forward) = SHARED.forward.get()
        {
            let line = LogLine {
                ts: EpochSec::from(now),
                svc: self.service.clone(),
                level: level.into(),
                msg: text,
            };
            if forward.try_send(line).is_err() {
                metrics::counter!("log_lines_dropped_total").increment(1);
            }
        }
    }
}

#[derive(Default)]
struct Fields {
    message: String,
    rest: String,
}

impl Fields {
    fn text(&self) -> String {
        format!("{}{}", self.message, self.rest).replace('\n', " ")
    }
}

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        let _always_fits = match field.name() {
            "message" => write!(self.message, "{value:?}"),
            name if name.starts_with("log.") => Ok(()),
            name => write!(self.rest, " {name}={value:?}"),
        };
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        let _always_fits = match field.name() {
            "message" => write!(self.message, "{value}"),
            name if name.starts_with("log.") => Ok(()),
            name if value.contains(' ') => write!(self.rest, " {name}={value:?}"),
            name => write!(self.rest, " {name}={value}"),
        };
    }
}
