//! Answers and refusals in the vendor's envelope.

use super::Request;
use serde::Serialize;
use serde_json::{Value, json};
use uuid::Uuid;

pub(crate) type Result<T> = std::result::Result<T, Refusal>;

/// Why a request gets no data.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Refusal {
    NoKey,
    UnknownKey,
    NotFound,
    BadParameter(&'static str),
    /// With `Retry-After` in seconds.
    TooMany(Option<u64>),
    /// Status made by a fault; HTML or the vendor's body.
    Made {
        code: u16,
        html: bool,
        retry_after: Option<u64>,
    },
}

/// What is sent.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Answer {
    /// HTTP status.
    pub status: u16,
    /// `application/json`, or `text/html`.
    pub is_json: bool,
    /// Body before compression.
    pub body: Vec<u8>,
    /// Seconds.
    pub retry_after: Option<u64>,
}

pub(crate) const TOO_MANY: &str =
    "You've exceeded the maximum requests per minute, please wait or upgrade your subscription to continue.";

impl Answer {
    /// 200 with this body.
    pub(crate) fn ok(body: &impl Serialize) -> Self {
        // Our own types have text keys and finite numbers: they always serialise.
        let body = serde_json::to_vec(body).unwrap_or_default();
        Self { status: 200, is_json: true, body, retry_after: None }
    }

    /// The refusal as the vendor words it.
    pub(crate) fn refuse(refusal: Refusal) -> Self {
        let error = |text: &str| json!({"status": "ERROR", "request_id": request_id(), "error": text});
        let (status, body, retry_after) = match refusal {
            Refusal::NoKey => (401, error("API Key was not provided"), None),
            Refusal::UnknownKey => (401, error("Unknown API Key"), None),
            Refusal::NotFound => (404, not_found(), None),
            Refusal::BadParameter(name) => (400, error(&format!("Invalid value for parameter {name}")), None),
            Refusal::TooMany(after) => (429, error(TOO_MANY), after),
            Refusal::Made { code, html: true, retry_after } => return Self::html(code, retry_after),
            Refusal::Made { code, retry_after, .. } => (code, made(code), retry_after),
        };
        Self { status, retry_after, ..Self::ok(&body) }
    }

    /// A page that no JSON decoder reads.
    pub(crate) fn html(status: u16, retry_after: Option<u64>) -> Self {
        let title = http::StatusCode::from_u16(status).ok().and_then(|code| code.canonical_reason());
        let title = format!("{status} {}", title.unwrap_or("Error"));
        let body = format!("<html><head><title>{title}</title></head><body>{title}</body></html>");
        Self { status, is_json: false, body: body.into_bytes(), retry_after }
    }
}

fn made(code: u16) -> Value {
    match code {
        403 => json!({"status": "NOT_AUTHORIZED", "request_id": request_id(),
            "message": "You are not entitled to this data. Please upgrade your plan."}),
        404 => not_found(),
        429 => json!({"status": "ERROR", "request_id": request_id(), "error": TOO_MANY}),
        _ => json!({"status": "ERROR", "request_id": request_id(), "error": "Internal error"}),
    }
}

fn not_found() -> Value {
    json!({"status": "NOT_FOUND", "request_id": request_id(), "message": "Data not found."})
}

/// 32 hex digits.
pub(crate) fn request_id() -> String {
    Uuid::new_v4().simple().to_string()
}

/// A list with a link to its continuation.
#[derive(Debug, Serialize)]
pub(crate) struct Page<T> {
    pub(crate) results: Vec<T>,
    status: &'static str,
    request_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_url: Option<String>,
}

impl<T> Page<T> {
    /// The same page of other items.
    pub(crate) fn map<U>(self, item: impl FnMut(T) -> U) -> Page<U> {
        let Self { results, status, request_id, next_url } = self;
        Page { results: results.into_iter().map(item).collect(), status, request_id, next_url }
    }

    /// The same page of those items that there are.
    pub(crate) fn filter_map<U>(self, item: impl FnMut(T) -> Option<U>) -> Page<U> {
        let Self { results, status, request_id, next_url } = self;
        Page { results: results.into_iter().filter_map(item).collect(), status, request_id, next_url }
    }

    /// The same page as it is written: items that point into these.
    pub(crate) fn show<'a, U>(&'a self, item: impl FnMut(&'a T) -> U) -> Page<U> {
        let Self { results, status, request_id, next_url } = self;
        let results = results.iter().map(item).collect();
        Page { results, status, request_id: request_id.clone(), next_url: next_url.clone() }
    }

    /// The part of `all` that the request's mark and `limit` name.
    pub(crate) fn cut(request: &Request, all: Vec<T>, limit: usize) -> Self {
        let offset = usize::try_from(request.mark.unwrap_or(0)).unwrap_or(0);
        let more = all.len() > offset + limit;
        let results = all.into_iter().skip(offset).take(limit).collect();
        let next = more.then(|| request.next_url(i64::try_from(offset + limit).unwrap_or(i64::MAX)));
        Self { results, status: "OK", request_id: request_id(), next_url: next }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusals_are_worded_as_recorded() {
        for (refusal, recorded) in [
            (Refusal::NoKey, include_str!("../../tests/fixtures/401_no_key.json")),
            (Refusal::UnknownKey, include_str!("../../tests/fixtures/401_bad_key.json")),
            (Refusal::BadParameter("limit"), include_str!("../../tests/fixtures/400_bad_param.json")),
            (Refusal::NotFound, include_str!("../../tests/fixtures/404_not_found.json")),
            (Refusal::TooMany(None), include_str!("../../tests/fixtures/429_rate.json")),
            (
                Refusal::Made { code: 403, html: false, retry_after: None },
                include_str!("../../tests/fixtures/403_not_entitled.json"),
            ),
        ] {
            let recorded: Value = serde_json::from_str(recorded).unwrap();
            let answer = Answer::refuse(refusal);
            let mut body: Value = serde_json::from_slice(&answer.body).unwrap();
            let id = body["request_id"].take();
            assert!(id.as_str().is_some_and(|id| id.len() == 32), "{body}");
            body["request_id"] = recorded["body"]["request_id"].clone();
            assert_eq!(
                (Value::from(answer.status), &body),
                (recorded["http_status"].clone(), &recorded["body"])
            );
        }
    }
}
