//! Which paths are ours, and which of them belong to a feature.

/// First segments that are never a page's.
const OURS: [&str; 3] = ["api", "sse", "ws"];

/// Paths that need a feature of the tier: whole segments, and what is below them.
const FEATURES: [(&str, &str); 11] = [
    ("/api/journal", "journal_access"),
    ("/api/journals", "journal_access"),
    ("/api/journal_entries", "journal_access"),
    ("/api/playbook", "playbook_access"),
    ("/api/playbooks", "playbook_access"),
    ("/api/edge-lab", "edge_lab_access"),
    ("/api/imports", "import_access"),
    ("/api/leaderboard", "leaderboard_access"),
    ("/api/models/heatmap", "heatmap_access"),
    ("/sse/heatmap", "heatmap_access"),
    ("/api/dealer-gravity/analyze", "dg_analysis_access"),
];

/// Whether `path` is the API's, not the page's.
pub(crate) fn is_ours(path: &str) -> bool {
    path.split('/').find(|segment| !segment.is_empty()).is_some_and(|first| OURS.contains(&first))
}

/// The feature that `path` belongs to.
pub(crate) fn feature(path: &str) -> Option<&'static str> {
    let is_below =
        |prefix: &str| path.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    FEATURES.iter().find(|(prefix, _)| is_below(prefix)).map(|&(_, feature)| feature)
}

/// The path that nginx sees in `uri` as it came: without its query, decoded once, slashes merged, dots resolved.
/// `None`: nothing that nginx would pass on.
pub(crate) fn seen_by_nginx(uri: &str) -> Option<String> {
    let path = uri.split(['?', '#']).next().unwrap_or_default();
    let path = web::assets::decode(path).filter(|path| path.starts_with('/') && !path.contains('\0'))?;
    let mut segments = Vec::new();
    for segment in path.split('/').filter(|segment| !segment.is_empty()) {
        match segment {
            "." => {}
            ".." => {
                segments.pop()?;
            }
            segment => segments.push(segment),
        }
    }
    Some(format!("/{}", segments.join("/")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_feature_holds_for_whole_segments() {
        assert_eq!(feature("/api/journal"), Some("journal_access"));
        assert_eq!(feature("/api/journal/entries/7"), Some("journal_access"));
        assert_eq!(feature("/api/journals"), Some("journal_access"));
        assert_eq!(feature("/api/journalism"), None);
        assert_eq!(feature("/api/models/heatmap/SPX"), Some("heatmap_access"));
        assert_eq!(feature("/api/models/gex/SPX"), None);
        assert_eq!(feature("/api/dealer-gravity/analyze"), Some("dg_analysis_access"));
        assert_eq!(feature("/api/dealer-gravity/artifact"), None);
    }

    #[test]
    fn every_feature_that_a_path_needs_is_one_of_the_gates() {
        for (path, feature) in FEATURES {
            assert!(auth::gates::FEATURES.iter().any(|known| known.key == feature), "{path}: {feature}");
        }
    }

    #[test]
    fn a_path_is_judged_as_nginx_sees_it() {
        for disguised in [
            "/api/%6aournal?x=/api/logs",
            "//api///journal",
            "/api/x/../journal",
            "/api/./journal/",
            "/api%2Fjournal",
        ] {
            assert_eq!(seen_by_nginx(disguised).as_deref(), Some("/api/journal"), "{disguised}");
        }
        assert_eq!(seen_by_nginx("/api/%256aournal").as_deref(), Some("/api/%6aournal"), "decoded once");
        for odd in ["", "api/x", "/../x", "/%zz", "/a%00b"] {
            assert_eq!(seen_by_nginx(odd), None, "{odd}");
        }
    }
}
