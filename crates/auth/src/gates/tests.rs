use super::*;
use serde_json::json;

/// The example of the contract.
fn example() -> Value {
    json!({
        "mode": "tier_gated", "updated_at": "2027-02-03T10:15:00Z",
        "allowed_tiers": {"observer": false, "activator": true, "navigator": true, "coaching": true},
        "defaults": {
            "journal_access": {"type": "boolean", "label": "Journal", "value": true},
            "alert_max_active": {"type": "number", "label": "Active alerts", "value": -1},
        },
        "tiers": {"observer": {"journal_access": false, "alert_max_active": 3}, "activator": {}, "navigator": {}},
    })
}

fn gates(document: Value) -> Gates {
    Gates::read(&document).unwrap()
}

#[test]
fn a_document_survives_being_read() {
    assert_eq!(serde_json::to_value(gates(example())).unwrap(), example());
    let stranger =
        json!({"mode": "full_production", "allowed_tiers": {}, "defaults": {}, "tiers": {}, "rev": 7});
    assert_eq!(serde_json::to_value(gates(stranger.clone())).unwrap(), stranger, "a later member is kept");
    let none = json!({"mode": "full_production", "allowed_tiers": {}, "defaults": {}, "tiers": {}});
    assert_eq!(serde_json::to_value(Gates::default()).unwrap(), none);
}

#[test]
fn a_barred_tier_is_refused_and_some_never_are() {
    let everybody = |is_allowed: bool| {
        gates(json!({"allowed_tiers": {"observer": is_allowed, "activator": is_allowed,
        "navigator": is_allowed, "coaching": is_allowed}}))
    };
    let (barred, open) = (everybody(false), everybody(true));
    for tier in Tier::ALL {
        assert!(open.admits(tier, false, false));
        assert!(Gates::default().admits(tier, false, false));
        assert!(gates(json!({})).admits(tier, false, false), "an absent tier is admitted");
        assert_eq!(barred.admits(tier, false, false), tier >= Tier::Coaching, "{tier}");
        assert!(barred.admits(tier, true, false), "admins are");
        assert!(barred.admits(tier, false, true), "users of some issuers are");
    }
    assert!(gates(json!({"allowed_tiers": {"observer": null}})).admits(Tier::Observer, false, false));
    let mut production = example();
    production["mode"] = json!("full_production");
    assert!(!gates(production).admits(Tier::Observer, false, false), "the mode has no say");
}

#[test]
fn a_feature_is_what_the_tier_says_then_the_default_then_open() {
    let gated = gates(json!({
        "mode": "tier_gated",
        "defaults": {
            "journal_access": {"value": false},
            "vexy_chat_rate": {"value": 20},
            "alert_max_active": {"value": -1},
        },
        "tiers": {
            "observer": {"vexy_chat_rate": 0, "alert_max_active": 3},
            "activator": {"journal_access": true, "vexy_chat_rate": -1},
        },
    }));
    for (tier, key, expected) in [
        (Tier::Observer, "journal_access", Feature::Closed),
        (Tier::Activator, "journal_access", Feature::Open),
        (Tier::Navigator, "journal_access", Feature::Closed),
        (Tier::Coaching, "journal_access", Feature::Open),
        (Tier::Administrator, "journal_access", Feature::Open),
        (Tier::Observer, "vexy_chat_rate", Feature::Limit(0)),
        (Tier::Activator, "vexy_chat_rate", Feature::Open),
        (Tier::Navigator, "vexy_chat_rate", Feature::Limit(20)),
        (Tier::Observer, "alert_max_active", Feature::Limit(3)),
        (Tier::Navigator, "alert_max_active", Feature::Open),
        (Tier::Observer, "playbook_access", Feature::Open),
        (Tier::Observer, "no_such_feature", Feature::Open),
    ] {
        assert_eq!(gated.feature(tier, key), expected, "{tier} {key}");
    }
    let production = Gates { mode: Mode::FullProduction, ..gated };
    assert_eq!(production.feature(Tier::Observer, "journal_access"), Feature::Open);
    let silent = gates(json!({"defaults": {"journal_access": {"value": false}}}));
    assert_eq!(
        silent.feature(Tier::Observer, "journal_access"),
        Feature::Closed,
        "only full_production opens"
    );
}

#[test]
fn a_feature_tells_its_limit() {
    let told = |feature: Feature| (feature.is_open(), feature.limit());
    assert_eq!(told(Feature::Open), (true, None));
    assert_eq!(told(Feature::Closed), (false, Some(0)));
    assert_eq!(told(Feature::Limit(0)), (false, Some(0)));
    assert_eq!(told(Feature::Limit(3)), (true, Some(3)));
}

