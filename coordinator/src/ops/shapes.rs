//! The shapes of the ops API as JSON: what handlers take and give, and what `parikshactl` sends and reads. Times are
//! milliseconds since the epoch (UTC). One place, so that both ends cannot drift apart.

use std::collections::BTreeMap;

use protocol::ids::{CandidateId, SittingId};
use serde::{Deserialize, Serialize};

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

/// The numbers of all registered candidates.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RegisteredNumbers {
    /// Ascending.
    pub numbers: Vec<u32>,
}

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
}

/// A released paper.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Released {
    /// Which.
    pub paper: String,
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

/// How a sitting is to be scored.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ScoreRequest {
    /// Whether responses count that came after the deadline.
    pub count_late: bool,
}

/// What a scoring did.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Scored {
    /// The sitting.
    pub sitting: SittingId,
    /// The answer key's version.
    pub key_version: u16,
    /// Attempts that were scored.
    pub scored: u64,
    /// Of these, attempts with items that a person must decide.
    pub under_review: u64,
}

/// One candidate's result.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ResultRow {
    /// Whose.
    pub candidate: CandidateId,
    /// Roll number.
    pub roll: String,
    /// Name.
    pub name: String,
    /// District name.
    pub district: String,
    /// Total marks as exact decimal text; empty when not scored.
    pub total: String,
    /// What could be had.
    pub max: String,
    /// Items answered right.
    pub right: u16,
    /// Wrong.
    pub wrong: u16,
    /// Without a response.
    pub omitted: u16,
    /// That a person must decide.
    pub review: u16,
    /// The digest of the responses that were scored: the candidate's receipt shows the same.
    pub digest: String,
    /// The answer key's version.
    pub key_version: u16,
    /// `in-time-only` or `count-late`.
    pub policy: String,
}

/// One response of a merged attempt.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ResponseRow {
    /// To which item.
    pub item: u16,
    /// By which stay of a device.
    pub epoch: u16,
    /// Its place in that stay.
    pub seq: u32,
    /// What was given; `null` when cleared, and when devices disagree.
    pub response: Option<protocol::response::Response>,
    /// Whether marked for review by the candidate.
    pub marked: bool,
    /// Whether it came after the deadline.
    pub late: bool,
}

/// A submission that stands.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SubmissionRow {
    /// Its identity, hexadecimal.
    pub id: String,
    /// By whom.
    pub by: protocol::record::SubmittedBy,
    /// When.
    pub at: i64,
    /// The digest that was handed in.
    pub digest: String,
    /// How many items had a response.
    pub answered: u16,
}

/// A merged attempt; one line of the NDJSON.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct AttemptRow {
    /// Whose.
    pub candidate: CandidateId,
    /// When it started.
    pub started: Option<i64>,
    /// Its deadline, with extensions.
    pub deadline: Option<i64>,
    /// What was given last for each item, late or not.
    pub responses: Vec<ResponseRow>,
    /// The submission that stands.
    pub submission: Option<SubmissionRow>,
    /// Items for which devices disagree.
    pub under_review: Vec<u16>,
    /// The digest of the responses that came in time: what a receipt shows.
    pub digest: String,
}

/// The reconciliation of a sitting.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Reconciliation {
    /// Which sitting.
    pub sitting: SittingId,
    /// Whether every district balances.
    pub balances: bool,
    /// By district.
    pub districts: Vec<ReconciledDistrict>,
}

/// One district of a reconciliation.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ReconciledDistrict {
    /// Its number.
    pub id: u16,
    /// Its name.
    pub name: String,
    /// Candidates of the sitting.
    pub registered: u64,
    /// Without a start.
    pub absent: u64,
    /// With a start.
    pub started: u64,
    /// Handed in.
    pub submitted: u64,
    /// With a score.
    pub scored: u64,
    /// Answers that nodes acknowledged.
    pub acknowledged: u64,
    /// Answers that the centre holds.
    pub committed: u64,
    /// What does not fit, by candidate.
    pub differences: Vec<Difference>,
}

/// What does not fit for one candidate.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Difference {
    /// Whose; 0 for the district as a whole.
    pub candidate: u32,
    /// What.
    pub what: String,
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
}

/// The centre at a glance.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Status {
    /// Who leads; nobody during an election.
    pub leader: Option<u64>,
    /// The coordinators.
    pub coordinators: Vec<CoordinatorRow>,
    /// The districts.
    pub districts: Vec<DistrictStatus>,
    /// What a person should look at.
    pub alarms: Vec<String>,
}

/// Candidates of a district by how far they are.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
pub struct CandidateCounts {
    /// On the roster.
    pub registered: u64,
    /// Signed in.
    pub signed_in: u64,
    /// With an open attempt.
    pub open: u64,
    /// That handed in.
    pub submitted: u64,
}

/// How a node or district is linked to the centre.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Wan {
    /// Heard of within the last seconds.
    Connected,
    /// Not heard of.
    Cut,
    /// Never heard of since the coordinators started.
    Never,
}

/// A district at a glance.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct DistrictStatus {
    /// Its number.
    pub id: u16,
    /// Its name.
    pub name: String,
    /// Its candidates.
    pub candidates: CandidateCounts,
    /// Answers that its nodes acknowledged, as far as the centre was told.
    pub acknowledged: u64,
    /// Answers of its logs that the centre holds.
    pub delivered: u64,
    /// The greatest lag of its nodes.
    pub lag_seconds: f64,
    /// Connected when all its nodes are.
    pub wan: Wan,
    /// Its nodes.
    pub nodes: Vec<NodeStatus>,
}

/// A node at a glance.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct NodeStatus {
    /// Its id.
    pub id: u32,
    /// Its name.
    pub name: String,
    /// Its link.
    pub wan: Wan,
    /// How long ago it was heard of.
    pub last_heard_seconds: Option<f64>,
    /// Answers it acknowledged.
    pub acknowledged: u64,
    /// Answers of its logs that the centre holds.
    pub delivered: u64,
    /// How old the oldest undelivered record is.
    pub lag_seconds: f64,
    /// Its program's version.
    pub version: String,
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
