//! `ms-admin`, the program behind `./admin`.

use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    chassis::command_line("ms-admin", admin::run).await
}
