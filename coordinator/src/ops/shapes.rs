//! The shapes of the ops API as JSON: what handlers take and give, and what `parikshactl` sends and reads. Times are
//! milliseconds since the epoch (UTC). One place, so that both ends cannot drift apart.

mod evidence;
mod marks;
mod release;
mod results;
mod scores;
mod status;
pub mod tables;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub use evidence::{ClusterRow, ImportedPart, ReceiptAnswer, ReceiptQuestion, SignedHead};
pub use marks::{MarkingRow, MarksTaken, SetTolerance};
pub use release::{
    AddOfficer, Decided, MakeShares, OfficerRow, ScheduleRequest, ShareRow, SharesMade, WithdrawRequest,
};
pub use results::{
    AttemptRow, Difference, ReconciledDistrict, Reconciliation, ResponseRow, ResultRow, ScoreRequest, Scored,
    SubmissionRow,
};
pub use scores::{AnalysisRow, ChangedItem, ChangedRow, ScoreSetRow};
pub use status::{CandidateCounts, DistrictStatus, NodeStatus, Status, Wan};

/// A district to be added.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AddDistrict {
    /// Its name, unique in the state.
    pub name: String,
}

/// A district.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct DistrictRow {
    /// Its number.
    pub id: u16,
    /// Its name.
    pub name: String,
    /// Registered candidates.
    pub candidates: u64,
    /// Nodes that joined.
    pub nodes: u64,
}

/// A join token to be made for a node.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MakeNodeToken {
    /// The node's name, e.g. `mumbai-1`.
    pub name: String,
    /// Its district, by name or number.
    pub district: String,
}

/// A one-time join token. Shown once: the centre keeps only a hash of its secret.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct JoinTokenMade {
    /// What the newcomer's `join` command takes.
    pub token: String,
    /// The id that the newcomer will have.
    pub id: u64,
    /// Until when it can be used.
    pub expires: i64,
}

/// A node.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct NodeRow {
    /// Its id.
    pub id: u32,
    /// Its name.
    pub name: String,
    /// Its district's name.
    pub district: String,
    /// Where peers reach it.
    pub link_address: String,
    /// Where candidates reach it.
    pub candidate_url: String,
}

/// A coordinator.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct CoordinatorRow {
    /// Its Raft id.
    pub id: u64,
    /// Whether it answered just now.
    pub up: bool,
    /// The last change that it has applied, as far as it could be asked.
    pub applied: Option<u64>,
    /// Whether it leads.
    pub leader: bool,
    /// Whether it votes.
    pub voter: bool,
    /// Where nodes reach it.
    pub link_address: String,
    /// Where its ops API is.
    pub ops_url: String,
}

/// One candidate of a roster upload.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RosterEntry {
    /// The number on the admit card.
    pub number: u32,
    /// Name as shown.
    pub name: String,
    /// Roll number as shown.
    #[serde(default)]
    pub roll: String,
    /// The district's number.
    pub district: u16,
    /// The batch; empty for none.
    #[serde(default)]
    pub batch: String,
    /// Extra time in thousandths of the duration.
    #[serde(default)]
    pub extra_permille: u16,
    /// The access code in the clear; the centre keeps only its keyed hash. Left out: a registered candidate keeps the
    /// code they have.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub access_code: Option<String>,
}

/// A chunk of a roster, at most [`protocol::limits::ROSTER_PAGE_MAX`] candidates; taken whole or not at all.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RosterChunk {
    /// The candidates.
    pub candidates: Vec<RosterEntry>,
}

/// What became of a chunk.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RosterTaken {
    /// Candidates in it.
    pub imported: u64,
}

/// A page of the registered candidates, by number.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Registered {
    /// At most [`REGISTERED_PAGE`]; never with an access code.
    pub candidates: Vec<RosterEntry>,
    /// Where the next page begins (`?after=`); none after the last.
    pub next_after: Option<u32>,
}

/// Candidates in a page of the registered.
pub const REGISTERED_PAGE: usize = 5_000;

/// A line of an input file that cannot be taken.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct InputError {
    /// The line, from 1; 0 for the file as a whole.
    pub line: u64,
    /// The column's name; empty for the whole line.
    #[serde(default)]
    pub column: String,
    /// What is wrong and what to do.
    pub problem: String,
}

