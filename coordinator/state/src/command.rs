//! Everything that may change the centre's state. A command goes through Raft and is applied by every coordinator, so it
//! carries all that is needed to decide: time, secrets, hashes. The order of the variants and fields is the stored
//! format: add at the end only.

use std::{fmt, sync::Arc};

use bytes::Bytes;
use protocol::{
    checkpoint::{PublicKey, SignedCheckpoint},
    feed::{CoordinatorEntry, KeyCheck},
    gate::{SittingGate, VersionRange},
    hash::Hash,
    ids::{CandidateId, CoordinatorId, DistrictId, ItemNo, KeyVersion, PaperId, PaperRef, SittingId},
    merge::LatePolicy,
    outline::Outline,
    roster::Candidate,
    sitting::Sitting,
    time::Instant,
    wire::join::Newcomer,
};
use serde::{Deserialize, Serialize};

use crate::{
    act::Act,
    evidence::EvidenceKeys,
    marks::{MarkerRole, ScriptId},
};

/// A command with the leader's time and who asked for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stamped {
    /// The proposer's clock when it was proposed.
    pub at: Instant,
    /// Who asked: an operator, a node, the coordinator itself. Stands in the audit.
    pub by: String,
    /// What to do.
    pub command: Command,
}

/// One change.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Command {
    /// Names the cluster and fixes its secrets; once.
    InitCluster {
        /// What people call it.
        name: String,
        /// The cluster CA's certificate, PEM.
        ca_certificate: String,
        /// The CA's private key, wrapped under the cluster key.
        wrapped_ca_key: Vec<u8>,
        /// The key under which candidates' tokens are sealed.
        token_key: Hash,
        /// The key under which access codes are hashed.
        code_key: Hash,
        /// BLAKE3 of the operators' bearer token.
        ops_token_hash: Hash,
    },
    /// A district. Answered by [`crate::Outcome::District`].
    AddDistrict {
        /// Its name, unique.
        name: String,
    },
    /// A one-time token, and the newcomer's id. Answered by [`crate::Outcome::Join`].
    MakeJoin {
        /// For whom.
        newcomer: NewNewcomer,
        /// What is kept of the token's secret ([`protocol::wire::join::JoinToken::secret_hash`]).
        secret_hash: Hash,
        /// Until when it may be used.
        expires: Instant,
    },
    /// A newcomer shows its token. Answered by [`crate::Outcome::Joined`].
    UseJoin {
        /// Who.
        newcomer: Newcomer,
        /// The hash of the secret it showed.
        secret_hash: Hash,
        /// Where others reach it (QUIC).
        link_address: String,
        /// A node: where candidates reach it. A coordinator: its ops API.
        public_url: String,
        /// The key it signs with.
        signing_key: PublicKey,
        /// When it was shown.
        at: Instant,
    },
    /// Candidates, new or changed; at most [`protocol::limits::ROSTER_PAGE_MAX`]. Answered by
    /// [`crate::Outcome::Candidates`].
    ImportCandidates {
        /// They.
        candidates: Vec<Candidate>,
    },
    /// A piece of a blob, at most [`protocol::limits::BLOB_CHUNK_BYTES`], in order. Answered by [`crate::Outcome::Blob`].
    PutBlob {
        /// BLAKE3 of the whole; checked when complete.
        hash: Hash,
        /// Where the piece begins.
        offset: u32,
        /// The length of the whole.
        total: u32,
        /// The piece.
        bytes: Bytes,
    },
    /// A paper, or the next version of one. The outline names the version it expects to become
    /// ([`crate::State::next_paper`]). Answered by [`crate::Outcome::Paper`].
    PublishPaper {
        /// Which paper gets a new version; `None` for a new paper.
        paper: Option<PaperId>,
        /// What operators call it.
        title: String,
        /// The sealed bytes, put before.
        blob: Hash,
        /// Their length.
        bytes: u32,
        /// What nodes may know of it.
        outline: Outline,
        /// The paper's key, wrapped under the cluster key.
        wrapped_key: Vec<u8>,
        /// The answer key's first version, wrapped under the cluster key.
        wrapped_answer_key: Vec<u8>,
    },
    /// The answer key's next version. Answered by [`crate::Outcome::Key`].
    CorrectKey {
        /// Of which paper.
        paper: PaperRef,
        /// The whole key, wrapped under the cluster key.
        wrapped_answer_key: Vec<u8>,
    },
    /// A sitting. Answered by [`crate::Outcome::Sitting`].
    CreateSitting(NewSitting),
    /// Gives a paper's key to the districts that need it. The same key again changes nothing.
    Release {
        /// Which paper.
        paper: PaperRef,
        /// Its key.
        key: [u8; 32],
    },
    /// Frames, unchanged bytes; of one log in its order. Answered by [`crate::Outcome::Delivered`].
    Frames {
        /// Each one frame; together at most [`protocol::limits::ENTRY_BYTES_MAX`].
        frames: Vec<Bytes>,
    },
    /// Scores of a sitting under a version of the answer key, in several commands. Answered by
    /// [`crate::Outcome::Scores`].
    RecordScores {
        /// Of which sitting.
        sitting: SittingId,
        /// By which key.
        key_version: KeyVersion,
        /// Whether late answers counted.
        policy: LatePolicy,
        /// Shared: an entry is copied for the log, for each follower and for the state. At most
        /// [`crate::bounds::SCORES_PER_COMMAND_MAX`], their items together at most
        /// [`crate::bounds::SCORES_BYTES_PER_COMMAND_MAX`].
        scores: Arc<[ScoreRow]>,
        /// Whether these are the last.
        last: bool,
    },
    /// A coordinator and its address, for the directory.
    SetCoordinator {
        /// It.
        entry: CoordinatorEntry,
    },
    /// A coordinator left; its id never returns.
    RemoveCoordinator {
        /// Which.
        id: CoordinatorId,
    },
    /// The keys by which the cluster endorses nodes and reads exported logs; the first stand, others change nothing.
    SetEvidenceKeys(EvidenceKeys),
    /// A node's signed word on how far its log goes; the proposer has verified the signature.
    NoteHead(SignedCheckpoint),
    /// Marks that a person gives to scripts of an item; all or none. Answered by [`crate::Outcome::Marks`].
    AssignMarks {
        /// Of which sitting.
        sitting: SittingId,
        /// Of which item.
        item: ItemNo,
        /// By whom: a label that operators chose.
        marker: String,
        /// As what.
        role: MarkerRole,
        /// At most [`crate::bounds::MARKS_PER_COMMAND_MAX`], each script once.
        marks: Vec<NewMark>,
    },
    /// How far two markers may differ for an item before a moderator must decide; 0 when it was never said.
    SetTolerance {
        /// Of which sitting.
        sitting: SittingId,
        /// Of which item.
        item: ItemNo,
        /// Marks, decimal.
        tolerance: String,
    },
    /// Something that two officers decide together, where there are officers; the proposer has checked the token. Answered
    /// by [`crate::Outcome::Decided`].
    Decide {
        /// What.
        act: Act,
        /// Who, by name; `None` for an operator without an officer's token.
        officer: Option<String>,
    },
    /// By what a paper's key is recognised; the first stands.
    SetCheck(KeyCheck),
    /// What the nodes of a district must hold for a sitting; the same again changes nothing.
    SetGate {
        /// Which district.
        district: DistrictId,
        /// What.
        gate: SittingGate,
    },
    /// A sitting that overlaps no other of its candidates, for nodes whose program is in a range. Answered by
    /// [`crate::Outcome::Sitting`].
    PlanSitting {
        /// It.
        sitting: NewSitting,
        /// Which programs may serve it.
        versions: VersionRange,
    },
    /// The same as [`Command::ImportCandidates`], refused where one of them would sit two exams at once.
    Enrol {
        /// They.
        candidates: Vec<Candidate>,
    },
}

