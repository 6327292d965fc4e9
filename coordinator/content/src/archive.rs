//! Archives that come from outside: opened whole into memory, within bounds, or refused by name. Spreadsheets, roster zips
//! and content packages come this way; nothing else may open an archive, and nothing here writes to a disk.
//!
//! What an archive says of its sizes is not believed: every entry is read through a bound, and what it has been inflated to
//! is counted. No entry's path can leave the folder it is for, and archives within archives stay closed.

use std::{
    collections::BTreeMap,
    io::{Cursor, Read, Write},
};

use zip::{CompressionMethod, ZipArchive, ZipWriter, result::ZipError, write::SimpleFileOptions};

/// What an archive may hold.
#[derive(Debug, Clone, Copy)]
pub struct ArchiveLimits {
    /// Entries, folders among them.
    pub entries: usize,
    /// Bytes of all entries together, inflated.
    pub bytes: usize,
    /// How many times its packed size an entry may inflate to, above [`RATIO_FREE_BYTES`].
    pub ratio: usize,
    /// Folders above an entry.
    pub depth: usize,
}

/// Small entries may be packed as well as they like: a page of blanks is no bomb.
pub const RATIO_FREE_BYTES: usize = 1024 * 1024;

/// Bytes of an entry's path.
const PATH_BYTES_MAX: usize = 400;

impl Default for ArchiveLimits {
    /// Enough for a paper with its images, and for a roster of the whole state.
    fn default() -> Self {
        Self {
            entries: 5_000,
            bytes: 64 * 1024 * 1024,
            ratio: 200,
            depth: 16,
        }
    }
}

/// Why an archive is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ArchiveError {
    /// It cannot be read.
    #[error("the archive cannot be read ({0}); make it again, or save the file in its program once more")]
    Unreadable(String),
    /// Too many entries.
    #[error("the archive has {held} entries, at most {max} are opened; split it")]
    TooManyEntries {
        /// How many it has.
        held: usize,
        /// How many may be.
        max: usize,
    },
    /// Too much in it.
    #[error("the archive holds more than {max} bytes when it is unpacked; split it")]
    TooLarge {
        /// How many may be.
        max: usize,
    },
    /// Packed too well to be honest.
    #[error(
        "`{entry}` unpacks to more than {ratio} times its size, as archives do that are made to do harm; pack it anew"
    )]
    Bomb {
        /// Which entry.
        entry: String,
        /// The bound.
        ratio: usize,
    },
    /// A path that leaves the folder, or one that no system agrees on.
    #[error(
        "`{0}` is not a path within the archive; pack the folder itself, without links, `..` or absolute paths"
    )]
    Path(String),
    /// Encrypted, or of a kind of packing that is not opened.
    #[error("entry {0} is encrypted or packed in a way that is not opened; pack it as a plain zip")]
    Closed(usize),
}

/// An archive's files by path. Paths use `/`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Archive {
    files: BTreeMap<String, Vec<u8>>,
}

impl Archive {
    /// Whether bytes begin as a zip does.
    pub fn is_one(bytes: &[u8]) -> bool {
        bytes.starts_with(b"PK\x03\x04") || bytes.starts_with(b"PK\x05\x06")
    }

    /// Opens it whole.
    pub fn open(bytes: &[u8], limits: ArchiveLimits) -> Result<Self, ArchiveError> {
        let mut zip = ZipArchive::new(Cursor::new(bytes)).map_err(|error| unreadable(&error))?;
        if zip.len() > limits.entries {
            return Err(ArchiveError::TooManyEntries {
                held: zip.len(),
                max: limits.entries,
            });
        }
        let mut archive = Self::default();
        let mut left = limits.bytes;
        for index in 0..zip.len() {
            let mut entry = zip.by_index(index).map_err(|error| match error {
                ZipError::UnsupportedArchive(_) => ArchiveError::Closed(index + 1),
                error => unreadable(&error),
            })?;
            let name = entry.name().map_err(|error| unreadable(&error))?;
            let path = path_of(&name, entry.is_symlink(), limits.depth)?;
            if entry.is_dir() {
                continue;
            }
            let packed = usize::try_from(entry.compressed_size()).unwrap_or(usize::MAX);
            let content = inflate(&mut entry, &path, packed, left, limits)?;
            left -= content.len();
            archive.files.insert(path, content);
        }
        Ok(archive)
    }

    /// A file.
    pub fn get(&self, path: &str) -> Option<&[u8]> {
        self.files.get(path).map(Vec::as_slice)
    }

    /// All files by path.
    pub(crate) fn into_files(self) -> BTreeMap<String, Vec<u8>> {
        self.files
    }

    /// All files in order of their paths.
    pub fn files(&self) -> impl Iterator<Item = (&str, &[u8])> {
        self.files
            .iter()
            .map(|(path, content)| (path.as_str(), content.as_slice()))
    }

    /// The same files as an archive that packs nothing: for readers that open archives themselves and have no bounds.
    pub(crate) fn stored(self) -> Result<Vec<u8>, ArchiveError> {
        let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
        let plain = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
        for (path, content) in self.files {
            zip.start_file(path, plain).map_err(|error| unreadable(&error))?;
            zip.write_all(&content)
                .map_err(|error| ArchiveError::Unreadable(error.to_string()))?;
        }
        let written = zip.finish().map_err(|error| unreadable(&error))?;
        Ok(written.into_inner())
    }
}

fn inflate(
    entry: &mut impl Read,
    path: &str,
    packed: usize,
    left: usize,
    limits: ArchiveLimits,
) -> Result<Vec<u8>, ArchiveError> {
    let by_ratio = packed.saturating_mul(limits.ratio).max(RATIO_FREE_BYTES);
    let bound = left.min(by_ratio);
    let mut content = Vec::new();
    entry
        .take(bound as u64 + 1)
        .read_to_end(&mut content)
        .map_err(|error| ArchiveError::Unreadable(format!("{path}: {error}")))?;
    if content.len() <= bound {
        return Ok(content);
    }
    Err(if by_ratio < left {
        ArchiveError::Bomb {
            entry: path.to_owned(),
            ratio: limits.ratio,
        }
    } else {
        ArchiveError::TooLarge { max: limits.bytes }
    })
}

/// The path as it is kept, if it is one that cannot leave the folder on any system.
fn path_of(name: &str, is_link: bool, depth: usize) -> Result<String, ArchiveError> {
    let refused = || ArchiveError::Path(name.chars().take(80).collect());
    let path = name.strip_suffix('/').unwrap_or(name);
    let is_plain = |part: &str| {
        !matches!(part, "" | "." | "..") && !part.contains(['\\', ':']) && !part.chars().any(char::is_control)
    };
    let is_good = !is_link
        && path.len() <= PATH_BYTES_MAX
        && path.split('/').count() <= depth
        && path.split('/').all(is_plain);
    if is_good {
        Ok(path.to_owned())
    } else {
        Err(refused())
    }
}

fn unreadable(error: &ZipError) -> ArchiveError {
    ArchiveError::Unreadable(error.to_string())
}

#[cfg(test)]
mod tests;
