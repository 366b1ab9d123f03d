//! Every reader of what a browser presents, open for fuzzing: any bytes in, a panic when a promise is broken. Nothing
//! else should use it.

use crate::{Identity, Issuers, Session, cookie, identity, jws, token};
use http::{HeaderMap, HeaderValue, header};
use wire::EpochSec;

/// What the corpus was signed with.
const SECRET: &[u8] = b"wordpress-secret-of-thirty-two-bytes!";
const ANOTHER: &[u8] = b"a secret that nobody has";
/// When the corpus was made.
const NOW: f64 = 1_794_473_000.0;
const SITE: &str = "https://members.example.org";
const ATTRIBUTES: [&str; 5] = ["ms_session", "SameSite", "Path", "Max-Age", "Domain"];

/// A sign-in token: what is accepted was signed, and has the form that everything behind relies on.
///
/// Where there is a line break, what precedes it is a header and what follows are claims, and both are signed here:
/// so the readers of claims are reached as well.
pub fn token(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let made = text.split_once('\n').map(|(header, claims)| jws::sign_as(header, claims.as_bytes(), SECRET));
    let presented = made.as_deref().unwrap_or(text);
    let verify = |secret: &[u8]| {
        let entry = |iss: &str| (iss.to_owned(), "fotw".to_owned(), Some(secret.to_vec()));
        token::verify(presented, &Issuers::new([entry("fotw"), entry(SITE)]), None, EpochSec::new(NOW))
    };
    assert!(verify(ANOTHER).is_err(), "another's signature");
    match verify(SECRET) {
        Ok(member) => {
            assert!((1..=64).contains(&member.id.chars().count()) && !member.name.is_empty());
            assert!(member.email.is_empty() || member.email.contains('@'));
            assert!(!member.id.chars().chain(member.email.chars()).any(char::is_control));
            assert!(member.expires.seconds() + 10.0 >= NOW);
            assert!(member.remembered_sec(EpochSec::new(NOW)) > 0);
            assert!(member.roles.iter().all(|role| !role.is_empty() && role.trim() == role));
            assert!(Session::verify(presented, SECRET, EpochSec::new(NOW)).is_err(), "a token is no session");
            assert!(
                presented.bytes().all(|byte| byte.is_ascii_graphic()) && presented.len() <= jws::MAX_BYTES
            );
            let (iat, exp) = (EpochSec::new(NOW), EpochSec::new(NOW + 60.0));
            travels(&Session { iat, exp, sid: "s-1".into(), uid: None, wp: member.into() });
        }
        Err(refusal) => assert!(matches!(refusal.status(), 400 | 401), "{refusal}"),
    }
}

/// The headers that tell a session and its host, one a line (`Cookie`, `Authorization`, `Host`), or the claims of a
/// session, signed here: what is accepted was signed, and nothing breaks out of a header.
pub fn cookie(bytes: &[u8]) {
    if bytes.starts_with(b"{") {
        let made = jws::sign_as(r#"{"alg":"HS256"}"#, bytes, SECRET);
        return session(&made);
    }
    let mut headers = HeaderMap::new();
    let lines = bytes.split(|&byte| byte == b'\n');
    for (name, line) in [header::COOKIE, header::AUTHORIZATION, header::HOST].into_iter().zip(lines) {
        if let Ok(value) = HeaderValue::from_bytes(line) {
            headers.append(name, value);
        }
    }
    if let Some(presented) = cookie::presented(&headers) {
        assert!(!presented.token.is_empty());
        session(presented.token);
    }
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let domain = cookie::domain_of(host, None);
    for line in cookie::clear(domain.as_deref(), true) {
        let is_known = |part: &str| part.split_once('=').is_none_or(|(name, _)| ATTRIBUTES.contains(&name));
        assert!(line.split("; ").all(is_known) && HeaderValue::from_str(&line).is_ok(), "{line}");
    }
}

fn session(presented: &str) {
    let now = EpochSec::new(NOW);
    assert!(Session::verify(presented, ANOTHER, now).is_err(), "another's signature");
    match Session::verify(presented, SECRET, now) {
        Ok(session) => {
            assert!(session.exp > now && !session.sid.is_empty());
            travels(&session);
        }
        Err(refusal) => assert_eq!(refusal.status(), 401),
    }
}

/// A session survives being signed, and its identity the headers between services.
fn travels(session: &Session) {
    let signed = session.sign(SECRET);
    let again = Session::verify(&signed, SECRET, EpochSec::new(NOW));
    assert!(again.is_ok_and(|again| again == *session) || signed.len() > jws::MAX_BYTES);

    let token = identity::internal_token(SECRET);
    let mut headers = HeaderMap::new();
    headers.extend(HeaderValue::from_str(&token).map(|token| (identity::INTERNAL, token)));
    let caller = Identity::from(session);
    caller.write(&mut headers);
    let is_plain = |text: &str| !text.chars().any(char::is_control);
    let identity::Said::User(read) = identity::said(&headers, &token) else {
        unreachable!("a user was taken for somebody else");
    };
    let texts = [&caller.wp_id, &caller.issuer, &caller.email];
    assert!(*read == caller || !texts.into_iter().all(|text| is_plain(text)), "as it was written");
    assert!((read.user_id, read.tier, read.is_admin) == (caller.user_id, caller.tier, caller.is_admin));
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    #[test]
    fn the_seeds_of_the_corpora_hold() {
        let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../services/sse/fuzz/corpus");
        for (folder, read) in [("token", token as fn(&[u8])), ("cookie", cookie)] {
            let mut count = 0;
            for entry in std::fs::read_dir(corpus.join(folder)).unwrap() {
                read(&std::fs::read(entry.unwrap().path()).unwrap());
                count += 1;
            }
            assert!(count > 5, "{folder}");
        }
    }
}
