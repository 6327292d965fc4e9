//! The questions of a file or folder as a paper, whatever its format; what is right stays behind here.

use std::path::Path;

use content::import::{
    format::Format,
    paper::{Source, read_partly},
};
use protocol::paper::Paper;

use crate::{
    ctl::{failure::Failure, papers::input},
    ops::{input_errors, shapes::InputError},
};

/// Characters of a file's name that stand as the title.
const TITLE_CHARS_MAX: usize = 100;

/// A paper without its key, and what it lacks.
#[derive(Debug)]
pub(super) struct Questions {
    pub(super) paper: Paper,
    /// What cannot be delivered, and why.
    pub(super) refused: Vec<InputError>,
}

/// Reads a file or folder; texts without a language are in this one.
pub(super) fn of_file(path: &Path, format: Option<Format>, language: &str) -> Result<Questions, Failure> {
    let read = input::read(path, format)?;
    let name = path.file_stem().unwrap_or_default().to_string_lossy();
    let title: String = name.chars().take(TITLE_CHARS_MAX).collect();
    let source = Source {
        name: "",
        bytes: &read.bytes,
        format: Some(read.format),
        language,
        title: if title.is_empty() { "Preview" } else { &title },
    };
    let partly = read_partly(source).map_err(|errors| Failure::Input {
        message: format!("{}: there is no question to show", path.display()),
        errors: input_errors(errors),
    })?;
    Ok(Questions {
        paper: partly.imported.paper,
        refused: input_errors(partly.errors),
    })
}
