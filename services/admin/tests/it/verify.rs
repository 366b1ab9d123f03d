use crate::{
    engine::{Engine, Unit},
    operator::Operator,
};
use futures_util::StreamExt;
use serde_json::{Value, json};
use std::{pin::pin, time::SystemTime};
use wire::{
    BusId, EpochSec,
    system::{Beat, SERVICES, Status, beat_state, heartbeat, last_beat, truth_doc},
};

fn outcome(checks: &Value, id: &str) -> (bool, String) {
    let check = checks["checks"].as_array().unwrap().iter().find(|check| check["id"] == id).unwrap();
    (check["ok"].as_bool().unwrap(), check["detail"].as_str().unwrap().to_owned())
}

#[tokio::test]
async fn buses_truth_and_registry_are_checked() {
    let mut operator = Operator::with_truth().await;
    for id in ["healer", "vigil"] {
        operator.run(&["register", "--service-id", id, "--component", id]).await;
    }
    let asked = ["verify", "--only", "V01,V02,V03,V04,V06,V07", "--wait", "1", "--json"];
    let well = operator.run(&asked).await;
    assert_eq!((well.code, &well.json()["ok"]), (Some(0), &json!(true)), "{well:?}");

    operator.rig.bus.set(&truth_doc(BusId::Market), &json!({"secrets": {}})).await.unwrap();
    operator.run(&["unregister", "--service-id", "vigil"]).await;
    operator.rig.kill(BusId::Echo);
    let worse = operator.run(&asked).await;
    assert_eq!(worse.code, Some(1));
    assert_eq!(outcome(&worse.json(), "V06"), (false, "market-redis: holds secrets".into()));
    assert_eq!(outcome(&worse.json(), "V07"), (false, "not registered: vigil".into()));
    assert_eq!(outcome(&worse.json(), "V04"), (false, "echo-redis: connection refused".into()));
    assert!(outcome(&worse.json(), "V01").0);
    assert!(operator.rig.bus.members(&SERVICES).await.unwrap().contains(&"healer".to_owned()));
}

#[tokio::test]
async fn beats_are_checked_as_keys_and_as_they_come() {
    let operator = Operator::with_truth().await;
    let asked = ["verify", "--only", "V20,V21,V22", "--wait", "30", "--json"];
    let mut child = operator.command(&asked).stdout(std::process::Stdio::piped()).spawn().unwrap();
    // Each service beats and is listened to, until verify has ended.
    let vigil = pin!(operator.rig.bus.subscribe(heartbeat("vigil")).await);
    let healer = pin!(operator.rig.bus.subscribe(heartbeat("healer")).await);
    let listening = async { tokio::join!(vigil.count(), healer.count()) };
    let beating = async {
        let mut pace = tokio::time::interval(std::time::Duration::from_millis(200));
        loop {
            pace.tick().await;
            for id in ["vigil", "healer"] {
                operator.beat(id, Status::Running, 30).await;
                let ts = EpochSec::from(SystemTime::now()).whole();
                operator.rig.bus.publish(&heartbeat(id), &Beat { svc: id.into(), i: 1, ts }).await.unwrap();
            }
        }
    };
    let mut out = child.stdout.take().unwrap();
    let mut text = String::new();
    tokio::select! {
        read = tokio::io::AsyncReadExt::read_to_string(&mut out, &mut text) => { read.unwrap(); }
        () = beating => {}
        _ = listening => {}
    }
    let checks: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(checks["ok"], true, "{checks}");

    operator.rig.bus.remove(&beat_state("vigil")).await.unwrap();
    operator.rig.bus.remove(&last_beat("vigil")).await.unwrap();
    let silent = operator.run(&["verify", "--only", "V20,V22", "--wait", "1", "--json"]).await;
    assert_eq!(silent.code, Some(1));
    assert_eq!(outcome(&silent.json(), "V20"), (false, "silent: vigil".into()));
    assert!(!outcome(&silent.json(), "V22").0);
}

#[tokio::test]
async fn containers_and_files_are_checked() {
    let mut operator = Operator::with_truth().await;
    let socket = operator.path("docker.sock");
    operator.set("DOCKER_HOST", format!("unix://{}", socket.display()));
    let mysql = Unit { role: "db", ..Unit::running("mysql", 1) };
    Engine::start(&socket, vec![mysql, Unit::running("vigil", 3)], |_| String::new());
    operator.pretend("docker", r#"case "$*" in "compose config --services") echo "mysql vigil" ;; esac"#);
    let asked = ["verify", "--only", "V05,V50,V52,V70", "--wait", "1", "--json"];
    let well = operator.run(&asked).await;
    assert_eq!(well.code, Some(0), "{well:?}");

    operator.write("truth_secrets.json", r#"{"secrets": {}}"#);
    operator.pretend(
        "docker",
        r#"case "$*" in *--services) echo "mysql vigil sse" ;; *) echo "a warning" >&2 ;; esac"#,
    );
    let worse = operator.run(&asked).await;
    assert_eq!(outcome(&worse.json(), "V50"), (false, "sse: no labelled container".into()));
    assert_eq!(outcome(&worse.json(), "V70"), (false, "a warning".into()));
    assert!(outcome(&worse.json(), "V52").1.contains("0600"), "{worse:?}");

    let warnings = ["verify", "--only", "V52,V70", "--wait", "1"];
    assert_eq!(operator.run(&warnings).await.code, Some(0), "a warning alone does not fail");
    assert_eq!(operator.run(&[&warnings[..], &["--strict"]].concat()).await.code, Some(1));
}

/// The edge is a plain server here: what matters is what verify makes of its answers.
#[tokio::test]
async fn the_edge_is_checked_through_its_address() {
    use std::io::{BufRead, BufReader, Write};
    let operator = Operator::with_truth().await;
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for link in listener.incoming() {
            let mut link = link.unwrap();
            let mut line = String::new();
            BufReader::new(&link).read_line(&mut line).unwrap();
            let (kind, body) = match line.split(' ').nth(1).unwrap() {
                "/" => ("text/html", "<!DOCTYPE html><title>x</title>"),
                "/api/health" => ("application/json", r#"{"status":"healthy"}"#),
                _ => ("text/event-stream", ": hello\n\nevent: spot\ndata: {}\n\n"),
            };
            let reply = format!("HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nConnection: close\r\n\r\n{body}");
            link.write_all(reply.as_bytes()).unwrap();
        }
    });
    let asked = ["verify", "--only", "V40,V41,V42", "--wait", "2", "--json", "--external", &address];
    let checks = operator.run(&asked).await;
    assert_eq!(checks.code, Some(0), "HTTP/2 is only a warning: {checks:?}");
    assert_eq!(outcome(&checks.json(), "V40"), (true, "healthy, page served".into()));
    assert!(outcome(&checks.json(), "V41").0, "{checks:?}");
    assert_eq!(outcome(&checks.json(), "V42"), (false, "HTTP/1.1".into()));
}
