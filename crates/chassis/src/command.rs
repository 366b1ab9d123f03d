//! What a service understands on its command line. Images have no shell, so the health check is the binary.

use std::{process::ExitCode, time::Duration};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

const LIMIT: Duration = Duration::from_secs(2);

pub(crate) const OPS_PORT: u16 = 9100;

#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Command {
    Run,
    Healthcheck,
    Version,
    Usage,
}

impl Command {
    /// A first argument that is a mode of the program (`static`) is the program's own business.
    pub(crate) fn parse(args: &[String], modes: &[&str]) -> Self {
        let args: Vec<_> = args.iter().map(String::as_str).filter(|arg| !modes.contains(arg)).collect();
        match args.as_slice() {
            [] => Self::Run,
            ["healthcheck"] => Self::Healthcheck,
            ["--version" | "version"] => Self::Version,
            _ => Self::Usage,
        }
    }
}

/// Asks `GET path` on the own `port`; success on a 2xx answer within two seconds.
pub async fn healthcheck(port: u16, path: &str) -> ExitCode {
    match timeout(LIMIT, ask(port, path)).await {
        Ok(Ok(true)) => ExitCode::SUCCESS,
        _ => ExitCode::FAILURE,
    }
}

async fn ask(port: u16, path: &str) -> std::io::Result<bool> {
    let mut socket = TcpStream::connect(("127.0.0.1", port)).await?;
    let request = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    socket.write_all(request.as_bytes()).await?;
    let mut head = [0; 12];
    socket.read_exact(&mut head).await?;
    Ok(head.starts_with(b"HTTP/1.1 2"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_word_is_understood_and_anything_else_is_usage() {
        let parse = |args: &[&str]| {
            Command::parse(&args.iter().map(|&arg| arg.to_owned()).collect::<Vec<_>>(), &["static"])
        };
        assert_eq!(parse(&[]), Command::Run);
        assert_eq!(parse(&["static"]), Command::Run);
        assert_eq!(parse(&["static", "healthcheck"]), Command::Healthcheck);
        assert_eq!(parse(&["--version"]), Command::Version);
        assert_eq!(parse(&["serve", "now"]), Command::Usage);
    }
}
