//! The state and how commands change it. Called by the Raft state machine alone; everybody else reads.

use crate::{
    alarm::Alarm,
    attempt::Attempts,
    audit::{AuditEntry, enter, is_audited},
    blobs::{Blobs, Piece},
    command::{Command, Stamped},
    effects::{Changes, Effects, Outcome},
    evidence::Evidence,
    ledger::{Bringer, Ledger},
    marks::ManualMarks,
    registry::{Cluster, NewPaper, Registry, Shown},
    rejection::Rejection,
    row::Number,
    scores::{ScoreSetKey, Scores},
    table::{Table, Tag},
};

/// All that the centre knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct State {
    pub(crate) registry: Registry,
    pub(crate) blobs: Blobs,
    pub(crate) ledger: Ledger,
    pub(crate) attempts: Attempts,
    pub(crate) scores: Scores,
    pub(crate) alarms: Table<Number, Alarm>,
    pub(crate) audit: Table<Number, AuditEntry>,
    pub(crate) evidence: Evidence,
    pub(crate) marks: ManualMarks,
}

impl Default for State {
    fn default() -> Self {
        Self::new()
    }
}

impl State {
    /// A centre that knows nothing yet.
    pub fn new() -> Self {
        Self {
            registry: Registry::new(),
            blobs: Blobs::new(),
            ledger: Ledger::new(),
            attempts: Attempts::default(),
            scores: Scores::new(),
            alarms: Table::new(Tag::Alarms),
            audit: Table::new(Tag::Audit),
            evidence: Evidence::new(),
            marks: ManualMarks::new(),
        }
    }

    /// Applies a command. The same commands in the same order give the same rows and frames, on every coordinator.
    pub fn apply(&mut self, stamped: &Stamped) -> Effects {
        let mut changes = Changes::default();
        let outcome = self.decide(stamped, &mut changes);
        if let Ok(outcome) = &outcome
            && is_audited(&stamped.command)
        {
            let next = self.registry.count(&mut changes, |counters| {
                counters.audit += 1;
                counters.audit
            });
            enter(&mut self.audit, next, stamped, outcome, &mut changes);
        }
        changes.into_effects(outcome)
    }

    fn decide(&mut self, stamped: &Stamped, changes: &mut Changes) -> Result<Outcome, Rejection> {
        if !matches!(stamped.command, Command::InitCluster { .. }) {
            self.registry.initialised()?;
        }
        match &stamped.command {
            Command::InitCluster { .. }
            | Command::AddDistrict { .. }
            | Command::MakeJoin { .. }
            | Command::UseJoin { .. }
            | Command::SetCoordinator { .. }
            | Command::RemoveCoordinator { .. } => self.decide_world(&stamped.command, changes),
            Command::ImportCandidates { candidates } => self.registry.import_candidates(candidates, changes),
            Command::PutBlob { .. }
            | Command::PublishPaper { .. }
            | Command::CorrectKey { .. }
            | Command::Release { .. } => self.decide_paper(stamped, changes),
            Command::CreateSitting(new) => self.registry.create_sitting(new, changes),
            Command::Frames { frames } => {
                let bringer = Bringer {
                    at: stamped.at,
                    by: &stamped.by,
                };
                self.deliver(frames, bringer, changes)
            }
            Command::RecordScores { .. } => self.record_scores(stamped, changes),
            Command::SetEvidenceKeys(keys) => self.evidence.set_keys(keys, changes),
            Command::NoteHead(signed) => Ok(self.note_head(signed, stamped.at, changes)),
            Command::AssignMarks { .. } | Command::SetTolerance { .. } => self.decide_marks(stamped, changes),
            Command::Decide { act, officer } => {
                self.registry.decide(act, officer.as_deref(), stamped.at, changes)
            }
            Command::SetCheck(check) => self.registry.set_check(*check, changes),
            Command::SetGate { district, gate } => self.registry.set_gate(*district, gate, changes),
            Command::PlanSitting { sitting, versions } => {
                self.registry.plan_sitting(sitting, versions, changes)
            }
            Command::Enrol { candidates } => self.registry.enrol(candidates, changes),
        }
    }

