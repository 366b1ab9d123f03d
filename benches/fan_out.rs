//! Claims P1 to P8 of the gateway: events to many clients, beside nchan, pushpin, Node with Express and a plain warp
//! server, in one run on one machine; and what the gateway carries at most.
//!
//! The server under measure has one core; the clients, the publisher and Redis have the other. Figures are medians of
//! three runs, each run with every server. `cargo bench --bench fan_out -- P1 P7` runs two parts, `runs=1` runs them
//! once, `soak` runs for 26 minutes; with `cores=shared` nobody has a core of its own.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a bench that cannot run must say so and stop")]

#[path = "parts/fan_out/capacity.rs"]
mod capacity;
#[path = "parts/fan_out/claims.rs"]
mod claims;
#[path = "parts/fan_out/delivery.rs"]
mod delivery;
#[path = "parts/fan_out/gateway.rs"]
mod gateway;
#[path = "parts/fan_out/memory.rs"]
mod memory;
#[path = "parts/fan_out/peers.rs"]
mod peers;
#[path = "parts/programs.rs"]
mod programs;
#[path = "parts/fan_out/servers.rs"]
mod servers;

use benches::{report, say};
use claims::Claims;
use servers::{IS_SHARED, OTHER_CORE, Starter};
use std::{process::Command, sync::atomic::Ordering};

const PARTS: [&str; 11] = ["P1", "P2", "P3", "P4", "P6", "P7", "P8", "pace", "saturation", "idle", SOAK];
/// Takes 26 minutes: only when it is asked for.
const SOAK: &str = "soak";

/// What the parts share.
pub(crate) struct Bench {
    starter: Starter,
    claims: Claims,
    runs: usize,
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let arguments: Vec<String> =
        std::env::args().skip(1).filter(|argument| !argument.starts_with('-')).collect();
    if peers::run(&arguments).await {
        return;
    }
    let _first = rustls::crypto::ring::default_provider().install_default();
    let (settings, parts): (Vec<_>, Vec<_>) =
        arguments.into_iter().partition(|argument| argument.contains('='));
    let unknown: Vec<_> = parts.iter().filter(|part| !PARTS.contains(&part.as_str())).collect();
    assert!(unknown.is_empty(), "{unknown:?}: expected {PARTS:?}");
    let setting =
        |key: &str| settings.iter().find_map(|setting| setting.strip_prefix(key)?.strip_prefix('='));
    if setting("cores") == Some("shared") {
        IS_SHARED.store(true, Ordering::Relaxed);
    } else {
        pin();
    }
    let runs = setting("runs").map_or(3, |runs| runs.parse().unwrap());
    let mut bench = Bench { starter: Starter::new().await, claims: Claims::default(), runs };
    for part in PARTS {
        let is_asked = parts.iter().any(|asked| asked == part) || (parts.is_empty() && part != SOAK);
        if !is_asked {
            continue;
        }
        say(part);
        match part {
            "P1" => bench.p1().await,
            "P2" => bench.p2().await,
            "pace" => bench.pace().await,
            "P3" => bench.p3().await,
            "saturation" => bench.saturation().await,
            "P4" => bench.p4().await,
            "idle" => bench.idle_streams().await,
            "P6" => bench.p6().await,
            "P7" => bench.p7().await,
            "P8" => bench.p8().await,
            _ => bench.soak(setting("seconds").map(|seconds| seconds.parse().unwrap())).await,
        }
    }
    let name = if parts.is_empty() { "fan_out".into() } else { format!("fan_out.{}", parts.join("+")) };
    report(&name, &bench.claims.result()).unwrap();
}

/// Keeps this process and what it starts on the core that is not the server's.
fn pin() {
    let own = std::process::id().to_string();
    let pinned = Command::new("taskset").args(["-acp", OTHER_CORE, &own]).output();
    if !pinned.is_ok_and(|output| output.status.success()) {
        say("this process is not pinned to its core");
    }
}
