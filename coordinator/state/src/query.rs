//! What others read of the state: plain lookups, no side effects. The feed, the reconciliation and the invariants have
//! their own files.

use std::ops::Bound;

use bytes::Bytes;
use protocol::{
    checkpoint::SignedCheckpoint,
    gate::{self, SittingGate, VersionRange},
    hash::Hash,
    ids::{
        AttemptKey, CandidateId, CoordinatorId, DistrictId, KeyVersion, LogId, NodeId, PaperId, PaperRef,
        SittingId,
    },
    merge::{LatePolicy, MergedAttempt},
    roster::Candidate,
    sitting::Sitting,
    time::Instant,
    watermark::Watermark,
    wire::join::Newcomer,
};

use crate::{
    alarm::Alarm,
    audit::AuditEntry,
    command::ScoreRow,
    evidence::EvidenceKeys,
    ledger::Fork,
    registry::{
        AnswerKeyRow, ApprovalRow, AuthorisedRow, Cluster, CoordinatorRow, DistrictRow, JoinRow, NodeRow,
        OfficerRow, PaperRow, ScheduleRow, WithdrawalRow,
    },
    rejection::Rejection,
    scores::{ScoreSet, ScoreSetKey},
    state::State,
};

/// A merged attempt and whose it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CandidateAttempt {
    /// Whose.
    pub candidate: CandidateId,
    /// What it is.
    pub attempt: MergedAttempt,
}

/// What the centre holds of a log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
pub struct LogCounts {
    /// How far.
    pub watermark: Watermark,
    /// In how many frames.
    pub frames: u64,
    /// Answers among the records.
    pub answered: u64,
    /// Records that cannot be read.
    pub unreadable: u64,
    /// Frames of another history that are kept as evidence.
    pub forks: u64,
}

impl State {
    /// The cluster; `None` before it is initialised.
    pub fn cluster(&self) -> Option<&Cluster> {
        self.registry.cluster.get(&())
    }

    /// A district.
    pub fn district(&self, id: DistrictId) -> Option<&DistrictRow> {
        self.registry.districts.get(&id)
    }

    /// All districts.
    pub fn districts(&self) -> impl Iterator<Item = (DistrictId, &DistrictRow)> {
        self.registry.districts.iter().map(|(id, row)| (*id, row))
    }

    /// A node, planned or joined.
    pub fn node(&self, id: NodeId) -> Option<&NodeRow> {
        self.registry.nodes.get(&id)
    }

    /// All nodes, planned or joined.
    pub fn nodes(&self) -> impl Iterator<Item = (NodeId, &NodeRow)> {
        self.registry.nodes.iter().map(|(id, row)| (*id, row))
    }

    /// All coordinators that ever were set, those that left included.
    pub fn coordinators(&self) -> impl Iterator<Item = (CoordinatorId, &CoordinatorRow)> {
        self.registry.coordinators.iter().map(|(id, row)| (*id, row))
    }

    /// A newcomer's token.
    pub fn join(&self, newcomer: Newcomer) -> Option<&JoinRow> {
        self.registry.joins.get(&newcomer)
    }

    /// A candidate.
    pub fn candidate(&self, id: CandidateId) -> Option<&Candidate> {
        self.registry.candidates.get(&id).map(|row| &row.candidate)
    }

    /// All candidates by number.
    pub fn candidates(&self) -> impl Iterator<Item = &Candidate> {
        self.registry.candidates.values().map(|row| &row.candidate)
    }

    /// The candidates whose number is greater, by number: to go through them in pages.
    pub fn candidates_after(&self, id: CandidateId) -> impl Iterator<Item = &Candidate> {
        let after = (Bound::Excluded(id), Bound::Unbounded);
        self.registry
            .candidates
            .range(after)
            .map(|(_, row)| &row.candidate)
    }

    /// The candidates that a sitting is for, by number.
    pub fn rostered(&self, sitting: &Sitting) -> impl Iterator<Item = (CandidateId, &Candidate)> {
        self.registry.rostered(sitting)
    }

    /// What the next publication of this paper (or of a new one) will be called: what a paper is sealed as.
    pub fn next_paper(&self, paper: Option<PaperId>) -> Result<PaperRef, Rejection> {
        self.registry.next_paper(paper)
    }

    /// A paper.
    pub fn paper(&self, paper: PaperRef) -> Option<&PaperRow> {
        self.registry.papers.get(&paper)
    }

