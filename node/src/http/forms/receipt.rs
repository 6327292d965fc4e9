//! The JSON of submissions and receipts.

use protocol::{hash::Hash, receipt_text::ReceiptForm, time::Instant};
use serde::{Deserialize, Serialize};

/// A submission with its receipt.
#[derive(Debug, Serialize)]
pub struct SubmittedForm {
    /// To keep, and to check anywhere.
    pub receipt: ReceiptForm,
    /// To read out.
    pub reference: String,
    /// When.
    pub submitted_at: Instant,
    /// Items with a response.
    pub answered: u16,
    /// The digest of the responses.
    pub digest: Hash,
    /// Whether the centre has it.
    pub delivered: bool,
    /// Whether another submission than the one asked for stands.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub already: bool,
}

/// `POST receipts/check`.
#[derive(Debug, Deserialize)]
pub struct CheckForm {
    /// The receipt as it was given.
    pub receipt: ReceiptForm,
}

/// Its answer.
#[derive(Debug, Serialize)]
pub struct CheckAnswer {
    /// Whether a node of the state signed it.
    pub signature: SignatureState,
    /// Whether this node holds that submission.
    pub held: bool,
    /// Whether the centre has it.
    pub delivered: bool,
    /// In words.
    pub detail: String,
}

/// Whether a signature holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum SignatureState {
    /// It does.
    Valid,
    /// It does not.
    Invalid,
}
