//! `parikshactl paper conformance`: runs published cases of QTI (a folder with an `item.xml` and a `cases.json` each) through
//! the reader and evaluator that score papers, and says where the outcomes differ. Asks nobody and changes nothing.

use std::{
    fs::File,
    io::Read,
    path::{Path, PathBuf},
};

use content::{
    qti::conformance::{self, CASES_BYTES_MAX, CaseResult, Verdict},
    xml::Limits,
};
use serde::Serialize;

use super::{failure::Failure, output::Output};

/// Folders within each other.
const DEPTH_MAX: usize = 5;
/// Folders looked into.
const FOLDERS_MAX: usize = 10_000;

/// What came of all cases.
#[derive(Debug, Default, Serialize)]
struct Report {
    passed: usize,
    failed: usize,
    skipped: usize,
    folders: Vec<Folder>,
}

/// What came of one folder's cases.
#[derive(Debug, Serialize)]
struct Folder {
    path: PathBuf,
    /// Why its cases could not be read; then it counts as one failed case.
    error: Option<String>,
    cases: Vec<CaseResult>,
}

pub(super) fn run(path: &Path, output: &Output) -> Result<(), Failure> {
    let mut report = Report::default();
    for folder in folders(path)? {
        report.add(cases(folder)?);
    }
    if report.folders.is_empty() {
        return Err(Failure::Other(format!(
            "{}: no folder there has an item.xml and a cases.json; name one that has",
            path.display()
        )));
    }
    output.show(&report, text)?;
    match report.failed {
        0 => Ok(()),
        failed => Err(Failure::Differs(failed)),
    }
}

impl Report {
    fn add(&mut self, folder: Folder) {
        let count = |verdict| folder.cases.iter().filter(|case| case.verdict == verdict).count();
        self.passed += count(Verdict::Passed);
        self.failed += count(Verdict::Failed) + usize::from(folder.error.is_some());
        self.skipped += count(Verdict::Skipped);
        self.folders.push(folder);
    }
}

fn cases(path: PathBuf) -> Result<Folder, Failure> {
    let item = read(&path.join("item.xml"), Limits::default().bytes_max)?;
    let cases = read(&path.join("cases.json"), CASES_BYTES_MAX)?;
    let (error, cases) = match conformance::run(&item, &cases) {
        Ok(cases) => (None, cases),
        Err(error) => (Some(error), Vec::new()),
    };
    Ok(Folder { path, error, cases })
}

/// One byte more than is taken shows that the file is too large, whatever its size.
fn read(path: &Path, max: usize) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    File::open(path)
        .and_then(|file| file.take(max as u64 + 1).read_to_end(&mut bytes))
        .map_err(|error| Failure::file(path, &error))?;
    Ok(bytes)
}

/// The folders with cases, by name; links are not followed.
fn folders(path: &Path) -> Result<Vec<PathBuf>, Failure> {
    let mut found = Vec::new();
    let mut waiting = vec![(path.to_owned(), 0)];
    let mut seen = 0;
    while let Some((folder, depth)) = waiting.pop() {
        seen += 1;
        if seen > FOLDERS_MAX {
            let problem = format!(
                "{} holds more than {FOLDERS_MAX} folders; name one of them",
                path.display()
            );
            return Err(Failure::Usage(problem));
        }
        if folder.join("item.xml").is_file() && folder.join("cases.json").is_file() {
            found.push(folder.clone());
        }
        if depth < DEPTH_MAX {
            waiting.extend(inner(&folder)?.into_iter().map(|inner| (inner, depth + 1)));
        }
    }
    found.sort();
    Ok(found)
}

fn inner(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let failed = |error: std::io::Error| Failure::file(folder, &error);
    let mut inner = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        if entry.file_type().map_err(failed)?.is_dir() {
            inner.push(entry.path());
        }
    }
    Ok(inner)
}

