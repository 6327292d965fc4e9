//! The candidate's receipt: what was handed in, where, signed by the node. Anyone with the cluster's public key can check
//! it offline, because the cluster's endorsement of the node travels with it.

use ed25519_dalek::SigningKey;
use serde::{Deserialize, Serialize};

use crate::{
    checkpoint::{PublicKey, is_signed_by, sign},
    cluster::{ClusterKeys, EndorsementFault, SignedEndorsement},
    codec,
    hash::Hash,
    ids::{AttemptKey, LogId, NodeId, PaperRef, Sequence},
    record::SubmittedBy,
    time::Instant,
    watermark::Watermark,
};

const CONTEXT: &[u8] = b"pariksha receipt v2\0";

/// What a receipt says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    /// Whose attempt.
    pub attempt: AttemptKey,
    /// On which paper.
    pub paper: PaperRef,
    /// The digest of the final responses ([`crate::digest`]).
    pub digest: Hash,
    /// How many items have a response.
    pub answered: u16,
    /// Who handed in.
    pub by: SubmittedBy,
    /// District time of the submission.
    pub at: Instant,
    /// The log that holds the submission.
    pub log: LogId,
    /// Its place there.
    pub sequence: Sequence,
    /// The frame that holds it: its last sequence and hash. The log is chained, so this binds all that came before.
    pub checkpoint: Watermark,
}

/// Why a receipt does not hold.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReceiptFault {
    /// The endorsement is none.
    #[error("the receipt's endorsement cannot be trusted: {0}")]
    Endorsement(#[from] EndorsementFault),
    /// The endorsement is another node's.
    #[error("the receipt is of node {receipt}, but its endorsement is for node {endorsed}")]
    OtherNode {
        /// Whom the receipt names.
        receipt: NodeId,
        /// Whom the endorsement names.
        endorsed: NodeId,
    },
    /// The text is not what was signed.
    #[error("the receipt was altered: the node's signature does not fit what it says")]
    Altered,
}

/// A receipt with its node's signature.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignedReceipt {
    /// What is signed.
    pub receipt: Receipt,
    /// Ed25519 by the node that `receipt.log` names, 64 bytes.
    pub signature: Vec<u8>,
}

impl Receipt {
    /// Signs it with the node's key.
    pub fn sign(self, key: &SigningKey) -> SignedReceipt {
        let bytes = codec::encode(&self).expect("a receipt has a fixed small size");
        SignedReceipt {
            signature: sign(key, CONTEXT, &bytes),
            receipt: self,
        }
    }

    /// A short reference that a person can read out: eight letters of a hash of what was handed in. It is the same on the
    /// receipts of all nodes: each signs for its own log, so that two receipts of one submission differ in where it lies.
    pub fn reference(&self) -> String {
        let handed_in = (self.attempt, self.paper, self.digest, self.answered, self.by);
        let bytes = codec::encode(&handed_in).expect("a receipt has a fixed small size");
        let hex = Hash::blake3(&bytes).to_string().to_uppercase();
        format!("{}-{}", &hex[..4], &hex[4..8])
    }
}

impl SignedReceipt {
    /// Whether it is signed by `key`.
    pub fn is_signed_by(&self, key: &PublicKey) -> bool {
        codec::encode(&self.receipt).is_ok_and(|bytes| is_signed_by(key, CONTEXT, &bytes, &self.signature))
    }

    /// Whether it holds, by the cluster's public key alone. Needs no network.
    pub fn check(&self, endorsement: &SignedEndorsement, cluster: &ClusterKeys) -> Result<(), ReceiptFault> {
        endorsement.check(cluster)?;
        let endorsed = &endorsement.endorsement;
        if endorsed.node != self.receipt.log.node {
            return Err(ReceiptFault::OtherNode {
                receipt: self.receipt.log.node,
                endorsed: endorsed.node,
            });
        }
        if self.is_signed_by(&endorsed.signing_key) {
            Ok(())
        } else {
            Err(ReceiptFault::Altered)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        cluster::Endorsement,
        ids::{CandidateId, DistrictId, Incarnation, PaperId, PaperVersion, SittingId},
        receipt_text::ReceiptForm,
    };

    #[test]
    fn a_receipt_is_checked_by_the_clusters_public_key_alone() {
        let cluster_key = SigningKey::from_bytes(&[1; 32]);
        let node_key = SigningKey::from_bytes(&[2; 32]);
        let cluster = ClusterKeys {
            signing: cluster_key.verifying_key().to_bytes(),
            sealing: [3; 32],
        };
        let endorsement = |node| {
            let endorsement = Endorsement {
                cluster: cluster.id(),
                node: NodeId(node),
                district: DistrictId(1),
                signing_key: node_key.verifying_key().to_bytes(),
            };
            endorsement.sign(&cluster_key)
        };
        let receipt = Receipt {
            attempt: AttemptKey {
                sitting: SittingId(1),
                candidate: CandidateId(27_001),
            },
            paper: PaperRef {
                paper: PaperId(1),
                version: PaperVersion(1),
            },
            digest: Hash::sha256(b""),
            answered: 3,
            by: SubmittedBy::Candidate,
            at: Instant(5),
            log: LogId {
                node: NodeId(7),
                incarnation: Incarnation(1),
            },
            sequence: Sequence(9),
            checkpoint: Watermark::default(),
        };
        let at_another_node = Receipt {
            log: LogId {
                node: NodeId(8),
                ..receipt.log
            },
            sequence: Sequence(70),
            ..receipt.clone()
        };
        assert_eq!(at_another_node.reference(), receipt.reference());
        let of_other_answers = Receipt {
            digest: Hash::sha256(b"1"),
            ..receipt.clone()
        };
        assert_ne!(of_other_answers.reference(), receipt.reference());
        let signed = receipt.sign(&node_key);
        let form = ReceiptForm::of(&signed, Some(&endorsement(7)));
        let json = serde_json::to_string(&form).unwrap();
        let read: ReceiptForm = serde_json::from_str(&json).unwrap();
        let (signed, given) = (read.signed().unwrap(), read.signed_endorsement().unwrap());
        assert_eq!(signed.check(&given, &cluster), Ok(()));
        assert!(matches!(
            signed.check(&endorsement(8), &cluster),
            Err(ReceiptFault::OtherNode { .. })
        ));
        let other = ClusterKeys {
            sealing: [4; 32],
            ..cluster
        };
        assert!(matches!(
            signed.check(&given, &other),
            Err(ReceiptFault::Endorsement(_))
        ));
        let mut altered = signed;
        altered.receipt.answered = 4;
        assert_eq!(altered.check(&given, &cluster), Err(ReceiptFault::Altered));
    }
}