#[test]
fn a_malformed_document_says_where() {
    for (document, field) in [
        (json!([]), "document"),
        (json!(null), "document"),
        (json!({"mode": "open"}), "mode"),
        (json!({"mode": 1}), "mode"),
        (json!({"allowed_tiers": []}), "allowed_tiers"),
        (json!({"allowed_tiers": {"observer": "false"}}), "allowed_tiers.observer"),
        (json!({"allowed_tiers": {"observer": 0}}), "allowed_tiers.observer"),
        (json!({"allowed_tiers": {"Observer": false}}), "allowed_tiers.Observer"),
        (json!({"defaults": 1}), "defaults"),
        (json!({"defaults": {"journal_access": true}}), "defaults.journal_access"),
        (json!({"defaults": {"journal_access": {}}}), "defaults.journal_access.value"),
        (json!({"defaults": {"journal_access": {"value": 1}}}), "defaults.journal_access.value"),
        (
            json!({"defaults": {"journal_access": {"type": "number", "value": true}}}),
            "defaults.journal_access.type",
        ),
        (
            json!({"defaults": {"journal_access": {"label": 1, "value": true}}}),
            "defaults.journal_access.label",
        ),
        (json!({"tiers": []}), "tiers"),
        (json!({"tiers": {"coaching": {}}}), "tiers.coaching"),
        (json!({"tiers": {"observer": true}}), "tiers.observer"),
        (json!({"tiers": {"observer": {"alert_max_active": true}}}), "tiers.observer.alert_max_active"),
        (json!({"tiers": {"observer": {"alert_max_active": -2}}}), "tiers.observer.alert_max_active"),
        (json!({"tiers": {"observer": {"alert_max_active": 1.5}}}), "tiers.observer.alert_max_active"),
        (json!({"tiers": {"observer": {"alert_max_active": 1e300}}}), "tiers.observer.alert_max_active"),
        (json!({"tiers": {"observer": {"later": "text"}}}), "tiers.observer.later"),
    ] {
        let bad = Gates::read(&document).unwrap_err();
        assert_eq!(bad.field, field, "{document}");
        assert_eq!(Gates::default().merged(&document).unwrap_err().field, field, "{document}");
    }
    for text in ["", "{", "nonsense", "[]", r#"{"allowed_tiers":{"observer":false},"allowed_tiers":{}}"#] {
        assert_eq!(Gates::parse(text.as_bytes()).unwrap_err().field, "document", "{text}");
    }
    let bad = Gates::read(&json!({"tiers": {"observer": {"journal_access": 1}}})).unwrap_err();
    assert_eq!(bad.to_string(), "tiers.observer.journal_access: expected true or false");
}

#[test]
fn a_patch_is_written_over_member_by_member() {
    let patch = json!({
        "mode": "full_production",
        "updated_at": "whatever the page had",
        "allowed_tiers": {"observer": true, "coaching": false},
        "defaults": {"journal_access": {"value": false}, "vexy_chat_rate": {"value": 10}, "alert_max_active": null},
        "tiers": {"observer": {"journal_access": null, "heatmap_access": false}, "navigator": {"vexy_chat_rate": 50.0}},
    });
    let merged = gates(example()).merged(&patch).unwrap();
    let expected = json!({
        "mode": "full_production", "updated_at": "2027-02-03T10:15:00Z",
        "allowed_tiers": {"observer": true, "activator": true, "navigator": true, "coaching": true},
        "defaults": {
            "journal_access": {"type": "boolean", "label": "Journal", "value": false},
            "vexy_chat_rate": {"type": "number", "label": "Vexy chats per hour", "value": 10},
        },
        "tiers": {
            "observer": {"alert_max_active": 3, "heatmap_access": false},
            "activator": {}, "navigator": {"vexy_chat_rate": 50},
        },
    });
    assert_eq!(serde_json::to_value(&merged).unwrap(), expected);
    assert_eq!(gates(expected), merged, "what is written can be read");
    assert_eq!(
        gates(example()).merged(&example()).unwrap(),
        gates(example()),
        "the whole document is a patch"
    );
    let first = serde_json::to_value(Gates::default().merged(&json!({})).unwrap()).unwrap();
    assert_eq!(first["allowed_tiers"], json!({"coaching": true}));
}

#[test]
fn strangers_in_a_patch_are_refused_and_in_the_store_are_kept() {
    for (patch, field) in [
        (json!({"user_tier": "observer"}), "user_tier"),
        (json!({"tiers": {"observer": {"teleport": true}}}), "tiers.observer.teleport"),
        (json!({"defaults": {"teleport": {"value": true}}}), "defaults.teleport"),
        (json!({"allowed_tiers": {"gold": true}}), "allowed_tiers.gold"),
        (json!({"allowed_tiers": {"administrator": false}}), "allowed_tiers.administrator"),
        (json!({"tiers": {"gold": {}}}), "tiers.gold"),
    ] {
        assert_eq!(gates(example()).merged(&patch).unwrap_err().field, field);
    }
    let stored = gates(json!({"allowed_tiers": {"administrator": false}}));
    assert!(stored.admits(Tier::Administrator, false, false), "whatever the document says");
    let later = json!({"mode": "tier_gated", "defaults": {"teleport": {"value": 2}}, "tiers": {"observer": {"teleport": 1}}});
    assert_eq!(gates(later.clone()).feature(Tier::Observer, "teleport"), Feature::Limit(1));
    assert_eq!(gates(later).feature(Tier::Activator, "teleport"), Feature::Limit(2));
}

#[test]
fn every_known_feature_can_be_set() {
    for known in FEATURES {
        let value = match known.kind {
            Kind::Boolean => json!(false),
            Kind::Number => json!(0),
        };
        let gated = Gates { mode: Mode::TierGated, ..Gates::default() };
        let gated = gated.merged(&json!({"tiers": {"observer": {known.key: value}}})).unwrap();
        assert!(!gated.feature(Tier::Observer, known.key).is_open(), "{}", known.key);
        assert!(gated.feature(Tier::Activator, known.key).is_open(), "{}", known.key);
    }
}
