//! The handle through which the rest of the coordinator reads the state and reaches the others. Cheap to clone. Reading
//! is local: a follower may lag the leader by a moment, [`Centre::applied`] says how far it is.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use daemon::{Clock, Tasks};
use futures::future::join_all;
use openraft::ServerState;
use protocol::{
    ids::{CoordinatorId, LogId, Sequence},
    time::Instant,
    wire::centre::GATES_SINCE,
};
use state::{Alarm, State};
use tokio::{
    sync::{Semaphore, watch},
    time::timeout,
};

use super::{
    message::{Answer, Ask},
    peers::Peers,
    settings::RaftSettings,
    shelf::ShelfError,
    state_machine::Machine,
    types::Raft,
};
use crate::{
    clock::ClockReading,
    gateway::sessions::{NodeReasons, NodeSession},
};

/// How long another coordinator may take to tell its sessions: status pages do not wait for the dead.
const SESSIONS_WITHIN: Duration = Duration::from_millis(800);

/// The centre as this coordinator knows it.
#[derive(Clone)]
pub struct Centre {
    pub(super) inner: Arc<Inner>,
}

pub(super) struct Inner {
    pub(super) id: CoordinatorId,
    pub(super) raft: Raft,
    pub(super) machine: Machine,
    pub(super) peers: Peers,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) settings: RaftSettings,
    pub(super) proposals: Semaphore,
    pub(super) changing: Arc<tokio::sync::Mutex<()>>,
    pub(super) tasks: Tasks,
}

/// A coordinator as Raft's membership has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// Which.
    pub id: CoordinatorId,
    /// Where the others reach it (QUIC).
    pub link_address: String,
    /// Whether it votes.
    pub role: MemberRole,
    /// Whether the one that is asked heard of it within the last election's time. Only the leader knows this of
    /// others; `None` at a follower.
    pub up: Option<bool>,
    /// The last entry it is known to have; only the leader knows this of others.
    pub matched: Option<u64>,
}

/// What a member does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MemberRole {
    /// It votes.
    Voter,
    /// It gets every entry and does not vote (yet).
    Learner,
}

impl Centre {
    /// This coordinator.
    pub fn id(&self) -> CoordinatorId {
        self.inner.id
    }

    /// Reads the state. Keep it short: applying waits meanwhile.
    pub fn read<T>(&self, read: impl FnOnce(&State) -> T) -> T {
        self.inner.machine.read(read)
    }

    /// The index of the last entry that is applied and on the disk; changes wake.
    pub fn applied(&self) -> watch::Receiver<u64> {
        self.inner.machine.applied()
    }

    /// A log's frames from the one that holds sequence `from` on, unchanged bytes, in order; at most about `max_bytes`,
    /// but at least one if there is one. Only what the state counts as held.
    pub fn frames(&self, log: LogId, from: Sequence, max_bytes: usize) -> Result<Vec<Bytes>, ShelfError> {
        self.inner.machine.frames(log, from, max_bytes)
    }

    /// What was alarmed since this coordinator started, newest last, bounded.
    pub fn alarms(&self) -> Vec<Alarm> {
        self.inner.machine.alarms()
    }

    /// Who leads, as far as is known here.
    pub fn leader(&self) -> Option<CoordinatorId> {
        self.inner
            .raft
            .metrics()
            .borrow()
            .current_leader
            .map(CoordinatorId)
    }

    /// Whether this coordinator leads, as far as it knows: another may have been elected behind a partition.
    pub fn is_leader(&self) -> bool {
        self.inner.raft.metrics().borrow().state == ServerState::Leader
    }

    /// The current time by this coordinator's clock, as it stamps proposals.
    pub fn now(&self) -> Instant {
        Instant(self.inner.clock.wall_ms())
    }

    /// Raft's members, in order of their ids.
    pub fn members(&self) -> Vec<Member> {
        let metrics = self.inner.raft.metrics().borrow().clone();
        let membership = metrics.membership_config.membership();
        let voters: Vec<u64> = membership.voter_ids().collect();
        let matched = |id: u64| -> Option<u64> {
            if id == metrics.id {
                return metrics.last_log_index;
            }
            metrics
                .replication
                .as_ref()?
                .get(&id)
                .copied()
                .flatten()
                .map(|entry| entry.index)
        };
        membership
            .nodes()
            .map(|(id, node)| Member {
                id: CoordinatorId(*id),
                link_address: node.addr.clone(),
                role: if voters.contains(id) {
                    MemberRole::Voter
                } else {
                    MemberRole::Learner
                },
                up: (*id == metrics.id)
                    .then_some(true)
                    .or_else(|| self.heard_lately(&metrics, *id)),
                matched: matched(*id),
            })
            .collect()
    }

    /// What the leader can say of another: whether it answered within the election's time.
    fn heard_lately(
        &self,
        metrics: &openraft::RaftMetrics<u64, openraft::BasicNode>,
        id: u64,
    ) -> Option<bool> {
        metrics.replication.as_ref()?;
        Some(self.inner.peers.answered_within(
            CoordinatorId(id),
            Duration::from_millis(self.inner.settings.election_max_ms),
        ))
    }

    /// The sessions of all other coordinators; `None` for one that did not answer within 0.8 s.
    pub async fn sessions_of_others(&self) -> Vec<(CoordinatorId, Option<Vec<NodeSession>>)> {
        let others = self.members().into_iter().filter(|member| member.id != self.id());
        join_all(others.map(|member| async move {
            let answer = self
                .inner
                .peers
                .ask(member.id, &member.link_address, &Ask::Sessions, SESSIONS_WITHIN)
                .await;
            let sessions = match answer {
                Ok(Answer::Sessions(sessions)) => Some(sessions),
                Ok(_) | Err(_) => None,
            };
            (member.id, sessions)
        }))
        .await
    }

    /// Why nodes that are linked to the other coordinators are not ready, as far as those answered within 0.8 s.
    pub async fn not_ready_at_others(&self) -> Vec<NodeReasons> {
        let others = self.members().into_iter().filter(|member| member.id != self.id());
        let asked = join_all(others.map(|member| async move {
            let peers = &self.inner.peers;
            let version = peers.version(member.id, &member.link_address);
            let knows = timeout(SESSIONS_WITHIN, version).await;
            if !matches!(knows, Ok(Ok(version)) if version >= GATES_SINCE) {
                return Vec::new();
            }
            match peers
                .ask(member.id, &member.link_address, &Ask::NotReady, SESSIONS_WITHIN)
                .await
            {
                Ok(Answer::NotReady(reasons)) => reasons,
                Ok(_) | Err(_) => Vec::new(),
            }
        }));
        asked.await.into_iter().flatten().collect()
    }

    /// What another coordinator's clocks show; `None` when it did not answer within 0.8 s.
    pub(crate) async fn clock_of(&self, member: &Member) -> Option<ClockReading> {
        let peers = &self.inner.peers;
        match peers
            .ask(member.id, &member.link_address, &Ask::Clock, SESSIONS_WITHIN)
            .await
        {
            Ok(Answer::Clock(reading)) => Some(reading),
            Ok(_) | Err(_) => None,
        }
    }

    pub(super) fn address_of(&self, id: CoordinatorId) -> Option<String> {
        let metrics = self.inner.raft.metrics().borrow().clone();
        metrics
            .membership_config
            .membership()
            .get_node(&id.0)
            .map(|node| node.addr.clone())
    }
}

impl std::fmt::Debug for Centre {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Centre({})", self.inner.id)
    }
}
