use crate::folder::Folder;
use serde_json::{Value, json};
use std::{collections::BTreeSet, fs};
use truth::{Code, Error, Severity, build, check};

/// What breaks a flawless folder, and the one finding (file, pointer, code) that it must give.
struct Case {
    name: &'static str,
    break_it: fn(&Folder),
    file: &'static str,
    pointer: &'static str,
    code: Code,
    /// Part of the message.
    says: &'static str,
}

const MASSIVE: &str = "components/massive.json";
const VIGIL: &str = "components/vigil.json";
const HEALER: &str = "components/healer.json";
const NODE: &str = "mm_node.json";
const SECRETS: &str = "secrets.json";

fn cases() -> Vec<Case> {
    let mut cases = files();
    cases.extend(components());
    cases.extend(wiring());
    cases.extend(rhythm());
    cases.extend(secrets());
    cases
}

macro_rules! case {
    ($name:literal, $folder:pat => $break_it:expr, $file:expr, $pointer:literal, $code:ident, $says:literal) => {
        Case {
            name: $name,
            break_it: |$folder| $break_it,
            file: $file,
            pointer: $pointer,
            code: Code::$code,
            says: $says,
        }
    };
}

fn files() -> Vec<Case> {
    vec![
        case!("the node file is absent", f => fs::remove_file(f.path(NODE)).unwrap(), NODE, "", Read, "no such file"),
        case!("the secrets file is absent", f => fs::remove_file(f.path(SECRETS)).unwrap(), SECRETS, "", Read, "no such"),
        case!("the secrets file is a directory", f => {
            fs::remove_file(f.path(SECRETS)).unwrap();
            fs::create_dir(f.path(SECRETS)).unwrap();
        }, SECRETS, "", Read, "is a directory (create it with ./admin setup)"),
        case!("a component file is a directory", f => {
            fs::remove_file(f.path(MASSIVE)).unwrap();
            fs::create_dir(f.path(MASSIVE)).unwrap();
        }, MASSIVE, "", Read, "is a directory"),
        case!("a file is not JSON", f => f.write(MASSIVE, "{\"id\": \"massive\",\n \"meta\" 1}"), MASSIVE, "2:9", Parse, "expected `:`"),
        case!("text follows the JSON", f => f.write(NODE, "{} {}"), NODE, "1:4", Parse, "trailing characters"),
        case!("a member comes twice", f => {
            let text = f.read(MASSIVE).to_string().replace("\"phase\":2", "\"phase\":9,\"phase\":2");
            f.write(MASSIVE, &text);
        }, MASSIVE, "/service/phase", DupKey, "twice"),
        case!("the node file has an unknown member", f => f.edit(NODE, "/nodes", json!({})), NODE, "/nodes", Schema, "unknown member \"nodes\""),
        case!("a member is missing", f => f.edit(MASSIVE, "/meta/name", Value::Null), MASSIVE, "/meta", Schema, "\"name\" is missing"),
        case!("a member has the wrong type", f => f.edit(MASSIVE, "/heartbeat/interval_sec", json!("5")), MASSIVE, "/heartbeat/interval_sec", Schema, "number"),
        case!("an interval is zero", f => f.edit(VIGIL, "/heartbeat/interval_sec", json!(0)), VIGIL, "/heartbeat/interval_sec", Schema, "minimum of 0"),
        case!("a name holds a slash", f => f.edit(NODE, "/buses/a~1b", json!({})), NODE, "/buses/a~01b", Schema, "unknown member"),
        case!("a component breaks its own schema", f => f.put("schema/components/vigil.json",
            &json!({"required": ["vigil"]})), VIGIL, "", Schema, "\"vigil\" is missing"),
        case!("a schema file is broken", f => f.write("schema/node.json", "["), "schema/node.json", "1:1", Parse, "EOF"),
        case!("a schema file is no schema", f => f.put("schema/node.json", &json!({"type": 5})), "schema/node.json", "/type", Schema, "not a JSON Schema"),
    ]
}

