//! Which service a path is passed to: the table, the URLs, and as whom.

use crate::config::Upstreams as Urls;
use http::{
    Uri,
    uri::{Authority, PathAndQuery, Scheme},
};
use std::time::Duration;
use web::proxy::Upstream;

/// A service that requests are passed to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Service {
    Journal,
    Vexy,
    VexyProxy,
    Copilot,
}

/// As whom a request is passed on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum As {
    /// The caller, whoever it is.
    Caller,
    /// Us, asked by an admin: what is behind it is open to services only.
    Service,
}

/// Where a path leads.
#[derive(Debug, PartialEq, Eq)]
struct Place {
    service: Service,
    /// Seconds.
    patience: u64,
    /// The path there, if it is another.
    path: Option<String>,
    acts: As,
}

use Service::{Copilot, Journal, Vexy, VexyProxy};

/// Prefixes, in whole segments; the first that fits. Seconds that an answer may take.
const TABLE: [(&str, Service, u64); 29] = [
    ("/api/logs", Journal, 120),
    ("/api/trades", Journal, 120),
    ("/api/orders", Journal, 120),
    ("/api/symbols", Journal, 120),
    ("/api/tags", Journal, 120),
    ("/api/settings", Journal, 120),
    ("/api/alerts", Journal, 120),
    ("/api/prompt-alerts", Journal, 120),
    ("/api/algo-alerts", Journal, 120),
    ("/api/algo-proposals", Journal, 120),
    ("/api/analytics", Journal, 120),
    ("/api/risk-graph", Journal, 120),
    ("/api/positions", Journal, 120),
    ("/api/users", Journal, 120),
    ("/api/journal", Journal, 120),
    ("/api/journals", Journal, 120),
    ("/api/journal_entries", Journal, 120),
    ("/api/playbook", Journal, 120),
    ("/api/playbooks", Journal, 120),
    ("/api/edge-lab", Journal, 120),
    ("/api/imports", Journal, 120),
    ("/api/leaderboard", Journal, 120),
    ("/api/vexy/chat", VexyProxy, 60),
    ("/api/vexy/interaction", VexyProxy, 120),
    ("/api/vexy", Vexy, 120),
    ("/api/mel", Copilot, 30),
    ("/api/adi", Copilot, 30),
    ("/api/commentary", Copilot, 120),
    ("/api/dealer-gravity/analyze", Copilot, 120),
];
/// Between services only, wherever they lie. The token goes along with every request, so that alone must not open
/// them.
const CLOSED: [&str; 3] = ["/api/internal", "/api/users/with-logs", "/api/logs/health"];
const SOCKET_ANSWER_SEC: u64 = 30;

/// The services, by their URLs.
#[derive(Debug, Clone)]
pub(crate) struct Upstreams {
    journal: Authority,
    vexy: Authority,
    vexy_proxy: Authority,
    copilot: Authority,
}

impl Upstreams {
    /// `None` for URLs that are not `http://host:port`, which the configuration refuses.
    pub(crate) fn new(urls: &Urls) -> Option<Self> {
        Some(Self {
            journal: authority(&urls.journal)?,
            vexy: authority(&urls.vexy)?,
            vexy_proxy: authority(&urls.vexy_proxy)?,
            copilot: authority(&urls.copilot)?,
        })
    }

    /// Where a request for `path` and `query` is passed to, and as whom; `None`: nowhere.
    pub(crate) fn of(&self, path: &str, query: &str) -> Option<(Upstream, As)> {
        let place = place(path)?;
        Some((self.upstream(&place, path, query)?, place.acts))
    }

    /// The same for a WebSocket.
    pub(crate) fn of_socket(&self, path: &str, query: &str) -> Option<Upstream> {
        let is_socket = is_below(path, "/ws") && path.len() > "/ws/".len() && !leads_elsewhere(path);
        let place = Place { service: Copilot, patience: SOCKET_ANSWER_SEC, path: None, acts: As::Caller };
        is_socket.then(|| self.upstream(&place, path, query))?
    }

    fn upstream(&self, place: &Place, path: &str, query: &str) -> Option<Upstream> {
        let (service, authority) = match place.service {
            Journal => ("journal", &self.journal),
            Vexy => ("vexy_ai", &self.vexy),
            VexyProxy => ("vexy_proxy", &self.vexy_proxy),
            Copilot => ("copilot", &self.copilot),
        };
        let path = place.path.as_deref().unwrap_or(path);
        let target = if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") };
        let mut parts = http::uri::Parts::default();
        parts.scheme = Some(Scheme::HTTP);
        parts.authority = Some(authority.clone());
        parts.path_and_query = Some(PathAndQuery::try_from(target).ok()?);
        let uri = Uri::from_parts(parts).ok()?;
        Some(Upstream { service, uri, patience: Duration::from_secs(place.patience) })
    }
}

/// The `host:port` of an `http` URL without a path.
pub(crate) fn authority(url: &str) -> Option<Authority> {
    let uri: Uri = url.parse().ok()?;
    let is_bare = matches!(uri.path(), "" | "/") && uri.query().is_none();
    let authority = uri.authority().filter(|authority| !authority.as_str().contains('@'))?;
    (is_bare && uri.scheme() == Some(&Scheme::HTTP)).then(|| authority.clone())
}

fn place(path: &str) -> Option<Place> {
    if leads_elsewhere(path) || CLOSED.iter().any(|closed| is_below(path, closed)) {
        return None;
    }
    if let Some(rest) = path.strip_prefix("/api/admin/") {
        return for_admins(rest);
    }
    let &(_, service, patience) = TABLE.iter().find(|(prefix, ..)| is_below(path, prefix))?;
    Some(Place { service, patience, path: None, acts: As::Caller })
}

