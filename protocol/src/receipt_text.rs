//! A receipt as JSON: what the candidate keeps and anyone can check. Hashes and keys in hexadecimal, the log as text,
//! because its number does not fit JavaScript's.

use serde::{Deserialize, Serialize};

use crate::{
    cluster::{Endorsement, SignedEndorsement},
    hash::Hash,
    ids::{AttemptKey, DistrictId, NodeId, PaperRef, Sequence},
    receipt::{Receipt, SignedReceipt},
    record::SubmittedBy,
    time::Instant,
    watermark::Watermark,
};

/// A signed receipt in JSON.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReceiptForm {
    /// What is signed.
    pub receipt: ReceiptText,
    /// Ed25519 by the node, 128 hexadecimal digits.
    pub signature: String,
    /// The cluster's word for the node's key; a node that joined before there was one has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub endorsement: Option<EndorsementText>,
}

/// A receipt in JSON.
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
    /// The frame that holds it: its last sequence and its hash, to which all that came before is chained.
    pub checkpoint: Watermark,
}

/// An endorsement in JSON.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EndorsementText {
    /// The cluster's identity.
    pub cluster: Hash,
    /// The node.
    pub node: NodeId,
    /// Its district.
    pub district: DistrictId,
    /// Its key, 64 hexadecimal digits.
    pub signing_key: Hash,
    /// Ed25519 by the cluster, 128 hexadecimal digits.
    pub signature: String,
}

impl ReceiptForm {
    /// A signed receipt in JSON.
    pub fn of(signed: &SignedReceipt, endorsement: Option<&SignedEndorsement>) -> Self {
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
                checkpoint: receipt.checkpoint,
            },
            signature: hex::encode(&signed.signature),
            endorsement: endorsement.map(EndorsementText::of),
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
                log: text.log.parse().ok()?,
                sequence: text.sequence,
                checkpoint: text.checkpoint,
            },
            signature: hex::decode(&self.signature).ok()?,
        })
    }

    /// The endorsement, if the receipt has a readable one.
    pub fn signed_endorsement(&self) -> Option<SignedEndorsement> {
        self.endorsement.as_ref()?.signed()
    }
}

impl EndorsementText {
    /// An endorsement in JSON.
    pub fn of(signed: &SignedEndorsement) -> Self {
        let endorsement = &signed.endorsement;
        Self {
            cluster: endorsement.cluster,
            node: endorsement.node,
            district: endorsement.district,
            signing_key: Hash(endorsement.signing_key),
            signature: hex::encode(&signed.signature),
        }
    }

    /// The endorsement; `None` when the signature is not hexadecimal.
    pub fn signed(&self) -> Option<SignedEndorsement> {
        Some(SignedEndorsement {
            endorsement: Endorsement {
                cluster: self.cluster,
                node: self.node,
                district: self.district,
                signing_key: self.signing_key.0,
            },
            signature: hex::decode(&self.signature).ok()?,
        })
    }
}
