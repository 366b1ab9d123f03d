//! Who may vouch for members, and with which secret.

use std::{collections::HashMap, fmt};

/// The issuers whose tokens are accepted.
#[derive(Clone, Default)]
pub struct Issuers(HashMap<String, Issuer>);

#[derive(Clone)]
pub(crate) struct Issuer {
    pub(crate) name: String,
    pub(crate) secret: Option<Vec<u8>>,
}

impl Issuers {
    /// From triples of `iss`, the short name that is stored for it, and its secret. An issuer without a secret,
    /// or with an empty one, is known but answers `sso_not_configured`.
    pub fn new(entries: impl IntoIterator<Item = (String, String, Option<Vec<u8>>)>) -> Self {
        Self(entries.into_iter().map(|(iss, name, secret)| (iss, Issuer { name, secret })).collect())
    }

    pub(crate) fn find(&self, iss: &str) -> Option<&Issuer> {
        self.0.get(iss)
    }
}

impl fmt::Debug for Issuers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.0.iter().map(|(iss, issuer)| (iss, &issuer.name))).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn issuers_are_told_without_their_secrets() {
        let site = "https://members.example.org";
        let issuers = Issuers::new([(site.to_owned(), "fotw".to_owned(), Some(b"own".to_vec()))]);
        assert_eq!(format!("{issuers:?}"), format!(r#"{{"{site}": "fotw"}}"#));
        assert!(issuers.find(site).is_some_and(|issuer| issuer.secret.is_some()));
        assert!(issuers.find("fotw").is_none(), "an issuer is known by its own word");
    }
}
