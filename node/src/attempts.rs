//! Attempts: what candidates do, decided by pure rules over the merged state, made durable by the log, and only then
//! visible. Called by the HTTP handlers and by the expiry task; told by the log of every committed frame and by
//! replication of every frame that was copied. Knows neither HTTP nor the WAN.

pub mod book;
pub mod expiry;
mod over;
pub mod rules;
pub mod service;
pub mod slot;
pub mod unlocks;

use serde::{Deserialize, Serialize};

pub use book::Book;
pub use service::{Attempts, Failure, HandedIn, NO_SEQUENCE, NotUnlocked, Saved};

/// The `[attempts]` part of the configuration.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// How often expired attempts are looked for, in milliseconds.
    pub expiry_every_ms: u64,
    /// Expired attempts that are submitted at once.
    pub expiry_parallel: usize,
    /// Whether another device may go on with an attempt only after an invigilator unlocked it at the node
    /// (`pariksha-node attempt unlock`). Without, the access code is enough.
    pub move_needs_unlock: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            expiry_every_ms: 1_000,
            expiry_parallel: 64,
            move_needs_unlock: true,
        }
    }
}
