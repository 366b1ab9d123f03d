//! Records what arrives to files, so that the simulator can play the day again.
//!
//! Off unless `MASSIVE_CAPTURE` says otherwise. Whoever receives something hands a copy over and goes on; a
//! queue that is full drops, and counts. The key is in nothing that is written.

mod files;

use crate::{
    analytics::{Analytics, Spot as Count},
    clock::Clock,
    config::Config,
    shared::Shared,
};
use chrono::NaiveDate;
use files::Files;
use std::{
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};
use tokio::{
    sync::{Mutex, mpsc},
    task::spawn_blocking,
};
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};
use truth::secret::Secret;

/// Lines and bytes that wait for the disk.
const MAX_LINES: usize = 8_192;
const MAX_BYTES: usize = 64 << 20;
/// Lines that are written in one go.
const ROUND: usize = 512;

/// Something that arrived, and when.
#[derive(Debug, Clone, PartialEq)]
struct Line {
    /// Market time, Unix milliseconds.
    t: i64,
    date: NaiveDate,
    what: What,
}

#[derive(Debug, Clone, PartialEq)]
enum What {
    Frame { path: &'static str, frame: Vec<u8> },
    Answer { path: String, status: u16, body: Vec<u8> },
}

impl Line {
    fn size(&self) -> usize {
        match &self.what {
            What::Frame { frame, .. } => frame.len(),
            What::Answer { body, .. } => body.len(),
        }
    }
}

/// Takes copies of what arrives.
#[derive(Debug)]
pub(crate) struct Recorder {
    rest: bool,
    ws: bool,
    directory: PathBuf,
    /// Never written, even where a server repeats it; `None`: there is no secret.
    key: Option<Secret>,
    clock: Clock,
    lines: mpsc::Sender<Line>,
    heard: Mutex<mpsc::Receiver<Line>>,
    waiting_bytes: AtomicUsize,
    analytics: Arc<Analytics>,
}

impl Recorder {
    pub(crate) fn new(config: &Config, clock: Clock, analytics: Arc<Analytics>) -> Self {
        let (lines, heard) = mpsc::channel(MAX_LINES);
        Self {
            rest: config.capture.rest,
            ws: config.capture.ws,
            directory: config.capture.directory.clone().into(),
            key: config.api_key.clone(),
            clock,
            lines,
            heard: Mutex::new(heard),
            waiting_bytes: AtomicUsize::new(0),
            analytics,
        }
    }

    /// A WebSocket frame of `path` (`/options`), as it came.
    pub(crate) fn frame(&self, path: &'static str, frame: &[u8]) {
        if self.ws {
            self.record(|| What::Frame { path, frame: frame.to_vec() });
        }
    }

    /// A REST answer to `path` (with its query, without a key); the body is empty where nobody read it.
    pub(crate) fn answer(&self, path: &str, status: u16, body: &[u8]) {
        if self.rest {
            self.record(|| What::Answer { path: path.to_owned(), status, body: body.to_vec() });
        }
    }

    fn dropped(&self, lines: u64) {
        self.analytics.spot.add(Count::CaptureDropped, lines);
    }

    fn record(&self, what: impl FnOnce() -> What) {
        let is_full = self.lines.capacity() == 0 || self.waiting_bytes.load(Ordering::Relaxed) > MAX_BYTES;
        let now = self.clock.now();
        if is_full || !now.is_synced {
            self.dropped(1);
            return;
        }
        let line = Line { t: now.market.0, date: now.date, what: what() };
        let size = line.size();
        self.waiting_bytes.fetch_add(size, Ordering::Relaxed);
        if self.lines.try_send(line).is_err() {
            self.waiting_bytes.fetch_sub(size, Ordering::Relaxed);
            self.dropped(1);
        }
    }

    fn files(&self) -> Files {
        Files::new(self.directory.clone(), self.key.clone())
    }
}

/// Writes until `closed`, then what still waits. A disk that does not take a line costs that line.
///
/// # Errors
/// The thread that writes died.
pub(crate) async fn run(shared: Arc<Shared>, closed: CancellationToken) -> anyhow::Result<()> {
    let recorder = &shared.capture;
    if !recorder.rest && !recorder.ws {
        return Ok(());
    }
    info!(directory = %recorder.directory.display(), "what arrives is recorded");
    let mut heard = recorder.heard.lock().await;
    let mut files = recorder.files();
    let mut is_failing = false;
    loop {
        let mut lines = Vec::new();
        let is_open = closed.run_until_cancelled(heard.recv_many(&mut lines, ROUND)).await.is_some();
        if !is_open {
            while let Ok(line) = heard.try_recv() {
                lines.push(line);
            }
        }
        let bytes: usize = lines.iter().map(Line::size).sum();
        let (used, failure) = spawn_blocking(move || {
            let failure = files.write(&lines);
            (files, failure)
        })
        .await?;
        files = used;
        recorder.waiting_bytes.fetch_sub(bytes, Ordering::Relaxed);
        if let Some((lost, error)) = failure {
            recorder.dropped(lost);
            if !std::mem::replace(&mut is_failing, true) {
                warn!(%error, "a recording cannot be written");
            }
        } else {
            is_failing = false;
        }
        if !is_open {
            return Ok(());
        }
    }
}
