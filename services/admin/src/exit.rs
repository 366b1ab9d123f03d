//! How a command ends: its exit code, and the failures that have one of their own.

use fleet::docker;
use std::process::ExitCode;

/// The exit codes of every command.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Exit {
    /// Done, and what was checked is well.
    #[default]
    Done = 0,
    /// The operation failed, or something checked is not well.
    Failed = 1,
    /// The command line makes no sense.
    Usage = 2,
    /// Redis, Docker or a server does not answer.
    Unreachable = 3,
    /// Truth is invalid.
    Invalid = 4,
    /// No such service, component or file.
    Unknown = 5,
    /// Done for some, not for all.
    Partly = 6,
    /// Ended by the operator before it was done.
    Interrupted = 130,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// A failure whose exit code is not simply 1.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// The command line parses, but asks for something impossible.
    #[error("{0}")]
    Usage(String),
    /// Somebody does not answer.
    #[error("cannot reach {what}: {cause}")]
    Unreachable {
        /// `Docker`, `https://localhost:8443`.
        what: String,
        /// What happened.
        cause: String,
    },
    /// A name that nobody has.
    #[error("{kind} {name} is unknown{hint}")]
    Unknown {
        /// `service`, `component`, `file`.
        kind: &'static str,
        /// The name.
        name: String,
        /// Empty, or where to look.
        hint: &'static str,
    },
}

impl Failure {
    /// No such service.
    pub(crate) fn service(name: &str) -> Self {
        Self::Unknown { kind: "service", name: name.into(), hint: "; ./admin services lists them" }
    }

    /// No such component.
    pub(crate) fn component(name: &str) -> Self {
        Self::Unknown { kind: "component", name: name.into(), hint: "; ./admin components lists them" }
    }
}

/// The exit code that `error` asks for.
pub(crate) fn of(error: &anyhow::Error) -> Exit {
    for cause in error.chain() {
        if let Some(failure) = cause.downcast_ref::<Failure>() {
            return match failure {
                Failure::Usage(_) => Exit::Usage,
                Failure::Unreachable { .. } => Exit::Unreachable,
                Failure::Unknown { .. } => Exit::Unknown,
            };
        }
        if let Some(truth::Error::Invalid(_)) = cause.downcast_ref() {
            return Exit::Invalid;
        }
        if let Some(bus) = bus_error(cause) {
            return match bus {
                bus::Error::Url(_) | bus::Error::Undeclared(_) => Exit::Usage,
                bus if bus.is_transient() => Exit::Unreachable,
                _ => Exit::Failed,
            };
        }
        if let Some(docker) = cause.downcast_ref::<docker::Error>() {
            return match docker {
                docker::Error::Absent(_) => Exit::Unknown,
                docker::Error::Address(_) => Exit::Usage,
                docker if docker.is_unreachable() => Exit::Unreachable,
                _ => Exit::Failed,
            };
        }
    }
    Exit::Failed
}

/// The bus's own error, also where Truth's error stands for it.
fn bus_error<'a>(cause: &'a (dyn std::error::Error + 'static)) -> Option<&'a bus::Error> {
    match cause.downcast_ref() {
        Some(truth::Error::Bus(source) | truth::Error::Incomplete { source, .. }) => Some(source),
        _ => cause.downcast_ref(),
    }
}

/// What is told of `error`: the chain on one line; an outage names who is away.
pub(crate) fn told(error: &anyhow::Error) -> String {
    for cause in error.chain() {
        if let Some(bus) = bus_error(cause).filter(|bus| bus.is_transient()) {
            return format!("cannot reach {bus}");
        }
        if let Some(docker) = cause.downcast_ref::<docker::Error>().filter(|docker| docker.is_unreachable()) {
            return format!("cannot reach Docker: {docker}");
        }
    }
    format!("{error:#}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use anyhow::Context;
    use wire::BusId;

    #[test]
    fn an_outage_keeps_its_code_and_its_name_under_any_context() {
        let away = bus::Error::Unavailable { bus: BusId::System, cause: "connection refused".into() };
        let error = Err::<(), _>(away).context("read truth:doc").unwrap_err();
        assert_eq!(of(&error), Exit::Unreachable);
        assert_eq!(told(&error), "cannot reach system-redis: connection refused");
    }

    #[test]
    fn an_unknown_name_says_where_to_look() {
        let error = anyhow::Error::from(Failure::service("vigli"));
        assert_eq!(of(&error), Exit::Unknown);
        assert_eq!(told(&error), "service vigli is unknown; ./admin services lists them");
        assert_eq!(of(&anyhow::anyhow!("anything else")), Exit::Failed);
    }
}
