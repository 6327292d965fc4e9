//! What one file is worth, in the shape that `parikshactl paper check --json` prints: imported or refused and why, how
//! many questions of which kind, what can be delivered today, and what a person should look at.

mod qti;

use std::collections::BTreeMap;

use protocol::ids::ItemNo;
use serde::Serialize;

use super::{
    IMPORT_BYTES_MAX, TEXT_BYTES_MAX, aiken,
    check::{self, Finding, Severity},
    csv,
    draft::{Draft, Passage, item_of},
    drafts::{Drafts, REFUSALS_MAX, Reason, Refusal},
    format::{Format, Recognised, recognise},
    gift, moodle,
};
use crate::{
    archive::{Archive, ArchiveError, ArchiveLimits},
    xml::Limits,
};

/// The greatest archive that is opened, in bytes as it is stored.
const PACKAGE_BYTES_MAX: usize = 64 * 1024 * 1024;

/// What became of a file. The names are part of the JSON that `parikshactl paper check` prints.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// Every question was read.
    Imported,
    /// Some questions were refused by name.
    PartlyImported,
    /// Nothing was read.
    Refused,
    /// It is no file of questions.
    Skipped,
}

/// What is said of one file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FileReport {
    /// Its format, where one was recognised.
    pub format: Option<Format>,
    /// What became of it.
    pub outcome: Outcome,
    /// How many questions were read.
    pub items: usize,
    /// How many of each kind.
    pub interactions: BTreeMap<String, usize>,
    /// How many of them nodes can deliver today.
    pub deliverable: usize,
    /// What was not read; at most 200 are listed.
    pub refused: Vec<Refusal>,
    /// How many more were not read.
    pub more_refused: usize,
    /// What was read and cannot be delivered today, by line; at most 200.
    pub undeliverable: Vec<Refusal>,
    /// What a person should look at, by line.
    pub findings: Vec<Finding>,
    /// Files that it names and cannot do without, as it names them: relative to its own folder, and never outside of it.
    pub references: Vec<String>,
}

impl Format {
    /// The greatest file of this format that is read, in bytes; nothing of a larger one needs to be read to refuse it.
    pub fn bytes_max(self) -> usize {
        match self {
            Self::Csv | Self::Xlsx => IMPORT_BYTES_MAX,
            Self::Gift | Self::Aiken => TEXT_BYTES_MAX,
            Self::MoodleXml | Self::QtiItem | Self::QtiTest | Self::QtiManifest | Self::QtiPart => {
                Limits::default().bytes_max
            }
            Self::Package => PACKAGE_BYTES_MAX,
        }
    }
}

/// Reads a file of this format and says what it is worth. Its texts are in this language, where the format names none.
pub fn report(format: Format, bytes: &[u8], language: &str) -> FileReport {
    let drafts = match format {
        Format::Csv | Format::Xlsx => Ok(csv::drafts(bytes)),
        Format::Gift => gift::read(bytes, language),
        Format::Aiken => aiken::read(bytes, language),
        Format::MoodleXml => moodle::read(bytes, language),
        Format::Package => Err(Refusal::file(&Reason::ArchiveWithin)),
        Format::QtiItem | Format::QtiTest | Format::QtiManifest | Format::QtiPart => {
            return qti::report(format, bytes, language);
        }
    };
    match drafts {
        Ok(drafts) => FileReport::of(format, drafts),
        Err(refusal) => FileReport::refused(Some(format), refusal),
    }
}

/// Opens an archive and reads what is in it: a report for each file, by its path in the archive.
pub fn package(bytes: &[u8], language: &str) -> Result<Vec<(String, FileReport)>, Refusal> {
    let refused = |error: ArchiveError| Refusal::file(&Reason::Told(error.to_string()));
    let archive = Archive::open(bytes, ArchiveLimits::default()).map_err(refused)?;
    let read = |(path, content): (&str, &[u8])| {
        let mut report = match recognise(path, content) {
            Recognised::Questions(format) if content.len() > format.bytes_max() => {
                FileReport::too_large(format, content.len() as u64)
            }
            Recognised::Questions(format) => report(format, content, language),
            other => FileReport::skipped(other),
        };
        let folder = path
            .rsplit_once('/')
            .map(|(folder, _)| format!("{folder}/"))
            .unwrap_or_default();
        report.check_references(|name| archive.get(&format!("{folder}{name}")).is_some());
        (path.to_owned(), report)
    };
    Ok(archive.files().map(read).collect())
}

