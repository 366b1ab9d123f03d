//! TLS against the bundled roots; the system's certificate store is never asked.

use rustls::{ClientConfig, RootCertStore, crypto::ring};
use std::sync::Arc;

/// The client's side of TLS.
///
/// # Errors
/// The library refuses its own defaults.
pub(crate) fn client_config() -> Result<ClientConfig, rustls::Error> {
    let roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(config)
}
