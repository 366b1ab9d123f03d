//! The negative cases of the contract, J1 to J16, and what is accepted.

use super::{NOW, SECRET, SITE, at, changed, claims, forge, issuers, recorded, signed};
use auth::{Gates, Member, Refusal, Tier, token};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};

fn verify(token: &str) -> Result<Member, Refusal> {
    token::verify(token, &issuers(), None, at(0.0))
}

/// `(code, reason)` of the refusal.
fn refused(token: &str) -> (&'static str, &'static str) {
    let refusal = verify(token).unwrap_err();
    assert_eq!(refusal.status(), if refusal.code() == "missing_sso" { 400 } else { 401 });
    (refusal.code(), refusal.reason())
}

#[track_caller]
fn invalid(token: &str, reason: &str) {
    assert_eq!(refused(token), ("sso_invalid", reason), "{token}");
}

#[test]
fn a_token_of_another_implementation_is_accepted() {
    let member = verify(&recorded("good")).unwrap();
    let expected = Member {
        issuer: "fotw".into(),
        id: "3391".into(),
        email: "rita@example.org".into(),
        name: "Rita".into(),
        roles: vec!["subscriber".into(), "fotw_activator".into()],
        subscription_tier: Some("Navigator Membership".into()),
        is_admin: false,
        expires: at(60.0),
    };
    assert_eq!(member, expected);
    assert_eq!(member.tier(), Tier::Navigator);
    assert_eq!(verify(&recorded("nested")).unwrap(), expected, "the plugin's form says the same");
}

#[test]
fn no_token_is_a_bad_request() {
    assert_eq!(refused(""), ("missing_sso", "empty"));
}