fn components() -> Vec<Case> {
    vec![
        case!("an id differs from its file", f => f.edit(MASSIVE, "/id", json!("massif")), MASSIVE, "/id", IdMismatch, "massive"),
        case!("two components claim one service", f => {
            f.edit(VIGIL, "/meta/service_id", json!("massive"));
            f.edit(VIGIL, "/access_points/publish_to/1", json!({"bus": "system-redis", "key": "massive:heartbeat"}));
        }, VIGIL, "/meta/service_id", IdMismatch, "component massive too"),
        case!("a listed component has no file", f => f.edit(NODE, "/components/1", json!("copilot")), NODE, "/components/1", ComponentMissing, "copilot"),
        case!("a heartbeat is set for nobody", f => f.edit(NODE, "/heartbeats", json!({"ghost": {"ttl_sec": 9}})), NODE, "/heartbeats/ghost", ComponentMissing, "ghost"),
        case!("a file is not listed", f => f.put("components/extra.json", &json!({})), "components/extra.json", "", ComponentOrphan, "extra"),
        case!("a dependency does not exist", f => f.edit(VIGIL, "/dependencies/0", json!("ghost")), VIGIL, "/dependencies/0", DepUnknown, "ghost"),
        case!("dependencies go in a circle", f => {
            f.edit(MASSIVE, "/dependencies", json!(["healer", "vigil"]));
            f.edit(MASSIVE, "/service/phase", json!(3));
        }, MASSIVE, "/dependencies/1", DepCycle, "massive -> vigil -> massive"),
        case!("a phase comes before that of a dependency", f => f.edit(VIGIL, "/service/phase", json!(1)), VIGIL, "/service/phase", PhaseOrder, "phase 1 is lower than phase 2 of its dependency massive"),
        case!("two services share a port", f => f.edit(VIGIL, "/service/port", json!(3000)), VIGIL, "/service/port", PortClash, "port 3000 is that of component massive"),
    ]
}

fn wiring() -> Vec<Case> {
    vec![
        case!("a bus does not exist", f => f.edit(MASSIVE, "/access_points/read_only", json!([{"bus": "main-redis", "key": "x"}])), MASSIVE, "/access_points/read_only/0/bus", UnknownBus, "main-redis"),
        case!("a model is on a bus that does not exist", f => f.edit(MASSIVE, "/models/produces/1", json!({"bus": "x", "key": "x"})), MASSIVE, "/models/produces/1/bus", UnknownBus, "x"),
        case!("nobody publishes what is read", f => f.edit(VIGIL, "/access_points/subscribe_to/1", json!({"bus": "intel-redis", "key": "massive:spot"})), VIGIL, "/access_points/subscribe_to/1", DanglingSub, "nobody publishes massive:spot on intel-redis"),
        case!("nobody produces what is consumed", f => f.edit(VIGIL, "/models/consumes/0", json!({"bus": "market-redis", "key": "massive:model:gex:I:SPX"})), VIGIL, "/models/consumes/0", DanglingModel, "gex"),
        case!("the heartbeat has another channel", f => f.edit(VIGIL, "/heartbeat/channel", json!("vigil:hb")), VIGIL, "/heartbeat/channel", HbChannel, "vigil:heartbeat"),
        case!("the heartbeat is not published", f => f.edit(VIGIL, "/access_points/publish_to", json!([])), VIGIL, "/access_points/publish_to", HbChannel, "vigil:heartbeat on system-redis is missing"),
        case!("healer does not watch a service", f => {
            f.edit(HEALER, "/watch", json!("listed"));
            f.edit(HEALER, "/access_points/subscribe_to/0", json!({"bus": "system-redis", "key": "vigil:heartbeat"}));
        }, MASSIVE, "/heartbeat", Unwatched, "massive:heartbeat"),
    ]
}

