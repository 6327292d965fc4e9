//! The oracle: every acknowledged (log, sequence) is in the central store exactly once with the same bytes, and every
//! candidate's merged attempt and score equal what their client was told.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, bail, ensure};
use protocol::{
    frame::{Entry, Frame},
    hash::Hash,
    ids::{CandidateId, ItemNo, Sequence, SittingId},
    record::{Event, Record},
    response::Response,
    watermark::{Continuity, Watermark},
};
use rust_decimal::Decimal;
use serde_json::Value;

use crate::{cluster::Cluster, crowd::Memories, exam::Exam};

/// A log as the centre holds it.
pub struct CentralLog {
    /// Its end.
    pub watermark: Watermark,
    /// Every record by sequence.
    pub records: BTreeMap<Sequence, Record>,
}

/// What was counted, for the test's output.
#[derive(Debug, Default)]
pub struct Counts {
    /// Acknowledged answers that were found in the centre.
    pub acknowledged: usize,
    /// Logs at the centre.
    pub logs: usize,
    /// Records in them.
    pub records: usize,
    /// Attempts that were compared.
    pub attempts: usize,
    /// Scores that were compared.
    pub scores: usize,
}

/// Reads every log from the centre and checks each chain from its first frame.
pub async fn central_logs(cluster: &Cluster) -> anyhow::Result<BTreeMap<String, CentralLog>> {
    let listed = cluster.ctl(&["log", "list"]).await?;
    let mut logs = BTreeMap::new();
    for entry in listed.as_array().context("log list is a list")? {
        let name = entry["log"].as_str().context("a log has a name")?.to_owned();
        let file = cluster.path(format!("frames-{name}"));
        cluster
            .ctl_output(&["log", "frames", &name, "--out", &file.to_string_lossy()])
            .await?;
        logs.insert(name.clone(), read_frames(&name, &std::fs::read(&file)?)?);
    }
    Ok(logs)
}

fn read_frames(name: &str, mut bytes: &[u8]) -> anyhow::Result<CentralLog> {
    let mut log = CentralLog {
        watermark: Watermark::default(),
        records: BTreeMap::new(),
    };
    while let Some((length, rest)) = bytes.split_first_chunk::<4>() {
        let (frame, rest) = rest
            .split_at_checked(u32::from_be_bytes(*length) as usize)
            .context("the export is cut off")?;
        let frame = Frame::parse(bytes::Bytes::copy_from_slice(frame))?;
        ensure!(
            frame.log().to_string() == name,
            "a frame of {} lies in {name}",
            frame.log()
        );
        ensure!(
            log.watermark.continuity(&frame) == Continuity::Next,
            "{name}: the chain breaks at {}",
            frame.first()
        );
        log.watermark = Watermark::after(&frame);
        for (sequence, entry) in frame.records() {
            let Entry::Known(record) = entry else {
                bail!("{name}: record {sequence} cannot be read")
            };
            ensure!(
                log.records.insert(sequence, record).is_none(),
                "{name}: sequence {sequence} is there twice"
            );
        }
        bytes = rest;
    }
    ensure!(bytes.is_empty(), "the export ends in the middle of a length");
    Ok(log)
}

/// Every log that lies on a node's disk ends exactly where the centre's copy does, with the same hash: the chains are the same bytes.
pub async fn heads_are_equal(cluster: &Cluster, logs: &BTreeMap<String, CentralLog>) -> anyhow::Result<()> {
    for node in cluster.plan.nodes() {
        let status = cluster.node_status(&node).await?;
        let earlier = status["earlier"].as_array().cloned().unwrap_or_default();
        let copies = status["copies"].as_array().cloned().unwrap_or_default();
        for log in std::iter::once(&status["log"]).chain(&earlier).chain(&copies) {
            let name = log["id"].as_str().context("a node names its log")?;
            let head = Watermark {
                sequence: serde_json::from_value(log["head"].clone()).context("a node's head")?,
                hash: serde_json::from_value(log["hash"].clone()).context("its hash")?,
            };
            let central = logs.get(name).map(|log| log.watermark).unwrap_or_default();
            ensure!(
                central == head,
                "{}: {name} ends at {head:?} there, at the centre at {central:?}",
                node.name
            );
        }
    }
    Ok(())
}

