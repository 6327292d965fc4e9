//! Retention: the only place where a log leaves this disk. A task looks at every log that is not written any more and
//! removes a whole directory when the rule allows it: delivered at the centre and copied by a peer to its head, every
//! attempt in it over, and the retention time gone by. Nothing is ever deleted inside a log.
//!
//! [`rule`] decides (pure), `heard` remembers what peers said they hold, [`Removed`] keeps a tombstone of each log that is
//! gone and does the removing, `keeper` is the task.

mod heard;
mod keeper;
mod removed;
pub mod rule;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use protocol::{
    ids::{AttemptKey, LogId},
    time::Instant,
    watermark::Watermark,
};
use serde::{Deserialize, Serialize};

pub use heard::Heard;
pub use keeper::{Kept, Parts, Retention, start};
pub(crate) use removed::REMOVING;
pub use removed::{Removed, RemovedError, Tombstone};

const DAY_MS: u64 = 24 * 60 * 60 * 1_000;

/// The `[retention]` part of the configuration.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// How long a log stays on this disk after the last thing that happened to an attempt in it, in days, once the centre
    /// and a peer hold it whole. With 0 it goes as soon as they do and its attempts are over.
    pub days: u32,
    /// How often the logs are looked at, in milliseconds.
    pub look_every_ms: u64,
    /// Whether a running node begins a new log at night, between 02:00 and 05:00 district time, by starting itself anew for
    /// a second or two. Without it a new log begins only when the node is started on another day.
    pub new_log_at_night: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            days: 30,
            look_every_ms: 60_000,
            new_log_at_night: true,
        }
    }
}

impl Settings {
    /// The retention time in milliseconds.
    pub fn retention_ms(&self) -> i64 {
        i64::try_from(u64::from(self.days) * DAY_MS).unwrap_or(i64::MAX)
    }
}

/// How far the centre holds a log, as far as was heard.
pub type DeliveredOf = Arc<dyn Fn(&LogId) -> Watermark + Send + Sync>;

/// Whether an attempt is over at an instant, and since when.
pub type OverOf = Arc<dyn Fn(AttemptKey, Instant) -> rule::Over + Send + Sync>;
