//! A connection for writes alone: commands are sent as they were encoded, and of the answers only the refusals are
//! kept. Tens of thousands of commands a second leave no time for a value per answer.

use redis::{Client, ConnectionAddr};
use std::{io, time::Duration};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

const CONNECT: Duration = Duration::from_secs(2);
const ANSWER: Duration = Duration::from_secs(2);
/// The answers to many commands at once.
const INBOX: usize = 64 << 10;

/// Commands in the protocol's own form, and how many answers they get.
#[derive(Debug, Default)]
pub(super) struct Commands {
    bytes: Vec<u8>,
    /// Answers.
    pub(super) count: usize,
}

/// The server's refusal of one command: its first word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Refusal {
    /// Position of the command.
    pub(super) at: usize,
    /// `WRONGTYPE`, `OOM`, `ERR`.
    pub(super) code: String,
}

/// An open connection. After an error it must not be used again.
#[derive(Debug)]
pub(super) struct Link {
    stream: TcpStream,
    inbox: Vec<u8>,
}

impl Commands {
    /// Begins a command of so many parts; exactly that many [`Commands::part`]s follow.
    pub(super) fn begin(&mut self, parts: usize) -> &mut Self {
        self.count += 1;
        self.head(b'*', parts);
        self
    }

    pub(super) fn part(&mut self, part: impl AsRef<[u8]>) -> &mut Self {
        let part = part.as_ref();
        self.head(b'$', part.len());
        self.bytes.extend_from_slice(part);
        self.bytes.extend_from_slice(b"\r\n");
        self
    }

    /// A whole command.
    pub(super) fn put(&mut self, parts: &[&[u8]]) {
        self.begin(parts.len());
        for part in parts {
            self.part(part);
        }
    }

    fn head(&mut self, kind: u8, mut number: usize) {
        let mut digits = [b'0'; 20];
        let mut first = digits.len() - 1;
        for (at, digit) in digits.iter_mut().enumerate().rev() {
            *digit = b"0123456789"[number % 10];
            (first, number) = (at, number / 10);
            if number == 0 {
                break;
            }
        }
        self.bytes.push(kind);
        self.bytes.extend_from_slice(digits.get(first..).unwrap_or_default());
        self.bytes.extend_from_slice(b"\r\n");
    }
}

impl Link {
    /// Connects, and says who it is where the URL does.
    pub(super) async fn open(client: &Client) -> io::Result<Self> {
        let info = client.get_connection_info();
        let ConnectionAddr::Tcp(host, port) = info.addr() else {
            return Err(io::Error::new(io::ErrorKind::Unsupported, "expected redis://host:port"));
        };
        let connected = timeout(CONNECT, TcpStream::connect((host.as_str(), *port))).await;
        let stream = connected.map_err(|_late| late())??;
        stream.set_nodelay(true)?;
        let mut link = Self { stream, inbox: Vec::with_capacity(INBOX) };
        let settings = info.redis_settings();
        let mut commands = Commands::default();
        match (settings.username(), settings.password()) {
            (Some(user), Some(password)) => commands.put(&[b"AUTH", user.as_bytes(), password.as_bytes()]),
            (None, Some(password)) => commands.put(&[b"AUTH", password.as_bytes()]),
            _ => {}
        }
        if settings.db() != 0 {
            commands.put(&[b"SELECT", settings.db().to_string().as_bytes()]);
        }
        match link.exchange(&commands).await?.first() {
            // The answer may repeat what was sent.
            Some(refusal) => Err(io::Error::new(io::ErrorKind::PermissionDenied, refusal.code.clone())),
            None => Ok(link),
        }
    }

    /// Sends `commands` and waits for every answer; which of them were refused.
    pub(super) async fn exchange(&mut self, commands: &Commands) -> io::Result<Vec<Refusal>> {
        timeout(ANSWER, self.stream.write_all(&commands.bytes)).await.map_err(|_late| late())??;
        let mut refusals = Vec::new();
        let mut heard = 0;
        let mut start = 0;
        while heard < commands.count {
            match answer(self.inbox.get(start..).unwrap_or_default())? {
                Some((length, code)) => {
                    refusals.extend(code.map(|code| Refusal { at: heard, code }));
                    heard += 1;
                    start += length;
                }
                None => {
                    self.inbox.drain(..start);
                    start = 0;
                    let read = timeout(ANSWER, self.stream.read_buf(&mut self.inbox)).await;
                    if read.map_err(|_late| late())?? == 0 {
                        return Err(io::ErrorKind::UnexpectedEof.into());
                    }
                }
            }
        }
        self.inbox.drain(..start);
        Ok(refusals)
    }
}

fn late() -> io::Error {
    io::Error::new(io::ErrorKind::TimedOut, "no answer in time")
}

/// The first answer in `bytes`: its length, and the code of a refusal; `None` while it is not all there.
fn answer(bytes: &[u8]) -> io::Result<Option<(usize, Option<String>)>> {
    let Some(end) = bytes.windows(2).position(|pair| pair == b"\r\n") else { return Ok(None) };
    let (kind, text) = bytes.get(..end).and_then(<[u8]>::split_first).ok_or(io::ErrorKind::InvalidData)?;
    let after = end + 2;
    match kind {
        b'+' | b':' => Ok(Some((after, None))),
        b'-' => {
            let code = text.split(|byte| *byte == b' ').next().unwrap_or_default();
            Ok(Some((after, Some(String::from_utf8_lossy(code).into_owned()))))
        }
        b'$' => {
            let length = std::str::from_utf8(text).ok().and_then(|text| text.parse::<i64>().ok());
            let length = length.ok_or(io::ErrorKind::InvalidData)?;
            // Minus one says that there is none.
            let whole = usize::try_from(length).map_or(after, |length| after + length + 2);
            Ok((bytes.len() >= whole).then_some((whole, None)))
        }
        _ => Err(io::ErrorKind::InvalidData.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_written_as_the_protocol_wants_them() {
        let mut commands = Commands::default();
        commands.put(&[b"SET", b"a", b"0123456789"]);
        commands.begin(1).part("PING");
        assert_eq!(commands.count, 2);
        let expected = "*3\r\n$3\r\nSET\r\n$1\r\na\r\n$10\r\n0123456789\r\n*1\r\n$4\r\nPING\r\n";
        assert_eq!(String::from_utf8(commands.bytes).unwrap(), expected);
    }

    #[test]
    fn an_answer_is_taken_when_it_is_all_there() {
        let read = |text: &str| answer(text.as_bytes()).ok().flatten();
        assert_eq!(read("+OK\r\n:7\r\n"), Some((5, None)));
        assert_eq!(read("$3\r\n1-0\r\n+OK\r\n"), Some((9, None)));
        assert_eq!(read("$-1\r\n"), Some((5, None)));
        assert_eq!(read("-WRONGTYPE Operation\r\n"), Some((22, Some("WRONGTYPE".into()))));
        for part in ["", "+OK", "+OK\r", "$3\r\n1-0", "$3\r\n1-0\r"] {
            assert_eq!(answer(part.as_bytes()).unwrap(), None, "{part}");
        }
        for broken in ["\r\n", "?\r\n", "$x\r\n"] {
            assert!(answer(broken.as_bytes()).is_err(), "{broken}");
        }
    }
}
