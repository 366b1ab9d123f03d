use std::collections::HashMap;

/// The variables of the process, read once. Only this crate reads the environment.
#[derive(Clone, Default)]
pub struct Env(HashMap<String, String>);

impl std::fmt::Debug for Env {
    /// Names only: values may be secret.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

impl Env {
    /// The variables of this process.
    pub fn of_process() -> Self {
        let text = |(name, value): (std::ffi::OsString, std::ffi::OsString)| {
            Some((name.into_string().ok()?, value.into_string().ok()?))
        };
        Self(std::env::vars_os().filter_map(text).collect())
    }

    /// Given variables, for tests.
    pub fn of(variables: impl IntoIterator<Item = (String, String)>) -> Self {
        Self(variables.into_iter().collect())
    }

    /// Variable `name`; `None` when it is unset or empty.
    pub fn get(&self, name: &str) -> Option<String> {
        self.0.get(name).filter(|value| !value.is_empty()).cloned()
    }

    /// Variable `name` parsed, or `default` when it is unset.
    ///
    /// # Errors
    /// It is set and does not parse; the text names the variable.
    pub fn parse<T: std::str::FromStr>(&self, name: &str, default: T) -> anyhow::Result<T> {
        match self.get(name) {
            None => Ok(default),
            Some(text) => text.parse().map_err(|_not| anyhow::anyhow!("{name}: {text:?} is not understood")),
        }
    }

    /// All variables.
    pub fn all(&self) -> &HashMap<String, String> {
        &self.0
    }

    /// Where Truth is: the first of `TRUTH_REDIS_URL`, `BOOTSTRAP_REDIS_URL`, `REDIS_URL` that is set.
    pub fn truth_url(&self) -> String {
        ["TRUTH_REDIS_URL", "BOOTSTRAP_REDIS_URL", "REDIS_URL"]
            .into_iter()
            .find_map(|name| self.get(name))
            .unwrap_or_else(|| "redis://system-redis:6379".into())
    }
}
