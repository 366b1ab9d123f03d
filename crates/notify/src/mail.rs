use crate::{Error, Note};
use lettre::{
    AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor,
    message::{Mailbox, header::ContentType},
    transport::smtp::authentication::Credentials,
};
use std::{fmt, time::Duration};

const LIMIT: Duration = Duration::from_secs(15);
const SUBJECT_CHARS: usize = 200;

/// Where mail is handed in, by whom and for whom.
#[derive(Clone, PartialEq, Eq)]
pub struct Smtp {
    /// Server.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the connection is protected.
    pub tls: Tls,
    /// Account; `None`: none is needed.
    pub user: Option<String>,
    /// Its password.
    pub pass: Option<String>,
    /// Sender.
    pub from: String,
    /// Receivers.
    pub to: Vec<String>,
}

/// How a connection to the mail server is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Tls {
    /// Begins in the clear, then STARTTLS (port 587).
    #[default]
    StartTls,
    /// From the first byte (port 465).
    Implicit,
    /// Not at all: for tests.
    None,
}

impl fmt::Debug for Smtp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Smtp")
            .field("host", &self.host)
            .field("port", &self.port)
            .field("tls", &self.tls)
            .finish_non_exhaustive()
    }
}

pub(crate) struct Mailer {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
    to: Vec<Mailbox>,
}

impl Mailer {
    pub(crate) fn new(smtp: &Smtp) -> Result<Self, Error> {
        let unusable = |what: &str| Error::Unusable(format!("{what}: expected an e-mail address"));
        let from = smtp.from.parse().map_err(|_address| unusable("SMTP_FROM"))?;
        let to: Vec<Mailbox> = smtp
            .to
            .iter()
            .map(|address| address.parse().map_err(|_address| unusable("SMTP_TO")))
            .collect::<Result<_, _>>()?;
        let builder = match smtp.tls {
            Tls::None => Ok(AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(&smtp.host)),
            Tls::StartTls => AsyncSmtpTransport::<Tokio1Executor>::starttls_relay(&smtp.host),
            Tls::Implicit => AsyncSmtpTransport::<Tokio1Executor>::relay(&smtp.host),
        };
        let mut builder = builder.map_err(|error| Error::Unusable(error.to_string()))?;
        if let (Some(user), Some(pass)) = (&smtp.user, &smtp.pass) {
            builder = builder.credentials(Credentials::new(user.clone(), pass.clone()));
        }
        Ok(Self { transport: builder.port(smtp.port).timeout(Some(LIMIT)).build(), from, to })
    }

    pub(crate) async fn deliver(&self, note: &Note) -> Result<(), Error> {
        let line: String = note.text.lines().next().unwrap_or_default().chars().take(SUBJECT_CHARS).collect();
        let body = match &note.detail {
            Some(detail) => format!("{}\n\n{detail}\n", note.text),
            None => format!("{}\n", note.text),
        };
        let mut message = Message::builder().from(self.from.clone()).subject(format!("[healer] {line}"));
        for to in &self.to {
            message = message.to(to.clone());
        }
        let message = message
            .header(ContentType::TEXT_PLAIN)
            .body(body)
            .map_err(|error| Error::Unusable(error.to_string()))?;
        match self.transport.send(message).await {
            Ok(_accepted) => Ok(()),
            Err(error) if error.is_permanent() || error.is_transient() => {
                Err(Error::Answer(error.status().map_or_else(|| "an error".into(), |code| code.to_string())))
            }
            Err(error) => Err(Error::Unreachable(error.to_string())),
        }
    }
}
