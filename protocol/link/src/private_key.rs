//! A member's private key: made here, kept in a file only its owner can read, never shown.
//!
//! ECDSA P-256, because it is what rustls, OpenSSL and every browser verify, so that members' and HTTPS
//! certificates are made alike. The key never travels: a certificate is asked for with a signing request.

use std::fmt;

use rcgen::{CertificateParams, DistinguishedName, KeyPair, PKCS_ECDSA_P256_SHA256};
use rustls_pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};

/// Why a key could not be made or read.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The text is not a PKCS #8 P-256 key in PEM.
    #[error("the private key cannot be read (PKCS #8 PEM with an ECDSA P-256 key is expected): {0}")]
    Unreadable(rcgen::Error),
    /// The key could not be made.
    #[error("a private key could not be made: {0}")]
    NotMade(rcgen::Error),
    /// The signing request could not be made.
    #[error("a certificate signing request could not be made: {0}")]
    RequestNotMade(rcgen::Error),
}

/// An ECDSA P-256 private key.
pub struct PrivateKey(KeyPair);

// === impl PrivateKey ===

impl PrivateKey {
    /// A new key from the operating system's randomness.
    pub fn generate() -> Result<Self, KeyError> {
        KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256)
            .map(Self)
            .map_err(KeyError::NotMade)
    }

    /// Reads a key from PKCS #8 PEM.
    pub fn from_pem(pem: &str) -> Result<Self, KeyError> {
        KeyPair::from_pkcs8_pem_and_sign_algo(pem, &PKCS_ECDSA_P256_SHA256)
            .map(Self)
            .map_err(KeyError::Unreadable)
    }

    /// The key as PKCS #8 PEM. A secret: write it with owner-only permissions or wrapped.
    pub fn to_pem(&self) -> String {
        self.0.serialize_pem()
    }

    /// A certificate signing request in PEM. It proves the possession of the key and claims no name: the authority
    /// decides who the asker is.
    pub fn signing_request(&self) -> Result<String, KeyError> {
        let mut params = CertificateParams::default();
        params.distinguished_name = DistinguishedName::new();
        params
            .serialize_request(&self.0)
            .and_then(|request| request.pem())
            .map_err(KeyError::RequestNotMade)
    }

    pub(crate) fn pair(&self) -> &KeyPair {
        &self.0
    }

    pub(crate) fn into_pair(self) -> KeyPair {
        self.0
    }

    pub(crate) fn der(&self) -> PrivateKeyDer<'static> {
        PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(self.0.serialize_der()))
    }
}

impl Clone for PrivateKey {
    fn clone(&self) -> Self {
        let der = PrivatePkcs8KeyDer::from(self.0.serialized_der());
        let pair = KeyPair::from_pkcs8_der_and_sign_algo(&der, &PKCS_ECDSA_P256_SHA256);
        Self(pair.expect("the bytes come from a key of this algorithm"))
    }
}

impl fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PrivateKey(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_survives_its_pem_and_is_never_shown() {
        let key = PrivateKey::generate().unwrap();
        let read = PrivateKey::from_pem(&key.to_pem()).unwrap();
        assert_eq!(read.to_pem(), key.to_pem());
        assert_eq!(read.clone().to_pem(), key.to_pem());
        assert_eq!(format!("{key:?}"), "PrivateKey(..)");
        assert!(PrivateKey::from_pem("no key").is_err());
    }
}
