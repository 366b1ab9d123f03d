use crate::{Error, Note};
use reqwest::{Client, ClientBuilder, StatusCode, header::RETRY_AFTER, redirect::Policy};
use serde_json::{Value, json};
use std::{fmt, sync::Arc, time::Duration};

const DISCORD: [&str; 2] = ["discord.com", "discordapp.com"];
const DISCORD_CHARS: usize = 2000;
const BLOCK_CHARS: usize = 3000;
const LONGEST_WAIT: Duration = Duration::from_secs(60);

/// Where a webhook is, and how long it may take.
#[derive(Clone, PartialEq, Eq)]
pub struct Webhook {
    /// Its address: whoever knows it can post.
    pub url: String,
    /// For one request.
    pub timeout: Duration,
}

impl fmt::Debug for Webhook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Webhook").field("url", &masked(&self.url)).field("timeout", &self.timeout).finish()
    }
}

/// The address without its path: `https://host/***`.
pub fn masked(url: &str) -> String {
    match reqwest::Url::parse(url) {
        Ok(url) => format!("{}://{}/***", url.scheme(), url.host_str().unwrap_or("***")),
        Err(_) => "***".into(),
    }
}

/// A client for one's own health addresses: the same TLS roots as the webhook, no redirects, no idle connections.
///
/// # Errors
/// [`Error::Unusable`]: the TLS settings do not fit together.
pub fn plain_client() -> Result<Client, Error> {
    client()?.build().map_err(unusable)
}

fn client() -> Result<ClientBuilder, Error> {
    let roots = rustls::RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let tls = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| Error::Unusable(error.to_string()))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(Client::builder().tls_backend_preconfigured(tls).redirect(Policy::none()).pool_max_idle_per_host(0))
}

fn unusable(error: reqwest::Error) -> Error {
    Error::Unusable(error.without_url().to_string())
}

pub(crate) struct Poster {
    webhook: Webhook,
    client: Client,
}

impl Poster {
    pub(crate) fn new(webhook: Webhook) -> Result<Self, Error> {
        let client = client()?.timeout(webhook.timeout).build().map_err(unusable)?;
        Ok(Self { webhook, client })
    }

    pub(crate) async fn deliver(&self, note: &Note) -> Result<(), Error> {
        let body = body(&self.webhook.url, note);
        let answer = self
            .client
            .post(&self.webhook.url)
            .json(&body)
            .send()
            .await
            .map_err(|error| Error::Unreachable(error.without_url().to_string()))?;
        if answer.status().is_success() {
            return Ok(());
        }
        if answer.status() == StatusCode::TOO_MANY_REQUESTS {
            let text = answer.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok());
            let wait =
                text.and_then(|text| text.parse().ok()).filter(|sec: &f64| sec.is_finite() && *sec >= 0.0);
            let wait = wait.map_or(Duration::from_secs(1), |sec| Duration::from_secs_f64(sec.min(3600.0)));
            return Err(Error::Later(wait.min(LONGEST_WAIT)));
        }
        Err(Error::Answer(answer.status().to_string()))
    }
}

fn body(url: &str, note: &Note) -> Value {
    let whole = |limit: usize| {
        let Some(detail) = &note.detail else { return cut(&note.text, limit) };
        let room = limit.saturating_sub(note.text.chars().count() + 9);
        cut(&format!("{}\n```\n{}\n```", note.text, cut(detail, room)), limit)
    };
    let host =
        reqwest::Url::parse(url).ok().and_then(|url| url.host_str().map(str::to_owned)).unwrap_or_default();
    if DISCORD.iter().any(|discord| host == *discord || host.ends_with(&format!(".{discord}"))) {
        return json!({"content": whole(DISCORD_CHARS)});
    }
    json!({
        "text": note.text,
        "blocks": [{"type": "section", "text": {"type": "mrkdwn", "text": whole(BLOCK_CHARS)}}],
    })
}

fn cut(text: &str, chars: usize) -> String {
    text.chars().take(chars).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn note(detail: &str) -> Note {
        Note { text: "vigil is late".into(), detail: Some(detail.into()) }
    }

    #[test]
    fn discord_gets_its_shape_within_its_limit() {
        let sent = body("https://discord.com/api/webhooks/1/s3cret", &note(&"x".repeat(5000)));
        let content = sent["content"].as_str().unwrap();
        assert!(content.starts_with("vigil is late\n```\nxxx") && content.ends_with("x\n```"));
        assert_eq!(content.chars().count(), DISCORD_CHARS);
    }

    #[test]
    fn everybody_else_gets_text_and_blocks() {
        let sent = body("https://hooks.slack.com/services/s3cret", &note("last line"));
        assert_eq!(sent["text"], "vigil is late");
        assert_eq!(sent["blocks"][0]["text"]["text"], "vigil is late\n```\nlast line\n```");
        assert!(body("https://notdiscord.com/x", &note("y"))["content"].is_null());
    }

    #[test]
    fn an_address_is_shown_without_its_path() {
        assert_eq!(masked("https://discord.com/api/webhooks/1/s3cret"), "https://discord.com/***");
        let webhook = Webhook { url: "https://user:s3cret@h/s3cret".into(), timeout: Duration::from_secs(4) };
        assert!(!format!("{webhook:?}").contains("s3cret"));
    }
}
