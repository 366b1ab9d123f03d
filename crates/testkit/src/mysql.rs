use crate::{free_port, wait_for};
use std::{
    path::Path,
    process::{Child, Command, Stdio},
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};
use store::{Params, Pool};
use tempfile::TempDir;
use tokio::sync::OnceCell;

/// Creating a server's own tables takes seconds on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);
const ACCOUNT: &str =
    "CREATE USER IF NOT EXISTS 'test'@'%' IDENTIFIED BY 'test';\nGRANT ALL ON *.* TO 'test'@'%';\n";

/// A real MariaDB on a free port of 127.0.0.1. Killed when dropped. Most tests want [`database`] instead.
#[derive(Debug)]
pub struct Mysql {
    port: u16,
    folder: TempDir,
    child: Option<Child>,
}

/// An empty database of a test's own.
#[derive(Debug)]
pub struct Database {
    address: String,
    name: String,
}

/// An empty database on a server that all tests of this process share; it ends with the process.
pub async fn database() -> Database {
    static SERVER: OnceCell<Mysql> = OnceCell::const_new();
    let server = SERVER
        .get_or_init(|| async {
            let server = Mysql::start().await;
            server.end_with_process();
            server
        })
        .await;
    server.database().await
}

impl Mysql {
    /// Starts one and waits until it accepts.
    pub async fn start() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        std::fs::write(folder.path().join("account.sql"), ACCOUNT).expect("a file in it");
        let data = folder.path().join("data");
        let installed = tokio::process::Command::new("mariadb-install-db")
            .args(["--no-defaults", "--auth-root-authentication-method=normal", "--skip-test-db"])
            .args(["--skip-name-resolve", "--innodb-log-file-size=8M"])
            .arg(format!("--datadir={}", data.display()))
            .args(own_user(folder.path()))
            .stdin(Stdio::null())
            .output()
            .await
            .expect("mariadb-install-db is installed (Debian package mariadb-server)");
        let told = String::from_utf8_lossy(&installed.stderr);
        assert!(installed.status.success(), "mariadb-install-db: {told}");
        let mut server = Self { port: free_port(), folder, child: None };
        server.revive().await;
        server
    }

    /// `127.0.0.1:<port>`
    pub fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// Creates an empty database.
    pub async fn database(&self) -> Database {
        static NEXT: AtomicU32 = AtomicU32::new(1);
        let name = format!("test_{}", NEXT.fetch_add(1, Ordering::Relaxed));
        let pool = Pool::open(&self.url("mysql"), 1).unwrap();
        pool.get().await.unwrap().run(&format!("CREATE DATABASE {name}"), Params::Empty).await.unwrap();
        pool.close().await;
        Database { address: self.address(), name }
    }

    /// Kills the process at once (SIGKILL).
    pub fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().expect("the server can be killed");
            child.wait().expect("the server ends");
        }
    }

    /// Starts it again on the same port, with what it held.
    pub async fn revive(&mut self) {
        if self.child.is_some() {
            return;
        }
        let path = |name: &str| self.folder.path().join(name).display().to_string();
        let child = Command::new(program())
            .arg("--no-defaults")
            .arg(format!("--datadir={}", path("data")))
            .arg(format!("--socket={}", path("socket")))
            .arg(format!("--pid-file={}", path("pid")))
            .arg(format!("--init-file={}", path("account.sql")))
            .arg(format!("--port={}", self.port))
            .args(["--bind-address=127.0.0.1", "--skip-name-resolve", "--performance-schema=OFF"])
            .args(["--character-set-server=utf8mb4", "--default-time-zone=+02:00"])
            .args(["--innodb-buffer-pool-size=32M", "--innodb-log-file-size=8M"])
            // What was committed outlives the process, though not the machine.
            .args(["--innodb-flush-log-at-trx-commit=2", "--innodb-doublewrite=0"])
            .args(own_user(self.folder.path()))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("mariadbd is installed (Debian package mariadb-server)");
        self.child = Some(child);
        let pool = Pool::open(&self.url("mysql"), 1).unwrap();
        wait_for(PATIENCE, "mariadbd accepts", || async { pool.get().await.is_ok() }).await;
        pool.close().await;
        let ended = self.child.as_mut().and_then(|child| child.try_wait().ok().flatten());
        assert!(ended.is_none(), "somebody else listens on {}: {ended:?}", self.address());
    }

    fn url(&self, database: &str) -> String {
        format!("mysql://test:test@{}/{database}", self.address())
    }

    /// Statics are never dropped: a shell that hears the end of this process ends the server and removes its folder.
    fn end_with_process(&self) {
        let pid = self.child.as_ref().map_or(0, Child::id).to_string();
        let guard = Command::new("sh")
            .args(["-c", "cat >/dev/null; kill -9 \"$1\"; rm -rf \"$2\"", "guard", &pid])
            .arg(self.folder.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("a shell");
        // Its input ends with this process, not before.
        std::mem::forget(guard);
    }
}

impl Drop for Mysql {
    fn drop(&mut self) {
        self.kill();
    }
}

impl Database {
    /// `mysql://user:password@127.0.0.1:<port>/<name>`
    pub fn url(&self) -> String {
        self.url_at(&self.address)
    }

    /// The same database, reached at another address: through a [`crate::Link`].
    pub fn url_at(&self, address: &str) -> String {
        format!("mysql://test:test@{address}/{}", self.name)
    }

    /// `127.0.0.1:<port>` of its server.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// A pool over it.
    pub fn pool(&self) -> Pool {
        Pool::open(&self.url(), 10).unwrap()
    }
}

fn program() -> &'static str {
    const DEBIAN: &str = "/usr/sbin/mariadbd";
    if Path::new(DEBIAN).exists() { DEBIAN } else { "mariadbd" }
}

/// The server refuses to be root unless told so.
fn own_user(folder: &Path) -> Option<String> {
    use std::os::unix::fs::MetadataExt;
    let owner = std::fs::metadata(folder).expect("the folder is there").uid();
    (owner == 0).then(|| "--user=root".to_owned())
}
