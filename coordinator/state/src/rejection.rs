//! Why a command was not applied, in sentences for the operator who asked.

use protocol::{
    hash::Hash,
    ids::{CandidateId, CoordinatorId, DistrictId, KeyVersion, PaperId, PaperRef, SittingId},
};
use serde::{Deserialize, Serialize};

/// Why. Sent between coordinators: add at the end only.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub enum Rejection {
    /// Before the first command of all.
    #[error(
        "the cluster is not initialised; start the first coordinator (pariksha-coordinator init, then run)"
    )]
    NotInitialised,
    /// A second, different initialisation.
    #[error("the cluster is initialised already, as {name}; use the data directory of that cluster")]
    AlreadyInitialised {
        /// Its name.
        name: String,
    },
    /// A text that must not be empty.
    #[error("{what} is empty; give one")]
    Empty {
        /// Which text.
        what: String,
    },
    /// A text that would garble terminals and files.
    #[error("{what} has a control character (a tab or a line break); take it out")]
    ControlCharacter {
        /// Which text.
        what: String,
    },
    /// Over its length.
    #[error("{what} has {bytes} bytes; at most {max} are allowed, shorten it")]
    TooLong {
        /// What.
        what: String,
        /// Its length.
        bytes: u64,
        /// The limit.
        max: u64,
    },
    /// Over a count.
    #[error("{count} {what} are more than the {max} that are allowed")]
    TooMany {
        /// Of what.
        what: String,
        /// How many there would be.
        count: u64,
        /// The limit.
        max: u64,
    },
    /// No such district.
    #[error("there is no district {0}; parikshactl district list shows them")]
    UnknownDistrict(DistrictId),
    /// The name is in use.
    #[error("a district named {0} exists already")]
    DistrictNameTaken(String),
    /// The name is in use.
    #[error("a node named {0} has joined already; give the new node another name")]
    NodeNameTaken(String),
    /// A node of that name is expected elsewhere.
    #[error("a node named {name} is planned in district {district}; give this one another name")]
    NodeElsewhere {
        /// The name.
        name: String,
        /// Where.
        district: DistrictId,
    },
    /// No token was made for it, or the secret is another.
    #[error("the join token is not one that this cluster gave; copy it whole, or have a new one made")]
    JoinUnknown,
    /// Too late.
    #[error("the join token has expired; have a new one made")]
    JoinExpired,
    /// By somebody else.
    #[error("the join token was used already; have a new one made")]
    JoinUsed,
    /// Wiped coordinators come back under a new id.
    #[error("coordinator {0} was removed and never returns; join the machine with a new token")]
    CoordinatorRemoved(CoordinatorId),
    /// No such coordinator.
    #[error("there is no coordinator {0}")]
    UnknownCoordinator(CoordinatorId),
    /// Twice in one command.
    #[error("candidate {0} stands twice in this import; keep one")]
    CandidateTwice(CandidateId),
    /// A piece that does not follow.
    #[error("the blob continues at byte {expected}, not {given}; send from there")]
    BlobOffset {
        /// Where it goes on.
        expected: u32,
        /// What came.
        given: u32,
    },
    /// The pieces do not fit the length that was told, or are empty.
    #[error(
        "the piece at byte {offset} of {bytes} bytes does not fit a blob of {total}; send the blob again"
    )]
    BlobLength {
        /// Where.
        offset: u32,
        /// How much.
        bytes: u32,
        /// Of how much.
        total: u32,
    },
    /// Altered on the way.
    #[error("the blob that was put does not have the hash {0}; it was dropped, send it again")]
    BlobHash(Hash),
    /// Not put, or not wholly.
    #[error("the blob {0} is not held whole; put it before the paper is published")]
    BlobMissing(Hash),
    /// Another length than the blob's.
    #[error("the sealed paper has {held} bytes, not {given}; import the paper again")]
    PaperLength {
        /// What is held.
        held: u32,
        /// What was said.
        given: u32,
    },
    /// No such paper.
    #[error("there is no paper {0}; parikshactl paper list shows them")]
    UnknownPaper(PaperId),
    /// No such version.
    #[error("there is no paper {0}; parikshactl paper list shows them")]
    UnknownPaperVersion(PaperRef),
    /// Somebody else published meanwhile.
    #[error(
        "the paper was sealed as {given} but the next is {expected}: another was published meanwhile; import it again"
    )]
    PaperRef {
        /// What it would become.
        expected: PaperRef,
        /// What it was sealed as.
        given: PaperRef,
    },
    /// A paper without items, or with too many, or misnumbered.
    #[error("the paper's outline is not valid: {0}")]
    Outline(String),
    /// Two keys for one paper.
    #[error("paper {0} was released with another key; nodes hold that one, nothing was changed")]
    ReleasedOtherwise(PaperRef),
    /// The window.
    #[error("the sitting closes before it opens; give a later --closes")]
    SittingWindow,
    /// The duration.
    #[error("an attempt of {0} ms is not possible; it lasts one second to one day")]
    SittingDuration(u32),
    /// Nowhere.
    #[error("the sitting names no district, or one twice")]
    SittingDistricts,
    /// No such sitting.
    #[error("there is no sitting {0}; parikshactl sitting list shows them")]
    UnknownSitting(SittingId),
    /// No such version of the key.
    #[error("paper {paper} has no answer key version {version}")]
    UnknownKey {
        /// Of which paper.
        paper: PaperRef,
        /// Which version.
        version: KeyVersion,
    },
    /// A fault of this program; an error and not a panic, so that it cannot stop every coordinator at once.
    #[error("the command was not routed to what applies it: a fault of this program, report it")]
    Misrouted,
}

/// What kind of refusal, for status codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RejectionKind {
    /// What was named does not exist.
    NotFound,
    /// It stands against what is there.
    Conflict,
    /// What was sent is not valid.
    Invalid,
    /// A bound was reached.
    Full,
    /// The centre is not ready for it.
    NotReady,
}

impl Rejection {
    /// Its kind.
    pub fn kind(&self) -> RejectionKind {
        match self {
            Self::NotInitialised | Self::Misrouted => RejectionKind::NotReady,
            Self::UnknownDistrict(_)
            | Self::UnknownCoordinator(_)
            | Self::UnknownPaper(_)
            | Self::UnknownPaperVersion(_)
            | Self::UnknownSitting(_)
            | Self::UnknownKey { .. } => RejectionKind::NotFound,
            Self::AlreadyInitialised { .. }
            | Self::DistrictNameTaken(_)
            | Self::NodeNameTaken(_)
            | Self::NodeElsewhere { .. }
            | Self::JoinUnknown
            | Self::JoinExpired
            | Self::JoinUsed
            | Self::CoordinatorRemoved(_)
            | Self::BlobOffset { .. }
            | Self::BlobMissing(_)
            | Self::PaperRef { .. }
            | Self::ReleasedOtherwise(_) => RejectionKind::Conflict,
            Self::Empty { .. }
            | Self::ControlCharacter { .. }
            | Self::TooLong { .. }
            | Self::CandidateTwice(_)
            | Self::BlobLength { .. }
            | Self::BlobHash(_)
            | Self::PaperLength { .. }
            | Self::Outline(_)
            | Self::SittingWindow
            | Self::SittingDuration(_)
            | Self::SittingDistricts => RejectionKind::Invalid,
            Self::TooMany { .. } => RejectionKind::Full,
        }
    }
}
