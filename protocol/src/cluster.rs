//! Who a cluster is to those who only have its public keys, and its word for a node: the endorsement with which anyone
//! can check a node's receipts and exported logs offline.
//!
//! The private halves are made once, by the first coordinator that finds none in the state, and lie there wrapped under
//! the cluster key. Nodes get the public halves and their endorsement when they join.

use std::{fmt, str::FromStr};

use ed25519_dalek::SigningKey;
use serde::{Deserialize, Serialize};

use crate::{
    checkpoint::{PublicKey, is_signed_by, sign},
    codec,
    hash::Hash,
    ids::{DistrictId, NodeId},
};

const CONTEXT: &[u8] = b"pariksha endorsement v1\0";
const ID_CONTEXT: &[u8] = b"pariksha cluster v1\0";
const PREFIX: &str = "pkc1";

/// A cluster's public keys, as a text `pkc1-<signing>-<sealing>` in hexadecimal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClusterKeys {
    /// Ed25519: what the cluster endorses nodes with.
    pub signing: PublicKey,
    /// X25519: what exported logs are sealed to.
    pub sealing: [u8; 32],
}

/// The cluster's word for one node.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Endorsement {
    /// Whose word: [`ClusterKeys::id`].
    pub cluster: Hash,
    /// For which node.
    pub node: NodeId,
    /// In which district.
    pub district: DistrictId,
    /// The key that the node signs checkpoints, receipts and exported logs with.
    pub signing_key: PublicKey,
}

/// An endorsement with the cluster's signature.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignedEndorsement {
    /// What is signed.
    pub endorsement: Endorsement,
    /// Ed25519, 64 bytes.
    pub signature: Vec<u8>,
}

/// What a node keeps of its cluster.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Credentials {
    /// The cluster.
    pub cluster: ClusterKeys,
    /// Its word for the node.
    pub endorsement: SignedEndorsement,
}

/// Why an endorsement does not speak for a node.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EndorsementFault {
    /// It is another cluster's.
    #[error("it is of another cluster ({found}), not of {expected}; use that cluster's public key")]
    OtherCluster {
        /// The cluster that it names.
        found: Hash,
        /// The cluster that was asked for.
        expected: Hash,
    },
    /// The cluster did not sign it.
    #[error("the cluster never endorsed this node and key: it is forged or was altered")]
    NotSigned,
}

/// A text that is not a cluster's public key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this is not a cluster's public key; it begins with pkc1- and `parikshactl cluster show` prints it")]
pub struct NotAClusterKey;

impl ClusterKeys {
    /// The cluster's identity: nobody can make other keys with the same one.
    pub fn id(&self) -> Hash {
        Hash::blake3(&[ID_CONTEXT, &self.signing, &self.sealing].concat())
    }
}

impl fmt::Display for ClusterKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{PREFIX}-{}-{}",
            hex::encode(self.signing),
            hex::encode(self.sealing)
        )
    }
}

impl FromStr for ClusterKeys {
    type Err = NotAClusterKey;

    fn from_str(text: &str) -> Result<Self, NotAClusterKey> {
        let parts: Vec<&str> = text.trim().split('-').collect();
        let [PREFIX, signing, sealing] = parts.as_slice() else {
            return Err(NotAClusterKey);
        };
        let key = |text: &str| text.parse::<Hash>().map_err(|_| NotAClusterKey);
        Ok(Self {
            signing: key(signing)?.0,
            sealing: key(sealing)?.0,
        })
    }
}

impl Endorsement {
    /// Signs it with the cluster's key.
    pub fn sign(self, key: &SigningKey) -> SignedEndorsement {
        let bytes = codec::encode(&self).expect("an endorsement has a fixed small size");
        SignedEndorsement {
            signature: sign(key, CONTEXT, &bytes),
            endorsement: self,
        }
    }
}

impl SignedEndorsement {
    /// Checks that it is this cluster's word.
    pub fn check(&self, cluster: &ClusterKeys) -> Result<(), EndorsementFault> {
        let expected = cluster.id();
        if self.endorsement.cluster != expected {
            return Err(EndorsementFault::OtherCluster {
                found: self.endorsement.cluster,
                expected,
            });
        }
        let is_signed = codec::encode(&self.endorsement)
            .is_ok_and(|bytes| is_signed_by(&cluster.signing, CONTEXT, &bytes, &self.signature));
        if is_signed {
            Ok(())
        } else {
            Err(EndorsementFault::NotSigned)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(seed: u8) -> (SigningKey, ClusterKeys) {
        let signing = SigningKey::from_bytes(&[seed; 32]);
        let public = ClusterKeys {
            signing: signing.verifying_key().to_bytes(),
            sealing: [seed; 32],
        };
        (signing, public)
    }

    #[test]
    fn a_public_key_reads_back_and_a_cut_one_is_refused() {
        let (_, public) = keys(3);
        let text = public.to_string();
        assert_eq!(text.parse(), Ok(public));
        assert_eq!(text[..text.len() - 1].parse::<ClusterKeys>(), Err(NotAClusterKey));
    }

    #[test]
    fn an_endorsement_speaks_for_its_node_and_cluster_alone() {
        let (signing, public) = keys(3);
        let (other_signing, other) = keys(4);
        let endorsement = Endorsement {
            cluster: public.id(),
            node: NodeId(7),
            district: DistrictId(1),
            signing_key: [9; 32],
        };
        let signed = endorsement.sign(&signing);
        assert_eq!(signed.check(&public), Ok(()));
        assert!(matches!(
            signed.check(&other),
            Err(EndorsementFault::OtherCluster { .. })
        ));
        let mut altered = signed;
        altered.endorsement.node = NodeId(8);
        assert_eq!(altered.check(&public), Err(EndorsementFault::NotSigned));
        assert_eq!(
            endorsement.sign(&other_signing).check(&public),
            Err(EndorsementFault::NotSigned)
        );
    }
}
