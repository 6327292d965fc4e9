//! Who changed what, when: one entry for each command that an operator or newcomer gave and that was applied. Frames,
//! blobs and scores are not listed: they have their own record.

use protocol::time::Instant;
use serde::{Deserialize, Serialize};

use crate::{
    bounds::{AUDIT_MAX, NAME_BYTES_MAX},
    command::{Command, Stamped},
    effects::{Changes, Outcome},
    row::Number,
    table::Table,
};

/// An entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditEntry {
    /// When.
    pub at: Instant,
    /// Who.
    pub by: String,
    /// What, e.g. `create sitting`.
    pub what: String,
    /// What came of it; never a secret.
    pub outcome: String,
}

/// Whether a command stands in the audit.
pub(crate) fn is_audited(command: &Command) -> bool {
    match command {
        Command::Frames { .. }
        | Command::PutBlob { .. }
        | Command::NoteHead(_)
        | Command::SetCheck(_)
        | Command::SetGate { .. } => false,
        Command::RecordScores { last, .. } => *last,
        Command::InitCluster { .. }
        | Command::AddDistrict { .. }
        | Command::MakeJoin { .. }
        | Command::UseJoin { .. }
        | Command::ImportCandidates { .. }
        | Command::PublishPaper { .. }
        | Command::CorrectKey { .. }
        | Command::CreateSitting(_)
        | Command::Release { .. }
        | Command::SetCoordinator { .. }
        | Command::RemoveCoordinator { .. }
        | Command::SetEvidenceKeys(_)
        | Command::AssignMarks { .. }
        | Command::SetTolerance { .. }
        | Command::Decide { .. }
        | Command::PlanSitting { .. }
        | Command::Enrol { .. } => true,
    }
}

/// Writes an entry under the next number.
pub(crate) fn enter(
    audit: &mut Table<Number, AuditEntry>,
    next: u64,
    stamped: &Stamped,
    outcome: &Outcome,
    changes: &mut Changes,
) {
    let entry = AuditEntry {
        at: stamped.at,
        by: stamped.by.chars().take(NAME_BYTES_MAX).collect(),
        what: stamped.command.name().into(),
        outcome: format!("{outcome:?}").chars().take(400).collect(),
    };
    audit.put(changes, Number(next), entry);
    let oldest = audit.iter().next().map(|(number, _)| *number);
    if audit.len() > AUDIT_MAX
        && let Some(number) = oldest
    {
        audit.remove(changes, &number);
    }
}
