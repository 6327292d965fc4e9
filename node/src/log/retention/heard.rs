//! What the other nodes said of the logs they hold: how far, and which one each writes itself. Told by the streams to
//! peers, asked by the keeper and by the copies. Only in memory: peers are asked again after a restart.

use std::{
    collections::BTreeMap,
    sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard},
};

use protocol::{
    ids::{LogId, NodeId},
    watermark::Watermark,
};

use super::rule::Furthest;

/// What peers said. Clones are the same.
#[derive(Debug, Clone, Default)]
pub struct Heard {
    shared: Arc<RwLock<Shared>>,
}

#[derive(Debug, Default)]
struct Shared {
    written: BTreeMap<NodeId, LogId>,
    held: BTreeMap<LogId, BTreeMap<NodeId, Furthest>>,
}

impl Heard {
    /// A peer says which log it writes.
    pub fn writes(&self, log: LogId) {
        self.write().written.insert(log.node, log);
    }

    /// A peer holds, or held until its own retention removed it, a log up to here, durably. Said only of logs that lie
    /// here, so what is remembered is bounded by what lies here.
    pub fn holds(&self, peer: NodeId, log: LogId, mark: Watermark) {
        let mut shared = self.write();
        shared
            .held
            .entry(log)
            .or_default()
            .entry(peer)
            .or_default()
            .heard(mark);
    }

    /// The log that a node said it writes, since this process started.
    pub fn written_by(&self, node: NodeId) -> Option<LogId> {
        self.read().written.get(&node).copied()
    }

    /// What a peer was heard to hold of a log.
    pub fn held_by(&self, peer: NodeId, log: &LogId) -> Furthest {
        let shared = self.read();
        let held = shared.held.get(log).and_then(|peers| peers.get(&peer));
        held.copied().unwrap_or_default()
    }

    /// A log that does not lie here any more is forgotten.
    pub fn forget(&self, log: &LogId) {
        self.write().held.remove(log);
    }

    fn read(&self) -> RwLockReadGuard<'_, Shared> {
        self.shared.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Shared> {
        self.shared.write().unwrap_or_else(PoisonError::into_inner)
    }
}
