//! Gossip within the district: who is there and how they fare. It steers display and the list of nodes that a candidate
//! may go to, **never correctness**: nothing that is acknowledged depends on it. One ring for each district, spoken in
//! datagrams over the links that replication holds.

mod core;
mod driver;
mod identity;
mod vitals;

use std::{
    collections::BTreeMap,
    sync::{Arc, PoisonError, RwLock},
};

use bytes::Bytes;
use link::Connection;
use protocol::ids::NodeId;
use tokio::sync::mpsc;

pub use driver::{Parts, VitalsOf, start};
pub use identity::{GenerationError, Member, next_generation};
pub use vitals::Vitals;

/// A member of the ring, as this node sees it.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct MemberView {
    /// Which node.
    pub node: NodeId,
    /// Whether the ring takes it for alive.
    pub up: bool,
    /// What it last said of itself.
    pub vitals: Option<Vitals>,
}

/// What a peer sent.
pub(crate) struct Inbound {
    pub(crate) data: Bytes,
}

/// The ring. Clones are the same.
#[derive(Clone)]
pub struct Gossip {
    members: Arc<RwLock<BTreeMap<NodeId, MemberView>>>,
    inbox: mpsc::Sender<Inbound>,
}

impl Gossip {
    /// The other members that were heard of, alive or not.
    pub fn members(&self) -> Vec<MemberView> {
        self.members
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .values()
            .cloned()
            .collect()
    }

    /// Takes a link's datagrams until it ends. Beyond what waits already they are dropped, as datagrams may be.
    pub async fn listen(&self, connection: Connection, peer: NodeId) {
        loop {
            match connection.read_datagram().await {
                Ok(data) => {
                    if self.inbox.try_send(Inbound { data }).is_err() {
                        tracing::trace!(%peer, "gossip is busy: a datagram is dropped");
                    }
                }
                Err(_) => return,
            }
        }
    }
}
