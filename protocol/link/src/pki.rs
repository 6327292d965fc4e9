//! The cluster's certificate authority: made once by `pariksha-coordinator init`, used by coordinators to admit
//! members and to give nodes their HTTPS certificates.
//!
//! Its key never leaves the coordinators; whoever stores [`CertificateAuthority::key_pem`] wraps it first. A signing
//! request is only believed about the key: names, uses and times are decided here.

use std::net::IpAddr;
use std::time::SystemTime;

use rcgen::{
    BasicConstraints, CertificateParams, CertificateSigningRequestParams, DnType, DnValue,
    ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, KeyUsagePurpose, PKCS_ECDSA_P256_SHA256, PublicKeyData,
    SanType, SerialNumber,
};
use rustls_pki_types::CertificateDer;
use webpki::EndEntityCert;

use crate::certificate::{self, CertificateError, Usage};
use crate::fingerprint::Fingerprint;
use crate::name::{MEMBER_DOMAIN, PeerName};
use crate::private_key::{KeyError, PrivateKey};
use crate::validity::Validity;

/// A signing request longer than this is refused unread; ours have about 400 bytes.
pub const SIGNING_REQUEST_BYTES_MAX: usize = 16 * 1024;

/// The most names one HTTPS certificate may carry.
pub const HTTPS_NAMES_MAX: usize = 64;

const SERIAL_BYTES: usize = 16;

/// Why the authority could not be made, read, or would not issue.
#[derive(Debug, thiserror::Error)]
pub enum PkiError {
    /// The private key is at fault.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// A certificate is at fault.
    #[error(transparent)]
    Certificate(#[from] CertificateError),
    /// The key is not the one in the certificate.
    #[error("the CA's private key does not belong to the CA's certificate: take both from the same backup")]
    KeyMismatch,
    /// The request cannot be read or its signature is wrong.
    #[error("the certificate signing request is refused: {0}")]
    BadRequest(String),
    /// A name that an HTTPS certificate may not carry.
    #[error("an HTTPS certificate cannot carry `{name}`: {reason}")]
    HttpsName {
        /// The refused name.
        name: String,
        /// Why it is refused.
        reason: &'static str,
    },
    /// Signing failed.
    #[error("the certificate could not be signed: {0}")]
    NotSigned(rcgen::Error),
}

/// The authority that every member of one cluster trusts.
pub struct CertificateAuthority {
    certificate: CertificateDer<'static>,
    certificate_pem: String,
    validity: Validity,
    issuer: Issuer<'static, KeyPair>,
}

// === impl CertificateAuthority ===

impl CertificateAuthority {
    /// Makes a new authority; `cluster` is shown to people in the certificate's subject.
    pub fn generate(cluster: &str, now: SystemTime) -> Result<Self, PkiError> {
        let key = PrivateKey::generate()?;
        let mut params = params_for(Validity::authority(now))?;
        params.distinguished_name.push(
            DnType::CommonName,
            DnValue::Utf8String(format!("Pariksha CA {cluster}")),
        );
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let certificate = params.self_signed(key.pair()).map_err(PkiError::NotSigned)?;
        Self::from_pem(&certificate.pem(), &key.to_pem())
    }

    /// Reads an authority back from its certificate and key.
    pub fn from_pem(certificate_pem: &str, key_pem: &str) -> Result<Self, PkiError> {
        let certificate = certificate::from_pem(certificate_pem)?;
        let key = PrivateKey::from_pem(key_pem)?.into_pair();
        let validity = certificate::validity(&certificate)?;
        let parsed = EndEntityCert::try_from(&certificate).map_err(CertificateError::Unreadable)?;
        if parsed.subject_public_key_info().as_ref() != key.subject_public_key_info() {
            return Err(PkiError::KeyMismatch);
        }
        let issuer = Issuer::from_ca_cert_der(&certificate, key).map_err(PkiError::NotSigned)?;
        let certificate_pem = certificate_pem.to_owned();
        Ok(Self {
            certificate,
            certificate_pem,
            validity,
            issuer,
        })
    }

    /// The CA certificate in PEM: what members keep as `ca.crt`.
    pub fn certificate_pem(&self) -> &str {
        &self.certificate_pem
    }

    /// The CA's private key in PEM. The secret of the cluster: store it only wrapped.
    pub fn key_pem(&self) -> String {
        self.issuer.key().serialize_pem()
    }

    /// The fingerprint that a join token carries.
    pub fn fingerprint(&self) -> Fingerprint {
        Fingerprint::of(&self.certificate)
    }

