//! Links from this coordinator to the others: dialled when first needed, kept, dialled anew when they fail. Used by the
//! Raft network, the proposer and the snapshot's fetcher. It retries nothing by itself: the asker knows what may be
//! asked twice.

use std::{
    collections::HashMap,
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use daemon::Tasks;
use link::{Connection, Endpoint, Expect, FramedStream, PeerName, StreamError};
use protocol::ids::CoordinatorId;
use tokio::{
    sync::watch,
    time::{Instant, timeout},
};

use super::message::{Answer, Ask};

/// After a failed dial nobody dials that coordinator again for so long.
const REDIAL_AFTER: Duration = Duration::from_millis(500);

/// How long a question waits for the link, before anything is sent; the dialling itself goes on.
const LINK_WITHIN: Duration = Duration::from_secs(1);

/// So many questions in a row without an answer in time, and nothing heard for [`SILENCE`], and the link is taken for
/// dead: a peer that was killed and came back does not know the old link, and QUIC itself would notice only after its
/// idle time.
const SILENCES_MAX: u32 = 3;

/// See [`SILENCES_MAX`]; longer than a receiver of a snapshot is silent.
const SILENCE: Duration = Duration::from_secs(3);

/// A peer that links to us, owes us an answer and has given none for so long was restarted.
const RESTART: Duration = Duration::from_secs(1);

/// Messages between coordinators may be longer than nodes': an entry and its wrapping.
pub(super) const PEER_MESSAGE_BYTES_MAX: usize = protocol::limits::MESSAGE_BYTES_MAX;

/// Why a question was not answered.
#[derive(Debug, Clone, thiserror::Error)]
pub(super) enum AskError {
    /// It was never sent.
    #[error("coordinator {id} cannot be reached: {why}")]
    Unreachable { id: CoordinatorId, why: String },
    /// It may have been received.
    #[error("coordinator {id} was asked and did not answer: {why}")]
    Unanswered { id: CoordinatorId, why: String },
}

/// The links to the other coordinators. Clones share them.
#[derive(Debug, Clone)]
pub(super) struct Peers {
    endpoint: Endpoint,
    tasks: Tasks,
    links: Arc<Mutex<HashMap<CoordinatorId, Link>>>,
}

#[derive(Debug)]
struct Link {
    address: String,
    state: LinkState,
    silences: u32,
    answered: Option<Instant>,
}

#[derive(Debug, Clone)]
enum LinkState {
    Down { until: Option<Instant>, why: String },
    Dialling(watch::Receiver<bool>),
    Up(Connection),
}

impl Link {
    fn is_silent_for(&self, time: Duration) -> bool {
        self.answered.is_none_or(|at| at.elapsed() > time)
    }

    fn drop_it(&mut self, why: &str) {
        if let LinkState::Up(connection) = &self.state {
            connection.close(why);
            self.state = LinkState::Down {
                until: None,
                why: why.to_owned(),
            };
            self.silences = 0;
        }
    }
}

impl Peers {
    pub(super) fn new(endpoint: Endpoint, tasks: Tasks) -> Self {
        Self {
            endpoint,
            tasks,
            links: Arc::default(),
        }
    }

    /// Asks one question and waits for its one answer.
    pub(super) async fn ask(
        &self,
        id: CoordinatorId,
        address: &str,
        ask: &Ask,
        within: Duration,
    ) -> Result<Answer, AskError> {
        let mut sent = false;
        let asking = async {
            let opening = timeout(LINK_WITHIN.min(within), self.open(id, address)).await;
            let mut stream = opening.unwrap_or_else(|_| {
                Err(AskError::Unreachable {
                    id,
                    why: "it does not answer to being dialled".to_owned(),
                })
            })?;
            sent = true;
            exchange(&mut stream, ask)
                .await
                .map_err(|error| AskError::Unanswered {
                    id,
                    why: error.to_string(),
                })
        };
        let answer = timeout(within, asking).await;
        match answer {
            Ok(answer) => {
                self.heard(id, answer.is_ok());
                answer
            }
            Err(_) if sent => {
                self.heard(id, false);
                Err(AskError::Unanswered {
                    id,
                    why: format!("nothing came within {} ms", within.as_millis()),
                })
            }
            Err(_) => Err(AskError::Unreachable {
                id,
                why: format!("no link within {} ms", within.as_millis()),
            }),
        }
    }

    /// A stream to a coordinator, for questions with more than one message.
    pub(super) async fn open(&self, id: CoordinatorId, address: &str) -> Result<FramedStream, AskError> {
        let connection = self.connection(id, address).await?;
        let stream = connection.open().await.map_err(|error| AskError::Unreachable {
            id,
            why: error.to_string(),
        })?;
        Ok(stream.with_message_bytes_max(PEER_MESSAGE_BYTES_MAX))
    }

    /// The version of the protocol that a coordinator and we agreed on; links to it first where there is no link.
    pub(super) async fn version(&self, id: CoordinatorId, address: &str) -> Result<u16, AskError> {
        Ok(self.connection(id, address).await?.protocol_version())
    }

    /// Whether a coordinator answered anything lately.
    pub(super) fn answered_within(&self, id: CoordinatorId, within: Duration) -> bool {
        let answered = self.lock().get(&id).and_then(|link| link.answered);
        answered.is_some_and(|at| at.elapsed() <= within)
    }

    /// A sign of life came, or an answer did not come in time.
    pub(super) fn heard(&self, id: CoordinatorId, answered: bool) {
        let mut links = self.lock();
        let Some(link) = links.get_mut(&id) else { return };
        if answered {
            link.silences = 0;
            link.answered = Some(Instant::now());
        } else {
            link.silences += 1;
            if link.silences >= SILENCES_MAX && link.is_silent_for(SILENCE) {
                link.drop_it("it did not answer");
            }
        }
    }

    /// A coordinator has linked to us: it may have been restarted, and then our old link to it is dead.
    pub(super) fn has_linked_to_us(&self, id: CoordinatorId) {
        if let Some(link) = self.lock().get_mut(&id)
            && link.silences > 0
            && link.is_silent_for(RESTART)
        {
            link.drop_it("it was restarted");
        }
    }

    /// Begins to dial, so that the other notices that we are here (again).
    pub(super) fn greet(&self, id: CoordinatorId, address: &str) {
        // How the link stands matters when something is asked.
        let _ = self.state(id, address);
    }

    async fn connection(&self, id: CoordinatorId, address: &str) -> Result<Connection, AskError> {
        let unreachable = |why: String| AskError::Unreachable { id, why };
        loop {
            let mut dialling = match self.state(id, address) {
                LinkState::Up(connection) => return Ok(connection),
                LinkState::Down { why, .. } => return Err(unreachable(why)),
                LinkState::Dialling(done) => done,
            };
            // An error means that the dialling task is gone, and then its state is no longer "dialling".
            if dialling.wait_for(|done| *done).await.is_err() {
                return Err(unreachable("the coordinator stops".to_owned()));
            }
        }
    }

    /// How the link stands; begins to dial where that is due. The dialling goes on when the asker gives up: an append's
    /// patience is shorter than a handshake on a busy machine.
    fn state(&self, id: CoordinatorId, address: &str) -> LinkState {
        let mut links = self.lock();
        let link = links.entry(id).or_insert_with(|| Link {
            address: address.to_owned(),
            state: LinkState::Down {
                until: None,
                why: String::new(),
            },
            silences: 0,
            answered: None,
        });
        let moved = link.address != address;
        let due = match &link.state {
            LinkState::Up(connection) => moved || connection.close_reason().is_some(),
            LinkState::Down { until, .. } => moved || until.is_none_or(|until| Instant::now() >= until),
            LinkState::Dialling(_) => false,
        };
        if due {
            let (done, dialling) = watch::channel(false);
            address.clone_into(&mut link.address);
            link.state = LinkState::Dialling(dialling);
            link.silences = 0;
            self.tasks
                .spawn_brief("dial", self.clone().dial(id, address.to_owned(), done));
        }
        link.state.clone()
    }

    async fn dial(self, id: CoordinatorId, address: String, done: watch::Sender<bool>) {
        let stop = self.tasks.shutdown_token();
        let dialled = tokio::select! {
            () = stop.cancelled() => Err("this coordinator stops".to_owned()),
            dialled = self.connect(id, &address) => dialled,
        };
        let state = match dialled {
            Ok(connection) => {
                tracing::info!(coordinator = %id, address, "linked");
                LinkState::Up(connection)
            }
            Err(why) => {
                tracing::debug!(coordinator = %id, address, why, "no link");
                LinkState::Down {
                    until: Some(Instant::now() + REDIAL_AFTER),
                    why,
                }
            }
        };
        if let Some(link) = self.lock().get_mut(&id) {
            link.state = state;
        }
        // Nobody may be waiting any more.
        let _ = done.send(true);
    }

    async fn connect(&self, id: CoordinatorId, address: &str) -> Result<Connection, String> {
        let address = resolve(address).await?;
        let expected = Expect::Exactly(PeerName::Coordinator(id.0));
        self.endpoint
            .connect(address, expected)
            .await
            .map_err(|error| error.to_string())
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<CoordinatorId, Link>> {
        self.links.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn resolve(address: &str) -> Result<SocketAddr, String> {
    let mut found = tokio::net::lookup_host(address)
        .await
        .map_err(|error| format!("{address} is not an address that can be found: {error}"))?;
    found.next().ok_or_else(|| format!("{address} has no address"))
}

async fn exchange(stream: &mut FramedStream, ask: &Ask) -> Result<Answer, StreamError> {
    stream.send_message(ask).await?;
    stream.finish()?;
    stream.recv_message().await?.ok_or(StreamError::Ended)
}
