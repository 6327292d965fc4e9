//! The local cluster with one district's only node on the tests' disk, cut off from the centre so that the centre cannot
//! mask a loss, and candidates who answer there.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use anyhow::Context;
use local::relay::Line;
use protocol::ids::SittingId;
use rand::{SeedableRng, rngs::StdRng};
use tests::{
    cluster::{Cluster, eventually},
    crowd::{self, Memories},
    disk::Disk,
    exam::Exam,
    oracle,
};
use tokio::task::JoinSet;

use super::candidate::{Candidate, Tally};

/// The district with one node, and that node.
pub(super) const DISTRICT: &str = "pune";
pub(super) const NODE: &str = "pune-1";

const CANDIDATES: usize = 16;
const ITEMS: usize = 60;

/// How long the node may take to serve again.
const UP_WITHIN: Duration = Duration::from_secs(60);

/// Everything that a campaign works with. Fields are dropped in this order: processes end before their disk goes.
pub(super) struct District {
    pub(super) cluster: Cluster,
    pub(super) disk: Disk,
    mounted_on: tempfile::TempDir,
    pub(super) random: StdRng,
    pub(super) tally: Arc<Tally>,
    candidates: Vec<Candidate>,
    exam: Arc<Exam>,
    sitting: SittingId,
}

impl District {
    /// Mounts the disk, starts the cluster on it and the candidates, and cuts the WAN.
    pub(super) async fn start(seed: u64, settings: &[(&str, &str)]) -> anyhow::Result<Self> {
        let mounted_on = tempfile::Builder::new().prefix("pariksha-disk-").tempdir()?;
        let disk = Disk::mount(mounted_on.path())
            .context("the disk cannot be mounted (root and /dev/fuse are needed)")?;
        let cluster = Cluster::start_prepared(&["--empty"], settings, |data| {
            Ok(std::os::unix::fs::symlink(mounted_on.path(), data.join(NODE))?)
        })
        .await?;
        let exam = Arc::new(Exam::of_real_items(ITEMS)?);
        let sign_ins = crowd::enrol(&cluster, CANDIDATES).await?;
        let sitting = crowd::open_sitting(&cluster, &exam, "90m").await?;
        crowd::wait_until_startable(&cluster, &sign_ins, sitting).await?;
        let tally = Arc::new(Tally::default());
        let mut candidates = Vec::new();
        for sign_in in sign_ins.iter().filter(|one| one.district == DISTRICT) {
            let node = crowd::addresses(&cluster, sign_in).remove(0);
            let (exam, tally) = (Arc::clone(&exam), Arc::clone(&tally));
            candidates.push(Candidate::start(node, sign_in, sitting, exam, seed, tally).await?);
        }
        cluster.wan(DISTRICT, Line::Cut).await?;
        Ok(Self {
            cluster,
            disk,
            mounted_on,
            random: StdRng::seed_from_u64(seed),
            tally,
            candidates,
            exam,
            sitting,
        })
    }

    /// Runs something while all candidates answer.
    pub(super) async fn under_load<T>(
        &mut self,
        meanwhile: impl AsyncFnOnce(&mut Self) -> anyhow::Result<T>,
    ) -> anyhow::Result<T> {
        let go_on = Arc::new(AtomicBool::new(true));
        let mut answering: JoinSet<_> = self
            .candidates
            .drain(..)
            .map(|candidate| candidate.answer(Arc::clone(&go_on)))
            .collect();
        let done = meanwhile(self).await;
        go_on.store(false, Ordering::Relaxed);
        while let Some(candidate) = answering.join_next().await {
            self.candidates.push(candidate??);
        }
        done
    }

    /// Starts the node again and waits until candidates are served.
    pub(super) async fn start_again(&self) -> anyhow::Result<()> {
        self.cluster.start_again(NODE).await?;
        self.is_up().await
    }

    /// Waits until candidates are served.
    pub(super) async fn is_up(&self) -> anyhow::Result<()> {
        let one = self.candidates.first().context("there are candidates")?;
        eventually("the node serves again", UP_WITHIN, || async {
            one.missing()
                .await
                .map(drop)
                .map_err(|error| format!("{error:#}"))
        })
        .await
    }

