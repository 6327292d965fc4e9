//! Opening what this coordinator has and setting Raft going. Called once, by the app, before the front door opens.
//!
//! A coordinator whose log or state was removed must not come back under its id: it may have forgotten votes and entries
//! that were counted. A mark beside the log says that there was one.

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use daemon::{Clock, Tasks};
use link::Endpoint;
use openraft::BasicNode;
use protocol::ids::CoordinatorId;
use store::whole_file;
use tokio::sync::Semaphore;

use super::{
    centre::{Centre, Inner},
    log_store::LogStore,
    network::Network,
    peers::Peers,
    settings::{RaftSettings, RaftSettingsError},
    shelf::ShelfError,
    state_machine::Machine,
    types::Raft,
    wal::WalError,
};

const LOG_DIRECTORY: &str = "raft";
const STATE_DIRECTORY: &str = "state";
const LOG_MARK: &str = "raft-begun";

/// How often a leader looks for a change of members that another began and did not end.
const FINISH_CHANGE_EVERY: Duration = Duration::from_secs(2);

/// How a coordinator without members comes to be one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Founding {
    /// It is the cluster's first: it founds the cluster, alone.
    First,
    /// It joined: these are the others, one of which admits it.
    Joined(Vec<(CoordinatorId, String)>),
}

/// Why Raft could not be started.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The settings.
    #[error(transparent)]
    Settings(#[from] RaftSettingsError),
    /// The log.
    #[error(transparent)]
    Log(#[from] WalError),
    /// The state.
    #[error(transparent)]
    State(#[from] ShelfError),
    /// The log or the state was removed.
    #[error(
        "{0} is gone or was put back from an older copy: this coordinator may have forgotten what it agreed to and must not come back as the same one; take the whole data directory away and join the machine with a new token"
    )]
    Wiped(PathBuf),
    /// The operating system refuses.
    #[error("{path}: {source}; check that this user may write there")]
    Io {
        /// Where.
        path: PathBuf,
        /// What it says.
        #[source]
        source: io::Error,
    },
    /// openraft refuses.
    #[error("Raft does not start: {0}")]
    Raft(String),
}

/// What Raft is started with.
pub struct Start {
    /// This coordinator.
    pub id: CoordinatorId,
    /// Its data directory; `raft/` and `state/` lie in it.
    pub data: PathBuf,
    /// Times and bounds.
    pub settings: RaftSettings,
    /// What to do while there are no members.
    pub founding: Founding,
    /// The endpoint, under this coordinator's identity.
    pub endpoint: Endpoint,
    /// Where the others reach this coordinator (QUIC), `host:port`.
    pub link_address: String,
    /// Whose wall clock stamps proposals.
    pub clock: Arc<dyn Clock>,
}

/// Opens the log and the state and starts Raft. The front door ([`crate::accept::spawn`]) must be opened after it, or
/// nobody gets answers.
pub async fn start(start: Start, tasks: &Tasks) -> Result<Centre, StartError> {
    let Start {
        id,
        data,
        settings,
        founding,
        endpoint,
        link_address,
        clock,
    } = start;
    settings.check()?;
    let config = settings.config()?;
    let (log, machine) = open(data.clone(), settings.clone()).await?;
    let log_is_empty = log.is_empty();
    let peers = Peers::new(endpoint, tasks.clone());
    let network = Network { peers: peers.clone() };
    let raft = Raft::new(id.0, config, network, log, machine.clone())
        .await
        .map_err(|error| StartError::Raft(error.to_string()))?;
    let centre = Centre {
        inner: Arc::new(Inner {
            id,
            raft,
            machine,
            peers,
            clock,
            proposals: Semaphore::new(settings.proposals_max),
            settings,
            changing: Arc::default(),
            tasks: tasks.clone(),
        }),
    };
    for member in centre.members().into_iter().filter(|member| member.id != id) {
        centre.inner.peers.greet(member.id, &member.link_address);
    }
    tasks.spawn("raft", watch_over(centre.clone(), data, tasks.clone()));
    match founding {
        Founding::First => centre.found(&link_address).await?,
        Founding::Joined(others) => {
            let asking = centre
                .clone()
                .ask_for_admission(link_address, others, log_is_empty);
            let stop = tasks.shutdown_token();
            tasks.spawn_brief("admission", async move {
                tokio::select! {
                    () = stop.cancelled() => {}
                    () = asking => {}
                }
            });
        }
    }
    Ok(centre)
}

impl Centre {
    /// Begins the cluster with this coordinator alone; nothing if it was begun before.
    async fn found(&self, link_address: &str) -> Result<(), StartError> {
        let raft = &self.inner.raft;
        let failed = |error: &dyn std::fmt::Display| StartError::Raft(error.to_string());
        if raft.is_initialized().await.map_err(|error| failed(&error))? {
            return Ok(());
        }
        let members = std::collections::BTreeMap::from([(self.inner.id.0, BasicNode::new(link_address))]);
        raft.initialize(members).await.map_err(|error| failed(&error))?;
        tracing::info!(coordinator = %self.inner.id, "the cluster is founded");
        Ok(())
    }
}

async fn open(data: PathBuf, settings: RaftSettings) -> Result<(LogStore, Machine), StartError> {
    let opening = tokio::task::spawn_blocking(move || {
        let (log_dir, state_dir) = (data.join(LOG_DIRECTORY), data.join(STATE_DIRECTORY));
        fs::create_dir_all(&data).map_err(|source| StartError::Io {
            path: data.clone(),
            source,
        })?;
        let log = LogStore::open(&log_dir, settings.segment_bytes)?;
        if log.is_empty() && data.join(LOG_MARK).exists() {
            return Err(StartError::Wiped(log_dir));
        }
        let machine = Machine::open(&state_dir, &settings.store)?;
        if log.purged() > machine.last_applied() || (log.is_empty() && machine.last_applied().is_some()) {
            return Err(StartError::Wiped(state_dir));
        }
        let log = log.purging_after(machine.applied());
        Ok((log, machine))
    });
    opening
        .await
        .map_err(|error| StartError::Raft(error.to_string()))?
}

/// Notes, outside the log, that there is one.
fn set_mark(data: &Path) -> io::Result<()> {
    let mark = data.join(LOG_MARK);
    if !mark.exists() {
        whole_file::mark(&mark)?;
    }
    Ok(())
}

/// Ends the daemon when Raft has ended, and Raft when the daemon ends. Sets the mark once the log has begun, and, as
/// leader, ends what changes of members were left half done.
async fn watch_over(centre: Centre, data: PathBuf, tasks: Tasks) -> Result<(), StartError> {
    let stop = tasks.shutdown_token();
    let raft = &centre.inner.raft;
    let mut metrics = raft.metrics();
    let mut marked = false;
    let mut ticks = tokio::time::interval(FINISH_CHANGE_EVERY);
    loop {
        let (running, begun) = {
            let metrics = metrics.borrow_and_update();
            (metrics.running_state.clone(), metrics.last_log_index.is_some())
        };
        running.map_err(|fatal| StartError::Raft(fatal.to_string()))?;
        if begun && !marked {
            set_mark(&data).map_err(|source| StartError::Io {
                path: data.clone(),
                source,
            })?;
            marked = true;
        }
        tokio::select! {
            () = stop.cancelled() => break,
            changed = metrics.changed() => if changed.is_err() { break },
            _ = ticks.tick() => centre.finish_change(),
        }
    }
    raft.shutdown()
        .await
        .map_err(|error| StartError::Raft(error.to_string()))
}
