//! Reading a log while its owner appends: for shippers, peers and auditors, from any thread.

use std::sync::{Arc, PoisonError, RwLock};

use bytes::Bytes;
use protocol::{
    frame::Frame,
    ids::{LogId, Sequence},
    watermark::Watermark,
};

use super::{frame_at, key};
use crate::{StoreError, durable::Durable};

/// The head that readers may see: only what is durable.
#[derive(Debug, Clone)]
pub(super) struct Published(Arc<RwLock<Watermark>>);

impl Published {
    pub(super) fn new(head: Watermark) -> Self {
        Self(Arc::new(RwLock::new(head)))
    }

    pub(super) fn publish(&self, head: Watermark) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = head;
    }

    fn get(&self) -> Watermark {
        *self.0.read().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Reads a log up to its durable head. Cheap to clone; the directory stays in use while one lives.
#[derive(Debug, Clone)]
pub struct FrameReader {
    pub(super) store: Durable,
    pub(super) log: LogId,
    pub(super) published: Published,
}

impl FrameReader {
    /// Which log it is.
    pub fn id(&self) -> LogId {
        self.log
    }

    /// How far the log goes, durably.
    pub fn head(&self) -> Watermark {
        self.published.get()
    }

    /// The frames from the one that holds `from` on, verified, up to `bytes_max` together but at least one; none when the
    /// log ends before `from`. Reads the disk: call it from a thread that may wait.
    pub fn read(&self, from: Sequence, bytes_max: usize) -> Result<Vec<Frame>, StoreError> {
        let (from, head) = (Sequence(from.0.max(1)), self.head());
        let mut frames = Vec::new();
        if from > head.sequence {
            return Ok(frames);
        }
        // The frame that holds `from` may begin before it.
        let Some(start) = self.store.range_to(&key(from)).next_back().transpose()? else {
            return Err(self.damaged(from, "it is missing"));
        };
        let mut bytes = 0;
        let mut next = from;
        for row in self.store.range_from(&start.0) {
            let frame = self.frame(row?)?;
            if !frames.is_empty() && (frame.last() > head.sequence || bytes + frame.bytes().len() > bytes_max)
            {
                break;
            }
            let follows = if frames.is_empty() {
                frame.last() >= from
            } else {
                frame.first() == next
            };
            if !follows {
                return Err(self.damaged(next, "it is missing"));
            }
            next = frame.last().next();
            bytes += frame.bytes().len();
            frames.push(frame);
        }
        Ok(frames)
    }

    fn frame(&self, (key, value): (Bytes, Bytes)) -> Result<Frame, StoreError> {
        frame_at(self.log, &key, value).map_err(|(at, why)| self.damaged(at, &why))
    }

    /// What was verified at opening and is wrong now: the disk is failing, so nothing more is acknowledged here.
    fn damaged(&self, at: Sequence, why: &str) -> StoreError {
        self.store
            .fail(format!("the frame at sequence {at} cannot be read back: {why}"))
    }
}
