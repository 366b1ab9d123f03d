//! The healer as a program.

use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    chassis::run("healer", healer::serve).await
}
