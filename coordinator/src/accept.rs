//! The coordinator's one front door: every link that is dialled to us is let in here and handed on by who dials.
//! Coordinators go to `raft`, nodes and guests to the [`Visitors`] that the gateway provides. Nothing is decided here
//! but who is who; what a peer may do is its handler's.

use std::{sync::Arc, time::Duration};

use daemon::Tasks;
use futures::future::BoxFuture;
use link::{Accepted, Connection, Endpoint, Guest, Incoming, PeerName};
use protocol::ids::{CoordinatorId, NodeId};
use tokio::sync::Semaphore;

use crate::{
    clock::ClockReading,
    gateway::sessions::{NodeReasons, NodeSession},
    raft::{self, Centre},
};

/// Handshakes under way at once; further peers wait in the socket.
const HANDSHAKES_MAX: usize = 64;

/// Guests served at once: joining is rare, and a stranger may try it.
const GUESTS_MAX: usize = 16;

/// How long a guest may take in all.
const GUEST_TIME: Duration = Duration::from_secs(30);

/// Who serves the peers that are not coordinators.
pub trait Visitors: Send + Sync + 'static {
    /// Serves a node's link until it ends or the coordinator stops.
    fn node(&self, node: NodeId, connection: Connection) -> BoxFuture<'static, ()>;

    /// Serves a machine that has no certificate yet; cut off after 30 s.
    fn guest(&self, guest: Guest) -> BoxFuture<'static, ()>;

    /// What this coordinator knows of the nodes linked to it, for the other coordinators' status pages.
    fn sessions(&self) -> Vec<NodeSession>;

    /// What this coordinator's clocks show, for the other coordinators.
    fn clock(&self) -> ClockReading;

    /// Why the nodes linked to this coordinator are not ready, as they said.
    fn not_ready(&self) -> Vec<NodeReasons> {
        Vec::new()
    }
}

/// Starts the loop that answers the endpoint. It ends with the tasks' shutdown token, or with the endpoint.
pub fn spawn(tasks: &Tasks, endpoint: Endpoint, centre: Centre, visitors: Arc<dyn Visitors>) {
    let door = Door {
        tasks: tasks.clone(),
        centre,
        visitors,
        handshakes: Arc::new(Semaphore::new(HANDSHAKES_MAX)),
        guests: Arc::new(Semaphore::new(GUESTS_MAX)),
    };
    tasks.spawn("accept", door.answer(endpoint));
}

#[derive(Clone)]
struct Door {
    tasks: Tasks,
    centre: Centre,
    visitors: Arc<dyn Visitors>,
    handshakes: Arc<Semaphore>,
    guests: Arc<Semaphore>,
}

impl Door {
    async fn answer(self, endpoint: Endpoint) {
        let stop = self.tasks.shutdown_token();
        loop {
            let Ok(permit) = self.handshakes.clone().acquire_owned().await else {
                return;
            };
            let incoming = tokio::select! {
                () = stop.cancelled() => return,
                incoming = endpoint.accept() => incoming,
            };
            let Some(incoming) = incoming else {
                return;
            };
            let door = self.clone();
            self.tasks.spawn_brief("link", async move {
                let accepted = door.let_in(incoming).await;
                drop(permit);
                if let Some(accepted) = accepted {
                    door.serve(accepted).await;
                }
            });
        }
    }

    async fn let_in(&self, incoming: Incoming) -> Option<Accepted> {
        match incoming.establish().await {
            Ok(accepted) => Some(accepted),
            Err(error) => {
                tracing::warn!(%error, "a peer was not let in");
                None
            }
        }
    }

    /// Serves until the peer or the coordinator ends it.
    async fn serve(self, accepted: Accepted) {
        let stop = self.tasks.shutdown_token();
        let served = async {
            match accepted {
                Accepted::Guest(guest) => self.serve_guest(guest).await,
                Accepted::Member(connection) => match connection.peer() {
                    PeerName::Node(id) => self.visitors.node(NodeId(id), connection).await,
                    PeerName::Coordinator(id) => {
                        raft::serve(&self.centre, &self.visitors, CoordinatorId(id), connection).await;
                    }
                },
            }
        };
        tokio::select! {
            () = stop.cancelled() => {}
            () = served => {}
        }
    }

    async fn serve_guest(&self, guest: Guest) {
        let Ok(_permit) = self.guests.try_acquire() else {
            tracing::warn!(
                GUESTS_MAX,
                "too many machines want to join at once: one is sent away"
            );
            return;
        };
        if tokio::time::timeout(GUEST_TIME, self.visitors.guest(guest))
            .await
            .is_err()
        {
            tracing::warn!("a machine that wanted to join took too long");
        }
    }
}