/// The cases that differ, then those that were expected to, then the counts.
fn text(report: &Report) -> String {
    let mut lines = Vec::new();
    let of = |verdict| {
        let cases = move |folder: &'_ Folder| {
            folder
                .cases
                .iter()
                .filter(move |case| case.verdict == verdict)
                .count()
        };
        report.folders.iter().filter(move |folder| cases(folder) > 0)
    };
    for folder in report.folders.iter().filter(|folder| folder.error.is_some()) {
        let error = folder.error.as_deref().unwrap_or_default();
        lines.push(format!("{}: {error}", folder.path.display()));
    }
    for folder in of(Verdict::Failed) {
        for case in folder.cases.iter().filter(|case| case.verdict == Verdict::Failed) {
            lines.push(format!("{}: {}", folder.path.display(), case.case));
            lines.extend(case.differences.iter().map(|difference| {
                format!(
                    "    {}: expected {}, came {}",
                    difference.what, difference.expected, difference.came
                )
            }));
        }
    }
    for folder in of(Verdict::Skipped) {
        for case in folder
            .cases
            .iter()
            .filter(|case| case.verdict == Verdict::Skipped)
        {
            let (name, reason) = (&case.case, &case.expected_to_fail);
            lines.push(format!(
                "{}: {name}: skipped, its authors expect it to fail: {reason}",
                folder.path.display()
            ));
        }
    }
    lines.push(format!(
        "{} passed, {} failed, {} skipped",
        report.passed, report.failed, report.skipped
    ));
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    const ITEM: &str = "<assessmentItem identifier='i'><outcomeDeclaration identifier='SCORE' cardinality='single' \
        baseType='integer'><defaultValue><value>1</value></defaultValue></outcomeDeclaration></assessmentItem>";

    fn run_on(cases: &[(&str, &str)]) -> (u8, String) {
        let folder = tempfile::tempdir().unwrap();
        for (name, cases) in cases {
            let place = folder.path().join(name);
            std::fs::create_dir_all(&place).unwrap();
            std::fs::write(place.join("item.xml"), ITEM).unwrap();
            std::fs::write(place.join("cases.json"), format!("{{\"cases\":[{cases}]}}")).unwrap();
        }
        let path = folder.path().display().to_string();
        let code = crate::ctl::exit_code(["parikshactl", "paper", "conformance", &path].map(Into::into));
        let mut report = Report::default();
        for place in folders(folder.path()).unwrap() {
            report.add(super::cases(place).unwrap());
        }
        (code, text(&report).replace(&path, "DIR"))
    }

    fn case(name: &str, score: u32, more: &str) -> String {
        format!("{{\"name\":\"{name}\",\"expect\":{{\"score\":{score}}}{more}}}")
    }

    #[test]
    fn the_last_line_counts_and_the_exit_code_says_whether_one_failed() {
        let (good, bad) = (case("good", 1, ""), case("bad", 2, ""));
        let expected = case("known", 2, ",\"xfail\":true,\"xfailReason\":\"why\"");
        assert_eq!(
            run_on(&[("a", &good), ("b/c", &good)]),
            (0, "2 passed, 0 failed, 0 skipped".to_owned())
        );
        let (code, said) = run_on(&[("a", &format!("{good},{bad}")), ("b", &expected)]);
        assert_eq!(code, 5);
        assert_eq!(
            said,
            "DIR/a: bad\n    score: expected 2, came 1\nDIR/b: known: skipped, its authors expect it to fail: why\n\
             1 passed, 1 failed, 1 skipped"
        );
    }

    #[test]
    fn cases_that_cannot_be_read_fail_and_a_folder_without_any_is_an_error() {
        let (code, said) = run_on(&[("a", "nonsense")]);
        assert_eq!(code, 5);
        assert!(
            said.starts_with("DIR/a: the cases cannot be read")
                && said.ends_with("\n0 passed, 1 failed, 0 skipped")
        );
        assert_eq!(run_on(&[]).0, 1);
        let missing = ["parikshactl", "paper", "conformance", "no-such-folder"].map(Into::into);
        assert_eq!(crate::ctl::exit_code(missing), 1);
    }
}
