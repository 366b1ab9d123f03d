//! Starts the simulator, or asks a running one for its health.

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
        let config = Config::read(|key| ctx.env.get(key))?;
        serve(config, TcpListener::bind(("0.0.0.0", port)).await?, ctx.closed).await?;
        Ok(ExitCode::SUCCESS)
    })
    .await
}
