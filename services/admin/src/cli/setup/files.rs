//! The files of a checkout that are this machine's own.

use super::{super::load_truth::secrets_file, Check};
use crate::desk::Desk;
use anyhow::{Context, bail};
use serde_json::Value;
use std::{
    fmt::Write as _,
    fs::{self, OpenOptions, Permissions},
    io::{ErrorKind, Write as _},
    os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt},
    path::Path,
};

const EXAMPLE: &str = "truth_secrets.example.json";
/// One value in every scope that has the field: who signs a session and who checks it must agree.
const SHARED: &str = "app_session_secret";
const SOCKET: &str = "/var/run/docker.sock";

/// Makes what is missing; with `force` replaces what is there.
pub(super) fn prepare(desk: &Desk, force: bool) -> anyhow::Result<Vec<Check>> {
    let secrets = secrets_file(desk);
    let secrets_check = prepare_secrets(&desk.root().join(EXAMPLE), &secrets, force)?;
    let env = desk.root().join(".env");
    let admin_env = desk.root().join(".env.admin");
    Ok(vec![
        Check::well(".env", put(&env, &variables(desk), force)?),
        Check::well(".env.admin", prepare_admin_env(&admin_env, desk, force)?),
        Check::well("truth_secrets.json", secrets_check),
    ])
}

fn variables(desk: &Desk) -> Vec<(&'static str, String)> {
    let own = |name: &str, default: &str| desk.variable(name).unwrap_or_else(|| default.into());
    let mut variables = vec![
        ("COMPOSE_PROJECT_NAME", desk.project.clone()),
        ("MS_TAG", own("MS_TAG", "current")),
        ("MS_BIND", own("MS_BIND", "127.0.0.1")),
        ("TRUTH_SECRETS_FILE", own("TRUTH_SECRETS_FILE", "./truth_secrets.json")),
    ];
    // The unprivileged user of the images may use the socket as a member of its group, where that has the right to.
    if let Ok(socket) = fs::metadata(SOCKET)
        && socket.mode() & 0o060 == 0o060
    {
        variables.push(("DOCKER_GID", socket.gid().to_string()));
        variables.push(("DOCKER_USER", "65532:65532".into()));
    }
    variables
}

/// Adds variables to an environment file; those that are there keep their value unless `force`.
fn put(path: &Path, variables: &[(&str, String)], force: bool) -> anyhow::Result<String> {
    let before = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound => String::new(),
        Err(error) => return Err(error).with_context(|| format!("read {}", path.display())),
    };
    let mut after = String::new();
    let mut told = Vec::new();
    for line in before.lines() {
        let name = line.split_once('=').map_or("", |(name, _)| name.trim());
        let new = variables
            .iter()
            .find(|(known, _)| force && *known == name)
            .map(|(name, value)| format!("{name}={value}"));
        match new.filter(|new| new != line) {
            Some(new) => {
                told.push(format!("{name} replaced"));
                writeln!(after, "{new}")?;
            }
            None => writeln!(after, "{line}")?,
        }
    }
    let has = |name: &str| before.lines().any(|line| line.trim_start().starts_with(&format!("{name}=")));
    for (name, value) in variables.iter().filter(|(name, _)| !has(name)) {
        writeln!(after, "{name}={value}")?;
        told.push(format!("{name} added"));
    }
    if told.is_empty() {
        return Ok("kept".into());
    }
    fs::write(path, after).with_context(|| format!("write {}", path.display()))?;
    Ok(if before.is_empty() { "written".into() } else { told.join(", ") })
}

fn prepare_admin_env(path: &Path, desk: &Desk, force: bool) -> anyhow::Result<String> {
    if path.exists() && !force {
        return Ok("kept".into());
    }
    let text = format!(
        "# What ./admin takes on this machine before .env; the process environment wins over both.\n\
         COMPOSE_PROJECT_NAME={}\n\
         #BOOTSTRAP_REDIS_URL=redis://127.0.0.1:6379\n\
         #DOCKER_HOST=unix:///var/run/docker.sock\n",
        desk.project
    );
    fs::write(path, text).with_context(|| format!("write {}", path.display()))?;
    Ok("written".into())
}

fn prepare_secrets(example: &Path, path: &Path, force: bool) -> anyhow::Result<String> {
    if path.is_dir() {
        bail!("{} is a directory: Docker makes one where a bound file is missing; remove it", path.display());
    }
    if path.exists() && !force {
        let mode = fs::metadata(path).context("look at the secrets file")?.mode() & 0o777;
        if mode & 0o077 == 0 {
            return Ok("kept".into());
        }
        fs::set_permissions(path, Permissions::from_mode(0o600)).context("protect the secrets file")?;
        return Ok(format!("kept; its mode was {mode:04o} and is 0600 now"));
    }
    let text = fs::read_to_string(example).with_context(|| format!("read {}", example.display()))?;
    let mut secrets: Value =
        serde_json::from_str(&text).with_context(|| format!("parse {}", example.display()))?;
    let filled = fill(&mut secrets, &generated());
    write_private(path, &format!("{secrets:#}\n")).with_context(|| format!("write {}", path.display()))?;
    Ok(format!("written; {SHARED} generated for {filled} scopes, every other secret is unset"))
}

/// Sets the shared field in every scope that has it; how many there were.
fn fill(secrets: &mut Value, value: &str) -> usize {
    let scopes = secrets.get_mut("secrets").and_then(Value::as_object_mut);
    let mut filled = 0;
    for scope in scopes.into_iter().flat_map(|scopes| scopes.values_mut()) {
        if let Some(field) = scope.get_mut(SHARED) {
            *field = Value::String(value.to_owned());
            filled += 1;
        }
    }
    filled
}

/// 32 random bytes as hex.
fn generated() -> String {
    format!("{:032x}{:032x}", rand::random::<u128>(), rand::random::<u128>())
}

/// Writes beside, then renames: nobody sees a half file, or one that others may read.
fn write_private(path: &Path, text: &str) -> std::io::Result<()> {
    let beside = path.with_extension("json.new");
    let mut options = OpenOptions::new();
    let mut file = options.write(true).create(true).truncate(true).mode(0o600).open(&beside)?;
    file.set_permissions(Permissions::from_mode(0o600))?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    fs::rename(beside, path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_session_secret_is_the_same_wherever_it_is_needed() {
        let mut secrets = json!({"secrets": {
            "sse": {"app_session_secret": "", "wp_jwt_secret": ""}, "journal": {"app_session_secret": ""},
            "massive": {"api_key": ""}
        }});
        let value = generated();
        assert_eq!(fill(&mut secrets, &value), 2);
        assert_eq!(
            secrets["secrets"]["sse"]["app_session_secret"],
            secrets["secrets"]["journal"]["app_session_secret"]
        );
        assert_eq!(secrets["secrets"]["sse"]["wp_jwt_secret"], "");
        assert!(value.len() == 64 && value != generated());
    }

    #[test]
    fn variables_are_added_and_kept_unless_forced() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(".env");
        fs::write(&path, "# mine\nMS_TAG=v7\n").unwrap();
        let wanted = [("MS_TAG", "current".to_owned()), ("MS_BIND", "127.0.0.1".to_owned())];
        assert_eq!(put(&path, &wanted, false).unwrap(), "MS_BIND added");
        assert_eq!(fs::read_to_string(&path).unwrap(), "# mine\nMS_TAG=v7\nMS_BIND=127.0.0.1\n");
        assert_eq!(put(&path, &wanted, false).unwrap(), "kept");
        put(&path, &wanted, true).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "# mine\nMS_TAG=current\nMS_BIND=127.0.0.1\n");
    }
}
