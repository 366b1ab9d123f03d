//! Measures any server of Server-Sent Events:
//!
//! `sse_load url=http://127.0.0.1:3001/sse/vexy publish=redis://127.0.0.1:6379/copilot:commentary:message
//! clients=1000 rate=20 seconds=10 stuck=0 bytes=400 message='{"text":"{stamp}"}' pid=4711`
//!
//! `publish` may also be `http://address/path` (a POST, as nchan takes it) or `grip://address/channel` (pushpin).
//! `pid` is the server's process, whose CPU and memory are told with those of its children. Prints JSON.

use anyhow::{Context, bail};
use benches::{
    load::{Crowd, Plan, Publish, Target, measure},
    process::Tree,
    say,
};
use std::{collections::HashMap, str::FromStr, time::Duration};

const KNOWN: [&str; 9] = ["url", "publish", "clients", "rate", "seconds", "stuck", "bytes", "message", "pid"];

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    let mut said = HashMap::new();
    for argument in std::env::args().skip(1) {
        let (key, value) =
            argument.split_once('=').with_context(|| format!("{argument}: expected key=value"))?;
        if !KNOWN.contains(&key) {
            bail!("{key}: expected one of {}", KNOWN.join(", "));
        }
        said.insert(key.to_owned(), value.to_owned());
    }
    let text = |key: &str| said.get(key).with_context(|| format!("{key}=… is missing"));
    let target = Target::parse(text("url")?)?;
    let plan = Plan {
        publish: Publish::parse(text("publish")?)?,
        message: said.get("message").map_or(r#"{"text":"{stamp}"}"#, String::as_str).to_owned(),
        bytes: number(&said, "bytes", 400)?,
        rate: number(&said, "rate", 20.0)?,
        seconds: number(&said, "seconds", 10.0)?,
        first: 1,
    };
    let server = Tree::of(number(&said, "pid", 0)?);
    let mut crowd = Crowd::default();
    crowd.join_stuck(&target, number(&said, "stuck", 0)?).await?;
    crowd.join(&target, number(&said, "clients", 100)?, Duration::ZERO).await?;
    let outcome = measure(&mut crowd, plan, &server, target.port()).await?;
    say(&serde_json::to_string_pretty(&outcome)?);
    Ok(())
}

fn number<T: FromStr>(said: &HashMap<String, String>, key: &str, usual: T) -> anyhow::Result<T> {
    match said.get(key) {
        None => Ok(usual),
        Some(text) => text.parse().ok().with_context(|| format!("{key}={text}: expected a number")),
    }
}
