//! QTI packages: a zip, a folder that was zipped, or one item become a paper and its key. `parikshactl paper import`, the
//! ops API and the preview call [`paper`]; a package lies in memory, inside the bounds of [`crate::archive`], and nothing
//! outside of it is ever opened.

mod assemble;
mod manifest;
mod order;
mod reading;
mod refusal;
mod structure;
mod test;
#[cfg(test)]
mod tests;
mod total;

use std::collections::BTreeMap;

pub use assemble::{PICTURES_BYTES_MAX, PartlyImported, paper, paper_partly};
pub use refusal::{FileRefusal, Refusals};
pub(super) use test::check_test;

use crate::archive::{Archive, ArchiveError, ArchiveLimits};

/// Folders of one resolved path.
const PARTS_MAX: usize = 32;

/// The files of an import by path. Paths use `/`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Package {
    files: BTreeMap<String, Vec<u8>>,
}

impl Package {
    /// Opens a zip whole, within the bounds of archives.
    pub fn open(bytes: &[u8]) -> Result<Self, ArchiveError> {
        let archive = Archive::open(bytes, ArchiveLimits::default())?;
        Ok(Self {
            files: archive.into_files(),
        })
    }

    /// One file with nothing beside it.
    pub fn single(name: &str, bytes: &[u8]) -> Self {
        Self {
            files: BTreeMap::from([(name.to_owned(), bytes.to_vec())]),
        }
    }

    /// A file.
    pub fn get(&self, path: &str) -> Option<&[u8]> {
        self.files.get(path).map(Vec::as_slice)
    }

    /// All paths in their order.
    pub fn paths(&self) -> impl Iterator<Item = &str> {
        self.files.keys().map(String::as_str)
    }
}

/// The folder that a file stands in; empty for the root.
pub(crate) fn folder_of(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// The path that an address means, seen from a folder; `None` where it is no path within the package.
pub(crate) fn resolve(folder: &str, href: &str) -> Option<String> {
    let written = href.trim().split('#').next()?;
    let path = decoded(written)?;
    let is_path = !path.is_empty()
        && !path.starts_with('/')
        && !path.contains(['\\', ':', '?'])
        && !path.chars().any(char::is_control);
    if !is_path {
        return None;
    }
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            name if parts.len() < PARTS_MAX => parts.push(name),
            _ => return None,
        }
    }
    (!parts.is_empty()).then(|| parts.join("/"))
}

/// An address without its percent signs.
fn decoded(written: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(written.len());
    let mut rest = written.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let mut digit = || char::from(rest.next()?).to_digit(16);
        let value = digit()? * 16 + digit()?;
        bytes.push(u8::try_from(value).ok()?);
    }
    String::from_utf8(bytes).ok()
}
