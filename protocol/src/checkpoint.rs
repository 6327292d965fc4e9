//! A node's signed word on how far its log goes: made when frames are shipped and at least once a second under load.

use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};
use serde::{Deserialize, Serialize};

use crate::{codec, ids::LogId, time::Instant, watermark::Watermark};

/// Who signs what: keeps a signature over a checkpoint from ever being taken for one over a receipt.
const CONTEXT: &[u8] = b"pariksha checkpoint v1\0";

/// How far a log goes, at an instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checkpoint {
    /// The log.
    pub log: LogId,
    /// Its last durable frame.
    pub head: Watermark,
    /// District time.
    pub at: Instant,
}

/// A checkpoint with its node's signature.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignedCheckpoint {
    /// What is signed.
    pub checkpoint: Checkpoint,
    /// Ed25519, 64 bytes.
    pub signature: Vec<u8>,
}

/// A node's public signing key.
pub type PublicKey = [u8; 32];

/// Signs bytes under a context. The one place where signatures of the protocol are made.
pub fn sign(key: &SigningKey, context: &[u8], bytes: &[u8]) -> Vec<u8> {
    key.sign(&[context, bytes].concat()).to_bytes().to_vec()
}

/// Whether the signature over bytes under a context is the key's. Malleable forms are refused.
pub fn is_signed_by(key: &PublicKey, context: &[u8], bytes: &[u8], signature: &[u8]) -> bool {
    let (Ok(key), Ok(signature)) = (VerifyingKey::from_bytes(key), Signature::from_slice(signature)) else {
        return false;
    };
    key.verify_strict(&[context, bytes].concat(), &signature).is_ok()
}

impl Checkpoint {
    /// Signs it with the node's key.
    pub fn sign(self, key: &SigningKey) -> SignedCheckpoint {
        let bytes = codec::encode(&self).expect("a checkpoint has a fixed small size");
        SignedCheckpoint {
            signature: sign(key, CONTEXT, &bytes),
            checkpoint: self,
        }
    }
}

impl SignedCheckpoint {
    /// Whether it is signed by `key`.
    pub fn is_signed_by(&self, key: &PublicKey) -> bool {
        codec::encode(&self.checkpoint).is_ok_and(|bytes| is_signed_by(key, CONTEXT, &bytes, &self.signature))
    }
}
