//! One directory per trading date, two files of JSON lines in it: `ws.jsonl` and `rest.jsonl`.

use super::{Line, What};
use chrono::NaiveDate;
use serde::Serialize;
use serde_json::value::RawValue;
use std::{
    borrow::Cow,
    fs::{self, File, OpenOptions},
    io::{self, BufWriter, Write},
    path::PathBuf,
};
use truth::secret::Secret;

/// Stands where the key was.
const REDACTED: &str = "[key]";

/// A line of `ws.jsonl`.
#[derive(Serialize)]
struct Frame<'a> {
    t: i64,
    p: &'a str,
    f: Cow<'a, str>,
}

/// A line of `rest.jsonl`.
#[derive(Serialize)]
struct Answer<'a> {
    t: i64,
    u: &'a str,
    s: u16,
    b: Body<'a>,
}

/// JSON as it came, other text as text, nothing as null.
#[derive(Serialize)]
#[serde(untagged)]
enum Body<'a> {
    Json(&'a RawValue),
    Text(&'a str),
    Nothing,
}

/// The files of one date, open.
#[derive(Debug)]
struct Day {
    date: NaiveDate,
    ws: BufWriter<File>,
    rest: BufWriter<File>,
}

#[derive(Debug)]
pub(super) struct Files {
    directory: PathBuf,
    key: Option<Secret>,
    day: Option<Day>,
}

impl Files {
    pub(super) fn new(directory: PathBuf, key: Option<Secret>) -> Self {
        Self { directory, key, day: None }
    }

    /// Appends `lines` and leaves nothing in memory. How many were lost, and the last reason; `None`: none.
    pub(super) fn write(&mut self, lines: &[Line]) -> Option<(u64, io::Error)> {
        let mut failure: Option<(u64, io::Error)> = None;
        for line in lines {
            if let Err(error) = self.append(line) {
                self.day = None;
                let lost = failure.take().map_or(0, |(lost, _)| lost) + 1;
                failure = Some((lost, error));
            }
        }
        if let Some(day) = &mut self.day
            && let Err(error) = day.ws.flush().and_then(|()| day.rest.flush())
        {
            self.day = None;
            failure = Some((failure.map_or(0, |(lost, _)| lost) + 1, error));
        }
        failure
    }

    fn append(&mut self, line: &Line) -> io::Result<()> {
        let mut text = encode(line)?;
        if let Some(key) = self.key.as_ref().map(Secret::expose).filter(|key| text.contains(key)) {
            text = text.replace(key, REDACTED);
        }
        text.push('\n');
        let day = self.day(line.date)?;
        let file = match line.what {
            What::Frame { .. } => &mut day.ws,
            What::Answer { .. } => &mut day.rest,
        };
        file.write_all(text.as_bytes())
    }

    fn day(&mut self, date: NaiveDate) -> io::Result<&mut Day> {
        if self.day.as_ref().is_none_or(|day| day.date != date) {
            let directory = self.directory.join(date.to_string());
            fs::create_dir_all(&directory)?;
            let open = |name| {
                let file = OpenOptions::new().create(true).append(true).open(directory.join(name))?;
                io::Result::Ok(BufWriter::new(file))
            };
            self.day = Some(Day { date, ws: open("ws.jsonl")?, rest: open("rest.jsonl")? });
        }
        self.day.as_mut().ok_or_else(|| io::Error::other("no day"))
    }
}

fn encode(line: &Line) -> io::Result<String> {
    let text = match &line.what {
        What::Frame { path, frame } => {
            serde_json::to_string(&Frame { t: line.t, p: path, f: String::from_utf8_lossy(frame) })
        }
        What::Answer { path, status, body } => {
            // Line ends can only stand between the parts of JSON, never inside of a text.
            let body = String::from_utf8_lossy(body).replace(['\n', '\r'], " ");
            let b = match serde_json::from_str::<&RawValue>(&body) {
                _ if body.is_empty() => Body::Nothing,
                Ok(json) => Body::Json(json),
                Err(_not_json) => Body::Text(&body),
            };
            serde_json::to_string(&Answer { t: line.t, u: path, s: *status, b })
        }
    };
    text.map_err(io::Error::other)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn read(directory: &std::path::Path, file: &str) -> Vec<Value> {
        let text = fs::read_to_string(directory.join(file)).unwrap();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    fn line(day: u32, what: What) -> Line {
        Line { t: 1_763_737_262_104, date: NaiveDate::from_ymd_opt(2025, 11, day).unwrap(), what }
    }

    #[test]
    fn what_is_recorded_is_read_back_line_by_line() {
        let folder = tempfile::tempdir().unwrap();
        let mut files = Files::new(folder.path().into(), Some(Secret::new("s3cret")));
        let frame = br#"[{"ev":"Q","sym":"O:SPXW251121C05800000","bp":1.5}]"#;
        let body = b"{\n  \"status\": \"OK\",\r\n  \"results\": [1.50]\n}";
        let answer = |body: &[u8], status| What::Answer {
            path: "/v3/snapshot?limit=250".into(),
            status,
            body: body.to_vec(),
        };
        let lines = [
            line(20, What::Frame { path: "/options", frame: frame.to_vec() }),
            line(21, answer(body, 200)),
            line(21, answer(b"<html>s3cret</html>", 200)),
            line(21, answer(b"", 502)),
            line(21, What::Frame { path: "/stocks", frame: b"\xff s3cret\n".to_vec() }),
        ];
        assert!(files.write(&lines).is_none());
        let (first, second) = (folder.path().join("2025-11-20"), folder.path().join("2025-11-21"));
        let frames = read(&first, "ws.jsonl");
        assert_eq!(frames[0]["p"], "/options");
        assert_eq!(frames[0]["f"].as_str().unwrap().as_bytes(), frame);
        let answers = read(&second, "rest.jsonl");
        assert_eq!(answers[0]["b"], json!({"status": "OK", "results": [1.5]}));
        assert_eq!(answers[0]["u"], "/v3/snapshot?limit=250");
        assert_eq!(answers[1]["b"], "<html>[key]</html>");
        assert_eq!((&answers[2]["b"], &answers[2]["s"]), (&Value::Null, &json!(502)));
        assert_eq!(read(&second, "ws.jsonl")[0]["f"], "\u{fffd} [key]\n");
    }

    #[test]
    fn a_directory_that_cannot_be_made_costs_the_lines_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let taken = folder.path().join("taken");
        fs::write(&taken, "a file").unwrap();
        let mut files = Files::new(taken, None);
        let lines = [line(21, What::Frame { path: "/options", frame: Vec::new() })];
        assert_eq!(files.write(&lines).map(|(lost, _)| lost), Some(1));
    }
}