impl FileReport {
    fn empty(format: Option<Format>, outcome: Outcome) -> Self {
        Self {
            format,
            outcome,
            items: 0,
            interactions: BTreeMap::new(),
            deliverable: 0,
            refused: Vec::new(),
            more_refused: 0,
            undeliverable: Vec::new(),
            findings: Vec::new(),
            references: Vec::new(),
        }
    }

    /// A file that is refused whole.
    pub fn refused(format: Option<Format>, refusal: Refusal) -> Self {
        let mut report = Self::empty(format, Outcome::Refused);
        report.refused.push(refusal);
        report
    }

    /// A file that was not read because it is larger than its format's bound.
    pub fn too_large(format: Format, bytes: u64) -> Self {
        let reason = Reason::TooLarge {
            bytes: usize::try_from(bytes).unwrap_or(usize::MAX),
            max: format.bytes_max(),
        };
        Self::refused(Some(format), Refusal::file(&reason))
    }

    /// A file of no known format: passed over where a folder is walked through.
    pub fn skipped(recognised: Recognised) -> Self {
        let mut report = Self::empty(None, Outcome::Skipped);
        if let Recognised::Other(why) | Recognised::Unknown(why) = recognised {
            report.refused.push(Refusal::file(&Reason::Told(why)));
        }
        report
    }

    fn of(format: Format, read: Drafts) -> Self {
        let outcome = match (read.drafts.len(), read.refused.len()) {
            (0, 1..) => Outcome::Refused,
            (_, 0) => Outcome::Imported,
            (_, _) => Outcome::PartlyImported,
        };
        let mut report = Self::empty(Some(format), outcome);
        for (no, draft) in (1..).map(ItemNo).zip(&read.drafts) {
            report.add(draft, no);
        }
        report.findings = check::findings(&read.drafts);
        (report.refused, report.more_refused) = (read.refused, read.more_refused);
        report
    }

    fn add(&mut self, draft: &Draft, no: ItemNo) {
        self.items += 1;
        *self
            .interactions
            .entry(draft.interaction.name().to_owned())
            .or_default() += 1;
        match item_of(draft, no) {
            Ok(_) => self.deliverable += 1,
            Err(why) if self.undeliverable.len() < REFUSALS_MAX => {
                let why = Reason::Told(why.to_string());
                self.undeliverable
                    .push(Refusal::question(draft.line, &name_of(draft), &why));
            }
            Err(_) => {}
        }
    }

    /// Adds a finding for each named file that is not there. `is_there` is asked by the name without percent signs.
    pub fn check_references(&mut self, is_there: impl Fn(&str) -> bool) {
        let missing = self
            .references
            .iter()
            .filter(|name| !is_there(name) && !is_there(&name.replace("%20", " ")));
        let finding = |name: &String| Finding {
            severity: Severity::Blocks,
            line: 0,
            problem: format!("it names the file `{name}`, which is not there; add it"),
        };
        let found: Vec<Finding> = missing.take(check::FINDINGS_MAX).map(finding).collect();
        self.findings.extend(found);
    }

    /// Whether it can be used as it is.
    pub fn is_good(&self) -> bool {
        let is_read = matches!(self.outcome, Outcome::Imported | Outcome::Skipped);
        is_read
            && self
                .findings
                .iter()
                .all(|finding| finding.severity == Severity::Warns)
    }
}

fn name_of(draft: &Draft) -> String {
    let stem = || draft.stem.values().next().map(Passage::text).unwrap_or_default();
    draft.title.clone().unwrap_or_else(stem)
}

#[cfg(test)]
mod tests;
