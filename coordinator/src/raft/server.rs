//! Answering the other coordinators: each stream of their link is one question. Called by the front door for a peer
//! whose certificate says that it is a coordinator; whether it is (still) a member is Raft's and the registry's to know.

use std::{sync::Arc, time::Duration};

use link::{Connection, FramedStream, StreamError};
use protocol::{
    frame::Frame,
    ids::{CoordinatorId, LogId},
    watermark::{Continuity, Watermark},
};
use state::State;
use tokio::{
    sync::Semaphore,
    task::JoinSet,
    time::{interval, timeout},
};

use super::{
    centre::Centre,
    message::{Answer, Ask, FRAMES_BYTES, SNAPSHOT_CHUNK_BYTES, SnapshotOffer},
    peers::PEER_MESSAGE_BYTES_MAX,
    snapshot::{self, Made, SNAPSHOT_BYTES_MAX},
    types::{SnapshotMeta, Vote},
};
use crate::accept::Visitors;

/// Streams of one link that are served at once.
const STREAMS_MAX: usize = 64;

/// How long a question, and each piece of a snapshot, may take to come.
const RECEIVE_WITHIN: Duration = Duration::from_secs(10);

/// How often the sender of a snapshot hears that it is being worked on.
const WORKING_EVERY: Duration = Duration::from_secs(1);

/// How long fetching some frames from the sender of a snapshot may take.
const FETCH_WITHIN: Duration = Duration::from_secs(10);

/// Serves a coordinator's link until it ends.
pub(crate) async fn serve(
    centre: &Centre,
    visitors: &Arc<dyn Visitors>,
    peer: CoordinatorId,
    link: Connection,
) {
    centre.inner.peers.has_linked_to_us(peer);
    let permits = Arc::new(Semaphore::new(STREAMS_MAX));
    let mut streams = JoinSet::new();
    loop {
        let Ok(permit) = permits.clone().acquire_owned().await else {
            return;
        };
        let stream = tokio::select! {
            stream = link.accept_stream() => stream,
            Some(_) = streams.join_next() => continue,
        };
        let Ok(stream) = stream else { return };
        let stream = stream.with_message_bytes_max(PEER_MESSAGE_BYTES_MAX);
        let visitors = visitors.clone();
        let centre = centre.clone();
        streams.spawn(async move {
            let _permit = permit;
            if let Err(error) = answer(&centre, peer, &*visitors, stream).await {
                tracing::debug!(coordinator = %peer, %error, "a question was not answered");
            }
        });
    }
}

async fn answer(
    centre: &Centre,
    peer: CoordinatorId,
    visitors: &dyn Visitors,
    mut stream: FramedStream,
) -> Result<(), StreamError> {
    let Ok(asked) = timeout(RECEIVE_WITHIN, stream.recv_message::<Ask>()).await else {
        return Ok(());
    };
    let Some(ask) = asked? else { return Ok(()) };
    let answer = match ask {
        Ask::Vote(vote) => centre
            .inner
            .raft
            .vote(vote)
            .await
            .map_or_else(failed, Answer::Vote),
        Ask::Append(entries) => centre
            .inner
            .raft
            .append_entries(entries)
            .await
            .map_or_else(failed, Answer::Append),
        Ask::Snapshot(offer) => take_over(centre, peer, offer, &mut stream).await?,
        Ask::Propose { by, command } => centre.propose_for_another(&by, vec![command]).await.alone(),
        Ask::ProposeAll { by, commands } => centre.propose_for_another(&by, commands).await,
        Ask::Frames { log, from } => {
            let centre = centre.clone();
            let read = tokio::task::spawn_blocking(move || centre.frames(log, from, FRAMES_BYTES)).await;
            match read {
                Ok(Ok(frames)) => Answer::Frames(frames),
                Ok(Err(error)) => failed(error),
                Err(error) => failed(error),
            }
        }
        Ask::Sessions => Answer::Sessions(visitors.sessions()),
        Ask::Clock => Answer::Clock(visitors.clock()),
        Ask::NotReady => Answer::NotReady(visitors.not_ready()),
        Ask::Admit {
            link_address,
            log_is_empty,
        } => centre.admit(peer, link_address, log_is_empty).await,
        Ask::Change(change) => {
            if centre.is_leader() {
                centre.change_here(change).await
            } else {
                Answer::NotLeader(centre.leader())
            }
        }
    };
    stream.send_message(&answer).await?;
    stream.finish()?;
    stream.delivered().await
}

fn failed(error: impl std::fmt::Display) -> Answer {
    Answer::Failed(error.to_string())
}

