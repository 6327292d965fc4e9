//! Manual marks as JSON.

use protocol::ids::ItemNo;
use serde::{Deserialize, Serialize};

/// How far the marking of one item is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MarkingRow {
    /// Which.
    pub item: ItemNo,
    /// Its greatest marks.
    pub max: String,
    /// How far two markers may differ.
    pub tolerance: String,
    /// Responses to it.
    pub scripts: u32,
    /// Of these, those that nobody has marked.
    pub new: u32,
    /// That one marker has marked.
    pub once: u32,
    /// On which two markers agree.
    pub agreed: u32,
    /// On which they differ: a moderator must decide.
    pub differing: u32,
    /// That a moderator has decided.
    pub moderated: u32,
    /// Marked scripts that are no candidate's response any more: more of the attempt arrived later.
    pub outdated: u32,
}

/// How a file of marks was taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct MarksTaken {
    /// New ones, and changes of mind.
    pub taken: u64,
    /// Given before, the same.
    pub unchanged: u64,
    /// Lines without marks.
    pub empty: u64,
}

/// How far two markers may differ for an item.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SetTolerance {
    /// Which item.
    pub item: ItemNo,
    /// Marks, decimal.
    pub tolerance: String,
}
