//! The oracle where a life of a log was ended for a fork: by content instead of by place.

use local::teacher::Given;
use protocol::ids::Sequence;
use serde_json::Value;
use tests::{
    cluster::eventually,
    crowd::Memories,
    oracle::{self, CentralLogs},
};

use super::BACK_MAX;
use crate::campaign::Campaign;

/// The centre keeps the second history as evidence, readable, and alarms.
pub(super) async fn evidence(campaign: &Campaign, log: &str) -> anyhow::Result<()> {
    eventually("the centre has evidence and alarms", BACK_MAX, || async {
        let forks = campaign
            .cluster
            .ctl(&["log", "forks", log])
            .await
            .map_err(|error| error.to_string())?;
        let frames = forks.as_array().map_or(0, Vec::len);
        let status = campaign
            .cluster
            .ctl(&["status"])
            .await
            .map_err(|error| error.to_string())?;
        let alarmed = status["alarms"].to_string().contains("another history");
        if frames > 0 && alarmed {
            Ok(())
        } else {
            Err(format!("{frames} frames, alarms {}", status["alarms"]))
        }
    })
    .await
}

/// The oracle where a life was ended for a fork: an acknowledged answer may lie in another place than the client was told,
/// but it lies at the centre, with the same content, and attempts and scores are what was told.
pub(super) async fn judge_by_content(
    campaign: &Campaign,
    memories: &Memories,
    runs: usize,
) -> anyhow::Result<()> {
    eventually("every acknowledged answer is at the centre", BACK_MAX, || async {
        let read = oracle::central_logs(&campaign.cluster).await;
        let logs = read.map_err(|error| format!("{error:#}"))?;
        match lost(memories, &logs).first() {
            None => Ok(()),
            Some(lost) => Err(format!("LOST: {lost}")),
        }
    })
    .await?;
    let logs = oracle::central_logs(&campaign.cluster).await?;
    let (cluster, sitting) = (&campaign.cluster, campaign.sitting);
    let attempts = oracle::merged_attempts_are_what_was_told(cluster, memories, sitting).await?;
    let scores = oracle::scores_are_right(cluster, &campaign.exam, memories, sitting).await?;
    oracle::report_balances(cluster, sitting).await?;
    let told = memories.values().flat_map(|memory| &memory.acknowledged);
    let moved = told
        .clone()
        .filter(|told| !is_at(&logs, &told.log, told.sequence, &told.given))
        .count();
    println!(
        "{}: runs {runs}, acknowledged {}, lost {}, attempts {attempts}, scores {scores}, logs {}, carried over to another log {moved}",
        campaign.name,
        told.count(),
        lost(memories, &logs).len(),
        logs.len()
    );
    Ok(())
}

fn is_at(logs: &CentralLogs, log: &str, sequence: u64, given: &Given) -> bool {
    let record = logs.get(log).and_then(|log| log.records.get(&Sequence(sequence)));
    record.is_some_and(|record| oracle::is_answer(&record.event, given))
}

/// Acknowledged answers that no log at the centre holds.
fn lost(memories: &Memories, logs: &CentralLogs) -> Vec<Value> {
    let mut lost = Vec::new();
    for (candidate, memory) in memories {
        for told in &memory.acknowledged {
            let records = logs.values().flat_map(|log| log.records.values());
            let mut of_candidate = records.filter(|record| record.attempt.candidate == *candidate);
            if !of_candidate.any(|record| oracle::is_answer(&record.event, &told.given)) {
                lost.push(
                    serde_json::json!({ "candidate": candidate, "log": told.log, "sequence": told.sequence }),
                );
            }
        }
    }
    lost
}
