//! Joining: a newcomer without a certificate shows a one-time token and gets its identity. The token pins the cluster's
//! CA, so the newcomer knows whom it talks to; the connection is TLS, so the token is not seen on the way.

use serde::{Deserialize, Serialize};

use crate::{
    checkpoint::PublicKey,
    cluster::Credentials,
    hash::Hash,
    ids::{CoordinatorId, DistrictId, NodeId},
};

/// A one-time token as it is handed over: `pkj1-<node or coordinator>-<id>-<secret>-<CA fingerprint>`, all hexadecimal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JoinToken {
    /// Who may join with it.
    pub newcomer: Newcomer,
    /// 128 random bits; the centre keeps only their hash.
    pub secret: [u8; 16],
    /// SHA-256 of the cluster CA's certificate (DER).
    pub ca_fingerprint: Hash,
}

/// Who joins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Newcomer {
    /// A node; its id was given when the token was made.
    Node(NodeId),
    /// A coordinator; its id was given when the token was made.
    Coordinator(CoordinatorId),
}

/// A text that is not a join token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "this is not a join token; copy it whole, it begins with pkj1- (parikshactl node token NAME makes a new one)"
)]
pub struct BadToken;

impl std::fmt::Display for JoinToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (kind, id) = match self.newcomer {
            Newcomer::Node(id) => ('n', u64::from(id.0)),
            Newcomer::Coordinator(id) => ('c', id.0),
        };
        write!(
            f,
            "pkj1-{kind}-{id:x}-{}-{}",
            hex::encode(self.secret),
            self.ca_fingerprint
        )
    }
}

impl std::str::FromStr for JoinToken {
    type Err = BadToken;
    fn from_str(text: &str) -> Result<Self, BadToken> {
        let parts: Vec<&str> = text.trim().split('-').collect();
        let ["pkj1", kind, id, secret, fingerprint] = parts.as_slice() else {
            return Err(BadToken);
        };
        let id = u64::from_str_radix(id, 16).map_err(|_| BadToken)?;
        let newcomer = match *kind {
            "n" => Newcomer::Node(NodeId(u32::try_from(id).map_err(|_| BadToken)?)),
            "c" => Newcomer::Coordinator(CoordinatorId(id)),
            _ => return Err(BadToken),
        };
        let mut bytes = [0; 16];
        hex::decode_to_slice(secret, &mut bytes).map_err(|_| BadToken)?;
        Ok(Self {
            newcomer,
            secret: bytes,
            ca_fingerprint: fingerprint.parse().map_err(|_| BadToken)?,
        })
    }
}

impl JoinToken {
    /// What the centre keeps of the secret.
    pub fn secret_hash(secret: &[u8; 16]) -> Hash {
        Hash::blake3(secret)
    }
}

/// What a newcomer asks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct JoinRequest {
    /// Who it is.
    pub newcomer: Newcomer,
    /// The token's secret.
    pub secret: [u8; 16],
    /// A certificate signing request (DER) for the link.
    pub link_csr: Vec<u8>,
    /// A certificate signing request (DER) for HTTPS.
    pub https_csr: Vec<u8>,
    /// Host names and addresses that the HTTPS certificate shall be for.
    pub https_names: Vec<String>,
    /// Where others reach it (QUIC), `host:port`.
    pub link_address: String,
    /// A node: where candidates reach it. A coordinator: where its ops API is.
    pub public_url: String,
    /// The key it signs checkpoints and receipts with (nodes).
    pub signing_key: PublicKey,
}

/// What it gets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum JoinAnswer {
    /// Welcome.
    Joined(Box<Joined>),
    /// Not so; why, and what to do.
    Refused(String),
}

/// A newcomer's identity.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Joined {
    /// Who it is.
    pub newcomer: Newcomer,
    /// The name of the node; empty for a coordinator.
    pub name: String,
    /// The district of the node; 0 for a coordinator.
    pub district: DistrictId,
    /// The link certificate, PEM.
    pub link_certificate: String,
    /// The HTTPS certificate, PEM.
    pub https_certificate: String,
    /// The cluster CA's certificate, PEM.
    pub ca_certificate: String,
    /// Where the coordinators are (QUIC), `host:port`.
    pub coordinators: Vec<(CoordinatorId, String)>,
    /// The cluster's public keys and its word for the node; none for a coordinator.
    pub credentials: Option<Credentials>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_reads_back_and_a_cut_one_is_refused() {
        let token = JoinToken {
            newcomer: Newcomer::Node(NodeId(12)),
            secret: [7; 16],
            ca_fingerprint: Hash::sha256(b"ca"),
        };
        let text = token.to_string();
        assert_eq!(text.parse(), Ok(token));
        assert_eq!(text[..text.len() - 1].parse::<JoinToken>(), Err(BadToken));
    }
}
