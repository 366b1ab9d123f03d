use super::{Docker, Error, container::instant};
use async_stream::stream;
use bollard::{container::LogOutput, query_parameters::LogsOptions};
use futures_util::{Stream, StreamExt};
use wire::EpochSec;

/// A line that a container wrote.
#[derive(Debug, Clone, PartialEq)]
pub struct LogLine {
    /// When the engine took it.
    pub ts: Option<EpochSec>,
    /// Where it was written.
    pub output: Output,
    /// The text without its line end.
    pub text: String,
}

/// Where a container writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Output {
    /// Standard output.
    Stdout,
    /// Standard error.
    Stderr,
}

impl Docker {
    /// What the container of `service` wrote, oldest first: the last `tail` lines (`None`: all), written at or
    /// after `since`; with `follow` also what comes, until the container ends. Lines are as the container wrote
    /// them: whoever shows them masks secrets.
    pub fn logs(
        &self,
        service: &str,
        tail: Option<usize>,
        since: Option<EpochSec>,
        follow: bool,
    ) -> impl Stream<Item = Result<LogLine, Error>> + Send + use<> {
        let docker = self.clone();
        let service = service.to_owned();
        let options = LogsOptions {
            follow,
            stdout: true,
            stderr: true,
            since: since.map_or(0, |since| since.whole().seconds() as i32),
            timestamps: true,
            tail: tail.map_or_else(|| "all".into(), |lines| lines.to_string()),
            ..Default::default()
        };
        stream! {
            let container = match docker.container(&service).await {
                Ok(Some(container)) => container,
                Ok(None) => { yield Err(Error::Absent(service)); return; }
                Err(error) => { yield Err(error); return; }
            };
            let client = match docker.client() {
                Ok(client) => client.clone(),
                Err(error) => { yield Err(error); return; }
            };
            let mut pieces = Box::pin(client.logs(&container.id, Some(options)));
            while let Some(piece) = pieces.next().await {
                match piece {
                    Ok(piece) => for line in lines(&piece) { yield Ok(line) },
                    Err(error) => { yield Err(error.into()); return; }
                }
            }
        }
    }
}

fn lines(piece: &LogOutput) -> Vec<LogLine> {
    let output = if matches!(piece, LogOutput::StdErr { .. }) { Output::Stderr } else { Output::Stdout };
    let text = String::from_utf8_lossy(piece.as_ref());
    text.lines()
        .map(|line| match line.split_once(' ') {
            Some((stamp, text)) if instant(stamp).is_some() => {
                LogLine { ts: instant(stamp), output, text: text.to_owned() }
            }
            _ => LogLine {
                ts: instant(line),
                output,
                text: if instant(line).is_some() { String::new() } else { line.to_owned() },
            },
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_its_instant_and_its_text() {
        let piece = LogOutput::StdErr { message: "2026-03-02T14:05:09.250000000Z [x][WARN] a b\n".into() };
        let expected = LogLine {
            ts: Some(EpochSec::new(1_772_460_309.25)),
            output: Output::Stderr,
            text: "[x][WARN] a b".into(),
        };
        assert_eq!(lines(&piece), [expected]);
    }
}
