//! The vendor's official Python client, from its package registry, pinned.

use crate::rig::{Exchange, frozen};
use exchange_sim::{Config, Hours};
use std::{path::Path, process::Output, time::Duration};
use tokio::{process::Command, time::timeout};

const PATIENCE: Duration = Duration::from_secs(300);

async fn run(command: &mut Command, what: &str) -> Output {
    let output = timeout(PATIENCE, command.kill_on_drop(true).output()).await;
    let output = output.unwrap_or_else(|_| panic!("{what}: not done after {PATIENCE:?}"));
    let output = output.unwrap_or_else(|error| panic!("{what}: {error}"));
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert!(output.status.success(), "{what}:\n{}{}", text(&output.stdout), text(&output.stderr));
    output
}

/// A virtual environment with the pinned client, kept between runs.
async fn environment(here: &Path) -> std::path::PathBuf {
    let requirements = here.join("requirements.txt");
    let pinned = std::fs::read_to_string(&requirements).unwrap();
    let home = Path::new(env!("CARGO_TARGET_TMPDIR")).join("official-client");
    let (python, stamp) = (home.join("bin/python"), home.join("installed.txt"));
    if std::fs::read_to_string(&stamp).is_ok_and(|installed| installed == pinned) {
        return python;
    }
    let mut venv = Command::new("python3");
    venv.args(["-m", "venv", "--clear"]).arg(&home);
    run(&mut venv, "this test needs Python with venv (on Debian: apt-get install python3 python3-venv)")
        .await;
    let mut pip = Command::new(&python);
    pip.args(["-m", "pip", "install", "--quiet", "--requirement"]).arg(&requirements);
    run(&mut pip, "install the official client").await;
    std::fs::write(&stamp, pinned).unwrap();
    python
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_vendors_own_client_connects_unchanged() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/official_client");
    let python = environment(&here).await;
    let sim = Exchange::start(Config { hours: Hours::Loop, ..frozen() }).await;
    let mut client = Command::new(python);
    client.arg(here.join("client.py")).arg(&sim.address);
    let output = run(&mut client, "the official client").await;
    assert!(String::from_utf8_lossy(&output.stdout).contains("all held"));
    sim.stop().await;
}
