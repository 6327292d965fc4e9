//! What of a package was not taken: which file, where, why, what to do.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{
    import::drafts::REFUSALS_MAX,
    qti::fault::{Fault, Faults},
};

/// Something of a package that was refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileRefusal {
    /// The file's path in the package.
    pub file: String,
    /// The line, from 1; 0 for the file as a whole.
    pub line: u64,
    /// What is refused: `the file`, `the test`, or the question by its title.
    pub what: String,
    /// Why, and what to do.
    pub why: String,
}

/// Everything that was refused.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Refusals {
    /// In the order of the paper, at most 200.
    pub refused: Vec<FileRefusal>,
    /// How many more there are.
    pub more: usize,
}

impl Refusals {
    pub(super) fn add(&mut self, refusal: FileRefusal) {
        if self.refused.len() < REFUSALS_MAX {
            self.refused.push(refusal);
        } else {
            self.more += 1;
        }
    }

    pub(super) fn add_all(&mut self, file: &str, what: &str, faults: Faults) {
        self.more += faults.more;
        for fault in faults.faults {
            self.add(FileRefusal::at(file, what, fault));
        }
    }

    /// Whether nothing was refused.
    pub fn is_empty(&self) -> bool {
        self.refused.is_empty()
    }
}

impl FileRefusal {
    pub(super) fn file(file: &str, why: impl Into<String>) -> Self {
        Self {
            file: file.to_owned(),
            line: 0,
            what: "the file".to_owned(),
            why: why.into(),
        }
    }

    pub(super) fn at(file: &str, what: &str, fault: Fault) -> Self {
        Self {
            file: file.to_owned(),
            line: u64::from(fault.line),
            what: what.to_owned(),
            why: fault.problem,
        }
    }
}

impl From<FileRefusal> for Refusals {
    fn from(refusal: FileRefusal) -> Self {
        Self {
            refused: vec![refusal],
            more: 0,
        }
    }
}

impl fmt::Display for FileRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.file)?;
        if self.line > 0 {
            write!(f, ", line {}", self.line)?;
        }
        write!(f, ": {}: {}", self.what, self.why)
    }
}

impl fmt::Display for Refusals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, refusal) in self.refused.iter().enumerate() {
            let line_end = if index == 0 { "" } else { "\n" };
            write!(f, "{line_end}{refusal}")?;
        }
        if self.more > 0 {
            write!(f, "\nand {} more", self.more)?;
        }
        Ok(())
    }
}

impl std::error::Error for Refusals {}
