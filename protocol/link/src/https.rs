//! TLS for HTTPS: the candidates' listener of a node and the ops API of a coordinator.
//!
//! TLS 1.2 as well as 1.3 for the browsers of district machines, HTTP/1.1 only, and session tickets, so that a
//! browser that comes back after a drop skips the expensive half of the handshake. No client certificates: candidates
//! and ops show who they are by tokens.

use std::sync::Arc;

use rustls::ServerConfig;
use rustls::crypto::aws_lc_rs::Ticketer;
use rustls::version::{TLS12, TLS13};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};

use crate::tls::provider;

/// The longest chain that is served: a browser takes no more, and every handshake carries it.
pub const CHAIN_CERTIFICATES_MAX: usize = 8;

/// Why HTTPS cannot be served with this certificate and key.
#[derive(Debug, thiserror::Error)]
pub enum HttpsError {
    /// The chain cannot be read.
    #[error("the HTTPS certificate chain cannot be read: {0}")]
    Chain(rustls_pki_types::pem::Error),
    /// The chain is empty or too long.
    #[error(
        "the HTTPS certificate chain has {0} certificates: between 1 and {CHAIN_CERTIFICATES_MAX} are expected, the server's own first"
    )]
    ChainLength(usize),
    /// The key cannot be read.
    #[error("the HTTPS private key cannot be read: {0}")]
    Key(rustls_pki_types::pem::Error),
    /// rustls refuses them, most often because the key does not belong to the certificate.
    #[error("HTTPS cannot be served with this certificate and key: {0}")]
    Rustls(#[from] rustls::Error),
}

/// The server's TLS settings for a certificate chain and its key, both in PEM.
pub fn server_config(certificate_chain_pem: &str, key_pem: &str) -> Result<Arc<ServerConfig>, HttpsError> {
    let chain: Vec<CertificateDer<'static>> =
        CertificateDer::pem_slice_iter(certificate_chain_pem.as_bytes())
            .collect::<Result<_, _>>()
            .map_err(HttpsError::Chain)?;
    if chain.is_empty() || chain.len() > CHAIN_CERTIFICATES_MAX {
        return Err(HttpsError::ChainLength(chain.len()));
    }
    let key = PrivateKeyDer::from_pem_slice(key_pem.as_bytes()).map_err(HttpsError::Key)?;
    let mut config = ServerConfig::builder_with_provider(provider())
        .with_protocol_versions(&[&TLS13, &TLS12])?
        .with_no_client_auth()
        .with_single_cert(chain, key)?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    config.ticketer = Ticketer::new()?;
    Ok(Arc::new(config))
}

#[cfg(test)]
mod tests;
