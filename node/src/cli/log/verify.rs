//! `log verify`: directories by a copy, exported files by their signatures.

use std::path::Path;

use anyhow::Context;
use daemon::stdout;
use serde::Serialize;
use store::{
    Settings,
    exported::{Exported, ExportedError, Step},
    frames::{Audit, audit},
};

use super::{
    super::{Failure, NOT_SOUND},
    Verify,
    place::{Progress, logs_in, scratch},
};

/// What was found of one log.
#[derive(Debug, Serialize)]
struct Finding {
    /// Where it lies.
    place: String,
    /// Its name, if that much can be read.
    log: Option<String>,
    /// Whether all of it is there, unaltered, in order.
    sound: bool,
    /// How many frames were verified.
    frames: u64,
    /// The last sequence that was verified.
    sequence: u64,
    /// The hash of the frame that ends there.
    hash: Option<String>,
    /// The first sequence that is altered, missing or reordered.
    first_wrong: Option<u64>,
    /// What is wrong.
    problem: Option<String>,
}

#[derive(Debug, Serialize)]
struct Findings {
    sound: bool,
    logs: Vec<Finding>,
}

pub(super) fn run(flags: &Verify) -> Result<(), Failure> {
    let logs = if flags.path.is_file() {
        exported(&flags.path)?
    } else {
        directories(flags)?
    };
    let findings = Findings {
        sound: logs.iter().all(|finding| finding.sound),
        logs,
    };
    if flags.json {
        stdout::line(serde_json::to_string_pretty(&findings)?)?;
    } else {
        for finding in &findings.logs {
            stdout::line(finding.sentence())?;
        }
    }
    if findings.sound {
        return Ok(());
    }
    Err(Failure {
        error: anyhow::anyhow!("what was verified is not sound; keep it as it is, it is evidence"),
        code: NOT_SOUND,
    })
}

fn directories(flags: &Verify) -> anyhow::Result<Vec<Finding>> {
    let path = &flags.path;
    let found = logs_in(path).with_context(|| path.display().to_string())?;
    anyhow::ensure!(
        !found.is_empty(),
        "{} holds no log: name a log's directory, a node's data directory or an exported file",
        path.display()
    );
    found
        .iter()
        .map(|dir| directory(dir, flags.scratch.as_deref()))
        .collect()
}

fn directory(dir: &Path, scratch_in: Option<&Path>) -> anyhow::Result<Finding> {
    let mut bar = Progress::over(0, format!("verifying {}", dir.display()));
    let settings = Settings::default();
    let audited = audit(
        dir,
        &scratch(scratch_in),
        &settings,
        &mut |_| (),
        &mut |progress| {
            bar.at(progress.sequence.0, progress.expected.0);
        },
    );
    bar.done();
    let audited = audited?;
    let first_wrong = audited.first_wrong().map(|sequence| sequence.0);
    let place = dir.display().to_string();
    Ok(match audited {
        Audit::Sound { log, frames, head } => Finding {
            place,
            log: Some(log.to_string()),
            sound: true,
            frames,
            sequence: head.sequence.0,
            hash: Some(head.hash.to_string()),
            first_wrong,
            problem: None,
        },
        Audit::Doubtful { doubt, intact_up_to } => Finding {
            place,
            log: None,
            sound: false,
            frames: 0,
            sequence: intact_up_to.0,
            hash: None,
            first_wrong,
            problem: Some(doubt.to_string()),
        },
    })
}

fn exported(path: &Path) -> anyhow::Result<Vec<Finding>> {
    let (mut file, length) = Exported::open(path).with_context(|| path.display().to_string())?;
    let mut bar = Progress::over(length, format!("verifying {}", path.display()));
    let (mut findings, mut read) = (Vec::new(), 0);
    let mut current: Option<Finding> = None;
    loop {
        match file.next_step() {
            Ok(None) => break,
            Ok(Some(Step::Log { header, bytes })) => {
                read += bytes.len();
                current = Some(Finding {
                    place: path.display().to_string(),
                    log: Some(header.log.to_string()),
                    sound: false,
                    frames: 0,
                    sequence: header.from.0.saturating_sub(1),
                    hash: None,
                    first_wrong: None,
                    problem: None,
                });
            }
            Ok(Some(Step::Frame { last, bytes, .. })) => {
                read += bytes.len();
                if let Some(finding) = &mut current {
                    finding.frames += 1;
                    finding.sequence = last.0;
                }
                bar.at(read as u64, length);
            }
            Ok(Some(Step::End(extent))) => {
                if let Some(finding) = current.take() {
                    findings.push(Finding {
                        sound: true,
                        hash: Some(extent.head.hash.to_string()),
                        ..finding
                    });
                }
            }
            Err(ExportedError::Io(error)) => return Err(error.into()),
            Err(ExportedError::Export(error)) => {
                findings.push(Finding::broken(current.take(), path, &error.to_string()));
                break;
            }
        }
    }
    bar.done();
    Ok(findings)
}

impl Finding {
    /// Of an exported file that goes on wrongly after what was read of it.
    fn broken(read: Option<Self>, path: &Path, problem: &str) -> Self {
        let first_wrong = read.as_ref().map(|read| read.sequence + 1);
        let read = read.unwrap_or(Self {
            place: path.display().to_string(),
            log: None,
            sound: false,
            frames: 0,
            sequence: 0,
            hash: None,
            first_wrong: None,
            problem: None,
        });
        Self {
            first_wrong,
            problem: Some(problem.to_owned()),
            ..read
        }
    }

    fn sentence(&self) -> String {
        let log = self.log.as_deref().unwrap_or(&self.place);
        match (&self.problem, self.first_wrong) {
            (Some(problem), Some(first)) => {
                format!(
                    "{log}: NOT sound, the first frame that is wrong is due at sequence {first}: {problem}"
                )
            }
            (Some(problem), None) => format!("{log}: NOT sound: {problem}"),
            (None, _) => format!(
                "{log}: sound, {} frames up to sequence {}",
                self.frames, self.sequence
            ),
        }
    }
}
