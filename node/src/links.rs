//! The links to the district's other nodes, whoever dialled. Filled by the dialler and the acceptor, used by gossip for
//! its datagrams.

use std::{
    collections::BTreeMap,
    sync::{Arc, PoisonError, RwLock},
};

use link::Connection;
use protocol::ids::NodeId;

/// One link for each peer. Clones are the same.
#[derive(Debug, Clone, Default)]
pub struct Links {
    links: Arc<RwLock<BTreeMap<NodeId, Connection>>>,
}

impl Links {
    /// The newest link to a peer takes the place of the one before.
    pub fn put(&self, peer: NodeId, connection: Connection) {
        self.links
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(peer, connection);
    }

    /// The live link to a peer.
    pub fn get(&self, peer: NodeId) -> Option<Connection> {
        let links = self.links.read().unwrap_or_else(PoisonError::into_inner);
        links
            .get(&peer)
            .filter(|link| link.close_reason().is_none())
            .cloned()
    }

    /// Peers with a live link.
    pub fn peers(&self) -> Vec<NodeId> {
        let links = self.links.read().unwrap_or_else(PoisonError::into_inner);
        links
            .iter()
            .filter(|(_, link)| link.close_reason().is_none())
            .map(|(peer, _)| *peer)
            .collect()
    }
}
