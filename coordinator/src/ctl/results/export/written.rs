//! A file that is hashed while it is written.

use std::io::{self, Write};

use sha2::{Digest as _, Sha256};

use super::FileEntry;
use crate::ctl::{failure::Failure, files::NewFile};

/// It.
pub(super) struct Written<'a> {
    file: NewFile<'a>,
    blake3: blake3::Hasher,
    sha256: Sha256,
    bytes: u64,
}

impl<'a> Written<'a> {
    pub(super) fn new(file: NewFile<'a>) -> Self {
        Self {
            file,
            blake3: blake3::Hasher::new(),
            sha256: Sha256::new(),
            bytes: 0,
        }
    }

    /// Gives the file its name.
    pub(super) fn finish(self, name: String, rows: u64) -> Result<FileEntry, Failure> {
        self.file.finish()?;
        Ok(FileEntry {
            name,
            rows,
            bytes: self.bytes,
            blake3: self.blake3.finalize().to_hex().to_string(),
            sha256: hex::encode(self.sha256.finalize()),
        })
    }
}

impl Write for Written<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        Write::write_all(&mut self.file, bytes)?;
        self.blake3.update(bytes);
        self.sha256.update(bytes);
        self.bytes += bytes.len() as u64;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}
