use crate::{Pace, Smtp, Tls, Webhook};
use std::time::Duration;

const WEBHOOK_TIMEOUT_SEC: f64 = 4.0;
const SUBMISSION: u16 = 587;
const SUBMISSION_TLS: u16 = 465;

/// Where notes go. Without any target they go nowhere.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Targets {
    /// A webhook: Discord's or Slack's shape, by its host.
    pub webhook: Option<Webhook>,
    /// E-mail.
    pub smtp: Option<Smtp>,
    /// How often a sink is tried.
    pub pace: Pace,
}

/// A setting that cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wrong {
    /// Its name.
    pub key: &'static str,
    /// What would be right.
    pub expected: &'static str,
}

impl Targets {
    /// Reads `WEBHOOK_URL`, `WEBHOOK_TIMEOUT_SEC` (4), `SMTP_HOST`, `SMTP_PORT` (587), `SMTP_USER`, `SMTP_PASS`,
    /// `SMTP_FROM`, `SMTP_TO` (a comma list) and `SMTP_TLS` through `setting`, which gives `None` for what is unset.
    /// Without URL and host there is no target.
    ///
    /// # Errors
    /// The first setting that cannot be used, or is missing beside another.
    pub fn read(setting: impl Fn(&str) -> Option<String>) -> Result<Self, Wrong> {
        let webhook = match setting("WEBHOOK_URL") {
            Some(url) => Some(Webhook { url, timeout: timeout(&setting)? }),
            None => None,
        };
        let smtp = match setting("SMTP_HOST") {
            Some(host) => Some(smtp(host, &setting)?),
            None => None,
        };
        Ok(Self { webhook, smtp, pace: Pace::default() })
    }
}

fn timeout(setting: &impl Fn(&str) -> Option<String>) -> Result<Duration, Wrong> {
    let seconds = setting("WEBHOOK_TIMEOUT_SEC").map_or(Ok(WEBHOOK_TIMEOUT_SEC), |text| text.parse());
    seconds
        .ok()
        .filter(|seconds| *seconds > 0.0)
        .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok())
        .ok_or(Wrong { key: "WEBHOOK_TIMEOUT_SEC", expected: "seconds, more than 0" })
}

fn smtp(host: String, setting: &impl Fn(&str) -> Option<String>) -> Result<Smtp, Wrong> {
    let wrong = |key, expected| Wrong { key, expected };
    let port = setting("SMTP_PORT").map_or(Ok(SUBMISSION), |text| text.parse());
    let port = port.map_err(|_text| wrong("SMTP_PORT", "a port"))?;
    let tls = match setting("SMTP_TLS").as_deref() {
        None if port == SUBMISSION_TLS => Tls::Implicit,
        None | Some("starttls") => Tls::StartTls,
        Some("implicit") => Tls::Implicit,
        Some("none") => Tls::None,
        Some(_) => return Err(wrong("SMTP_TLS", "starttls, implicit or none")),
    };
    let list = setting("SMTP_TO").unwrap_or_default();
    let to: Vec<String> =
        list.split(',').map(str::trim).filter(|address| !address.is_empty()).map(str::to_owned).collect();
    if to.is_empty() {
        return Err(wrong("SMTP_TO", "one address or more where SMTP_HOST is set"));
    }
    let user = setting("SMTP_USER");
    let from = setting("SMTP_FROM").or_else(|| user.clone());
    let from = from.ok_or_else(|| wrong("SMTP_FROM", "an address where SMTP_HOST is set"))?;
    Ok(Smtp { host, port, tls, user, pass: setting("SMTP_PASS"), from, to })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(settings: &[(&str, &str)]) -> Result<Targets, Wrong> {
        Targets::read(|key| {
            settings.iter().find(|(name, _)| *name == key).map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn nothing_set_is_nobody_told() {
        assert_eq!(read(&[]), Ok(Targets::default()));
    }

    #[test]
    fn mail_needs_a_sender_and_receivers() {
        let complete =
            [("SMTP_HOST", "mail"), ("SMTP_PORT", "465"), ("SMTP_FROM", "a@b.c"), ("SMTP_TO", "d@e.f,g@h.i")];
        let smtp = read(&complete).unwrap().smtp.unwrap();
        assert_eq!((smtp.tls, smtp.to.len()), (Tls::Implicit, 2));
        assert_eq!(read(&complete[..3]).unwrap_err().key, "SMTP_TO");
        assert_eq!(read(&[("SMTP_HOST", "mail"), ("SMTP_TO", "d@e.f")]).unwrap_err().key, "SMTP_FROM");
    }
}
