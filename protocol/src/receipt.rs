//! The candidate's receipt: what was handed in, where, signed by the node. Anyone with the node's public key (which the
//! directory lists) can check it offline.

use ed25519_dalek::SigningKey;
use serde::{Deserialize, Serialize};

use crate::{
    checkpoint::{PublicKey, is_signed_by, sign},
    codec,
    hash::Hash,
    ids::{AttemptKey, LogId, PaperRef, Sequence},
    record::SubmittedBy,
    time::Instant,
};

const CONTEXT: &[u8] = b"pariksha receipt v1\0";

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

    /// A short reference that a person can read out: eight letters of its hash.
    pub fn reference(&self) -> String {
        let bytes = codec::encode(self).expect("a receipt has a fixed small size");
        let hex = Hash::blake3(&bytes).to_string().to_uppercase();
        format!("{}-{}", &hex[..4], &hex[4..8])
    }
}

impl SignedReceipt {
    /// Whether it is signed by `key`.
    pub fn is_signed_by(&self, key: &PublicKey) -> bool {
        codec::encode(&self.receipt).is_ok_and(|bytes| is_signed_by(key, CONTEXT, &bytes, &self.signature))
    }
}
