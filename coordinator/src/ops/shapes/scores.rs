//! Sets of scores, what changed between two, and the item analysis, as JSON.

use std::collections::BTreeMap;

use content::analysis::ItemReport;
use protocol::ids::{CandidateId, ItemNo, SittingId};
use serde::{Deserialize, Serialize};

/// One set of scores of a sitting.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScoreSetRow {
    /// By which version of the answer key.
    pub key_version: u16,
    /// `in-time-only` or `count-late`.
    pub policy: String,
    /// When it was finished; `null` while rows are still coming.
    pub finished: Option<i64>,
    /// Candidates with a score.
    pub rows: u32,
    /// Whether it is the one that counts: finished last.
    pub stands: bool,
}

/// A candidate whose score differs between two sets; one line of the NDJSON.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChangedRow {
    /// Whose.
    pub candidate: CandidateId,
    /// Roll number.
    pub roll: String,
    /// The total in the first set; `null` where it has none.
    pub from: Option<String>,
    /// The total in the second.
    pub to: Option<String>,
    /// The second less the first; `null` where one has none.
    pub difference: Option<String>,
    /// The items that make the difference.
    pub items: Vec<ChangedItem>,
}

/// An item whose marks differ.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChangedItem {
    /// Which.
    pub item: ItemNo,
    /// Its marks in the first set; `null` where it has none.
    pub from: Option<String>,
    /// In the second.
    pub to: Option<String>,
}

/// The item analysis of a set of scores.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AnalysisRow {
    /// Of which sitting.
    pub sitting: SittingId,
    /// By which version of the answer key.
    pub key_version: u16,
    /// `in-time-only` or `count-late`.
    pub policy: String,
    /// Scored candidates.
    pub candidates: u32,
    /// Names of the districts by number.
    pub districts: BTreeMap<u16, String>,
    /// By item.
    pub items: Vec<ItemReport>,
}
