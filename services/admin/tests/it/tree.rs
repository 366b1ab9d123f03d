use crate::operator::Operator;
use std::process::Command;

#[tokio::test]
async fn nonsense_is_usage_and_help_is_not() {
    let operator = Operator::new().await;
    for nonsense in [
        &[][..],
        &["dance"],
        &["show"],
        &["services", "--wat"],
        &["alerts", "--since", "soon"],
        &["services", "--bus-url", "nowhere"],
        &["verify", "--only", "V99"],
        &["services", "--redis-url", "::"],
    ] {
        let refused = operator.run(nonsense).await;
        assert_eq!(refused.code, Some(2), "{nonsense:?}: {refused:?}");
        assert!(!refused.err.is_empty() && refused.out.is_empty(), "{nonsense:?}: {refused:?}");
    }
    let help = operator.run(&["help"]).await;
    assert_eq!(help.code, Some(0));
    for command in [
        "setup",
        "load-truth",
        "check-truth",
        "diff-truth",
        "components",
        "register",
        "unregister",
        "services",
        "show",
        "keys",
        "status",
        "heartbeats",
        "health",
        "alerts",
        "logs",
        "up",
        "down",
        "start",
        "stop",
        "restart",
        "verify",
        "completions",
        "version",
        "help",
    ] {
        assert!(help.out.lines().any(|line| line.trim_start().starts_with(command)), "{command}");
    }
    assert!(!help.out.contains("await-beats"));
    let topic = operator.run(&["help", "load-truth"]).await;
    assert!(topic.code == Some(0) && topic.out.contains("--dry-run"), "{topic:?}");
}

#[tokio::test]
async fn the_version_is_that_of_the_workspace() {
    let operator = Operator::new().await;
    let version = operator.run(&["version", "--json"]).await;
    assert_eq!(version.json()["version"], env!("CARGO_PKG_VERSION"));
}

#[tokio::test]
async fn completions_are_scripts_that_the_shell_understands() {
    let operator = Operator::new().await;
    for shell in ["bash", "zsh", "fish"] {
        let script = operator.run(&["completions", shell]).await;
        assert!(script.code == Some(0) && script.out.contains("load-truth"), "{shell}");
    }
    let script = operator.run(&["completions", "bash"]).await.out;
    operator.write("completion.bash", &script);
    let parsed = Command::new("bash").arg("-n").arg(operator.path("completion.bash")).output().unwrap();
    assert!(parsed.status.success(), "{parsed:?}");
    assert_eq!(operator.run(&["completions", "tcsh"]).await.code, Some(2));
}

#[tokio::test]
async fn a_reader_that_leaves_early_is_not_an_error() {
    let operator = Operator::with_truth().await;
    let mut command = operator.command(&["keys"]);
    let mut child =
        command.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let ended = child.wait_with_output().await.unwrap();
    assert_eq!(ended.status.code(), Some(0), "{ended:?}");
    assert!(ended.stderr.is_empty(), "{ended:?}");
}
