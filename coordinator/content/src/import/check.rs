//! What is wrong with the drafts of one paper although each of them could be read: the mistakes that have spoiled real
//! exams. Pure; `parikshactl paper check` prints what it finds.

mod key;
mod languages;
mod same;

use serde::Serialize;

use super::draft::Draft;

/// Findings that are listed for one file.
pub const FINDINGS_MAX: usize = 200;

/// Something that a person should look at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// Whether the paper may be used as it is.
    pub severity: Severity,
    /// The line of the file on which the question begins.
    pub line: u64,
    /// What is wrong and what to do.
    pub problem: String,
}

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// No paper may be made of it.
    Blocks,
    /// It may be meant so.
    Warns,
}

impl Finding {
    fn blocks(draft: &Draft, problem: String) -> Self {
        Self {
            severity: Severity::Blocks,
            line: draft.line,
            problem,
        }
    }

    fn warns(draft: &Draft, problem: String) -> Self {
        Self {
            severity: Severity::Warns,
            line: draft.line,
            problem,
        }
    }
}

/// Checks the drafts of one file against each other; at most [`FINDINGS_MAX`] findings, by line.
pub fn findings(drafts: &[Draft]) -> Vec<Finding> {
    let mut found = same::stems(drafts);
    let languages = languages::all(drafts);
    for draft in drafts {
        found.extend(same::options(draft));
        found.extend(key::missing(draft));
        found.extend(languages::differences(draft, &languages));
        found.extend(languages::images(draft));
    }
    found.sort_by_key(|finding| finding.line);
    found.truncate(FINDINGS_MAX);
    found
}

#[cfg(test)]
mod tests;
