//! Asks a peer which logs it holds and fetches those that are missing here and that nobody pushes: this node's own
//! earlier lives after its disk was lost, and the logs of a third node that is gone. What the peer says it holds is
//! remembered for retention.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use link::{Connection, StreamError};
use protocol::{
    frame::{Frame, FrameError},
    ids::{LogId, NodeId, Sequence},
    watermark::Watermark,
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
    /// Logs that lie here and not there, of which the peer has said whether it had them once.
    asked_after: BTreeSet<LogId>,
}

impl Puller {
    pub(super) fn new(peer: NodeId, shelf: Shelf, silence: Duration) -> Self {
        Self {
            peer,
            shelf,
            silence,
            before: BTreeMap::new(),
            asked_after: BTreeSet::new(),
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
        self.hear(&answer);
        let now: BTreeMap<_, _> = answer
            .logs
            .into_iter()
            .map(|(log, mark)| (log, mark.sequence))
            .collect();
        let before = std::mem::replace(&mut self.before, now);
        for (log, sequence) in before {
            let is_pushed = log.node == self.peer || log == self.shelf.own.reader.id();
            if !is_pushed && self.shelf.held(&log) < sequence && self.before.contains_key(&log) {
                let from = self.shelf.copies.watermark(&log).sequence.next();
                tracing::info!(%log, from = from.0, peer = %self.peer, "fetching frames that are missing here");
                self.fetch(connection, log, from).await?;
            }
        }
        self.ask_after_removed(connection).await
    }

    /// Remembers what the peer writes and holds. Of logs that do not lie here nothing needs to be known.
    fn hear(&self, answer: &Logs) {
        let heard = self.shelf.copies.heard();
        if let Some((written, _)) = answer.logs.first().filter(|(log, _)| log.node == self.peer) {
            heard.writes(*written);
        }
        for (log, mark) in &answer.logs {
            if self.shelf.reader(log).is_some() {
                heard.holds(self.peer, *log, *mark);
            }
        }
    }

    /// A log that lies here and not at the peer may have been removed there, by its retention: then the peer answers with
    /// no frames and how far it had it. Asked once a link for each log.
    async fn ask_after_removed(&mut self, connection: &Connection) -> Result<(), PullError> {
        let here = self.shelf.others().into_iter().map(|reader| reader.id());
        let missing: Vec<LogId> = here
            .filter(|log| !self.before.contains_key(log) && !self.asked_after.contains(log))
            .collect();
        for log in missing {
            self.asked_after.insert(log);
            let end = self.fetch(connection, log, self.shelf.held(&log).next()).await?;
            self.shelf.copies.heard().holds(self.peer, log, end);
        }
        Ok(())
    }

    /// Fetches what the peer has from there on; gives how far it goes there.
    async fn fetch(
        &self,
        connection: &Connection,
        log: LogId,
        from: Sequence,
    ) -> Result<Watermark, PullError> {
        let mut stream = connection.open().await.map_err(StreamError::from)?;
        stream.send_message(&Open::Frames { log, from }).await?;
        loop {
            let answer = timeout(self.silence, stream.recv_message())
                .await
                .map_err(|_| PullError::Silent)??;
            match answer.ok_or(PullError::CutOff)? {
                FramesAnswer::End(mark) => return Ok(mark),
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
