//! The acceptor: lets the other nodes of the district in and serves them. Everybody else is turned away: nothing at the
//! centre dials a node, and other districts' nodes have no business here.

use std::sync::Arc;

use daemon::Tasks;
use link::{Accepted, Connection, Endpoint, Incoming, PeerName};
use protocol::ids::NodeId;
use tokio::sync::Semaphore;

use crate::{
    feed::Feed,
    gossip::Gossip,
    links::Links,
    log::replicate::{self, Shelf},
};

/// Links that peers may hold here at once, handshakes included.
const LINKS_MAX: usize = 64;

/// What the acceptor works with.
#[derive(Clone)]
pub struct Parts {
    /// This node.
    pub node: NodeId,
    /// Where peers dial.
    pub endpoint: Endpoint,
    /// Says who the peers are.
    pub feed: Feed,
    /// What they may ask for.
    pub shelf: Shelf,
    /// Where gossip finds them.
    pub links: Links,
    /// Takes their datagrams.
    pub gossip: Gossip,
}

/// Starts the accept loop.
pub fn start(parts: Parts, tasks: &Tasks) {
    let (owned, shutdown) = (tasks.clone(), tasks.shutdown_token());
    let slots = Arc::new(Semaphore::new(LINKS_MAX));
    tasks.spawn("acceptor", async move {
        loop {
            let incoming = tokio::select! {
                () = shutdown.cancelled() => return,
                incoming = parts.endpoint.accept() => incoming,
            };
            // A closed endpoint means that the process stops.
            let Some(incoming) = incoming else {
                return shutdown.cancelled().await;
            };
            // Without a free slot the newcomer is dropped, which refuses it.
            if let Ok(slot) = Arc::clone(&slots).try_acquire_owned() {
                let (parts, token) = (parts.clone(), shutdown.clone());
                owned.spawn_brief("peer-inbound", async move {
                    tokio::select! {
                        () = token.cancelled() => {}
                        () = welcome(incoming, parts) => {}
                    }
                    drop(slot);
                });
            }
        }
    });
}

async fn welcome(incoming: Incoming, parts: Parts) {
    let connection = match incoming.establish().await {
        Ok(Accepted::Member(connection)) => connection,
        Ok(Accepted::Guest(guest)) => return guest.close("a node takes no guests; join at a coordinator"),
        Err(error) => return tracing::warn!(%error, "somebody was not let in"),
    };
    let Some(peer) = peer_of(&connection, &parts) else {
        tracing::warn!(who = %connection.peer(), "not a node of this district: turned away");
        return connection.close("only nodes of the same district are served here");
    };
    tracing::info!(%peer, "a peer linked to this node");
    if parts.links.get(peer).is_none() {
        parts.links.put(peer, connection.clone());
    }
    tokio::select! {
        () = replicate::serve(connection.clone(), peer, parts.shelf) => {}
        () = parts.gossip.listen(connection.clone(), peer) => {}
    }
}

fn peer_of(connection: &Connection, parts: &Parts) -> Option<NodeId> {
    let PeerName::Node(id) = connection.peer() else {
        return None;
    };
    let catalogue = parts.feed.catalogue();
    let peers = catalogue.peers_of(parts.node);
    peers.into_iter().map(|entry| entry.id).find(|peer| peer.0 == id)
}
