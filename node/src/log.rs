//! The answer log: one committer thread that owns it, a handle for everybody else, and how it is opened.
//!
//! Attempts append records and wait until they are durable; replication and shipping read frames. Nothing here knows
//! what a record means: whoever wants to know passes a hook to [`open`], which sees every committed frame once.

mod acknowledger;
mod ballast;
pub mod committer;
pub(crate) mod day;
pub mod disk;
mod fork;
mod gatherer;
pub mod handle;
mod life;
pub mod open;
pub mod replicate;
pub mod retention;

use serde::{Deserialize, Serialize};

pub use fork::ForkMark;
pub use handle::{AppendError, Committed, Durability, Log, PeerProgress, Turn};
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
    /// Bytes of ballast: a file that is given back when the disk is all but full, so that accepted answers and a restart
    /// find room. A disk gives at most a 64th of itself; 0 for none.
    pub ballast_bytes: u64,
    /// Whether a log whose files were copied (a restored backup, a cloned directory) is not continued. Only tests that
    /// imitate the image of a whole disk, where it cannot be seen, turn it off.
    pub place_checked: bool,
    /// Frames that a slow peer stream may lag behind before it must read them from the log.
    pub frames_behind_max: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            queue_requests_max: 4096,
            peer_wait_ms: 250,
            free_bytes_min: 64 * 1024 * 1024,
            ballast_bytes: 64 * 1024 * 1024,
            place_checked: true,
            frames_behind_max: 256,
        }
    }
}
