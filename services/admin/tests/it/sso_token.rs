use crate::operator::Operator;
use auth::token::{self, Issuers};
use serde_json::json;
use std::time::SystemTime;
use wire::{BusId, EpochSec, system::truth_doc};

const FOTW: &str = "what fotw and the gateway share.";

async fn fleet(env: &str) -> Operator {
    let operator = Operator::new().await;
    let document = json!({
        "node": {"name": "desk", "env": env},
        "components": {"sse": {"id": "sse", "env": {
            "SSO_ISSUERS": "{\"fotw\":null,\"0-dte\":\"SSO_0DTE_SECRET\"}",
            "WP_JWT_SECRET": "${secret:sse.wp_jwt_secret}",
            "SSO_0DTE_SECRET": "${secret:sse.sso_0dte_secret}",
        }}},
        "secrets": {"sse": {"wp_jwt_secret": FOTW, "sso_0dte_secret": ""}},
    });
    operator.rig.bus.set(&truth_doc(BusId::System), &document).await.unwrap();
    operator
}

const RITA: [&str; 7] = ["sso-token", "--sub", "7", "--email", "rita@example.org", "--tier", "navigator"];

#[tokio::test]
async fn a_token_is_what_the_gateway_takes() {
    let operator = fleet("dev").await;
    let printed = operator.run(&[&RITA[..], &["--roles", "subscriber, admin"]].concat()).await;
    assert_eq!(printed.code, Some(0), "{printed:?}");
    assert!(!format!("{printed:?}").contains(FOTW));
    let issuers = Issuers::new([("fotw".into(), "fotw".into(), Some(FOTW.into()))]);
    let now = EpochSec::from(SystemTime::now());
    let member = token::verify(printed.out.trim(), &issuers, None, now).unwrap();
    assert_eq!((member.id.as_str(), member.email.as_str()), ("7", "rita@example.org"));
    assert_eq!(
        (member.tier().as_str(), member.roles),
        ("navigator", vec!["subscriber".into(), "admin".into()])
    );
    assert!((member.expires.since(now) - 60.0).abs() < 10.0);
}

#[tokio::test]
async fn a_production_node_wants_to_be_sure_and_a_missing_secret_is_named() {
    let operator = fleet("production").await;
    let refused = operator.run(&RITA).await;
    assert_eq!((refused.code, refused.out.as_str()), (Some(1), ""), "{refused:?}");
    assert_eq!(operator.run(&[&RITA[..], &["--yes"]].concat()).await.code, Some(0));
    let unset = operator.run(&[&RITA[..], &["--yes", "--issuer", "0-dte"]].concat()).await;
    assert!(unset.code == Some(1) && unset.err.contains("SSO_0DTE_SECRET"), "{unset:?}");
    let unknown = operator.run(&[&RITA[..], &["--yes", "--issuer", "elsewhere"]].concat()).await;
    assert!(unknown.code == Some(2) && unknown.err.contains("0-dte, fotw"), "{unknown:?}");
}
