//! What is shipped: the own log, this node's earlier logs, and copies of peers' logs.

use std::sync::Arc;

use protocol::watermark::Watermark;
use store::frames::FrameReader;
use tokio::sync::watch;

/// The log that this node writes.
#[derive(Debug, Clone)]
pub struct OwnLog {
    /// Reads its committed frames.
    pub reader: FrameReader,
    /// How far it is on this disk.
    pub head: watch::Receiver<Watermark>,
}

/// Gives the readers of all logs besides the own one that lie on this disk.
pub type ReadersOf = Arc<dyn Fn() -> Vec<FrameReader> + Send + Sync>;
