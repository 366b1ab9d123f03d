//! Who is calling, as one program tells another: the `X-User-*` headers and the token that makes them true.

use crate::{hex, is_same, session::Session, tier::Tier};
use http::{HeaderMap, HeaderName, HeaderValue};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode, utf8_percent_encode};
use ring::hmac;

/// `users.id`, decimal; empty when there is none.
pub const USER_ID: HeaderName = HeaderName::from_static("x-user-id");
/// Id at the issuer.
pub const WP_ID: HeaderName = HeaderName::from_static("x-user-wp-id");
/// Short name of the issuer.
pub const ISSUER: HeaderName = HeaderName::from_static("x-user-issuer");
/// Address; may be empty.
pub const EMAIL: HeaderName = HeaderName::from_static("x-user-email");
/// Percent-encoded UTF-8.
pub const NAME: HeaderName = HeaderName::from_static("x-user-name");
/// See [`Tier`].
pub const TIER: HeaderName = HeaderName::from_static("x-user-tier");
/// JSON array of texts, in ASCII.
pub const ROLES: HeaderName = HeaderName::from_static("x-user-roles");
/// `1` or `0`.
pub const ADMIN: HeaderName = HeaderName::from_static("x-user-admin");
/// What the session is revoked by; empty when there is none.
pub const SESSION_ID: HeaderName = HeaderName::from_static("x-session-id");
/// The token that only our own programs know.
pub const INTERNAL: HeaderName = HeaderName::from_static("x-internal-auth");

const DERIVATION: &[u8] = b"ms-internal-v1";
/// Everything but the unreserved characters of RFC 3986.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// A caller, as it travels between programs.
#[derive(Clone, PartialEq, Eq)]
pub struct Identity {
    /// `users.id`. `None` when there is no database to give one.
    pub user_id: Option<u64>,
    /// Id at the issuer.
    pub wp_id: String,
    /// Short name of the issuer.
    pub issuer: String,
    /// May be empty.
    pub email: String,
    /// What people are called.
    pub name: String,
    /// What the caller's tier was when the request was judged.
    pub tier: Tier,
    /// As the issuer spells them.
    pub roles: Vec<String>,
    /// Right to admin routes.
    pub is_admin: bool,
    /// What the session is revoked by. `None` in public mode.
    pub sid: Option<String>,
}

/// What the headers of a request say of its caller.
#[derive(Clone, PartialEq, Eq)]
pub enum Said {
    /// Nothing that could be believed: verify the session yourself.
    Nothing,
    /// The request claims to come from us and does not: refuse it.
    Forged,
    /// One of our programs calls for itself.
    Service,
    /// One of our programs calls for a user, whom it has verified and admitted.
    User(Box<Identity>),
}

impl Identity {
    /// Writes the headers, over whatever stood there. [`INTERNAL`] is not among them.
    pub fn write(&self, headers: &mut HeaderMap) {
        let user_id = self.user_id.map(|id| id.to_string()).unwrap_or_default();
        let name = utf8_percent_encode(&self.name, ENCODED).to_string();
        let admin = if self.is_admin { "1" } else { "0" };
        for (header, text) in [
            (USER_ID, user_id.as_str()),
            (WP_ID, &self.wp_id),
            (ISSUER, &self.issuer),
            (EMAIL, &self.email),
            (NAME, &name),
            (TIER, self.tier.as_str()),
            (ROLES, &ascii_json(&self.roles)),
            (ADMIN, admin),
            (SESSION_ID, self.sid.as_deref().unwrap_or_default()),
        ] {
            headers.insert(header, value(text));
        }
    }

    /// The caller that `headers` describe, whoever wrote them: ask [`believes`] first. `None`: they describe
    /// nobody, or are damaged.
    pub fn read(headers: &HeaderMap) -> Option<Self> {
        let user_id = match text(headers, USER_ID).unwrap_or_default() {
            "" => None,
            digits if digits.bytes().all(|byte| byte.is_ascii_digit()) => Some(digits.parse().ok()?),
            _ => return None,
        };
        let owned = |header| text(headers, header).unwrap_or_default().to_owned();
        let wp_id = owned(WP_ID);
        if user_id.is_none() && wp_id.is_empty() {
            return None;
        }
        let tier = text(headers, TIER).filter(|tier| !tier.is_empty());
        let roles = text(headers, ROLES).filter(|roles| !roles.is_empty());
        let sid = Some(owned(SESSION_ID)).filter(|sid| !sid.is_empty());
        Some(Self {
            user_id,
            wp_id,
            issuer: owned(ISSUER),
            email: owned(EMAIL),
            name: percent_decode(owned(NAME).as_bytes()).decode_utf8().ok()?.into_owned(),
            tier: tier.map_or(Some(Tier::Observer), |tier| tier.parse().ok())?,
            roles: roles.map_or(Some(Vec::new()), |roles| serde_json::from_str(roles).ok())?,
            is_admin: text(headers, ADMIN) == Some("1"),
            sid,
        })
    }
}

