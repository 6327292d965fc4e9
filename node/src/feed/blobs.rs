//! Blobs on disk: sealed papers, found by the hash of their bytes. What is half fetched lies beside as `.part` and is
//! gone on with. Used by [`super::Feed`]; nothing is handed out whose hash was not checked.

use std::{
    collections::HashMap,
    fs::{self, File, OpenOptions},
    io::{self, Write},
    os::unix::fs::DirBuilderExt,
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

use bytes::Bytes;
use protocol::{hash::Hash, limits::BLOB_BYTES_MAX};

/// Blobs held in memory, all together. What is beyond it is read from disk for each request.
const CACHE_BYTES_MAX: usize = 64 * 1024 * 1024;

/// The directory of blobs.
#[derive(Debug)]
pub(super) struct Blobs {
    directory: PathBuf,
    cache: Mutex<Cache>,
}

#[derive(Debug, Default)]
struct Cache {
    bytes: usize,
    blobs: HashMap<Hash, Bytes>,
}

/// Why fetched bytes were not kept.
#[derive(Debug, thiserror::Error)]
pub(super) enum BlobError {
    /// Disk trouble.
    #[error("the blob {0} cannot be written: {1}; check the disk's space and permissions")]
    File(Hash, io::Error),
    /// Longer than any blob.
    #[error("the blob {0} is longer than the {BLOB_BYTES_MAX} bytes that a blob may have")]
    TooLong(Hash),
    /// The bytes have another hash; they were thrown away.
    #[error("the bytes that came for the blob {0} have another hash; they are fetched again")]
    WrongHash(Hash),
}

impl Blobs {
    /// Opens or creates the directory.
    pub(super) fn open(directory: &Path) -> io::Result<Self> {
        fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(directory)?;
        Ok(Self {
            directory: directory.to_owned(),
            cache: Mutex::default(),
        })
    }

    /// The blob, if it is here whole. Reads the disk the first time only.
    pub(super) fn get(&self, hash: Hash) -> Option<Bytes> {
        if let Some(blob) = self.lock().blobs.get(&hash) {
            return Some(blob.clone());
        }
        let path = self.path(hash);
        let length = fs::metadata(&path).ok()?.len();
        if length > BLOB_BYTES_MAX as u64 {
            return None;
        }
        let blob = Bytes::from(fs::read(&path).ok()?);
        if Hash::blake3(&blob) != hash {
            tracing::error!(%hash, "a blob on this disk is damaged; it is fetched again");
            let _ = fs::remove_file(&path);
            return None;
        }
        self.remember(hash, &blob);
        Some(blob)
    }

    /// How many bytes of a blob were fetched before.
    pub(super) fn fetched_bytes(&self, hash: Hash) -> u64 {
        fs::metadata(self.part(hash)).map_or(0, |metadata| metadata.len())
    }

    /// Adds the next bytes of a blob that is being fetched.
    pub(super) fn append(&self, hash: Hash, chunk: &[u8]) -> Result<(), BlobError> {
        if self.fetched_bytes(hash) + chunk.len() as u64 > BLOB_BYTES_MAX as u64 {
            self.discard(hash);
            return Err(BlobError::TooLong(hash));
        }
        let write = || {
            OpenOptions::new()
                .create(true)
                .append(true)
                .open(self.part(hash))?
                .write_all(chunk)
        };
        write().map_err(|error| BlobError::File(hash, error))
    }

    /// The blob was fetched to its end: checks it, makes it durable and moves it into place.
    pub(super) fn complete(&self, hash: Hash) -> Result<(), BlobError> {
        let failed = |error| BlobError::File(hash, error);
        let bytes = match fs::read(self.part(hash)) {
            Ok(bytes) => Bytes::from(bytes),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Bytes::new(),
            Err(error) => return Err(failed(error)),
        };
        if Hash::blake3(&bytes) != hash {
            self.discard(hash);
            return Err(BlobError::WrongHash(hash));
        }
        let settle = || -> io::Result<()> {
            OpenOptions::new()
                .create(true)
                .append(true)
                .open(self.part(hash))?
                .sync_all()?;
            fs::rename(self.part(hash), self.path(hash))?;
            File::open(&self.directory)?.sync_all()
        };
        settle().map_err(failed)?;
        self.remember(hash, &bytes);
        Ok(())
    }

    /// Forgets what was fetched of a blob.
    pub(super) fn discard(&self, hash: Hash) {
        let _ = fs::remove_file(self.part(hash));
    }

    fn remember(&self, hash: Hash, blob: &Bytes) {
        let mut cache = self.lock();
        if cache.bytes + blob.len() <= CACHE_BYTES_MAX && cache.blobs.insert(hash, blob.clone()).is_none() {
            cache.bytes += blob.len();
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Cache> {
        self.cache.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn path(&self, hash: Hash) -> PathBuf {
        self.directory.join(hash.to_string())
    }

    fn part(&self, hash: Hash) -> PathBuf {
        self.directory.join(format!("{hash}.part"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_blob_fetched_in_parts_over_a_restart_is_whole() {
        let directory = tempfile::tempdir().unwrap();
        let hash = Hash::blake3(b"one two");
        Blobs::open(directory.path())
            .unwrap()
            .append(hash, b"one ")
            .unwrap();
        let blobs = Blobs::open(directory.path()).unwrap();
        assert_eq!(blobs.fetched_bytes(hash), 4);
        assert_eq!(blobs.get(hash), None);
        blobs.append(hash, b"two").unwrap();
        blobs.complete(hash).unwrap();
        assert_eq!(
            Blobs::open(directory.path()).unwrap().get(hash).unwrap(),
            "one two"
        );
    }

    #[test]
    fn bytes_of_another_hash_are_thrown_away() {
        let directory = tempfile::tempdir().unwrap();
        let blobs = Blobs::open(directory.path()).unwrap();
        let hash = Hash::blake3(b"right");
        blobs.append(hash, b"wrong").unwrap();
        assert!(matches!(blobs.complete(hash), Err(BlobError::WrongHash(_))));
        assert_eq!((blobs.fetched_bytes(hash), blobs.get(hash)), (0, None));
    }

    #[test]
    fn a_blob_damaged_on_disk_is_not_handed_out() {
        let directory = tempfile::tempdir().unwrap();
        let hash = Hash::blake3(b"paper");
        fs::write(directory.path().join(hash.to_string()), b"pAper").unwrap();
        assert_eq!(Blobs::open(directory.path()).unwrap().get(hash), None);
    }
}