/// Every acknowledged answer is the record that the centre holds at that place, and no place was acknowledged for two.
pub fn every_acknowledgement_is_there(
    memories: &Memories,
    sitting: SittingId,
    logs: &BTreeMap<String, CentralLog>,
    counts: &mut Counts,
) -> anyhow::Result<()> {
    let mut places = BTreeMap::new();
    for (candidate, memory) in memories {
        for told in &memory.acknowledged {
            let place = (told.log.clone(), Sequence(told.sequence));
            let log = logs
                .get(&told.log)
                .with_context(|| format!("the centre does not know log {}", told.log))?;
            let record = log
                .records
                .get(&place.1)
                .with_context(|| format!("LOST: candidate {candidate}, {place:?}"))?;
            let Event::Answered {
                item,
                seq,
                response,
                marked,
                ..
            } = &record.event
            else {
                bail!("{place:?} is no answer")
            };
            let given = &told.given;
            let same =
                (item, seq.0, response, marked) == (&given.item, given.seq, &given.response, &given.marked);
            ensure!(
                same,
                "{place:?} holds another answer than candidate {candidate} was told: {record:?}, {given:?}"
            );
            ensure!(
                record.attempt.candidate == *candidate && record.attempt.sitting == sitting,
                "{place:?} is another's"
            );
            // The same answer may be acknowledged twice for one place (a resent request), never two answers.
            if let Some(other) = places.insert(place.clone(), (*candidate, given.clone())) {
                ensure!(
                    other == (*candidate, given.clone()),
                    "{place:?} was acknowledged for two answers"
                );
            }
        }
    }
    counts.acknowledged = places.len();
    counts.logs = logs.len();
    counts.records = logs.values().map(|log| log.records.len()).sum();
    Ok(())
}

/// Every merged attempt at the centre has exactly the responses that its client was told.
pub async fn merged_attempts_are_what_was_told(
    cluster: &Cluster,
    memories: &Memories,
    sitting: SittingId,
    counts: &mut Counts,
) -> anyhow::Result<()> {
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
            attempt["under_review"].as_array().is_none_or(Vec::is_empty),
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
    counts.attempts = seen.len();
    Ok(())
}

/// Responses as `attempt list` prints them: a list of `{item, response}`, or an object by item number.
fn responses_of(value: &Value) -> anyhow::Result<BTreeMap<ItemNo, Response>> {
    if let Some(object) = value.as_object() {
        return object
            .iter()
            .map(|(item, response)| Ok((item.parse()?, serde_json::from_value(response.clone())?)))
            .collect();
    }
    let mut responses = BTreeMap::new();
    for entry in value.as_array().context("responses are a list")? {
        if !entry["response"].is_null() {
            responses.insert(
                serde_json::from_value(entry["item"].clone())?,
                serde_json::from_value(entry["response"].clone())?,
            );
        }
    }
    Ok(responses)
}

/// Every published score is the one that the test computes from the paper's own CSV and what clients were told.
pub async fn scores_are_right(
    cluster: &Cluster,
    exam: &Exam,
    memories: &Memories,
    sitting: SittingId,
    counts: &mut Counts,
) -> anyhow::Result<()> {
    let file = cluster.path("results.csv");
    let sitting = sitting.to_string();
    cluster.ctl(&["result", "score", &sitting]).await?;
    let output = cluster
        .ctl_output(&[
            "result",
            "export",
            &sitting,
            "--format",
            "csv",
            "--out",
            &file.to_string_lossy(),
        ])
        .await?;
    ensure!(
        output.status.success(),
        "export failed: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    let mut reader = csv::Reader::from_path(&file)?;
    let headers = reader.headers()?.clone();
    let column = |names: &[&str]| {
        headers
            .iter()
            .position(|header| names.contains(&header))
            .with_context(|| format!("no column {names:?} in {headers:?}"))
    };
    let (candidate, total) = (column(&["candidate", "number"])?, column(&["total", "score"])?);
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
        counts.scores += 1;
    }
    ensure!(
        counts.scores == memories.len(),
        "{} scores were published for {} attempts",
        counts.scores,
        memories.len()
    );
    Ok(())
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
        ensure!(
            district["differences"].as_array().is_none_or(Vec::is_empty),
            "{district}"
        );
    }
    Ok(report)
}

/// Waits until every node has delivered all it acknowledged.
pub async fn all_is_delivered(cluster: &Cluster) -> anyhow::Result<()> {
    crate::cluster::eventually(
        "everything is delivered",
        std::time::Duration::from_secs(120),
        || async {
            let logs = central_logs(cluster)
                .await
                .map_err(|error| format!("{error:#}"))?;
            heads_are_equal(cluster, &logs)
                .await
                .map_err(|error| format!("{error:#}"))
        },
    )
    .await
}
