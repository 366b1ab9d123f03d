//! One finding about a file.

use serde::{Serialize, Serializer};
use std::fmt;

/// What is wrong, for machines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[expect(missing_docs, reason = "the texts below are the codes of the contract")]
pub enum Code {
    Read,
    Parse,
    Schema,
    DupKey,
    IdMismatch,
    ComponentMissing,
    ComponentOrphan,
    UnknownBus,
    DanglingSub,
    DanglingModel,
    DepUnknown,
    DepCycle,
    PhaseOrder,
    TtlTooShort,
    TtlTight,
    TimeoutTooShort,
    TimeoutTight,
    HbChannel,
    PortClash,
    SecretInPublic,
    SecretsShape,
    SecretRef,
    SecretsMode,
    Unwatched,
}

impl Code {
    /// Every code.
    pub const ALL: [Self; 24] = [
        Self::Read,
        Self::Parse,
        Self::Schema,
        Self::DupKey,
        Self::IdMismatch,
        Self::ComponentMissing,
        Self::ComponentOrphan,
        Self::UnknownBus,
        Self::DanglingSub,
        Self::DanglingModel,
        Self::DepUnknown,
        Self::DepCycle,
        Self::PhaseOrder,
        Self::TtlTooShort,
        Self::TtlTight,
        Self::TimeoutTooShort,
        Self::TimeoutTight,
        Self::HbChannel,
        Self::PortClash,
        Self::SecretInPublic,
        Self::SecretsShape,
        Self::SecretRef,
        Self::SecretsMode,
        Self::Unwatched,
    ];

    /// The code as it is printed. `E_…` is an error, `W_…` a warning.
    pub const fn text(self) -> &'static str {
        match self {
            Self::Read => "E_READ",
            Self::Parse => "E_PARSE",
            Self::Schema => "E_SCHEMA",
            Self::DupKey => "E_DUP_KEY",
            Self::IdMismatch => "E_ID_MISMATCH",
            Self::ComponentMissing => "E_COMPONENT_MISSING",
            Self::ComponentOrphan => "W_COMPONENT_ORPHAN",
            Self::UnknownBus => "E_UNKNOWN_BUS",
            Self::DanglingSub => "E_DANGLING_SUB",
            Self::DanglingModel => "E_DANGLING_MODEL",
            Self::DepUnknown => "E_DEP_UNKNOWN",
            Self::DepCycle => "E_DEP_CYCLE",
            Self::PhaseOrder => "E_PHASE_ORDER",
            Self::TtlTooShort => "E_TTL_TOO_SHORT",
            Self::TtlTight => "W_TTL_TIGHT",
            Self::TimeoutTooShort => "E_TIMEOUT_TOO_SHORT",
            Self::TimeoutTight => "W_TIMEOUT_TIGHT",
            Self::HbChannel => "E_HB_CHANNEL",
            Self::PortClash => "E_PORT_CLASH",
            Self::SecretInPublic => "E_SECRET_IN_PUBLIC",
            Self::SecretsShape => "E_SECRETS_SHAPE",
            Self::SecretRef => "W_SECRET_REF",
            Self::SecretsMode => "W_SECRETS_MODE",
            Self::Unwatched => "W_UNWATCHED",
        }
    }

    const fn severity(self) -> Severity {
        match self {
            Self::ComponentOrphan
            | Self::TtlTight
            | Self::TimeoutTight
            | Self::SecretRef
            | Self::SecretsMode
            | Self::Unwatched => Severity::Warn,
            _ => Severity::Error,
        }
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text())
    }
}

impl Serialize for Code {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.text())
    }
}

/// Whether a finding forbids loading.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Nothing is loaded.
    Error,
    /// Told, and loaded.
    Warn,
}

/// A finding. Sorts by file, then pointer. Its message never holds a secret value.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Fault {
    /// The file that holds the offending entry, as it was opened.
    pub file: String,
    /// RFC 6901 pointer into that file, empty for the whole of it; `line:column` when it is not JSON.
    pub pointer: String,
    /// What is wrong, for machines.
    pub code: Code,
    /// What is wrong, for people.
    pub message: String,
    /// Whether it forbids loading.
    pub severity: Severity,
}

impl Fault {
    pub(crate) fn new(
        file: impl Into<String>,
        pointer: impl Into<String>,
        code: Code,
        message: impl Into<String>,
    ) -> Self {
        Self {
            file: file.into(),
            pointer: pointer.into(),
            code,
            message: message.into(),
            severity: code.severity(),
        }
    }

    /// True when it forbids loading.
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file)?;
        if !self.pointer.is_empty() {
            write!(f, ":{}", self.pointer)?;
        }
        write!(f, ": {}: {}", self.code, self.message)
    }
}

/// A member name as one segment of a pointer.
pub(crate) fn segment(name: &str) -> String {
    format!("/{}", name.replace('~', "~0").replace('/', "~1"))
}