/// What admins see of the journal: `rest` is what follows `/api/admin/`.
fn for_admins(rest: &str) -> Option<Place> {
    let segments: Vec<&str> = rest.split('/').collect();
    let is_known = match segments.as_slice() {
        ["users", id, "performance" | "trades"] => {
            !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_digit())
        }
        ["tracking" | "ml", what, ..] => !what.is_empty(),
        _ => false,
    };
    let path = Some(format!("/api/internal/{rest}"));
    is_known.then_some(Place { service: Journal, patience: 120, path, acts: As::Service })
}

/// Whether `path` is `prefix`, or below it.
fn is_below(path: &str, prefix: &str) -> bool {
    path.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Whether a reader that tidies paths up could take `path` for another.
fn leads_elsewhere(path: &str) -> bool {
    let Some(plain) = web::assets::decode(path) else { return true };
    let mut segments = plain.split(['/', '\\']);
    plain.contains("//") || plain.contains('\0') || segments.any(|segment| segment == "." || segment == "..")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn upstreams() -> Upstreams {
        Upstreams::new(&Urls::default()).unwrap()
    }

    fn leads(path: &str) -> Option<(String, u64)> {
        let (upstream, _) = upstreams().of(path, "")?;
        Some((upstream.uri.to_string(), upstream.patience.as_secs()))
    }

    #[test]
    fn a_prefix_matches_whole_segments() {
        let journal = |path: &str| Some((format!("http://journal:3002{path}"), 120));
        for path in [
            "/api/logs",
            "/api/logs/7/trades",
            "/api/journal",
            "/api/journals",
            "/api/journal_entries/1",
            "/api/prompt-alerts/",
            "/api/positions",
            "/api/imports/batches",
            "/api/users/me",
            "/api/risk-graph/x",
        ] {
            assert_eq!(leads(path), journal(path), "{path}");
        }
        for path in [
            "/api/logsx",
            "/api/journal2",
            "/api",
            "/api/",
            "/api/models/spot",
            "/logs",
            "/api/vexyx",
            "/API/logs",
        ] {
            assert_eq!(leads(path), None, "{path}");
        }
    }

    #[test]
    fn vexy_and_copilot_have_their_own_patience() {
        assert_eq!(leads("/api/vexy/chat"), Some(("http://vexy_proxy:3006/api/vexy/chat".into(), 60)));
        let interaction = leads("/api/vexy/interaction/jobs/1").unwrap().0;
        assert_eq!(interaction, "http://vexy_proxy:3006/api/vexy/interaction/jobs/1");
        assert_eq!(leads("/api/vexy/routine").unwrap().0, "http://vexy_ai:3005/api/vexy/routine");
        assert_eq!(leads("/api/mel/state"), Some(("http://copilot:8095/api/mel/state".into(), 30)));
        assert_eq!(leads("/api/commentary"), Some(("http://copilot:8095/api/commentary".into(), 120)));
        let analyze = leads("/api/dealer-gravity/analyze").unwrap().0;
        assert_eq!(analyze, "http://copilot:8095/api/dealer-gravity/analyze");
    }

    #[test]
    fn what_is_between_services_stays_there() {
        for path in [
            "/api/internal",
            "/api/internal/events",
            "/api/users/with-logs",
            "/api/logs/health",
            "/api/logs/../internal/events",
            "/api/logs/%2e%2e/internal",
            "/api/logs/..%2finternal",
            "/api/logs/%2E./internal",
            "/api/logs/..%5cinternal",
            "/api/logs/./x",
            "/api//internal",
            "/api/logs//x",
            "/api/logs/%00",
            "/api/logs/%zz",
            "/api/%69nternal/events",
        ] {
            assert_eq!(leads(path), None, "{path}");
        }
    }

    #[test]
    fn admins_reach_the_internal_routes_that_are_theirs_and_as_a_service() {
        for (path, behind) in [
            ("/api/admin/users/57/performance", "/api/internal/users/57/performance"),
            ("/api/admin/users/57/trades", "/api/internal/users/57/trades"),
            ("/api/admin/tracking/alerts/x", "/api/internal/tracking/alerts/x"),
            ("/api/admin/ml/models", "/api/internal/ml/models"),
        ] {
            let (upstream, acts) = upstreams().of(path, "page=2").unwrap();
            assert_eq!((upstream.uri.path(), upstream.uri.query()), (behind, Some("page=2")));
            assert_eq!(acts, As::Service);
        }
        for path in [
            "/api/admin/users/57",
            "/api/admin/users/57/activity",
            "/api/admin/users/x/trades",
            "/api/admin/ml",
            "/api/admin/users//trades",
            "/api/admin/events",
            "/api/admin/tracking/../events",
        ] {
            assert_eq!(leads(path), None, "{path}");
        }
    }

    #[test]
    fn sockets_are_copilots() {
        let socket =
            |path: &str| upstreams().of_socket(path, "dte=0").map(|upstream| upstream.uri.to_string());
        assert_eq!(socket("/ws/mel").as_deref(), Some("http://copilot:8095/ws/mel?dte=0"));
        for path in ["/ws", "/ws/", "/wsx/mel", "/ws/../api/internal", "/api/mel"] {
            assert_eq!(socket(path), None, "{path}");
        }
    }

    #[test]
    fn an_upstream_is_a_host_and_a_port() {
        assert_eq!(authority("http://10.0.0.7:3002/").unwrap().as_str(), "10.0.0.7:3002");
        for bad in
            ["https://journal:3002", "journal:3002", "http://journal:3002/x", "http://a@b:1", "", "http://"]
        {
            assert_eq!(authority(bad), None, "{bad}");
        }
    }
}