/// For whom a join token is made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum NewNewcomer {
    /// A node of a district.
    NewNode {
        /// Its name, e.g. `mumbai-1`, unique in the state.
        name: String,
        /// Its district.
        district: DistrictId,
    },
    /// A coordinator; always under a new id.
    NewCoordinator,
}

/// A sitting before it has a number; see [`Sitting`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewSitting {
    /// What people call it.
    pub title: String,
    /// The paper's version that is sat.
    pub paper: PaperRef,
    /// From when an attempt may be started.
    pub opens: Instant,
    /// Until when.
    pub closes: Instant,
    /// How long an attempt lasts, before extra time.
    pub duration_ms: u32,
    /// Where.
    pub districts: Vec<DistrictId>,
    /// Whose; any when empty.
    pub batch: String,
    /// Keys the order of items and options.
    pub order_secret: Hash,
}

/// A mark for one script.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewMark {
    /// For which.
    pub script: ScriptId,
    /// Marks, decimal.
    pub marks: String,
}

/// One candidate's score. Decimals are text; the state never computes with them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScoreRow {
    /// Whose.
    pub candidate: CandidateId,
    /// Marks, decimal.
    pub total: String,
    /// Greatest possible marks, decimal.
    pub max: String,
    /// The digest of the responses that were scored.
    pub digest: Hash,
    /// Items right.
    pub right: u16,
    /// Items wrong.
    pub wrong: u16,
    /// Items without a response.
    pub omitted: u16,
    /// Items that a person must decide.
    pub review: u16,
    /// Marks and verdict by item, in the scorer's own encoding.
    pub items: Bytes,
}

impl Command {
    /// Its name, for logs and the audit.
    pub fn name(&self) -> &'static str {
        match self {
            Self::InitCluster { .. } => "init cluster",
            Self::AddDistrict { .. } => "add district",
            Self::MakeJoin { .. } => "make join token",
            Self::UseJoin { .. } => "use join token",
            Self::ImportCandidates { .. } => "import candidates",
            Self::PutBlob { .. } => "put blob",
            Self::PublishPaper { .. } => "publish paper",
            Self::CorrectKey { .. } => "correct answer key",
            Self::CreateSitting(_) => "create sitting",
            Self::Release { .. } => "release paper",
            Self::Frames { .. } => "frames",
            Self::RecordScores { .. } => "record scores",
            Self::SetCoordinator { .. } => "set coordinator",
            Self::RemoveCoordinator { .. } => "remove coordinator",
            Self::SetEvidenceKeys(_) => "set evidence keys",
            Self::NoteHead(_) => "note head",
            Self::AssignMarks { .. } => "assign marks",
            Self::SetTolerance { .. } => "set tolerance",
            Self::Decide { act, .. } => act.name(),
            Self::SetCheck(_) => "set check value",
            Self::SetGate { .. } => "set gate",
            Self::PlanSitting { .. } => "plan sitting",
            Self::Enrol { .. } => "enrol candidates",
        }
    }
}

/// Only the name: commands carry keys and answers, which never stand in a log file.
impl fmt::Debug for Command {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Command({})", self.name())
    }
}

impl NewSitting {
    /// The sitting under its number.
    pub fn numbered(self, id: SittingId) -> Sitting {
        Sitting {
            id,
            title: self.title,
            paper: self.paper,
            opens: self.opens,
            closes: self.closes,
            duration_ms: self.duration_ms,
            districts: self.districts,
            batch: self.batch,
            order_secret: self.order_secret,
        }
    }
}
