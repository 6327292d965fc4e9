//! Does at the leader what follows from decisions and plans by itself: gives a paper's key out when its time has come or
//! two officers have said so, makes the check values of keys, and keeps the gates of sittings right. Started by the app at
//! every coordinator; whoever leads acts, so a change of leader loses nothing. It decides nothing.

use std::time::Duration;

use daemon::{CancellationToken, Clock};
use protocol::{
    feed::KeyCheck,
    ids::{DistrictId, PaperRef, Revision, SittingId},
    shares,
    time::Instant,
};
use state::{Command, Outcome, State};

use crate::{
    clock::CentreClock,
    cluster_key::{ClusterKey, Secret},
    raft::{Centre, ProposeError},
};

/// How often it looks whether a paper's time has come: far within the two seconds in which a release must arrive.
const EVERY: Duration = Duration::from_millis(100);

/// Check values that are made in one look.
const CHECKS_AT_ONCE: usize = 16;

/// Gates of a sitting are kept right until so long after it closes.
const GATES_AFTER_MS: i64 = 24 * 3_600_000;

/// Who stands in the audit for what is released by its time.
const BY: &str = "schedule";

/// What it works with.
pub(crate) struct Custodian {
    pub(crate) centre: Centre,
    pub(crate) cluster_key: ClusterKey,
    pub(crate) clock: CentreClock,
}

/// Why a paper's key cannot be had.
#[derive(Debug, thiserror::Error)]
pub(crate) enum KeyError {
    /// There is none.
    #[error("there is no paper {0}; parikshactl paper list shows them")]
    Unknown(PaperRef),
    /// It does not open.
    #[error("the key of paper {0} does not open here: is the cluster key file this cluster's?")]
    Closed(PaperRef),
}

/// A paper's key, unwrapped. It must go nowhere but into a release or into officers' shares.
pub(crate) fn paper_key(
    centre: &Centre,
    cluster_key: &ClusterKey,
    paper: PaperRef,
) -> Result<[u8; 32], KeyError> {
    let wrapped = centre.read(|state| state.paper(paper).map(|row| row.wrapped_key.clone()));
    let wrapped = wrapped.ok_or(KeyError::Unknown(paper))?;
    let key = cluster_key.unwrap(Secret::Paper(paper), &wrapped);
    let key = key.map_err(|_| KeyError::Closed(paper))?;
    key.try_into().map_err(|_| KeyError::Closed(paper))
}

/// Makes a paper's check value where it has none.
pub(crate) async fn make_check(
    centre: &Centre,
    key: &[u8; 32],
    paper: PaperRef,
) -> Result<Outcome, ProposeError> {
    let check = KeyCheck {
        paper,
        commitment: shares::commitment(paper, key),
    };
    centre.propose("coordinator", Command::SetCheck(check)).await
}

impl Custodian {
    /// Runs until the token is cancelled.
    pub(crate) async fn run(self, stop: CancellationToken) {
        tokio::select! {
            () = stop.cancelled() => {}
            () = self.care() => {}
        }
    }

    async fn care(&self) {
        let mut seen = Revision(0);
        loop {
            tokio::time::sleep(EVERY).await;
            if !self.centre.is_leader() {
                seen = Revision(0);
                continue;
            }
            self.release_due().await;
            let revision = self.centre.read(State::revision);
            if revision != seen && self.make_checks().await && self.make_gates().await {
                seen = revision;
            }
        }
    }

    fn now(&self) -> Instant {
        Instant(self.clock.wall_ms())
    }

    async fn release_due(&self) {
        let now = self.now();
        for paper in self.centre.read(|state| state.due_releases(now)) {
            let key = match paper_key(&self.centre, &self.cluster_key, paper) {
                Ok(key) => key,
                Err(error) => {
                    tracing::error!(%paper, %error, "a paper's time has come and its key cannot be given out");
                    continue;
                }
            };
            match self.centre.propose(BY, Command::Release { paper, key }).await {
                Ok(_) => tracing::info!(%paper, "a paper's key was given out at its time"),
                Err(error) => tracing::warn!(%paper, %error, "a paper's key could not be given out yet"),
            }
        }
    }

    /// Says whether nothing is left to do.
    async fn make_checks(&self) -> bool {
        let papers = self.centre.read(State::unchecked_papers);
        for paper in papers.iter().take(CHECKS_AT_ONCE) {
            // A key that does not open is said by the steward; here it only stays without a check value.
            let Ok(key) = paper_key(&self.centre, &self.cluster_key, *paper) else {
                continue;
            };
            if let Err(error) = make_check(&self.centre, &key, *paper).await {
                tracing::warn!(%paper, %error, "a key's check value could not be noted yet");
                return false;
            }
        }
        papers.len() <= CHECKS_AT_ONCE
    }

    /// One sitting under each lock of the state: its candidates are gone through.
    async fn make_gates(&self) -> bool {
        let now = self.now();
        let current: Vec<(SittingId, Vec<DistrictId>)> = self.centre.read(|state| {
            let sittings = state.sittings();
            sittings
                .filter(|sitting| now < sitting.closes.plus_ms(GATES_AFTER_MS))
                .map(|sitting| (sitting.id, sitting.districts.clone()))
                .collect()
        });
        for (sitting, districts) in current {
            for district in districts {
                let Some(gate) = self.centre.read(|state| state.due_gate(sitting, district)) else {
                    continue;
                };
                let command = Command::SetGate { district, gate };
                if let Err(error) = self.centre.propose("coordinator", command).await {
                    tracing::warn!(%sitting, %district, %error, "a sitting's gate could not be set yet");
                    return false;
                }
            }
            tokio::task::yield_now().await;
        }
        true
    }
}
