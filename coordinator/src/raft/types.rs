//! What openraft is told of our types: an entry carries one stamped command, its answer is what the state said of it.
//! Named by the files of `raft` only.

use std::io::Cursor;

use openraft::BasicNode;
use serde::{Deserialize, Serialize};
use state::{Outcome, Rejection, Stamped};

openraft::declare_raft_types!(
    /// The types of the coordinators' Raft.
    pub(super) TypeConfig:
        D = Stamped,
        R = Applied,
        NodeId = u64,
        Node = BasicNode,
        SnapshotData = Cursor<Vec<u8>>,
);

/// What applying an entry gave; `None` for the entries that Raft makes for itself.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Applied(pub(super) Option<Result<Outcome, Rejection>>);

pub(super) type Raft = openraft::Raft<TypeConfig>;
pub(super) type Entry = openraft::Entry<TypeConfig>;
pub(super) type EntryId = openraft::LogId<u64>;
pub(super) type Vote = openraft::Vote<u64>;
pub(super) type Membership = openraft::StoredMembership<u64, BasicNode>;
pub(super) type SnapshotMeta = openraft::SnapshotMeta<u64, BasicNode>;
pub(super) type Snapshot = openraft::Snapshot<TypeConfig>;
pub(super) type StorageError = openraft::StorageError<u64>;
pub(super) type StorageIoError = openraft::StorageIOError<u64>;
