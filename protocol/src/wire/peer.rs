//! Nodes of one district: each copies the other's logs continuously.

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use crate::{
    ids::{LogId, Sequence},
    watermark::Watermark,
};

/// What a stream is for: its opener's first message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Open {
    /// The opener's log is to be copied: the other side answers with [`Copied`] (how far it has it), then gets
    /// [`CopyFrame`]s and answers each with [`Copied`] once it is on its disk.
    Copy {
        /// Which log; its node is the opener.
        log: LogId,
        /// How far it goes.
        head: Watermark,
    },
    /// Asks which logs the other side holds, its own first; answered by [`Logs`].
    Logs,
    /// The frames of a log the other side holds: then [`super::centre::FramesAnswer`]s. Of a log that it held whole and removed
    /// when its retention time had passed there are no frames, only how far it went; an unknown log ends at zero.
    Frames {
        /// Which log.
        log: LogId,
        /// From where.
        from: Sequence,
    },
}

/// A frame to be copied.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CopyFrame {
    /// One frame, unchanged bytes.
    pub frame: Bytes,
}

/// The copy is on disk up to here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Copied {
    /// How far.
    pub watermark: Watermark,
}

/// The logs a node holds and how far.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Logs {
    /// Each log once.
    pub logs: Vec<(LogId, Watermark)>,
}