/// A paper's published version.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct PaperRow {
    /// As commands name it, `1v1`.
    pub paper: String,
    /// Its title.
    pub title: String,
    /// How many items.
    pub items: u64,
    /// Sealed bytes.
    pub bytes: u64,
    /// BLAKE3 of the sealed bytes.
    pub blob: String,
    /// Whether its key was released to the nodes.
    pub released: bool,
    /// The answer key's version.
    pub key_version: u16,
}

/// An imported paper.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct PaperImported {
    /// What was published.
    #[serde(flatten)]
    pub row: PaperRow,
    /// Lines that were left out (only with `partial`).
    pub skipped: Vec<InputError>,
    /// What is allowed but looks like a slip.
    #[serde(default)]
    pub warnings: Vec<InputError>,
}

/// A corrected answer key.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct KeyCorrected {
    /// Of which paper.
    pub paper: String,
    /// The new version; the earlier ones are kept.
    pub key_version: u16,
    /// Items and sections that the file changed.
    pub changed: u64,
    /// Items that are dropped now.
    pub dropped: u64,
    /// Items that are a bonus now.
    pub bonus: u64,
}

/// A sitting to be created.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CreateSitting {
    /// The paper's version, `1v1`.
    pub paper: String,
    /// What people call it.
    pub title: String,
    /// From when attempts may start.
    pub opens: i64,
    /// Until when.
    pub closes: i64,
    /// How long an attempt lasts.
    pub duration_ms: u32,
    /// District names or numbers, or the one word `all`.
    pub districts: Vec<String>,
    /// Only this batch; empty for everybody.
    #[serde(default)]
    pub batch: String,
    /// The oldest version of the node's program that may serve it; empty for any.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub node_min: String,
    /// The newest; empty for any.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub node_max: String,
}

/// A sitting.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SittingRow {
    /// Its number.
    pub id: u32,
    /// Its title.
    pub title: String,
    /// The paper's version.
    pub paper: String,
    /// From when.
    pub opens: i64,
    /// Until when.
    pub closes: i64,
    /// How long an attempt lasts.
    pub duration_ms: u32,
    /// District names.
    pub districts: Vec<String>,
    /// The batch; empty for all.
    pub batch: String,
}

/// A log as the centre holds it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct LogRow {
    /// `<node>-<incarnation>`.
    pub log: String,
    /// Its node's id.
    pub node: u32,
    /// Its node's name.
    pub name: String,
    /// The last sequence held.
    pub sequence: u64,
    /// The hash of the last frame.
    pub hash: String,
    /// In how many frames.
    pub frames: u64,
    /// Answers among the records.
    pub answered: u64,
    /// Records that this version cannot read; kept.
    pub unreadable: u64,
    /// Frames of another history that are kept as evidence.
    pub forks: u64,
    /// The latest head that the node signed and that was noted.
    pub signed_head: Option<SignedHead>,
}

/// A frame of another history than the one that is held, kept as evidence.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ForkRow {
    /// When it came, in milliseconds since 1970 (UTC).
    pub at: i64,
    /// Who brought it.
    pub by: String,
    /// The first sequence that it claims.
    pub first: u64,
    /// The last.
    pub last: u64,
    /// Its hash.
    pub hash: String,
    /// All its bytes.
    pub frame: FrameHex,
}

/// A frame's bytes, as hexadecimal digits in JSON.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct FrameHex(pub Vec<u8>);

impl From<FrameHex> for String {
    fn from(frame: FrameHex) -> Self {
        hex::encode(frame.0)
    }
}

impl TryFrom<String> for FrameHex {
    type Error = hex::FromHexError;

    fn try_from(digits: String) -> Result<Self, Self::Error> {
        hex::decode(digits).map(Self)
    }
}

/// An error as RFC 9457 has it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ProblemBody {
    /// `urn:pariksha:problem:<slug>`.
    #[serde(rename = "type")]
    pub kind: String,
    /// In short.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// What happened and what to do.
    pub detail: String,
    /// The lines of the input at fault, where there are any.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<InputError>,
    /// When to try again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after_ms: Option<u64>,
    /// What a newer server says besides.
    #[serde(flatten)]
    pub more: BTreeMap<String, serde_json::Value>,
}
