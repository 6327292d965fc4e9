//! Node and coordinator: frames go up, the feed comes down. Nodes dial out, nothing at the centre dials in.

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use crate::{
    checkpoint::SignedCheckpoint,
    feed::FeedEntry,
    hash::Hash,
    ids::{LogId, Revision, Sequence},
    time::Instant,
    watermark::Watermark,
    wire::chain::Chain,
};

/// What a stream is for: the node's first message on it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Open {
    /// Frames go up: then [`Up`] from the node, [`Down`] from the coordinator.
    Ship,
    /// The feed comes down from after this revision: then [`FeedMessage`]s from the coordinator, without end.
    Feed {
        /// What the node has.
        after: Revision,
    },
    /// A blob from an offset: then [`BlobAnswer`]s until its end.
    Blob {
        /// BLAKE3 of the whole blob.
        hash: Hash,
        /// Where to begin.
        offset: u64,
    },
    /// The frames of a log from a sequence, as the centre has them (refetch after quarantine): then [`FramesAnswer`]s.
    Frames {
        /// Which log.
        log: LogId,
        /// From where.
        from: Sequence,
    },
    /// Which logs of the node's district the centre holds and how far; answered by [`super::peer::Logs`].
    Logs,
}

/// From the node, on a ship stream.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Up {
    /// Asks where to go on for these logs; answered by [`Down::Watermarks`].
    Logs(Vec<LogId>),
    /// Frames of one log in order, unchanged bytes; answered by [`Down::Delivered`] or [`Down::Refused`].
    Frames {
        /// Which log.
        log: LogId,
        /// Each one frame.
        frames: Vec<Bytes>,
    },
    /// Once a second: how far the node's log goes; also the heartbeat and the clock's question. Answered by [`Down::Time`].
    Report(Report),
    /// The same as [`Up::Frames`] in fewer bytes; on links of protocol version 2 and later ([`CHAINS_SINCE`]).
    Chain(Chain),
    /// Why the node cannot serve candidates; empty when it can. Sent when it changes and when a stream begins, on links of
    /// protocol version 3 and later ([`GATES_SINCE`]); not answered.
    NotReady(Vec<String>),
}

/// The version of the protocol between members since which a coordinator takes [`Up::Chain`].
pub const CHAINS_SINCE: u16 = 2;

/// The version of the protocol between members since which a node reads [`crate::feed::Document::Gate`] and what follows
/// it, and a coordinator takes [`Up::NotReady`].
pub const GATES_SINCE: u16 = 3;

/// Reasons in one [`Up::NotReady`]; what is beyond is not said.
pub const REASONS_MAX: usize = 16;

/// Bytes of one reason.
pub const REASON_BYTES_MAX: usize = 400;

/// What a node says of itself once a second.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// How far its own log goes, signed.
    pub checkpoint: SignedCheckpoint,
    /// Milliseconds since the oldest record that the centre has not acknowledged was made; 0 when all is delivered.
    pub lag_ms: u64,
    /// The node's monotonic clock, given back in [`Down::Time`].
    pub asked_ms: u64,
    /// What it has done, for status pages.
    pub counts: Counts,
    /// The program's version.
    pub version: String,
}

/// A node's counts since its log began.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Counts {
    /// Candidates that signed in here.
    pub signed_in: u32,
    /// Attempts that are open.
    pub open: u32,
    /// Attempts that were submitted.
    pub submitted: u32,
    /// Answers acknowledged from this log.
    pub acknowledged: u64,
}

/// From the coordinator, on a ship stream.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Down {
    /// How far the centre has the logs that were asked for; an unknown log is at zero.
    Watermarks(Vec<(LogId, Watermark)>),
    /// The centre holds the log up to here, committed by a majority.
    Delivered {
        /// Which log.
        log: LogId,
        /// How far.
        watermark: Watermark,
    },
    /// The frames were not taken.
    Refused {
        /// Which log.
        log: LogId,
        /// Why.
        reason: Refusal,
    },
    /// The centre's time.
    Time {
        /// [`Report::asked_ms`] of the question.
        asked_ms: u64,
        /// Its clock.
        now: Instant,
    },
}

/// Why frames were not taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub enum Refusal {
    /// There is no leader or it did not answer; send again later.
    #[error("the centre cannot take frames just now ({0}); send them again")]
    Busy(String),
    /// Frames between are missing; go on from here.
    #[error("frames are missing; send from sequence {0}")]
    Gap(Sequence),
    /// Another history under the same sequence: kept for the auditor, alarmed, never merged.
    #[error(
        "another history was delivered for sequence {0} of this log; the node must take a new incarnation"
    )]
    Fork(Sequence),
    /// The bytes are not what they claim to be.
    #[error("the frame is damaged or altered: {0}")]
    Damaged(String),
    /// The sender may not deliver this log.
    #[error("this node may not deliver that log: {0}")]
    NotYours(String),
}

/// From the coordinator, on a feed stream.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum FeedMessage {
    /// A document; revisions grow.
    Entry(Box<FeedEntry>),
    /// All there is has been sent up to this revision. Sent at once when idle and every two seconds.
    UpToDate(Revision),
}

/// From the coordinator, on a blob stream.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum BlobAnswer {
    /// The next bytes, at most [`crate::limits::BLOB_CHUNK_BYTES`].
    Chunk(Bytes),
    /// That was all.
    End,
    /// There is no such blob.
    Unknown,
}

/// From the holder, on a frames stream.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum FramesAnswer {
    /// The next frames in order.
    Frames(Vec<Bytes>),
    /// That was all up to this watermark.
    End(Watermark),
}
