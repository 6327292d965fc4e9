//! The cluster key: under it the CA's key, paper keys and answer keys lie in the state. It is given by a file that is
//! the same at every coordinator and stands in no backup of theirs; it never enters the state, a log or a message.

use std::{
    fmt, io,
    path::{Path, PathBuf},
};

use content::wrap::{self, WrapError};
use protocol::ids::PaperRef;
use store::whole_file;

/// Why there is no cluster key.
#[derive(Debug, thiserror::Error)]
pub enum ClusterKeyError {
    /// The file is not there.
    #[error(
        "the cluster key file {0} is missing: copy it from where it is kept; without it this coordinator can open neither papers nor the CA's key"
    )]
    Missing(PathBuf),
    /// It cannot be read or written.
    #[error(
        "the cluster key file {path}: {source}; check that it belongs to the user that runs the coordinator"
    )]
    File {
        /// Which file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// It holds something else.
    #[error(
        "the cluster key file {0} does not hold a key: 64 hexadecimal digits are expected; is it the right file?"
    )]
    Malformed(PathBuf),
}

/// 32 secret bytes.
#[derive(Clone)]
pub struct ClusterKey([u8; 32]);

/// What a wrapped secret is; unwrapping as anything else fails.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Secret {
    /// The CA's private key, PEM.
    Ca,
    /// The key a paper is sealed under.
    Paper(PaperRef),
    /// A paper's answer key.
    Answers(PaperRef),
    /// The Ed25519 secret that the cluster endorses nodes with.
    Endorsing,
    /// The X25519 secret that exported logs are sealed to.
    Sealing,
}

impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ca => f.write_str("ca-key"),
            Self::Paper(paper) => write!(f, "paper-key {paper}"),
            Self::Answers(paper) => write!(f, "answer-key {paper}"),
            Self::Endorsing => f.write_str("endorsing-key"),
            Self::Sealing => f.write_str("sealing-key"),
        }
    }
}

impl fmt::Debug for ClusterKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ClusterKey(not shown)")
    }
}

impl ClusterKey {
    /// Reads the key.
    pub fn read(path: &Path) -> Result<Self, ClusterKeyError> {
        let text = std::fs::read_to_string(path).map_err(|source| match source.kind() {
            io::ErrorKind::NotFound => ClusterKeyError::Missing(path.to_owned()),
            _ => ClusterKeyError::File {
                path: path.to_owned(),
                source,
            },
        })?;
        let mut key = [0; 32];
        hex::decode_to_slice(text.trim(), &mut key)
            .map_err(|_| ClusterKeyError::Malformed(path.to_owned()))?;
        Ok(Self(key))
    }

    /// Reads the key, or makes one from these random bytes if there is no such file.
    pub fn read_or_create(path: &Path, random: [u8; 32]) -> Result<Self, ClusterKeyError> {
        match whole_file::create(path, format!("{}\n", hex::encode(random)).as_bytes()) {
            Ok(()) => Ok(Self(random)),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Self::read(path),
            Err(source) => Err(ClusterKeyError::File {
                path: path.to_owned(),
                source,
            }),
        }
    }

    /// A key for one use alone; it says nothing of the cluster key.
    pub(crate) fn derived(&self, context: &str) -> [u8; 32] {
        blake3::derive_key(context, &self.0)
    }

    pub(crate) fn wrap(&self, secret: Secret, plain: &[u8]) -> Result<Vec<u8>, WrapError> {
        wrap::wrap(&self.0, &secret.to_string(), plain, rand::random())
    }

    pub(crate) fn unwrap(&self, secret: Secret, wrapped: &[u8]) -> Result<Vec<u8>, WrapError> {
        wrap::unwrap(&self.0, &secret.to_string(), wrapped)
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_key_is_made_once_private_and_read_back() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("cluster.key");
        assert!(matches!(
            ClusterKey::read(&path),
            Err(ClusterKeyError::Missing(_))
        ));
        let made = ClusterKey::read_or_create(&path, [5; 32]).unwrap();
        let again = ClusterKey::read_or_create(&path, [6; 32]).unwrap();
        let wrapped = made.wrap(Secret::Ca, b"secret").unwrap();
        assert_eq!(again.unwrap(Secret::Ca, &wrapped).unwrap(), b"secret");
        assert_eq!(
            std::fs::metadata(&path).unwrap().permissions().mode() & 0o777,
            0o600
        );
        std::fs::write(&path, "short").unwrap();
        assert!(matches!(
            ClusterKey::read(&path),
            Err(ClusterKeyError::Malformed(_))
        ));
    }
}
