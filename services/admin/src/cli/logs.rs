use crate::{
    desk::{self, Desk},
    exit::{Exit, Failure},
    output::{Report, Tone},
};
use anyhow::Context;
use fleet::docker::{Docker, LogLine, Output};
use futures_util::StreamExt;
use regex::Regex;
use serde_json::{Value, json};
use std::{pin::pin, time::Duration};
use tokio::time::sleep;
use truth::secret::{Secret, mask};
use wire::{BusId, EpochSec, system};

const RECREATED: Duration = Duration::from_secs(1);

/// Show what a service's container wrote, secrets masked
#[derive(Debug, clap::Args)]
pub(super) struct Logs {
    /// The service
    service: String,
    /// How many lines from the end
    #[arg(short = 'n', long = "lines", value_name = "N", default_value_t = 100)]
    lines: usize,
    /// Go on with what comes, across restarts and recreations
    #[arg(short, long)]
    pub(super) follow: bool,
    /// Only what was written in this time: 30s, 10m, 2h
    #[arg(long, value_name = "D", value_parser = super::duration::parse)]
    since: Option<Duration>,
    /// Only this level and worse: error, warn, info, debug
    #[arg(long, value_name = "L", value_parser = level)]
    level: Option<u8>,
    /// Only lines that match
    #[arg(long, value_name = "RE")]
    grep: Option<Regex>,
}

impl Logs {
    pub(super) async fn run(self, desk: &Desk) -> anyhow::Result<Report> {
        let docker = desk.docker()?;
        if docker.container(&self.service).await.context("find its container")?.is_none() {
            return Err(Failure::service(&self.service).into());
        }
        let secrets = secrets(desk).await;
        let mut since = self.since.map(|since| EpochSec::new(desk::now().seconds() - since.as_secs_f64()));
        let mut tail = Some(self.lines);
        let mut shown = Shown::default();
        loop {
            self.show(desk, &docker, &secrets, (tail, since), &mut shown).await?;
            if !self.follow {
                return Ok(Report::told(Exit::Done));
            }
            desk.screen.note(format!("--- {} ended; waiting for it ---", self.service));
            shown.reopened();
            since = shown.last.or(since).or_else(|| Some(desk::now()));
            tail = None;
            self.returned(&docker).await?;
        }
    }

    /// Shows one container's lines, from the `tail` last ones or since an instant, to their end.
    async fn show(
        &self,
        desk: &Desk,
        docker: &Docker,
        secrets: &[Secret],
        (tail, since): (Option<usize>, Option<EpochSec>),
        shown: &mut Shown,
    ) -> anyhow::Result<()> {
        let mut lines = pin!(docker.logs(&self.service, tail, since, self.follow));
        while let Some(line) = lines.next().await {
            let line = match line {
                Ok(line) => line,
                Err(fleet::docker::Error::Absent(_)) if self.follow => break,
                Err(error) => return Err(error).context("read its log"),
            };
            if shown.takes(&line) && self.wants(&line.text) {
                let text = mask(&line.text, secrets);
                desk.screen.tell(tone(&text), &text, &value(&line, &text))?;
            }
        }
        Ok(())
    }

    async fn returned(&self, docker: &Docker) -> anyhow::Result<()> {
        loop {
            sleep(RECREATED).await;
            match docker.container(&self.service).await {
                Ok(Some(container)) if container.state == fleet::docker::State::Running => return Ok(()),
                Ok(_) => {}
                Err(error) if error.is_unreachable() => {}
                Err(error) => return Err(error).context("find its container"),
            }
        }
    }

    fn wants(&self, text: &str) -> bool {
        let level = self.level.is_none_or(|limit| level_of(text).is_some_and(|level| level <= limit));
        level && self.grep.as_ref().is_none_or(|pattern| pattern.is_match(text))
    }
}

/// How far a tail has come. The engine is asked for whole seconds, so the lines of the last one come again.
#[derive(Default)]
struct Shown {
    last: Option<EpochSec>,
    /// Texts of the lines at that instant.
    texts: Vec<String>,
    /// Where the lines that come again end, and those of them at that very instant.
    again: Option<(EpochSec, Vec<String>)>,
}

