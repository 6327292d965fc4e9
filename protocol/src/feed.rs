//! The feed: everything a node learns from the centre, as documents with a revision. A document replaces the one with
//! the same [`Document::key`]; a node asks for what is newer than the revision it has.

use serde::{Deserialize, Serialize};

use crate::{
    checkpoint::PublicKey,
    gate::SittingGate,
    hash::Hash,
    ids::{CoordinatorId, DistrictId, NodeId, PaperRef, Revision, SittingId},
    outline::Outline,
    roster::Candidate,
    sitting::Sitting,
};

/// A document with its place in the feed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FeedEntry {
    /// When it was last changed, in the feed's own count.
    pub revision: Revision,
    /// What it says.
    pub document: Document,
}

/// One document. The order of the variants is part of the stored format: add at the end only.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Document {
    /// The district's name and secrets.
    District(District),
    /// Who there is.
    Directory(Directory),
    /// A page of the roster: at most [`crate::limits::ROSTER_PAGE_MAX`] candidates.
    Roster(RosterPage),
    /// A sitting in this district.
    Sitting(Sitting),
    /// A sealed paper that this district will need.
    Paper(PaperNotice),
    /// A paper's key.
    Release(Release),
    /// What a node must hold for a sitting. This and what follows only on links since [`GATES_SINCE`].
    ///
    /// [`GATES_SINCE`]: crate::wire::centre::GATES_SINCE
    Gate(SittingGate),
    /// A paper's check value.
    Check(KeyCheck),
    /// A paper that must not be sat any more.
    Withdrawal(Withdrawal),
}

/// What tells documents apart: a newer one with the same key replaces the older.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum DocumentKey {
    /// The district's document.
    District,
    /// The directory.
    Directory,
    /// A page of the roster.
    Roster(u32),
    /// A sitting.
    Sitting(SittingId),
    /// A sealed paper.
    Paper(PaperRef),
    /// A paper's key.
    Release(PaperRef),
    /// What a node must hold for a sitting.
    Gate(SittingId),
    /// A paper's check value.
    Check(PaperRef),
    /// A paper that must not be sat any more.
    Withdrawal(PaperRef),
}

impl Document {
    /// What it replaces.
    pub fn key(&self) -> DocumentKey {
        match self {
            Self::District(_) => DocumentKey::District,
            Self::Directory(_) => DocumentKey::Directory,
            Self::Roster(page) => DocumentKey::Roster(page.page),
            Self::Sitting(sitting) => DocumentKey::Sitting(sitting.id),
            Self::Paper(notice) => DocumentKey::Paper(notice.paper),
            Self::Release(release) => DocumentKey::Release(release.paper),
            Self::Gate(gate) => DocumentKey::Gate(gate.sitting),
            Self::Check(check) => DocumentKey::Check(check.paper),
            Self::Withdrawal(withdrawal) => DocumentKey::Withdrawal(withdrawal.paper),
        }
    }

    /// Whether nodes of before [`GATES_SINCE`] can read it.
    ///
    /// [`GATES_SINCE`]: crate::wire::centre::GATES_SINCE
    pub fn is_old(&self) -> bool {
        match self {
            Self::District(_)
            | Self::Directory(_)
            | Self::Roster(_)
            | Self::Sitting(_)
            | Self::Paper(_)
            | Self::Release(_) => true,
            Self::Gate(_) | Self::Check(_) | Self::Withdrawal(_) => false,
        }
    }
}

/// A district and what its nodes must share. Secrets: kept on the node's disk readable by its user alone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct District {
    /// Which.
    pub id: DistrictId,
    /// Its name.
    pub name: String,
    /// The key under which candidates' tokens are sealed, the same in the whole state.
    pub token_key: Hash,
    /// The key under which access codes are hashed.
    pub code_key: Hash,
}

/// Nodes and coordinators.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Directory {
    /// All nodes of the state.
    pub nodes: Vec<NodeEntry>,
    /// The coordinators.
    pub coordinators: Vec<CoordinatorEntry>,
}

/// A node as others find it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NodeEntry {
    /// Which.
    pub id: NodeId,
    /// Its name, e.g. `mumbai-1`.
    pub name: String,
    /// Its district.
    pub district: DistrictId,
    /// Where peers reach it (QUIC), `host:port`.
    pub link_address: String,
    /// Where candidates reach it, e.g. `https://mumbai-1.example:8443`.
    pub candidate_url: String,
    /// The key its checkpoints and receipts are signed with.
    pub signing_key: PublicKey,
}

/// A coordinator as nodes find it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CoordinatorEntry {
    /// Which.
    pub id: CoordinatorId,
    /// Where (QUIC), `host:port`.
    pub link_address: String,
}

/// A page of the roster.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RosterPage {
    /// Which page, from 0.
    pub page: u32,
    /// Its candidates.
    pub candidates: Vec<Candidate>,
}

/// A sealed paper: where it is and what may be known of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaperNotice {
    /// Which.
    pub paper: PaperRef,
    /// BLAKE3 of the sealed bytes: the blob to fetch.
    pub blob: Hash,
    /// Its length.
    pub bytes: u32,
    /// Enough to check responses.
    pub outline: Outline,
}

/// The key of a released paper.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Release {
    /// Which.
    pub paper: PaperRef,
    /// AES-256 key.
    pub key: [u8; 32],
}

/// By what a paper's key is recognised when officers bring it in shares ([`crate::shares`]); gives nothing of the key away.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyCheck {
    /// Which paper.
    pub paper: PaperRef,
    /// [`crate::shares::commitment`] of its key.
    pub commitment: Hash,
}

/// A paper that must not be sat any more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Withdrawal {
    /// Which paper.
    pub paper: PaperRef,
    /// Why, as candidates are told.
    pub reason: String,
}

impl std::fmt::Debug for Release {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Release({}, key not shown)", self.paper)
    }
}
