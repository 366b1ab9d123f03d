//! The built page: the gateway serves it, and so does the static mode.

use crate::client::{get, request};
use sse::{Config, StaticConfig};
use std::path::Path;
use tempfile::TempDir;
use testkit::{Program, Rig, free_port, wait};

const PAGE: &str = "<!doctype html><title>page</title>";
const SECRET: &str = "outside";

/// A built page inside a folder that also holds a secret.
fn dist() -> (TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("ui");
    let write = |path: &Path, text: &str| {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    };
    write(&root.join("index.html"), PAGE);
    write(&root.join("favicon.svg"), "<svg/>");
    write(&root.join("terms.html"), "<title>terms</title>");
    write(&root.join("assets/app-1a2b.js"), "plain");
    write(&root.join("assets/app-1a2b.js.br"), "brotli");
    write(&root.join("assets/app-1a2b.js.gz"), "gzip");
    write(&folder.path().join("secret.txt"), SECRET);
    std::os::unix::fs::symlink(folder.path().join("secret.txt"), root.join("assets/link.txt")).unwrap();
    let root = root.to_str().unwrap().to_owned();
    (folder, root)
}

async fn gateway(root: &str) -> (Rig, Program, u16) {
    let (rig, port) = (Rig::new().await, free_port());
    let program = rig
        .start(sse::serve, |config: &mut Config| {
            (config.port, config.auth_port, config.ui_dist) = (port, free_port(), root.to_owned());
        })
        .await;
    wait("the gateway answers", || crate::client::is_there(port)).await;
    (rig, program, port)
}

#[tokio::test]
async fn every_address_of_the_page_is_the_page() {
    let (_folder, root) = dist();
    let (_rig, program, port) = gateway(&root).await;
    for path in ["/", "/index.html", "/desk/spx", "/login?next=%2Fx", "/apiary"] {
        let page = get(port, path).await;
        assert_eq!((page.status, page.text()), (200, PAGE), "{path}");
        assert_eq!(page.header("cache-control"), "no-cache, no-store, must-revalidate");
        assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
        assert!(page.header("content-security-policy").starts_with("default-src 'self'; img-src"));
    }
    let head = request(port, "HEAD", "/", &[]).await;
    assert_eq!(
        (head.status, head.body.len(), head.header("content-length")),
        (200, 0, &*PAGE.len().to_string())
    );
    let refused = request(port, "POST", "/desk", &[("Content-Length", "0")]).await;
    assert_eq!((refused.status, refused.header("allow")), (405, "GET, HEAD"));
    program.stop().await.unwrap();
}

#[tokio::test]
async fn hashed_files_are_kept_for_ever_and_sent_compressed_where_that_is_taken() {
    let (_folder, root) = dist();
    let (_rig, program, port) = gateway(&root).await;
    for (accepted, encoding, body) in [
        ("gzip, deflate, br", "br", "brotli"),
        ("gzip", "gzip", "gzip"),
        ("br;q=0", "", "plain"),
        ("", "", "plain"),
    ] {
        let file = request(port, "GET", "/assets/app-1a2b.js", &[("Accept-Encoding", accepted)]).await;
        assert_eq!((file.status, file.header("content-encoding"), file.text()), (200, encoding, body));
        assert_eq!(file.header("cache-control"), "public, max-age=31536000, immutable");
        assert_eq!(file.header("content-type"), "text/javascript; charset=utf-8");
        assert_eq!(file.header("vary"), "Accept-Encoding");
        let known = request(
            port,
            "GET",
            "/assets/app-1a2b.js",
            &[("Accept-Encoding", accepted), ("If-None-Match", file.header("etag"))],
        )
        .await;
        assert_eq!((known.status, known.body.len()), (304, 0));
    }
    let icon = get(port, "/favicon.svg").await;
    assert_eq!(
        (icon.header("cache-control"), icon.header("content-type")),
        ("public, max-age=300", "image/svg+xml")
    );
    let terms = get(port, "/terms.html").await;
    assert_eq!((terms.status, terms.header("cache-control")), (200, "public, max-age=300"));
    assert!(terms.header("content-security-policy").starts_with("default-src 'self'"), "HTML of any name");
    let missing = get(port, "/assets/app-0000.js").await;
    assert_eq!(
        (missing.status, missing.json()["error"].as_str().unwrap()),
        (404, "not_found"),
        "never the page"
    );
    program.stop().await.unwrap();
}

#[tokio::test]
async fn no_address_leads_out_of_the_folder() {
    let (_folder, root) = dist();
    let (_rig, program, port) = gateway(&root).await;
    for path in [
        "/../secret.txt",
        "/assets/../../secret.txt",
        "/%2e%2e/secret.txt",
        "/..%2fsecret.txt",
        "/assets/..%2f..%2fsecret.txt",
        "/%2e%2e%2fsecret.txt",
        "/..%5csecret.txt",
        "/assets/link.txt",
        "/assets/%00",
        "/%c0%ae%c0%ae/secret.txt",
        "//../secret.txt",
        "/./../secret.txt",
    ] {
        let answer = get(port, path).await;
        assert_eq!(answer.status, 404, "{path}");
        assert!(!answer.text().contains(SECRET), "{path}");
    }
    let doubly = get(port, "/%252e%252e/secret.txt").await;
    assert_eq!((doubly.status, doubly.text()), (200, PAGE), "decoded once: a name like any other");
    program.stop().await.unwrap();
}

#[tokio::test]
async fn the_static_mode_serves_the_page_and_nothing_else() {
    let (_folder, root) = dist();
    let (rig, port) = (Rig::new().await, free_port());
    let document = rig.document("ui");
    let edit = |config: &mut StaticConfig| (config.port, config.ui_dist) = (port, root.clone());
    let program = rig.start_as("ui", document, sse::serve_static, edit).await;
    wait("the static mode answers", || crate::client::is_there(port)).await;
    let page = get(port, "/desk").await;
    assert_eq!((page.text(), page.header("cache-control")), (PAGE, "no-cache, no-store, must-revalidate"));
    assert!(page.header("content-security-policy").starts_with("default-src 'self'"));
    let asset = request(port, "GET", "/assets/app-1a2b.js", &[("Accept-Encoding", "gzip, br")]).await;
    assert_eq!((asset.text(), asset.header("content-encoding")), ("brotli", "br"));
    assert_eq!(asset.header("cache-control"), "public, max-age=31536000, immutable");
    for path in ["/assets/none.js", "/..%2fsecret.txt", "/assets/link.txt"] {
        assert_eq!(get(port, path).await.status, 404, "{path}");
    }
    for path in ["/api/health", "/sse/all", "/ws/x"] {
        assert_eq!(get(port, path).await.json()["error"], "not_found", "{path}");
    }
    wait("it beats as ui", || async {
        rig.bus.get(&wire::system::beat_state("ui")).await.unwrap().is_some_and(|beat| beat.service == "ui")
    })
    .await;
    program.stop().await.unwrap();
}

#[tokio::test]
async fn without_a_built_page_the_rest_still_works() {
    let (_rig, program, port) = gateway("/nonexistent").await;
    assert_eq!(get(port, "/").await.json()["error"], "not_found");
    assert_eq!(get(port, "/api/health").await.status, 200);
    program.stop().await.unwrap();
}
