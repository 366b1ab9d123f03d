//! nginx with the project's template, on free ports.

use std::{
    fs::File,
    os::unix::fs::PermissionsExt,
    path::Path,
    process::{Child, Command},
};
use tempfile::TempDir;
use testkit::{free_port, wait};
use tokio::net::TcpStream;

/// Debian keeps nginx where ordinary users do not look.
const PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// Ports of what stands behind it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Behind {
    pub(crate) sse: u16,
    pub(crate) verify: u16,
    pub(crate) journal: u16,
    pub(crate) vexy: u16,
    pub(crate) vexy_proxy: u16,
    pub(crate) copilot: u16,
    pub(crate) page: u16,
}

/// The configuration that `variables` make, as nginx would read it.
pub(crate) fn rendered(variables: &[(&str, &str)]) -> String {
    let folder = tempfile::tempdir().unwrap();
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../nginx");
    let output = Command::new(source.join("entry.sh"))
        .arg("render")
        .env_clear()
        .env("PATH", PATH)
        .env("EDGE_APP", &source)
        .env("EDGE_RUN", folder.path())
        .env("EDGE_CERTS", folder.path().join("none"))
        .envs(variables.iter().copied())
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

/// A running nginx. Ended when dropped.
#[derive(Debug)]
pub(crate) struct Nginx {
    pub(crate) plain: u16,
    pub(crate) tls: u16,
    folder: TempDir,
    child: Child,
}

impl Nginx {
    /// Starts one in front of 127.0.0.1, and waits until it accepts. Old workers of a reload go after a second.
    pub(crate) async fn start(behind: Behind) -> Self {
        let folder = tempfile::tempdir().unwrap();
        // Its workers are not root even where this test is.
        std::fs::set_permissions(folder.path(), PermissionsExt::from_mode(0o755)).unwrap();
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../nginx");
        let (plain, tls, probe) = (free_port(), free_port(), free_port());
        let log = |name: &str| File::create(folder.path().join(name)).unwrap();
        let ports = [
            ("PLAIN_PORT", plain),
            ("TLS_PORT", tls),
            ("HTTPS_PUBLIC_PORT", tls),
            ("PROBE_PORT", probe),
            ("SSE_PORT", behind.sse),
            ("AUTH_PORT", behind.verify),
            ("JOURNAL_PORT", behind.journal),
            ("VEXY_PORT", behind.vexy),
            ("VEXY_PROXY_PORT", behind.vexy_proxy),
            ("COPILOT_PORT", behind.copilot),
            ("STATIC_PORT", behind.page),
        ];
        let child = Command::new(source.join("entry.sh"))
            .env_clear()
            .env("PATH", PATH)
            .env("EDGE_APP", &source)
            .env("EDGE_RUN", folder.path())
            .env("EDGE_CERTS", folder.path().join("none"))
            .env("UPSTREAM_HOST", "127.0.0.1")
            .env("WORKER_SHUTDOWN", "1s")
            .envs(ports.map(|(name, port)| (name, port.to_string())))
            .stdout(log("access.log"))
            .stderr(log("error.log"))
            .spawn()
            .expect("nginx/entry.sh starts");
        let nginx = Self { plain, tls, folder, child };
        wait("nginx accepts (Debian package nginx)", || async {
            TcpStream::connect(("127.0.0.1", tls)).await.is_ok()
        })
        .await;
        nginx
    }

    /// Makes it read its configuration anew, with new workers.
    pub(crate) fn reload(&self) {
        self.signal("HUP");
    }

    /// Everything that it has logged.
    pub(crate) fn logs(&self) -> String {
        ["access.log", "error.log"]
            .map(|name| std::fs::read_to_string(self.folder.path().join(name)).unwrap())
            .concat()
    }

    /// The certificate that it made itself, PEM.
    pub(crate) fn certificate(&self) -> std::path::PathBuf {
        self.folder.path().join("certs/fullchain.pem")
    }

    fn signal(&self, signal: &str) {
        let sent = Command::new("kill").args(["-s", signal, &self.child.id().to_string()]).status();
        assert!(sent.unwrap().success(), "nginx runs: {}", self.logs());
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        // A killed master would leave its workers behind.
        self.signal("TERM");
        self.child.wait().unwrap();
    }
}
