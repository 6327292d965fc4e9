//! The oracle: every acknowledged (log, sequence) is in the central store exactly once with the same bytes, and every
//! candidate's merged attempt and score equal what their client was told.

mod acknowledged;
mod logs;
mod results;

pub use acknowledged::{Found, is_answer, look_up};
pub use logs::{CentralLog, CentralLogs, central_logs, heads_are_equal};
pub use results::{merged_attempts_are_what_was_told, published, report_balances, scores_are_right};

use std::{fmt, time::Duration};

use anyhow::bail;
use protocol::ids::SittingId;

use crate::{
    cluster::{Cluster, eventually},
    crowd::Memories,
    exam::Exam,
};

/// How long delivery may take once every line is whole.
const DELIVERED_WITHIN: Duration = Duration::from_secs(120);

/// Losses that an error shows; all are counted.
const SHOWN_MAX: usize = 10;

/// What was counted, for the test's output.
#[derive(Debug, Default)]
pub struct Counts {
    /// Places (log, sequence) that were acknowledged for an answer.
    pub acknowledged: usize,
    /// Of these, how many the centre does not hold as they were acknowledged.
    pub lost: usize,
    /// Of these, how many were acknowledged for two different answers.
    pub twice: usize,
    /// Logs at the centre.
    pub logs: usize,
    /// Records in them.
    pub records: usize,
    /// Attempts that were compared.
    pub attempts: usize,
    /// Scores that were compared.
    pub scores: usize,
}

impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            acknowledged,
            lost,
            twice,
            logs,
            records,
            attempts,
            scores,
        } = self;
        write!(
            f,
            "acknowledged {acknowledged}, lost {lost}, twice {twice}, logs {logs}, records {records}, attempts {attempts}, \
             scores {scores}"
        )
    }
}

/// The whole judgement: waits for delivery, then compares everything. Fails when anything is lost, doubled or different.
pub async fn judge(
    cluster: &Cluster,
    exam: &Exam,
    memories: &Memories,
    sitting: SittingId,
) -> anyhow::Result<Counts> {
    let mut counts = acknowledged_is_there(cluster, memories, sitting).await?;
    counts.attempts = merged_attempts_are_what_was_told(cluster, memories, sitting).await?;
    counts.scores = scores_are_right(cluster, exam, memories, sitting).await?;
    report_balances(cluster, sitting).await?;
    Ok(counts)
}

/// The part of the judgement that is about logs alone.
pub async fn acknowledged_is_there(
    cluster: &Cluster,
    memories: &Memories,
    sitting: SittingId,
) -> anyhow::Result<Counts> {
    let logs = all_is_delivered(cluster).await?;
    let found = look_up(memories, sitting, &logs);
    let counts = Counts {
        acknowledged: found.places,
        lost: found.lost.len(),
        twice: found.twice.len(),
        logs: logs.len(),
        records: logs.values().map(|log| log.records.len()).sum(),
        ..Counts::default()
    };
    if counts.lost + counts.twice > 0 {
        let shown: Vec<String> = found
            .lost
            .into_iter()
            .chain(found.twice)
            .take(SHOWN_MAX)
            .collect();
        bail!("{counts}:\n{}", shown.join("\n"));
    }
    Ok(counts)
}

/// Waits until the centre has every log that lies on a node's disk, byte for byte, and gives them.
pub async fn all_is_delivered(cluster: &Cluster) -> anyhow::Result<CentralLogs> {
    eventually("everything is delivered", DELIVERED_WITHIN, || async {
        let logs = central_logs(cluster)
            .await
            .map_err(|error| format!("{error:#}"))?;
        heads_are_equal(cluster, &logs)
            .await
            .map_err(|error| format!("{error:#}"))
    })
    .await?;
    central_logs(cluster).await
}
