//! The files of a folder in a fixed order, within bounds. Symbolic links are never followed: what lies outside the folder
//! is not part of what somebody hands in.

use std::path::{Path, PathBuf};

use crate::ctl::failure::Failure;

/// Files and folders of one check.
const ENTRIES_MAX: usize = 5_000;
/// Folders within each other.
const DEPTH_MAX: usize = 16;

/// One file.
#[derive(Debug)]
pub(in crate::ctl) struct Entry {
    pub(in crate::ctl) path: PathBuf,
    /// Why it is not opened, where it is not.
    pub(in crate::ctl) passed_over: Option<&'static str>,
}

/// The file itself, or everything below a folder, sorted by path.
pub(in crate::ctl) fn entries(path: &Path) -> Result<Vec<Entry>, Failure> {
    let mut found = Vec::new();
    let meta = std::fs::metadata(path).map_err(|error| Failure::file(path, &error))?;
    if meta.is_dir() {
        walk(path, 1, &mut found)?;
    } else {
        found.push(entry(path.to_owned(), meta.file_type()));
    }
    Ok(found)
}

fn entry(path: PathBuf, kind: std::fs::FileType) -> Entry {
    let passed_over = if kind.is_symlink() {
        Some("symbolic links are not followed")
    } else if kind.is_file() {
        None
    } else {
        Some("it is no ordinary file")
    };
    Entry { path, passed_over }
}

fn walk(folder: &Path, depth: usize, found: &mut Vec<Entry>) -> Result<(), Failure> {
    let failed = |error: &std::io::Error| Failure::file(folder, error);
    if depth > DEPTH_MAX {
        return Err(Failure::Usage(format!(
            "{}: folders stand more than {DEPTH_MAX} deep; check the inner ones by themselves",
            folder.display()
        )));
    }
    let mut here = Vec::new();
    for item in std::fs::read_dir(folder).map_err(|error| failed(&error))? {
        here.push(item.map_err(|error| failed(&error))?);
        if found.len() + here.len() > ENTRIES_MAX {
            return Err(Failure::Usage(format!(
                "{}: more than {ENTRIES_MAX} files; check folder by folder",
                folder.display()
            )));
        }
    }
    here.sort_by_key(std::fs::DirEntry::file_name);
    for item in here {
        let kind = item.file_type().map_err(|error| failed(&error))?;
        if kind.is_dir() {
            walk(&item.path(), depth + 1, found)?;
        } else {
            found.push(entry(item.path(), kind));
        }
    }
    Ok(())
}