    /// Waits until the node's process has ended by itself.
    pub(super) async fn ends_by_itself(&self, within: Duration) -> anyhow::Result<()> {
        eventually("the node's process ends", within, || async {
            let running = self
                .cluster
                .process_ids()
                .await
                .map_err(|error| error.to_string())?;
            if running.contains_key(NODE) {
                Err("it runs".into())
            } else {
                Ok(())
            }
        })
        .await
    }

    /// Waits until candidates are served or the node's process has ended.
    pub(super) async fn is_up_or_ends(&self) -> anyhow::Result<()> {
        tokio::select! {
            up = self.is_up() => up,
            ended = self.ends_by_itself(UP_WITHIN) => ended,
        }
    }

    /// The logs that the node put aside, by their names.
    pub(super) fn quarantines(&self) -> anyhow::Result<Vec<String>> {
        let mut names = Vec::new();
        for entry in std::fs::read_dir(self.mounted_on.path().join("log"))? {
            let name = entry?.file_name().to_string_lossy().into_owned();
            if name.contains(".quarantine-") {
                names.push(name);
            }
        }
        Ok(names)
    }

    /// What was acknowledged and is not there now, of all candidates.
    pub(super) async fn missing(&self) -> anyhow::Result<Vec<String>> {
        let mut missing = Vec::new();
        for candidate in &self.candidates {
            missing.extend(candidate.missing().await?);
        }
        Ok(missing)
    }

    /// Fails when anything acknowledged is not there now.
    pub(super) async fn nothing_is_missing(&self) -> anyhow::Result<()> {
        let missing = self.missing().await?;
        anyhow::ensure!(
            missing.is_empty(),
            "LOST {}: {}",
            missing.len(),
            missing.join("\n")
        );
        Ok(())
    }

    /// Waits until so many more answers are acknowledged.
    pub(super) async fn acknowledges(&self, more: u64, within: Duration) -> anyhow::Result<()> {
        let goal = self.tally.acknowledged() + more;
        eventually("answers are acknowledged", within, || async {
            let now = self.tally.acknowledged();
            if now >= goal {
                Ok(())
            } else {
                Err(format!("{now} of {goal}"))
            }
        })
        .await
    }

    /// Waits until so many more saves were refused with 507.
    pub(super) async fn refuses_as_full(&self, more: u64, within: Duration) -> anyhow::Result<()> {
        let refused = || self.tally.full.load(Ordering::Relaxed);
        let goal = refused() + more;
        eventually("new answers are refused with 507", within, || async {
            let now = refused();
            if now >= goal {
                Ok(())
            } else {
                Err(format!("{now} of {goal}"))
            }
        })
        .await
    }

    /// Waits until the centre has something of the node's log, or the node's process has ended.
    pub(super) async fn delivers_or_ends(&self, within: Duration) -> anyhow::Result<()> {
        let node = self.cluster.nodes_of(DISTRICT).remove(0);
        eventually("the node delivers or ends", within, || async {
            match self.cluster.node_status(&node).await {
                Ok(status) if status["log"]["delivered"].as_u64() > Some(0) => Ok(()),
                Ok(status) => Err(status["log"].to_string()),
                Err(_) => self
                    .ends_by_itself(within)
                    .await
                    .map_err(|error| error.to_string()),
            }
        })
        .await
    }

    /// Heals the WAN, lets everybody hand in, and asks the whole oracle. Says what was counted.
    pub(super) async fn judge(mut self, name: &str, words: &str) -> anyhow::Result<()> {
        self.cluster.wan(DISTRICT, Line::Whole).await?;
        let mut handing_in: JoinSet<_> = self.candidates.drain(..).map(Candidate::submit).collect();
        let mut memories = Memories::new();
        while let Some(candidate) = handing_in.join_next().await {
            let memory = candidate??.client.memory;
            memories.insert(memory.candidate, memory);
        }
        let counts = oracle::judge(&self.cluster, &self.exam, &memories, self.sitting).await?;
        println!("{name}: {words}, {counts}, {:?}", self.disk.counts());
        Ok(())
    }
}
