use crate::operator::Operator;
use serde_json::{Value, json};
use std::{process::Stdio, time::SystemTime};
use tokio::{
    io::{AsyncBufReadExt, BufReader, Lines},
    process::{Child, ChildStdout},
};
use wire::{
    BusId, EpochSec,
    system::{ALERT_LOG, ALERTS, Alert, LoggedAlert},
};

/// As a terminal does on Ctrl-C.
pub(crate) fn interrupt(child: &Child) {
    let pid = child.id().unwrap().to_string();
    assert!(std::process::Command::new("kill").args(["-INT", &pid]).status().unwrap().success());
}

fn alert(number: u32, svc: &str, kind: &str) -> Alert {
    Alert {
        kind: kind.into(),
        svc: svc.into(),
        ts: EpochSec::from(SystemTime::now()).whole(),
        id: Some(format!("01A{number:04}")),
        ..Alert::default()
    }
}

/// As healer tells it: stream and channel in one transaction.
async fn tell(operator: &Operator, alert: &Alert) {
    let mut batch = operator.rig.bus.batch(BusId::System).atomic();
    let logged = LoggedAlert { id: alert.id.clone().unwrap(), d: serde_json::to_string(alert).unwrap() };
    batch.append(&ALERT_LOG, &logged).unwrap().publish(&ALERTS, alert).unwrap();
    batch.run().await.unwrap();
}

fn tail(operator: &Operator, arguments: &[&str]) -> (Child, Lines<BufReader<ChildStdout>>) {
    let mut command = operator.command(&[&["alerts", "--json"], arguments].concat());
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    (child, lines)
}

async fn next(lines: &mut Lines<BufReader<ChildStdout>>) -> Value {
    let limit = std::time::Duration::from_secs(10);
    let line = tokio::time::timeout(limit, lines.next_line()).await.expect("an alert in time");
    serde_json::from_str(&line.unwrap().expect("the tail goes on")).unwrap()
}

async fn listeners(operator: &Operator) -> u64 {
    let channels = [ALERTS.name.to_string()];
    operator.rig.bus.subscribers(BusId::System, &channels).await.unwrap().into_values().sum()
}

/// Alerts are told without pause from before the tail starts until long after: each arrives once, in order.
#[tokio::test]
async fn history_and_tail_join_without_gap_or_duplicate() {
    const BEFORE: u32 = 50;
    const HEARD: usize = 400;
    let operator = Operator::with_truth().await;
    for number in 0..BEFORE {
        tell(&operator, &alert(number, "vigil", "heartbeat_ok")).await;
    }
    let (mut child, mut lines) = tail(&operator, &["--since", "10m"]);
    let telling = async {
        for number in BEFORE.. {
            tell(&operator, &alert(number, "vigil", "heartbeat_ok")).await;
        }
    };
    let hearing = async {
        testkit::wait("the tail listens", || async { listeners(&operator).await == 1 }).await;
        let mut ids = Vec::new();
        while ids.len() < HEARD {
            ids.push(next(&mut lines).await["id"].as_str().unwrap().to_owned());
        }
        ids
    };
    let ids = tokio::select! { ids = hearing => ids, () = telling => unreachable!("it tells for ever") };
    assert_eq!(ids, (0..HEARD).map(|number| format!("01A{number:04}")).collect::<Vec<_>>());
    interrupt(&child);
    assert_eq!(child.wait().await.unwrap().code(), Some(0), "a tail ends well on SIGINT");
}

#[tokio::test]
async fn a_lost_link_loses_no_alert() {
    let mut operator = Operator::with_truth().await;
    let link = testkit::link(operator.rig.url(BusId::System).trim_start_matches("redis://")).await;
    operator.set("SYSTEM_REDIS_URL", format!("redis://{}", link.addr()));
    let (_child, mut lines) = tail(&operator, &[]);
    testkit::wait("the tail listens", || async { listeners(&operator).await == 1 }).await;

    tell(&operator, &alert(1, "vigil", "heartbeat_ok")).await;
    assert_eq!(next(&mut lines).await["id"], "01A0001");
    link.cut().await;
    tell(&operator, &alert(2, "vigil", "heartbeat_miss")).await;
    link.mend().await;
    assert_eq!(next(&mut lines).await["id"], "01A0002");
    tell(&operator, &alert(3, "vigil", "heartbeat_ok")).await;
    assert_eq!(next(&mut lines).await["id"], "01A0003");
}

#[tokio::test]
async fn alerts_are_chosen_by_service_type_and_number() {
    let operator = Operator::with_truth().await;
    for (number, (svc, kind)) in [
        ("vigil", "heartbeat_miss"),
        ("sse", "heartbeat_miss"),
        ("vigil", "heartbeat_ok"),
        ("vigil", "heartbeat_miss"),
    ]
    .into_iter()
    .enumerate()
    {
        tell(&operator, &alert(u32::try_from(number).unwrap(), svc, kind)).await;
    }
    let kept = |arguments: &'static [&'static str]| {
        let operator = &operator;
        async move {
            let ran = operator.run(&[&["alerts", "--no-follow", "--json"], arguments].concat()).await;
            assert_eq!(ran.code, Some(0), "{ran:?}");
            let ids = ran.out.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()["id"].clone());
            ids.collect::<Value>()
        }
    };
    assert_eq!(kept(&[]).await.as_array().unwrap().len(), 4);
    assert_eq!(kept(&["--svc", "sse"]).await, json!(["01A0001"]));
    assert_eq!(kept(&["--svc", "vigil", "--type", "heartbeat_miss"]).await, json!(["01A0000", "01A0003"]));
    assert_eq!(kept(&["--count", "1"]).await, json!(["01A0003"]));

    let (mut child, mut lines) = tail(&operator, &["--since", "1h", "--count", "2"]);
    assert_eq!(next(&mut lines).await["id"], "01A0000");
    assert_eq!(next(&mut lines).await["id"], "01A0001");
    assert_eq!(child.wait().await.unwrap().code(), Some(0));
}

#[tokio::test]
async fn a_line_for_people_has_service_and_details() {
    let operator = Operator::with_truth().await;
    let miss = Alert { late_sec: Some(30.8), timeout_sec: Some(30.0), ..alert(1, "vigil", "heartbeat_miss") };
    tell(&operator, &miss).await;
    let told = operator.run(&["alerts", "--no-follow"]).await;
    assert!(
        told.out.contains("heartbeat_miss     vigil          late_sec=30.8 timeout_sec=30.0"),
        "{told:?}"
    );
}
