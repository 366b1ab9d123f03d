//! Bodies of requests.

use crate::bench::{Edge, cookie, member};
use serde_json::json;

const MEGABYTE: usize = 1024 * 1024;

fn sum(bytes: &[u8]) -> String {
    bytes.iter().fold(0_u64, |sum, &byte| sum.wrapping_mul(31).wrapping_add(byte.into())).to_string()
}

#[tokio::test]
async fn ten_megabytes_pass_whole_and_eleven_do_not() {
    let edge = Edge::start().await;
    let cookie = cookie(&member("navigator"));
    let headers = [("Cookie", cookie.as_str()), ("Content-Type", "multipart/form-data; boundary=x")];
    let file: Vec<u8> = (0..10 * MEGABYTE + 60 * 1024).map(|n| (n % 251) as u8).collect();
    let larger = vec![7; 11 * MEGABYTE];
    let largest = vec![7; 11 * MEGABYTE + 1];
    for path in ["/api/imports", "/api/journal/import"] {
        let passed = edge.browser.send("POST", path, &headers, &file).await.json();
        assert_eq!((&passed["bytes"], &passed["sum"]), (&json!(file.len()), &json!(sum(&file))), "{path}");
        assert_eq!(passed["headers"]["content-type"], "multipart/form-data; boundary=x");
        let refused = edge.browser.send("POST", path, &headers, &largest).await;
        assert_eq!((refused.status, &refused.json()["error"]), (413, &json!("too_large")), "{path}: nginx");
    }
    let refused = edge.browser.send("POST", "/api/imports", &headers, &larger).await;
    assert_eq!((refused.status, &refused.json()["error"]), (413, &json!("too_large")), "the gateway");
}

#[tokio::test]
async fn an_upload_that_nobody_wants_is_refused_and_not_cut_off() {
    let edge = Edge::start().await;
    let file = vec![7; 8 * MEGABYTE];
    for path in ["/api/imports", "/api/journal/import"] {
        for _ in 0..5 {
            let refused = edge.browser.send("POST", path, &[("Content-Type", "text/csv")], &file).await;
            assert_eq!(
                (refused.status, &refused.json()["error"]),
                (401, &json!("not_authenticated")),
                "{path}"
            );
        }
    }
}
