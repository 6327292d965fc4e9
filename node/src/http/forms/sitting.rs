//! The JSON of sittings.

use protocol::{
    hash::Hash,
    ids::{PaperRef, SittingId},
    time::Instant,
};
use serde::Serialize;

/// `GET sittings`.
#[derive(Debug, Serialize)]
pub struct SittingsAnswer {
    /// District time.
    pub server_time: Instant,
    /// How far it may be off.
    pub clock_error_ms: u32,
    /// When the page should look again.
    pub look_again_ms: u32,
    /// The candidate's sittings.
    pub sittings: Vec<SittingForm>,
}

/// A sitting as its candidate sees it.
#[derive(Debug, Serialize)]
pub struct SittingForm {
    /// Number.
    pub id: SittingId,
    /// Title.
    pub title: String,
    /// The paper.
    pub paper: PaperRef,
    /// From when.
    pub opens: Instant,
    /// Until when.
    pub closes: Instant,
    /// Before extra time.
    pub duration_ms: u32,
    /// What the candidate can do.
    pub state: SittingState,
    /// Once started.
    pub deadline: Option<Instant>,
    /// Whether the key is here.
    pub released: bool,
    /// Where the sealed paper is, once it is here.
    pub sealed: Option<SealedForm>,
}

/// What a candidate can do in a sitting.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum SittingState {
    /// Wait.
    Waiting,
    /// Start.
    Open,
    /// Go on.
    Started,
    /// Look at the receipt.
    Submitted,
    /// Nothing.
    Closed,
    /// Nothing: the paper must not be sat any more.
    Withdrawn,
}

/// A sealed paper.
#[derive(Debug, Serialize)]
pub struct SealedForm {
    /// Its path.
    pub url: String,
    /// Its length.
    pub bytes: u32,
    /// BLAKE3 of its bytes.
    pub hash: Hash,
}
