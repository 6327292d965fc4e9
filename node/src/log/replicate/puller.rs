//! Asks a peer which logs it holds and fetches those that are missing here and that nobody pushes: this node's own
//! earlier lives after its disk was lost, and the logs of a third node that is gone.

use std::{collections::BTreeMap, time::Duration};

use link::{Connection, StreamError};
use protocol::{
    frame::{Frame, FrameError},
    ids::{LogId, NodeId, Sequence},
    wire::{
        centre::FramesAnswer,
        peer::{Logs, Open},
    },
};
use tokio::time::timeout;

use super::{CopyError, Shelf};
use crate::disk_work::disk_work;

#[derive(Debug, thiserror::Error)]
pub(super) enum PullError {
    #[error(transparent)]
    Stream(#[from] StreamError),
    #[error("the peer did not answer")]
    Silent,
    #[error("the peer ended the stream before its answer was complete")]
    CutOff,
    #[error("the peer sent frames of log {0} that were not asked for")]
    OtherLog(LogId),
    #[error(transparent)]
    Frame(#[from] FrameError),
    #[error(transparent)]
    Copy(#[from] CopyError),
}

/// One peer's logs, and how far they were when it was asked before.
pub(super) struct Puller {
    pub(super) peer: NodeId,
    pub(super) shelf: Shelf,
    pub(super) silence: Duration,
    before: BTreeMap<LogId, Sequence>,
}

impl Puller {
    pub(super) fn new(peer: NodeId, shelf: Shelf, silence: Duration) -> Self {
        Self {
            peer,
            shelf,
            silence,
            before: BTreeMap::new(),
        }
    }

    /// Asks once, and fetches what was missing the time before too: what is only under way comes by itself.
    pub(super) async fn ask(&mut self, connection: &Connection) -> Result<(), PullError> {
        let asked = async {
            let mut stream = connection.open().await.map_err(StreamError::from)?;
            stream.send_message(&Open::Logs).await?;
            stream.recv_message::<Logs>().await?.ok_or(PullError::CutOff)
        };
        let answer = timeout(self.silence, asked)
            .await
            .map_err(|_| PullError::Silent)??;
        let now: BTreeMap<_, _> = answer
            .logs
            .into_iter()
            .map(|(log, mark)| (log, mark.sequence))
            .collect();
        let before = std::mem::replace(&mut self.before, now);
        for (log, sequence) in before {
            let is_pushed = log.node == self.peer || log == self.shelf.own.reader.id();
            if !is_pushed && self.shelf.held(&log) < sequence && self.before.contains_key(&log) {
                self.fetch(connection, log).await?;
            }
        }
        Ok(())
    }

    async fn fetch(&self, connection: &Connection, log: LogId) -> Result<(), PullError> {
        let from = self.shelf.copies.watermark(&log).sequence.next();
        let mut stream = connection.open().await.map_err(StreamError::from)?;
        stream.send_message(&Open::Frames { log, from }).await?;
        tracing::info!(%log, from = from.0, peer = %self.peer, "fetching frames that are missing here");
        loop {
            let answer = timeout(self.silence, stream.recv_message())
                .await
                .map_err(|_| PullError::Silent)??;
            match answer.ok_or(PullError::CutOff)? {
                FramesAnswer::End(_) => return Ok(()),
                FramesAnswer::Frames(frames) => {
                    for bytes in frames {
                        let frame = Frame::parse(bytes)?;
                        if frame.log() != log {
                            return Err(PullError::OtherLog(frame.log()));
                        }
                        let copies = self.shelf.copies.clone();
                        disk_work(move || copies.receive(&frame)).await?;
                    }
                }
            }
        }
    }
}
