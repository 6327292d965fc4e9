//! The committer: the one thread that owns the frame log. It takes what waits in the queue, makes one frame of it,
//! hands the frame to the peers, commits it, shows it to the hook, and only then tells the waiters their sequences.
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
    disk::Disk,
    handle::{AppendError, Turn},
    life::SharedMark,
};

/// What a frame can hold of records at most; what stands around them is under this many bytes.
const REQUEST_BYTES_MAX: usize = FRAME_BYTES_MAX - 128;

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
    placed: oneshot::Sender<Sequence>,
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
    pub(super) requests: mpsc::Receiver<Request>,
    pub(super) peers: broadcast::Sender<Frame>,
    pub(super) head: watch::Sender<Watermark>,
    pub(super) on_commit: OnCommit,
    pub(super) mark: SharedMark,
    pub(super) disk: Disk,
}

impl Append {
    fn bytes(&self) -> usize {
        self.records.iter().map(EncodedRecord::frame_bytes).sum()
    }
}

// === impl Request ===

impl Request {
    pub(super) fn append(
        records: Vec<EncodedRecord>,
        turn: Option<Turn>,
        placed: oneshot::Sender<Sequence>,
    ) -> Result<Self, AppendError> {
        let bytes: usize = records.iter().map(EncodedRecord::frame_bytes).sum();
        if bytes > REQUEST_BYTES_MAX || records.is_empty() {
            return Err(AppendError::TooLarge);
        }
        Ok(Self::Append(Append {
            records,
            placed,
            turn,
        }))
    }
}

// === impl Committer ===

impl Committer {
    /// Commits what is asked until it is told to close or everybody who could ask is gone.
    pub(super) fn run(mut self) -> Result<(), CommitterError> {
        let mut carried = None;
        loop {
            let next = match carried.take() {
                Some(append) => Some(Request::Append(append)),
                None => self.requests.blocking_recv(),
            };
            let Some(Request::Append(first)) = next else {
                return self.close();
            };
            let (batch, after) = self.gather(first);
            self.commit(batch)?;
            match after {
                After::Nothing => {}
                After::Carry(append) => carried = Some(append),
                After::Close => return self.close(),
            }
        }
    }

    /// What waits, as far as it fits into one frame.
    fn gather(&mut self, first: Append) -> (Batch, After) {
        let head = *self.head.borrow();
        let mut batch = Batch {
            frame: FrameBuilder::new(self.id, head.sequence.next(), head.hash),
            bytes: 0,
            waiting: Vec::new(),
        };
        batch.add(first);
        loop {
            match self.requests.try_recv() {
                Ok(Request::Append(append)) if batch.fits(&append) => batch.add(append),
                Ok(Request::Append(append)) => return (batch, After::Carry(append)),
                Ok(Request::Close) => return (batch, After::Close),
                // Disconnected is noticed by the next blocking receive.
                Err(_) => return (batch, After::Nothing),
            }
        }
    }

    fn commit(&mut self, batch: Batch) -> Result<(), CommitterError> {
        let frame = batch.frame.finish()?;
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
        for (append, first) in batch.waiting {
            // A caller that went away is no error; its records are committed and applied all the same.
            let _ = append.placed.send(first);
            drop(append.turn);
        }
        Ok(())
    }

    /// Everything is on disk, and so is everything that a peer may have.
    fn close(mut self) -> Result<(), CommitterError> {
        self.store.checkpoint()?;
        self.mark.clear()?;
        tracing::info!(log = %self.id, head = %self.head.borrow().sequence, "the answer log is closed");
        Ok(())
    }
}

struct Batch {
    frame: FrameBuilder,
    bytes: usize,
    waiting: Vec<(Append, Sequence)>,
}

enum After {
    Nothing,
    Carry(Append),
    Close,
}

// === impl Batch ===

impl Batch {
    /// Whether all its records still fit: a request's records stay together.
    fn fits(&self, append: &Append) -> bool {
        self.bytes + append.bytes() <= REQUEST_BYTES_MAX
    }

    fn add(&mut self, append: Append) {
        self.bytes += append.bytes();
        let mut first = None;
        for record in &append.records {
            let sequence = self.frame.push(record);
            first.get_or_insert(sequence);
        }
        if let Some(first) = first {
            self.waiting.push((append, first));
        }
    }
}

#[cfg(test)]
mod tests;
