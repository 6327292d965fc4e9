//! Exported logs coming in: each part is a file's header and some of its pieces, checked as if nothing had been checked
//! before, opened with the cluster's secret, and delivered like frames that came over the link: once by log and sequence.

use axum::extract::State;
use bytes::Bytes;
use protocol::{
    export::{ExportError, ExportReader, Piece},
    frame::Frame,
    ids::{LogId, Sequence},
    wire::centre::Refusal,
};
use serde::Deserialize;
use state::Outcome;

use super::{
    Api,
    extract::{Query, Upload},
    problem::Problem,
    shapes::{ClusterRow, ImportedPart},
};
use crate::{
    evidence::{self, EvidenceError},
    gateway::entries,
};

/// Where a part stands in its file.
#[derive(Debug, Deserialize)]
pub(super) struct PartQuery {
    /// The index of its first piece.
    #[serde(default)]
    index: u64,
    /// The last sequence before it; for the first part what the header says.
    after: Option<u64>,
}

/// A part that was checked and opened.
struct Part {
    log: LogId,
    frames: Vec<Frame>,
}

pub(super) async fn cluster(State(api): State<Api>) -> Result<axum::Json<ClusterRow>, Problem> {
    let keys = evidence::keys(&api.centre, &api.cluster_key).await?;
    let name = api
        .centre
        .read(|state| state.cluster().map(|cluster| cluster.name.clone()));
    Ok(axum::Json(ClusterRow {
        name: name.unwrap_or_default(),
        id: keys.public.id().to_string(),
        public_key: keys.public.to_string(),
    }))
}

pub(super) async fn import(
    State(api): State<Api>,
    Query(place): Query<PartQuery>,
    upload: Upload,
) -> Result<axum::Json<ImportedPart>, Problem> {
    let keys = evidence::keys(&api.centre, &api.cluster_key).await?;
    let secret = evidence::sealing_secret(&keys, &api.cluster_key)?;
    let bytes = upload.bytes.clone();
    let opened = tokio::task::spawn_blocking(move || opened(&bytes, &place, &keys.public, &secret));
    let (part, maker) = opened.await.map_err(Problem::fault)??;
    let log = part.log;
    let may_bring = api.centre.read(|state| {
        let row = state.node(log.node);
        row.is_some_and(|row| row.district == maker.district)
    });
    if !may_bring {
        return Err(Problem::conflict(format!(
            "node {} is of another district than log {log}; only its district's nodes bring it",
            maker.node
        )));
    }
    let before = api.centre.read(|state| state.watermark(&log)).sequence;
    let count = part.frames.len() as u64;
    let after = deliver(&api, part, before).await?;
    Ok(axum::Json(ImportedPart {
        log: log.to_string(),
        frames: count,
        before: before.0,
        after: after.0,
    }))
}

fn opened(
    bytes: &[u8],
    place: &PartQuery,
    cluster: &protocol::cluster::ClusterKeys,
    secret: &[u8; 32],
) -> Result<(Part, protocol::cluster::Endorsement), ExportError> {
    let (mut reader, mut at) = ExportReader::open(bytes)?.ok_or(ExportError::NotAnExport)?;
    let header = reader.header().clone();
    if header.cluster != cluster.id() {
        return Err(ExportError::OtherCluster {
            found: header.cluster,
            expected: cluster.id(),
        });
    }
    header.maker.check(cluster)?;
    if let Some(after) = place.after {
        reader.resume(place.index, Sequence(after));
    }
    let opener = reader.opener(secret)?;
    let mut frames = Vec::new();
    while at < bytes.len() {
        match reader.next(&bytes[at..])? {
            None => return Err(ExportError::CutOff(reader.last())),
            Some((Piece::Frame(piece), used)) => {
                frames.push(opener.frame(&piece)?);
                at += used;
            }
            Some((Piece::End(_), used)) => at += used,
        }
    }
    let log = header.log;
    Ok((Part { log, frames }, header.maker.endorsement))
}

/// Proposes the frames; says how far the centre holds the log afterwards.
async fn deliver(api: &Api, part: Part, before: Sequence) -> Result<Sequence, Problem> {
    let bytes: Vec<Bytes> = part.frames.iter().map(|frame| frame.bytes().clone()).collect();
    let mut after = before;
    for command in entries(bytes) {
        let Outcome::Delivered { logs, .. } = api.propose(command).await? else {
            return Err(Problem::fault("the centre gave an unexpected answer to frames"));
        };
        for delivery in logs {
            after = delivery
                .result
                .map_err(|refusal| refused(part.log, &refusal))?
                .sequence;
        }
    }
    // The caller's next question to this coordinator must see it.
    api.seen(|state| (state.watermark(&part.log).sequence >= after).then_some(()))
        .await?;
    Ok(after)
}

fn refused(log: LogId, refusal: &Refusal) -> Problem {
    match refusal {
        Refusal::Busy(_) => Problem::unavailable(refusal.to_string()),
        Refusal::Gap(from) => Problem::conflict(format!(
            "the centre holds log {log} only up to sequence {}; export it again from sequence {from}",
            from.0.saturating_sub(1)
        )),
        Refusal::Fork(sequence) => Problem::conflict(format!(
            "the centre holds another history of log {log} from sequence {sequence} on: both are kept for the auditor, nothing was merged"
        )),
        Refusal::Damaged(_) | Refusal::NotYours(_) => Problem::conflict(format!("log {log}: {refusal}")),
    }
}

impl From<EvidenceError> for Problem {
    fn from(error: EvidenceError) -> Self {
        match error {
            EvidenceError::Propose(error) => error.into(),
            EvidenceError::NotHere => Self::unavailable(error.to_string()),
            EvidenceError::Wrap(_) | EvidenceError::Export(_) | EvidenceError::Malformed(_) => {
                Self::fault(error)
            }
        }
    }
}

impl From<ExportError> for Problem {
    fn from(error: ExportError) -> Self {
        Self::conflict(error.to_string())
    }
}
