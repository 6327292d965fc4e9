//! Copies within the district: every node streams its log to every other and keeps theirs. The committer's waiters learn
//! from here that a peer has a frame on its disk; candidates of a dead peer are served from its copy; shippers deliver
//! what a dead peer can no longer deliver itself.
//!
//! [`Copies`] is the disk, `sender` streams the own logs to one peer, `receiver` takes a peer's, `puller` asks peers for
//! what is missing here (the own earlier lives after a wiped disk, a dead third node's log), `liveness` judges whether a
//! peer confirms, `dialler` holds one link to each peer.

mod copies;
mod dialler;
mod liveness;
mod peers;
mod puller;
mod receiver;
mod sender;
mod shelf;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

pub use copies::{Absorb, COPIES_MAX, Copies, CopyError};
pub use dialler::{Parts, start};
pub use peers::{PeerView, Peers};
pub use receiver::serve;
pub use shelf::{Lives, OwnFrames, Shelf, Subscribe};

/// The `[peers]` part of the configuration.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// How long a dial to a peer may take, in milliseconds.
    pub dial_timeout_ms: u64,
    /// How often a linked peer is asked which logs it holds, in milliseconds; also how it is noticed that it is gone.
    pub ask_every_ms: u64,
    /// A peer that is asked and does not answer for so long is dialled anew, in milliseconds.
    pub silence_max_ms: u64,
    /// A peer that has not confirmed a frame for so long is not waited for any more, in milliseconds.
    pub unconfirmed_max_ms: u64,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            dial_timeout_ms: 2_000,
            ask_every_ms: 1_000,
            silence_max_ms: 2_000,
            unconfirmed_max_ms: 1_000,
        }
    }
}
