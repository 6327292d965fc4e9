//! Who votes: making a registered coordinator a learner and then a voter, taking one out, and a newcomer's own asking
//! to be admitted. A wiped voter is never let back under its old id: it may have forgotten votes and entries that were
//! counted.

use std::{collections::BTreeSet, time::Duration};

use link::Backoff;
use openraft::{BasicNode, ChangeMembers};
use protocol::{ids::CoordinatorId, wire::join::Newcomer};
use state::State;
use tokio::{
    sync::oneshot,
    time::{sleep, timeout},
};

use super::{
    centre::{Centre, MemberRole},
    message::{Answer, Ask, Change},
};

/// How long a newcomer may take to catch up before the change is given up; a snapshot with its frames goes in here.
const CATCH_UP_WITHIN: Duration = Duration::from_secs(600);

/// How long one asks another coordinator to admit it: longer than the catching up, which happens inside.
const ADMIT_WITHIN: Duration = Duration::from_secs(620);

/// How long taking a member out may take.
const REMOVE_WITHIN: Duration = Duration::from_secs(30);

/// Why the members were not changed.
#[derive(Debug, Clone, thiserror::Error)]
pub enum MembershipError {
    /// Nobody could do it.
    #[error("the centre has no leader that answers ({0}); the members were not changed, try again")]
    NoLeader(String),
    /// The leader said no, or could not.
    #[error("the members were not changed: {0}")]
    Refused(String),
    /// It was begun and its end is unknown.
    #[error(
        "the change of members was begun but its outcome is not known ({0}); look at the list of coordinators"
    )]
    Uncertain(String),
}

impl Centre {
    /// Brings a coordinator up to date as a learner, then makes it a voter. At any coordinator; waits until it votes.
    pub async fn add_voter(&self, id: CoordinatorId, link_address: &str) -> Result<(), MembershipError> {
        self.change(
            Change::Add {
                id,
                link_address: link_address.to_owned(),
            },
            ADMIT_WITHIN,
        )
        .await
    }

    /// Takes a coordinator out of the members. At any coordinator. The last voter cannot be taken out.
    pub async fn remove_voter(&self, id: CoordinatorId) -> Result<(), MembershipError> {
        self.change(Change::Remove { id }, REMOVE_WITHIN).await
    }

    async fn change(&self, change: Change, within: Duration) -> Result<(), MembershipError> {
        let answer = match self.leader() {
            Some(id) if id == self.id() => self.change_here(change).await,
            Some(id) => {
                let address = self.address_of(id).unwrap_or_default();
                let answer = self
                    .inner
                    .peers
                    .ask(id, &address, &Ask::Change(change), within)
                    .await;
                answer.map_err(|error| MembershipError::Uncertain(error.to_string()))?
            }
            None => return Err(MembershipError::NoLeader("nobody leads".to_owned())),
        };
        match answer {
            Answer::Done => Ok(()),
            Answer::Refused(why) | Answer::Failed(why) => Err(MembershipError::Refused(why)),
            Answer::NotLeader(_) => Err(MembershipError::NoLeader(
                "the leader has just changed".to_owned(),
            )),
            other => Err(MembershipError::Uncertain(format!("{other:?}"))),
        }
    }

    /// Changes the members as leader; one change at a time. It goes on to its end when the asker goes away: a change
    /// that stops half-way leaves the centre needing the majorities of both the old and the new voters.
    pub(super) async fn change_here(&self, change: Change) -> Answer {
        let Ok(one) = self.inner.changing.clone().try_lock_owned() else {
            return Answer::Failed("another change of the members is under way; try again".to_owned());
        };
        let (done, answer) = oneshot::channel();
        let centre = self.clone();
        self.inner.tasks.spawn_brief("members", async move {
            let stop = centre.inner.tasks.shutdown_token();
            let changed = tokio::select! {
                () = stop.cancelled() => Answer::Failed("this coordinator stops".to_owned()),
                changed = centre.carry_out(change) => changed,
            };
            drop(one);
            // Nobody may be waiting any more.
            let _ = done.send(changed);
        });
        answer
            .await
            .unwrap_or_else(|_| Answer::Failed("this coordinator stops".to_owned()))
    }

    async fn carry_out(&self, change: Change) -> Answer {
        let within = match &change {
            Change::Add { .. } => CATCH_UP_WITHIN,
            Change::Remove { .. } | Change::Finish => REMOVE_WITHIN,
        };
        let changed = timeout(within, async {
            match change {
                Change::Add { id, link_address } => self.add_here(id, link_address).await,
                Change::Remove { id } => self.remove_here(id).await,
                Change::Finish => self.finish_here().await,
            }
        });
        match changed.await {
            Ok(Ok(())) => Answer::Done,
            Ok(Err(_)) if !self.is_leader() => Answer::NotLeader(self.leader()),
            Ok(Err(why)) => Answer::Refused(why),
            Err(_) => Answer::Refused(format!("it took longer than {} s", within.as_secs())),
        }
    }

    /// As leader: ends a change that was begun and not ended, by a leader that died for instance. Nothing to do
    /// otherwise.
    pub(super) fn finish_change(&self) {
        if self.is_leader() && self.is_changing() && self.inner.changing.try_lock().is_ok() {
            let centre = self.clone();
            self.inner.tasks.spawn_brief("members", async move {
                let answer = centre.change_here(Change::Finish).await;
                tracing::warn!(
                    ?answer,
                    "a change of the members that was left half done is ended"
                );
            });
        }
    }

    /// Whether the members are between an old and a new set of voters.
    fn is_changing(&self) -> bool {
        let metrics = self.inner.raft.metrics().borrow().clone();
        metrics.membership_config.membership().get_joint_config().len() > 1
    }

