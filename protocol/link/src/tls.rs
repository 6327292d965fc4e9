//! The TLS and QUIC settings of a link, in one place.
//!
//! The crypto provider is named in every configuration and never taken from the process. Sessions are not resumed
//! and there is no 0-RTT: a resumed session would skip the check of the peer's certificate, and early data can be
//! replayed.

use std::sync::Arc;
use std::time::Duration;

use quinn::crypto::rustls::{NoInitialCipherSuite, QuicClientConfig, QuicServerConfig};
use quinn::{ClientConfig, IdleTimeout, ServerConfig, TransportConfig, VarInt};
use rustls::RootCertStore;
use rustls::client::Resumption;
use rustls::crypto::CryptoProvider;
use rustls::server::{NoServerSessionStorage, WebPkiClientVerifier};
use rustls::version::TLS13;

use crate::endpoint::Guests;
use crate::fingerprint::Fingerprint;
use crate::identity::Identity;
use crate::limits::Limits;
use crate::verifier::{Expect, PeerVerifier, Trust};

/// The versions of the protocol between members that we speak, the newest first: N and N-1. Since 2 messages may be packed,
/// frames may come as a chain, and coordinators may propose several entries at once. Since 3 the feed carries gates, check
/// values and withdrawals, and nodes say why they are not ready.
pub const MEMBER_PROTOCOLS: &[&str] = &["pariksha/3", "pariksha/2"];

/// The versions of the protocol of joining that we speak, the newest first.
pub const JOIN_PROTOCOLS: &[&str] = &["pariksha-join/1"];

/// A server admits a client with one short stream of its own; a client opens none.
const GREETING_STREAMS_MAX: u8 = 1;

/// The settings of TLS cannot be made from this identity.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// rustls refuses the certificate or key.
    #[error("TLS cannot be set up with this identity: {0}")]
    Rustls(#[from] rustls::Error),
    /// The CA's certificate cannot be a root.
    #[error("TLS cannot be set up with this CA: {0}")]
    Verifier(#[from] rustls::server::VerifierBuilderError),
    /// The provider lacks what QUIC needs.
    #[error("QUIC cannot be set up: {0}")]
    Quic(#[from] NoInitialCipherSuite),
}

/// The crypto provider of every configuration that we make.
pub(crate) fn provider() -> Arc<CryptoProvider> {
    Arc::new(rustls::crypto::aws_lc_rs::default_provider())
}

/// Makes aws-lc-rs the process's default provider, for libraries that look for one (reqwest). May be called often.
pub fn install_crypto_provider() {
    // An error only says that there is a default already.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
}

pub(crate) fn server_config(
    identity: &Identity,
    guests: Guests,
    limits: &Limits,
) -> Result<ServerConfig, TlsError> {
    let provider = provider();
    let mut roots = RootCertStore::empty();
    roots.add(identity.authority().clone())?;
    // A client without certificate gets through the handshake to be told why it is refused, or to join.
    let verifier = WebPkiClientVerifier::builder_with_provider(roots.into(), provider.clone())
        .allow_unauthenticated()
        .build()?;
    let mut tls = rustls::ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&TLS13])?
        .with_client_cert_verifier(verifier)
        .with_single_cert(identity.chain(), identity.key().der())?;
    tls.send_tls13_tickets = 0;
    tls.session_storage = Arc::new(NoServerSessionStorage {});
    tls.alpn_protocols = match guests {
        Guests::Refused => protocols(MEMBER_PROTOCOLS),
        Guests::Welcome => [protocols(MEMBER_PROTOCOLS), protocols(JOIN_PROTOCOLS)].concat(),
    };
    let mut config = ServerConfig::with_crypto(Arc::new(QuicServerConfig::try_from(tls)?));
    config.transport_config(Arc::new(transport(limits, 0)));
    config.max_incoming(limits.connections_max);
    Ok(config)
}

pub(crate) fn member_client_config(
    identity: &Identity,
    expect: Expect,
    limits: &Limits,
) -> Result<ClientConfig, TlsError> {
    let authority = identity.authority().clone();
    let tls = client_builder(Trust::Member { authority, expect })?
        .with_client_auth_cert(identity.chain(), identity.key().der())?;
    client_config(tls, MEMBER_PROTOCOLS, limits)
}

pub(crate) fn join_client_config(
    fingerprint: Fingerprint,
    limits: &Limits,
) -> Result<ClientConfig, TlsError> {
    let tls = client_builder(Trust::Pinned(fingerprint))?.with_no_client_auth();
    client_config(tls, JOIN_PROTOCOLS, limits)
}

type ClientBuilder = rustls::ConfigBuilder<rustls::ClientConfig, rustls::client::WantsClientCert>;

fn client_builder(trust: Trust) -> Result<ClientBuilder, TlsError> {
    let provider = provider();
    let verifier = PeerVerifier {
        trust,
        provider: provider.clone(),
    };
    Ok(rustls::ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&TLS13])?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier)))
}

fn client_config(
    mut tls: rustls::ClientConfig,
    speaks: &[&str],
    limits: &Limits,
) -> Result<ClientConfig, TlsError> {
    tls.resumption = Resumption::disabled();
    tls.enable_early_data = false;
    tls.alpn_protocols = protocols(speaks);
    let mut config = ClientConfig::new(Arc::new(QuicClientConfig::try_from(tls)?));
    config.transport_config(Arc::new(transport(limits, GREETING_STREAMS_MAX)));
    Ok(config)
}

fn protocols(names: &[&str]) -> Vec<Vec<u8>> {
    names.iter().map(|name| name.as_bytes().to_vec()).collect()
}

fn transport(limits: &Limits, uni_streams_max: u8) -> TransportConfig {
    let idle = IdleTimeout::try_from(Duration::from_millis(limits.idle_timeout_ms))
        .expect("the limits were checked: at most ten minutes");
    let mut transport = TransportConfig::default();
    transport
        .keep_alive_interval(Some(Duration::from_millis(limits.keep_alive_ms)))
        .max_idle_timeout(Some(idle))
        .max_concurrent_bidi_streams(limits.streams_max.into())
        .max_concurrent_uni_streams(VarInt::from(uni_streams_max))
        .stream_receive_window(limits.stream_window_bytes.into())
        .receive_window(limits.connection_window_bytes.into())
        .send_window(limits.send_window_bytes.into())
        .datagram_receive_buffer_size(Some(limits.datagram_buffer_bytes))
        .datagram_send_buffer_size(limits.datagram_buffer_bytes);
    transport
}

/// What an intruder would dial with: the members' protocol, and no certificate.
#[cfg(test)]
pub(crate) fn anonymous_member(
    fingerprint: &Fingerprint,
    limits: &Limits,
) -> (ClientConfig, quinn::Endpoint) {
    let tls = client_builder(Trust::Pinned(*fingerprint))
        .unwrap()
        .with_no_client_auth();
    let config = client_config(tls, MEMBER_PROTOCOLS, limits).unwrap();
    (
        config,
        quinn::Endpoint::client((std::net::Ipv4Addr::LOCALHOST, 0).into()).unwrap(),
    )
}
