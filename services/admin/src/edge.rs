//! HTTP as the commands ask for it: bounded in time, and strict about certificates but for this machine's own.

use crate::exit::Failure;
use anyhow::Context;
use reqwest::{Client, Url};
use rustls::{
    ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme,
    client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    crypto::CryptoProvider,
    pki_types::{CertificateDer, ServerName, UnixTime},
};
use std::{net::IpAddr, sync::Arc, time::Duration};

/// A client for `url`. The development certificate is self-signed: for loopback addresses, and for these alone,
/// any certificate is accepted.
pub(crate) fn client(url: &Url, timeout: Duration) -> anyhow::Result<Client> {
    let mut tls = if is_loopback(url) {
        ClientConfig::builder()
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(OwnMachine::new()?))
            .with_no_client_auth()
    } else {
        let roots = RootCertStore::from_iter(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
        ClientConfig::builder().with_root_certificates(roots).with_no_client_auth()
    };
    tls.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Client::builder()
        .tls_backend_preconfigured(tls)
        .connect_timeout(timeout)
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .context("set up HTTP")
}

/// `text` as an address.
pub(crate) fn url(text: &str) -> anyhow::Result<Url> {
    Url::parse(text).map_err(|error| Failure::Usage(format!("{text}: {error}")).into())
}

fn is_loopback(url: &Url) -> bool {
    url.host_str().is_some_and(|host| {
        let address = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
        host == "localhost" || address.is_ok_and(|address| address.is_loopback())
    })
}

/// What is at the bottom of `error`, without the address.
pub(crate) fn cause(error: reqwest::Error) -> String {
    if error.is_timeout() {
        return "no answer in time".into();
    }
    anyhow::Error::from(error.without_url()).root_cause().to_string()
}

/// Accepts whatever certificate a server of this machine shows; signatures are checked all the same.
#[derive(Debug)]
struct OwnMachine(Arc<CryptoProvider>);

impl OwnMachine {
    fn new() -> anyhow::Result<Self> {
        CryptoProvider::get_default().cloned().map(Self).context("no TLS provider is installed")
    }
}

impl ServerCertVerifier for OwnMachine {
    fn verify_server_cert(
        &self,
        _end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.0.signature_verification_algorithms;
        rustls::crypto::verify_tls12_signature(message, cert, signature, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.0.signature_verification_algorithms;
        rustls::crypto::verify_tls13_signature(message, cert, signature, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_machine_may_show_any_certificate() {
        let loopback = |text: &str| is_loopback(&url(text).unwrap());
        assert!(loopback("https://localhost:8443/api/health"));
        assert!(loopback("https://127.0.0.1:8443"));
        assert!(loopback("https://[::1]:8443"));
        assert!(!loopback("https://localhost.example.org"));
        assert!(!loopback("https://10.0.0.5:8443"));
    }
}
