//! The files of a built single-page application.

use crate::Error;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use std::{
    io,
    path::{Path, PathBuf},
    time::UNIX_EPOCH,
};
use warp::{Reply, reply::Response};

pub(crate) const CSP: &str = "default-src 'self'; img-src 'self' data: blob:; style-src 'self' 'unsafe-inline'; \
                   font-src 'self'; connect-src 'self' wss:; frame-ancestors 'self'; base-uri 'self'; \
                   form-action 'self'";
const PAGE: &str = "index.html";
const HASHED: &str = "assets";

/// A folder of files, its page for every path that is no file. Nothing outside the folder is ever read.
#[derive(Debug, Clone)]
pub struct Assets {
    root: PathBuf,
}

impl Assets {
    /// Serves `root`, which need not exist yet.
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
    }

    /// Answers `path` (percent-encoded, as it came).
    ///
    /// # Errors
    /// 404 for a missing hashed file, for a path that would leave the folder, and without a page.
    pub async fn answer(&self, path: &str, headers: &HeaderMap) -> Result<Response, Error> {
        let segments = segments(path).ok_or_else(nothing)?;
        let is_hashed = segments.first().is_some_and(|first| first == HASHED);
        let (file, is_page) = match self.find(&segments).await {
            Some(file) => {
                let is_page = file.ends_with(PAGE);
                (file, is_page)
            }
            None if is_hashed => return Err(nothing()),
            None => (self.find(&[PAGE.into()]).await.ok_or_else(nothing)?, true),
        };
        let cache = if is_page {
            "no-cache, no-store, must-revalidate"
        } else if is_hashed {
            "public, max-age=31536000, immutable"
        } else {
            "public, max-age=300"
        };
        send(&file, is_page, cache, headers).await.map_err(Error::internal)
    }

    /// The file at `segments`, symbolic links followed, if it lies in the folder.
    async fn find(&self, segments: &[String]) -> Option<PathBuf> {
        let root = tokio::fs::canonicalize(&self.root).await.ok()?;
        let wanted = segments.iter().fold(root.clone(), |path, segment| path.join(segment));
        let file = tokio::fs::canonicalize(wanted).await.ok()?;
        let is_inside = file.starts_with(&root);
        let is_file = tokio::fs::metadata(&file).await.is_ok_and(|found| found.is_file());
        (is_inside && is_file).then_some(file)
    }
}

fn nothing() -> Error {
    Error::not_found("There is nothing here.")
}

/// The decoded segments of `path`; `None` when one of them could lead elsewhere.
fn segments(path: &str) -> Option<Vec<String>> {
    let mut segments = Vec::new();
    for segment in path.split('/').filter(|segment| !segment.is_empty()) {
        let segment = decode(segment)?;
        let leads_away = segment == "." || segment == ".." || segment.contains(['/', '\\', '\0', ':']);
        if leads_away {
            return None;
        }
        segments.push(segment);
    }
    Some(segments)
}

/// `text` with `%xx` decoded; `None` when that is not possible or not UTF-8.
pub fn decode(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let mut digit = || rest.next().and_then(|byte| char::from(byte).to_digit(16));
        let (high, low) = (digit()?, digit()?);
        bytes.push(u8::try_from(high * 16 + low).ok()?);
    }
    String::from_utf8(bytes).ok()
}

async fn send(file: &Path, is_page: bool, cache: &'static str, asked: &HeaderMap) -> io::Result<Response> {
    let (source, encoding) = best(file, asked).await;
    let found = tokio::fs::metadata(&source).await?;
    let changed = found.modified()?.duration_since(UNIX_EPOCH).unwrap_or_default();
    let tag = format!("\"{:x}-{:x}-{}\"", found.len(), changed.as_millis(), encoding.unwrap_or("id"));
    let is_known = asked
        .get_all(header::IF_NONE_MATCH)
        .iter()
        .filter_map(|tags| tags.to_str().ok())
        .any(|tags| tags.split(',').any(|known| known.trim().trim_start_matches("W/") == tag));
    let mut response = if is_known {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        let mut response = tokio::fs::read(&source).await?.into_response();
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type(file)));
        if let Some(encoding) = encoding {
            response.headers_mut().insert(header::CONTENT_ENCODING, HeaderValue::from_static(encoding));
        }
        response
    };
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(cache));
    headers.insert(header::VARY, HeaderValue::from_static("Accept-Encoding"));
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        headers.insert(header::ETAG, tag);
    }
    if is_page {
        headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(CSP));
    }
    Ok(response)
}

/// The file itself, or its compressed sibling when the caller takes that.
async fn best(file: &Path, asked: &HeaderMap) -> (PathBuf, Option<&'static str>) {
    let accepted =
        asked.get(header::ACCEPT_ENCODING).and_then(|value| value.to_str().ok()).unwrap_or_default();
    for (encoding, extension) in [("br", "br"), ("gzip", "gz")] {
        if !takes(accepted, encoding) {
            continue;
        }
        let mut name = file.as_os_str().to_owned();
        name.push(".");
        name.push(extension);
        let sibling = PathBuf::from(name);
        // A link would not have been checked against the folder.
        if tokio::fs::symlink_metadata(&sibling).await.is_ok_and(|found| found.is_file()) {
            return (sibling, Some(encoding));
        }
    }
    (file.to_owned(), None)
}

fn takes(accepted: &str, encoding: &str) -> bool {
    accepted.split(',').any(|item| {
        let mut parts = item.split(';').map(str::trim);
        let is_named = parts.next().is_some_and(|name| name.eq_ignore_ascii_case(encoding));
        let quality =
            parts.find_map(|part| part.strip_prefix("q=")).and_then(|text| text.parse::<f32>().ok());
        is_named && quality != Some(0.0)
    })
}

fn media_type(file: &Path) -> &'static str {
    match file.extension().and_then(|extension| extension.to_str()).unwrap_or_default() {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "json" | "map" => "application/json",
        "webmanifest" => "application/manifest+json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        "webp" => "image/webp",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        "txt" => "text/plain; charset=utf-8",
        "wasm" => "application/wasm",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_segment_leads_away() {
        assert_eq!(segments("/assets/a%20b.js").unwrap(), ["assets", "a b.js"]);
        assert_eq!(segments("//").unwrap(), Vec::<String>::new());
        for path in [
            "/../etc/passwd",
            "/%2e%2e/etc/passwd",
            "/assets/..%2f..%2fetc",
            "/a/./b",
            "/%2e",
            "/a%5c..%5cb",
            "/a%00.js",
            "/%zz",
            "/%",
            "/%ff%fe",
            "/C:/x",
        ] {
            assert_eq!(segments(path), None, "{path}");
        }
    }

    #[test]
    fn an_encoding_is_used_when_it_is_named_and_not_refused() {
        assert!(takes("gzip, deflate, br", "br") && takes("GZIP;q=0.8", "gzip"));
        assert!(!takes("gzip", "br") && !takes("br;q=0, gzip", "br") && !takes("", "gzip"));
    }
}
