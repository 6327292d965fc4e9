//! What may be set about a store, with defaults that work. Node and coordinator put these into their own configuration.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// Default page cache of one open log or state, in bytes.
const CACHE_BYTES: u64 = 64 * 1024 * 1024;

/// Default time without progress after which an opening counts as hung, in seconds.
const OPEN_LIMIT_SECONDS: u64 = 60;

/// However little is set: waiting for another process's lock takes up to three seconds, and must not look like hanging.
const OPEN_LIMIT_SECONDS_MIN: u64 = 5;

/// How a store is opened.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Page cache in bytes. Several logs may be open in one process: lower it for copies that are mostly written.
    pub cache_bytes: u64,
    /// Seconds that opening may take without progress before the directory is doubted (at least 5 are given). sled's own recovery counts as
    /// one step, to which one second for each 8 MiB of its file is added.
    pub open_limit_seconds: u64,
    /// Whether commits reach the disk. Not in any configuration file: only a test may change it.
    #[serde(skip)]
    #[doc(hidden)]
    pub sync: SyncMode,
}

/// Whether a commit waits for the disk.
#[allow(clippy::manual_non_exhaustive)] // Not a placeholder: the second variant is real, and only for a harness.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SyncMode {
    /// It does; the only mode of a running system.
    #[default]
    Durable,
    /// It does not: a harness that cuts the power uses this to show that it can see a missing fdatasync.
    #[doc(hidden)]
    Unsafe,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            cache_bytes: CACHE_BYTES,
            open_limit_seconds: OPEN_LIMIT_SECONDS,
            sync: SyncMode::Durable,
        }
    }
}

impl Settings {
    /// These settings with another page cache.
    #[must_use]
    pub fn with_cache_bytes(self, cache_bytes: u64) -> Self {
        Self { cache_bytes, ..self }
    }

    pub(crate) fn open_limit(&self) -> Duration {
        Duration::from_secs(self.open_limit_seconds.max(OPEN_LIMIT_SECONDS_MIN))
    }
}
