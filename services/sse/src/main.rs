use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    match std::env::args().nth(1).as_deref() {
        Some("static") => chassis::run("ui", sse::serve_static).await,
        _ => chassis::run("sse", sse::serve).await,
    }
}
