//! How far Raft is at this coordinator, in plain numbers, for metrics.

use super::centre::Centre;

/// How far Raft is here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Progress {
    /// The term.
    pub term: u64,
    /// The last entry of this coordinator's log.
    pub last: u64,
    /// The last entry that is applied here.
    pub applied: u64,
    /// The last entry that a snapshot here covers.
    pub snapshot: u64,
    /// The last entry that was purged because a snapshot covers it.
    pub purged: u64,
    /// Proposals that wait here for a majority.
    pub proposals: u64,
}

impl Centre {
    /// How far Raft is here. Entries that are committed and not applied yet lie between `applied` and `last`.
    pub fn progress(&self) -> Progress {
        let metrics = self.inner.raft.metrics().borrow().clone();
        let index = |entry: Option<openraft::LogId<u64>>| entry.map_or(0, |entry| entry.index);
        let free = self.inner.proposals.available_permits();
        Progress {
            term: metrics.current_term,
            last: metrics.last_log_index.unwrap_or(0),
            applied: index(metrics.last_applied),
            snapshot: index(metrics.snapshot),
            purged: index(metrics.purged),
            proposals: self.inner.settings.proposals_max.saturating_sub(free) as u64,
        }
    }
}
