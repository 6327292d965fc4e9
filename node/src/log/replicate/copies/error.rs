//! Why a frame was not copied.

use std::{io, path::PathBuf};

use protocol::ids::{LogId, Sequence};
use store::{OpenError, StoreError};

use super::COPIES_MAX;

/// Why a frame was not copied.
#[derive(Debug, thiserror::Error)]
pub enum CopyError {
    /// The directory.
    #[error("{path}: {source}; check the disk's space and that the directory belongs to the node's user")]
    File {
        /// Which.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// A new copy could not be made.
    #[error("a copy of log {log} cannot be made: {source}")]
    Open {
        /// Which log.
        log: LogId,
        /// Why.
        source: OpenError,
    },
    /// The copy cannot be written.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Frames between are missing.
    #[error("frames of log {log} are missing before sequence {first}")]
    Gap {
        /// Which log.
        log: LogId,
        /// Where the frame begins.
        first: Sequence,
    },
    /// Another history than the one copied before.
    #[error(
        "log {log} comes with another history at sequence {first} than was copied before; both are kept where they are"
    )]
    Fork {
        /// Which log.
        log: LogId,
        /// Where.
        first: Sequence,
    },
    /// Too many.
    #[error("{COPIES_MAX} logs are copied here already; log {0} is not taken until one of them yields")]
    TooMany(LogId),
    /// It goes on after retention has removed it.
    #[error(
        "log {log} was complete at sequence {head} when it was removed here, and goes on: its node must begin a new one"
    )]
    Removed {
        /// Which log.
        log: LogId,
        /// Where it ended.
        head: Sequence,
    },
}
