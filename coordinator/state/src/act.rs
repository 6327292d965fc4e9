//! What two people decide together: releases and what stands around them. A value; who may do it and what it does is in
//! the registry. Made by the ops API. The order of the variants is the stored format: add at the end only.

use std::fmt;

use protocol::{hash::Hash, ids::PaperRef, time::Instant};
use serde::{Deserialize, Serialize};

/// One such act.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Act {
    /// A paper's key may be given out now.
    Release(PaperRef),
    /// It may be given out from a time on.
    Schedule {
        /// Which paper.
        paper: PaperRef,
        /// From when.
        at: Instant,
    },
    /// The time that was set does not count.
    Unschedule(PaperRef),
    /// The paper must not be sat any more.
    Withdraw {
        /// Which paper.
        paper: PaperRef,
        /// Why, as candidates are told.
        reason: String,
    },
    /// Its key may be dealt to officers in shares.
    Deal(PaperRef),
    /// Somebody may take part in such decisions.
    AddOfficer {
        /// Their name.
        name: String,
        /// BLAKE3 of their token.
        token_hash: Hash,
    },
    /// Somebody may not any more.
    RemoveOfficer {
        /// Their name.
        name: String,
    },
}

/// What came of an act.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Decision {
    /// It is done.
    Done {
        /// What.
        what: String,
    },
    /// It waits for another officer.
    Waits {
        /// What.
        what: String,
        /// Who approved it first.
        first: String,
    },
}

impl Act {
    /// The paper it is about.
    pub fn paper(&self) -> Option<PaperRef> {
        match self {
            Self::Release(paper)
            | Self::Schedule { paper, .. }
            | Self::Unschedule(paper)
            | Self::Withdraw { paper, .. }
            | Self::Deal(paper) => Some(*paper),
            Self::AddOfficer { .. } | Self::RemoveOfficer { .. } => None,
        }
    }

    /// What two approvals must agree in: the reason of a withdrawal and a new officer's token are the first one's.
    pub(crate) fn subject(&self) -> Hash {
        let text = match self {
            Self::Schedule { paper, at } => format!("schedule {paper} {}", at.0),
            other => other.to_string(),
        };
        Hash::blake3(text.as_bytes())
    }

    /// Its name, for the audit.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Release(_) => "approve release",
            Self::Schedule { .. } => "approve schedule",
            Self::Unschedule(_) => "approve end of schedule",
            Self::Withdraw { .. } => "approve withdrawal",
            Self::Deal(_) => "approve shares",
            Self::AddOfficer { .. } => "approve new officer",
            Self::RemoveOfficer { .. } => "approve removal of officer",
        }
    }
}

/// What it is, in words; never a reason or a token.
impl fmt::Display for Act {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Release(paper) => write!(f, "the release of paper {paper}"),
            Self::Schedule { paper, .. } => write!(f, "the time of release of paper {paper}"),
            Self::Unschedule(paper) => write!(f, "the end of the schedule of paper {paper}"),
            Self::Withdraw { paper, .. } => write!(f, "the withdrawal of paper {paper}"),
            Self::Deal(paper) => write!(f, "shares of the key of paper {paper}"),
            Self::AddOfficer { name, .. } => write!(f, "officer {name}"),
            Self::RemoveOfficer { name } => write!(f, "the removal of officer {name}"),
        }
    }
}

impl fmt::Debug for Act {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Act({self})")
    }
}