#[test]
fn j1_no_algorithm() {
    for alg in ["none", "None", "NONE", "nOnE"] {
        let whole = forge(&format!(r#"{{"alg":"{alg}"}}"#), &claims().to_string(), SECRET);
        let (unsigned, _) = whole.rsplit_once('.').unwrap();
        invalid(&whole, "alg");
        invalid(&format!("{unsigned}."), "alg");
    }
    let whole = signed(&claims());
    let (unsigned, _) = whole.rsplit_once('.').unwrap();
    invalid(&format!("{unsigned}."), "signature");
}

#[test]
fn j2_the_wrong_secret() {
    let header = r#"{"alg":"HS256","typ":"JWT"}"#;
    for secret in [&b"wrong"[..], b"", &SECRET[1..], b"Wordpress-secret-of-thirty-two-bytes!"] {
        invalid(&forge(header, &claims().to_string(), secret), "signature");
    }
}

#[test]
fn j3_one_character_changed() {
    let good = recorded("good");
    for (index, byte) in good.bytes().enumerate() {
        let other = if byte == b'A' { 'B' } else { 'A' };
        let mut spoiled = good.clone();
        spoiled.replace_range(index..=index, other.encode_utf8(&mut [0; 4]));
        assert_eq!(refused(&spoiled).0, "sso_invalid", "character {index}");
    }
}

#[test]
fn j4_an_end_with_ten_seconds_of_leeway() {
    let ends = |ago: f64| verify(&signed(&changed(json!({"exp": NOW - ago}))));
    assert_eq!(refused(&signed(&changed(json!({"exp": NOW - 11.0})))), ("sso_expired", "expired"));
    assert!(ends(9.0).is_ok() && ends(10.0).is_ok());
    assert_eq!(ends(10.5).unwrap_err().code(), "sso_expired");
}

#[test]
fn j5_a_beginning_with_ten_seconds_of_leeway() {
    for claim in ["nbf", "iat"] {
        let begins = |ahead: f64| signed(&changed(json!({claim: NOW + ahead})));
        invalid(&begins(60.0), claim);
        invalid(&begins(10.5), claim);
        assert!(verify(&begins(9.0)).is_ok() && verify(&begins(10.0)).is_ok());
        assert!(verify(&signed(&changed(json!({claim: "absent"})))).is_ok());
        for wrong in [json!("1"), json!(true), json!([NOW]), json!({})] {
            invalid(&signed(&changed(json!({claim: wrong}))), claim);
        }
    }
}

#[test]
fn j6_an_end_that_is_no_number() {
    for wrong in
        [json!("absent"), json!(null), json!((NOW + 60.0).to_string()), json!(true), json!([NOW + 60.0])]
    {
        invalid(&signed(&changed(json!({"exp": wrong}))), "exp");
    }
    let huge = claims().to_string().replace("1794473060.0", "1e400");
    assert!(huge.contains("1e400"));
    invalid(&forge(r#"{"alg":"HS256"}"#, &huge, SECRET), "payload");
    invalid(&forge(r#"{"alg":"HS256"}"#, &huge.replace("1e400", "-1e400"), SECRET), "payload");
    invalid(&forge(r#"{"alg":"HS256"}"#, &huge.replace("1e400", "NaN"), SECRET), "payload");
}

#[test]
fn j7_asymmetric_algorithms() {
    for name in ["rs256", "ps256", "es256", "rs256_header_hmac_by_public_pem"] {
        invalid(&recorded(name), "alg");
    }
    invalid(&recorded("hs256_by_public_pem"), "signature");
}

#[test]
fn j8_longer_hashes() {
    invalid(&recorded("hs384"), "alg");
    invalid(&recorded("hs512"), "alg");
}

#[test]
fn j9_an_issuer_that_is_not_known() {
    for iss in
        [json!("absent"), json!("nobody"), json!(["fotw"]), json!(null), json!(1), json!(""), json!("FOTW")]
    {
        invalid(&signed(&changed(json!({"iss": iss}))), "iss");
    }
}

#[test]
fn j10_the_secret_of_another_issuer() {
    let refusal = verify(&signed(&changed(json!({"iss": "0-dte"})))).unwrap_err();
    assert_eq!(
        (refusal.code(), refusal.reason(), refusal.issuer()),
        ("sso_invalid", "signature", Some("0-dte"))
    );
}

#[test]
fn an_issuer_without_a_secret_is_not_configured() {
    for iss in ["bare", "empty"] {
        for token in [
            signed(&changed(json!({"iss": iss}))),
            forge(r#"{"alg":"HS256"}"#, &changed(json!({"iss": iss})).to_string(), b""),
        ] {
            let refusal = verify(&token).unwrap_err();
            assert_eq!((refusal.code(), refusal.status()), ("sso_not_configured", 503));
        }
    }
}

#[test]
fn j11_a_header_that_brings_its_own_key() {
    invalid(&recorded("jwk_of_attacker"), "signature");
    invalid(&recorded("kid_empty_secret"), "signature");
    invalid(&recorded("crit"), "crit");
    assert!(verify(&recorded("jwk_but_ours")).is_ok() && verify(&recorded("kid_but_ours")).is_ok());
}

#[test]
fn j12_roles_that_say_nothing_make_an_observer() {
    let barred = Gates::parse(br#"{"allowed_tiers":{"observer":false}}"#).unwrap();
    for roles in
        [json!("absent"), json!(null), json!(7), json!({"0": "admin"}), json!(["coaching", 7]), json!([])]
    {
        let token = signed(&changed(json!({"roles": roles, "subscription_tier": "absent"})));
        let member = verify(&token).unwrap();
        assert_eq!((member.roles.len(), member.tier(), member.is_admin), (0, Tier::Observer, false));
        assert!(!barred.admits(member.tier(), member.is_admin, false));
        assert!(Gates::default().admits(member.tier(), member.is_admin, false));
    }
}

#[test]
fn j13_nobody_in_particular() {
    let long = "x".repeat(65);
    for sub in [
        json!("absent"),
        json!(null),
        json!(""),
        json!(" "),
        json!(1.5),
        json!(["1"]),
        json!(long),
        json!("1\n2"),
    ] {
        invalid(&signed(&changed(json!({"sub": sub}))), "sub");
    }
    let long = format!("{}@example.org", "x".repeat(250));
    for email in
        [json!("absent"), json!(null), json!(""), json!("rita"), json!(7), json!(long), json!("a@b\r\nX: y")]
    {
        invalid(&signed(&changed(json!({"email": email}))), "email");
    }
}

#[test]
fn j14_another_form() {
    let good = recorded("good");
    let parts: Vec<&str> = good.split('.').collect();
    invalid(&format!("{good}.{}", parts[2]), "segments");
    invalid(&format!("{good}."), "segments");
    invalid(&parts[..2].join("."), "segments");
    invalid(&format!("{good}="), "base64url");
    invalid(&format!("{}==.{}.{}", parts[0], parts[1], parts[2]), "base64url");
    invalid(&format!("{good}\n"), "base64url");

    // 32 bytes are 42 characters and four bits of the 43rd: two bits of it must be zero.
    let alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let mut twin = good.clone();
    let last = twin.pop().and_then(|last| alphabet.find(last)).unwrap();
    assert_eq!(last % 4, 0);
    for unused in 1..4 {
        twin.extend(alphabet.chars().nth(last + unused));
        invalid(&twin, "base64url");
        twin.pop();
    }

    // A token whose segments do hold `-` or `_`, in the standard alphabet instead.
    let url = (0..200)
        .map(|number| signed(&changed(json!({"sub": number, "name": "\u{3ff}\u{ff}?>~"}))))
        .find(|token| token.contains('-') && token.contains('_'))
        .unwrap();
    assert!(verify(&url).is_ok());
    invalid(&url.replace('-', "+"), "base64url");
    invalid(&url.replace('_', "/"), "base64url");

    let padded = signed(&changed(json!({"padding": "x".repeat(9 * 1024)})));
    invalid(&padded, "size");
    let fits = signed(&changed(json!({"padding": "x".repeat(5 * 1024)})));
    assert!(fits.len() > 7 * 1024 && verify(&fits).is_ok());
}

#[test]
fn j15_a_used_token_is_remembered_as_long_as_it_is_good() {
    let member = verify(&recorded("good")).unwrap();
    let remembered = member.remembered_sec(at(0.0));
    assert!((70..=72).contains(&remembered), "{remembered}");
    assert!(token::verify(&recorded("good"), &issuers(), None, at(70.0)).is_ok());
    assert!(token::verify(&recorded("good"), &issuers(), None, at(remembered as f64)).is_err());
    assert_eq!(member.remembered_sec(at(1000.0)), 1, "never zero, which Redis refuses");
    let endless = verify(&signed(&changed(json!({"exp": 1e308})))).unwrap();
    assert_eq!(endless.remembered_sec(at(0.0)), 3_155_760_000);
    assert_eq!(auth::digest(recorded("good").as_bytes()).len(), 64);
}

#[test]
fn j16_a_session_is_no_token() {
    let session = recorded("session");
    invalid(&session, "iss");
    let one_secret = Value::from_iter(
        serde_json::from_slice::<serde_json::Map<_, _>>(
            &URL_SAFE_NO_PAD.decode(session.split('.').nth(1).unwrap()).unwrap(),
        )
        .unwrap(),
    );
    invalid(&signed(&one_secret), "iss");
}

#[test]
fn duplicate_members_are_refused_wherever_they_stand() {
    let header = r#"{"alg":"HS256"}"#;
    let twice = claims().to_string().replacen('{', r#"{"sub":"1","#, 1);
    invalid(&forge(header, &twice, SECRET), "payload");
    invalid(&forge(r#"{"alg":"none","alg":"HS256"}"#, &claims().to_string(), SECRET), "header");
}

#[test]
fn an_audience_counts_only_when_one_is_set() {
    let judge = |aud: Value, audience: Option<&str>| {
        token::verify(&signed(&changed(json!({"aud": aud}))), &issuers(), audience, at(0.0))
            .map_err(|r| r.reason())
    };
    for aud in [json!("absent"), json!("elsewhere"), json!(["x"]), json!(7)] {
        assert!(judge(aud.clone(), None).is_ok() && judge(aud.clone(), Some("")).is_ok());
        assert_eq!(judge(aud, Some("desk")).unwrap_err(), "aud");
    }
    assert!(judge(json!("desk"), Some("desk")).is_ok() && judge(json!(["x", "desk"]), Some("desk")).is_ok());
}

#[test]
fn optional_claims_have_their_defaults() {
    let with = |changes: Value| verify(&signed(&changed(changes))).unwrap();
    assert_eq!(with(json!({"sub": 3391})).id, "3391");
    for nameless in [json!("absent"), json!(null), json!(""), json!("  ")] {
        assert_eq!(with(json!({"name": nameless})).name, "rita");
    }
    assert_eq!(with(json!({"name": "absent", "email": "@example.org"})).name, "3391");
    assert_eq!(with(json!({"roles": " a, ,b ,"})).roles, ["a", "b"]);
    assert_eq!(with(json!({"roles": [" a ", "", "b"]})).roles, ["a", "b"]);
    for bought in [json!("absent"), json!(null), json!(7), json!(""), json!(["navigator"])] {
        assert_eq!(with(json!({"subscription_tier": bought})).subscription_tier, None);
    }
    for (claim, expected) in
        [(json!(true), true), (json!("true"), false), (json!(1), false), (json!(null), false)]
    {
        assert_eq!(with(json!({"is_admin": claim})).is_admin, expected);
    }
    assert!(with(json!({"roles": ["Administrator"]})).is_admin);
    let long = "ü".repeat(255);
    assert_eq!(with(json!({"name": long})).name, long, "characters, not bytes");
    for wrong in [json!("x".repeat(256)), json!(7), json!(["Rita"])] {
        invalid(&signed(&changed(json!({"name": wrong}))), "name");
    }
}

#[test]
fn the_nested_form_is_for_sites_and_only_without_sub() {
    let nested = |iss: &str, user: Value| {
        signed(&json!({"iss": iss, "iat": NOW, "exp": NOW + 60.0, "data": {"user": user}}))
    };
    let bare = verify(&nested(SITE, json!({"id": "12"}))).unwrap();
    assert_eq!(
        (bare.issuer.as_str(), bare.id.as_str(), bare.email.as_str(), bare.name.as_str()),
        ("fotw", "12", "", "12")
    );
    assert_eq!(bare.tier(), Tier::Observer);
    invalid(&nested("fotw", json!({"id": "12"})), "sub");
    invalid(&nested(SITE, json!({})), "sub");
    invalid(&nested(SITE, json!({"id": ""})), "sub");
    invalid(&nested(SITE, json!({"id": 12, "email": "nonsense"})), "email");
    invalid(&nested("https://members.example.net", json!({"id": 12})), "iss");
    let both = json!({"iss": SITE, "sub": null, "exp": NOW + 60.0, "data": {"user": {"id": 1}}});
    invalid(&signed(&both), "sub");
}

#[test]
fn an_issued_token_is_a_token() {
    let claims = token::Claims {
        iss: "fotw".into(),
        sub: "7".into(),
        email: "op@example.org".into(),
        name: None,
        roles: vec!["navigator".into()],
        subscription_tier: None,
        is_admin: true,
        iat: at(0.0),
        exp: at(60.0),
    };
    let member = verify(&token::issue(&claims, SECRET)).unwrap();
    assert_eq!((member.name.as_str(), member.tier(), member.is_admin), ("op", Tier::Navigator, true));
    assert_eq!(refused(&token::issue(&claims, b"another")), ("sso_invalid", "signature"));
}
