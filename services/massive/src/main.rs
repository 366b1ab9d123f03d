use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    chassis::run("massive", massive::serve).await
}
