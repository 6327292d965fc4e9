//! Who this process is: its certificate, its key and the CA that it trusts, kept in one directory.
//!
//! Loaded at start by node and coordinator, saved by `join` and by renewal. A renewal asks for a certificate for the
//! same key, so that a crash between two files never leaves a pair that does not fit.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use rcgen::PublicKeyData;
use rustls_pki_types::CertificateDer;
use webpki::EndEntityCert;

use crate::certificate::{self, CertificateError, Usage};
use crate::fingerprint::Fingerprint;
use crate::name::PeerName;
use crate::private_key::{KeyError, PrivateKey};
use crate::validity::Validity;

/// The member's own certificate, in PEM.
pub const CERTIFICATE_FILE: &str = "identity.crt";
/// The member's private key, in PEM, readable by its owner only.
pub const KEY_FILE: &str = "identity.key";
/// The certificate of the cluster's CA, in PEM.
pub const CA_FILE: &str = "ca.crt";

const SECRET_MODE: u32 = 0o600;
const PUBLIC_MODE: u32 = 0o644;
const DIRECTORY_MODE: u32 = 0o700;

/// Why an identity cannot be used or kept.
#[derive(Debug, thiserror::Error)]
pub enum IdentityError {
    /// The directory has no identity: the machine never joined.
    #[error(
        "{0} is missing: this machine has not joined a cluster yet, or its identity was moved; join it first"
    )]
    Missing(PathBuf),
    /// A file cannot be read or written.
    #[error(
        "{path}: {source}; check that the directory exists and belongs to the user that runs the service"
    )]
    File {
        /// Which file.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// The certificate is at fault.
    #[error("the identity cannot be used: {0}")]
    Certificate(#[from] CertificateError),
    /// The key is at fault.
    #[error("the identity cannot be used: {0}")]
    Key(#[from] KeyError),
    /// Certificate and key do not fit.
    #[error(
        "the identity of {0} cannot be used: its private key does not belong to its certificate; join again"
    )]
    KeyMismatch(PeerName),
}

/// A member's name with the proof of it.
#[derive(Debug, Clone)]
pub struct Identity {
    name: PeerName,
    certificate: CertificateDer<'static>,
    certificate_pem: String,
    key: PrivateKey,
    authority: CertificateDer<'static>,
    authority_pem: String,
    validity: Validity,
}

// === impl Identity ===

impl Identity {
    /// Puts an identity together from its three parts and checks that they fit. Whether the certificate is still
    /// good is not checked here, so that an expired identity can say so: see [`Identity::validity`].
    pub fn new(certificate_pem: &str, key: PrivateKey, authority_pem: &str) -> Result<Self, IdentityError> {
        let certificate = certificate::from_pem(certificate_pem)?;
        let authority = certificate::from_pem(authority_pem)?;
        let name = certificate::member_name(&certificate)?;
        let validity = certificate::validity(&certificate)?;
        let while_good = certificate::unix_time(validity.not_before);
        certificate::verify(&certificate, &authority, Usage::Client, while_good)?;
        let parsed = EndEntityCert::try_from(&certificate).map_err(CertificateError::Unreadable)?;
        if parsed.subject_public_key_info().as_ref() != key.pair().subject_public_key_info() {
            return Err(IdentityError::KeyMismatch(name));
        }
        Ok(Self {
            name,
            certificate_pem: certificate_pem.to_owned(),
            key,
            authority_pem: authority_pem.to_owned(),
            validity,
            certificate,
            authority,
        })
    }

    /// Reads the identity that [`Identity::save`] wrote.
    pub fn load(directory: &Path) -> Result<Self, IdentityError> {
        let certificate_pem = read(&directory.join(CERTIFICATE_FILE))?;
        let key_path = directory.join(KEY_FILE);
        let key = PrivateKey::from_pem(&read(&key_path)?)?;
        warn_if_exposed(&key_path);
        Self::new(&certificate_pem, key, &read(&directory.join(CA_FILE))?)
    }

    /// Writes the three files, each replaced whole and made durable; the certificate last, because its presence is
    /// what says that this machine has joined.
    pub fn save(&self, directory: &Path) -> Result<(), IdentityError> {
        let failed = |source| IdentityError::File {
            path: directory.to_owned(),
            source,
        };
        fs::DirBuilder::new()
            .recursive(true)
            .mode(DIRECTORY_MODE)
            .create(directory)
            .map_err(failed)?;
        write(directory, CA_FILE, PUBLIC_MODE, &self.authority_pem)?;
        write(directory, KEY_FILE, SECRET_MODE, &self.key.to_pem())?;
        write(directory, CERTIFICATE_FILE, PUBLIC_MODE, &self.certificate_pem)
    }

    /// The member's name, as its certificate says it.
    pub fn name(&self) -> PeerName {
        self.name
    }

    /// From when until when the certificate is good.
    pub fn validity(&self) -> Validity {
        self.validity
    }

    /// Whether a third of the certificate's time has passed.
    pub fn needs_renewal(&self, now: SystemTime) -> bool {
        self.validity.needs_renewal(now)
    }

    /// The member's key, for the signing request of a renewal.
    pub fn key(&self) -> &PrivateKey {
        &self.key
    }

    /// The CA certificate in PEM.
    pub fn authority_pem(&self) -> &str {
        &self.authority_pem
    }

    /// The fingerprint of the cluster's CA.
    pub fn authority_fingerprint(&self) -> Fingerprint {
        Fingerprint::of(&self.authority)
    }

    /// The same identity under a CA that did not sign it, as an intruder would have it.
    #[cfg(test)]
    pub(crate) fn trusting(mut self, authority_pem: &str) -> Self {
        self.authority = certificate::from_pem(authority_pem).unwrap();
        authority_pem.clone_into(&mut self.authority_pem);
        self
    }

    pub(crate) fn authority(&self) -> &CertificateDer<'static> {
        &self.authority
    }

    /// What is presented: the own certificate and the CA's, which a joining machine needs to check its pin.
    pub(crate) fn chain(&self) -> Vec<CertificateDer<'static>> {
        vec![self.certificate.clone(), self.authority.clone()]
    }
}

fn read(path: &Path) -> Result<String, IdentityError> {
    fs::read_to_string(path).map_err(|source| match source.kind() {
        io::ErrorKind::NotFound => IdentityError::Missing(path.to_owned()),
        _ => IdentityError::File {
            path: path.to_owned(),
            source,
        },
    })
}

/// Writes a file beside its place, makes it durable and moves it there, so that it is never seen half written.
fn write(directory: &Path, name: &str, mode: u32, text: &str) -> Result<(), IdentityError> {
    let path = directory.join(name);
    let beside = directory.join(format!("{name}.new"));
    let attempt = || -> io::Result<()> {
        match fs::remove_file(&beside) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let mut file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(mode)
            .open(&beside)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        fs::rename(&beside, &path)?;
        File::open(directory)?.sync_all()
    };
    attempt().map_err(|source| IdentityError::File {
        path: path.clone(),
        source,
    })
}

fn warn_if_exposed(key_path: &Path) {
    let mode = fs::metadata(key_path).map(|metadata| metadata.permissions().mode() & 0o777);
    if let Ok(mode) = mode
        && mode & 0o077 != 0
    {
        let mode = format!("{mode:o}");
        tracing::warn!(path = %key_path.display(), mode, "the private key can be read by others: chmod 600 it");
    }
}

#[cfg(test)]
mod tests;