/// Takes over a snapshot: its bytes, then the frames that it names, then the installing; the sender hears every
/// second that it goes on.
async fn take_over(
    centre: &Centre,
    sender: CoordinatorId,
    offer: SnapshotOffer,
    stream: &mut FramedStream,
) -> Result<Answer, StreamError> {
    let current = centre.inner.raft.metrics().borrow().vote;
    if offer.vote < current {
        return Ok(Answer::Snapshot(current));
    }
    if offer.bytes > SNAPSHOT_BYTES_MAX {
        return Ok(Answer::Failed(format!(
            "a snapshot of {} bytes is over the limit",
            offer.bytes
        )));
    }
    let mut bytes = Vec::new();
    while (bytes.len() as u64) < offer.bytes {
        let piece = timeout(RECEIVE_WITHIN, stream.recv()).await;
        let Ok(Some(piece)) = piece.unwrap_or(Ok(None)) else {
            return Ok(Answer::Failed("the snapshot broke off".to_owned()));
        };
        if piece.is_empty() || piece.len() > SNAPSHOT_CHUNK_BYTES {
            return Ok(Answer::Failed(
                "a piece of the snapshot is empty or too long".to_owned(),
            ));
        }
        bytes.extend_from_slice(&piece);
    }
    let mut ticks = interval(WORKING_EVERY);
    let installing = install(centre, sender, offer, bytes);
    tokio::pin!(installing);
    loop {
        tokio::select! {
            installed = &mut installing => {
                return Ok(installed.map_or_else(|why| {
                    tracing::warn!(from = %sender, why, "a snapshot could not be taken over");
                    Answer::Failed(why)
                }, Answer::Snapshot));
            }
            _ = ticks.tick() => stream.send_message(&Answer::Working).await?,
        }
    }
}

async fn install(
    centre: &Centre,
    sender: CoordinatorId,
    offer: SnapshotOffer,
    bytes: Vec<u8>,
) -> Result<Vote, String> {
    let size = bytes.len();
    let decoded = tokio::task::spawn_blocking(move || {
        let rows = snapshot::decode(&bytes).map_err(|error| error.to_string())?;
        let state = State::restore(rows).map_err(|error| error.to_string())?;
        Ok::<_, String>((bytes, state.watermarks().collect::<Vec<_>>()))
    });
    let (bytes, logs) = decoded.await.map_err(|error| error.to_string())??;
    let holders = holders(centre.id(), sender, &offer.meta);
    let mut fetched = 0;
    for (log, held) in &logs {
        fetched += fetch(centre, &holders, *log, *held).await?;
    }
    let entry = offer.meta.last_log_id.map_or(0, |entry| entry.index);
    tracing::info!(from = %sender, entry, bytes = size, frames = fetched, "a snapshot is installed");
    let made = Made {
        meta: offer.meta,
        bytes: bytes.into(),
    };
    let installed = centre
        .inner
        .raft
        .install_full_snapshot(offer.vote, made.into_snapshot())
        .await;
    installed
        .map(|response| response.vote)
        .map_err(|error| error.to_string())
}

/// Who may have a snapshot's frames: its sender, then the other members that it names. A newcomer knows nobody else.
fn holders(own: CoordinatorId, sender: CoordinatorId, meta: &SnapshotMeta) -> Vec<(CoordinatorId, String)> {
    let mut holders: Vec<_> = meta
        .last_membership
        .nodes()
        .map(|(id, node)| (CoordinatorId(*id), node.addr.clone()))
        .filter(|(id, _)| *id != own)
        .collect();
    holders.sort_by_key(|(id, _)| *id != sender);
    holders
}

/// Fetches the frames of a log that are missing here, up to a watermark; says how many. What was fetched is on the disk
/// and stays there if this breaks off: the next try goes on from it.
async fn fetch(
    centre: &Centre,
    holders: &[(CoordinatorId, String)],
    log: LogId,
    upto: Watermark,
) -> Result<u64, String> {
    let mut at = centre
        .inner
        .machine
        .shelf()
        .frames_end(log)
        .map_err(|error| error.to_string())?;
    let mut fetched = 0;
    while at.sequence < upto.sequence {
        let mut why = "the snapshot names nobody who has them".to_owned();
        let mut frames = Vec::new();
        for (id, address) in holders {
            match fetch_some(centre, *id, address, log, at).await {
                Ok(some) => {
                    frames = some;
                    break;
                }
                Err(error) => why = error,
            }
        }
        let Some(last) = frames.last() else {
            return Err(format!(
                "the frames of log {log} after {} cannot be had: {why}",
                at.sequence
            ));
        };
        at = Watermark::after(last);
        fetched += frames.len() as u64;
        let shelf = centre.inner.machine.shelf().clone();
        tokio::task::spawn_blocking(move || shelf.put_frames(&frames))
            .await
            .map_err(|error| error.to_string())?
            .map_err(|error| error.to_string())?;
    }
    Ok(fetched)
}

/// Some frames that follow, one at least, from one coordinator.
async fn fetch_some(
    centre: &Centre,
    from: CoordinatorId,
    address: &str,
    log: LogId,
    mut at: Watermark,
) -> Result<Vec<Frame>, String> {
    let ask = Ask::Frames {
        log,
        from: at.sequence.next(),
    };
    let answer = centre.inner.peers.ask(from, address, &ask, FETCH_WITHIN).await;
    let bytes = match answer.map_err(|error| error.to_string())? {
        Answer::Frames(bytes) if !bytes.is_empty() => bytes,
        Answer::Failed(why) => return Err(why),
        _ => return Err(format!("coordinator {from} does not hold them")),
    };
    let mut frames = Vec::with_capacity(bytes.len());
    for bytes in bytes {
        let frame = Frame::parse(bytes).map_err(|error| error.to_string())?;
        if frame.log() != log || at.continuity(&frame) != Continuity::Next {
            return Err(format!("coordinator {from} gave frames that do not follow"));
        }
        at = Watermark::after(&frame);
        frames.push(frame);
    }
    Ok(frames)
}
