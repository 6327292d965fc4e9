//! Serves one peer's streams: takes its log into the copies, tells it which logs lie here, hands out their frames.

use bytes::Bytes;
use link::{Connection, FramedStream, StreamError};
use protocol::{
    frame::{Frame, FrameError},
    ids::{LogId, NodeId, Sequence},
    wire::{
        centre::FramesAnswer,
        peer::{Copied, CopyFrame, Logs, Open},
    },
};
use store::StoreError;
use tokio::task::JoinSet;

use super::{Copies, CopyError, Shelf};
use crate::disk_work::disk_work;

/// Streams that one peer may have open here; it needs one for each of its logs and one for questions.
const STREAMS_MAX: usize = 32;

/// Bytes of frames in one message.
const FRAMES_BYTES: usize = 256 * 1024;

#[derive(Debug, thiserror::Error)]
enum ServeError {
    #[error(transparent)]
    Stream(#[from] StreamError),
    #[error("the peer sends log {0}, which is not its own")]
    NotItsLog(LogId),
    #[error("the peer sent frames of log {0} on another log's stream")]
    OtherLog(LogId),
    #[error(transparent)]
    Frame(#[from] FrameError),
    #[error(transparent)]
    Copy(#[from] CopyError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Serves a peer until its connection ends.
pub async fn serve(connection: Connection, peer: NodeId, shelf: Shelf) {
    let mut streams = JoinSet::new();
    loop {
        tokio::select! {
            stream = connection.accept_stream(), if streams.len() < STREAMS_MAX => match stream {
                Ok(stream) => {
                    let shelf = shelf.clone();
                    streams.spawn(async move { serve_stream(stream, peer, &shelf).await });
                }
                Err(reason) => {
                    tracing::debug!(%peer, %reason, "a peer's link ended");
                    return;
                }
            },
            Some(ended) = streams.join_next() => match ended {
                Ok(Err(ServeError::Stream(error))) => tracing::debug!(%peer, %error, "a peer's stream ended"),
                Ok(Err(error)) => tracing::error!(%peer, %error, "a peer's stream was refused"),
                Ok(Ok(())) => {}
                Err(panic) => tracing::error!(%peer, %panic, "serving a peer's stream failed"),
            },
        }
    }
}

async fn serve_stream(mut stream: FramedStream, peer: NodeId, shelf: &Shelf) -> Result<(), ServeError> {
    match stream.recv_message().await? {
        None => Ok(()),
        Some(Open::Copy { log, .. }) if log.node != peer => Err(ServeError::NotItsLog(log)),
        Some(Open::Copy { log, .. }) => take_copy(stream, log, &shelf.copies).await,
        Some(Open::Logs) => {
            stream.send_message(&Logs { logs: shelf.logs() }).await?;
            Ok(stream.finish()?)
        }
        Some(Open::Frames { log, from }) => hand_out(stream, log, from, shelf).await,
    }
}

async fn take_copy(mut stream: FramedStream, log: LogId, copies: &Copies) -> Result<(), ServeError> {
    stream
        .send_message(&Copied {
            watermark: copies.watermark(&log),
        })
        .await?;
    while let Some(CopyFrame { frame }) = stream.recv_message().await? {
        let frame = Frame::parse(frame)?;
        if frame.log() != log {
            return Err(ServeError::OtherLog(frame.log()));
        }
        let copies = copies.clone();
        let watermark = disk_work(move || copies.receive(&frame)).await?;
        stream.send_message(&Copied { watermark }).await?;
    }
    Ok(())
}

async fn hand_out(
    mut stream: FramedStream,
    log: LogId,
    from: Sequence,
    shelf: &Shelf,
) -> Result<(), ServeError> {
    let Some(reader) = shelf.reader(&log) else {
        // No frames and how far it went: it was removed here. Not even that: it never lay here.
        let end = shelf.copies.watermark(&log);
        stream.send_message(&FramesAnswer::End(end)).await?;
        return Ok(stream.finish()?);
    };
    let mut from = from;
    loop {
        let source = reader.clone();
        let frames = disk_work(move || source.read(from, FRAMES_BYTES)).await?;
        let Some(last) = frames.last().map(Frame::last) else {
            stream.send_message(&FramesAnswer::End(reader.head())).await?;
            return Ok(stream.finish()?);
        };
        let frames: Vec<Bytes> = frames.iter().map(|frame| frame.bytes().clone()).collect();
        stream.send_message(&FramesAnswer::Frames(frames)).await?;
        from = last.next();
    }
}
