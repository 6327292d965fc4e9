//! What a committer needs of a log, so that it runs on the disk and on a twin that can crash.

use protocol::{frame::Frame, ids::LogId, watermark::Watermark};

use crate::StoreError;

/// A log that frames are appended to. One owner, one thread.
pub trait FrameStore: Send {
    /// Which log it is.
    fn id(&self) -> LogId;

    /// How far it goes, durably.
    fn head(&self) -> Watermark;

    /// Appends the next frame and returns when it is on the disk. After [`StoreError::Failed`] nothing is accepted any
    /// more; after any other error nothing was written.
    fn append(&mut self, frame: &Frame) -> Result<(), StoreError>;

    /// Makes the head itself durable outside the database: with each checkpoint, when the log falls idle, before a stop.
    fn checkpoint(&mut self) -> Result<(), StoreError>;
}