    /// All papers.
    pub fn papers(&self) -> impl Iterator<Item = (PaperRef, &PaperRow)> {
        self.registry.papers.iter().map(|(paper, row)| (*paper, row))
    }

    /// A version of a paper's answer key.
    pub fn answer_key(&self, paper: PaperRef, version: KeyVersion) -> Option<&AnswerKeyRow> {
        self.registry.answer_keys.get(&(paper, version))
    }

    /// Whether a paper's key was given out.
    pub fn is_released(&self, paper: PaperRef) -> bool {
        self.registry.releases.contains(&paper)
    }

    /// All officers, those that were removed included.
    pub fn officers(&self) -> impl Iterator<Item = &OfficerRow> {
        self.registry.consent.officers.values()
    }

    /// Approvals that wait for a second officer.
    pub fn approvals(&self) -> impl Iterator<Item = &ApprovalRow> {
        self.registry.consent.approvals.values()
    }

    /// Who decided that a paper may be released; `None` where nobody did.
    pub fn authorised(&self, paper: PaperRef) -> Option<&AuthorisedRow> {
        self.registry.consent.authorised.get(&paper)
    }

    /// When a paper is released by itself.
    pub fn schedule(&self, paper: PaperRef) -> Option<&ScheduleRow> {
        self.registry.consent.schedules.get(&paper)
    }

    /// Why a paper must not be sat any more.
    pub fn withdrawal(&self, paper: PaperRef) -> Option<&WithdrawalRow> {
        self.registry.consent.withdrawals.get(&paper)
    }

    /// Papers whose key is to be given out now and was not.
    pub fn due_releases(&self, now: Instant) -> Vec<PaperRef> {
        let consent = &self.registry.consent;
        let scheduled = consent.schedules.iter().filter(|(_, row)| row.at <= now);
        let mut due: Vec<PaperRef> = scheduled.map(|(paper, _)| *paper).collect();
        due.extend(consent.authorised.iter().map(|(paper, _)| *paper));
        due.retain(|paper| !self.is_released(*paper) && self.withdrawal(*paper).is_none());
        due.sort_unstable();
        due.dedup();
        due
    }

    /// Papers that have no check value yet.
    pub fn unchecked_papers(&self) -> Vec<PaperRef> {
        let papers = self.registry.papers.iter().map(|(paper, _)| *paper);
        papers
            .filter(|paper| !self.registry.gates.checks.contains(paper))
            .collect()
    }

    /// Whether a paper's key can be recognised by nodes.
    pub fn has_check(&self, paper: PaperRef) -> bool {
        self.registry.gates.checks.contains(&paper)
    }

    /// Which programs may serve a sitting; `None` where it was never said.
    pub fn versions_of(&self, sitting: SittingId) -> Option<&VersionRange> {
        self.registry.gates.versions.get(&sitting)
    }

    /// The gate of a sitting in a district as it should be now; `None` when the nodes have that one.
    pub fn due_gate(&self, sitting: SittingId, district: DistrictId) -> Option<SittingGate> {
        let registry = &self.registry;
        let planned = &registry.sittings.get(&sitting)?.sitting;
        let paper = registry.papers.get(&planned.paper)?;
        let gate = SittingGate {
            sitting,
            blob: paper.blob,
            outline: gate::outline_hash(&paper.outline),
            accommodations: gate::accommodations_hash(planned, district, self.candidates()),
            versions: registry.gates.versions.get(&sitting).cloned().unwrap_or_default(),
        };
        let held = registry.gates.of_sittings.get(&(sitting, district));
        held.is_none_or(|row| row.gate != gate).then_some(gate)
    }

    /// A sitting.
    pub fn sitting(&self, id: SittingId) -> Option<&Sitting> {
        self.registry.sittings.get(&id).map(|row| &row.sitting)
    }

    /// All sittings.
    pub fn sittings(&self) -> impl Iterator<Item = &Sitting> {
        self.registry.sittings.values().map(|row| &row.sitting)
    }

    /// The bytes of a blob that is held whole.
    pub fn blob(&self, hash: &Hash) -> Option<Bytes> {
        self.blobs.bytes(hash)
    }

    /// The bytes of a blob from an offset to the end of the piece it lies in (at most
    /// [`protocol::limits::BLOB_CHUNK_BYTES`]); empty at its end, `None` when it is not held whole.
    pub fn blob_piece(&self, hash: &Hash, offset: u32) -> Option<Bytes> {
        self.blobs.piece(hash, offset)
    }

