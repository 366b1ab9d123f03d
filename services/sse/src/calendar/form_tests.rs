use super::*;
use serde_json::json;
use wire::econ::Verdict;

fn refusal<T: std::fmt::Debug>(found: Result<T, Invalid>) -> String {
    found.unwrap_err().to_string()
}

fn created(body: Value) -> Result<Indicator, Invalid> {
    Indicator::create(&body, DateTime::default())
}

#[test]
fn a_rating_decides_the_tier() {
    use Tier::{Critical, High, Low, Medium};
    let tiers: Vec<Tier> = (1..=10).map(tier).collect();
    assert_eq!(tiers, [Low, Low, Low, Low, Medium, Medium, High, High, Critical, Critical]);
}

#[test]
fn a_new_indicator_needs_key_name_and_rating() {
    let made = created(json!({"key": "ny_fed", "name": " NY Fed ", "rating": 7})).unwrap();
    assert_eq!(
        (&*made.name, made.tier, made.cadence, made.is_active),
        ("NY Fed", Tier::High, Cadence::Manual, true)
    );
    let key = "key: expected 1 to 64 lower-case letters, digits and _";
    for (body, expected) in [
        (json!({"name": "a", "rating": 1}), key),
        (json!({"key": "NFP", "name": "a", "rating": 1}), key),
        (json!({"key": "a-b", "name": "a", "rating": 1}), key),
        (json!({"key": "a", "rating": 1}), "name: expected a text of 1 to 255 characters"),
        (json!({"key": "a", "name": " ", "rating": 1}), "name: expected a text of 1 to 255 characters"),
        (json!({"key": "a", "name": "a"}), "rating: expected a whole number from 1 to 10"),
        (json!({"key": "a", "name": "a", "rating": 11}), "rating: expected a whole number from 1 to 10"),
        (json!({"key": "a", "name": "a", "rating": 2.5}), "rating: expected a whole number from 1 to 10"),
        (json!({"key": "a", "name": "a", "rating": 2, "is_active": 1}), "is_active: expected true or false"),
        (
            json!({"key": "a", "name": "a", "rating": 2, "release_time_et": "8.30"}),
            "release_time_et: expected a New York time like 08:30",
        ),
        (
            json!({"key": "a", "name": "a", "rating": 2, "aliases": ["x", ""]}),
            "aliases: expected up to 50 texts of 1 to 191 characters",
        ),
        (json!([]), "body: expected a JSON object"),
    ] {
        assert_eq!(refusal(created(body.clone())), expected, "{body}");
    }
    let unknown = refusal(created(json!({"key": "a", "name": "a", "rating": 2, "color": 1})));
    assert!(unknown.starts_with("color: expected one of key, name"), "{unknown}");
}

#[test]
fn cadence_and_rule_say_the_same() {
    let made = |more: Value| {
        let mut body = json!({"key": "a", "name": "a", "rating": 2});
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        created(body)
    };
    let weekly = json!({"type": "weekly", "weekday": 4});
    assert_eq!(made(json!({"rule_json": weekly})).unwrap().cadence, Cadence::Weekly);
    assert_eq!(made(json!({"rule_json": weekly, "cadence": "weekly"})).unwrap().rule.unwrap().json(), weekly);
    assert_eq!(made(json!({"cadence": "first_friday"})).unwrap().rule, Some(Rule::FirstFriday));
    assert_eq!(made(json!({"cadence": "manual", "rule_json": null})).unwrap().rule, None);
    let expected = "cadence: expected the type of rule_json, or manual without one";
    assert_eq!(refusal(made(json!({"rule_json": weekly, "cadence": "manual"}))), expected);
    assert_eq!(refusal(made(json!({"cadence": "weekly"}))), expected);
    let words = format!("cadence: expected {}", Cadence::EXPECTED);
    assert_eq!(refusal(made(json!({"cadence": "monthly"}))), words);

    let ruled = made(json!({"rule_json": weekly, "description": "x"})).unwrap();
    let change = |body: Value| Change::of("a", &body).and_then(|change| ruled.clone().changed(change, now()));
    assert_eq!(change(json!({"rating": 9})).unwrap().rule, ruled.rule, "what is not named stays");
    let freed = change(json!({"cadence": "manual", "description": null})).unwrap();
    assert_eq!((freed.rule, freed.cadence, freed.description), (None, Cadence::Manual, None));
    assert_eq!(refusal(change(json!({"key": "b"}))), "key: expected no other one: it is fixed");
    // What GET shows may be sent back as it is.
    let shown = serde_json::to_value(&ruled).unwrap();
    let again = change(shown).unwrap();
    assert_eq!(Indicator { updated_at: ruled.updated_at, ..again }, ruled);
}

#[test]
fn aliases_are_kept_once_each() {
    let made = created(json!({"key": "a", "name": "a", "rating": 2, "aliases": [" NFP", "nfp", "Jobs"]}));
    assert_eq!(made.unwrap().aliases, ["NFP", "Jobs"]);
}

#[test]
fn a_result_is_read_with_its_figures_as_they_were_entered() {
    let body = json!({"date": "2027-03-10", "key": "cpi", "actual": "0.4%", "expected": 0.3});
    let release = Release::parse(&body).unwrap();
    let outcome = Outcome { actual: "0.4%".into(), expected: Some("0.3".into()), status: Verdict::Beat };
    assert_eq!((release.outcome, &*release.key), (outcome, "cpi"));
    let unsaid = Release::parse(&json!({"date": "2027-03-10", "key": "cpi", "actual": 1, "expected": null}));
    assert_eq!(unsaid.unwrap().outcome.status, Verdict::Met);
    for (body, expected) in [
        (json!({"key": "cpi", "actual": 1}), "date: expected a day like 2027-03-10"),
        (json!({"date": "10.3.2027", "key": "cpi", "actual": 1}), "date: expected a day like 2027-03-10"),
        (json!({"date": "2027-13-10", "key": "cpi", "actual": 1}), "date: expected a day like 2027-03-10"),
        (
            json!({"date": "2027-03-10", "actual": 1}),
            "key: expected 1 to 64 lower-case letters, digits and _",
        ),
        (json!({"date": "2027-03-10", "key": "cpi"}), "actual: expected a figure like 0.3%, 227K or 52.1"),
        (
            json!({"date": "2027-03-10", "key": "cpi", "actual": [1]}),
            "actual: expected a figure like 0.3%, 227K or 52.1",
        ),
    ] {
        assert_eq!(refusal(Release::parse(&body)), expected, "{body}");
    }
}
