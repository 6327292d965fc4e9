//! Proposing a command at any coordinator: to Raft where this one leads, else to the leader, with patience while there
//! is none, within one bound of time. A command whose fate is unknown is proposed again only if twice is the same as
//! once; otherwise the caller is told.

use std::time::Duration;

use openraft::error::{ClientWriteError, RaftError};
use protocol::{codec, ids::CoordinatorId};
use state::{Command, Outcome, Rejection, Stamped};
use tokio::time::{Instant, sleep, timeout, timeout_at};

use super::{
    centre::Centre,
    message::{Answer, Ask},
    peers::AskError,
};

/// A longer command fits no entry and no message; the state's own bounds lie below.
const COMMAND_BYTES_MAX: usize = protocol::limits::MESSAGE_BYTES_MAX - 16 * 1024;

/// The longest name of who asked.
const BY_BYTES_MAX: usize = 256;

/// The pause before asking again while nobody leads.
const PAUSE: Duration = Duration::from_millis(50);

/// The leader's own bound, shorter than the asker's by this, so that its answer comes in time.
const ANSWER_TIME: Duration = Duration::from_millis(250);

/// Why a proposal has no outcome.
#[derive(Debug, Clone, thiserror::Error)]
pub enum ProposeError {
    /// The state said no; nothing was changed.
    #[error(transparent)]
    Rejected(#[from] Rejection),
    /// Too many proposals are under way here; nothing was done.
    #[error("this coordinator has {0} proposals under way, no more are taken just now; try again")]
    Busy(usize),
    /// Nobody leads, or the leader cannot be reached; nothing was done.
    #[error(
        "the centre has no leader that answers ({0}); nothing was changed, try again when a majority of the coordinators is up"
    )]
    NoLeader(String),
    /// It was proposed and its answer was lost.
    #[error(
        "the command was proposed but its outcome is not known ({0}); look whether it was done before you repeat it"
    )]
    Uncertain(String),
    /// Longer than an entry may be.
    #[error("a command of {0} bytes is over the limit of {COMMAND_BYTES_MAX}; split it")]
    TooLarge(usize),
    /// This coordinator's Raft has ended.
    #[error("this coordinator has stopped ({0}); ask another")]
    Stopped(String),
}

/// What one try gave.
pub(super) enum Try {
    /// It went through Raft.
    Done(Result<Outcome, Rejection>),
    /// It was not taken; perhaps this one leads.
    NotLeader(Option<CoordinatorId>, String),
    /// It was taken, its fate is unknown.
    Uncertain(String),
    /// Nothing will ever come.
    Stopped(String),
}

impl Centre {
    /// Proposes a command for somebody and returns what came of it once a majority has it on disk and the answering
    /// coordinator has applied it. Bounded by [`super::RaftSettings::propose_timeout_ms`].
    pub async fn propose(&self, by: &str, command: Command) -> Result<Outcome, ProposeError> {
        let bytes = codec::encode(&command).map_or(usize::MAX, |bytes| bytes.len());
        if bytes > COMMAND_BYTES_MAX {
            return Err(ProposeError::TooLarge(bytes));
        }
        let Ok(_permit) = self.inner.proposals.try_acquire() else {
            return Err(ProposeError::Busy(self.inner.settings.proposals_max));
        };
        let by: String = by
            .chars()
            .scan(0, |bytes, letter| {
                *bytes += letter.len_utf8();
                (*bytes <= BY_BYTES_MAX).then_some(letter)
            })
            .collect();
        let deadline = Instant::now() + self.inner.settings.propose_timeout();
        let mut leader = self.leader();
        loop {
            let tried = match leader {
                Some(id) if id == self.id() => self.propose_here(&by, command.clone(), deadline).await,
                Some(id) => self.forward(id, &by, &command, deadline).await,
                None => Try::NotLeader(None, "nobody leads".to_owned()),
            };
            let (hint, why, taken) = match tried {
                Try::Done(answer) => return Ok(answer?),
                Try::Stopped(why) => return Err(ProposeError::Stopped(why)),
                Try::Uncertain(why) if !is_repeatable(&command) => return Err(ProposeError::Uncertain(why)),
                Try::Uncertain(why) => (None, why, true),
                Try::NotLeader(hint, why) => (hint, why, false),
            };
            if Instant::now() + PAUSE >= deadline {
                return Err(if taken {
                    ProposeError::Uncertain(why)
                } else {
                    ProposeError::NoLeader(why)
                });
            }
            sleep(PAUSE).await;
            leader = hint
                .filter(|hint| Some(*hint) != leader)
                .or_else(|| self.leader());
        }
    }