    /// How far a log is held; zero for an unknown one.
    pub fn watermark(&self, log: &LogId) -> Watermark {
        self.ledger.watermark(log)
    }

    /// All logs with how far they are held.
    pub fn watermarks(&self) -> impl Iterator<Item = (LogId, Watermark)> {
        self.ledger
            .watermarks
            .iter()
            .map(|(log, watermark)| (*log, *watermark))
    }

    /// The logs of one node.
    pub fn logs_of(&self, node: NodeId) -> impl Iterator<Item = (LogId, Watermark)> {
        self.watermarks().filter(move |(log, _)| log.node == node)
    }

    /// What is held of a log.
    pub fn log_counts(&self, log: &LogId) -> LogCounts {
        let folded = self.ledger.folded.get(log);
        LogCounts {
            watermark: self.watermark(log),
            frames: folded.map_or(0, |folded| folded.frames() as u64),
            answered: folded.map_or(0, |folded| folded.answered.values().sum()),
            unreadable: folded.map_or(0, |folded| folded.unreadable),
            forks: self.ledger.forks_of(*log).count() as u64,
        }
    }

    /// The cluster's keys for endorsements and exported logs; `None` before the first coordinator has made them.
    pub fn evidence_keys(&self) -> Option<&EvidenceKeys> {
        self.evidence.keys.get(&())
    }

    /// What nodes last signed as the ends of their logs, by log.
    pub fn signed_heads(&self) -> impl Iterator<Item = (LogId, &SignedCheckpoint)> {
        self.evidence.heads.iter().map(|(log, signed)| (*log, signed))
    }

    /// The latest head of a log that its node signed and that was noted.
    pub fn signed_head(&self, log: &LogId) -> Option<&SignedCheckpoint> {
        self.evidence.heads.get(log)
    }

    /// Whether the log is held up to this mark's sequence and no frame of it ends as the mark says.
    pub fn contradicts(&self, log: &LogId, mark: Watermark) -> bool {
        let folded = self.ledger.folded.get(log);
        folded.is_some_and(|folded| folded.contradicts(mark))
    }

    /// The evidence against a log.
    pub fn forks(&self, log: LogId) -> impl Iterator<Item = &Fork> {
        self.ledger.forks_of(log)
    }

    /// An attempt.
    pub fn attempt(&self, key: AttemptKey) -> Option<MergedAttempt> {
        self.attempts.get(key).map(crate::attempt::PackedAttempt::unpack)
    }

    /// An attempt with what counts under a policy alone: what scoring asks for, at half the cost of the whole.
    pub fn attempt_under(&self, key: AttemptKey, policy: LatePolicy) -> Option<MergedAttempt> {
        let attempt = self.attempts.get(key)?;
        Some(attempt.unpack_under(policy))
    }

    /// The attempts of a sitting by candidate, unpacked one after the other.
    pub fn attempts(&self, sitting: SittingId) -> impl Iterator<Item = CandidateAttempt> {
        self.attempts
            .of(sitting)
            .map(|(candidate, packed)| CandidateAttempt {
                candidate,
                attempt: packed.unpack(),
            })
    }

    /// All sets of scores of a sitting, by answer key version.
    pub fn score_sets(&self, sitting: SittingId) -> impl Iterator<Item = (ScoreSetKey, &ScoreSet)> {
        self.scores.sets_of(sitting).map(|(key, set)| (*key, set))
    }

    /// The set of scores that stands: finished last. `None` before the sitting is scored.
    pub fn standing_scores(&self, sitting: SittingId) -> Option<ScoreSetKey> {
        self.scores.standing(sitting)
    }

    /// A set's scores by candidate.
    pub fn scores(&self, set: ScoreSetKey) -> impl Iterator<Item = &ScoreRow> {
        self.scores.of(set)
    }

    /// One candidate's score in a set.
    pub fn score(&self, set: ScoreSetKey, candidate: CandidateId) -> Option<&ScoreRow> {
        self.scores.get(set, candidate)
    }

    /// All alarms, oldest first.
    pub fn alarms(&self) -> impl Iterator<Item = &Alarm> {
        self.alarms.values()
    }

    /// The audit, oldest first.
    pub fn audit(&self) -> impl DoubleEndedIterator<Item = &AuditEntry> {
        self.audit.values()
    }
}