fn rhythm() -> Vec<Case> {
    vec![
        case!("a key dies between beats", f => f.edit(MASSIVE, "/heartbeat/ttl_sec", json!(8)), MASSIVE, "/heartbeat/ttl_sec", TtlTooShort, "ttl_sec 8 is below 2 x interval_sec 5"),
        case!("a key survives one lost beat only", f => f.edit(MASSIVE, "/heartbeat/ttl_sec", json!(14.5)), MASSIVE, "/heartbeat/ttl_sec", TtlTight, "ttl_sec 14.5 is below 3 x interval_sec 5"),
        case!("the node file shortens a life", f => f.edit(NODE, "/heartbeats", json!({"vigil": {"ttl_sec": 8}})), NODE, "/heartbeats/vigil/ttl_sec", TtlTooShort, "ttl_sec 8"),
        case!("the overlay shortens a life", f => f.put("local.json", &json!({"components": {"vigil": {"heartbeat": {"ttl_sec": 8}}}})), "local.json", "/components/vigil/heartbeat/ttl_sec", TtlTooShort, "ttl_sec 8"),
        case!("an own time-out is too short", f => f.edit(MASSIVE, "/heartbeat/timeout_sec", json!(9)), MASSIVE, "/heartbeat/timeout_sec", TimeoutTooShort, "timeout_sec 9 is below 2 x interval_sec 5"),
        case!("healer's time-out is too short", f => {
            f.edit(HEALER, "/threshold", json!({"heartbeat_cadence": 9}));
            f.edit(MASSIVE, "/heartbeat/timeout_sec", Value::Null);
        }, MASSIVE, "/heartbeat/interval_sec", TimeoutTight, "healer's timeout 9"),
        case!("the default time-out is too short", f => f.edit(VIGIL, "/heartbeat", json!({"interval_sec": 20, "ttl_sec": 60})), VIGIL, "/heartbeat/interval_sec", TimeoutTight, "healer's timeout 30"),
        case!("the overlay removes what is needed", f => f.put("local.json", &json!({"components": {"vigil": {"heartbeat": {"ttl_sec": null}}}})), "local.json", "/components/vigil/heartbeat", Schema, "\"ttl_sec\" is missing"),
    ]
}

fn secrets() -> Vec<Case> {
    vec![
        case!("a component file holds a secret", f => f.edit(MASSIVE, "/env/FEED_TOKEN", json!("a-secret-value")), MASSIVE, "/env/FEED_TOKEN", SecretInPublic, "FEED_TOKEN"),
        case!("a block holds a secret in small letters", f => f.edit(MASSIVE, "/feed", json!({"webhook_url": "a-secret-value"})), MASSIVE, "/feed/webhook_url", SecretInPublic, "webhook_url"),
        case!("the node file holds a secret", f => f.edit(NODE, "/domain", json!({"a": [{"DB_PASS": "a-secret-value"}]})), NODE, "/domain/a/0/DB_PASS", SecretInPublic, "DB_PASS"),
        case!("the overlay holds secrets", f => f.put("local.json", &json!({"secrets": {"massive": {"api_key": "a-secret-value"}}})), "local.json", "/secrets", SecretsShape, "only the secrets file"),
        case!("the node file has a section secrets", f => f.edit(NODE, "/secrets", json!({})), NODE, "/secrets", SecretsShape, "only the secrets file"),
        case!("a component has a section secrets", f => f.edit(VIGIL, "/secrets", json!({"a": {}})), VIGIL, "/secrets", SecretsShape, "only the secrets file"),
        case!("the secrets file has another section", f => f.edit(SECRETS, "/secret", json!({})), SECRETS, "/secret", SecretsShape, "unknown member"),
        case!("a secret is not text", f => f.edit(SECRETS, "/secrets/massive/pin", json!({"x": "a-secret-value"})), SECRETS, "/secrets/massive/pin", SecretsShape, "string"),
        case!("a template names no secret", f => f.edit(VIGIL, "/env", json!({"URL": "http://${secret:vigil.name}@host"})), VIGIL, "/env/URL", SecretRef, "vigil.name is not in the secrets file"),
        case!("others may read the secrets", f => f.mode(SECRETS, 0o644), SECRETS, "", SecretsMode, "mode 0644 is wider than 0600"),
    ]
}

