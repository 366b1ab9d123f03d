//! Which path leads where.

use crate::{
    bench::{Edge, cookie, member},
    nginx::rendered,
};

/// Who answers `path`: an upstream, else the gateway or nginx with an error's code.
async fn who(edge: &Edge, path: &str) -> String {
    let member = member("navigator");
    let answer = edge.browser.get(path, &[("Cookie", &cookie(&member))]).await;
    let body = answer.json();
    let echo = body["echo"].as_str().map(|service| {
        assert_eq!(body["path"], path.split('?').next().unwrap(), "passed on as it came");
        service.to_owned()
    });
    echo.unwrap_or_else(|| format!("{} {}", answer.status, body["error"].as_str().unwrap_or_default()))
}

#[tokio::test]
async fn every_row_of_the_map_leads_to_its_service() {
    let edge = Edge::start().await;
    for path in [
        "/api/logs",
        "/api/logs/7/trades",
        "/api/trades",
        "/api/symbols",
        "/api/tags/x",
        "/api/journal/entries",
        "/api/journals",
        "/api/journal_entries",
        "/api/playbook",
        "/api/playbooks/1",
        "/api/alerts/9",
        "/api/prompt-alerts",
        "/api/leaderboard",
        "/api/orders",
        "/api/settings",
        "/api/analytics/equity",
        "/api/risk-graph/strategies",
        "/api/algo-alerts",
        "/api/algo-proposals",
        "/api/edge-lab/x",
        "/api/users/me",
        // By way of the gateway.
        "/api/positions",
        "/api/positions/7",
        "/api/imports",
        "/api/imports/batches?limit=2",
    ] {
        assert_eq!(who(&edge, path).await, "journal", "{path}");
    }
    for path in ["/api/vexy/chat", "/api/vexy/interaction", "/api/vexy/interaction/jobs/1"] {
        assert_eq!(who(&edge, path).await, "vexy_proxy", "{path}");
    }
    for path in ["/api/vexy/routine", "/api/vexy/chat/history", "/api/vexy/interactions"] {
        assert_eq!(who(&edge, path).await, "vexy_ai", "{path}");
    }
    for path in
        ["/api/mel/state", "/api/mel", "/api/adi/snapshot", "/api/commentary", "/api/commentary/recent"]
    {
        assert_eq!(who(&edge, path).await, "copilot", "{path}");
    }
    for (path, answer) in [
        ("/api/models/spot", "404 no_data"),
        ("/api/tier-gates/none", "404 not_found"),
        ("/api/x", "404 not_found"),
        ("/api/logsx", "404 not_found"),
        ("/api/journalism", "404 not_found"),
        ("/sse/none", "404 not_found"),
    ] {
        assert_eq!(who(&edge, path).await, answer, "{path}");
    }
    let page = edge.browser.get("/desk/spx", &[]).await;
    assert!(page.text().contains("<title>page"));
    assert_eq!(page.header("cache-control"), "no-cache, no-store, must-revalidate");
    assert_eq!(edge.browser.get("/api/health", &[]).await.json()["status"], "healthy");
}

#[tokio::test]
async fn what_is_between_services_is_closed_and_no_disguise_opens_it() {
    let edge = Edge::start().await;
    for path in [
        "/api/internal",
        "/api/internal/events?user_id=1",
        "/api/users/with-logs",
        "/api/logs/health",
        "/ws/x",
        "/ws/",
        "/_verify",
        "/api/logs/../internal/events",
        "/api/logs/%2e%2e/internal/events",
        "/api/logs/..%2finternal/x",
        "/api/%69nternal/events",
        "/%61pi/internal/events",
        "//api/internal/x",
        "/api//internal/x",
        "/api/logs//../internal",
        "/api/logs/%2e%2e%5cinternal",
        "/api/%6cogs",
        "/api/logs/%2E%2E/journal/x",
        "/api/positions/%2e%2e/internal/x",
        "/api/positions/..%2finternal",
    ] {
        let answer = who(&edge, path).await;
        assert_eq!(answer, "404 not_found", "{path}");
    }
}

#[tokio::test]
async fn the_plain_port_leads_to_the_other_one() {
    let edge = Edge::start().await;
    let plain = crate::client::request(edge.nginx.plain, "GET", "/api/logs?x=1", &[]).await;
    let location = format!("https://localhost:{}/api/logs?x=1", edge.nginx.tls);
    assert_eq!((plain.status, plain.header("location")), (301, location.as_str()));
    let odd = crate::client::request(edge.nginx.plain, "GET", "//evil.example/x", &[]).await;
    assert!(odd.header("location").starts_with("https://localhost:"), "{odd:?}");
    let challenge =
        crate::client::request(edge.nginx.plain, "GET", "/.well-known/acme-challenge/x", &[]).await;
    assert_eq!(challenge.status, 404, "a file that is not there, and no redirect");
}

/// Lines of `config` that hold `text`.
fn lines<'c>(config: &'c str, text: &str) -> Vec<&'c str> {
    config.lines().map(str::trim).filter(|line| line.contains(text)).collect()
}

#[test]
fn one_template_serves_compose_another_host_and_production() {
    let compose = rendered(&[("SERVER_NAME", "localhost")]);
    assert_eq!(lines(&compose, "return 301"), ["return 301 https://$host:8443$request_uri;"]);
    assert_eq!(lines(&compose, "worker_shutdown_timeout"), ["worker_shutdown_timeout 30s;"]);
    assert!(!compose.contains("max-age=15552000"), "localhost is not kept to https");
    assert!(
        compose.contains("sse:3011") && compose.contains("journal:3002") && compose.contains("vexy_ai:3005")
    );

    let elsewhere = rendered(&[("UPSTREAM_HOST", "192.0.2.10")]);
    for port in [3001, 3011, 3002, 3005, 3006, 8095, 5173] {
        assert_eq!(lines(&elsewhere, &format!("server 192.0.2.10:{port};")).len(), 1, "{port}");
    }
    for name in ["sse:3001", "journal:3002", "copilot:8095"] {
        assert!(!elsewhere.contains(name), "{name}");
    }

    let production =
        rendered(&[("SERVER_NAME", "flyonthewall.io www.flyonthewall.io"), ("HTTPS_PUBLIC_PORT", "443")]);
    assert_eq!(lines(&production, "return 301"), ["return 301 https://$host$request_uri;"]);
    assert_eq!(lines(&production, "server_name"), ["server_name flyonthewall.io www.flyonthewall.io;"; 2]);
    assert!(production.contains("default \"max-age=15552000\""));
    for config in [compose, elsewhere, production] {
        let is_left = |line: &&str| {
            line.split('@').nth(1).is_some_and(|name| {
                !name.is_empty()
                    && name.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_' || byte == b'2')
            })
        };
        assert_eq!(config.lines().find(is_left), None, "nothing is left to fill in");
        assert!(lines(&config, "http2").iter().any(|line| line.contains("listen") || *line == "http2 on;"));
    }
}
