//! What can go wrong with a store. Opening tells three things apart: somebody else has it ([`OpenError::InUse`]), the
//! machine refuses ([`OpenError::Io`]), or the data cannot be trusted ([`Doubt`]): only the last may lead to a
//! quarantine.

use std::{
    io,
    path::{Path, PathBuf},
};

use protocol::{
    ids::{LogId, Sequence},
    watermark::{Continuity, Watermark},
};

/// Why a directory is not trusted. The data is kept: put the directory into quarantine, take a new incarnation, refetch.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Doubt {
    /// The head file is missing: the log was never finished creating, or the file was removed.
    #[error("the log has no head file: it was not created completely, or the file was removed")]
    HeadMissing,
    /// Neither slot of the head file carries its checksum.
    #[error("neither slot of the head file is intact")]
    HeadUnreadable,
    /// The directory holds another log than the one that belongs there.
    #[error("the directory holds log {found} where {expected} belongs")]
    OtherLog {
        /// What belongs there.
        expected: LogId,
        /// What lies there.
        found: LogId,
    },
    /// sled reported damage, panicked, or did not come back.
    #[error("the database does not open: {0}")]
    Database(String),
    /// Opening made no progress within its limit.
    #[error("opening made no progress for {0} s")]
    Hung(u64),
    /// A stored frame is damaged.
    #[error("the entry at sequence {at} is damaged: {why}")]
    Damaged {
        /// Its key.
        at: Sequence,
        /// What is wrong with it.
        why: String,
    },
    /// The chain is broken: a frame is missing, or is of another history.
    #[error("the chain breaks after sequence {after}: {why}")]
    Broken {
        /// The last sequence that was good.
        after: Sequence,
        /// What is wrong.
        why: String,
    },
    /// Frames that the head names are gone: truncated, or restored from an older copy.
    #[error("the log ends at sequence {found}, its head says {expected}: frames are missing")]
    Short {
        /// Where the frames end.
        found: Sequence,
        /// Where the head says they end.
        expected: Sequence,
    },
    /// The frame at the head has another hash than the head says.
    #[error("the frame that ends at sequence {0} is not the one that the head names")]
    OtherHistory(Sequence),
}

impl Doubt {
    /// A short word for a directory's name.
    pub fn slug(&self) -> &'static str {
        match self {
            Self::HeadMissing => "head-missing",
            Self::HeadUnreadable => "head-unreadable",
            Self::OtherLog { .. } => "other-log",
            Self::Database(_) => "database",
            Self::Hung(_) => "hung",
            Self::Damaged { .. } => "damaged",
            Self::Broken { .. } => "broken",
            Self::Short { .. } => "short",
            Self::OtherHistory(_) => "other-history",
        }
    }
}

/// Why a store does not open.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Nothing is there.
    #[error("there is no log in {0}; create it first")]
    Missing(PathBuf),
    /// Something is there where a new log should be created.
    #[error("{0} exists already; a new log needs a directory of its own")]
    Exists(PathBuf),
    /// Another process, or another handle of this one, has it open.
    #[error("{0} is in use by another process; stop that one first")]
    InUse(PathBuf),
    /// The operating system refuses.
    #[error(
        "{dir} cannot be opened: {source}; check that the disk has room and that this user may write there"
    )]
    Io {
        /// Which directory.
        dir: PathBuf,
        /// What it says.
        #[source]
        source: io::Error,
    },
    /// The data cannot be trusted.
    #[error("{dir} cannot be trusted: {doubt}; it is kept, put it into quarantine and fetch the data anew")]
    Doubt {
        /// Which directory.
        dir: PathBuf,
        /// Why.
        doubt: Doubt,
    },
}

impl OpenError {
    /// What the operating system says of this directory.
    pub(crate) fn io(dir: &Path) -> impl Fn(io::Error) -> Self + Copy {
        move |source| Self::Io {
            dir: dir.to_path_buf(),
            source,
        }
    }
}

/// Why a store does not answer.
#[derive(Debug, Clone, thiserror::Error)]
pub enum StoreError {
    /// A commit or a read failed, now or before. Nothing is retried: the process must end, reopen and verify.
    #[error(
        "the store in {dir} has failed ({why}); acknowledge nothing more, end the process, open it again"
    )]
    Failed {
        /// Which directory.
        dir: PathBuf,
        /// What the first failure was.
        why: String,
    },
    /// A key or a value is larger than sled keeps in its log; larger ones would become files that it never syncs.
    #[error("a row of {key_bytes} + {value_bytes} bytes is over the limit; split it")]
    TooLarge {
        /// Length of the key.
        key_bytes: usize,
        /// Length of the value.
        value_bytes: usize,
    },
    /// A batch is larger than one commit may be.
    #[error("a batch of {0} bytes is over the limit; commit in several")]
    BatchTooLarge(usize),
    /// The frame does not follow. Nothing was written.
    #[error("the frame at sequence {first} does not follow sequence {}: {continuity:?}", head.sequence)]
    Discontinuous {
        /// Where the frame begins.
        first: Sequence,
        /// Where the log stands.
        head: Watermark,
        /// How it stands to it.
        continuity: Continuity,
    },
    /// The frame is of another log. Nothing was written.
    #[error("a frame of log {frame} was given to log {log}")]
    OtherLog {
        /// This log.
        log: LogId,
        /// The frame's.
        frame: LogId,
    },
}
