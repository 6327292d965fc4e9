//! What the centre made of the logs: merged attempts, published scores, the reconciliation report.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
};

use anyhow::{Context, ensure};
use protocol::{
    hash::Hash,
    ids::{CandidateId, ItemNo, SittingId},
    response::Response,
};
use rust_decimal::Decimal;
use serde_json::Value;

use crate::{cluster::Cluster, crowd::Memories, exam::Exam};

/// Every merged attempt at the centre has exactly the responses that its client was told. Says how many were compared.
pub async fn merged_attempts_are_what_was_told(
    cluster: &Cluster,
    memories: &Memories,
    sitting: SittingId,
) -> anyhow::Result<usize> {
    let output = cluster
        .ctl_output(&["attempt", "list", &sitting.to_string()])
        .await?;
    ensure!(
        output.status.success(),
        "attempt list failed: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    let mut seen = BTreeSet::new();
    for line in output
        .stdout
        .split(|byte| *byte == b'\n')
        .filter(|line| !line.is_empty())
    {
        let attempt: Value = serde_json::from_slice(line)?;
        let candidate: CandidateId = serde_json::from_value(attempt["candidate"].clone())?;
        let Some(memory) = memories.get(&candidate) else {
            // Signed in only, to look whether the sitting is open.
            ensure!(
                attempt["started"].is_null() && responses_of(&attempt["responses"])?.is_empty(),
                "the centre has an attempt of {candidate}, who sat none: {attempt}"
            );
            continue;
        };
        ensure!(
            responses_of(&attempt["responses"])? == memory.responses(),
            "candidate {candidate}: the merged attempt differs: {attempt}"
        );
        let digest: Hash = serde_json::from_value(attempt["digest"].clone())?;
        ensure!(
            digest == memory.digest(),
            "candidate {candidate}: the digest differs"
        );
        ensure!(
            attempt["under_review"] == serde_json::json!([]),
            "candidate {candidate} is under review"
        );
        ensure!(seen.insert(candidate), "candidate {candidate} has two attempts");
    }
    ensure!(
        seen.len() == memories.len(),
        "the centre has {} attempts of {}",
        seen.len(),
        memories.len()
    );
    Ok(seen.len())
}

/// Responses as `attempt list` prints them, without cleared ones.
fn responses_of(value: &Value) -> anyhow::Result<BTreeMap<ItemNo, Response>> {
    let given = value.as_array().context("an attempt lists its responses")?.iter();
    given
        .filter(|entry| !entry["response"].is_null())
        .map(|entry| {
            let item = serde_json::from_value(entry["item"].clone())?;
            Ok((item, serde_json::from_value(entry["response"].clone())?))
        })
        .collect()
}

/// Has a sitting scored and its results exported; says where the CSV lies.
pub async fn published(cluster: &Cluster, sitting: SittingId) -> anyhow::Result<PathBuf> {
    let file = cluster.path("results.csv");
    let (sitting, out) = (sitting.to_string(), file.to_string_lossy());
    cluster.ctl(&["result", "score", &sitting]).await?;
    let export = ["result", "export", &sitting, "--format", "csv", "--out", &out];
    let output = cluster.ctl_output(&export).await?;
    ensure!(
        output.status.success(),
        "export failed: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    Ok(file)
}

/// Every published score is the one that the test computes from the paper's own CSV and what clients were told. Says
/// how many were compared.
pub async fn scores_are_right(
    cluster: &Cluster,
    exam: &Exam,
    memories: &Memories,
    sitting: SittingId,
) -> anyhow::Result<usize> {
    let mut reader = csv::Reader::from_path(published(cluster, sitting).await?)?;
    let headers = reader.headers()?.clone();
    let column = |name: &str| {
        let place = headers.iter().position(|header| header == name);
        place.with_context(|| format!("no column {name} in {headers:?}"))
    };
    let (candidate, total) = (column("candidate")?, column("total")?);
    let mut scores = 0;
    for row in reader.records() {
        let row = row?;
        let id: CandidateId = row[candidate].parse()?;
        let Some(memory) = memories.get(&id) else { continue };
        let right = exam.score(&memory.responses());
        let published: Decimal = row[total]
            .parse()
            .with_context(|| format!("candidate {id} has the score '{}'", &row[total]))?;
        ensure!(
            published == right,
            "candidate {id}: published {published}, right is {right}"
        );
        scores += 1;
    }
    ensure!(
        scores == memories.len(),
        "{scores} scores were published for {} attempts",
        memories.len()
    );
    Ok(scores)
}

/// The reconciliation report balances for each district.
pub async fn report_balances(cluster: &Cluster, sitting: SittingId) -> anyhow::Result<Value> {
    // The command itself ends with an error when a line does not balance.
    let report = cluster
        .ctl(&["result", "reconcile", &sitting.to_string()])
        .await?;
    for district in report["districts"]
        .as_array()
        .context("the report has districts")?
    {
        let count = |name: &str| {
            district[name]
                .as_u64()
                .with_context(|| format!("no {name} in {district}"))
        };
        ensure!(
            count("registered")? == count("absent")? + count("started")?,
            "{district}"
        );
        ensure!(count("acknowledged")? == count("committed")?, "{district}");
        ensure!(count("started")? == count("scored")?, "{district}");
        ensure!(district["differences"] == serde_json::json!([]), "{district}");
    }
    Ok(report)
}