impl From<&Session> for Identity {
    fn from(session: &Session) -> Self {
        let wp = &session.wp;
        Self {
            user_id: session.uid,
            wp_id: wp.id.clone(),
            issuer: wp.issuer.clone(),
            email: wp.email.clone(),
            name: wp.name.clone(),
            tier: wp.tier(),
            roles: wp.roles.clone(),
            is_admin: wp.is_admin(),
            sid: Some(session.sid.clone()),
        }
    }
}

/// The value of [`INTERNAL`] where none is configured: every program derives the same from the session secret.
pub fn internal_token(session_secret: &[u8]) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, session_secret);
    hex(hmac::sign(&key, DERIVATION).as_ref())
}

/// Whether `headers` carry `token`, exactly once; compared in constant time.
pub fn believes(headers: &HeaderMap, token: &str) -> bool {
    let mut given = headers.get_all(&INTERNAL).iter();
    let (Some(only), None) = (given.next(), given.next()) else { return false };
    !token.is_empty() && is_same(only.as_bytes(), token.as_bytes())
}

/// What `headers` say of the caller to a program that knows `token`.
///
/// A user without `users.id` is still a user, never a service. Headers that are damaged although the token is
/// right count as forged.
pub fn said(headers: &HeaderMap, token: &str) -> Said {
    if !headers.contains_key(&INTERNAL) {
        return Said::Nothing;
    }
    if !believes(headers, token) {
        return Said::Forged;
    }
    let is_filled = |header| headers.get(header).is_some_and(|value: &HeaderValue| !value.is_empty());
    match Identity::read(headers) {
        Some(identity) => Said::User(Box::new(identity)),
        None if is_filled(USER_ID) || is_filled(WP_ID) => Said::Forged,
        None => Said::Service,
    }
}

/// Removes everything that only our own programs may say. Every request from outside goes through this.
pub fn strip(headers: &mut HeaderMap) {
    let is_ours = |name: &str| {
        name.starts_with("x-user-") || name.starts_with("x-internal-") || name == SESSION_ID.as_str()
    };
    let claimed: Vec<HeaderName> = headers.keys().filter(|name| is_ours(name.as_str())).cloned().collect();
    for name in claimed {
        headers.remove(name);
    }
}

fn text(headers: &HeaderMap, name: HeaderName) -> Option<&str> {
    std::str::from_utf8(headers.get(name)?.as_bytes()).ok()
}

/// `text` as a header carries it; a `?` stands for control characters, which none can hold.
fn value(text: &str) -> HeaderValue {
    HeaderValue::from_bytes(text.as_bytes()).unwrap_or_else(|_unfit| {
        let fit = text.replace(char::is_control, "?");
        HeaderValue::from_bytes(fit.as_bytes()).unwrap_or_else(|_unfit| HeaderValue::from_static(""))
    })
}

