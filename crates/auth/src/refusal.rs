//! Why somebody is not admitted: a public code, a private reason.

use std::fmt;

/// A token or session that is not accepted.
///
/// [`Refusal::code`] and [`Refusal::status`] are for the caller and never tell which check failed;
/// [`Refusal::reason`] and [`Refusal::issuer`] are for the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    kind: Kind,
    reason: &'static str,
    issuer: Option<Box<str>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    MissingSso,
    SsoInvalid,
    SsoExpired,
    SsoNotConfigured,
    NotAuthenticated,
    SessionExpired,
}

impl Refusal {
    pub(crate) fn new(kind: Kind, reason: &'static str) -> Self {
        Self { kind, reason, issuer: None }
    }

    #[must_use]
    pub(crate) fn of_issuer(mut self, issuer: &str) -> Self {
        self.issuer = Some(issuer.into());
        self
    }

    /// The stable code of the error body.
    pub fn code(&self) -> &'static str {
        match self.kind {
            Kind::MissingSso => "missing_sso",
            Kind::SsoInvalid => "sso_invalid",
            Kind::SsoExpired => "sso_expired",
            Kind::SsoNotConfigured => "sso_not_configured",
            Kind::NotAuthenticated => "not_authenticated",
            Kind::SessionExpired => "session_expired",
        }
    }

    /// The HTTP status that goes with the code.
    pub fn status(&self) -> u16 {
        match self.kind {
            Kind::MissingSso => 400,
            Kind::SsoNotConfigured => 503,
            Kind::SsoInvalid | Kind::SsoExpired | Kind::NotAuthenticated | Kind::SessionExpired => 401,
        }
    }

    /// What was wrong, one of a closed set of constants. For the log only.
    pub fn reason(&self) -> &'static str {
        self.reason
    }

    /// The short name of the issuer, once a known one was named. For the log only: before the signature was
    /// checked it is what the token claims.
    pub fn issuer(&self) -> Option<&str> {
        self.issuer.as_deref()
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code(), self.reason)
    }
}

impl std::error::Error for Refusal {}
