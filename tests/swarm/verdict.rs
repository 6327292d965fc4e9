//! The judgement: everything is delivered, the oracle finds every acknowledged answer once, merged attempts and scores
//! are what the teachers were told, receipts are genuine; and the scenario's bounds held.

use std::{collections::BTreeMap, time::Duration};

use anyhow::Context;
use protocol::ids::{CandidateId, SittingId};
use serde::Serialize;
use serde_json::Value;
use tests::{
    cluster::{Cluster, eventually},
    crowd::Memories,
    exam::Exam,
    oracle,
};
use tokio::time::Instant;

use crate::{figures::Figures, message::Outcome, scenario::Limits, stage::Stages};

/// How long the centre may take to have everything after the last teacher is through.
const DELIVERED_WITHIN: Duration = Duration::from_secs(600);

/// Receipts that are shown to the centre.
const RECEIPTS_CHECKED: usize = 5;

/// Reasons for giving up that are told apart.
const SHOWN_MAX: usize = 10;

/// What was found.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Verdict {
    /// Answers (places in logs) that were acknowledged.
    pub acknowledged: usize,
    /// Of these, not at the centre as they were acknowledged.
    pub lost: usize,
    /// Of these, acknowledged for two answers.
    pub twice: usize,
    /// Attempts that were compared.
    pub attempts: usize,
    /// Scores that were compared.
    pub scores: usize,
    /// Receipts that the centre found genuine.
    pub receipts: usize,
    /// Why teachers gave up, and how many.
    pub gave_up: BTreeMap<String, u64>,
    /// Why the run failed; empty when it did not.
    pub failures: Vec<String>,
    /// Bounds that were passed but are not judged.
    pub notices: Vec<String>,
}

/// Waits for delivery and judges what was told.
pub(crate) async fn judge(
    cluster: &Cluster,
    exam: &Exam,
    sittings: &[SittingId],
    outcomes: &[Outcome],
    stages: &mut Stages,
) -> anyhow::Result<Verdict> {
    let begun = Instant::now();
    wait_for_delivery(cluster).await?;
    stages.done("the rest delivered", begun);
    let begun = Instant::now();
    let slots = memories(exam, sittings.len(), outcomes);
    let logs = oracle::all_is_delivered(cluster).await?;
    let mut verdict = Verdict {
        gave_up: gave_up(outcomes),
        ..Verdict::default()
    };
    for (memories, sitting) in slots.iter().zip(sittings) {
        let found = oracle::look_up(memories, *sitting, &logs);
        verdict.acknowledged += found.places;
        verdict.lost += found.lost.len();
        verdict.twice += found.twice.len();
        verdict
            .failures
            .extend(found.lost.into_iter().chain(found.twice).take(SHOWN_MAX));
    }
    stages.done(
        &format!(
            "{} acknowledgements looked up at the centre",
            verdict.acknowledged
        ),
        begun,
    );
    if verdict.gave_up.is_empty() {
        results(cluster, exam, sittings, &slots, stages, &mut verdict).await?;
    } else {
        // What a teacher sent without an answer may count or not, so attempts and scores cannot be foretold.
        let count: u64 = verdict.gave_up.values().sum();
        verdict.failures.push(format!("{count} teachers gave up"));
    }
    verdict.receipts = receipts(cluster, outcomes).await?;
    Ok(verdict)
}

/// Compares attempts and scores of each sitting.
async fn results(
    cluster: &Cluster,
    exam: &Exam,
    sittings: &[SittingId],
    slots: &[Memories],
    stages: &mut Stages,
    verdict: &mut Verdict,
) -> anyhow::Result<()> {
    let begun = Instant::now();
    for (memories, sitting) in slots.iter().zip(sittings) {
        verdict.attempts += oracle::merged_attempts_are_what_was_told(cluster, memories, *sitting).await?;
    }
    stages.done(&format!("{} merged attempts compared", verdict.attempts), begun);
    let begun = Instant::now();
    for sitting in sittings {
        cluster.ctl(&["result", "score", &sitting.to_string()]).await?;
    }
    stages.done("scored", begun);
    let begun = Instant::now();
    for (memories, sitting) in slots.iter().zip(sittings) {
        verdict.scores += oracle::scores_are_right(cluster, exam, memories, *sitting).await?;
        oracle::report_balances(cluster, *sitting).await?;
    }
    stages.done(
        &format!("{} scores compared, reports balance", verdict.scores),
        begun,
    );
    Ok(())
}

