//! The session cookie: its attributes, its domain, and how it is found in a request.

use core::net::Ipv6Addr;
use http::{HeaderMap, header};

/// Name of the cookie.
pub const NAME: &str = "ms_session";

/// A session as a request presents it; not verified.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Presented<'a> {
    /// The session's text, for [`crate::Session::verify`].
    pub token: &'a str,
    /// Whether it is the cookie, which browsers add by themselves: then the origin of a write must be checked.
    pub is_cookie: bool,
}

/// `Set-Cookie` that keeps `value` for `max_age_sec`. `secure`: the request came over HTTPS.
pub fn set(domain: Option<&str>, is_secure: bool, max_age_sec: u64, value: &str) -> String {
    let domain = domain.map(|domain| format!("; Domain={domain}")).unwrap_or_default();
    let secure = if is_secure { "; Secure" } else { "" };
    format!("{NAME}={value}; HttpOnly; SameSite=Lax; Path=/; Max-Age={max_age_sec}{domain}{secure}")
}

/// `Set-Cookie` values that remove the cookie, with and without its domain.
pub fn clear(domain: Option<&str>, is_secure: bool) -> Vec<String> {
    let own = set(None, is_secure, 0, "");
    match domain {
        None => vec![own],
        Some(domain) => vec![set(Some(domain), is_secure, 0, ""), own],
    }
}

/// The domain of the cookie on `host` (the `Host` header, port allowed): the `configured` one when there is
/// one, else a dot and the last two labels. `None` for a host that stands for itself: `localhost`, `*.local`,
/// IP addresses, single labels, and what is no host name.
pub fn domain_of(host: &str, configured: Option<&str>) -> Option<String> {
    if let Some(configured) = configured.map(str::trim).filter(|configured| !configured.is_empty()) {
        return Some(configured.to_owned());
    }
    let host = host.trim().to_ascii_lowercase();
    if host.starts_with('[') || host.parse::<Ipv6Addr>().is_ok() {
        return None;
    }
    let name = match host.split_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        Some(_) => return None,
        None => &host,
    };
    let labels: Vec<&str> = name.strip_suffix('.').unwrap_or(name).split('.').collect();
    if !labels.iter().all(|label| is_label(label)) {
        return None;
    }
    let [.., second, last] = labels[..] else { return None };
    // A browser takes a host whose last label is a number for an IPv4 address, in whatever notation.
    let is_number = last.bytes().all(|byte| byte.is_ascii_digit()) || last.starts_with("0x");
    let is_local = matches!(last, "local" | "localhost");
    (!is_number && !is_local).then(|| format!(".{second}.{last}"))
}

fn is_label(label: &str) -> bool {
    let is_fit = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    (1..=63).contains(&label.len()) && label.bytes().all(is_fit)
}

/// The first non-empty session in a `Cookie` header, whatever bytes surround it.
pub fn read<H: AsRef<[u8]> + ?Sized>(header: &H) -> Option<&str> {
    header.as_ref().split(|&byte| byte == b';').find_map(|pair| {
        let value = pair.trim_ascii().strip_prefix(NAME.as_bytes())?.strip_prefix(b"=")?;
        std::str::from_utf8(value).ok().filter(|value| !value.is_empty())
    })
}

/// The token of an `Authorization: Bearer` header.
pub fn bearer<H: AsRef<[u8]> + ?Sized>(header: &H) -> Option<&str> {
    let (scheme, token) = std::str::from_utf8(header.as_ref()).ok()?.trim().split_once(' ')?;
    Some(token.trim()).filter(|token| scheme.eq_ignore_ascii_case("bearer") && !token.is_empty())
}

