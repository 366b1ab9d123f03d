use std::process::Output;
use tokio::process::Command;

const IMAGE: &str = "marketswarm-test/tiny:1";

/// A container of a fleet of its own, on the engine of this machine; removed when dropped. There must be an engine:
/// its absence fails the test.
#[derive(Debug)]
pub struct Container {
    name: String,
}

impl Container {
    /// Until it is asked to stop.
    pub const ENDLESS: &str = "trap 'exit 0' TERM; while :; do sleep 0.1; done";

    /// Runs a shell `script` as `service` of a fleet that is named after `test`. The engine starts it again when it
    /// ends by itself.
    pub async fn run(test: &str, service: &str, script: &str) -> Self {
        image().await;
        let name = format!("ms-{test}-{}", std::process::id());
        let label = |label: &str, value: &str| format!("--label=io.marketswarm.{label}={value}");
        docker(&[
            "run",
            "--detach",
            "--name",
            &name,
            "--network=none",
            "--restart=unless-stopped",
            &label("fleet", &name),
            &label("service", service),
            &label("role", "service"),
            &label("phase", "3"),
            &label("stop-timeout", "2"),
            IMAGE,
            "/bin/sh",
            "-c",
            script,
        ])
        .await;
        Self { name }
    }

    /// Its fleet, which is also its name.
    pub fn fleet(&self) -> String {
        self.name.clone()
    }

    /// A field of its state: `Running`, `Status`, `Pid`, `StartedAt`.
    pub async fn state(&self, field: &str) -> String {
        docker(&["inspect", "--format", &format!("{{{{.State.{field}}}}}"), &self.name]).await
    }

    /// What an operator does: `stop`, `start`, `pause`, `kill`.
    pub async fn operator(&self, command: &str) {
        docker(&[command, &self.name]).await;
    }

    /// Sends its process a signal from the host, which the engine does not take for an operator's doing.
    pub async fn signal(&self, signal: &str) {
        let pid = self.state("Pid").await;
        let sent = Command::new("kill").args([&format!("-{signal}"), &pid]).status().await.unwrap();
        assert!(sent.success(), "signal {signal} to process {pid}");
    }
}

impl Drop for Container {
    fn drop(&mut self) {
        let _removed = std::process::Command::new("docker").args(["rm", "--force", &self.name]).output();
    }
}

async fn docker(arguments: &[&str]) -> String {
    let output: Output = Command::new("docker").args(arguments).output().await.expect("the docker command");
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "docker {arguments:?}: {error} (this test needs a Docker engine)");
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

/// An image with this machine's own shell, made without any registry.
async fn image() {
    let script = format!(
        "docker image inspect {IMAGE} >/dev/null 2>&1 && exit 0
         files=$(ldd /bin/sh /bin/sleep | grep -o '/[^ :]*' | sort -u)
         tar -c --dereference --hard-dereference $files 2>/dev/null | docker import - {IMAGE}"
    );
    let output = Command::new("sh").args(["-c", &script]).output().await.expect("a shell");
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "tiny image: {error} (this test needs a Docker engine)");
}
