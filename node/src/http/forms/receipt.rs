//! The JSON of submissions and receipts.

use protocol::{
    hash::Hash,
    ids::{AttemptKey, Incarnation, LogId, NodeId, PaperRef, Sequence},
    receipt::{Receipt, SignedReceipt},
    record::SubmittedBy,
    time::Instant,
};
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

/// A signed receipt in JSON.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReceiptForm {
    /// What is signed.
    pub receipt: ReceiptText,
    /// Ed25519, 128 hexadecimal digits.
    pub signature: String,
}

/// A receipt in JSON: hashes in hex, the log as text, because its number does not fit JavaScript's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReceiptText {
    /// Whose attempt.
    pub attempt: AttemptKey,
    /// On which paper.
    pub paper: PaperRef,
    /// The digest of the responses.
    pub digest: Hash,
    /// Items with a response.
    pub answered: u16,
    /// Who handed in.
    pub by: SubmittedBy,
    /// When.
    pub at: Instant,
    /// Which log holds it.
    pub log: String,
    /// Where.
    pub sequence: Sequence,
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

impl ReceiptForm {
    /// A signed receipt in JSON.
    pub fn of(signed: &SignedReceipt) -> Self {
        let receipt = &signed.receipt;
        Self {
            receipt: ReceiptText {
                attempt: receipt.attempt,
                paper: receipt.paper,
                digest: receipt.digest,
                answered: receipt.answered,
                by: receipt.by,
                at: receipt.at,
                log: receipt.log.to_string(),
                sequence: receipt.sequence,
            },
            signature: hex::encode(&signed.signature),
        }
    }

    /// The signed receipt; `None` when log or signature are no such things.
    pub fn signed(&self) -> Option<SignedReceipt> {
        let text = &self.receipt;
        Some(SignedReceipt {
            receipt: Receipt {
                attempt: text.attempt,
                paper: text.paper,
                digest: text.digest,
                answered: text.answered,
                by: text.by,
                at: text.at,
                log: log_id(&text.log)?,
                sequence: text.sequence,
            },
            signature: hex::decode(&self.signature).ok()?,
        })
    }
}

/// The log of a text such as `3-00000000000000ff`.
fn log_id(text: &str) -> Option<LogId> {
    let (node, incarnation) = text.split_once('-')?;
    let id = LogId {
        node: NodeId(node.parse().ok()?),
        incarnation: Incarnation(u64::from_str_radix(incarnation, 16).ok()?),
    };
    (id.to_string() == text).then_some(id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_has_one_spelling() {
        let id = log_id("3-00000000000000ff").unwrap();
        assert_eq!((id.node.0, id.incarnation.0), (3, 255));
        for text in [
            "",
            "3",
            "3-ff",
            "3-00000000000000FF",
            "03-00000000000000ff",
            "3-zz",
        ] {
            assert_eq!(log_id(text), None, "{text}");
        }
    }
}
