//! Reading certificates: whose they are, how long they are good, and whether the cluster's CA stands behind them.
//!
//! Used by the CA, by identities and by the verifiers of a link. Nothing in a certificate is believed before
//! `verify` has passed.

use std::time::{Duration, SystemTime};

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, UnixTime};
use webpki::{EndEntityCert, KeyUsage, anchor_from_trusted_cert};

use crate::name::{NameError, PeerName};
use crate::validity::Validity;

/// What is wrong with a certificate.
#[derive(Debug, Clone, thiserror::Error)]
pub enum CertificateError {
    /// Not PEM, or no certificate in it.
    #[error("no certificate can be read from the PEM text: {0}")]
    Pem(String),
    /// Not a certificate that we understand.
    #[error("the certificate cannot be read: {0}")]
    Unreadable(webpki::Error),
    /// The CA did not sign it, or it is not good now, or not for this use.
    #[error("the certificate does not stand under this cluster's CA: {0}")]
    NotUnderAuthority(webpki::Error),
    /// It names nobody, or several.
    #[error("a member's certificate carries exactly one name, this one carries {0}")]
    NameCount(usize),
    /// It names something that is not a member.
    #[error(transparent)]
    Name(#[from] NameError),
}

/// Which end of a link a certificate is presented by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Usage {
    Server,
    Client,
}

/// Reads the first certificate of a PEM text.
pub(crate) fn from_pem(pem: &str) -> Result<CertificateDer<'static>, CertificateError> {
    CertificateDer::from_pem_slice(pem.as_bytes()).map_err(|error| CertificateError::Pem(error.to_string()))
}

/// A certificate as PEM text.
pub(crate) fn to_pem(certificate: &CertificateDer<'_>) -> String {
    const LINE: usize = 64;
    let digits = BASE64.encode(certificate);
    let mut pem = String::from("-----BEGIN CERTIFICATE-----\n");
    for start in (0..digits.len()).step_by(LINE) {
        pem.push_str(&digits[start..digits.len().min(start + LINE)]);
        pem.push('\n');
    }
    pem.push_str("-----END CERTIFICATE-----\n");
    pem
}

/// The member that a certificate names.
pub(crate) fn member_name(certificate: &CertificateDer<'_>) -> Result<PeerName, CertificateError> {
    let parsed = EndEntityCert::try_from(certificate).map_err(CertificateError::Unreadable)?;
    let names: Vec<&str> = parsed.valid_dns_names().collect();
    match names.as_slice() {
        [name] => Ok(name.parse()?),
        several => Err(CertificateError::NameCount(several.len())),
    }
}

/// Checks that the CA signed this certificate for this use and that it is good at that time.
pub(crate) fn verify(
    certificate: &CertificateDer<'_>,
    authority: &CertificateDer<'_>,
    usage: Usage,
    at: UnixTime,
) -> Result<(), CertificateError> {
    let anchor = anchor_from_trusted_cert(authority).map_err(CertificateError::Unreadable)?;
    let parsed = EndEntityCert::try_from(certificate).map_err(CertificateError::Unreadable)?;
    let usage = match usage {
        Usage::Server => KeyUsage::server_auth(),
        Usage::Client => KeyUsage::client_auth(),
    };
    parsed
        .verify_for_usage(
            webpki::ALL_VERIFICATION_ALGS,
            &[anchor],
            &[],
            at,
            usage,
            None,
            None,
        )
        .map(|_| ())
        .map_err(CertificateError::NotUnderAuthority)
}

/// From when until when a certificate is good.
///
/// webpki shows the two times only in its refusals, and it checks them before anything else; so it is asked about
/// the beginning and the end of time.
pub(crate) fn validity(certificate: &CertificateDer<'_>) -> Result<Validity, CertificateError> {
    let parsed = EndEntityCert::try_from(certificate).map_err(CertificateError::Unreadable)?;
    let refusal_at = |seconds| {
        let at = UnixTime::since_unix_epoch(Duration::from_secs(seconds));
        let usage = KeyUsage::server_auth();
        parsed
            .verify_for_usage(webpki::ALL_VERIFICATION_ALGS, &[], &[], at, usage, None, None)
            .map(|_| ())
    };
    let not_before = match refusal_at(0) {
        Err(webpki::Error::CertNotValidYet { not_before, .. }) => not_before,
        Err(other) => return Err(CertificateError::Unreadable(other)),
        Ok(()) => UnixTime::since_unix_epoch(Duration::ZERO),
    };
    let not_after = match refusal_at(u64::MAX) {
        Err(webpki::Error::CertExpired { not_after, .. }) => not_after,
        Err(other) => return Err(CertificateError::Unreadable(other)),
        Ok(()) => return Err(CertificateError::Unreadable(webpki::Error::InvalidCertValidity)),
    };
    Ok(Validity {
        not_before: system_time(not_before),
        not_after: system_time(not_after),
    })
}

fn system_time(at: UnixTime) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(at.as_secs())
}

/// The same instant as webpki counts it; instants before 1970 become 1970.
pub(crate) fn unix_time(at: SystemTime) -> UnixTime {
    UnixTime::since_unix_epoch(at.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default())
}
