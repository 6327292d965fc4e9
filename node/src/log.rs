//! The answer log: one committer thread that owns it, a handle for everybody else, and how it is opened.
//!
//! Attempts append records and wait until they are durable; replication and shipping read frames. Nothing here knows
//! what a record means: whoever wants to know passes a hook to [`open`], which sees every committed frame once.

pub mod committer;
pub mod disk;
pub mod handle;
pub mod open;
pub mod replicate;

use serde::{Deserialize, Serialize};

pub use handle::{AppendError, Committed, Durability, Earlier, Log, PeerProgress, Turn};
pub use open::{Fold, OpenError, Opened, Opening, open};

/// The `[answer_log]` part of the configuration.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// Requests that may wait for the committer; one more is answered with 503.
    pub queue_requests_max: usize,
    /// How long an acknowledgement waits for a live peer's copy before it is given from this disk alone, in
    /// milliseconds.
    pub peer_wait_ms: u64,
    /// Below this many free bytes on the disk new answers are refused with 507, so that the client uses another node.
    pub free_bytes_min: u64,
    /// Frames that a slow peer stream may lag behind before it must read them from the log.
    pub frames_behind_max: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            queue_requests_max: 4096,
            peer_wait_ms: 250,
            free_bytes_min: 64 * 1024 * 1024,
            frames_behind_max: 256,
        }
    }
}
