//! What holds for any input.

use super::{SECRET, at, issuers, recorded};
use auth::{Gates, Identity, Session, Tier, Wp, cookie, identity, redirect, token};
use http::{HeaderMap, HeaderValue};
use proptest::prelude::*;
use url::Url;

const HOST: &str = "https://desk.example.org/login";

fn person() -> impl Strategy<Value = Wp> {
    let text = || "\\PC{0,40}";
    let roles = proptest::collection::vec(text(), 0..4);
    (text(), text(), text(), text(), roles, proptest::option::of(text()), any::<bool>()).prop_map(
        |(issuer, id, email, name, roles, subscription_tier, is_admin)| Wp {
            issuer,
            id,
            email,
            name,
            roles,
            subscription_tier,
            is_admin,
        },
    )
}

/// Text that is likely to be mistaken for something else: pieces of URLs in any order.
fn tricky() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("/".to_owned()),
        Just("\\".to_owned()),
        Just("//".to_owned()),
        Just(".".to_owned()),
        Just("..".to_owned()),
        Just("\t".to_owned()),
        Just("\n".to_owned()),
        Just("\r".to_owned()),
        Just("\0".to_owned()),
        Just("@".to_owned()),
        Just(":".to_owned()),
        Just("%2f".to_owned()),
        Just("%5c".to_owned()),
        Just("%09".to_owned()),
        Just("?".to_owned()),
        Just("#".to_owned()),
        Just("https:".to_owned()),
        Just("javascript:".to_owned()),
        Just("evil.example.net".to_owned()),
        Just("\u{2028}".to_owned()),
        Just("\u{ff0f}".to_owned()),
        Just("\u{85}".to_owned()),
        Just(" ".to_owned()),
        ".{0,3}",
    ];
    proptest::collection::vec(piece, 0..8).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn what_is_signed_is_verified(wp in person(), uid: Option<u64>, secret in proptest::collection::vec(any::<u8>(), 1..80)) {
        prop_assume!(!wp.id.is_empty());
        let session = Session { iat: at(0.0), exp: at(60.0), sid: "s-1".into(), uid, wp };
        let token = session.sign(&secret);
        match Session::verify(&token, &secret, at(1.0)) {
            Ok(read) => prop_assert_eq!(read, session),
            Err(refusal) => prop_assert_eq!((refusal.reason(), token.len() > 8192), ("size", true)),
        }
    }

    #[test]
    fn any_change_of_a_byte_is_noticed(index in 0_usize..1000, byte: u8) {
        let good = recorded("good");
        let mut bytes = good.clone().into_bytes();
        let index = index % bytes.len();
        bytes[index] = byte;
        let spoiled = String::from_utf8_lossy(&bytes);
        let is_accepted = token::verify(&spoiled, &issuers(), None, at(0.0)).is_ok();
        prop_assert_eq!(is_accepted, spoiled == good);
    }

    #[test]
    fn no_text_makes_a_reader_panic(text in "\\PC{0,200}", now in -1e18..1e18_f64) {
        let _refused = token::verify(&text, &issuers(), Some("desk"), at(now));
        let _refused = Session::verify(&text, SECRET, at(now));
        let _gates = Gates::parse(text.as_bytes());
        let _domain = cookie::domain_of(&text, None);
        let _tier = Tier::of(std::slice::from_ref(&text), Some(&text));
    }

    #[test]
    fn claims_of_any_shape_are_judged(claims in "\\{(\"(iss|sub|email|exp|roles|data|name)\":(\"fotw\"|1e3|null|\\[\\]|\\{\\}),?){0,5}\\}") {
        let token = super::forge(r#"{"alg":"HS256"}"#, &claims, SECRET);
        prop_assert!(token::verify(&token, &issuers(), None, at(0.0)).is_err());
    }

    #[test]
    fn nobody_is_sent_to_another_host(next in tricky()) {
        let base = Url::parse(HOST).unwrap();
        let safe = redirect::safe(&next);
        prop_assert!(safe == next || safe == "/");
        for location in [safe.to_owned(), redirect::location(&next).into_owned()] {
            let landed = base.join(&location).unwrap();
            prop_assert_eq!((landed.scheme(), landed.host_str(), landed.port()), ("https", Some("desk.example.org"), None));
            prop_assert!(landed.username().is_empty());
        }
        let location = redirect::location(&next);
        prop_assert!(location.bytes().all(|byte| byte.is_ascii_graphic()));
        let blanks_kept = safe.replace(' ', "%20");
        prop_assert_eq!(base.join(&location).unwrap(), base.join(&blanks_kept).unwrap(), "the same place");
    }

    #[test]
    fn an_identity_survives_its_headers(wp in person(), user_id: Option<u64>, sid in proptest::option::of("[!-~]{1,36}")) {
        prop_assume!(user_id.is_some() || !wp.id.is_empty());
        let tier = wp.tier();
        let Wp { issuer, id: wp_id, email, name, roles, is_admin, .. } = wp;
        let caller = Identity { user_id, wp_id, issuer, email, name, tier, roles, is_admin, sid };
        let mut headers = HeaderMap::new();
        caller.write(&mut headers);
        prop_assert!(Identity::read(&headers) == Some(caller));
        for name in ["x-user-name", "x-user-roles"] {
            prop_assert!(headers[name].as_bytes().iter().all(|byte| (b' '..=b'~').contains(byte)));
        }
    }

    #[test]
    fn only_the_very_token_is_believed(token in "[0-9a-f]{32,64}", given in "[ -~]{0,64}") {
        let mut headers = HeaderMap::new();
        headers.insert(identity::INTERNAL, HeaderValue::from_str(&given).unwrap());
        prop_assert_eq!(identity::believes(&headers, &token), given == token);
        headers.insert(identity::INTERNAL, HeaderValue::from_str(&token).unwrap());
        prop_assert!(identity::believes(&headers, &token));
    }

    #[test]
    fn any_cookie_header_is_read(header in proptest::collection::vec(any::<u8>(), 0..100)) {
        if let Some(value) = cookie::read(&header) {
            prop_assert!(!value.is_empty() && !value.contains(';'));
        }
    }

    #[test]
    fn a_domain_never_breaks_out_of_the_header(host in "\\PC{0,60}") {
        if let Some(domain) = cookie::domain_of(&host, None) {
            prop_assert!(domain.starts_with('.') && domain.matches('.').count() == 2);
            prop_assert!(domain.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-_".contains(&byte)));
        }
    }
}
