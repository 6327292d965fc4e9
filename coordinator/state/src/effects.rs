//! What applying a command did: the answer for whoever asked, and what the shell must make durable in one batch.

use std::collections::BTreeMap;

use protocol::{
    frame::Frame,
    ids::{DistrictId, KeyVersion, LogId, PaperRef, SittingId},
    watermark::Watermark,
    wire::{centre::Refusal, join::Newcomer},
};
use serde::{Deserialize, Serialize};

use crate::{act::Decision, alarm::Alarm, rejection::Rejection};

/// A row's key and its new value; `None` removes the row.
pub type Row = (Vec<u8>, Option<Vec<u8>>);

/// What a command did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Effects {
    /// The answer. A rejected command changed nothing but, for a blob with a wrong hash, dropped that blob.
    pub outcome: Result<Outcome, Rejection>,
    /// Rows to write, in the order of their keys, each key once.
    pub rows: Vec<Row>,
    /// Frames to store, in order.
    pub frames: Vec<Frame>,
    /// What somebody must be told.
    pub alarms: Vec<Alarm>,
}

/// What a command gives back. Sent between coordinators with forwarded proposals: add at the end only.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Outcome {
    /// Done; there is nothing to tell.
    Done,
    /// The district's id.
    District(DistrictId),
    /// Whom the token is for.
    Join(Newcomer),
    /// The newcomer is welcome.
    Joined {
        /// Who.
        newcomer: Newcomer,
        /// The node's name; empty for a coordinator.
        name: String,
        /// The node's district; 0 for a coordinator.
        district: DistrictId,
    },
    /// How the roster changed.
    Candidates {
        /// New ones.
        added: u32,
        /// Known ones with other data.
        changed: u32,
        /// Known ones without a change.
        unchanged: u32,
    },
    /// How much of the blob is held.
    Blob {
        /// Bytes from its beginning.
        received: u32,
        /// Whether that is all of it (and its hash is right).
        complete: bool,
    },
    /// The published version.
    Paper(PaperRef),
    /// The answer key's version.
    Key(KeyVersion),
    /// The sitting's number.
    Sitting(SittingId),
    /// Where the logs stand.
    Delivered {
        /// Each log that frames came of, once.
        logs: Vec<Delivery>,
        /// What was wrong with bytes that do not even name a log.
        damaged: Vec<String>,
    },
    /// How many scores the set holds now.
    Scores {
        /// Candidates with a score.
        recorded: u32,
    },
    /// How marks were taken.
    Marks {
        /// New ones, and changes of mind.
        taken: u32,
        /// Given before, the same.
        unchanged: u32,
    },
    /// What came of an approval.
    Decided(Decision),
}

/// How one log's frames were taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivery {
    /// Which log.
    pub log: LogId,
    /// How far it is held now; or why its frames (from the first refused one on) were not taken.
    pub result: Result<Watermark, Refusal>,
}

/// Collects changes while a command is applied; a key written twice keeps its last value.
#[derive(Debug, Default)]
pub(crate) struct Changes {
    pub(crate) rows: BTreeMap<Vec<u8>, Option<Vec<u8>>>,
    pub(crate) frames: Vec<Frame>,
    pub(crate) alarms: Vec<Alarm>,
}

impl Changes {
    pub(crate) fn into_effects(self, outcome: Result<Outcome, Rejection>) -> Effects {
        Effects {
            outcome,
            rows: self.rows.into_iter().collect(),
            frames: self.frames,
            alarms: self.alarms,
        }
    }
}
