use serde_json::Value;
use std::{collections::BTreeMap, fs, path::PathBuf};
use truth::{Sources, build, check};

fn root() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}

fn read(name: &str) -> Value {
    serde_json::from_slice(&fs::read(root().join(name)).unwrap()).unwrap()
}

fn shipped() -> Sources {
    Sources {
        secrets: Some(root().join("truth_secrets.example.json")),
        secrets_required: true,
        ..Sources::dir(root().join("truth"))
    }
}

#[test]
fn the_shipped_files_build_without_errors_or_warnings() {
    let faults: Vec<String> = check(&shipped()).iter().map(ToString::to_string).collect();
    assert_eq!(faults, Vec::<String>::new());
    let composite = build(&shipped()).unwrap();
    let phases: BTreeMap<String, u32> =
        composite.services().into_iter().map(|(id, service)| (id, service.phase)).collect();
    let of = |pairs: [(&str, u32); 6]| pairs.into_iter().map(|(id, phase)| (id.to_owned(), phase)).collect();
    assert_eq!(
        phases,
        of([("healer", 2), ("massive", 2), ("mesh", 5), ("sentinel", 2), ("sse", 5), ("ui", 5)])
    );
}

#[test]
fn the_shipped_rhythm_is_that_of_the_contract() {
    for (id, service) in build(&shipped()).unwrap().services() {
        let beats = service.heartbeat.unwrap();
        let fast = ["massive", "sse", "mesh"].contains(&id.as_str());
        let expected = if fast { (5.0, 15.0) } else { (10.0, 30.0) };
        assert_eq!((beats.interval_sec, beats.ttl_sec), expected, "{id}");
        assert_eq!(beats.timeout_sec.unwrap_or(30.0), 30.0, "{id}");
    }
}

#[test]
fn the_template_is_a_component() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("components")).unwrap();
    for id in read("truth/mm_node.json")["components"].as_array().unwrap() {
        let name = format!("components/{}.json", id.as_str().unwrap());
        fs::copy(root().join("truth").join(&name), folder.path().join(&name)).unwrap();
    }
    fs::copy(root().join("truth/template.json"), folder.path().join("components/template.json")).unwrap();
    let mut node = read("truth/mm_node.json");
    node["components"].as_array_mut().unwrap().push("template".into());
    fs::write(folder.path().join("mm_node.json"), node.to_string()).unwrap();
    let faults: Vec<String> = check(&Sources::dir(folder.path())).iter().map(ToString::to_string).collect();
    assert_eq!(faults, Vec::<String>::new());
}

#[test]
fn the_example_names_every_secret_and_sets_none() {
    let example = read("truth_secrets.example.json");
    let mut named = Vec::new();
    for (scope, fields) in example["secrets"].as_object().unwrap() {
        for (field, value) in fields.as_object().unwrap() {
            assert_eq!(value, "", "{scope}.{field}");
            named.push(format!("{scope}.{field}"));
        }
    }
    let mut expected: Vec<String> = [
        "massive.api_key",
        "rss_agg.openai_api_key",
        "rss_agg.user_agent",
        "content_anal.openai_api_key",
        "sse.wp_jwt_secret",
        "sse.sso_fotw_secret",
        "sse.sso_0dte_secret",
        "sse.database_url",
        "journal.mysql_password",
        "healer.webhook_url",
        "healer.smtp_user",
        "healer.smtp_pass",
        "healer.anthropic_api_key",
        "healer.openai_api_key",
        "admin.token",
        // Sentinel speaks to people itself when the healer cannot.
        "sentinel.webhook_url",
        "sentinel.smtp_user",
        "sentinel.smtp_pass",
    ]
    .map(String::from)
    .into();
    let each = |scopes: &[&str], fields: &[&str]| -> Vec<String> {
        scopes.iter().flat_map(|scope| fields.iter().map(move |field| format!("{scope}.{field}"))).collect()
    };
    expected.extend(each(&["vexy_ai", "copilot"], &["xai_api_key", "openai_api_key", "anthropic_api_key"]));
    expected
        .extend(each(&["redis"], &["system_password", "market_password", "intel_password", "echo_password"]));
    let callers = ["sse", "journal", "copilot", "vexy_ai", "vexy_proxy", "vexy_hydrator", "admin"];
    expected.extend(each(&callers, &["app_session_secret", "internal_token"]));
    expected.sort();
    named.sort();
    assert_eq!(named, expected);
}
