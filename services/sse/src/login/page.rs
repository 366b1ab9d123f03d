//! The pages that people see who could not come in. They stand alone: no script, no file, everything in them escaped.

use auth::Tier;

/// Colours and measures of the product's page, dark and light.
const STYLE: &str = include_str!("page.css");

/// What somebody sees whose tier is not admitted.
pub(crate) fn blocked(tier: Tier, upgrade: Option<&str>) -> String {
    let upgrade = upgrade
        .map(|url| format!("<a class=\"action\" href=\"{}\">See memberships</a>", escaped(url)))
        .unwrap_or_default();
    let body = format!(
        "<p class=\"tag\">{tier}</p>\
         <h1>Your membership does not include this desk</h1>\
         <p>You are signed in with the <strong>{tier}</strong> tier, which is not admitted here at the moment. \
         Nothing of your account has changed. After an upgrade, sign in again and you are in.</p>\
         <p class=\"actions\">{upgrade}<a class=\"quiet\" href=\"/api/auth/logout\">Sign out</a></p>\
         <p class=\"note\">If you think that this is a mistake, tell the support of the site where you signed in, \
         and name the tier above.</p>"
    );
    page("Not included", &body)
}

/// What somebody sees whose sign-in failed for a reason of ours.
pub(crate) fn failed(text: &str) -> String {
    let body = format!(
        "<h1>Signing in did not work</h1><p>{}</p>\
         <p class=\"actions\"><a class=\"action\" href=\"/login\">Back to sign-in</a></p>",
        escaped(text)
    );
    page("Sign-in", &body)
}

fn page(title: &str, body: &str) -> String {
    format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\
         <meta name=\"color-scheme\" content=\"dark light\"><meta name=\"robots\" content=\"noindex\">\
         <title>{title} · MarketSwarm</title><style>{STYLE}</style></head>\
         <body><main><p class=\"brand\">MarketSwarm</p>{body}</main></body></html>"
    )
}

fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            c => escaped.push(c),
        }
    }
    escaped
}

/// Whether a browser asks for a page: `accept` names HTML, and nothing that a program would read more.
pub(crate) fn is_wanted(accept: Option<&str>) -> bool {
    let quality = |kind: &str| {
        let ranges = accept.unwrap_or_default().split(',');
        let of = |range: &str| {
            let mut parts = range.split(';').map(str::trim);
            let is_named = parts.next().is_some_and(|name| name.eq_ignore_ascii_case(kind));
            let quality = parts.find_map(|part| part.strip_prefix("q=").or_else(|| part.strip_prefix("Q=")));
            is_named.then(|| quality.map_or(1.0, |quality| quality.parse::<f32>().unwrap_or(0.0)))
        };
        ranges.filter_map(of).fold(0.0_f32, f32::max)
    };
    let html = quality("text/html").max(quality("application/xhtml+xml"));
    html > 0.0 && html >= quality("application/json")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_browser_asks_for_a_page_and_a_program_does_not() {
        for browser in [
            "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
            "text/html",
            "application/json;q=0.5, TEXT/HTML",
        ] {
            assert!(is_wanted(Some(browser)), "{browser}");
        }
        for program in
            ["*/*", "", "application/json", "application/json, text/html;q=0.9", "text/html;q=0", "text/*"]
        {
            assert!(!is_wanted(Some(program)), "{program}");
        }
        assert!(!is_wanted(None));
    }

    #[test]
    fn a_page_holds_nothing_unescaped() {
        let page = blocked(Tier::Observer, Some("https://x.example/?a=1&b=\"><script>"));
        assert!(page.contains("href=\"https://x.example/?a=1&amp;b=&quot;&gt;&lt;script&gt;\""));
        assert!(page.contains("observer") && page.contains("/api/auth/logout"));
        assert!(!blocked(Tier::Observer, None).contains("See memberships"));
        assert!(failed("<b>").contains("&lt;b&gt;"));
    }
}
