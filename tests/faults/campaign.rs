//! What every campaign on the local cluster stands on: a seed that is printed, a crowd that sits while something is
//! broken, the oracle at the end, one line of counts.

use std::{
    collections::BTreeMap,
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use anyhow::Context;
use protocol::ids::{CandidateId, SittingId};
use rand::{SeedableRng, rngs::StdRng};
use tests::{
    cluster::{Cluster, eventually},
    crowd::{self, Memories, Pace, Progress, SignIn},
    exam::Exam,
    oracle,
};
use tokio::task::JoinSet;

/// A cluster with an open sitting.
pub(crate) struct Campaign {
    pub(crate) name: &'static str,
    pub(crate) cluster: Cluster,
    pub(crate) exam: Arc<Exam>,
    pub(crate) sitting: SittingId,
    pub(crate) sign_ins: Vec<SignIn>,
    pub(crate) progress: Arc<Progress>,
    pub(crate) seed: u64,
}

/// Candidates who are sitting.
pub(crate) struct Sitting {
    candidates: JoinSet<(CandidateId, anyhow::Result<local::teacher::Memory>)>,
    answers: u64,
}

/// The seed of this run, printed.
pub(crate) fn seed(name: &str) -> u64 {
    let seed = std::env::var("PARIKSHA_SEED")
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or_else(rand::random);
    println!("{name}: seed {seed} (PARIKSHA_SEED={seed} repeats its choices)");
    seed
}

/// How many runs are asked for.
pub(crate) fn runs(ci: usize) -> usize {
    let asked = std::env::var("PARIKSHA_FAULT_RUNS").ok();
    asked.and_then(|text| text.parse().ok()).unwrap_or(ci)
}

impl Campaign {
    /// Starts a cluster with an exam of `items` for `per_district` candidates everywhere.
    pub(crate) async fn start(name: &'static str, per_district: usize, items: usize) -> anyhow::Result<Self> {
        Self::start_with(name, per_district, items, &[]).await
    }

    /// The same with settings (environment variables).
    pub(crate) async fn start_with(
        name: &'static str,
        per_district: usize,
        items: usize,
        settings: &[(&str, &str)],
    ) -> anyhow::Result<Self> {
        let seed = seed(name);
        let cluster = Cluster::start_with(&["--empty"], settings).await?;
        let exam = Arc::new(Exam::made(items));
        let sign_ins = crowd::enrol(&cluster, per_district).await?;
        let sitting = crowd::open_sitting(&cluster, &exam, "60m").await?;
        crowd::wait_until_startable(&cluster, &sign_ins, sitting).await?;
        Ok(Self {
            name,
            cluster,
            exam,
            sitting,
            sign_ins,
            progress: Arc::new(Progress::default()),
            seed,
        })
    }

    /// The campaign's own random choices.
    pub(crate) fn random(&self) -> StdRng {
        StdRng::seed_from_u64(self.seed)
    }

    /// Lets all candidates sit for about this long.
    pub(crate) fn sit_for(&self, about: Duration) -> Sitting {
        let items = self.exam.items.len();
        // A save carries two responses on average, and a candidate thinks half of the longest time.
        let think_at_most = about * 4 / u32::try_from(items).unwrap_or(u32::MAX).max(1);
        let pace = Pace {
            arrive_within: Duration::from_secs(1),
            think_at_most,
            change_percent: 20,
        };
        let mut candidates = JoinSet::new();
        for sign_in in self.sign_ins.clone() {
            let (sitting, exam, pace) = (self.sitting, Arc::clone(&self.exam), pace.clone());
            let (seed, progress) = (
                self.seed ^ u64::from(sign_in.candidate.0),
                Arc::clone(&self.progress),
            );
            let addresses = crowd::addresses(&self.cluster, &sign_in);
            candidates.spawn(async move {
                let sat = async {
                    let client = crowd::client(addresses, &sign_in)?;
                    crowd::sit(client, sitting, exam, pace, seed, progress).await
                };
                (sign_in.candidate, sat.await)
            });
        }
        Sitting {
            candidates,
            answers: (self.sign_ins.len() * (items + items / 5)) as u64,
        }
    }

    /// Waits until so many percent of the sitting's answers are acknowledged.
    pub(crate) async fn reached(&self, sitting: &Sitting, percent: u64) -> anyhow::Result<()> {
        let what = format!("{percent} % of the answers");
        eventually(&what, Duration::from_secs(120), || async {
            let now = self.progress.acknowledged.load(Ordering::Relaxed);
            if now * 100 >= sitting.answers * percent {
                Ok(())
            } else {
                Err(format!("{now} of {}", sitting.answers))
            }
        })
        .await
    }

    /// Waits until all have submitted.
    pub(crate) async fn finish(&self, mut sitting: Sitting) -> anyhow::Result<Memories> {
        let mut memories = Memories::new();
        while let Some(ended) = sitting.candidates.join_next().await {
            let (candidate, sat) = ended?;
            let memory = sat.with_context(|| format!("candidate {candidate} could not sit the exam"))?;
            memories.insert(candidate, memory);
        }
        Ok(memories)
    }

    /// The oracle: nothing acknowledged is lost or counted twice, every attempt and score is what was told. Prints the
    /// campaign's line.
    pub(crate) async fn judge(&self, memories: &Memories, runs: usize, more: &str) -> anyhow::Result<()> {
        let counts = oracle::judge(&self.cluster, &self.exam, memories, self.sitting).await?;
        let district = durabilities(memories).get("district").copied().unwrap_or(0);
        println!(
            "{}: runs {runs}, {counts}, by two nodes {district}{more}",
            self.name
        );
        Ok(())
    }
}

/// How many acknowledgements were given on which durability.
pub(crate) fn durabilities(memories: &Memories) -> BTreeMap<&str, usize> {
    let mut counts = BTreeMap::new();
    for one in memories.values().flat_map(|memory| &memory.acknowledged) {
        *counts.entry(one.durability.as_str()).or_default() += 1;
    }
    counts
}
