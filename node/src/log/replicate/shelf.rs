//! Every log that lies on this disk: the own one, its earlier lives, the copies of others. Asked by the streams to peers,
//! by the shipper and by the status page.

use std::sync::Arc;

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
    pub earlier: Arc<[FrameReader]>,
    /// Copies of other logs.
    pub copies: Copies,
}

impl Shelf {
    /// Every log here and how far, the own one first.
    pub fn logs(&self) -> Vec<(LogId, Watermark)> {
        let own = std::iter::once((self.own.reader.id(), self.own.reader.head()));
        let earlier = self.earlier.iter().map(|reader| (reader.id(), reader.head()));
        let mut logs: Vec<_> = own.chain(earlier).collect();
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
        let mut readers: Vec<FrameReader> = self
            .earlier
            .iter()
            .cloned()
            .chain(self.copies.readers())
            .collect();
        readers.sort_by_key(|reader| (reader.id(), std::cmp::Reverse(reader.head().sequence)));
        readers.dedup_by_key(|reader| reader.id());
        readers
    }

    pub(super) fn reader(&self, log: &LogId) -> Option<FrameReader> {
        if *log == self.own.reader.id() {
            return Some(self.own.reader.clone());
        }
        self.others().into_iter().find(|reader| reader.id() == *log)
    }

    /// Whether exactly this frame lies here. Blocks on the disk.
    pub fn holds(&self, frame: &Frame) -> bool {
        let readers = self
            .earlier
            .iter()
            .cloned()
            .chain(self.copies.reader(&frame.log()));
        readers
            .filter(|reader| reader.id() == frame.log())
            .filter_map(|reader| reader.read(frame.first(), 1).ok())
            .any(|frames| frames.first() == Some(frame))
    }

    /// How far a log lies here.
    pub fn held(&self, log: &LogId) -> Sequence {
        self.mark(log).sequence
    }

    /// The same with the hash.
    pub fn mark(&self, log: &LogId) -> Watermark {
        self.reader(log).map(|reader| reader.head()).unwrap_or_default()
    }
}
