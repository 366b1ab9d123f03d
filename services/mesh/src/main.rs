use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    chassis::run("mesh", mesh::serve).await
}
