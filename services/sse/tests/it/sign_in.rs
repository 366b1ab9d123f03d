//! Tokens of member sites: which are taken, which are refused and how, and what a browser gets for one.

use crate::{
    client::{Answer, request, stranger},
    member::{
        FOTW, OTHER, claims, closed, cookie, cookie_of, forged, hmac, me_by, now, present, session, sign_in,
        signed, token,
    },
    setup::Gateway,
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use wire::BusId;

const BROWSER: &str = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";

/// As a browser follows a link.
async fn browse(port: u16, path: &str, headers: &[(&str, &str)]) -> Answer {
    let from = stranger();
    let own = [("Accept", BROWSER), ("X-Forwarded-For", from.as_str())];
    let headers: Vec<_> = own.into_iter().chain(headers.iter().copied()).collect();
    request(port, "GET", path, &headers).await
}

async fn refused(port: u16, case: &str, token: &str, code: &str) {
    let answer = present(port, token).await;
    assert_eq!((answer.status, answer.code().as_str()), (401, code), "{case}");
    assert_eq!(answer.cookies(), Vec::<&str>::new(), "{case}");
    let text = answer.text();
    for detail in ["signature", "alg", "claim", "expires", "example.org", "fotw"] {
        assert!(!text.contains(detail), "{case} tells which check failed: {text}");
    }
}

fn unsigned(header: Value, claims: &Value) -> String {
    let part = |json: &Value| URL_SAFE_NO_PAD.encode(json.to_string());
    format!("{}.{}.", part(&header), part(claims))
}

/// J1, J2, J3, J7, J8, J10, J11: the signature and the header.
#[tokio::test]
async fn only_the_configured_secret_and_algorithm_vouch_for_a_member() {
    let gateway = Gateway::start(closed).await;
    let port = gateway.port;
    let rita = claims("7", json!({}));
    for alg in ["none", "None", "NONE"] {
        refused(port, alg, &unsigned(json!({"alg": alg, "typ": "JWT"}), &rita), "sso_invalid").await;
    }
    refused(port, "no signature", &unsigned(json!({"alg": "HS256"}), &rita), "sso_invalid").await;
    let hs256 = json!({"alg": "HS256", "typ": "JWT"});
    refused(port, "wrong secret", &forged(&hs256, &rita, "another secret"), "sso_invalid").await;
    refused(port, "another issuer's", &forged(&hs256, &rita, OTHER), "sso_invalid").await;

    let good = signed(&rita);
    let (text, tag) = good.rsplit_once('.').unwrap();
    let mut bytes = URL_SAFE_NO_PAD.decode(tag).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    refused(port, "last byte", &format!("{text}.{}", URL_SAFE_NO_PAD.encode(bytes)), "sso_invalid").await;
    let (header, _) = text.split_once('.').unwrap();
    let other = URL_SAFE_NO_PAD.encode(claims("8", json!({})).to_string());
    refused(port, "payload", &format!("{header}.{other}.{tag}"), "sso_invalid").await;

    const PEM: &str = "-----BEGIN PUBLIC KEY-----\nMIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA\n-----END PUBLIC KEY-----\n";
    for alg in ["RS256", "PS256", "ES256", "HS384", "HS512"] {
        refused(port, alg, &forged(&json!({"alg": alg}), &rita, FOTW), "sso_invalid").await;
        refused(port, alg, &forged(&json!({"alg": alg}), &rita, PEM), "sso_invalid").await;
    }
    for (alg, algorithm) in [("HS384", ring::hmac::HMAC_SHA384), ("HS512", ring::hmac::HMAC_SHA512)] {
        let part = |json: &Value| URL_SAFE_NO_PAD.encode(json.to_string());
        let text = format!("{}.{}", part(&json!({"alg": alg})), part(&rita));
        refused(port, alg, &hmac(&text, algorithm, FOTW.as_bytes()), "sso_invalid").await;
    }
    let own_key = URL_SAFE_NO_PAD.encode("attacker");
    let jwk = json!({"alg": "HS256", "jwk": {"kty": "oct", "k": own_key}});
    refused(port, "own key", &forged(&jwk, &rita, "attacker"), "sso_invalid").await;
    let path = json!({"alg": "HS256", "kid": "../../etc/passwd"});
    refused(port, "kid", &forged(&path, &rita, ""), "sso_invalid").await;
    refused(port, "crit", &forged(&json!({"alg": "HS256", "crit": ["b64"]}), &rita, FOTW), "sso_invalid")
        .await;
    assert_eq!(present(port, &forged(&path, &rita, FOTW)).await.status, 302, "the configured key decides");
    assert_eq!(present(port, &forged(&jwk, &claims("8", json!({})), FOTW)).await.status, 302);
    gateway.program.stop().await.unwrap();
}

/// J4, J5, J6, J9, J12, J13: the claims.
#[tokio::test]
async fn a_token_holds_in_its_time_for_a_member_with_an_address() {
    let gateway = Gateway::start(closed).await;
    let port = gateway.port;
    let bad = |case: &'static str, edit: Value, code: &'static str| async move {
        refused(port, case, &signed(&claims("7", edit)), code).await;
    };
    bad("11 s ago", json!({"exp": now() - 11.0}), "sso_expired").await;
    for (case, edit) in [
        ("not before", json!({"nbf": now() + 60.0})),
        ("issued later", json!({"iat": now() + 60.0})),
        ("no end", json!({"exp": null})),
        ("end as text", json!({"exp": format!("{}", now() + 60.0)})),
        ("no issuer", json!({"iss": null})),
        ("unknown issuer", json!({"iss": "nobody"})),
        ("two issuers", json!({"iss": ["fotw"]})),
        ("no member", json!({"sub": null})),
        ("empty member", json!({"sub": ""})),
        ("no address", json!({"email": null})),
        ("empty address", json!({"email": ""})),
        ("not an address", json!({"email": "rita"})),
    ] {
        bad(case, edit, "sso_invalid").await;
    }
    let endless = claims("7", json!({"exp": 1})).to_string().replace("\"exp\":1", "\"exp\":1e400");
    let text =
        format!("{}.{}", URL_SAFE_NO_PAD.encode("{\"alg\":\"HS256\"}"), URL_SAFE_NO_PAD.encode(endless));
    refused(port, "endless", &hmac(&text, ring::hmac::HMAC_SHA256, FOTW.as_bytes()), "sso_invalid").await;
    for (sub, edit) in [
        ("41", json!({"exp": now() - 9.0})),
        ("42", json!({"nbf": now() + 9.0})),
        ("43", json!({"iat": now() + 9.0})),
        ("44", json!({"sub": 3391})),
    ] {
        assert_eq!(present(port, &signed(&claims(sub, edit))).await.status, 302, "{sub}");
    }
    for (sub, roles) in [("51", json!(null)), ("52", json!(7)), ("53", json!("subscriber, ,customer"))] {
        let edit = json!({"roles": roles, "subscription_tier": null});
        let cookie = cookie_of(&present(port, &signed(&claims(sub, edit))).await);
        assert_eq!(me_by(port, &cookie).await.json()["tier"], "observer", "{sub}");
    }
    let unset =
        present(port, &forged(&json!({"alg": "HS256"}), &claims("7", json!({"iss": "later"})), "x")).await;
    assert_eq!((unset.status, unset.code().as_str()), (503, "sso_not_configured"));
    assert!(!unset.header("retry-after").is_empty());
    gateway.program.stop().await.unwrap();
}

/// J14, J16, J17 and the missing parameter: the form.
#[tokio::test]
async fn a_token_has_one_form_and_is_no_session() {
    let gateway = Gateway::start(closed).await;
    let port = gateway.port;
    let good = token("7", "navigator");
    let (head, tag) = good.rsplit_once('.').unwrap();
    let last = tag.chars().last().unwrap();
    let alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let unused = alphabet.chars().nth(alphabet.find(last).unwrap() | 1).unwrap();
    let sloppy = format!("{head}.{}{unused}", tag.strip_suffix(last).unwrap());
    assert_ne!(sloppy, good);
    for (case, token) in [
        ("four segments", format!("{good}.x")),
        ("two segments", head.to_owned()),
        ("padding", format!("{good}=")),
        ("plus", format!("{head}.%2B%2F{}", tag.split_at(2).1)),
        ("unused bits", sloppy),
        ("nine KiB", format!("{head}.{}", "A".repeat(9 * 1024))),
        ("a session", session("7", |_| ())),
    ] {
        refused(port, case, &token, "sso_invalid").await;
    }
    for path in ["/api/auth/sso", "/api/auth/sso?sso=", "/api/auth/sso?next=/"] {
        let answer = crate::client::get(port, path).await;
        assert_eq!((answer.status, answer.code().as_str()), (400, "missing_sso"), "{path}");
    }
    let twice = crate::client::get(port, &format!("/api/auth/sso?sso={good}&sso={good}")).await;
    assert_eq!((twice.status, twice.code().as_str()), (400, "bad_request"));
    let as_cookie = me_by(port, &cookie(&good)).await;
    assert_eq!((as_cookie.status, as_cookie.code().as_str()), (401, "not_authenticated"));
    assert_eq!(present(port, &good).await.status, 302, "none of this used it up");
    gateway.program.stop().await.unwrap();
}

/// J15; and without Redis nobody can say whether a token was used.
#[tokio::test]
async fn a_token_opens_once() {
    let gateway = Gateway::start(closed).await;
    let port = gateway.port;
    let rita = token("7", "navigator");
    assert_eq!(present(port, &rita).await.status, 302);
    refused(port, "again", &rita, "sso_replayed").await;
    let Gateway { mut rig, program, .. } = gateway;
    rig.kill(BusId::System);
    let answer = present(port, &token("8", "navigator")).await;
    assert_eq!((answer.status, answer.code().as_str()), (503, "redis_unavailable"));
    assert!(!answer.header("retry-after").is_empty());
    program.stop().await.unwrap();
}

#[tokio::test]
async fn a_browser_gets_its_session_and_goes_where_it_wanted_on_this_host_only() {
    let gateway = Gateway::start(closed).await;
    let port = gateway.port;
    let answer =
        browse(port, &format!("/api/auth/sso?sso={}&next=/desk%3Fa=1", token("7", "navigator")), &[]).await;
    assert_eq!((answer.status, answer.header("location")), (302, "/desk?a=1"));
    assert_eq!(answer.header("cache-control"), "no-store");
    assert_eq!(answer.header("referrer-policy"), "no-referrer");
    let set = answer.cookies()[0];
    assert!(set.ends_with("; HttpOnly; SameSite=Lax; Path=/; Max-Age=86400"), "{set}");
    let me = me_by(port, &cookie_of(&answer)).await.json();
    assert_eq!(
        (&me["typ"], &me["uid"], &me["tier"]),
        (&json!("ms_session"), &Value::Null, &json!("navigator"))
    );
    assert_eq!((&me["wp"]["id"], &me["wp"]["name"]), (&json!("7"), &json!("7")));
    assert_eq!((&me["is_admin"], &me["public_mode"]), (&json!(false), &json!(false)));
    assert!((86_390..=86_400).contains(&me["expires_in"].as_u64().unwrap()));

    let at = [("Host", "desk.example.org"), ("X-Forwarded-Proto", "https")];
    let answer = browse(port, &format!("/api/auth/sso?sso={}", token("8", "navigator")), &at).await;
    let set = answer.cookies()[0];
    assert!(set.contains("; Domain=.example.org") && set.ends_with("; Secure"), "{set}");
    for (n, next) in
        ["//evil.example", "/%5Cevil.example", "https://evil.example", "/%0d%0aX:%20y", "evil", ""]
            .into_iter()
            .enumerate()
    {
        let token = token(&format!("9{n}"), "navigator");
        let answer = browse(port, &format!("/api/auth/sso?sso={token}&next={next}"), &[]).await;
        assert_eq!((answer.status, answer.header("location")), (302, "/"), "{next}");
        let left = browse(port, &format!("/api/auth/logout?next={next}"), &[]).await;
        assert_eq!((left.status, left.header("location")), (302, "/"), "{next}");
    }
    gateway.program.stop().await.unwrap();
}

#[tokio::test]
async fn a_browser_that_is_refused_is_sent_back_or_told_why() {
    let gateway = Gateway::start(|config| {
        closed(config);
        config.tier_redirect_url = Some("https://members.example.org/join?a=1&b=2".into());
    })
    .await;
    let port = gateway.port;
    for (token, code) in [
        ("x.y.z".to_owned(), "sso_invalid"),
        (signed(&claims("7", json!({"exp": now() - 11.0}))), "sso_expired"),
    ] {
        let answer = browse(port, &format!("/api/auth/sso?sso={token}"), &[]).await;
        let expected = format!("/login?error={code}");
        assert_eq!((answer.status, answer.header("location")), (302, expected.as_str()));
    }
    let missing = browse(port, "/api/auth/sso", &[]).await;
    assert_eq!((missing.status, missing.header("content-type")), (400, "text/html; charset=utf-8"));

    crate::gates::bar(&gateway, &["observer"]).await;
    let path = format!("/api/auth/sso?sso={}", token("7", "observer"));
    let page = browse(port, &path, &[]).await;
    assert_eq!((page.status, page.header("content-type")), (403, "text/html; charset=utf-8"));
    assert!(page.header("content-security-policy").starts_with("default-src 'self'"));
    assert!(page.cookies()[0].contains("Max-Age=0"));
    let text = page.text();
    for part in ["observer", "https://members.example.org/join?a=1&amp;b=2", "/api/auth/logout", "support"] {
        assert!(text.contains(part), "{part}");
    }
    let told = request(port, "GET", &path, &[("X-Forwarded-For", &stranger())]).await;
    assert_eq!((told.status, told.code().as_str()), (403, "tier_blocked"));
    assert_eq!(told.json()["tier"], "observer");
    // The token is not used up: after an upgrade of the gates it still opens.
    crate::gates::bar(&gateway, &[]).await;
    assert_eq!(browse(port, &path, &[]).await.status, 302);
    gateway.program.stop().await.unwrap();
}

#[tokio::test]
async fn tokens_are_tried_ten_times_a_minute_from_one_address() {
    let gateway = Gateway::start(closed).await;
    let from = stranger();
    let mut answers = Vec::new();
    for _ in 0..11 {
        let answer = request(gateway.port, "GET", "/api/auth/sso?sso=x", &[("X-Forwarded-For", &from)]).await;
        answers.push((answer.status, answer.header("retry-after").to_owned()));
    }
    assert!(answers[..10].iter().all(|(status, _)| *status == 401), "{answers:?}");
    assert_eq!(answers[10].0, 429);
    assert!(answers[10].1.parse::<u64>().unwrap() <= 7);
    gateway.program.stop().await.unwrap();
}

#[tokio::test]
async fn signing_out_ends_the_session_everywhere() {
    let gateway = Gateway::start(closed).await;
    let port = gateway.port;
    let cookie = sign_in(port, "7", "navigator").await;
    let left =
        request(port, "POST", "/api/auth/logout", &[("Cookie", &cookie), ("Content-Length", "0")]).await;
    assert_eq!((left.status, left.body.len()), (204, 0));
    let cleared = left.cookies();
    assert!(
        cleared.iter().all(|set| set.starts_with("ms_session=;") && set.contains("Max-Age=0")),
        "{cleared:?}"
    );
    let after = me_by(port, &cookie).await;
    assert_eq!((after.status, after.code().as_str()), (401, "session_revoked"));
    assert!(!after.cookies().is_empty());
    let unsigned = request(port, "POST", "/api/auth/logout", &[("Content-Length", "0")]).await;
    assert_eq!(unsigned.status, 204);
    let at = [("Host", "desk.example.org"), ("Cookie", "ms_session=x")];
    let twice = request(port, "GET", "/api/auth/logout?next=/bye", &at).await;
    assert_eq!((twice.status, twice.header("location"), twice.cookies().len()), (302, "/bye", 2));
    assert!(twice.cookies()[0].contains("Domain=.example.org") && !twice.cookies()[1].contains("Domain"));
    let otto = sign_in(port, "8", "navigator").await;
    let refused = request(port, "DELETE", "/api/auth/logout", &[("Cookie", &otto)]).await;
    assert_eq!((refused.status, refused.header("allow")), (405, "GET, HEAD, POST"));
    gateway.program.stop().await.unwrap();
}
