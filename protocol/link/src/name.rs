//! Who a member of the cluster is, and how that stands in its certificate.
//!
//! A member's certificate carries exactly one DNS name as its subject alternative name. Both sides of a link read
//! the other's name from there and from nowhere else, so this file must never accept two spellings of one name.

use std::fmt;
use std::str::FromStr;

use crate::text::serde_as_text;

/// The domain below which member names live. Names for HTTPS may not end in it.
pub const MEMBER_DOMAIN: &str = "pariksha.internal";

const NODE_DOMAIN: &str = "node.pariksha.internal";
const COORDINATOR_DOMAIN: &str = "coordinator.pariksha.internal";

/// A member of the cluster: a district node or a coordinator.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PeerName {
    /// A district node by its node id, `n12.node.pariksha.internal`.
    Node(u32),
    /// A coordinator by its Raft id, `c1.coordinator.pariksha.internal`.
    Coordinator(u64),
}

/// A text that is not the name of a member.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a member's name: expected n<number>.{NODE_DOMAIN} or c<number>.{COORDINATOR_DOMAIN}")]
pub struct NameError(pub String);

// === impl PeerName ===

impl PeerName {
    /// The DNS name that stands in the certificate.
    pub fn dns_name(self) -> String {
        match self {
            Self::Node(id) => format!("n{id}.{NODE_DOMAIN}"),
            Self::Coordinator(id) => format!("c{id}.{COORDINATOR_DOMAIN}"),
        }
    }

    /// Whether this is a coordinator.
    pub fn is_coordinator(self) -> bool {
        matches!(self, Self::Coordinator(_))
    }

    /// Whether this is a district node.
    pub fn is_node(self) -> bool {
        matches!(self, Self::Node(_))
    }
}

impl fmt::Display for PeerName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.dns_name())
    }
}

impl FromStr for PeerName {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        let wrong = || NameError(text.to_owned());
        let (label, domain) = text.split_once('.').ok_or_else(wrong)?;
        let name = match (label.get(..1), domain) {
            (Some("n"), NODE_DOMAIN) => Self::Node(label[1..].parse().map_err(|_| wrong())?),
            (Some("c"), COORDINATOR_DOMAIN) => Self::Coordinator(label[1..].parse().map_err(|_| wrong())?),
            _ => return Err(wrong()),
        };
        // `n+1`, `n01` parse as numbers but are other spellings.
        if name.dns_name() == text {
            Ok(name)
        } else {
            Err(wrong())
        }
    }
}

serde_as_text!(PeerName);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_survives_its_text() {
        for name in [
            PeerName::Node(0),
            PeerName::Node(u32::MAX),
            PeerName::Coordinator(1),
            PeerName::Coordinator(u64::MAX),
        ] {
            assert_eq!(name.to_string().parse(), Ok(name));
        }
        assert_eq!(PeerName::Node(12).to_string(), "n12.node.pariksha.internal");
        assert_eq!(
            PeerName::Coordinator(1).to_string(),
            "c1.coordinator.pariksha.internal"
        );
    }

    #[test]
    fn there_is_one_spelling_of_a_name() {
        for text in [
            "",
            ".",
            "n",
            "n.node.pariksha.internal",
            "n01.node.pariksha.internal",
            "n+1.node.pariksha.internal",
            "N1.node.pariksha.internal",
            "n1.node.pariksha.internal.",
            "n1.coordinator.pariksha.internal",
            "n4294967296.node.pariksha.internal",
            "c1.node.pariksha.internal",
            "é1.node.pariksha.internal",
            "a.n1.node.pariksha.internal",
        ] {
            assert!(text.parse::<PeerName>().is_err(), "{text} was accepted");
        }
    }
}
