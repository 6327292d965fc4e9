//! The handle by which everybody but the committer reaches the log. Clones are the same log.
//!
//! `append` answers only when the records are on this node's disk and, while a peer is live, on one peer's disk or the
//! wait for it is over. It never waits for the centre.

use std::sync::Arc;

use protocol::{
    frame::{EncodedRecord, Frame},
    ids::{LogId, Sequence},
    watermark::Watermark,
};
use store::frames::FrameReader;
use tokio::sync::{OwnedMutexGuard, broadcast, mpsc, oneshot, watch};

use super::{committer::Request, disk::Disk, fork::ForkMark};

/// Where records were put and how safe they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Committed {
    /// The log.
    pub log: LogId,
    /// The sequence of the first record; the others follow it without a gap.
    pub first: Sequence,
    /// On how many disks.
    pub durability: Durability,
}

/// On whose disks acknowledged records are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Durability {
    /// On this node's alone.
    Node,
    /// On this node's and at least one peer's.
    District,
}

/// Why records were not appended. Nothing of such a request was acknowledged.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AppendError {
    /// The queue is full.
    #[error("this node has more answers to write than it can take just now; send it again in a moment")]
    Busy,
    /// The disk is nearly full.
    #[error(
        "this node's disk is nearly full ({free_bytes} bytes are left); use another node of the district"
    )]
    DiskFull {
        /// What is left.
        free_bytes: u64,
    },
    /// More than one frame can hold.
    #[error("the request has more records than one commit can hold; send fewer at once")]
    TooLarge,
    /// The committer has stopped: the node is going down.
    #[error("this node is stopping; use another node of the district or wait until it is back")]
    Stopped,
}

/// The right to decide for one attempt; held until what was decided is committed and applied, even when the request
/// that asked for it is gone.
pub type Turn = OwnedMutexGuard<()>;

/// What replication tells the log: how far a peer has it, and how many peers are live.
#[derive(Debug)]
pub struct PeerProgress {
    /// The greatest sequence of this node's log that a peer has on its disk.
    pub copied: watch::Sender<Sequence>,
    /// How many peers are connected and confirming.
    pub live_peers: watch::Sender<usize>,
}

/// The node's own log.
#[derive(Clone)]
pub struct Log {
    pub(super) shared: Arc<Shared>,
}

pub(super) struct Shared {
    pub(super) id: LogId,
    /// The id as text: every acknowledgement carries it.
    pub(super) name: String,
    pub(super) fork: ForkMark,
    pub(super) requests: mpsc::Sender<Request>,
    pub(super) reader: FrameReader,
    pub(super) head: watch::Receiver<Watermark>,
    pub(super) frames: broadcast::Sender<Frame>,
    pub(super) copied: watch::Receiver<Sequence>,
    pub(super) live_peers: watch::Receiver<usize>,
    pub(super) disk: Disk,
}

// === impl Log ===

impl Log {
    /// Appends the records in one piece and waits until they are durable.
    pub async fn append(&self, records: Vec<EncodedRecord>) -> Result<Committed, AppendError> {
        self.append_in(records, None).await
    }

    /// The same, holding the attempt's turn until the records are committed and applied, even if the caller goes away.
    pub async fn append_in_turn(
        &self,
        records: Vec<EncodedRecord>,
        turn: Turn,
    ) -> Result<Committed, AppendError> {
        self.append_in(records, Some(turn)).await
    }

    async fn append_in(
        &self,
        records: Vec<EncodedRecord>,
        turn: Option<Turn>,
    ) -> Result<Committed, AppendError> {
        if let Some(free_bytes) = self.shared.disk.too_full() {
            return Err(AppendError::DiskFull { free_bytes });
        }
        if self.shared.fork.is_forked() {
            return Err(AppendError::Stopped);
        }
        let (placed, place) = oneshot::channel();
        let request = Request::append(records, turn, placed)?;
        self.shared
            .requests
            .try_send(request)
            .map_err(|error| match error {
                mpsc::error::TrySendError::Full(_) => AppendError::Busy,
                mpsc::error::TrySendError::Closed(_) => AppendError::Stopped,
            })?;
        let committed = place.await.map_err(|_| AppendError::Stopped)?;
        if self.shared.fork.is_forked() {
            // It is on the disk and will be salvaged, but under this life nothing is promised any more.
            return Err(AppendError::Stopped);
        }
        Ok(committed)
    }

    /// How safe a record of this node's log that is committed already is now.
    pub fn durability_now(&self, sequence: Sequence) -> Durability {
        if *self.shared.copied.borrow() >= sequence {
            Durability::District
        } else {
            Durability::Node
        }
    }

    /// Which log this is.
    pub fn id(&self) -> LogId {
        self.shared.id
    }

    /// The same as text.
    pub fn name(&self) -> &str {
        &self.shared.name
    }

    /// Reads committed frames.
    pub fn reader(&self) -> FrameReader {
        self.shared.reader.clone()
    }

    /// By which this life is ended.
    pub fn fork(&self) -> ForkMark {
        self.shared.fork.clone()
    }

    /// How far it is on this disk.
    pub fn head(&self) -> watch::Receiver<Watermark> {
        self.shared.head.clone()
    }

    /// Its frames as they are made, **before** they are on this disk; for peers only. Whoever lags is told so and
    /// reads what was missed through [`Log::reader`].
    pub fn frames(&self) -> broadcast::Receiver<Frame> {
        self.shared.frames.subscribe()
    }

    /// Requests that wait for the committer.
    pub fn queue_length(&self) -> usize {
        self.shared.requests.max_capacity() - self.shared.requests.capacity()
    }

    /// How many peers are connected and confirming.
    pub fn live_peers(&self) -> watch::Receiver<usize> {
        self.shared.live_peers.clone()
    }

    /// The disk that it lies on.
    pub fn disk(&self) -> &Disk {
        &self.shared.disk
    }
}

impl std::fmt::Debug for Log {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Log({})", self.shared.id)
    }
}
