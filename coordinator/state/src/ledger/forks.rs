//! Second histories of a log: kept as evidence for the auditor, never merged.

use bytes::Bytes;
use protocol::{
    frame::Frame,
    hash::Hash,
    ids::{LogId, Sequence},
    time::Instant,
};
use serde::{Deserialize, Serialize};

use super::Ledger;
use crate::{
    bounds::{FORKS_MAX, FORKS_PER_LOG_MAX},
    effects::Changes,
    row::Number,
};

/// A frame that stands against the history that is held.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fork {
    /// When it came.
    pub at: Instant,
    /// Who brought it.
    pub by: String,
    /// Where it begins.
    pub first: Sequence,
    /// Its hash.
    pub hash: Hash,
    /// All its bytes.
    pub bytes: Bytes,
}

impl Ledger {
    pub(crate) fn forks_of(&self, log: LogId) -> impl Iterator<Item = &Fork> {
        self.forks
            .range((log, Number(0))..=(log, Number(u64::MAX)))
            .map(|(_, fork)| fork)
    }

    /// Keeps the frame, unless it is kept already or there is no more room for evidence.
    pub(super) fn keep_fork(&mut self, frame: &Frame, at: Instant, by: &str, changes: &mut Changes) {
        let log = frame.log();
        let count = self.forks_of(log).count();
        let known = self.forks_of(log).any(|fork| fork.hash == frame.hash());
        if known || count >= FORKS_PER_LOG_MAX || self.forks.len() >= FORKS_MAX {
            return;
        }
        let fork = Fork {
            at,
            by: by.into(),
            first: frame.first(),
            hash: frame.hash(),
            bytes: Bytes::copy_from_slice(frame.bytes()),
        };
        self.forks.put(changes, (log, Number(count as u64)), fork);
    }
}
