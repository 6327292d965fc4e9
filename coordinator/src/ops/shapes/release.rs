//! Releases, withdrawals, shares and officers as JSON.

use serde::{Deserialize, Serialize};

/// What came of an approval.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Decided {
    /// The paper's version, where it is about one.
    pub paper: Option<String>,
    /// What was approved, in words.
    pub what: String,
    /// Whether it is done; else it waits for another officer.
    pub done: bool,
    /// Who approved it first, while it waits.
    pub first: Option<String>,
}

/// When a paper is to be released.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScheduleRequest {
    /// From when.
    pub at: i64,
}

/// A withdrawal.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WithdrawRequest {
    /// Why, as candidates are told.
    pub reason: String,
}

/// Shares to be made.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MakeShares {
    /// For how many officers.
    pub officers: u8,
    /// How many of them are needed.
    pub need: u8,
}

/// One officer's share. A secret.
#[derive(Clone, Serialize, Deserialize)]
pub struct ShareRow {
    /// Which, from 1.
    pub number: u8,
    /// Its words.
    pub words: String,
}

impl std::fmt::Debug for ShareRow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "ShareRow({}, words not shown)", self.number)
    }
}

/// Shares that were made; none while the approval waits.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SharesMade {
    /// What came of the approval.
    pub decided: Decided,
    /// The shares.
    pub shares: Vec<ShareRow>,
}

/// An officer to be added.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AddOfficer {
    /// Their name, unique.
    pub name: String,
}

/// An officer.
#[derive(Clone, Serialize, Deserialize)]
pub struct OfficerRow {
    /// Their name.
    pub name: String,
    /// Since when.
    pub since: i64,
    /// Whether they were removed.
    pub removed: bool,
    /// Their token, in the answer that made it only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<String>,
}

impl std::fmt::Debug for OfficerRow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "OfficerRow({}, token not shown)", self.name)
    }
}
