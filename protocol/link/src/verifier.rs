//! Who may answer when we dial: the checks of a server's certificate inside the handshake.
//!
//! One verifier with two measures ([`Trust`]): a member judges by the cluster's CA and the expected name, a machine that
//! joins knows nothing but the CA's fingerprint. The name that the caller dialled is checked here and not by SNI, because
//! "any coordinator" is not a host name.

use std::fmt;
use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::{DigitallySignedStruct, OtherError, SignatureScheme};
use rustls_pki_types::{CertificateDer, ServerName, UnixTime};

use crate::certificate::{self, CertificateError, Usage};
use crate::fingerprint::Fingerprint;
use crate::name::PeerName;

/// Whom the caller expects at the other end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Expect {
    /// Exactly this member.
    Exactly(PeerName),
    /// Any coordinator of the cluster.
    AnyCoordinator,
    /// Any district node of the cluster.
    AnyNode,
}

/// Why the answering peer's certificate was refused. rustls shows it by `Debug`, so that says it in words too.
#[derive(thiserror::Error)]
pub(crate) enum Refusal {
    #[error(transparent)]
    Certificate(#[from] CertificateError),
    #[error("{expected} was expected, but {presented} answered")]
    WrongPeer { expected: Expect, presented: PeerName },
    #[error(
        "no certificate with the CA fingerprint {0} was presented: this is another cluster, or the join token is wrong"
    )]
    WrongFingerprint(Fingerprint),
}

/// By what the answering side is judged.
#[derive(Debug)]
pub(crate) enum Trust {
    /// It is a member under this CA, and whom the caller expects.
    Member {
        authority: CertificateDer<'static>,
        expect: Expect,
    },
    /// It is a coordinator, and the CA that it presents has this fingerprint.
    Pinned(Fingerprint),
}

#[derive(Debug)]
pub(crate) struct PeerVerifier {
    pub(crate) trust: Trust,
    pub(crate) provider: Arc<CryptoProvider>,
}

// === impl Expect ===

impl Expect {
    /// Whether this member is whom the caller expects.
    pub fn admits(self, name: PeerName) -> bool {
        match self {
            Self::Exactly(expected) => expected == name,
            Self::AnyCoordinator => name.is_coordinator(),
            Self::AnyNode => name.is_node(),
        }
    }

    /// The name to send along in the handshake; only shown in logs, the checks are in the verifiers.
    pub(crate) fn server_name(self) -> String {
        match self {
            Self::Exactly(name) => name.dns_name(),
            Self::AnyCoordinator => format!("coordinator.{}", crate::name::MEMBER_DOMAIN),
            Self::AnyNode => format!("node.{}", crate::name::MEMBER_DOMAIN),
        }
    }
}

impl fmt::Display for Expect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exactly(name) => name.fmt(f),
            Self::AnyCoordinator => f.write_str("a coordinator"),
            Self::AnyNode => f.write_str("a node"),
        }
    }
}

impl fmt::Debug for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

fn check_member(
    certificate: &CertificateDer<'_>,
    authority: &CertificateDer<'_>,
    expect: Expect,
    now: UnixTime,
) -> Result<(), Refusal> {
    certificate::verify(certificate, authority, Usage::Server, now)?;
    let presented = certificate::member_name(certificate)?;
    if expect.admits(presented) {
        Ok(())
    } else {
        Err(Refusal::WrongPeer {
            expected: expect,
            presented,
        })
    }
}

/// The certificate in a chain that has the pinned fingerprint.
pub(crate) fn pinned<'a, 'b>(
    chain: &'a [CertificateDer<'b>],
    fingerprint: Fingerprint,
) -> Option<&'a CertificateDer<'b>> {
    chain
        .iter()
        .find(|certificate| Fingerprint::of(certificate) == fingerprint)
}

fn refuse(refusal: Refusal) -> rustls::Error {
    let reason = match &refusal {
        // A foreign CA must reach the other side as "unknown CA", so that its log names the cause.
        Refusal::Certificate(CertificateError::NotUnderAuthority(webpki::Error::UnknownIssuer)) => {
            rustls::CertificateError::UnknownIssuer
        }
        Refusal::Certificate(_) | Refusal::WrongPeer { .. } | Refusal::WrongFingerprint(_) => {
            rustls::CertificateError::Other(OtherError(Arc::new(refusal)))
        }
    };
    rustls::Error::InvalidCertificate(reason)
}

// === impl Trust ===

impl Trust {
    fn check(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<(), Refusal> {
        match self {
            Self::Member { authority, expect } => check_member(end_entity, authority, *expect, now),
            Self::Pinned(fingerprint) => {
                let authority =
                    pinned(intermediates, *fingerprint).ok_or(Refusal::WrongFingerprint(*fingerprint))?;
                check_member(end_entity, authority, Expect::AnyCoordinator, now)
            }
        }
    }
}

// === impl PeerVerifier ===

impl ServerCertVerifier for PeerVerifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        self.trust
            .check(end_entity, intermediates, now)
            .map(|()| ServerCertVerified::assertion())
            .map_err(refuse)
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls12_signature(message, certificate, signed, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls13_signature(message, certificate, signed, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider
            .signature_verification_algorithms
            .supported_schemes()
    }
}
