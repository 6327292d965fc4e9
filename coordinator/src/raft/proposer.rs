//! Proposing a command at any coordinator: to Raft where this one leads, else to the leader, with patience while there
//! is none, within one bound of time. A command whose fate is unknown is proposed again only if twice is the same as
//! once; otherwise the caller is told.

use std::time::Duration;

use openraft::error::ClientWriteError;
use protocol::{codec, ids::CoordinatorId};
use state::{Command, Outcome, Rejection, ScoreRow, Stamped};
use tokio::time::{Instant, sleep, timeout, timeout_at};

use super::{
    centre::Centre,
    message::{Answer, Ask, PROPOSE_ALL_SINCE},
    peers::AskError,
};

/// A longer command fits no entry and no message; the state's own bounds lie below.
const COMMAND_BYTES_MAX: usize = protocol::limits::MESSAGE_BYTES_MAX - 16 * 1024;

/// What a frame's length takes when encoded, at most.
const LENGTH_BYTES_MAX: usize = 5;

/// What a score takes besides its texts and items, at most: numbers, lengths, a digest.
const SCORE_BYTES_MAX: usize = 96;

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
    Done(Vec<Result<Outcome, Rejection>>),
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
        let outcomes = self.propose_all(by, vec![command]).await?;
        let outcome = outcomes.into_iter().next();
        Ok(outcome.ok_or_else(|| ProposeError::Uncertain("the leader gave no answer".to_owned()))??)
    }

    /// Proposes commands in this order, one right behind the other, and returns what came of each; several only if each
    /// may be repeated. They must fit one message together.
    pub(crate) async fn propose_all(
        &self,
        by: &str,
        commands: Vec<Command>,
    ) -> Result<Vec<Result<Outcome, Rejection>>, ProposeError> {
        let repeatable = commands.iter().all(is_repeatable);
        debug_assert!(
            repeatable || commands.len() == 1,
            "several commands are repeatable"
        );
        let bytes = commands.iter().map(bytes_of).fold(0, usize::saturating_add);
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
                Some(id) if id == self.id() => self.propose_here(&by, commands.clone(), deadline).await,
                Some(id) => self.forward(id, &by, &commands, deadline).await,
                None => Try::NotLeader(None, "nobody leads".to_owned()),
            };
            let (hint, why, taken) = match tried {
                Try::Done(answers) => return Ok(answers),
                Try::Stopped(why) => return Err(ProposeError::Stopped(why)),
                Try::Uncertain(why) if !repeatable => return Err(ProposeError::Uncertain(why)),
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

    /// Proposes as leader; on behalf of another coordinator too. All are handed to Raft before the first is waited for.
    pub(super) async fn propose_here(&self, by: &str, commands: Vec<Command>, deadline: Instant) -> Try {
        let mut waiting = Vec::with_capacity(commands.len());
        for command in commands {
            let stamped = Stamped {
                at: self.now(),
                by: by.to_owned(),
                command,
            };
            match timeout_at(deadline, self.inner.raft.client_write_ff(stamped)).await {
                Ok(Ok(written)) => waiting.push(written),
                Ok(Err(fatal)) => return Try::Stopped(fatal.to_string()),
                Err(_) => return Try::Uncertain("Raft took no more of them in time".to_owned()),
            }
        }
        let mut answers = Vec::with_capacity(waiting.len());
        for written in waiting {
            match timeout_at(deadline, written).await {
                Ok(Ok(Ok(written))) => match written.data.0 {
                    Some(answer) => answers.push(answer),
                    None => return Try::Uncertain("the entry was applied without an answer".to_owned()),
                },
                Ok(Ok(Err(ClientWriteError::ForwardToLeader(forward)))) => {
                    let leader = forward.leader_id.map(CoordinatorId);
                    let why = format!("coordinator {} does not lead", self.id());
                    // What was answered before may be carried out twice: several commands are repeatable.
                    return Try::NotLeader(leader, why);
                }
                Ok(Ok(Err(ClientWriteError::ChangeMembershipError(error)))) => {
                    return Try::Uncertain(error.to_string());
                }
                Ok(Err(_)) => return Try::Stopped("Raft gives no more answers".to_owned()),
                Err(_) => return Try::Uncertain("no majority confirmed it in time".to_owned()),
            }
        }
        Try::Done(answers)
    }

    async fn forward(&self, leader: CoordinatorId, by: &str, commands: &[Command], deadline: Instant) -> Try {
        let Some(address) = self.address_of(leader) else {
            return Try::NotLeader(
                None,
                format!("the address of coordinator {leader} is not known here"),
            );
        };
        let [command] = commands else {
            return self.forward_all(leader, &address, by, commands, deadline).await;
        };
        let ask = Ask::Propose {
            by: by.to_owned(),
            command: command.clone(),
        };
        match self
            .ask_to_propose(leader, &address, &ask, is_repeatable(command), deadline)
            .await
        {
            Ok(Answer::Proposed(answer)) => Try::Done(vec![answer]),
            Ok(_) => Try::Uncertain(format!("coordinator {leader} gave an answer to another question")),
            Err(tried) => tried,
        }
    }

    /// Several commands, in one message where the leader understands that, else one after the other.
    async fn forward_all(
        &self,
        leader: CoordinatorId,
        address: &str,
        by: &str,
        commands: &[Command],
        deadline: Instant,
    ) -> Try {
        let knows_all = match timeout_at(deadline, self.inner.peers.version(leader, address)).await {
            Ok(Ok(version)) => version >= PROPOSE_ALL_SINCE,
            Ok(Err(error)) => return Try::NotLeader(None, error.to_string()),
            Err(_) => return Try::NotLeader(None, format!("coordinator {leader} cannot be reached in time")),
        };
        if knows_all {
            let ask = Ask::ProposeAll {
                by: by.to_owned(),
                commands: commands.to_vec(),
            };
            return match self.ask_to_propose(leader, address, &ask, true, deadline).await {
                Ok(Answer::ProposedAll(answers)) if answers.len() == commands.len() => Try::Done(answers),
                Ok(_) => Try::Uncertain(format!("coordinator {leader} gave an answer to another question")),
                Err(tried) => tried,
            };
        }
        let mut answers = Vec::with_capacity(commands.len());
        for command in commands {
            let ask = Ask::Propose {
                by: by.to_owned(),
                command: command.clone(),
            };
            match self.ask_to_propose(leader, address, &ask, true, deadline).await {
                Ok(Answer::Proposed(answer)) => answers.push(answer),
                Ok(_) => {
                    return Try::Uncertain(format!(
                        "coordinator {leader} gave an answer to another question"
                    ));
                }
                Err(tried) => return tried,
            }
        }
        Try::Done(answers)
    }

    /// Asks the leader; what is no outcome is an error.
    async fn ask_to_propose(
        &self,
        leader: CoordinatorId,
        address: &str,
        ask: &Ask,
        is_repeatable: bool,
        deadline: Instant,
    ) -> Result<Answer, Try> {
        let mut within = deadline.saturating_duration_since(Instant::now());
        if is_repeatable {
            // A leader that died is silent; by the end of an election there is another to ask.
            within = within.min(Duration::from_millis(self.inner.settings.election_max_ms));
        }
        match self.inner.peers.ask(leader, address, ask, within).await {
            Ok(Answer::NotLeader(hint)) => Err(Try::NotLeader(
                hint,
                format!("coordinator {leader} does not lead any more"),
            )),
            Ok(Answer::Uncertain(why)) => Err(Try::Uncertain(why)),
            Ok(Answer::Failed(why)) => Err(Try::NotLeader(None, why)),
            Ok(answer) => Ok(answer),
            Err(error @ AskError::Unreachable { .. }) => Err(Try::NotLeader(None, error.to_string())),
            Err(error @ AskError::Unanswered { .. }) => Err(Try::Uncertain(error.to_string())),
        }
    }

    /// Another coordinator's proposals; answered while it still waits.
    pub(super) async fn propose_for_another(&self, by: &str, commands: Vec<Command>) -> Answer {
        let Ok(_permit) = self.inner.proposals.try_acquire() else {
            return Answer::Failed("the leader has too many proposals under way".to_owned());
        };
        if !self.is_leader() {
            return Answer::NotLeader(self.leader());
        }
        let within = self.inner.settings.propose_timeout().saturating_sub(ANSWER_TIME);
        match self.propose_here(by, commands, Instant::now() + within).await {
            Try::Done(answers) => Answer::ProposedAll(answers),
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

/// How long a command is when encoded, at most: frames and scores need not be encoded to know it.
fn bytes_of(command: &Command) -> usize {
    match command {
        Command::Frames { frames } => frames.iter().map(|frame| frame.len() + LENGTH_BYTES_MAX).sum(),
        Command::RecordScores { scores, .. } => {
            let bytes = |score: &ScoreRow| score.items.len() + score.total.len() + score.max.len();
            scores.iter().map(|score| bytes(score) + SCORE_BYTES_MAX).sum()
        }
        other => codec::encode(other).map_or(usize::MAX, |bytes| bytes.len()),
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
        | Command::Enrol { .. }
        | Command::SetCheck(_)
        | Command::SetGate { .. }
        | Command::InitCluster { .. }
        | Command::SetEvidenceKeys(_)
        | Command::NoteHead(_)
        | Command::AssignMarks { .. }
        | Command::SetTolerance { .. } => true,
        Command::AddDistrict { .. }
        | Command::MakeJoin { .. }
        | Command::PutBlob { .. }
        | Command::PublishPaper { .. }
        | Command::CorrectKey { .. }
        | Command::CreateSitting(_)
        | Command::PlanSitting { .. }
        | Command::Decide { .. }
        | Command::RemoveCoordinator { .. } => false,
    }
}