    /// Issues a member's certificate, in PEM, for the key in a signing request.
    pub fn issue(
        &self,
        name: PeerName,
        signing_request_pem: &str,
        validity: Validity,
    ) -> Result<String, PkiError> {
        let mut params = self.leaf_params(validity)?;
        params
            .distinguished_name
            .push(DnType::CommonName, name.dns_name());
        params.subject_alt_names = vec![dns_san(&name.dns_name())?];
        params.extended_key_usages = vec![
            ExtendedKeyUsagePurpose::ServerAuth,
            ExtendedKeyUsagePurpose::ClientAuth,
        ];
        let certificate = self.sign(&params, signing_request_pem)?;
        let read = certificate::member_name(certificate.der())?;
        assert_eq!(read, name, "a member's certificate reads back as it was issued");
        Ok(certificate.pem())
    }

    /// Issues an HTTPS certificate, in PEM, for DNS names and IP addresses. It cannot be used to link: it is for
    /// servers only and carries no member's name.
    pub fn issue_https(
        &self,
        names: &[String],
        signing_request_pem: &str,
        validity: Validity,
    ) -> Result<String, PkiError> {
        let mut params = self.leaf_params(validity)?;
        params.subject_alt_names = https_sans(names)?;
        // Browsers read the subject's common name no more, people still do.
        params
            .distinguished_name
            .push(DnType::CommonName, "Pariksha node");
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        Ok(self.sign(&params, signing_request_pem)?.pem())
    }

    fn leaf_params(&self, validity: Validity) -> Result<CertificateParams, PkiError> {
        let mut params = params_for(validity.within(self.validity))?;
        params.is_ca = IsCa::ExplicitNoCa;
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.use_authority_key_identifier_extension = true;
        Ok(params)
    }

    fn sign(
        &self,
        params: &CertificateParams,
        signing_request_pem: &str,
    ) -> Result<rcgen::Certificate, PkiError> {
        if signing_request_pem.len() > SIGNING_REQUEST_BYTES_MAX {
            let bytes = signing_request_pem.len();
            return Err(PkiError::BadRequest(format!(
                "it has {bytes} bytes, {SIGNING_REQUEST_BYTES_MAX} are the most"
            )));
        }
        let request = CertificateSigningRequestParams::from_pem(signing_request_pem)
            .map_err(|error| PkiError::BadRequest(error.to_string()))?;
        if request.public_key.algorithm() != &PKCS_ECDSA_P256_SHA256 {
            return Err(PkiError::BadRequest("its key is not ECDSA P-256".to_owned()));
        }
        let certificate = params
            .signed_by(&request.public_key, &self.issuer)
            .map_err(PkiError::NotSigned)?;
        let at = certificate::unix_time(certificate::validity(certificate.der())?.not_before);
        certificate::verify(certificate.der(), &self.certificate, Usage::Server, at)?;
        Ok(certificate)
    }
}

impl std::fmt::Debug for CertificateAuthority {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "CertificateAuthority({})", self.fingerprint())
    }
}

fn params_for(validity: Validity) -> Result<CertificateParams, PkiError> {
    let at = |time: SystemTime| {
        rcgen::date_time_ymd(1970, 1, 1)
            + std::time::Duration::from_secs(certificate::unix_time(time).as_secs())
    };
    let mut params = CertificateParams::new(Vec::new()).map_err(PkiError::NotSigned)?;
    params.distinguished_name = rcgen::DistinguishedName::new();
    params.not_before = at(validity.not_before);
    params.not_after = at(validity.not_after);
    params.serial_number = Some(random_serial());
    Ok(params)
}

/// 128 random bits, the first bit clear and the second set: positive, and always of the same length.
fn random_serial() -> SerialNumber {
    let mut bytes: [u8; SERIAL_BYTES] = rand::random();
    bytes[0] = (bytes[0] & 0x7f) | 0x40;
    SerialNumber::from_slice(&bytes)
}

fn dns_san(name: &str) -> Result<SanType, PkiError> {
    let text = name
        .try_into()
        .map_err(|_| refused(name, "it is not an ASCII name"))?;
    Ok(SanType::DnsName(text))
}

fn https_sans(names: &[String]) -> Result<Vec<SanType>, PkiError> {
    let first = names.first().map_or("", String::as_str);
    if names.is_empty() || names.len() > HTTPS_NAMES_MAX {
        return Err(refused(
            first,
            "a certificate carries at least 1 and at most 64 names",
        ));
    }
    names.iter().map(|name| https_san(name)).collect()
}

fn https_san(name: &str) -> Result<SanType, PkiError> {
    if let Ok(address) = name.parse::<IpAddr>() {
        return Ok(SanType::IpAddress(address));
    }
    let lower = name.trim_end_matches('.').to_ascii_lowercase();
    if lower == MEMBER_DOMAIN || lower.ends_with(&format!(".{MEMBER_DOMAIN}")) {
        return Err(refused(name, "names in this domain are for members only"));
    }
    if name.contains('*') || rustls_pki_types::DnsName::try_from(name).is_err() {
        return Err(refused(name, "it is neither a DNS name nor an IP address"));
    }
    dns_san(name)
}

fn refused(name: &str, reason: &'static str) -> PkiError {
    PkiError::HttpsName {
        name: name.to_owned(),
        reason,
    }
}

#[cfg(test)]
mod tests;
