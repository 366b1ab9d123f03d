use http::{HeaderValue, StatusCode, header};
use serde::Serialize;
use serde_json::{Map, Value, json};
use std::fmt::Display;
use tracing::error;
use warp::{Rejection, Reply, reject::Reject, reply::Response};

/// What a handler refuses with: code, status, and a text for people. Nothing internal leaves through it.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{code}: {message}")]
pub struct Error {
    status: StatusCode,
    code: &'static str,
    message: String,
    retry_after_sec: Option<u64>,
    allow: Option<&'static str>,
    extra: Map<String, Value>,
}

impl Error {
    /// An error with a stable `code` (`no_data`, `bad_request` …).
    pub fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into(), retry_after_sec: None, allow: None, extra: Map::new() }
    }

    /// 400 `bad_request`.
    pub fn bad_request(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "bad_request", message)
    }

    /// 404 `not_found`.
    pub fn not_found(message: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, "not_found", message)
    }

    /// 405 `method_not_allowed`, with the methods that are (`GET, HEAD`).
    pub fn method_not_allowed(allow: &'static str) -> Self {
        let text = "This method is not allowed here.";
        let error = Self::new(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", text);
        Self { allow: Some(allow), ..error }
    }

    /// 500 `internal`: the cause goes to the log, not to the caller.
    pub fn internal(cause: impl Display) -> Self {
        error!(error = %cause, "request failed");
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", "Something went wrong on our side.")
    }

    /// The same error with a `Retry-After` header.
    #[must_use]
    pub fn retry_after(mut self, seconds: u64) -> Self {
        self.retry_after_sec = Some(seconds);
        self
    }

    /// The same error with one more field in its body.
    #[must_use]
    pub fn with_field(mut self, field: &str, value: impl Into<Value>) -> Self {
        self.extra.insert(field.into(), value.into());
        self
    }

    /// Its HTTP status.
    pub const fn status(&self) -> StatusCode {
        self.status
    }

    /// Its text for people.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// What was added to its body as `name`; `None`: nothing.
    pub fn field(&self, name: &str) -> Option<&Value> {
        self.extra.get(name)
    }

    /// Its stable code.
    pub const fn code(&self) -> &'static str {
        self.code
    }
}

impl Reject for Error {}

impl Reply for Error {
    fn into_response(self) -> Response {
        let mut body = json!({
            "success": false, "error": self.code, "message": self.message, "detail": self.message,
        });
        if let Some(object) = body.as_object_mut() {
            object.extend(self.extra);
        }
        let mut response = warp::reply::with_status(warp::reply::json(&body), self.status).into_response();
        if let Some(seconds) = self.retry_after_sec {
            response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
        }
        if let Some(allow) = self.allow {
            response.headers_mut().insert(header::ALLOW, HeaderValue::from_static(allow));
        }
        response
    }
}

/// A JSON answer.
#[derive(Debug, Clone)]
pub struct Json<T>(pub T);

impl<T: Serialize + Send> Reply for Json<T> {
    fn into_response(self) -> Response {
        warp::reply::json(&self.0).into_response()
    }
}

/// Turns what filters reject with into the one error body. Use it once, at the root.
///
/// # Errors
/// Never; the signature is warp's.
pub async fn recover(rejection: Rejection) -> Result<Error, std::convert::Infallible> {
    std::future::ready(Ok(translate(&rejection))).await
}

fn translate(rejection: &Rejection) -> Error {
    if let Some(error) = rejection.find::<Error>() {
        return error.clone();
    }
    if rejection.is_not_found() {
        return Error::not_found("There is nothing here.");
    }
    let known: [(bool, StatusCode, &'static str, &str); 5] = [
        (
            rejection.find::<warp::reject::MethodNotAllowed>().is_some(),
            StatusCode::METHOD_NOT_ALLOWED,
            "method_not_allowed",
            "This method is not allowed here.",
        ),
        (
            rejection.find::<warp::reject::PayloadTooLarge>().is_some(),
            StatusCode::PAYLOAD_TOO_LARGE,
            "too_large",
            "The body is too large.",
        ),
        (
            rejection.find::<warp::reject::UnsupportedMediaType>().is_some(),
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "unsupported_media_type",
            "Expected application/json.",
        ),
        (
            rejection.find::<warp::reject::LengthRequired>().is_some(),
            StatusCode::LENGTH_REQUIRED,
            "length_required",
            "A Content-Length is required.",
        ),
        (
            rejection.find::<warp::body::BodyDeserializeError>().is_some(),
            StatusCode::BAD_REQUEST,
            "bad_json",
            "The body is not the expected JSON.",
        ),
    ];
    known.into_iter().find(|(matches, ..)| *matches).map_or_else(
        || Error::bad_request("The request is malformed."),
        |(_, status, code, text)| Error::new(status, code, text),
    )
}