impl Shown {
    /// From here on lines come again.
    fn reopened(&mut self) {
        self.again = self.last.map(|last| (last, self.texts.clone()));
    }

    /// True for a line that was not there before the log was opened again.
    fn takes(&mut self, line: &LogLine) -> bool {
        let Some(ts) = line.ts else { return true };
        if let Some((end, texts)) = &mut self.again {
            let ahead = ts.since(*end);
            if ahead < 0.0 {
                return false;
            }
            if ahead == 0.0
                && let Some(place) = texts.iter().position(|text| *text == line.text)
            {
                texts.swap_remove(place);
                return false;
            }
        }
        if self.last != Some(ts) {
            self.texts.clear();
            self.last = Some(ts);
        }
        self.texts.push(line.text.clone());
        true
    }
}

/// Every secret that could be in a log: those that are loaded, and those in the file.
async fn secrets(desk: &Desk) -> Vec<Secret> {
    let loaded = desk.bus.get(&system::truth_doc(BusId::System)).await;
    let file = tokio::fs::read(super::load_truth::secrets_file(desk)).await.ok();
    let filed: Option<Value> = file.and_then(|bytes| serde_json::from_slice(&bytes).ok());
    if let Err(error) = &loaded {
        desk.screen.note(format!("only the secrets of the file are masked: {error}"));
    }
    let documents = [loaded.ok().flatten(), filed];
    let mut secrets = Vec::new();
    for document in documents.iter().flatten() {
        let scopes = document.get("secrets").and_then(Value::as_object);
        let fields = scopes.into_iter().flat_map(|scopes| scopes.values()).filter_map(Value::as_object);
        secrets.extend(fields.flat_map(|fields| fields.values()).filter_map(Value::as_str).map(Secret::new));
    }
    // The longest first: one may be part of another.
    secrets.sort_by_key(|secret| std::cmp::Reverse(secret.expose().len()));
    secrets
}

fn value(line: &LogLine, text: &str) -> Value {
    let stream = if line.output == Output::Stderr { "stderr" } else { "stdout" };
    json!({"ts": line.ts, "stream": stream, "line": text})
}

fn tone(text: &str) -> Tone {
    match level_of(text) {
        Some(0) => Tone::Bad,
        Some(1) => Tone::Warning,
        Some(3) => Tone::Faint,
        _ => Tone::Plain,
    }
}

/// The level of a line `[instant][service][LEVEL] text`, or of a JSON line.
fn level_of(text: &str) -> Option<u8> {
    let word = if text.starts_with('{') {
        serde_json::from_str::<Value>(text).ok()?.get("level")?.as_str()?.to_owned()
    } else {
        text.strip_prefix('[')?.split(']').nth(2)?.trim_start_matches('[').to_owned()
    };
    level(&word).ok()
}

fn level(word: &str) -> Result<u8, String> {
    match word.to_ascii_lowercase().as_str() {
        "error" | "0" => Ok(0),
        "warn" | "1" => Ok(1),
        "info" | "ok" | "2" => Ok(2),
        "debug" | "3" => Ok(3),
        _ => Err("expected error, warn, info or debug".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_that_comes_again_is_shown_once_and_one_that_was_written_twice_is_shown_twice() {
        let line = |ts, text: &str| LogLine {
            ts: Some(EpochSec::new(ts)),
            output: Output::Stdout,
            text: text.into(),
        };
        let mut shown = Shown::default();
        let first = [line(1.0, "a"), line(1.5, "b"), line(1.5, "b")];
        assert!(first.iter().all(|line| shown.takes(line)));
        shown.reopened();
        assert!(!first.iter().any(|line| shown.takes(line)));
        assert!(shown.takes(&line(1.5, "b")) && shown.takes(&line(1.5, "d")) && shown.takes(&line(2.0, "a")));
    }

    #[test]
    fn the_level_of_a_line_is_read_in_both_forms() {
        assert_eq!(level_of("[2026-03-02T14:05:09Z][vigil][WARN] text [x]"), Some(1));
        assert_eq!(level_of(r#"{"level":"ERROR","msg":"x"}"#), Some(0));
        assert_eq!(level_of("a line of somebody else's"), None);
    }
}
