//! The registry's rows as they are stored. The order of the fields is the stored format: add at the end only, with a new
//! row version.

use protocol::{
    checkpoint::PublicKey,
    feed::CoordinatorEntry,
    hash::Hash,
    ids::{CoordinatorId, DistrictId, KeyVersion, NodeId, PaperId, PaperRef, Revision, SittingId},
    outline::Outline,
    roster::Candidate,
    sitting::Sitting,
    time::Instant,
};
use serde::{Deserialize, Serialize};

/// The id of the coordinator that founds the cluster; all others get theirs with a join token.
pub(crate) const FOUNDER: CoordinatorId = CoordinatorId(1);

/// The last numbers that were given, each never twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Counters {
    pub(crate) district: DistrictId,
    pub(crate) node: NodeId,
    pub(crate) coordinator: CoordinatorId,
    pub(crate) paper: PaperId,
    pub(crate) sitting: SittingId,
    /// The feed's latest revision.
    pub(crate) revision: Revision,
    /// When the directory changed last.
    pub(crate) directory: Revision,
    pub(crate) alarm: u64,
    pub(crate) audit: u64,
}

impl Default for Counters {
    fn default() -> Self {
        Self {
            district: DistrictId(0),
            node: NodeId(0),
            coordinator: FOUNDER,
            paper: PaperId(0),
            sitting: SittingId(0),
            revision: Revision(0),
            directory: Revision(0),
            alarm: 0,
            audit: 0,
        }
    }
}

/// The cluster and its secrets.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cluster {
    /// What people call it.
    pub name: String,
    /// The CA's certificate, PEM.
    pub ca_certificate: String,
    /// The CA's private key, wrapped under the cluster key.
    pub wrapped_ca_key: Vec<u8>,
    /// The key under which candidates' tokens are sealed.
    pub token_key: Hash,
    /// The key under which access codes are hashed.
    pub code_key: Hash,
    /// BLAKE3 of the operators' bearer token.
    pub ops_token_hash: Hash,
}

impl std::fmt::Debug for Cluster {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Cluster({}, keys not shown)", self.name)
    }
}

/// A district.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DistrictRow {
    /// Its name.
    pub name: String,
    /// Its place in the feed.
    pub revision: Revision,
}

/// A node, planned or joined.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NodeRow {
    /// Its name.
    pub name: String,
    /// Its district.
    pub district: DistrictId,
    /// How it is reached; `None` until it has joined.
    pub contact: Option<NodeContact>,
}

/// How a node is reached and what it signs with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NodeContact {
    /// By peers (QUIC).
    pub link_address: String,
    /// By candidates.
    pub candidate_url: String,
    /// The key of its checkpoints and receipts.
    pub signing_key: PublicKey,
}

/// A coordinator.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CoordinatorRow {
    /// Its address.
    pub entry: CoordinatorEntry,
    /// Whether it left; kept so that its id never returns.
    pub removed: bool,
}

/// A join token as far as the centre keeps it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct JoinRow {
    /// The hash of its secret.
    pub secret_hash: Hash,
    /// Until when it may be used.
    pub expires: Instant,
    /// By which signing key it was used.
    pub used_by: Option<PublicKey>,
    /// A coordinator's ops API, once it has joined.
    pub public_url: String,
}

/// A candidate and the page of the roster they stand on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct CandidateRow {
    pub(crate) candidate: Candidate,
    pub(crate) page: u32,
}

/// A page of a district's roster.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct PageRow {
    pub(crate) revision: Revision,
}

/// A published version of a paper.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaperRow {
    /// What operators call it.
    pub title: String,
    /// BLAKE3 of the sealed bytes.
    pub blob: Hash,
    /// Their length.
    pub bytes: u32,
    /// Its items.
    pub outline: Outline,
    /// Its key, wrapped under the cluster key.
    pub wrapped_key: Vec<u8>,
    /// When it was published.
    pub published: Instant,
    /// Its place in the feed.
    pub revision: Revision,
    /// The latest version of its answer key.
    pub key_version: KeyVersion,
}

/// A version of an answer key; all are kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AnswerKeyRow {
    /// The key, wrapped under the cluster key.
    pub wrapped: Vec<u8>,
    /// Since when.
    pub since: Instant,
}

/// A sitting. It takes three revisions of the feed: for the paper and the key that a district gets because of it, and,
/// last, for itself; so that no two documents of a district share one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct SittingRow {
    pub(crate) sitting: Sitting,
    pub(crate) revision: Revision,
}

impl SittingRow {
    pub(crate) fn paper_revision(&self) -> Revision {
        Revision(self.revision.0 - 2)
    }

    pub(crate) fn release_revision(&self) -> Revision {
        Revision(self.revision.0 - 1)
    }
}

/// A released key.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ReleaseRow {
    pub(crate) paper: PaperRef,
    pub(crate) key: [u8; 32],
    pub(crate) revision: Revision,
    pub(crate) at: Instant,
}

impl std::fmt::Debug for ReleaseRow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "ReleaseRow({}, key not shown)", self.paper)
    }
}
