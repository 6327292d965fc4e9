//! The times and bounds of Raft, as a section of the coordinator's configuration, with defaults that work.

use std::{sync::Arc, time::Duration};

use openraft::SnapshotPolicy;
use serde::{Deserialize, Serialize};

/// How Raft is run.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RaftSettings {
    /// How often the leader shows that it lives; also how long it waits for the answer to an append. Default 300 ms.
    pub heartbeat_ms: u64,
    /// A follower that hears nothing for this long stands for election. Default 1500 ms.
    pub election_min_ms: u64,
    /// Every follower waits a random while up to this. Default 3000 ms.
    pub election_max_ms: u64,
    /// After so many entries a snapshot is made and what lies before it is purged. Default 2000.
    pub snapshot_after_entries: u64,
    /// Entries that are kept although a snapshot covers them, for followers that lag a little. Default 500.
    pub entries_kept: u64,
    /// The size at which the log goes on in a new file. Default 16 MiB.
    pub segment_bytes: u64,
    /// How long a proposal may take in all, elections and forwarding included. Default 10 s.
    pub propose_timeout_ms: u64,
    /// Proposals under way at once; more are answered "busy". Default 256.
    pub proposals_max: usize,
    /// How the state's store is opened.
    pub store: store::Settings,
}

/// Settings that cannot work together.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the raft settings cannot work: {0}")]
pub struct RaftSettingsError(String);

impl Default for RaftSettings {
    fn default() -> Self {
        Self {
            heartbeat_ms: 300,
            election_min_ms: 1500,
            election_max_ms: 3000,
            snapshot_after_entries: 2000,
            entries_kept: 500,
            segment_bytes: 16 << 20,
            propose_timeout_ms: 10_000,
            proposals_max: 256,
            store: store::Settings::default(),
        }
    }
}

impl RaftSettings {
    /// Checks that the settings make sense together.
    pub fn check(&self) -> Result<(), RaftSettingsError> {
        if self.snapshot_after_entries == 0 || self.proposals_max == 0 || self.segment_bytes < 4096 {
            let text = "snapshot_after_entries and proposals_max must not be 0, segment_bytes at least 4096";
            return Err(RaftSettingsError(text.to_owned()));
        }
        self.config().map(drop)
    }

    pub(super) fn propose_timeout(&self) -> Duration {
        Duration::from_millis(self.propose_timeout_ms)
    }

    pub(super) fn config(&self) -> Result<Arc<openraft::Config>, RaftSettingsError> {
        let config = openraft::Config {
            cluster_name: "pariksha".to_owned(),
            heartbeat_interval: self.heartbeat_ms,
            election_timeout_min: self.election_min_ms,
            election_timeout_max: self.election_max_ms,
            snapshot_policy: SnapshotPolicy::LogsSinceLast(self.snapshot_after_entries),
            max_in_snapshot_log_to_keep: self.entries_kept,
            replication_lag_threshold: self.snapshot_after_entries + self.entries_kept,
            max_payload_entries: 64,
            ..openraft::Config::default()
        };
        config
            .validate()
            .map(Arc::new)
            .map_err(|error| RaftSettingsError(error.to_string()))
    }
}
