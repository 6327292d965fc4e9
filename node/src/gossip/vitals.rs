//! What a node says of itself in the ring: for status pages and for the list of nodes that a candidate may go to.

use protocol::{
    ids::{Incarnation, NodeId, Revision, Sequence},
    time::Instant,
};
use serde::{Deserialize, Serialize};

/// A node's vitals. The field order is the wire format: add at the end only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Vitals {
    /// Which node says this.
    pub node: NodeId,
    /// Its generation: a restarted node's count begins anew under a greater one.
    pub generation: u64,
    /// Counts what the node has said; the greatest is the newest.
    pub count: u64,
    /// Attempts that are open there.
    pub open_attempts: u32,
    /// Requests that wait for its committer; the greatest number while its disk is full.
    pub queue: u32,
    /// The life of its log.
    pub incarnation: Incarnation,
    /// How far its log goes.
    pub head: Sequence,
    /// Its district time less its operating system's clock, in milliseconds.
    pub clock_offset_ms: i64,
    /// How far its district time may be off, in milliseconds.
    pub clock_error_ms: u32,
    /// How far it follows the feed.
    pub revision: Revision,
    /// Whether the centre answers it.
    pub wan_connected: bool,
    /// Its district time when it said this.
    pub time: Instant,
    /// Whether it measured that time since its start.
    pub time_is_measured: bool,
}

impl Vitals {
    /// Whether this was said after `other` by the same node.
    pub(super) fn is_newer_than(&self, other: &Self) -> bool {
        (self.generation, self.count) > (other.generation, other.count)
    }
}
