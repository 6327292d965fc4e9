//! What a paper is imported from: a file, or a folder that is packed in memory. Which format it has is told here, by its
//! name and first bytes, unless the command line says it.

use std::{collections::BTreeMap, path::Path};

use content::import::{
    folder::packed,
    format::{Format, HEAD_BYTES, Recognised, recognise},
};

use crate::{
    ctl::{check::walk::entries, failure::Failure, files::read_input},
    ops::UPLOAD_BYTES_MAX,
};

/// A file as it is sent.
pub(in crate::ctl) struct Input {
    pub(in crate::ctl) format: Format,
    pub(in crate::ctl) bytes: Vec<u8>,
}

/// Reads a file or a folder.
pub(in crate::ctl) fn read(path: &Path, format: Option<Format>) -> Result<Input, Failure> {
    if path.is_dir() {
        if format.is_some_and(|format| format != Format::Package) {
            return Err(Failure::Usage(format!(
                "{}: a folder is a package; leave out --format, or name the file",
                path.display()
            )));
        }
        return Ok(Input {
            format: Format::Package,
            bytes: folder(path)?,
        });
    }
    let bytes = read_input(path)?;
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let recognised = || recognise(&name, &bytes[..bytes.len().min(HEAD_BYTES)]);
    let format = match format.map_or_else(recognised, Recognised::Questions) {
        Recognised::Questions(format) => format,
        Recognised::Other(why) | Recognised::Unknown(why) => {
            return Err(Failure::Usage(format!(
                "{}: {why}; or say its format with --format",
                path.display()
            )));
        }
    };
    Ok(Input { format, bytes })
}

/// All ordinary files of a folder as an archive; names that begin with a dot are the system's and stay out.
fn folder(path: &Path) -> Result<Vec<u8>, Failure> {
    let mut files = BTreeMap::new();
    let mut held: usize = 0;
    for entry in entries(path)? {
        let inner = entry.path.strip_prefix(path).unwrap_or(&entry.path);
        let parts: Option<Vec<&str>> = inner.iter().map(|part| part.to_str()).collect();
        let parts = parts.ok_or_else(|| {
            Failure::Usage(format!(
                "{}: the name is not UTF-8; rename it",
                entry.path.display()
            ))
        })?;
        if entry.passed_over.is_some() || parts.iter().any(|part| part.starts_with('.')) {
            continue;
        }
        let bytes = read_input(&entry.path)?;
        held += bytes.len();
        if held > UPLOAD_BYTES_MAX {
            return Err(Failure::Usage(format!(
                "{}: its files have more than {UPLOAD_BYTES_MAX} bytes; take out what the questions do not need",
                path.display()
            )));
        }
        files.insert(parts.join("/"), bytes);
    }
    packed(&files).map_err(|error| Failure::Other(format!("{}: cannot be packed: {error}", path.display())))
}
