use crate::{Error, Note, Targets, mail::Mailer, webhook::Poster};
use futures_util::future::join_all;
use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};
use tokio::{
    sync::{Mutex, mpsc},
    time::sleep,
};
use tracing::{debug, warn};

const WAITING: usize = 100;

/// Waits after the first, second and third failure. The third is the last: the note is given up, and the sink rests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace(pub [Duration; 3]);

impl Default for Pace {
    fn default() -> Self {
        Self([1, 4, 16].map(Duration::from_secs))
    }
}

/// Takes notes and delivers them to every target. Cheap to clone.
#[derive(Clone)]
pub struct Notifier {
    sinks: Arc<[Sink]>,
    pace: Pace,
}

struct Sink {
    name: &'static str,
    door: Door,
    offers: mpsc::Sender<Arc<Note>>,
    waiting: Mutex<mpsc::Receiver<Arc<Note>>>,
    failures: AtomicU64,
}

enum Door {
    Webhook(Poster),
    Mail(Box<Mailer>),
}

impl Notifier {
    /// A notifier for `targets`. Connects to nothing yet.
    ///
    /// # Errors
    /// [`Error::Unusable`] names what cannot be used.
    pub fn new(targets: &Targets) -> Result<Self, Error> {
        let mut sinks = Vec::new();
        if let Some(webhook) = &targets.webhook {
            sinks.push(Sink::new("webhook", Door::Webhook(Poster::new(webhook.clone())?)));
        }
        if let Some(smtp) = &targets.smtp {
            sinks.push(Sink::new("mail", Door::Mail(Box::new(Mailer::new(smtp)?))));
        }
        Ok(Self { sinks: sinks.into(), pace: targets.pace })
    }

    /// True when nobody would hear.
    pub fn is_deaf(&self) -> bool {
        self.sinks.is_empty()
    }

    /// Queues `note` for every target. Where a hundred notes wait already it is dropped and counted.
    pub fn offer(&self, note: Note) {
        let note = Arc::new(note);
        for sink in self.sinks.iter() {
            if sink.offers.try_send(Arc::clone(&note)).is_err() {
                sink.lost("full");
            }
        }
    }

    /// Notes that a target did not get, by target.
    pub fn failures(&self) -> Vec<(&'static str, u64)> {
        self.sinks.iter().map(|sink| (sink.name, sink.failures.load(Ordering::Relaxed))).collect()
    }

    /// Delivers for ever. One runner at a time: a second one waits for the first to be dropped.
    pub async fn run(&self) {
        join_all(self.sinks.iter().map(|sink| sink.work(self.pace))).await;
    }
}

impl Sink {
    fn new(name: &'static str, door: Door) -> Self {
        let (offers, waiting) = mpsc::channel(WAITING);
        Self { name, door, offers, waiting: Mutex::new(waiting), failures: AtomicU64::new(0) }
    }

    async fn work(&self, pace: Pace) {
        let mut waiting = self.waiting.lock().await;
        while let Some(note) = waiting.recv().await {
            if !self.deliver(&note, pace).await {
                self.lost("failed");
            }
        }
    }

    async fn deliver(&self, note: &Note, pace: Pace) -> bool {
        for (attempt, wait) in pace.0.into_iter().enumerate() {
            let result = match &self.door {
                Door::Webhook(poster) => poster.deliver(note).await,
                Door::Mail(mailer) => mailer.deliver(note).await,
            };
            let wait = match result {
                Ok(()) => return true,
                Err(Error::Later(asked)) => asked.max(wait),
                Err(error) if attempt == 2 => {
                    warn!(sink = self.name, %error, "note given up");
                    wait
                }
                Err(error) => {
                    debug!(sink = self.name, %error, attempt = attempt + 1, "note not delivered");
                    wait
                }
            };
            sleep(wait).await;
        }
        false
    }

    fn lost(&self, cause: &'static str) {
        self.failures.fetch_add(1, Ordering::Relaxed);
        metrics::counter!("notify_lost_total", "sink" => self.name, "cause" => cause).increment(1);
    }
}