    fn decide_world(&mut self, command: &Command, changes: &mut Changes) -> Result<Outcome, Rejection> {
        let registry = &mut self.registry;
        match command {
            Command::InitCluster {
                name,
                ca_certificate,
                wrapped_ca_key,
                token_key,
                code_key,
                ops_token_hash,
            } => {
                let cluster = Cluster {
                    name: name.clone(),
                    ca_certificate: ca_certificate.clone(),
                    wrapped_ca_key: wrapped_ca_key.clone(),
                    token_key: *token_key,
                    code_key: *code_key,
                    ops_token_hash: *ops_token_hash,
                };
                registry.init_cluster(cluster, changes)
            }
            Command::AddDistrict { name } => registry.add_district(name, changes),
            Command::MakeJoin {
                newcomer,
                secret_hash,
                expires,
            } => registry.make_join(newcomer, *secret_hash, *expires, changes),
            Command::UseJoin {
                newcomer,
                secret_hash,
                link_address,
                public_url,
                signing_key,
                at,
            } => {
                let shown = Shown {
                    newcomer: *newcomer,
                    secret_hash: *secret_hash,
                    link_address,
                    public_url,
                    signing_key: *signing_key,
                    at: *at,
                };
                registry.use_join(&shown, changes)
            }
            Command::SetCoordinator { entry } => registry.set_coordinator(entry, changes),
            Command::RemoveCoordinator { id } => registry.remove_coordinator(*id, changes),
            Command::ImportCandidates { .. }
            | Command::PutBlob { .. }
            | Command::PublishPaper { .. }
            | Command::CorrectKey { .. }
            | Command::CreateSitting(_)
            | Command::Release { .. }
            | Command::Frames { .. }
            | Command::RecordScores { .. }
            | Command::SetEvidenceKeys(_)
            | Command::NoteHead(_)
            | Command::AssignMarks { .. }
            | Command::SetTolerance { .. }
            | Command::Decide { .. }
            | Command::SetCheck(_)
            | Command::SetGate { .. }
            | Command::PlanSitting { .. }
            | Command::Enrol { .. } => Err(Rejection::Misrouted),
        }
    }

    fn record_scores(&mut self, stamped: &Stamped, changes: &mut Changes) -> Result<Outcome, Rejection> {
        let Command::RecordScores {
            sitting,
            key_version,
            policy,
            scores,
            last,
        } = &stamped.command
        else {
            return Err(Rejection::Misrouted);
        };
        let row = self
            .registry
            .sittings
            .get(sitting)
            .ok_or(Rejection::UnknownSitting(*sitting))?;
        let paper = row.sitting.paper;
        if !self.registry.answer_keys.contains(&(paper, *key_version)) {
            return Err(Rejection::UnknownKey {
                paper,
                version: *key_version,
            });
        }
        let key = ScoreSetKey {
            sitting: *sitting,
            key_version: *key_version,
            policy: *policy,
        };
        self.scores.record(key, scores, *last, stamped, changes)
    }

    fn decide_paper(&mut self, stamped: &Stamped, changes: &mut Changes) -> Result<Outcome, Rejection> {
        match &stamped.command {
            Command::PutBlob {
                hash,
                offset,
                total,
                bytes,
            } => {
                let piece = Piece {
                    hash: *hash,
                    offset: *offset,
                    total: *total,
                    bytes,
                };
                self.blobs.put(&piece, stamped.at, changes)
            }
            Command::PublishPaper {
                paper,
                title,
                blob,
                bytes,
                outline,
                wrapped_key,
                wrapped_answer_key,
            } => {
                let new = NewPaper {
                    paper: *paper,
                    title,
                    blob: *blob,
                    bytes: *bytes,
                    outline,
                    wrapped_key,
                    wrapped_answer_key,
                };
                self.publish(&new, stamped, changes)
            }
            Command::CorrectKey {
                paper,
                wrapped_answer_key,
            } => self
                .registry
                .correct_key(*paper, wrapped_answer_key, stamped.at, changes),
            Command::Release { paper, key } => self.registry.release_paper(*paper, *key, stamped.at, changes),
            Command::InitCluster { .. }
            | Command::AddDistrict { .. }
            | Command::MakeJoin { .. }
            | Command::UseJoin { .. }
            | Command::ImportCandidates { .. }
            | Command::CreateSitting(_)
            | Command::Frames { .. }
            | Command::RecordScores { .. }
            | Command::SetCoordinator { .. }
            | Command::RemoveCoordinator { .. }
            | Command::SetEvidenceKeys(_)
            | Command::NoteHead(_)
            | Command::AssignMarks { .. }
            | Command::SetTolerance { .. }
            | Command::Decide { .. }
            | Command::SetCheck(_)
            | Command::SetGate { .. }
            | Command::PlanSitting { .. }
            | Command::Enrol { .. } => Err(Rejection::Misrouted),
        }
    }

    fn publish(
        &mut self,
        new: &NewPaper<'_>,
        stamped: &Stamped,
        changes: &mut Changes,
    ) -> Result<Outcome, Rejection> {
        let held = self
            .blobs
            .whole(&new.blob)
            .ok_or(Rejection::BlobMissing(new.blob))?;
        if held.total != new.bytes {
            return Err(Rejection::PaperLength {
                held: held.total,
                given: new.bytes,
            });
        }
        self.registry.publish_paper(new, stamped.at, changes)
    }
}
