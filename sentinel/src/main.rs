//! The sentinel as a program.

use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    chassis::run_on_defaults("sentinel", sentinel::serve).await
}
