//! What is known of the other nodes of the district, for status pages. Written by the dialler.

use std::{
    collections::BTreeMap,
    sync::{Arc, PoisonError, RwLock},
};

use protocol::ids::{NodeId, Sequence};
use tokio::sync::watch;

/// A peer, for status pages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PeerView {
    /// Which.
    pub node: NodeId,
    /// Whether it is linked.
    pub connected: bool,
    /// Whether acknowledgements wait for it.
    pub confirming: bool,
    /// How far it has the own log.
    pub copied: Sequence,
}

/// What is known of the peers. Clones are the same.
#[derive(Debug, Clone, Default)]
pub struct Peers {
    views: Arc<RwLock<BTreeMap<NodeId, PeerView>>>,
    fork: watch::Sender<Option<Sequence>>,
}

impl Peers {
    /// From where on a peer holds another history of the own log, once that is sure.
    pub fn fork(&self) -> watch::Receiver<Option<Sequence>> {
        self.fork.subscribe()
    }

    pub(super) fn forked(&self, at: Sequence) {
        self.fork.send_replace(Some(at));
    }

    /// The peers that the directory lists.
    pub fn views(&self) -> Vec<PeerView> {
        self.views
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .values()
            .cloned()
            .collect()
    }

    pub(super) fn change(&self, node: NodeId, change: impl FnOnce(&mut PeerView)) {
        let mut views = self.views.write().unwrap_or_else(PoisonError::into_inner);
        let fresh = PeerView {
            node,
            connected: false,
            confirming: false,
            copied: Sequence(0),
        };
        change(views.entry(node).or_insert(fresh));
    }

    pub(super) fn forget(&self, node: NodeId) {
        self.views
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(&node);
    }
}
