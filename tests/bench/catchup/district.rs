//! One district of the running system: its backlog goes up, its sitting is scored.

use std::{collections::BTreeSet, time::Duration};

use anyhow::{Context, Result, ensure};
use local::{plan::NodePlan, relay::Line};
use protocol::{
    ids::{CandidateId, ItemNo, LogId, PaperId, PaperRef, PaperVersion, SittingId},
    outline::ResponseKind,
    time::Instant,
};
use serde_json::{Value, json};
use tests::{
    cluster::{Cluster, eventually},
    crowd::{self, SignIn},
    exam::Exam,
};

use super::{
    backlog::{self, Crowd, Shape},
    centre::Centre,
    meter::Reading,
};

/// The district that is measured: it has one node.
const NAME: &str = "pune";

/// How long a node may take to verify its log and to answer.
const NODE_UP: Duration = Duration::from_secs(300);

/// A catch-up without an end is a failure.
const CATCH_UP_WITHIN: Duration = Duration::from_secs(900);

/// How often the centre is asked how far it is.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// Three coordinators, the nodes of the plan, one sitting that is open.
pub(crate) struct District {
    pub(crate) cluster: Cluster,
    pub(crate) node: NodePlan,
    pub(crate) sitting: SittingId,
    pub(crate) sign_ins: Vec<SignIn>,
    pub(crate) exam: Exam,
    paper: PaperRef,
    centre: Centre,
}

impl District {
    pub(crate) async fn start(candidates: u32, items: usize) -> Result<Self> {
        let cluster = Cluster::start().await?;
        let whole = local::sample::roster(candidates as usize);
        let wanted = |(number, line): &(usize, &str)| *number == 0 || line.contains(&format!(",{NAME},"));
        let lines: Vec<&str> = whole
            .lines()
            .enumerate()
            .filter(wanted)
            .map(|(_, line)| line)
            .collect();
        let sign_ins = crowd::enrol_roster(&cluster, lines.join("\n") + "\n").await?;
        let exam = Exam::of_real_items(items)?;
        let sitting = crowd::open_sitting(&cluster, &exam, "60m").await?;
        let papers = cluster.ctl(&["paper", "list"]).await?;
        let paper = papers[0]["paper"].as_str().context("the paper has a name")?;
        let node = cluster
            .nodes_of(NAME)
            .into_iter()
            .next()
            .context("the district has a node")?;
        let centre = Centre::of(&cluster)?;
        Ok(Self {
            paper: paper_of(paper).context("the paper's name")?,
            cluster,
            node,
            sitting,
            sign_ins,
            exam,
            centre,
        })
    }

    /// The node's own log and how far it goes.
    pub(crate) async fn log(&self) -> Result<(LogId, u64)> {
        let status = self.cluster.node_status(&self.node).await?;
        let log = status["log"]["id"].as_str().context("a node names its log")?;
        let head = status["log"]["head"].as_u64().context("a log has a head")?;
        Ok((log.parse()?, head))
    }

    pub(crate) async fn reading(&self) -> Result<Reading> {
        Reading::of(&self.cluster, NAME).await
    }

