//! The fingerprint by which a joining machine pins the cluster's CA.
//!
//! SHA-256 of the certificate's DER, so that `openssl x509 -in ca.crt -noout -fingerprint -sha256` shows the same
//! digits and a person can compare them without our tools.

use std::fmt;
use std::str::FromStr;

use crate::text::serde_as_text;
use aws_lc_rs::digest::{SHA256, digest};
use rustls_pki_types::CertificateDer;

const FINGERPRINT_BYTES: usize = 32;

/// SHA-256 of a CA certificate's DER, written as 64 hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Fingerprint([u8; FINGERPRINT_BYTES]);

/// A text that is not a fingerprint.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a CA fingerprint: expected 64 hexadecimal digits, with or without colons")]
pub struct FingerprintError(pub String);

// === impl Fingerprint ===

impl Fingerprint {
    /// The fingerprint of a certificate.
    pub(crate) fn of(certificate: &CertificateDer<'_>) -> Self {
        let mut bytes = [0; FINGERPRINT_BYTES];
        bytes.copy_from_slice(digest(&SHA256, certificate).as_ref());
        Self(bytes)
    }

    /// The digest's bytes, for tokens that carry a fingerprint.
    pub fn as_bytes(&self) -> &[u8; FINGERPRINT_BYTES] {
        &self.0
    }
}

impl From<[u8; FINGERPRINT_BYTES]> for Fingerprint {
    fn from(bytes: [u8; FINGERPRINT_BYTES]) -> Self {
        Self(bytes)
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Fingerprint({self})")
    }
}

impl FromStr for Fingerprint {
    type Err = FingerprintError;

    fn from_str(text: &str) -> Result<Self, FingerprintError> {
        let mut bytes = [0; FINGERPRINT_BYTES];
        hex::decode_to_slice(text.replace(':', ""), &mut bytes)
            .map_err(|_| FingerprintError(text.to_owned()))?;
        Ok(Self(bytes))
    }
}

serde_as_text!(Fingerprint);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fingerprint_survives_its_text_in_both_spellings() {
        let fingerprint = Fingerprint::of(&CertificateDer::from(vec![1, 2, 3]));
        assert_eq!(fingerprint.to_string().parse(), Ok(fingerprint));
        let digits = fingerprint.to_string().to_uppercase();
        let pairs: Vec<_> = digits
            .as_bytes()
            .chunks(2)
            .map(|pair| String::from_utf8_lossy(pair))
            .collect();
        assert_eq!(pairs.join(":").parse(), Ok(fingerprint));
        assert!("1234".parse::<Fingerprint>().is_err());
    }
}
