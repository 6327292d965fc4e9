//! The names of things: small natural keys, one newtype each, so that a candidate's number can never stand where a
//! sitting's is meant. Everything else in the workspace imports them; nothing here computes.

use std::{fmt, num::ParseIntError, str::FromStr};

use serde::{Deserialize, Serialize};

macro_rules! id {
    ($(#[$doc:meta])* $name:ident($inner:ty)) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub $inner);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}", self.0)
            }
        }

        impl FromStr for $name {
            type Err = ParseIntError;
            fn from_str(text: &str) -> Result<Self, ParseIntError> {
                text.parse().map(Self)
            }
        }
    };
}

id! {
    /// A district; 36 in the state, so 16 bits are ample.
    DistrictId(u16)
}
id! {
    /// A node. Given by the centre when its join token is made, never given twice.
    NodeId(u32)
}
id! {
    /// A coordinator's Raft id. A wiped coordinator comes back under a new one.
    CoordinatorId(u64)
}
id! {
    /// A candidate: the number on the admit card.
    CandidateId(u32)
}
id! {
    /// A paper; its published versions are counted by [`PaperVersion`].
    PaperId(u32)
}
id! {
    /// A published, immutable version of a paper, from 1.
    PaperVersion(u16)
}
id! {
    /// A paper in a time window for a batch in districts.
    SittingId(u32)
}
id! {
    /// The number of an item in its paper, from 1, in the paper's own order (not the candidate's).
    ItemNo(u16)
}
id! {
    /// An option of an item, from 1, the same in every language.
    OptionId(u8)
}
id! {
    /// A part of an item, from 1.
    PartNo(u8)
}
id! {
    /// One response's place in the order in which a device gave them, from 1, growing within an epoch.
    ResponseSeq(u32)
}
id! {
    /// A random life number of a log: new whenever the log opens after doubt.
    Incarnation(u64)
}
id! {
    /// The number of a record in its log, from 1. Zero means "none yet".
    Sequence(u64)
}
id! {
    /// A random tag of the device that holds an attempt.
    DeviceTag(u32)
}
id! {
    /// The identity of an extension, a pause or a reopening: random, so that repeats are told from additions.
    GrantId(u64)
}
id! {
    /// A document's place in the feed; grows with each change at the centre.
    Revision(u64)
}
id! {
    /// A published version of an answer key, from 1.
    KeyVersion(u16)
}

impl Sequence {
    /// The sequence after this one.
    #[must_use]
    pub fn next(self) -> Self {
        Self(self.0 + 1)
    }
}

/// One candidate in one sitting: the natural key of an attempt. Two nodes that start it during a partition mean the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct AttemptKey {
    /// The sitting.
    pub sitting: SittingId,
    /// The candidate.
    pub candidate: CandidateId,
}

impl AttemptKey {
    /// Where records stand that belong to a node and to no candidate.
    pub const OF_NO_CANDIDATE: Self = Self {
        sitting: SittingId(0),
        candidate: CandidateId(0),
    };
}

impl fmt::Display for AttemptKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "sitting {} candidate {}", self.sitting, self.candidate)
    }
}

/// A paper's published version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct PaperRef {
    /// The paper.
    pub paper: PaperId,
    /// Its version.
    pub version: PaperVersion,
}

impl fmt::Display for PaperRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}v{}", self.paper, self.version)
    }
}

/// A text that does not name a paper's version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this does not name a paper's version; write for example 1v1")]
pub struct NotAPaper;

impl FromStr for PaperRef {
    type Err = NotAPaper;

    fn from_str(text: &str) -> Result<Self, NotAPaper> {
        let (paper, version) = text.split_once('v').ok_or(NotAPaper)?;
        Ok(Self {
            paper: paper.parse().map_err(|_| NotAPaper)?,
            version: version.parse().map_err(|_| NotAPaper)?,
        })
    }
}

/// One life of one node's log. A sequence number under a log id is never used twice for different bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct LogId {
    /// The node that writes it.
    pub node: NodeId,
    /// Which life of its log.
    pub incarnation: Incarnation,
}

impl fmt::Display for LogId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{:016x}", self.node, self.incarnation.0)
    }
}

/// A text that does not name a log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this does not name a log; a log is written like 3-00000000000000ff")]
pub struct NotALog;

impl FromStr for LogId {
    type Err = NotALog;

    /// Only the spelling that [`fmt::Display`] gives: a signed text must have one.
    fn from_str(text: &str) -> Result<Self, NotALog> {
        let (node, incarnation) = text.split_once('-').ok_or(NotALog)?;
        let id = Self {
            node: node.parse().map_err(|_| NotALog)?,
            incarnation: Incarnation(u64::from_str_radix(incarnation, 16).map_err(|_| NotALog)?),
        };
        if id.to_string() == text {
            Ok(id)
        } else {
            Err(NotALog)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_has_one_spelling() {
        let id: LogId = "3-00000000000000ff".parse().unwrap();
        assert_eq!((id.node.0, id.incarnation.0), (3, 255));
        for text in [
            "",
            "3",
            "3-ff",
            "3-00000000000000FF",
            "03-00000000000000ff",
            "3-zz",
        ] {
            assert_eq!(text.parse::<LogId>(), Err(NotALog), "{text}");
        }
    }
}