    /// Waits until all three coordinators hold the log up to here.
    pub(crate) async fn held_by_all(&self, log: LogId, sequence: u64) -> Result<()> {
        let begun = tokio::time::Instant::now();
        loop {
            let held = self.centre.held(&log.to_string()).await?;
            if held.iter().all(|held| held.sequence >= sequence) {
                return Ok(());
            }
            ensure!(begun.elapsed() < CATCH_UP_WITHIN, "the centre is at {held:?}");
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }

    /// Backlog after backlog, each larger than what came before.
    pub(crate) async fn catch_up(&self, shape: &Shape, sizes: &[u64]) -> Result<Value> {
        let kinds: Vec<(ItemNo, ResponseKind)> = self
            .exam
            .items
            .iter()
            .map(|(no, known)| (*no, known.kind.clone()))
            .collect();
        let candidates: Vec<CandidateId> = self.sign_ins.iter().map(|one| one.candidate).collect();
        let origin = now();
        let crowd = candidates.into_iter().take(shape.candidates as usize);
        let mut crowd = Crowd::new(crowd, self.sitting, self.paper, kinds, (shape.seed, origin));
        println!(
            "\ncatch-up, {} answers a frame, {} candidates: from the first frame that the centre took until all three \
             coordinators held everything",
            shape.records_per_frame, shape.candidates
        );
        println!(
            "{:>9} {:>8} {:>10} {:>9} {:>11} {:>11} {:>9}  processor seconds",
            "answers", "frames", "raw B/ans", "seconds", "answers/s", "from heal", "WAN B/ans"
        );
        let mut rows = Vec::new();
        for size in sizes {
            rows.push(
                self.one_backlog(&mut crowd, *size, shape.records_per_frame)
                    .await?,
            );
        }
        Ok(rows.into())
    }

    async fn one_backlog(&self, crowd: &mut Crowd, answers: u64, records_per_frame: usize) -> Result<Value> {
        let (log, held) = self.log().await?;
        self.held_by_all(log, held).await?;
        let before = self.centre.held(&log.to_string()).await?;
        self.cluster.wan(NAME, Line::Cut).await?;
        self.cluster.kill(&self.node.name).await?;
        let written = backlog::write(&self.node.data, log, crowd, answers, records_per_frame)?;
        self.cluster.start_again(&self.node.name).await?;
        let end = written.end.sequence.0;
        eventually("the node verifies its log", NODE_UP, || async {
            match self.log().await {
                Ok((now, head)) if now == log && head >= end => Ok(()),
                other => Err(format!("{other:?}")),
            }
        })
        .await?;
        let start = self.reading().await?;
        self.cluster.wan(NAME, Line::Whole).await?;
        let healed = tokio::time::Instant::now();
        let mut first = None;
        let after = loop {
            let held = self.centre.held(&log.to_string()).await?;
            if held != before {
                first.get_or_insert_with(tokio::time::Instant::now);
            }
            if held.iter().all(|held| held.sequence >= end) {
                break held;
            }
            ensure!(healed.elapsed() < CATCH_UP_WITHIN, "the centre is at {held:?}");
            tokio::time::sleep(LOOK_EVERY).await;
        };
        let from_heal = healed.elapsed().as_secs_f64();
        let seconds = first
            .unwrap_or(healed)
            .elapsed()
            .as_secs_f64()
            .max(LOOK_EVERY.as_secs_f64());
        let used = start.until(&self.reading().await?);
        let added: Vec<u64> = after
            .iter()
            .zip(&before)
            .map(|(after, before)| after.answered - before.answered)
            .collect();
        ensure!(
            after
                .iter()
                .all(|held| held.hash == written.end.hash.to_string() && held.sequence == end)
                && added[0] >= answers
                && added.iter().all(|one| *one == added[0]),
            "the coordinators hold {after:?}, the log ends at {:?}",
            written.end
        );
        let merged = added[0];
        let per_answer = used.wan_bytes() as f64 / merged as f64;
        println!(
            "{merged:>9} {:>8} {:>10.1} {seconds:>9.2} {:>11.0} {:>11.0} {per_answer:>9.1}  {}",
            written.frames,
            written.frame_bytes as f64 / merged as f64,
            merged as f64 / seconds,
            merged as f64 / from_heal,
            used.cpu_text()
        );
        Ok(json!({
            "answers": merged, "frames": written.frames, "frame_bytes": written.frame_bytes,
            "seconds": seconds, "seconds_from_heal": from_heal, "answers_per_second": merged as f64 / seconds,
            "wan_bytes_per_answer": per_answer, "up": used.up, "down": used.down, "cpu_seconds": used.cpu_seconds,
        }))
    }

    /// Scores the sitting through `parikshactl`.
    pub(crate) async fn score(&self) -> Result<Value> {
        let before = self.reading().await?;
        let begun = tokio::time::Instant::now();
        let scored = self
            .cluster
            .ctl(&["result", "score", &self.sitting.to_string()])
            .await?;
        let seconds = begun.elapsed().as_secs_f64();
        let used = before.until(&self.reading().await?);
        let exams = scored["scored"].as_u64().context("scoring says how many")?;
        let results = self
            .cluster
            .ctl(&["result", "export", &self.sitting.to_string()])
            .await?;
        let rows = results.as_array().context("results are a list")?;
        let candidates: BTreeSet<String> = rows.iter().map(|row| row["candidate"].to_string()).collect();
        ensure!(
            rows.len() as u64 == exams && candidates.len() as u64 == exams,
            "{exams} exams were scored, {} results of {} candidates are held",
            rows.len(),
            candidates.len()
        );
        println!(
            "\n`parikshactl result score`: {exams} exams in {seconds:.2} s, {:.0} a second; processor seconds: {}",
            exams as f64 / seconds,
            used.cpu_text()
        );
        Ok(json!({ "exams": exams, "seconds": seconds, "exams_per_second": exams as f64 / seconds }))
    }
}

/// A paper as `parikshactl` writes it: `1v1`.
fn paper_of(text: &str) -> Option<PaperRef> {
    let (paper, version) = text.split_once('v')?;
    Some(PaperRef {
        paper: PaperId(paper.parse().ok()?),
        version: PaperVersion(version.parse().ok()?),
    })
}

/// The wall clock: what a node's records carry.
fn now() -> Instant {
    Instant(daemon::Clock::wall_ms(&daemon::SystemClock))
}
