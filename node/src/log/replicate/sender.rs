//! Streams one log to one peer: what the peer lacks from the disk, then each frame as it is made, before it is on the
//! own disk, so that both disks write at the same time.

use std::time::Duration;

use link::{Connection, RecvHalf, SendHalf, StreamError};
use protocol::{
    frame::Frame,
    ids::{LogId, Sequence},
    watermark::Watermark,
    wire::peer::{Copied, CopyFrame, Open},
};
use store::{StoreError, frames::FrameReader};
use tokio::{
    sync::{broadcast, watch},
    time::timeout,
};

use crate::disk_work::disk_work;

/// Bytes that are read from the disk at a time while a peer catches up.
const CATCH_UP_BYTES: usize = 512 * 1024;

/// The peer must say within this time how far it is.
const FIRST_ANSWER_MAX: Duration = Duration::from_secs(5);

/// For so long a peer may be ahead of this disk.
const AHEAD_MAX: Duration = Duration::from_secs(1);

/// Urgency of catching up with an earlier log, below live frames.
const EARLIER_PRIORITY: i32 = -1;

/// Why a stream of copies ended.
#[derive(Debug, thiserror::Error)]
pub(super) enum SendError {
    #[error(transparent)]
    Stream(#[from] StreamError),
    #[error("the peer ended the stream; it does not take this log just now")]
    Ended,
    #[error("the peer did not say how far it has the log")]
    Silent,
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(
        "the peer holds another history of this log at sequence {0}: this disk was set back, or its incarnation was used twice"
    )]
    OtherHistory(Sequence),
    #[error("this node is stopping")]
    Stopping,
}

/// A stream on which the peer has said how far it is.
pub(super) struct Copying {
    send: SendHalf,
    pub(super) answers: Answers,
    pub(super) from: Watermark,
}

/// The peer's confirmations.
pub(super) struct Answers {
    recv: RecvHalf,
}

impl Answers {
    /// The next confirmation. Cancel-safe.
    pub(super) async fn next(&mut self) -> Result<Watermark, SendError> {
        let copied: Copied = self.recv.recv_message().await?.ok_or(SendError::Ended)?;
        Ok(copied.watermark)
    }
}

/// Opens a stream for a log and hears how far the peer has it.
pub(super) async fn begin(
    connection: &Connection,
    log: LogId,
    head: Watermark,
) -> Result<Copying, SendError> {
    let (mut send, recv) = connection.open().await.map_err(StreamError::from)?.split();
    send.send_message(&Open::Copy { log, head }).await?;
    let mut answers = Answers { recv };
    let from = timeout(FIRST_ANSWER_MAX, answers.next())
        .await
        .map_err(|_| SendError::Silent)??;
    Ok(Copying { send, answers, from })
}

/// Checks that what the peer holds is a beginning of this log: only then its confirmations mean anything.
pub(super) async fn check_history(
    reader: &FrameReader,
    mut head: watch::Receiver<Watermark>,
    theirs: Watermark,
) -> Result<(), SendError> {
    if theirs.sequence == Sequence(0) {
        return Ok(());
    }
    // A frame is sent before it is on this disk, so the peer may be ahead for a moment.
    let reached = head.wait_for(|head| head.sequence >= theirs.sequence);
    if !matches!(timeout(AHEAD_MAX, reached).await, Ok(Ok(_))) {
        return Err(SendError::OtherHistory(theirs.sequence));
    }
    let source = reader.clone();
    let frames = disk_work(move || source.read(theirs.sequence, 1)).await?;
    let is_same = frames
        .first()
        .is_some_and(|frame| Watermark::after(frame) == theirs);
    if is_same {
        Ok(())
    } else {
        Err(SendError::OtherHistory(theirs.sequence))
    }
}

/// Sends an earlier log to its end and waits until the peer has it.
pub(super) async fn send_earlier(connection: &Connection, reader: &FrameReader) -> Result<(), SendError> {
    let head = reader.head();
    let mut copying = begin(connection, reader.id(), head).await?;
    copying.send.set_priority(EARLIER_PRIORITY);
    let mut confirmed = copying.from.sequence;
    let sending = catch_up(&mut copying.send, reader, confirmed);
    let answers = &mut copying.answers;
    let hearing = async {
        while confirmed < head.sequence {
            confirmed = answers.next().await?.sequence;
        }
        Ok(())
    };
    tokio::try_join!(sending, hearing).map(|_| ())
}

/// Sends the log that is being written, for ever.
pub(super) async fn send_live(
    send: &mut SendHalf,
    reader: &FrameReader,
    mut head: watch::Receiver<Watermark>,
    mut live: broadcast::Receiver<Frame>,
    from: Sequence,
) -> Result<std::convert::Infallible, SendError> {
    let mut sent = catch_up(send, reader, from).await?;
    loop {
        let frame = match live.recv().await {
            Ok(frame) => frame,
            Err(broadcast::error::RecvError::Lagged(_)) => {
                sent = catch_up(send, reader, sent).await?;
                continue;
            }
            Err(broadcast::error::RecvError::Closed) => return Err(SendError::Stopping),
        };
        if frame.first() > sent.next() {
            // What lies between is on this disk or will be in a moment.
            let before = Sequence(frame.first().0 - 1);
            let durable = head.wait_for(|head| head.sequence >= before).await;
            durable.map_err(|_| SendError::Stopping)?;
            sent = catch_up(send, reader, sent).await?;
        }
        if frame.first() == sent.next() {
            send.send_message(&CopyFrame {
                frame: frame.bytes().clone(),
            })
            .await?;
            sent = frame.last();
        }
    }
}

impl Copying {
    /// The sending half and the peer's answers, for two loops side by side.
    pub(super) fn split(self) -> (SendHalf, Answers) {
        (self.send, self.answers)
    }
}

/// Sends what is on the disk after `sent`; gives the last sequence sent.
async fn catch_up(
    send: &mut SendHalf,
    reader: &FrameReader,
    mut sent: Sequence,
) -> Result<Sequence, SendError> {
    loop {
        let source = reader.clone();
        let frames = disk_work(move || source.read(sent.next(), CATCH_UP_BYTES)).await?;
        if frames.is_empty() {
            return Ok(sent);
        }
        for frame in frames {
            // A peer that holds the beginning of a frame holds all of it.
            if frame.last() > sent {
                send.send_message(&CopyFrame {
                    frame: frame.bytes().clone(),
                })
                .await?;
                sent = frame.last();
            }
        }
    }
}
