//! A file of a package as it is read: its tree, its language, its title.

use std::cell::Cell;

use super::{Package, refusal::FileRefusal};
use crate::{
    qti::{
        deliver::is_language,
        names::{Normalised, normalise},
    },
    xml::{self, Element},
};

/// Characters of a paper's title.
const TITLE_CHARS_MAX: usize = 200;

/// Bytes of one item, test or shared text; real ones have some thousands.
const FILE_BYTES_MAX: usize = 4 * 1024 * 1024;
/// Bytes that are read of one package: a file counts as often as it is named.
const READ_BYTES_MAX: usize = 64 * 1024 * 1024;

/// Reads files of a package, within bounds: a test may name the same file many times.
pub(super) struct Reader<'a> {
    pub(super) package: &'a Package,
    left: Cell<usize>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(package: &'a Package) -> Self {
        Self {
            package,
            left: Cell::new(READ_BYTES_MAX),
        }
    }

    pub(super) fn read(&self, path: &str) -> Result<Normalised, FileRefusal> {
        let bytes = self.package.get(path).unwrap_or_default();
        if bytes.len() > FILE_BYTES_MAX {
            let why = format!(
                "the file has {} bytes, at most {FILE_BYTES_MAX} are read; split it",
                bytes.len()
            );
            return Err(FileRefusal::file(path, why));
        }
        let left = self.left.get().checked_sub(bytes.len());
        self.left.set(left.unwrap_or_default());
        if left.is_none() {
            let why = format!(
                "the package's files have more than {READ_BYTES_MAX} bytes as often as they are named; split it"
            );
            return Err(FileRefusal::file(path, why));
        }
        let root = xml::parse(bytes).map_err(|error| FileRefusal {
            line: u64::from(error.line),
            ..FileRefusal::file(path, error.fault.to_string())
        })?;
        Ok(normalise(root))
    }
}

/// The language of a file: the first part of its tag (`en` of `en-IN`).
pub(super) fn language_of(root: &Element) -> Option<String> {
    let tag = root.attribute("xml:lang").or(root.attribute("lang"))?.trim();
    let first = tag.split('-').next()?;
    (is_language(tag) && (2..=3).contains(&first.len())).then(|| first.to_ascii_lowercase())
}

/// The paper's title: the one that was given, or the file's own.
pub(super) fn title_of(root: &Element, given: &str) -> Result<String, FileRefusal> {
    let title = match given.trim() {
        "" => root.attribute("title").unwrap_or_default().trim(),
        given => given,
    };
    if title.is_empty() || title.chars().count() > TITLE_CHARS_MAX {
        let why = format!("the paper needs a title of at most {TITLE_CHARS_MAX} characters; give one");
        return Err(FileRefusal::file("", why));
    }
    Ok(title.to_owned())
}