/// The session that a request presents. A bearer token wins over the cookie.
pub fn presented(headers: &HeaderMap) -> Option<Presented<'_>> {
    let by_header = headers.get_all(header::AUTHORIZATION).iter().find_map(bearer);
    let by_cookie = || headers.get_all(header::COOKIE).iter().find_map(read);
    let header = by_header.map(|token| Presented { token, is_cookie: false });
    header.or_else(|| by_cookie().map(|token| Presented { token, is_cookie: true }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cookie_has_its_attributes() {
        assert_eq!(
            set(Some(".example.org"), true, 86_400, "a.b.c"),
            "ms_session=a.b.c; HttpOnly; SameSite=Lax; Path=/; Max-Age=86400; Domain=.example.org; Secure"
        );
        assert_eq!(
            set(None, false, 60, "a.b.c"),
            "ms_session=a.b.c; HttpOnly; SameSite=Lax; Path=/; Max-Age=60"
        );
    }

    #[test]
    fn clearing_reaches_both_cookies_that_may_exist() {
        let cleared = "ms_session=; HttpOnly; SameSite=Lax; Path=/; Max-Age=0";
        assert_eq!(clear(None, false), [cleared]);
        let both = [format!("{cleared}; Domain=.example.org; Secure"), format!("{cleared}; Secure")];
        assert_eq!(clear(Some(".example.org"), true), both);
    }

    #[test]
    fn apex_and_www_share_a_domain() {
        for host in [
            "example.org",
            "www.example.org",
            "a.b.EXAMPLE.org",
            "www.example.org:8443",
            "example.org.",
            " example.org",
        ] {
            assert_eq!(domain_of(host, None).as_deref(), Some(".example.org"), "{host}");
        }
        assert_eq!(
            domain_of("desk.example.co.uk", None).as_deref(),
            Some(".co.uk"),
            "what COOKIE_DOMAIN is for"
        );
    }

    #[test]
    fn a_host_that_stands_for_itself_has_none() {
        for host in [
            "",
            "localhost",
            "localhost:3001",
            "LOCALHOST",
            "desk.localhost",
            "desk.local",
            "a.desk.LOCAL:80",
            "desk",
            "desk:80",
            "127.0.0.1",
            "127.0.0.1:3001",
            "10.1",
            "0x7f.0x1",
            "[::1]",
            "[::1]:3001",
            "::1",
            "2001:db8::1",
            "a..org",
            ".org",
            ".",
            "exa mple.org",
            "example.org; Domain=evil.net",
            "example.org:80:80",
            "example.org:x",
            "user@example.org",
            "exämple.org",
            "example.org/path",
        ] {
            assert_eq!(domain_of(host, None), None, "{host}");
        }
    }

    #[test]
    fn a_configured_domain_wins() {
        for host in ["localhost", "desk.example.co.uk", "127.0.0.1"] {
            assert_eq!(domain_of(host, Some(" .example.co.uk ")).as_deref(), Some(".example.co.uk"));
        }
        assert_eq!(domain_of("desk.example.org", Some(" ")).as_deref(), Some(".example.org"));
    }

    #[test]
    fn the_session_is_found_among_other_cookies() {
        for (header, expected) in [
            ("ms_session=a.b.c", Some("a.b.c")),
            ("theme=dark; ms_session=a.b.c; x=y", Some("a.b.c")),
            ("theme=dark;ms_session=a.b.c;x", Some("a.b.c")),
            ("ms_session=; ms_session=a.b.c", Some("a.b.c")),
            ("ms_session=first; ms_session=second", Some("first")),
            ("ms_session=a=b", Some("a=b")),
            ("ms_session", None),
            ("ms_session=", None),
            ("xms_session=a", None),
            ("ms_session2=a", None),
            ("MS_SESSION=a", None),
            ("theme=ms_session=a", None),
            ("", None),
            (";;;=;", None),
        ] {
            assert_eq!(read(header), expected, "{header}");
        }
        assert_eq!(read(&b"x=\xff\xff; ms_session=a.b.c"[..]), Some("a.b.c"));
        assert_eq!(read(&b"ms_session=\xff\xff"[..]), None);
    }

    #[test]
    fn a_bearer_token_is_what_follows_the_scheme() {
        for (header, expected) in [
            ("Bearer a.b.c", Some("a.b.c")),
            ("bearer  a.b.c ", Some("a.b.c")),
            ("Bearer", None),
            ("Bearer ", None),
            ("Basic a.b.c", None),
            ("a.b.c", None),
            ("", None),
        ] {
            assert_eq!(bearer(header), expected, "{header}");
        }
    }
}
