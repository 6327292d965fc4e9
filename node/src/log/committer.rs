//! The committer: the one thread that owns the frame log. It takes a batch from the gatherer, makes one frame of it,
//! hands the frame to the peers, commits it, shows it to the hook, and only then has the waiters told.
//!
//! A failed commit ends the thread with an error, and with it the process: it is never tried again, because after a
//! failed fsync nobody knows what the disk holds. Nothing here may wait for a network.

use std::{io, sync::Arc};

use protocol::{
    frame::{EncodedRecord, Frame, FrameBuilder, FrameError},
    ids::{LogId, Sequence},
    limits::FRAME_BYTES_MAX,
    watermark::Watermark,
};
use store::{StoreError, frames::FrameStore};
use tokio::sync::{broadcast, mpsc, oneshot, watch};

use super::{
    acknowledger::Written,
    disk::Disk,
    gatherer::{Batch, Batches},
    handle::{AppendError, Committed, Turn},
    life::SharedMark,
};

/// What a frame can hold of records at most; what stands around them is under this many bytes.
pub(super) const REQUEST_BYTES_MAX: usize = FRAME_BYTES_MAX - 128;

/// What the committer is asked.
pub(super) enum Request {
    /// Put these records into the log.
    Append(Append),
    /// Stop: nothing that comes after is taken.
    Close,
}

/// Records of one caller; they stay together in one frame.
pub(super) struct Append {
    records: Vec<EncodedRecord>,
    bytes: usize,
    placed: oneshot::Sender<Committed>,
    /// Dropped only once the records are applied: that is its whole purpose.
    turn: Option<Turn>,
}

/// Sees every committed frame of the own log once, in order, on the committer's thread: quick work only.
pub type OnCommit = Arc<dyn Fn(&Frame) + Send + Sync>;

/// Why the committer ended before it was asked to.
#[derive(Debug, thiserror::Error)]
pub enum CommitterError {
    /// The disk did not take a frame.
    #[error(
        "the answer log could not be written ({0}); this process ends, and the next start checks what is on disk"
    )]
    Store(#[from] StoreError),
    /// The mark that frames left this machine could not be made.
    #[error("the answer log's directory could not be written ({0}); this process ends")]
    Mark(#[from] io::Error),
    /// A frame could not be made.
    #[error("a frame could not be made ({0}); this is a mistake in the program")]
    Frame(#[from] FrameError),
}

/// Owns the log; runs on its own thread.
pub(super) struct Committer {
    pub(super) id: LogId,
    pub(super) store: Box<dyn FrameStore>,
    pub(super) batches: Batches,
    pub(super) peers: broadcast::Sender<Frame>,
    pub(super) head: watch::Sender<Watermark>,
    pub(super) on_commit: OnCommit,
    pub(super) written: mpsc::Sender<Written>,
    pub(super) mark: SharedMark,
    pub(super) disk: Disk,
}

impl Append {
    /// What its records take in a frame, at most.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }
}

// === impl Request ===

impl Request {
    pub(super) fn append(
        records: Vec<EncodedRecord>,
        turn: Option<Turn>,
        placed: oneshot::Sender<Committed>,
    ) -> Result<Self, AppendError> {
        let bytes: usize = records.iter().map(EncodedRecord::frame_bytes).sum();
        if bytes > REQUEST_BYTES_MAX || records.is_empty() {
            return Err(AppendError::TooLarge);
        }
        Ok(Self::Append(Append {
            records,
            bytes,
            placed,
            turn,
        }))
    }
}

// === impl Committer ===

impl Committer {
    /// Commits batches until there will be no more.
    pub(super) fn run(mut self) -> Result<(), CommitterError> {
        while let Some(batch) = self.batches.next() {
            let written = self.commit(batch)?;
            if self.written.blocking_send(written).is_err() {
                // Nobody can be told any more: the runtime is going down.
                break;
            }
        }
        self.close()
    }

    fn commit(&mut self, batch: Batch) -> Result<Written, CommitterError> {
        let (frame, waiting) = self.frame_of(batch)?;
        // What was accepted is written even when others fill the disk.
        self.disk.make_room();
        if self.peers.receiver_count() > 0 {
            self.mark.set()?;
            // Nobody left to hear it is no error: they read it from the log.
            let _ = self.peers.send(frame.clone());
        }
        self.store.append(&frame)?;
        (self.on_commit)(&frame);
        self.head.send_replace(Watermark::after(&frame));
        let released = waiting.into_iter().map(|(append, first)| {
            // What was decided in this turn is applied: the attempt's next request may come.
            drop(append.turn);
            (append.placed, first)
        });
        Ok(Written {
            waiting: released.collect(),
            last: frame.last(),
            since: tokio::time::Instant::now(),
        })
    }

    /// One frame of a batch, and where in it each caller's records begin.
    fn frame_of(&self, batch: Batch) -> Result<(Frame, Vec<(Append, Sequence)>), FrameError> {
        let head = *self.head.borrow();
        let mut frame = FrameBuilder::new(self.id, head.sequence.next(), head.hash);
        let mut waiting = Vec::with_capacity(batch.appends.len());
        for append in batch.appends {
            let mut first = None;
            for record in &append.records {
                let sequence = frame.push(record);
                first.get_or_insert(sequence);
            }
            if let Some(first) = first {
                waiting.push((append, first));
            }
        }
        Ok((frame.finish()?, waiting))
    }

    /// Everything is on disk, and so is everything that a peer may have.
    fn close(mut self) -> Result<(), CommitterError> {
        self.store.checkpoint()?;
        self.mark.clear()?;
        tracing::info!(log = %self.id, head = %self.head.borrow().sequence, "the answer log is closed");
        Ok(())
    }
}

#[cfg(test)]
mod tests;
