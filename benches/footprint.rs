//! Claim: each Rust service holds less than 20 MiB when idle, all together less than 200 MiB, and each image is
//! smaller than 40 MB. Reads a running fleet (`scripts/bench` brings one up): resident memory and CPU time of each
//! process from /proc, sizes from the engine.

#![expect(clippy::unwrap_used, reason = "a bench that cannot run must say so and stop")]

use benches::{report, say};
use serde_json::json;
use std::{fs, process::Command, thread, time::Duration};

const WINDOW: Duration = Duration::from_secs(30);
const SERVICES: [&str; 7] = ["exchange-sim", "healer", "massive", "mesh", "sentinel", "sse", "ui"];
const TICKS_PER_SECOND: f64 = 100.0;

fn docker(args: &[&str]) -> String {
    let output = Command::new("docker").args(args).output().expect("docker is installed");
    assert!(output.status.success(), "docker {args:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

struct Process {
    service: &'static str,
    pid: String,
    image: String,
}

fn processes() -> Vec<Process> {
    SERVICES
        .into_iter()
        .map(|service| {
            let id = docker(&["compose", "ps", "-q", service]);
            assert!(!id.is_empty(), "{service} does not run; run scripts/bench");
            let facts = docker(&["inspect", "-f", "{{.State.Pid}} {{.Config.Image}}", &id]);
            let (pid, image) = facts.split_once(' ').unwrap();
            Process { service, pid: pid.to_owned(), image: image.to_owned() }
        })
        .collect()
}

fn resident_mib(pid: &str) -> f64 {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().trim_end_matches(" kB").trim().parse::<f64>().unwrap() / 1024.0
}

fn cpu_seconds(pid: &str) -> f64 {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
    let fields: Vec<&str> = stat.rsplit_once(") ").unwrap().1.split(' ').collect();
    (fields[11].parse::<f64>().unwrap() + fields[12].parse::<f64>().unwrap()) / TICKS_PER_SECOND
}

#[expect(clippy::disallowed_methods, reason = "one thread that measures a window of time")]
fn main() {
    let processes = processes();
    let before: Vec<f64> = processes.iter().map(|process| cpu_seconds(&process.pid)).collect();
    thread::sleep(WINDOW);
    let mut rows = Vec::new();
    let (mut total, mut holds) = (0.0, true);
    say(&format!("{:<14} {:>12} {:>10} {:>10}", "service", "resident MiB", "CPU %", "image MB"));
    for (process, before) in processes.iter().zip(before) {
        let resident = resident_mib(&process.pid);
        let cpu = 100.0 * (cpu_seconds(&process.pid) - before) / WINDOW.as_secs_f64();
        let image =
            docker(&["image", "inspect", "-f", "{{.Size}}", &process.image]).parse::<f64>().unwrap() / 1e6;
        say(&format!("{:<14} {resident:>12.1} {cpu:>10.2} {image:>10.1}", process.service));
        total += resident;
        holds &= resident < 20.0 && image < 40.0;
        rows.push(json!({"service": process.service, "resident_mib": resident, "cpu_percent": cpu, "image_mb": image}));
    }
    holds &= total < 200.0;
    say(&format!("{:<14} {total:>12.1}", "together"));
    report(
        "footprint",
        &json!({
            "claim": "each Rust service < 20 MiB resident when idle, together < 200 MiB; each image < 40 MB",
            "holds": holds, "total_resident_mib": total, "services": rows,
        }),
    )
    .unwrap();
}
