//! Local files that commands read and write.

use std::{
    fs::{File, OpenOptions},
    io::{Read, Write},
    os::unix::fs::OpenOptionsExt,
    path::Path,
};

use super::failure::Failure;
use crate::ops::UPLOAD_BYTES_MAX;

/// Reads an input file that the API would take. Read through a bound, because devices and pipes have no length.
pub(super) fn read_input(path: &Path) -> Result<Vec<u8>, Failure> {
    let too_large = |size: String| {
        Failure::Usage(format!(
            "{} has {size} bytes; at most {UPLOAD_BYTES_MAX} are taken: split it",
            path.display()
        ))
    };
    let failed = |error| Failure::file(path, &error);
    let file = File::open(path).map_err(failed)?;
    let size = file.metadata().map_err(failed)?.len();
    if size > UPLOAD_BYTES_MAX as u64 {
        return Err(too_large(size.to_string()));
    }
    let mut bytes = Vec::new();
    let mut bounded = file.take(UPLOAD_BYTES_MAX as u64 + 1);
    bounded.read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() > UPLOAD_BYTES_MAX {
        return Err(too_large(format!("more than {UPLOAD_BYTES_MAX}")));
    }
    Ok(bytes)
}

/// A file that is filled while data comes and appears under its name only when it is whole. What it holds is about
/// candidates, so only its owner may read it.
pub(super) struct NewFile<'a> {
    path: &'a Path,
    beside: std::path::PathBuf,
    file: File,
}

impl<'a> NewFile<'a> {
    pub(super) fn create(path: &'a Path) -> Result<Self, Failure> {
        let mut beside = path.as_os_str().to_owned();
        beside.push(".part");
        let beside = std::path::PathBuf::from(beside);
        let file = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(&beside)
            .map_err(|error| Failure::file(&beside, &error))?;
        Ok(Self { path, beside, file })
    }

    pub(super) fn write(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        self.file
            .write_all(bytes)
            .map_err(|error| Failure::file(&self.beside, &error))
    }

    /// Gives the file its name.
    pub(super) fn finish(self) -> Result<(), Failure> {
        self.file
            .sync_all()
            .and_then(|()| std::fs::rename(&self.beside, self.path))
            .map_err(|error| Failure::file(self.path, &error))
    }
}

/// For writers that know only `std::io`.
impl Write for NewFile<'_> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.file.flush()
    }
}