    async fn finish_here(&self) -> Result<(), String> {
        if self.is_changing() {
            let nothing_more = ChangeMembers::AddVoterIds(BTreeSet::new());
            let ended = self.inner.raft.change_membership(nothing_more, true).await;
            ended.map_err(|error| error.to_string())?;
        }
        Ok(())
    }

    async fn add_here(&self, id: CoordinatorId, link_address: String) -> Result<(), String> {
        let raft = &self.inner.raft;
        tracing::info!(coordinator = %id, link_address, "a coordinator is brought up to date to become a voter");
        raft.add_learner(id.0, BasicNode::new(link_address), true)
            .await
            .map_err(|error| error.to_string())?;
        let voters = ChangeMembers::AddVoterIds(BTreeSet::from([id.0]));
        raft.change_membership(voters, true)
            .await
            .map_err(|error| error.to_string())?;
        tracing::info!(coordinator = %id, "a coordinator votes now");
        Ok(())
    }

    async fn remove_here(&self, id: CoordinatorId) -> Result<(), String> {
        let raft = &self.inner.raft;
        let voters: BTreeSet<u64> = self.voters();
        if voters.contains(&id.0) {
            if voters.len() == 1 {
                return Err("it is the only voter; add another first".to_owned());
            }
            let removed = ChangeMembers::RemoveVoters(BTreeSet::from([id.0]));
            raft.change_membership(removed, false)
                .await
                .map_err(|error| error.to_string())?;
        } else if self.members().iter().any(|member| member.id == id) {
            let removed = ChangeMembers::RemoveNodes(BTreeSet::from([id.0]));
            raft.change_membership(removed, false)
                .await
                .map_err(|error| error.to_string())?;
        }
        tracing::info!(coordinator = %id, "a coordinator was taken out of the members");
        Ok(())
    }

    fn voters(&self) -> BTreeSet<u64> {
        let metrics = self.inner.raft.metrics().borrow().clone();
        metrics.membership_config.membership().voter_ids().collect()
    }

    /// A coordinator asks to be admitted; its id is from its certificate.
    pub(super) async fn admit(&self, id: CoordinatorId, link_address: String, log_is_empty: bool) -> Answer {
        if !self.is_leader() {
            return Answer::NotLeader(self.leader());
        }
        if !self.read(|state| may_vote(state, id)) {
            return Answer::Refused(format!(
                "coordinator {id} is not registered; it was removed, or never joined: join it with a new token"
            ));
        }
        if self.voters().contains(&id.0) && log_is_empty {
            return Answer::Refused(format!(
                "coordinator {id} votes already but its log is empty: its data directory was wiped; join it with a new token"
            ));
        }
        self.change_here(Change::Add { id, link_address }).await
    }

    /// Asks the others until this coordinator votes. Ends then; the daemon runs it as a brief task.
    pub(super) async fn ask_for_admission(
        self,
        link_address: String,
        seeds: Vec<(CoordinatorId, String)>,
        log_is_empty: bool,
    ) {
        let mut backoff = Backoff::new(
            Duration::from_millis(100),
            Duration::from_millis(500),
            Duration::from_secs(10),
        );
        let mut hint = None;
        let mut next = 0;
        while !self.is_voter() {
            let known: Vec<_> = seeds.iter().filter(|(id, _)| *id != self.id()).cloned().collect();
            if known.is_empty() {
                tracing::error!("this coordinator does not vote and knows no other to ask; join it again");
                return;
            }
            let hinted = hint
                .take()
                .and_then(|id| known.iter().find(|(known, _)| *known == id));
            let (id, address) = hinted.unwrap_or(&known[next % known.len()]).clone();
            next += 1;
            let ask = Ask::Admit {
                link_address: link_address.clone(),
                log_is_empty,
            };
            match self.inner.peers.ask(id, &address, &ask, ADMIT_WITHIN).await {
                Ok(Answer::Done) => {
                    // The membership entry is on its way to us.
                    self.wait_for_vote().await;
                    backoff.reset();
                }
                Ok(Answer::NotLeader(leader)) => hint = leader,
                Ok(Answer::Refused(why)) => {
                    tracing::error!(asked = %id, why, "the centre does not admit this coordinator");
                }
                Ok(Answer::Failed(why)) => tracing::info!(asked = %id, why, "not admitted yet"),
                Ok(other) => tracing::warn!(asked = %id, answer = ?other, "an odd answer to being admitted"),
                Err(error) => tracing::debug!(%error, "nobody to be admitted by"),
            }
            sleep(backoff.next(rand::random())).await;
        }
        tracing::info!(coordinator = %self.id(), "this coordinator votes");
    }

    async fn wait_for_vote(&self) {
        let mut metrics = self.inner.raft.metrics();
        let voter = metrics.wait_for(|metrics| {
            metrics
                .membership_config
                .membership()
                .voter_ids()
                .any(|id| id == self.id().0)
        });
        // Not in time: the caller asks again.
        let _ = timeout(Duration::from_secs(10), voter).await;
    }

    /// Whether this coordinator votes, by the membership it knows.
    pub fn is_voter(&self) -> bool {
        self.members()
            .iter()
            .any(|member| member.id == self.id() && member.role == MemberRole::Voter)
    }
}

/// Whether a coordinator is known and was not removed: it stands in the directory, or has used its join token.
fn may_vote(state: &State, id: CoordinatorId) -> bool {
    let known = state.coordinators().find(|(known, _)| *known == id);
    let joined = state
        .join(Newcomer::Coordinator(id))
        .is_some_and(|join| join.used_by.is_some());
    known.map_or(joined, |(_, row)| !row.removed)
}
