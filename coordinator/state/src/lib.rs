//! The deterministic state machine of the centre: [`State::apply`] takes a stamped [`Command`] and returns [`Effects`].
//!
//! Pure: no clock, no randomness, no I/O. Time, secrets and hashes come in with the command, ids come from counters, and
//! every map is ordered, so that each coordinator that applies the same commands holds the same rows byte for byte.
//!
//! The shell (`coordinator/raft`) commits [`Effects::rows`], [`Effects::frames`] and its own "last applied" in one durable
//! batch. At a start it gives the rows to [`State::restore`] and then each stored frame to [`State::refold`]: merged
//! attempts are never persisted, frames are the truth and a fold rebuilds them. A snapshot is [`State::rows`]; it names the
//! frames by the watermark rows and the receiver fetches the frames that it lacks.
//!
//! Memory (measured with 4,000 attempts of 100 answered choices): 7.7 KB a merged attempt, frames' marks included; so
//! 40,000 candidates need about 310 MB a sitting, and 8 GB hold a season of some 20 such sittings. An item answered with a
//! number takes some 300 bytes instead of 40. The bounds stand in [`bounds`].

mod act;
mod alarm;
mod attempt;
mod audit;
mod blobs;
pub mod bounds;
mod check;
mod command;
mod effects;
mod evidence;
mod feed;
mod ledger;
mod marks;
mod pack;
mod query;
mod reconcile;
mod registry;
mod rejection;
mod restore;
mod row;
mod scores;
mod state;
mod table;

pub use act::{Act, Decision};
pub use alarm::{Alarm, AlarmKind};
pub use audit::AuditEntry;
pub use command::{Command, NewMark, NewNewcomer, NewSitting, ScoreRow, Stamped};
pub use effects::{Delivery, Effects, Outcome, Row};
pub use evidence::EvidenceKeys;
pub use ledger::{Fork, RefoldError};
pub use marks::{GivenMark, MARKERS, MarkerRole, ScriptId, ScriptMarks, Tolerance};
pub use pack::pack_of;
pub use query::{CandidateAttempt, LogCounts};
pub use reconcile::{Difference, DistrictReconciliation, Reconciliation};
pub use registry::{
    APPROVAL_LIFE_MS, AnswerKeyRow, ApprovalRow, AuthorisedRow, Cluster, CoordinatorRow, DistrictRow,
    JoinRow, NodeContact, NodeRow, OfficerRow, PaperRow, ScheduleRow, WithdrawalRow,
};
pub use rejection::{Rejection, RejectionKind};
pub use scores::{ScoreSet, ScoreSetKey};
pub use state::State;
pub use table::RestoreError;

#[cfg(test)]
mod tests;