    /// Proposes as leader; on behalf of another coordinator too.
    pub(super) async fn propose_here(&self, by: &str, command: Command, deadline: Instant) -> Try {
        let stamped = Stamped {
            at: self.now(),
            by: by.to_owned(),
            command,
        };
        match timeout_at(deadline, self.inner.raft.client_write(stamped)).await {
            Ok(Ok(written)) => match written.data.0 {
                Some(answer) => Try::Done(answer),
                None => Try::Uncertain("the entry was applied without an answer".to_owned()),
            },
            Ok(Err(RaftError::APIError(ClientWriteError::ForwardToLeader(forward)))) => {
                let leader = forward.leader_id.map(CoordinatorId);
                Try::NotLeader(leader, format!("coordinator {} does not lead", self.id()))
            }
            Ok(Err(RaftError::APIError(ClientWriteError::ChangeMembershipError(error)))) => {
                Try::Uncertain(error.to_string())
            }
            Ok(Err(RaftError::Fatal(fatal))) => Try::Stopped(fatal.to_string()),
            Err(_) => Try::Uncertain("no majority confirmed it in time".to_owned()),
        }
    }

    async fn forward(&self, leader: CoordinatorId, by: &str, command: &Command, deadline: Instant) -> Try {
        let Some(address) = self.address_of(leader) else {
            return Try::NotLeader(
                None,
                format!("the address of coordinator {leader} is not known here"),
            );
        };
        let ask = Ask::Propose {
            by: by.to_owned(),
            command: command.clone(),
        };
        let mut within = deadline.saturating_duration_since(Instant::now());
        if is_repeatable(command) {
            // A leader that died is silent; by the end of an election there is another to ask.
            within = within.min(Duration::from_millis(self.inner.settings.election_max_ms));
        }
        match self.inner.peers.ask(leader, &address, &ask, within).await {
            Ok(Answer::Proposed(answer)) => Try::Done(answer),
            Ok(Answer::NotLeader(hint)) => {
                Try::NotLeader(hint, format!("coordinator {leader} does not lead any more"))
            }
            Ok(Answer::Uncertain(why)) => Try::Uncertain(why),
            Ok(Answer::Failed(why)) => Try::NotLeader(None, why),
            Ok(_) => Try::Uncertain(format!("coordinator {leader} gave an answer to another question")),
            Err(error @ AskError::Unreachable { .. }) => Try::NotLeader(None, error.to_string()),
            Err(error @ AskError::Unanswered { .. }) => Try::Uncertain(error.to_string()),
        }
    }

    /// Another coordinator's proposal; answered while it still waits.
    pub(super) async fn propose_for_another(&self, by: &str, command: Command) -> Answer {
        let Ok(_permit) = self.inner.proposals.try_acquire() else {
            return Answer::Failed("the leader has too many proposals under way".to_owned());
        };
        if !self.is_leader() {
            return Answer::NotLeader(self.leader());
        }
        let within = self.inner.settings.propose_timeout().saturating_sub(ANSWER_TIME);
        match self.propose_here(by, command, Instant::now() + within).await {
            Try::Done(answer) => Answer::Proposed(answer),
            Try::NotLeader(hint, _) => Answer::NotLeader(hint),
            Try::Uncertain(why) | Try::Stopped(why) => Answer::Uncertain(why),
        }
    }

    /// Waits until an entry with this index is applied here; for a caller that reads what was just proposed at another
    /// coordinator. `false` when it takes longer.
    pub async fn applied_to(&self, index: u64, within: Duration) -> bool {
        let mut applied = self.applied();
        timeout(within, applied.wait_for(|at| *at >= index))
            .await
            .is_ok_and(|at| at.is_ok())
    }
}

/// Whether carrying a command out twice changes no more than once.
fn is_repeatable(command: &Command) -> bool {
    match command {
        Command::Frames { .. }
        | Command::Release { .. }
        | Command::RecordScores { .. }
        | Command::SetCoordinator { .. }
        | Command::UseJoin { .. }
        | Command::ImportCandidates { .. }
        | Command::InitCluster { .. }
        | Command::SetEvidenceKeys(_)
        | Command::NoteHead(_) => true,
        Command::AddDistrict { .. }
        | Command::MakeJoin { .. }
        | Command::PutBlob { .. }
        | Command::PublishPaper { .. }
        | Command::CorrectKey { .. }
        | Command::CreateSitting(_)
        | Command::RemoveCoordinator { .. } => false,
    }
}
