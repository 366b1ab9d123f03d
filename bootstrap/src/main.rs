//! Seeds Truth and the registry, once, and may be run again at any time.

mod seed;

use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    chassis::standalone("bootstrap", seed::run).await
}