/// A JSON array whose characters beyond ASCII are escaped, as headers pass them unharmed.
fn ascii_json(texts: &[String]) -> String {
    let json = serde_json::to_string(texts).unwrap_or_default();
    let mut ascii = String::with_capacity(json.len());
    let mut units = [0_u16; 2];
    for c in json.chars() {
        if matches!(c, ' '..='~') {
            ascii.push(c);
        } else {
            let escaped = c.encode_utf16(&mut units).iter().map(|unit| format!("\\u{unit:04x}"));
            ascii.extend(escaped);
        }
    }
    ascii
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOKEN: &str = "8f844c69733d7c196fd1fb4f6d35eb21f501973e418d8927cf0a1225d80e08cf";

    fn caller() -> Identity {
        Identity {
            user_id: Some(57),
            wp_id: "3391".into(),
            issuer: "fotw".into(),
            email: "rita@example.org".into(),
            name: "Rita Müller, 100 %".into(),
            tier: Tier::Navigator,
            roles: vec!["subscriber".into(), "vögel".into(), "😀".into()],
            is_admin: false,
            sid: Some("0193f2a4".into()),
        }
    }

    fn headers(pairs: &[(HeaderName, &str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (name.clone(), HeaderValue::from_str(value).unwrap())).collect()
    }

    #[test]
    fn headers_have_the_form_of_the_contract() {
        let mut written = headers(&[(USER_ID, "1"), (INTERNAL, TOKEN)]);
        caller().write(&mut written);
        for (name, expected) in [
            (USER_ID, "57"),
            (WP_ID, "3391"),
            (ISSUER, "fotw"),
            (EMAIL, "rita@example.org"),
            (NAME, "Rita%20M%C3%BCller%2C%20100%20%25"),
            (TIER, "navigator"),
            (ROLES, r#"["subscriber","v\u00f6gel","\ud83d\ude00"]"#),
            (ADMIN, "0"),
            (SESSION_ID, "0193f2a4"),
            (INTERNAL, TOKEN),
        ] {
            assert_eq!(written.get_all(&name).iter().collect::<Vec<_>>(), [expected], "{name}");
        }
        assert!(Identity::read(&written) == Some(caller()));
        Identity { user_id: None, is_admin: true, sid: None, ..caller() }.write(&mut written);
        assert_eq!(
            (&written[USER_ID], &written[ADMIN], &written[SESSION_ID]),
            (&"".parse().unwrap(), &"1".parse().unwrap(), &"".parse().unwrap())
        );
    }

    #[test]
    fn a_control_character_cannot_break_a_header() {
        let mut written = HeaderMap::new();
        Identity { wp_id: "1\r\nX-User-Admin: 1".into(), ..caller() }.write(&mut written);
        assert_eq!(written[WP_ID], "1??X-User-Admin: 1");
        assert_eq!(written[ADMIN], "0");
    }

    #[test]
    fn who_calls_is_believed_only_with_the_token() {
        let is = |pairs: &[(HeaderName, &str)]| match said(&headers(pairs), TOKEN) {
            Said::Nothing => "nothing".to_owned(),
            Said::Forged => "forged".to_owned(),
            Said::Service => "service".to_owned(),
            Said::User(user) => format!("{:?} {} {}", user.user_id, user.tier, user.is_admin),
        };
        for (pairs, expected) in [
            (&[][..], "nothing"),
            (&[(USER_ID, "57"), (ADMIN, "1")], "nothing"),
            (&[(USER_ID, "57"), (INTERNAL, "guess")], "forged"),
            (&[(USER_ID, "57"), (INTERNAL, "")], "forged"),
            (&[(INTERNAL, TOKEN)], "service"),
            (&[(USER_ID, ""), (INTERNAL, TOKEN)], "service"),
            (&[(USER_ID, "57"), (INTERNAL, TOKEN)], "Some(57) observer false"),
            (
                &[(USER_ID, "57"), (TIER, "coaching"), (ADMIN, "1"), (INTERNAL, TOKEN)],
                "Some(57) coaching true",
            ),
            (&[(USER_ID, ""), (WP_ID, "3391"), (INTERNAL, TOKEN)], "None observer false"),
            (&[(USER_ID, "-1"), (INTERNAL, TOKEN)], "forged"),
            (&[(USER_ID, "+1"), (INTERNAL, TOKEN)], "forged"),
            (&[(USER_ID, "99999999999999999999"), (INTERNAL, TOKEN)], "forged"),
            (&[(USER_ID, "57"), (TIER, "gold"), (INTERNAL, TOKEN)], "forged"),
            (&[(USER_ID, "57"), (ROLES, "admin"), (INTERNAL, TOKEN)], "forged"),
            (&[(USER_ID, "57"), (NAME, "%ff"), (INTERNAL, TOKEN)], "forged"),
        ] {
            assert_eq!(is(pairs), expected, "{pairs:?}");
        }
        let mut twice = headers(&[(INTERNAL, TOKEN)]);
        twice.append(INTERNAL, HeaderValue::from_static("guess"));
        assert!(!believes(&twice, TOKEN));
        assert!(!believes(&headers(&[(INTERNAL, "")]), ""), "no token is no token");
    }

    #[test]
    fn what_only_we_may_say_is_removed() {
        let mut claimed = headers(&[
            (USER_ID, "1"),
            (ADMIN, "1"),
            (SESSION_ID, "x"),
            (INTERNAL, "guess"),
            (HeaderName::from_static("x-user-future"), "1"),
            (HeaderName::from_static("x-internal-future"), "1"),
            (http::header::ACCEPT, "*/*"),
            (HeaderName::from_static("x-request-id"), "r"),
        ]);
        claimed.append(USER_ID, HeaderValue::from_static("2"));
        strip(&mut claimed);
        let mut left: Vec<_> = claimed.keys().map(HeaderName::as_str).collect();
        left.sort_unstable();
        assert_eq!(left, ["accept", "x-request-id"]);
    }
}
