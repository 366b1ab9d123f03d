use crate::output::Report;
use clap_complete::Shell;
use serde_json::json;

/// Print a completion script for a shell
///
/// For bash: ./admin completions bash > ~/.local/share/bash-completion/completions/admin
#[derive(Debug, clap::Args)]
pub(super) struct Completions {
    /// Which shell
    shell: Shell,
}

impl Completions {
    pub(super) fn run(self, tree: &mut clap::Command) -> Report {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, tree, "admin", &mut script);
        let script = String::from_utf8_lossy(&script).trim_end().to_owned();
        Report::new(json!({"shell": self.shell.to_string(), "script": script})).line(script)
    }
}
