//! A recorded day: what its directory holds and how far it has been told.

use super::{
    bodies::{Bodies, Given},
    frames::{Frames, Told},
};
use serde_json::{Value, json};
use std::{
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard, PoisonError},
};
use tracing::error;

/// A directory that cannot be replayed.
#[derive(Debug, thiserror::Error)]
#[error("recorded day {path}: {reason}")]
pub(crate) struct Unplayable {
    path: String,
    reason: String,
}

#[derive(Debug)]
struct Files {
    frames: Option<Frames>,
    bodies: Option<Bodies>,
}

/// A recorded day.
#[derive(Debug)]
pub(crate) struct Day {
    path: PathBuf,
    begin_ms: i64,
    files: Mutex<Files>,
}

impl Day {
    /// Opens a directory with `ws.jsonl` or `rest.jsonl`, or both, each perhaps as `.gz`.
    pub(crate) fn open(path: &Path) -> Result<Self, Unplayable> {
        let wrong = |reason: String| Unplayable { path: path.display().to_string(), reason };
        let mut frames = Frames::open(path).map_err(|error| wrong(error.to_string()))?;
        let mut bodies = Bodies::open(path).map_err(|error| wrong(error.to_string()))?;
        if frames.is_none() && bodies.is_none() {
            return Err(wrong("neither ws.jsonl nor rest.jsonl, plain or .gz".into()));
        }
        let firsts = [frames.as_mut().and_then(Frames::first_t), bodies.as_mut().and_then(Bodies::first_t)];
        let begin_ms = firsts.into_iter().flatten().min().ok_or_else(|| wrong("no readable line".into()))?;
        Ok(Self { path: path.to_owned(), begin_ms, files: Mutex::new(Files { frames, bodies }) })
    }

    /// Instant of the first entry, Unix milliseconds.
    pub(crate) fn begin_ms(&self) -> i64 {
        self.begin_ms
    }

    /// Events after `after`, up to and with `until`, in the order in which they came.
    pub(crate) fn events(&self, after: i64, until: i64) -> Vec<Told> {
        let mut files = self.lock();
        let taken = files.frames.as_mut().map(|frames| frames.take(after, until));
        taken.transpose().unwrap_or_else(|error| self.unreadable(&error)).unwrap_or_default()
    }

    /// The newest body of this path and query at `now`; links in it lead to `base`.
    pub(crate) fn answer(&self, asked: (&str, &str), base: &str, now: i64) -> Option<Given> {
        let mut files = self.lock();
        let answer = files.bodies.as_mut().map(|bodies| bodies.answer(asked, base, now));
        answer.transpose().unwrap_or_else(|error| self.unreadable(&error)).flatten()
    }

    /// As `/sim/state` shows it.
    pub(crate) fn show(&self) -> Value {
        let files = self.lock();
        let show = |(read, skipped, ended): (u64, u64, bool)| json!({"read": read, "skipped": skipped, "ended": ended});
        json!({
            "path": self.path.display().to_string(),
            "begin_ms": self.begin_ms,
            "frames": files.frames.as_ref().map(|frames| show(frames.counts())),
            "bodies": files.bodies.as_ref().map(|bodies| show(bodies.counts())),
        })
    }

    fn unreadable<T>(&self, error: &std::io::Error) -> Option<T> {
        error!(path = %self.path.display(), %error, "recorded day cannot be read");
        None
    }

    fn lock(&self) -> MutexGuard<'_, Files> {
        self.files.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
