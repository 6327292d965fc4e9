//! `parikshactl log import`: an exported file, checked whole first and then sent in parts. Sending one twice, or a log of
//! which the centre has a part, changes nothing that is there.

use std::path::Path;

use bytes::Bytes;
use protocol::cluster::ClusterKeys;
use protocol::ids::Sequence;
use serde::Serialize;
use store::exported::{Exported, ExportedError, Step};

use super::{client::Client, failure::Failure, output::Output};
use crate::ops::shapes::{ClusterRow, ImportedPart};

/// Bytes of one part: far below what an upload may have, enough that the round trips do not count.
const PART_BYTES: usize = 4 * 1024 * 1024;

/// What became of one log.
#[derive(Debug, Serialize)]
struct ImportedLog {
    log: String,
    frames: u64,
    before: u64,
    after: u64,
}

/// Pieces of one log that are sent together.
struct Part {
    bytes: Vec<u8>,
    index: u64,
    after: Sequence,
}

pub(super) async fn run(path: &Path, client: &Client, output: &Output) -> Result<(), Failure> {
    let cluster: ClusterRow = client.get(&["cluster"]).await?;
    let keys: ClusterKeys = cluster
        .public_key
        .parse()
        .map_err(|error| Failure::Other(format!("the centre's public key: {error}")))?;
    check(path, &keys, output)?;
    let logs = send(path, client, output).await?;
    output.show(&logs, |logs| {
        let line = |log: &ImportedLog| match log.after.saturating_sub(log.before) {
            0 => format!(
                "log {}: nothing new in {} frames; the centre held it up to sequence {} already",
                log.log, log.frames, log.before
            ),
            _ => format!(
                "log {}: {} frames; the centre held it up to sequence {}, now up to {}",
                log.log, log.frames, log.before, log.after
            ),
        };
        logs.iter().map(line).collect::<Vec<_>>().join("\n")
    })
}

/// Goes through the whole file before a byte of it is sent.
fn check(path: &Path, keys: &ClusterKeys, output: &Output) -> Result<(), Failure> {
    let (mut file, length) = Exported::open(path).map_err(|error| Failure::file(path, &error))?;
    let bar = output.bar(Some(length), "checking");
    while let Some(step) = file.next_step().map_err(|error| refused(path, &error))? {
        match step {
            Step::Log { header, bytes } => {
                bar.inc(bytes.len() as u64);
                let ours = keys.id();
                if header.cluster != ours {
                    let error = protocol::export::ExportError::OtherCluster {
                        found: header.cluster,
                        expected: ours,
                    };
                    return Err(refused(path, &error.into()));
                }
                header
                    .maker
                    .check(keys)
                    .map_err(|fault| refused(path, &protocol::export::ExportError::Maker(fault).into()))?;
            }
            Step::Frame { bytes, .. } => bar.inc(bytes.len() as u64),
            Step::End(_) => {}
        }
    }
    bar.finish_and_clear();
    Ok(())
}

async fn send(path: &Path, client: &Client, output: &Output) -> Result<Vec<ImportedLog>, Failure> {
    let (mut file, length) = Exported::open(path).map_err(|error| Failure::file(path, &error))?;
    let bar = output.bar(Some(length), "sending");
    let mut logs: Vec<ImportedLog> = Vec::new();
    let (mut header_bytes, mut part) = (Vec::new(), None::<Part>);
    while let Some(step) = file.next_step().map_err(|error| refused(path, &error))? {
        match step {
            Step::Log { header, bytes } => {
                logs.push(ImportedLog {
                    log: header.log.to_string(),
                    frames: 0,
                    before: 0,
                    after: 0,
                });
                header_bytes = bytes;
            }
            Step::Frame {
                index, first, bytes, ..
            } => {
                bar.inc(bytes.len() as u64);
                let waiting = part.get_or_insert_with(|| Part {
                    bytes: header_bytes.clone(),
                    index,
                    after: Sequence(first.0.saturating_sub(1)),
                });
                waiting.bytes.extend_from_slice(&bytes);
                if waiting.bytes.len() >= PART_BYTES {
                    deliver(part.take(), client, &mut logs).await?;
                }
            }
            Step::End(_) => deliver(part.take(), client, &mut logs).await?,
        }
    }
    bar.finish_and_clear();
    Ok(logs)
}

async fn deliver(part: Option<Part>, client: &Client, logs: &mut [ImportedLog]) -> Result<(), Failure> {
    let (Some(part), Some(log)) = (part, logs.last_mut()) else {
        return Ok(());
    };
    let query = [
        ("index", part.index.to_string()),
        ("after", part.after.to_string()),
    ];
    let answer: ImportedPart = client
        .post_bytes(&["logs", "import"], &query, Bytes::from(part.bytes))
        .await?;
    if log.frames == 0 {
        log.before = answer.before;
    }
    log.frames += answer.frames;
    log.after = answer.after;
    Ok(())
}

fn refused(path: &Path, error: &ExportedError) -> Failure {
    match error {
        ExportedError::Io(error) => Failure::file(path, error),
        ExportedError::Export(error) => Failure::NotProved(format!("{}: {error}", path.display())),
    }
}
