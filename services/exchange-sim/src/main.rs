//! Starts the simulator, or asks a running one for its health.
//!
//! `exchange-sim bench [quotes per second]` starts it as a source of load: see `SIM_BENCH`.

use exchange_sim::{Config, serve};
use std::process::ExitCode;
use tokio::net::TcpListener;

#[tokio::main(worker_threads = 2)]
async fn main() -> ExitCode {
    chassis::standalone("exchange-sim", async |ctx: chassis::Standalone| {
        let port = ctx.env.parse("SIM_PORT", 8790)?;
        if ctx.args.first().is_some_and(|arg| arg == "healthcheck") {
            return Ok(chassis::healthcheck(port, "/sim/health").await);
        }
        let mut config = Config::read(|key| ctx.env.get(key))?;
        if ctx.args.first().is_some_and(|arg| arg == "bench") {
            let rate = ctx.args.get(1).cloned().unwrap_or_else(|| "0".to_owned());
            config.bench = Config::read(|key| (key == "SIM_BENCH").then(|| rate.clone()))?.bench;
        }
        serve(config, TcpListener::bind(("0.0.0.0", port)).await?, ctx.closed).await?;
        Ok(ExitCode::SUCCESS)
    })
    .await
}
