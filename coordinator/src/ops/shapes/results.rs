//! Scores, results, merged attempts, the reconciliation, as JSON.

use protocol::ids::{CandidateId, SittingId};
use serde::{Deserialize, Serialize};

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
    /// Items answered partly right.
    #[serde(default)]
    pub partial: u16,
    /// Of `review`, those that a person has not marked yet.
    #[serde(default)]
    pub unmarked: u16,
    /// Dropped items.
    #[serde(default)]
    pub dropped: u16,
    /// Bonus items.
    #[serde(default)]
    pub bonus: u16,
    /// The paper's sections with what each brought, as JSON text (`{"Physics":"12"}`); empty where it has none.
    #[serde(default)]
    pub sections: String,
    /// The sections below their minimum, with `; ` between.
    #[serde(default)]
    pub below_minimum: String,
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
    /// Answers in the logs of the district's nodes, as far as the centre holds them; what their signed heads say is
    /// missing is a difference.
    pub acknowledged: u64,
    /// Answers of the district's nodes in merged attempts.
    pub committed: u64,
    /// What does not fit, by candidate.
    pub differences: Vec<Difference>,
    /// What cannot be known while nodes are not heard, in sentences. It does not keep a sitting from balancing: a dead
    /// machine will never be heard again.
    pub not_known: Vec<String>,
}

/// What does not fit for one candidate.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Difference {
    /// Whose; 0 for the district as a whole.
    pub candidate: u32,
    /// What.
    pub what: String,
}
