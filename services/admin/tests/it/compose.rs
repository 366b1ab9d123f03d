use crate::{
    engine::{Engine, Unit},
    operator::Operator,
};
use serde_json::{Value, json};
use std::{fs, os::unix::fs::PermissionsExt, process::Stdio};
use tokio::io::AsyncWriteExt;
use wire::system::Status;

/// A `docker` that writes down its arguments; `network` is what inspecting the network prints.
fn pretend_docker(operator: &Operator, network: &str) {
    let record = operator.path("docker.log").display().to_string();
    let config = r#"{"services":{
        "system-redis":{"labels":{"io.marketswarm.phase":"1"}},
        "healer":{"labels":{"io.marketswarm.phase":"2"}},"vigil":{"labels":{"io.marketswarm.phase":"3"}}}}"#;
    operator.pretend(
        "docker",
        &format!(
            r#"echo "$*" >>'{record}'
case "$*" in
  "compose version --short") echo 2.26.1 ;;
  "compose config --format json") echo '{config}' ;;
  "network inspect "*) {network} ;;
  "compose --profile * down"*) echo "on its stdout" ;;
esac"#
        ),
    );
}

fn asked(operator: &Operator) -> Vec<String> {
    let record = fs::read_to_string(operator.path("docker.log")).unwrap_or_default();
    record.lines().filter(|line| !line.contains("version")).map(str::to_owned).collect()
}

async fn desk(network: &str) -> Operator {
    let mut operator = Operator::with_truth().await;
    let socket = operator.path("docker.sock");
    Engine::start(&socket, vec![Unit::running("vigil", 3)], |_| String::new());
    operator.set("DOCKER_HOST", format!("unix://{}", socket.display()));
    for name in [
        "MS_PORT_SYSTEM_REDIS",
        "MS_PORT_MARKET_REDIS",
        "MS_PORT_INTEL_REDIS",
        "MS_PORT_ECHO_REDIS",
        "MS_PORT_MYSQL",
        "MS_PORT_SSE",
        "MS_PORT_UI",
        "MS_HTTP_PORT",
        "MS_HTTPS_PORT",
    ] {
        operator.set(name, testkit::free_port().to_string());
    }
    pretend_docker(&operator, network);
    operator
}

#[tokio::test]
async fn up_removes_an_empty_network_that_compose_had_not_made() {
    let operator = desk("echo '|0'").await;
    let up = operator.run(&["up", "vigil", "--build", "--json"]).await;
    assert_eq!(up.code, Some(0), "{up:?}");
    assert!(up.err.contains("removed the empty network marketswarm-bus"), "{up:?}");
    assert_eq!(asked(&operator)[1..], ["network rm marketswarm-bus", "compose up -d --build vigil"]);
    assert!(up.json().as_array().unwrap().iter().all(|step| step["status"] == "ok"));
}

#[tokio::test]
async fn up_leaves_its_own_network_and_refuses_one_in_use() {
    let own = desk("echo 'marketswarm|3'").await;
    assert_eq!(own.run(&["up"]).await.code, Some(0));
    assert_eq!(asked(&own)[1..], ["compose up -d"]);

    let used = desk("echo '|2'").await;
    let refused = used.run(&["up"]).await;
    assert_eq!(refused.code, Some(1), "{refused:?}");
    assert!(
        refused.err.contains("marketswarm-bus") && refused.err.contains("2 containers use it"),
        "{refused:?}"
    );
    assert_eq!(asked(&used).len(), 1, "nothing was changed");
}

#[tokio::test]
async fn a_phased_start_waits_for_the_beats_of_each_phase() {
    let operator = desk("exit 1").await;
    operator.beat("healer", Status::Running, 60).await;

    let stuck = operator.run(&["up", "--phased", "--wait", "0"]).await;
    assert_eq!(stuck.code, Some(1), "{stuck:?}");
    assert!(stuck.err.contains("phase 3: nothing from vigil"), "{stuck:?}");
    let started: Vec<_> = asked(&operator).into_iter().filter(|line| line.contains(" up ")).collect();
    assert_eq!(started, ["compose up -d system-redis", "compose up -d healer", "compose up -d vigil"]);

    operator.beat("vigil", Status::Running, 60).await;
    assert_eq!(operator.run(&["up", "--phased"]).await.code, Some(0));
}

