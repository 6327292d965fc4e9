//! Every log that lies on this disk: the own one, its earlier lives, the copies of others. Asked by the streams to peers,
//! by the shipper and by the status page.

use std::sync::{Arc, PoisonError, RwLock};

use protocol::{
    frame::Frame,
    ids::{LogId, Sequence},
    watermark::Watermark,
};
use store::frames::FrameReader;
use tokio::sync::{broadcast, watch};

use super::Copies;

/// Gives a receiver of the own log's frames as they are made.
pub type Subscribe = Arc<dyn Fn() -> broadcast::Receiver<Frame> + Send + Sync>;

/// The log that this node writes, as replication needs it.
#[derive(Clone)]
pub struct OwnFrames {
    /// Reads committed frames.
    pub reader: FrameReader,
    /// How far it is on this disk.
    pub head: watch::Receiver<Watermark>,
    /// Frames as they are made.
    pub subscribe: Subscribe,
}

/// Every log that lies on this disk.
#[derive(Clone)]
pub struct Shelf {
    /// The log that is being written.
    pub own: OwnFrames,
    /// Earlier lives of the own log.
    pub earlier: Lives,
    /// Copies of other logs.
    pub copies: Copies,
}

/// Earlier lives of the own log: each is complete, never appended to, delivered and copied to its end. Clones are the same.
#[derive(Debug, Clone, Default)]
pub struct Lives {
    readers: Arc<RwLock<Vec<FrameReader>>>,
}

impl Lives {
    /// Reads each of them.
    pub fn readers(&self) -> Vec<FrameReader> {
        self.readers
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// One leaves this disk; only retention calls this.
    pub(in crate::log) fn remove(&self, log: &LogId) {
        self.readers
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .retain(|reader| reader.id() != *log);
    }
}

impl From<Vec<FrameReader>> for Lives {
    fn from(readers: Vec<FrameReader>) -> Self {
        Self {
            readers: Arc::new(RwLock::new(readers)),
        }
    }
}

impl Shelf {
    /// Every log here and how far, the own one first.
    pub fn logs(&self) -> Vec<(LogId, Watermark)> {
        let own = std::iter::once((self.own.reader.id(), self.own.reader.head()));
        let mut logs: Vec<_> = own.collect();
        let earlier = self.earlier.readers();
        logs.extend(earlier.iter().map(|reader| (reader.id(), reader.head())));
        logs.extend(self.copies.logs());
        logs.sort_by_key(|(log, mark)| {
            (
                *log != self.own.reader.id(),
                *log,
                std::cmp::Reverse(mark.sequence),
            )
        });
        logs.dedup_by_key(|(log, _)| *log);
        logs
    }

    /// Readers of every log but the own one, the longer where there are two of one log.
    pub fn others(&self) -> Vec<FrameReader> {
        let mut readers = self.earlier.readers();
        readers.extend(self.copies.readers());
        readers.sort_by_key(|reader| (reader.id(), std::cmp::Reverse(reader.head().sequence)));
        readers.dedup_by_key(|reader| reader.id());
        readers
    }

    /// Reads one of them.
    pub fn reader(&self, log: &LogId) -> Option<FrameReader> {
        if *log == self.own.reader.id() {
            return Some(self.own.reader.clone());
        }
        self.others().into_iter().find(|reader| reader.id() == *log)
    }

    /// Whether exactly this frame lies here. Blocks on the disk.
    pub fn holds(&self, frame: &Frame) -> bool {
        let earlier = self.earlier.readers().into_iter();
        let readers = earlier.chain(self.copies.reader(&frame.log()));
        readers
            .filter(|reader| reader.id() == frame.log())
            .filter_map(|reader| reader.read(frame.first(), 1).ok())
            .any(|frames| frames.first() == Some(frame))
    }

    /// How far a log lies here, or lay here until retention removed it: it is not to be fetched again.
    pub fn held(&self, log: &LogId) -> Sequence {
        self.mark(log).sequence
    }

    /// The same with the hash.
    pub fn mark(&self, log: &LogId) -> Watermark {
        match self.reader(log) {
            Some(reader) => reader.head(),
            None => self.copies.watermark(log),
        }
    }
}
