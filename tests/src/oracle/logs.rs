//! The logs as the centre holds them: read frame by frame, every chain checked from its first frame.

use std::collections::BTreeMap;

use anyhow::{Context, bail, ensure};
use protocol::{
    frame::{Entry, Frame},
    ids::Sequence,
    record::Record,
    watermark::{Continuity, Watermark},
};

use crate::cluster::Cluster;

/// Every log at the centre, by its name.
pub type CentralLogs = BTreeMap<String, CentralLog>;

/// A log as the centre holds it.
#[derive(Debug, Default)]
pub struct CentralLog {
    /// Its end.
    pub watermark: Watermark,
    /// Every record by sequence.
    pub records: BTreeMap<Sequence, Record>,
}

/// Reads every log from the centre and checks each chain from its first frame.
pub async fn central_logs(cluster: &Cluster) -> anyhow::Result<CentralLogs> {
    let listed = cluster.ctl(&["log", "list"]).await?;
    let mut logs = BTreeMap::new();
    for entry in listed.as_array().context("log list is a list")? {
        let name = entry["log"].as_str().context("a log has a name")?.to_owned();
        let file = cluster.path(format!("frames-{name}"));
        let dump = cluster
            .ctl_output(&["log", "frames", &name, "--out", &file.to_string_lossy()])
            .await?;
        ensure!(
            dump.status.success(),
            "log frames {name} failed: {}",
            String::from_utf8_lossy(&dump.stderr)
        );
        logs.insert(name.clone(), read_frames(&name, &std::fs::read(&file)?)?);
    }
    Ok(logs)
}

fn read_frames(name: &str, mut bytes: &[u8]) -> anyhow::Result<CentralLog> {
    let mut log = CentralLog::default();
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
pub async fn heads_are_equal(cluster: &Cluster, logs: &CentralLogs) -> anyhow::Result<()> {
    for node in cluster.plan.nodes() {
        let status = cluster.node_status(&node).await?;
        let earlier = status["earlier"]
            .as_array()
            .context("a node lists its earlier logs")?;
        let copies = status["copies"].as_array().context("a node lists its copies")?;
        for log in std::iter::once(&status["log"]).chain(earlier).chain(copies) {
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