#[test]
fn each_fault_is_found_in_its_file_at_its_pointer_and_nothing_else_is() {
    for case in cases() {
        let folder = Folder::new();
        (case.break_it)(&folder);
        let found = check(&folder.sources());
        let seen: Vec<String> = found.iter().map(ToString::to_string).collect();
        assert_eq!(found.len(), 1, "{}: {seen:#?}", case.name);
        let fault = &found[0];
        let file = folder.path(case.file).display().to_string();
        assert_eq!(
            (&fault.file, fault.pointer.as_str(), fault.code),
            (&file, case.pointer, case.code),
            "{}",
            case.name
        );
        assert!(fault.message.contains(case.says), "{}: {}", case.name, fault.message);
        assert!(!fault.to_string().contains("a-secret-value"), "{}: {fault}", case.name);
        assert_eq!(fault.severity == Severity::Warn, case.code.text().starts_with("W_"), "{}", case.name);
        match build(&folder.sources()) {
            Ok(composite) => {
                assert_eq!((composite.warnings, fault.is_error()), (found, false), "{}", case.name)
            }
            Err(Error::Invalid(faults)) => {
                assert_eq!((faults.len(), fault.is_error()), (1, true), "{}", case.name)
            }
            Err(other) => panic!("{}: {other}", case.name),
        }
    }
}

#[test]
fn every_code_has_a_case() {
    let provoked: BTreeSet<Code> = cases().into_iter().map(|case| case.code).collect();
    assert_eq!(provoked, BTreeSet::from(Code::ALL));
}

#[test]
fn a_flawless_folder_has_no_findings() {
    assert_eq!(check(&Folder::new().sources()), []);
}

#[test]
fn all_faults_of_all_files_come_sorted_and_read_like_the_contract() {
    let folder = Folder::new();
    folder.edit(VIGIL, "/dependencies/0", json!("ghost"));
    folder.edit(MASSIVE, "/heartbeat/ttl_sec", json!(8));
    folder.edit(MASSIVE, "/env/FEED_TOKEN", json!("x"));
    folder.edit(NODE, "/extra", json!(1));
    let lines: Vec<String> = check(&folder.sources()).iter().map(ToString::to_string).collect();
    let root = folder.path("");
    let own: Vec<&str> =
        lines.iter().map(|line| line.strip_prefix(&*root.display().to_string()).unwrap()).collect();
    assert_eq!(
        own[0],
        "components/massive.json:/env/FEED_TOKEN: E_SECRET_IN_PUBLIC: FEED_TOKEN holds a value; leave it empty or write ${secret:scope.field}"
    );
    assert_eq!(
        own[1],
        "components/massive.json:/heartbeat/ttl_sec: E_TTL_TOO_SHORT: ttl_sec 8 is below 2 x interval_sec 5"
    );
    assert!(own[2].starts_with("components/vigil.json:/dependencies/0: E_DEP_UNKNOWN: "));
    assert!(own[3].starts_with("mm_node.json:/extra: E_SCHEMA: "));
    assert_eq!(own.len(), 4);
}

#[test]
fn a_fault_is_written_for_machines_too() {
    let folder = Folder::new();
    folder.edit(MASSIVE, "/id", json!("x1"));
    let fault = json!(check(&folder.sources())[0]);
    assert_eq!(fault["code"], "E_ID_MISMATCH");
    assert_eq!(fault["severity"], "error");
    assert_eq!(fault["pointer"], "/id");
}

#[test]
fn strictness_makes_an_open_secrets_file_an_error() {
    let folder = Folder::new();
    folder.mode(SECRETS, 0o640);
    let mut sources = folder.sources();
    assert!(build(&sources).is_ok());
    sources.strict = true;
    assert!(matches!(build(&sources), Err(Error::Invalid(faults)) if faults[0].code == Code::SecretsMode));
    folder.put(SECRETS, &json!({"secrets": {"massive": {"api_key": ""}}}));
    assert!(build(&sources).is_ok(), "a file without values has nothing to hide");
}

#[test]
fn an_optional_secrets_file_may_be_absent_but_not_broken() {
    let folder = Folder::new();
    let mut sources = folder.sources();
    sources.secrets_required = false;
    fs::remove_file(folder.path(SECRETS)).unwrap();
    assert!(build(&sources).is_ok());
    fs::create_dir(folder.path(SECRETS)).unwrap();
    let error = build(&sources).unwrap_err();
    assert!(error.is_unreadable(), "{error}");
}
