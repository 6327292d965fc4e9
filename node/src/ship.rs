//! Shipping: this node's frames go up to the centre, unchanged, and so do its copies of peers' logs that nobody else
//! delivers. Status pages and receipts ask [`Ship`] what the centre holds; no request ever waits for it.

pub mod cursor;
mod lag;
mod session;
mod shipper;
mod source;
pub mod stand;
#[cfg(test)]
mod tests;

use std::sync::{Arc, RwLock};

use protocol::{
    ids::{LogId, Sequence},
    time::Instant,
    watermark::Watermark,
    wire::centre::Counts,
};
use serde::{Deserialize, Serialize};
use tokio::sync::watch;

pub use shipper::{Parts, report_of, start};
pub use source::{OwnLog, ReadersOf};

use stand::Stand;

/// The `[ship]` part of the configuration.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// Bytes of frames in one message to the centre, at most 256 KiB.
    pub batch_bytes_max: usize,
    /// How often the node reports to the centre and measures its clock, in milliseconds.
    pub report_every_ms: u64,
    /// Without an answer for so long the WAN counts as cut and another coordinator is dialled, in milliseconds.
    pub silence_max_ms: u64,
    /// A coordinator that refuses frames as busy for so long is left for another, in milliseconds: it may be cut off from
    /// the majority. Longer than an election.
    pub busy_max_ms: u64,
    /// A copy of a peer's log is shipped when the centre lacks frames of it and got none for so long, in milliseconds.
    pub copy_patience_ms: u64,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            batch_bytes_max: 256 * 1024,
            report_every_ms: 1_000,
            silence_max_ms: 3_000,
            busy_max_ms: 10_000,
            copy_patience_ms: 3_000,
        }
    }
}

/// Gives the node's counts for its report.
pub type CountsOf = Arc<dyn Fn() -> Counts + Send + Sync>;

/// How the node stands with the centre.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WanStatus {
    /// Whether the centre answers.
    pub connected: bool,
    /// How far the centre holds this node's log, as far as was heard since the start.
    pub delivered: Watermark,
    /// Milliseconds since the oldest record that the centre has not acknowledged was made; 0 when all is delivered.
    pub lag_ms: u64,
    /// Since when `connected` is what it is, in district time.
    pub since: Instant,
    /// The centre holds another history of this node's log from this sequence on: a person must act.
    pub fork: Option<Sequence>,
}

/// What is known of deliveries. Clones are the same.
#[derive(Debug, Clone)]
pub struct Ship {
    status: watch::Receiver<WanStatus>,
    stand: Arc<RwLock<Stand>>,
    not_ready: Arc<watch::Sender<Option<Vec<String>>>>,
}

impl Ship {
    /// Has the centre told why this node is not ready; nothing when it is. Told again on every new stream.
    pub fn tell(&self, reasons: Vec<String>) {
        self.not_ready.send_if_modified(|told| {
            let is_new = told.as_ref() != Some(&reasons);
            *told = Some(reasons);
            is_new
        });
    }

    /// How the node stands with the centre; changes at least once a second while something changes.
    pub fn status(&self) -> watch::Receiver<WanStatus> {
        self.status.clone()
    }

    /// Whether the centre holds this record, as far as was heard. Of logs that neither are this node's nor copied here
    /// nothing is known.
    pub fn delivered(&self, log: &LogId, sequence: Sequence) -> bool {
        self.watermark(log).sequence >= sequence
    }

    /// How far the centre holds a log, as far as was heard.
    pub fn watermark(&self, log: &LogId) -> Watermark {
        let stand = self
            .stand
            .read()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        stand.delivered(log)
    }
}
