//! What coordinators say to each other: one stream of the link for each question. The asker's first message is an
//! [`Ask`]; the answer is one [`Answer`], except where the variant says more. Add variants at the end only.

use bytes::Bytes;
use openraft::raft::{AppendEntriesRequest, AppendEntriesResponse, VoteRequest, VoteResponse};
use protocol::ids::{CoordinatorId, LogId, Sequence};
use serde::{Deserialize, Serialize};
use state::{Command, Outcome, Rejection};

use super::types::{SnapshotMeta, TypeConfig, Vote};
use crate::{
    clock::ClockReading,
    gateway::sessions::{NodeReasons, NodeSession},
};

/// Bytes of a snapshot in one message.
pub(super) const SNAPSHOT_CHUNK_BYTES: usize = 512 * 1024;

/// Bytes of frames that are asked for at once.
pub(super) const FRAMES_BYTES: usize = 512 * 1024;

/// The version of the protocol between members since which [`Ask::ProposeAll`] is understood.
pub(super) const PROPOSE_ALL_SINCE: u16 = 2;

/// A question.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Ask {
    /// Raft: stand for election.
    Vote(VoteRequest<u64>),
    /// Raft: append entries, or the heartbeat.
    Append(AppendEntriesRequest<TypeConfig>),
    /// Raft: take over a snapshot. So many bytes of it follow as raw messages; any number of [`Answer::Working`] come
    /// before the answer.
    Snapshot(SnapshotOffer),
    /// Propose a command, as leader, for this person or part.
    Propose {
        /// Who wants it.
        by: String,
        /// What.
        command: Command,
    },
    /// The frames of a log that the asked coordinator's state holds.
    Frames {
        /// Which log.
        log: LogId,
        /// From where.
        from: Sequence,
    },
    /// The sessions of the nodes that are linked to the asked coordinator.
    Sessions,
    /// As leader: make the asker, a registered coordinator, a voter.
    Admit {
        /// Where the others reach it.
        link_address: String,
        /// Whether its log is empty: a voter whose log is empty was wiped.
        log_is_empty: bool,
    },
    /// As leader: change who votes.
    Change(Change),
    /// What the asked coordinator's clocks show.
    Clock,
    /// Propose commands in this order, as leader, each of which may be repeated. Since protocol version
    /// [`PROPOSE_ALL_SINCE`].
    ProposeAll {
        /// Who wants it.
        by: String,
        /// What; as many as fit a message.
        commands: Vec<Command>,
    },
    /// Why nodes that are linked to the asked coordinator are not ready. Since protocol version
    /// [`protocol::wire::centre::GATES_SINCE`].
    NotReady,
}

/// A change of the members, asked of the leader.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Change {
    /// Bring it up to date, then let it vote.
    Add {
        /// Who.
        id: CoordinatorId,
        /// Where the others reach it.
        link_address: String,
    },
    /// It votes no more and gets no entries.
    Remove {
        /// Who.
        id: CoordinatorId,
    },
    /// End a change that was begun and not ended.
    Finish,
}

/// A snapshot that is about to come.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct SnapshotOffer {
    /// The leader's vote.
    pub(super) vote: Vote,
    /// Up to where it goes.
    pub(super) meta: SnapshotMeta,
    /// How many bytes follow.
    pub(super) bytes: u64,
}

/// An answer.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Answer {
    /// To a vote.
    Vote(VoteResponse<u64>),
    /// To an append.
    Append(AppendEntriesResponse<u64>),
    /// Still fetching or installing.
    Working,
    /// The snapshot is installed, or the vote is an older one than this.
    Snapshot(Vote),
    /// What came of the proposal.
    Proposed(Result<Outcome, Rejection>),
    /// The asked one does not lead; perhaps this one does.
    NotLeader(Option<CoordinatorId>),
    /// The asked one took on the proposal and lost sight of it: it may be carried out, now or later, or never.
    Uncertain(String),
    /// Frames in order; none when it has no more.
    Frames(Vec<Bytes>),
    /// Its sessions.
    Sessions(Vec<NodeSession>),
    /// Done: a member was admitted or changed.
    Done,
    /// Not done, in words.
    Refused(String),
    /// It cannot answer just now, or never; in words.
    Failed(String),
    /// Its clocks.
    Clock(ClockReading),
    /// What came of each of the proposals.
    ProposedAll(Vec<Result<Outcome, Rejection>>),
    /// The reasons of its nodes.
    NotReady(Vec<NodeReasons>),
}

impl Answer {
    /// The answer to one proposal alone.
    pub(super) fn alone(self) -> Self {
        match self {
            Self::ProposedAll(answers) => answers.into_iter().next().map_or_else(
                || Self::Uncertain("Raft gave no answer".to_owned()),
                Self::Proposed,
            ),
            other => other,
        }
    }
}