#[tokio::test]
async fn up_says_what_is_missing_before_it_starts_anything() {
    let operator = desk("exit 1").await;
    operator.pretend("docker", r#"case "$*" in *version*) echo 1.29.2 ;; *) exit 1 ;; esac"#);
    let refused = operator.run(&["up"]).await;
    assert_eq!(refused.code, Some(1));
    assert!(refused.err.contains("Compose 1 is not supported"), "{refused:?}");
}

#[tokio::test]
async fn data_is_removed_only_when_the_operator_says_so() {
    let mut operator = desk("exit 1").await;
    let down = operator.run(&["down"]).await;
    assert_eq!((down.code, down.out.trim()), (Some(0), "marketswarm is down"), "{down:?}");
    assert!(down.err.contains("on its stdout"), "what Compose prints is not data: {down:?}");

    assert_eq!(operator.run(&["down", "--volumes"]).await.code, Some(1));
    assert_eq!(asked(&operator), ["compose --profile * down --remove-orphans"]);

    let mut agreed = operator.command(&["down", "--volumes"]);
    let mut agreed =
        agreed.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    agreed.stdin.take().unwrap().write_all(b"yes\n").await.unwrap();
    assert!(agreed.wait().await.unwrap().success());
    assert_eq!(asked(&operator)[1], "compose --profile * down --remove-orphans --volumes");

    operator.set("MS_COMPOSE", "docker --context desk compose");
    operator.run(&["down"]).await;
    assert_eq!(asked(&operator)[2], "--context desk compose --profile * down --remove-orphans");
}

#[tokio::test]
async fn setup_makes_what_is_missing_and_keeps_what_is_there() {
    let operator = desk("exit 1").await;
    let example = json!({"secrets": {"sse": {"app_session_secret": "", "wp_jwt_secret": ""},
                                     "journal": {"app_session_secret": ""}, "massive": {"api_key": ""}}});
    operator.write("truth_secrets.example.json", &example.to_string());
    operator.write(".env", "MS_TAG=v7\n");

    let first = operator.run(&["setup", "--json"]).await;
    assert_eq!(first.code, Some(0), "{first:?}");
    let read = |name: &str| fs::read_to_string(operator.path(name)).unwrap();
    let mode = fs::metadata(operator.path("truth_secrets.json")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let secrets: Value = serde_json::from_str(&read("truth_secrets.json")).unwrap();
    let generated = secrets["secrets"]["sse"]["app_session_secret"].as_str().unwrap();
    assert!(generated.len() >= 32 && secrets["secrets"]["journal"]["app_session_secret"] == generated);
    assert_eq!(secrets["secrets"]["massive"]["api_key"], "");
    assert!(!format!("{first:?}").contains(generated));
    assert!(read(".env").starts_with("MS_TAG=v7\n") && read(".env").contains("TRUTH_SECRETS_FILE="));
    assert!(read(".env.admin").contains("COMPOSE_PROJECT_NAME=marketswarm"));

    operator.run(&["setup"]).await;
    assert_eq!(read("truth_secrets.json"), format!("{secrets:#}\n"), "nothing was overwritten");
    operator.run(&["setup", "--force"]).await;
    assert_ne!(read("truth_secrets.json"), format!("{secrets:#}\n"));
    assert_eq!(operator.run(&["load-truth", "--strict"]).await.code, Some(0));
}

#[tokio::test]
async fn setup_names_a_port_that_somebody_else_has() {
    let mut operator = desk("exit 1").await;
    operator.write("truth_secrets.example.json", r#"{"secrets": {}}"#);
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    operator.set("MS_PORT_MYSQL", port.to_string());
    let setup = operator.run(&["setup"]).await;
    assert_eq!(setup.code, Some(1), "{setup:?}");
    assert!(setup.out.contains(&format!("{port} (")) && setup.out.contains("MS_PORT_MYSQL"), "{setup:?}");
}
