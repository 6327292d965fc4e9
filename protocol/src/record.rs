//! What a node writes into its log: one record for each thing that happened to an attempt.
//!
//! The order of the variants and fields is the stored format. A record that a newer node wrote and this build cannot
//! decode is carried as bytes, never dropped (see [`crate::frame::Frame::records`]).

pub(crate) mod stored;

use serde::{Deserialize, Serialize};

use crate::{
    epoch::Epoch,
    hash::Hash,
    ids::{AttemptKey, DeviceTag, GrantId, ItemNo, PaperRef, ResponseSeq},
    response::Response,
    time::{Instant, When},
};

/// One record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// When it was made.
    pub when: When,
    /// Whose attempt.
    pub attempt: AttemptKey,
    /// What happened.
    pub event: Event,
}

/// A submission's identity: minted by the client when its review opens, so that a second press is the same submission.
pub type SubmissionId = [u8; 16];

/// What happened to an attempt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Event {
    /// The candidate signed in.
    SignedIn {
        /// On which device.
        device: DeviceTag,
    },
    /// The attempt began.
    Started {
        /// Its first epoch.
        epoch: Epoch,
        /// The paper it is sat on.
        paper: PaperRef,
        /// Fixed here from the sitting's window and the candidate's extra time.
        deadline: Instant,
    },
    /// A response was given, changed or cleared.
    Answered {
        /// To which item.
        item: ItemNo,
        /// By which device's stay.
        epoch: Epoch,
        /// Its place among that device's responses.
        seq: ResponseSeq,
        /// What was given; `None` clears.
        response: Option<Response>,
        /// Whether it is marked for review.
        marked: bool,
        /// Whether it came after the deadline that the node knew. Kept all the same; policy decides at scoring.
        late: bool,
    },
    /// The attempt was handed in.
    Submitted(Submission),
    /// More time was granted.
    Extended {
        /// Which grant.
        id: GrantId,
        /// How much, in milliseconds.
        extra_ms: u32,
    },
    /// The clock was stopped.
    Paused {
        /// Which pause.
        id: GrantId,
    },
    /// The clock goes on after a pause.
    Resumed {
        /// Which pause.
        id: GrantId,
    },
    /// A submitted attempt was opened again.
    Reopened {
        /// Which reopening.
        id: GrantId,
    },
    /// The attempt went on at another device or node.
    Moved {
        /// Its new epoch.
        epoch: Epoch,
    },
    /// Something an invigilator noted.
    Incident {
        /// Which.
        id: GrantId,
        /// At most [`crate::limits::NOTE_CHARS_MAX`] characters.
        note: String,
    },
}

/// Who handed an attempt in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SubmittedBy {
    /// The candidate.
    Candidate,
    /// The node, when the deadline had passed.
    Deadline,
    /// An invigilator.
    Invigilator,
}

/// A submission.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Submission {
    /// Its identity.
    pub id: SubmissionId,
    /// By whom.
    pub by: SubmittedBy,
    /// The digest of the responses that it hands in ([`crate::digest`]).
    pub digest: Hash,
    /// How many items have a response.
    pub answered: u16,
}
