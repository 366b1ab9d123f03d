//! A file of JSON lines, plain or gzip, read once from front to back and never held as a whole.

use flate2::read::MultiGzDecoder;
use serde::de::DeserializeOwned;
use std::{
    fmt,
    fs::File,
    io::{self, BufRead, BufReader},
    path::{Path, PathBuf},
};

/// Something with an instant.
pub(super) trait Timed {
    /// Unix milliseconds.
    fn t(&self) -> i64;
}

/// The entries of a file in their order. A line that is none is counted and left out.
pub(super) struct Lines<T> {
    path: PathBuf,
    source: Option<Box<dyn BufRead + Send>>,
    next: Option<T>,
    line: Vec<u8>,
    /// Lines that were entries.
    pub(super) read: u64,
    /// Lines that were none.
    pub(super) skipped: u64,
}

impl<T> fmt::Debug for Lines<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lines").field("path", &self.path).field("read", &self.read).finish_non_exhaustive()
    }
}

impl<T: DeserializeOwned + Timed> Lines<T> {
    /// `name` or `name.gz` in `folder`; `None` when there is neither.
    pub(super) fn open(folder: &Path, name: &str) -> io::Result<Option<Self>> {
        let found = [name.to_owned(), format!("{name}.gz")].map(|name| folder.join(name));
        let Some(path) = found.into_iter().find(|path| path.is_file()) else { return Ok(None) };
        let mut lines = Self { path, source: None, next: None, line: Vec::new(), read: 0, skipped: 0 };
        lines.rewind()?;
        Ok(Some(lines))
    }

    /// Begins again.
    pub(super) fn rewind(&mut self) -> io::Result<()> {
        let file = File::open(&self.path)?;
        let zipped = self.path.extension().is_some_and(|end| end == "gz");
        self.source = Some(match zipped {
            true => Box::new(BufReader::new(MultiGzDecoder::new(file))),
            false => Box::new(BufReader::new(file)),
        });
        (self.next, self.read, self.skipped) = (None, 0, 0);
        Ok(())
    }

    /// Instant of the next entry; `None` at the end.
    pub(super) fn next_t(&mut self) -> Option<i64> {
        if self.next.is_none() {
            self.next = self.fetch();
        }
        self.next.as_ref().map(Timed::t)
    }

    /// The next entry, if it is of `until` or before.
    pub(super) fn due(&mut self, until: i64) -> Option<T> {
        let t = self.next_t()?;
        if t <= until { self.next.take() } else { None }
    }

    /// Whether everything has been read.
    pub(super) fn is_at_end(&self) -> bool {
        self.source.is_none() && self.next.is_none()
    }

    fn fetch(&mut self) -> Option<T> {
        loop {
            self.line.clear();
            match self.source.as_mut()?.read_until(b'\n', &mut self.line) {
                Ok(0) => self.source = None,
                Ok(_) if self.line.trim_ascii().is_empty() => (),
                Ok(_) => match serde_json::from_slice(&self.line) {
                    Ok(entry) => {
                        self.read += 1;
                        return Some(entry);
                    }
                    Err(_) => self.skipped += 1,
                },
                // A file whose end is missing: what came before counts.
                Err(_) => {
                    self.skipped += 1;
                    self.source = None;
                }
            }
        }
    }
}
