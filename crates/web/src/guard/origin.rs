//! Whether a write comes from a page of another site.

use super::Knock;
use http::{HeaderValue, Method, header};

/// Whether `knock` writes, or opens a WebSocket, which browsers let every page do, and says that a page did it which is
/// neither of this host nor known.
pub(super) fn is_foreign(knock: &Knock<'_>, is_known: impl Fn(&HeaderValue) -> bool) -> bool {
    let is_write = matches!(*knock.method, Method::POST | Method::PUT | Method::PATCH | Method::DELETE)
        || knock.headers.contains_key(header::SEC_WEBSOCKET_KEY);
    let Some(origin) = knock.headers.get(header::ORIGIN).filter(|_| is_write) else { return false };
    let host = knock.headers.get(header::HOST).and_then(|host| host.to_str().ok());
    let is_own = origin.to_str().is_ok_and(|origin| {
        host.is_some_and(|host| same(origin, if knock.is_secure { "https" } else { "http" }, host))
    });
    !is_own && !is_known(origin)
}

/// Whether `origin` is `scheme://host`, usual ports left out or not.
fn same(origin: &str, scheme: &str, host: &str) -> bool {
    let Some((named, authority)) = origin.split_once("://") else { return false };
    let port = if scheme == "https" { ":443" } else { ":80" };
    let plain = |text: &str| text.strip_suffix(port).unwrap_or(text).to_ascii_lowercase();
    named.eq_ignore_ascii_case(scheme) && plain(authority) == plain(host)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_scheme_host_and_port() {
        assert!(same("https://App.example.org", "https", "app.example.org:443"));
        assert!(same("http://localhost:3001", "http", "localhost:3001"));
        assert!(!same("http://localhost:3001", "http", "localhost"));
        assert!(!same("http://app.example.org", "https", "app.example.org"));
        assert!(!same("app.example.org", "https", "app.example.org"));
        assert!(!same("https://app.example.org.evil.net", "https", "app.example.org"));
    }
}
