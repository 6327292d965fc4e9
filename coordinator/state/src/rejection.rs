//! Why a command was not applied, in sentences for the operator who asked.

use protocol::{
    hash::Hash,
    ids::{CandidateId, CoordinatorId, DistrictId, ItemNo, KeyVersion, PaperId, PaperRef, SittingId},
};
use serde::{Deserialize, Serialize};

use crate::marks::ScriptId;

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
    /// The paper has no such item.
    #[error(
        "sitting {sitting} has no item {item}; parikshactl marks status {sitting} lists the items marked by hand"
    )]
    UnknownItem {
        /// Of which sitting.
        sitting: SittingId,
        /// Which.
        item: ItemNo,
    },
    /// Twice in one command.
    #[error("script {0} stands twice; keep one line for each script")]
    ScriptTwice(ScriptId),
    /// Two have marked it.
    #[error("script {script} has two markers already; {marker} can only moderate it, where the two differ")]
    ThirdMarker {
        /// Which.
        script: ScriptId,
        /// Who came third.
        marker: String,
    },
    /// It is settled.
    #[error("script {0} was moderated and is settled; only a moderator can change it")]
    Moderated(ScriptId),
    /// There is nothing to decide between yet.
    #[error("script {0} does not have the marks of two markers yet; moderate it when it has")]
    NotMarkedTwice(ScriptId),
    /// A moderator is a third person.
    #[error("{marker} has marked script {script} and cannot moderate it; a third person must")]
    OwnModerator {
        /// Which.
        script: ScriptId,
        /// Who.
        marker: String,
    },
    /// Where there are officers, one of them must say so.
    #[error("this needs an officer's approval: give an officer's token with --officer-token FILE")]
    OfficerNeeded,
    /// Not an officer, or not any more.
    #[error("there is no officer {0}; parikshactl officer list shows them")]
    UnknownOfficer(String),
    /// The name is in use, or was.
    #[error("an officer named {0} is known already; give another name")]
    OfficerNameTaken(String),
    /// Two means two.
    #[error("officer {0} has approved this already; another officer must approve it too")]
    SameOfficer(String),
    /// The key may not be given out yet.
    #[error("paper {0} needs the approval of two officers before its key is given out")]
    TwoNeeded(PaperRef),
    /// It must not be sat any more.
    #[error("paper {0} was withdrawn; publish and plan another version")]
    Withdrawn(PaperRef),
    /// There is nothing left to schedule.
    #[error("paper {0} is released already; nothing was scheduled")]
    ReleasedAlready(PaperRef),
    /// The past.
    #[error("the time of release has passed; give a later one, or release it now")]
    ScheduleTime,
    /// There is no time to take back.
    #[error("paper {0} has no time of release")]
    NotScheduled(PaperRef),
    /// A bound on the program's version.
    #[error("{0}")]
    Version(String),
    /// One person, two exams.
    #[error(
        "candidate {candidate} would sit two exams at once: {first}, and {second}; give them other times, batches or districts"
    )]
    TwoAtOnce {
        /// Who.
        candidate: CandidateId,
        /// In which sitting.
        first: String,
        /// And in which.
        second: String,
    },
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
            | Self::UnknownKey { .. }
            | Self::UnknownItem { .. }
            | Self::UnknownOfficer(_)
            | Self::NotScheduled(_) => RejectionKind::NotFound,
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
            | Self::ReleasedOtherwise(_)
            | Self::ThirdMarker { .. }
            | Self::Moderated(_)
            | Self::NotMarkedTwice(_)
            | Self::OwnModerator { .. }
            | Self::OfficerNeeded
            | Self::OfficerNameTaken(_)
            | Self::SameOfficer(_)
            | Self::TwoNeeded(_)
            | Self::Withdrawn(_)
            | Self::ReleasedAlready(_)
            | Self::TwoAtOnce { .. } => RejectionKind::Conflict,
            Self::Empty { .. }
            | Self::ControlCharacter { .. }
            | Self::TooLong { .. }
            | Self::CandidateTwice(_)
            | Self::ScriptTwice(_)
            | Self::ScheduleTime
            | Self::Version(_)
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