/// By the heads of the logs alone, before the logs are read: reading them takes long.
async fn wait_for_delivery(cluster: &Cluster) -> anyhow::Result<()> {
    for node in cluster.plan.nodes() {
        let what = format!("everything of {} is delivered", node.name);
        eventually(&what, DELIVERED_WITHIN, || async {
            let failed = |error: anyhow::Error| format!("{error:#}");
            let status = cluster.node_status(&node).await.map_err(failed)?;
            let listed = cluster.ctl(&["log", "list"]).await.map_err(failed)?;
            let at_centre = |name: &Value| {
                let mut rows = listed.as_array().into_iter().flatten();
                rows.find(|row| row["log"] == *name)
                    .and_then(|row| row["sequence"].as_u64())
            };
            let earlier = status["earlier"].as_array().into_iter().flatten();
            for log in std::iter::once(&status["log"]).chain(earlier) {
                let (head, held) = (log["head"].as_u64(), at_centre(&log["id"]));
                if head.is_none() || held.unwrap_or(0) < head.unwrap_or(0) {
                    return Err(format!("{}: {held:?} of {head:?}", log["id"]));
                }
            }
            Ok(())
        })
        .await?;
    }
    Ok(())
}

fn memories(exam: &Exam, slots: usize, outcomes: &[Outcome]) -> Vec<Memories> {
    let kinds: BTreeMap<_, _> = exam
        .items
        .iter()
        .map(|(item, known)| (item.0, known.kind.clone()))
        .collect();
    let mut memories = vec![Memories::new(); slots];
    for outcome in outcomes {
        for told in &outcome.teachers {
            let candidate = CandidateId(told.candidate);
            let memory = told.acknowledgements.memory(candidate, &outcome.logs, &kinds);
            memories[usize::from(told.slot)].insert(candidate, memory);
        }
    }
    memories
}

fn gave_up(outcomes: &[Outcome]) -> BTreeMap<String, u64> {
    let mut counts = BTreeMap::new();
    let reasons = outcomes.iter().flat_map(|outcome| &outcome.teachers);
    for reason in reasons.filter_map(|told| told.gave_up.clone()) {
        *counts.entry(reason).or_default() += 1;
    }
    counts
}

/// Shows some receipts to the centre, from all over the districts.
async fn receipts(cluster: &Cluster, outcomes: &[Outcome]) -> anyhow::Result<usize> {
    let all: Vec<&str> = outcomes
        .iter()
        .flat_map(|outcome| &outcome.teachers)
        .filter_map(|told| told.receipt.as_deref())
        .collect();
    let step = (all.len() / RECEIPTS_CHECKED).max(1);
    let mut genuine = 0;
    for receipt in all.iter().step_by(step).take(RECEIPTS_CHECKED) {
        let file = cluster.file("swarm-receipt.json", receipt)?;
        cluster
            .ctl(&["receipt", "check", &file])
            .await
            .context("a receipt")?;
        genuine += 1;
    }
    Ok(genuine)
}

impl Verdict {
    /// Adds what the scenario's bounds say.
    pub(crate) fn hold_to(&mut self, limits: &Limits, figures: &Figures, strict: bool) {
        let errors = figures.error_count();
        if limits.errors.is_some_and(|bound| errors > bound) {
            self.failures.push(format!(
                "{errors} requests failed, the scenario allows {}",
                limits.errors.unwrap_or_default()
            ));
        }
        if self.lost + self.twice > 0 {
            self.failures.push(format!(
                "{} answers lost, {} counted twice",
                self.lost, self.twice
            ));
        }
        for (operation, bound) in &limits.p99_ms {
            let p99 = figures.p99_ms(*operation);
            if p99 > *bound as f64 {
                let words = format!("{operation}: p99 is {p99:.0} ms, the bound is {bound} ms");
                if strict {
                    &mut self.failures
                } else {
                    &mut self.notices
                }
                .push(words);
            }
        }
    }
}
