//! The centre at a glance, as JSON.

use serde::{Deserialize, Serialize};

use super::CoordinatorRow;

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
    /// Why it cannot serve candidates, as it says itself or as the centre knows; empty when it can.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub not_ready: Vec<String>,
}
