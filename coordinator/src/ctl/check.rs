//! `parikshactl paper check`: what a file or a folder of questions is worth, before anything is imported. Asks nobody and
//! changes nothing.

pub(super) mod walk;

use std::{
    fs::File,
    io::Read,
    path::{Path, PathBuf},
};

use content::import::{
    Refusal,
    format::{Format, HEAD_BYTES, Recognised, recognise},
    report::{FileReport, Outcome, package, report},
};
use serde::Serialize;

use self::walk::{Entry, entries};
use super::{
    failure::Failure,
    output::{Output, table},
};

/// Reasons that a person sees of one file; `--json` has all.
const REASONS_SHOWN_MAX: usize = 5;

/// Everything that was found.
#[derive(Debug, Serialize)]
struct Checked {
    files: Vec<CheckedFile>,
    /// Files by what became of them.
    imported: usize,
    partly_imported: usize,
    refused: usize,
    skipped: usize,
    /// Questions that were read.
    items: usize,
    /// Of these, questions that nodes can deliver today.
    deliverable: usize,
}

/// One file; the path is the one that was given, and what is below it.
#[derive(Debug, Serialize)]
struct CheckedFile {
    path: PathBuf,
    #[serde(flatten)]
    report: FileReport,
}

pub(super) fn run(path: &Path, language: &str, output: &Output) -> Result<(), Failure> {
    let checked = checked(path, language, output)?;
    output.show(&checked, text)?;
    let bad = checked.files.iter().filter(|file| !file.report.is_good()).count();
    if bad > 0 {
        return Err(Failure::Check(bad));
    }
    Ok(())
}

fn checked(path: &Path, language: &str, output: &Output) -> Result<Checked, Failure> {
    let found = entries(path)?;
    let is_alone = !path.is_dir();
    let bar = output.bar(Some(found.len() as u64), "checking");
    let mut files = Vec::with_capacity(found.len());
    for entry in found {
        let mut read = check(entry, language)?;
        // Whoever names a file means it; in a folder there may be others.
        if let ([file], true) = (read.as_mut_slice(), is_alone)
            && file.report.outcome == Outcome::Skipped
        {
            file.report.outcome = Outcome::Refused;
        }
        files.extend(read);
        bar.inc(1);
    }
    bar.finish_and_clear();
    Ok(Checked::of(files))
}

/// Reads no more of a file than its format allows, and nothing of one that is no file. An archive has several reports.
fn check(entry: Entry, language: &str) -> Result<Vec<CheckedFile>, Failure> {
    let alone = |path: PathBuf, report| Ok(vec![CheckedFile { path, report }]);
    let path = entry.path;
    if let Some(why) = entry.passed_over {
        return alone(path, FileReport::skipped(Recognised::Other(why.to_owned())));
    }
    let (mut file, length) = open(&path)?;
    let mut bytes = Vec::new();
    read_on(&mut file, &mut bytes, HEAD_BYTES, &path)?;
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let format = match recognise(&name, &bytes) {
        Recognised::Questions(format) => format,
        other => return alone(path, FileReport::skipped(other)),
    };
    let max = format.bytes_max();
    if length > max as u64 {
        return alone(path, FileReport::too_large(format, length));
    }
    // One more: a file that grows meanwhile is too large.
    read_on(&mut file, &mut bytes, max + 1, &path)?;
    if format != Format::Package {
        let mut report = report(format, &bytes, language);
        let folder = path.parent().unwrap_or(Path::new(""));
        report.check_references(|name| folder.join(name).is_file());
        return alone(path, report);
    }
    match package(&bytes, language) {
        Err(refusal) => alone(path, FileReport::refused(Some(format), refusal)),
        Ok(inner) => {
            let within = |(name, report)| CheckedFile {
                path: path.join(name),
                report,
            };
            Ok(inner.into_iter().map(within).collect())
        }
    }
}

fn open(path: &Path) -> Result<(File, u64), Failure> {
    let opened = File::open(path).and_then(|file| {
        let length = file.metadata()?.len();
        Ok((file, length))
    });
    opened.map_err(|error| Failure::file(path, &error))
}

/// Reads on until there are so many bytes, or the file ends.
fn read_on(file: &mut File, bytes: &mut Vec<u8>, max: usize, path: &Path) -> Result<(), Failure> {
    let more = max.saturating_sub(bytes.len()) as u64;
    let read = file.take(more).read_to_end(bytes);
    read.map_err(|error| Failure::file(path, &error))?;
    Ok(())
}

impl Checked {
    fn of(files: Vec<CheckedFile>) -> Self {
        let count = |outcome| files.iter().filter(|file| file.report.outcome == outcome).count();
        Self {
            imported: count(Outcome::Imported),
            partly_imported: count(Outcome::PartlyImported),
            refused: count(Outcome::Refused),
            skipped: count(Outcome::Skipped),
            items: files.iter().map(|file| file.report.items).sum(),
            deliverable: files.iter().map(|file| file.report.deliverable).sum(),
            files,
        }
    }
}

fn text(checked: &Checked) -> String {
    let rows = checked.files.iter().map(|file| {
        let report = &file.report;
        let kinds: Vec<String> = report
            .interactions
            .iter()
            .map(|(kind, count)| format!("{count} {kind}"))
            .collect();
        vec![
            file.path.display().to_string(),
            report.format.map_or("", |format| format.name()).to_owned(),
            outcome(report.outcome).to_owned(),
            report.items.to_string(),
            report.deliverable.to_string(),
            kinds.join(", "),
        ]
    });
    let header = ["file", "format", "", "items", "deliverable", "kinds"];
    let mut parts = vec![table(&header, rows)];
    parts.extend(checked.files.iter().filter_map(reasons));
    parts.push(format!(
        "{} files imported, {} in part, {} refused, {} passed over; {} items, {} of them deliverable today",
        checked.imported,
        checked.partly_imported,
        checked.refused,
        checked.skipped,
        checked.items,
        checked.deliverable
    ));
    parts.join("\n\n")
}

fn outcome(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Imported => "imported",
        Outcome::PartlyImported => "imported in part",
        Outcome::Refused => "refused",
        Outcome::Skipped => "passed over",
    }
}

/// Why a file is not good, or not all of it can be delivered.
fn reasons(file: &CheckedFile) -> Option<String> {
    let report = &file.report;
    if report.outcome == Outcome::Skipped {
        return None;
    }
    let refused = report.refused.iter().map(ToString::to_string);
    let findings = report.findings.iter().map(|finding| match finding.line {
        0 => finding.problem.clone(),
        line => format!("line {line}: {}", finding.problem),
    });
    let undeliverable = report
        .undeliverable
        .iter()
        .map(|refusal: &Refusal| format!("{refusal} (not deliverable)"));
    let all: Vec<String> = refused.chain(findings).chain(undeliverable).collect();
    if all.is_empty() {
        return None;
    }
    let mut lines = vec![format!("{}:", file.path.display())];
    lines.extend(
        all.iter()
            .take(REASONS_SHOWN_MAX)
            .map(|reason| format!("  {reason}")),
    );
    let more = all.len().saturating_sub(REASONS_SHOWN_MAX) + report.more_refused;
    if more > 0 {
        lines.push(format!("  and {more} more (--json lists them)"));
    }
    Some(lines.join("\n"))
}

#[cfg(test)]
mod tests;
