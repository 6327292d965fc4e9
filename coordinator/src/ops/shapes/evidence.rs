//! The cluster's public key, imports of exported logs, checks of receipts, as JSON.

use protocol::receipt_text::ReceiptForm;
use serde::{Deserialize, Serialize};

/// Who the cluster is to others.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ClusterRow {
    /// What people call it.
    pub name: String,
    /// Its identity: the hash of its public keys.
    pub id: String,
    /// Its public keys, `pkc1-...`: what receipts are checked with offline.
    pub public_key: String,
}

/// What a node last signed as the end of its log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignedHead {
    /// The last sequence.
    pub sequence: u64,
    /// The hash of the frame that ends there.
    pub hash: String,
    /// When, in district time.
    pub at: i64,
}

/// What became of a part of an exported log.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ImportedPart {
    /// Which log.
    pub log: String,
    /// Frames in the part.
    pub frames: u64,
    /// How far the centre held the log before.
    pub before: u64,
    /// How far it holds it now.
    pub after: u64,
}

/// A receipt to be checked.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ReceiptQuestion {
    /// As the candidate has it.
    pub receipt: ReceiptForm,
}

/// What the centre says of a receipt.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ReceiptAnswer {
    /// Whether the node signed exactly this.
    pub genuine: bool,
    /// Whether the centre holds this very submission in the log that the receipt names.
    pub held: bool,
    /// Whether the published score was computed from exactly these responses; nothing before the sitting is scored.
    pub scored_from_it: Option<bool>,
    /// The digest in the receipt.
    pub receipt_digest: String,
    /// The digest of the responses that the centre holds now, in time only.
    pub held_digest: Option<String>,
    /// The digest of the responses that were scored.
    pub scored_digest: Option<String>,
    /// The score's marks, when there is one.
    pub total: Option<String>,
    /// What differs, each in a sentence; empty when all agrees.
    pub differences: Vec<String>,
}
