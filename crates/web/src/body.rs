//! Bodies of requests: whole, small, in time.

use crate::{Error, guard::media_type};
use bytes::Buf;
use futures_util::{Stream, StreamExt};
use http::{HeaderMap, StatusCode};
use serde::de::DeserializeOwned;
use std::{pin::pin, time::Duration};
use tokio::time::timeout;
use warp::{Filter, Rejection};

/// The most that a REST body may have.
pub const MOST_BYTES: usize = 1024 * 1024;
/// The longest that it may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// Hands the JSON body of a request to a handler. Refuses other media types (415), more than [`MOST_BYTES`] (413),
/// a body that dawdles for 30 s (408) and one that is not a `T` (400 `bad_json`).
pub fn json<T: DeserializeOwned + Send>() -> impl Filter<Extract = (T,), Error = Rejection> + Copy {
    warp::header::headers_cloned().and(warp::body::stream()).and_then(async |headers: HeaderMap, body| {
        let bytes = read(&headers, body).await?;
        serde_json::from_slice(&bytes).map_err(|error| {
            let text = format!("The body is not the expected JSON: line {}.", error.line());
            Rejection::from(Error::new(StatusCode::BAD_REQUEST, "bad_json", text))
        })
    })
}

async fn read<B: Buf>(
    headers: &HeaderMap,
    body: impl Stream<Item = Result<B, warp::Error>>,
) -> Result<Vec<u8>, Error> {
    if media_type(headers) != Some("application/json") {
        let text = "Expected application/json.";
        return Err(Error::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported_media_type", text));
    }
    let mut body = pin!(body);
    let whole = async {
        let mut bytes = Vec::new();
        while let Some(part) = body.next().await {
            let mut part = part.map_err(|_lost| Error::bad_request("The body broke off."))?;
            if bytes.len() + part.remaining() > MOST_BYTES {
                let text = "The body is too large.";
                return Err(Error::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large", text));
            }
            bytes.extend_from_slice(&part.copy_to_bytes(part.remaining()));
        }
        Ok(bytes)
    };
    timeout(PATIENCE, whole).await.unwrap_or_else(|_late| {
        Err(Error::new(StatusCode::REQUEST_TIMEOUT, "request_timeout", "The body took too long."))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::stream;
    use http::{HeaderValue, header};

    fn headers(kind: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(header::CONTENT_TYPE, HeaderValue::from_static(kind))])
    }

    async fn code(kind: &'static str, parts: Vec<&'static [u8]>) -> Result<Vec<u8>, &'static str> {
        let body = stream::iter(parts.into_iter().map(Ok::<_, warp::Error>));
        read(&headers(kind), body).await.map_err(|error| error.code())
    }

    #[tokio::test]
    async fn a_body_is_json_and_small() {
        assert_eq!(code("application/json; charset=utf-8", vec![b"[1,", b"2]"]).await.unwrap(), b"[1,2]");
        assert_eq!(code("text/plain", vec![b"{}"]).await, Err("unsupported_media_type"));
        static LARGE: [u8; MOST_BYTES] = [b' '; MOST_BYTES];
        assert!(code("application/json", vec![&LARGE]).await.is_ok());
        assert_eq!(code("application/json", vec![&LARGE, b"1"]).await, Err("too_large"));
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_that_dawdles_is_given_up() {
        let body = stream::pending::<Result<&[u8], warp::Error>>();
        let refused = read(&headers("application/json"), body).await.unwrap_err();
        assert_eq!((refused.status().as_u16(), refused.code()), (408, "request_timeout"));
    }
}
