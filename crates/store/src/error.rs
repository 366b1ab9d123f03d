use mysql_async::{DriverError, Error as Driver, ServerError};

const DUPLICATE: u16 = 1062;
/// Codes of a server that may do the same a moment later: full, stopping, read-only for a while, a lock that was not
/// given in time, a deadlock, a connection that was killed.
const PASSING: [u16; 12] = [1040, 1053, 1158, 1159, 1160, 1161, 1203, 1205, 1213, 1290, 1317, 1927];

/// Why a call did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The URL does not parse; it is not repeated.
    #[error("expected a URL like mysql://user:password@host:3306/database")]
    Url,
    /// The server is away, refuses to be entered, or does not answer in time; the same call may work later.
    #[error("database away: {0}")]
    Away(String),
    /// A row with the same value of a unique key is there already.
    #[error("a row with the same {key} exists")]
    Duplicate {
        /// Name of the key: `uq_users_issuer_wp`.
        key: String,
    },
    /// The server answered with another error.
    #[error("the database refused")]
    Refused(#[source] ServerError),
    /// A statement and its parameters, or a row and what is read from it, do not fit.
    #[error("{0}")]
    Unfit(String),
    /// A migration that was applied before now has another text.
    #[error("migration {version:04}_{name} was applied with another text; applied migrations never change")]
    Changed {
        /// Its number.
        version: u32,
        /// Its name.
        name: &'static str,
    },
}

impl Error {
    /// True when waiting can help.
    pub const fn is_transient(&self) -> bool {
        matches!(self, Self::Away(_))
    }

    /// The server's number for what went wrong; `None` when it was not the server who said so.
    pub const fn code(&self) -> Option<u16> {
        match self {
            Self::Duplicate { .. } => Some(DUPLICATE),
            Self::Refused(error) => Some(error.code),
            _ => None,
        }
    }
}

impl From<Driver> for Error {
    fn from(error: Driver) -> Self {
        match error {
            Driver::Server(error) if error.code == DUPLICATE => Self::Duplicate { key: key(&error.message) },
            Driver::Server(error) if PASSING.contains(&error.code) => Self::Away(error.to_string()),
            Driver::Server(error) => Self::Refused(error),
            Driver::Io(error) => Self::Away(error.to_string()),
            Driver::Url(_) => Self::Url,
            Driver::Driver(DriverError::ConnectionClosed | DriverError::PoolDisconnected) => {
                Self::Away("the connection is closed".into())
            }
            // What did not fit may be private; the driver's text would show it.
            Driver::Driver(DriverError::FromValue { .. } | DriverError::FromRow { .. }) => {
                Self::Unfit("a row is not what was expected".into())
            }
            Driver::Driver(error) => Self::Unfit(error.to_string()),
            Driver::Other(error) => Self::Unfit(error.to_string()),
        }
    }
}

/// The key in `Duplicate entry 'x' for key 'users.uq_email'`: MySQL writes the table before it, MariaDB does not.
fn key(message: &str) -> String {
    let name = message.rsplit('\'').nth(1).unwrap_or_default();
    name.rsplit('.').next().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duplicate_names_its_key_in_both_dialects() {
        assert_eq!(key("Duplicate entry 'fotw-3391' for key 'uq_users_issuer_wp'"), "uq_users_issuer_wp");
        assert_eq!(key("Duplicate entry 'it''s' for key 'users.PRIMARY'"), "PRIMARY");
        assert_eq!(key("something else"), "");
    }

    #[test]
    fn what_passes_by_itself_is_transient() {
        let server = |code| {
            Error::from(Driver::Server(ServerError { code, message: "m".into(), state: "HY000".into() }))
        };
        assert!(server(1040).is_transient() && server(1213).is_transient());
        assert!(!server(1146).is_transient());
        assert_eq!((server(1062).code(), server(1146).code()), (Some(1062), Some(1146)));
    }
}
