//! The reconciliation of a sitting: does what the nodes acknowledged equal what was merged and what was scored; and
//! every difference by name.
//!
//! Candidates count in the district they are registered in; answers in the district whose node acknowledged them, on
//! both sides: `acknowledged` is counted in the logs' frames, `committed` in the merged attempts.

use std::collections::{BTreeMap, BTreeSet};

use protocol::{
    ids::{CandidateId, DistrictId, LogId, NodeId, Sequence, SittingId},
    merge::LatePolicy,
    sitting::Sitting,
};

use serde::{Deserialize, Serialize};

use crate::{attempt::PackedAttempt, scores::ScoreSetKey, state::State};

/// A sitting's reconciliation.
#[derive(Debug, Clone, Serialize, Deserialize, PartialEq, Eq)]
pub struct Reconciliation {
    /// Which sitting.
    pub sitting: SittingId,
    /// The scores that stand, if it is scored.
    pub scores: Option<ScoreSetKey>,
    /// By district: those of the sitting and any other that has a part in it.
    pub districts: Vec<DistrictReconciliation>,
}

/// One district's part.
#[derive(Debug, Clone, Serialize, Deserialize, PartialEq, Eq, Default)]
pub struct DistrictReconciliation {
    /// Which.
    pub district: DistrictId,
    /// Candidates that the sitting is for.
    pub registered: u64,
    /// Those that never started.
    pub absent: u64,
    /// Those that started.
    pub started: u64,
    /// Those that handed in.
    pub submitted: u64,
    /// Those that started and have a score.
    pub scored: u64,
    /// Answers in the frames of the district's nodes.
    pub acknowledged: u64,
    /// Answers of the district's nodes in merged attempts.
    pub committed: u64,
    /// Everything that a person must look at.
    pub differences: Vec<Difference>,
}

/// Something that does not fit.
#[derive(Debug, Clone, Serialize, Deserialize, PartialEq, Eq, PartialOrd, Ord)]
pub struct Difference {
    /// Whose; `None` where no candidate can be named.
    pub candidate: Option<CandidateId>,
    /// What, in a sentence.
    pub what: String,
}

impl DistrictReconciliation {
    /// Whether everything fits.
    pub fn balances(&self) -> bool {
        self.registered == self.absent + self.started
            && self.started == self.submitted
            && self.started == self.scored
            && self.acknowledged == self.committed
            && self.differences.is_empty()
    }

    fn differs(&mut self, candidate: impl Into<Option<CandidateId>>, what: impl Into<String>) {
        self.differences.push(Difference {
            candidate: candidate.into(),
            what: what.into(),
        });
    }
}

impl Reconciliation {
    /// Whether everything fits in every district.
    pub fn balances(&self) -> bool {
        self.districts.iter().all(DistrictReconciliation::balances)
    }
}

/// A reconciliation that is being drawn up.
struct Draft<'a> {
    state: &'a State,
    sitting: &'a Sitting,
    scores: Option<ScoreSetKey>,
    districts: BTreeMap<DistrictId, DistrictReconciliation>,
}

impl State {
    /// The reconciliation of a sitting from what the centre holds; `None` for an unknown sitting.
    pub fn reconcile(&self, sitting: SittingId) -> Option<Reconciliation> {
        self.reconcile_with(sitting, &BTreeMap::new())
    }

    /// The same, with how far the nodes say that their logs go (from their signed checkpoints): what has not arrived yet
    /// is a difference.
    pub fn reconcile_with(
        &self,
        sitting: SittingId,
        heads: &BTreeMap<LogId, Sequence>,
    ) -> Option<Reconciliation> {
        let row = self.sitting(sitting)?;
        let mut draft = Draft {
            state: self,
            sitting: row,
            scores: self.scores.standing(sitting),
            districts: BTreeMap::new(),
        };
        row.districts.iter().for_each(|district| {
            draft.district(*district);
        });
        draft.count_logs();
        draft.count_heads(heads);
        draft.count_rostered();
        draft.count_others();
        Some(draft.finish())
    }
}

impl Draft<'_> {
    fn district(&mut self, district: DistrictId) -> &mut DistrictReconciliation {
        self.districts
            .entry(district)
            .or_insert_with(|| DistrictReconciliation {
                district,
                ..DistrictReconciliation::default()
            })
    }

    fn district_of_node(&self, node: NodeId) -> DistrictId {
        self.state.node(node).map_or(DistrictId(0), |row| row.district)
    }

    /// The acknowledged side, and what could not be read.
    fn count_logs(&mut self) {
        let state = self.state;
        for (log, folded) in &state.ledger.folded {
            let district = self.district_of_node(log.node);
            let answered = folded.answered.get(&self.sitting.id).copied().unwrap_or(0);
            let takes_part = self.districts.contains_key(&district);
            if answered > 0 {
                self.district(district).acknowledged += answered;
            }
            if folded.unreadable > 0 && (answered > 0 || takes_part) {
                let what = format!("{} records of log {log} cannot be read", folded.unreadable);
                self.district(district).differs(None, what);
            }
        }
        for (log, watermark, folded) in state
            .ledger
            .unfolded()
            .map(|(log, folded, mark)| (log, mark, folded))
        {
            let district = self.district_of_node(log.node);
            let what = format!(
                "log {log} is held up to sequence {} but merged only up to {folded}",
                watermark.sequence
            );
            self.district(district).differs(None, what);
        }
    }

    fn count_heads(&mut self, heads: &BTreeMap<LogId, Sequence>) {
        for (log, head) in heads {
            let missing = head.0.saturating_sub(self.state.watermark(log).sequence.0);
            let district = self.district_of_node(log.node);
            if missing > 0 && self.districts.contains_key(&district) {
                let what = format!("{missing} records of log {log} have not arrived yet");
                self.district(district).differs(None, what);
            }
        }
    }

    fn count_rostered(&mut self) {
        let state = self.state;
        for (id, candidate) in state.registry.rostered(self.sitting) {
            let attempt = state.attempts.get(protocol::ids::AttemptKey {
                sitting: self.sitting.id,
                candidate: id,
            });
            let started = attempt.is_some_and(|attempt| attempt.rest().started.is_some());
            let district = self.district(candidate.district);
            district.registered += 1;
            if started {
                district.started += 1;
            } else {
                district.absent += 1;
            }
            if let Some(attempt) = attempt {
                self.count_attempt(id, candidate.district, attempt);
            }
        }
    }

    /// The committed side, and attempts of candidates that the sitting is not for.
    fn count_others(&mut self) {
        let state = self.state;
        let rostered: BTreeSet<CandidateId> =
            state.registry.rostered(self.sitting).map(|(id, _)| id).collect();
        for (id, attempt) in state.attempts.of(self.sitting.id) {
            for (node, answers) in attempt.answers() {
                let district = self.district_of_node(node);
                self.district(district).committed += u64::from(answers);
            }
            let took_part = attempt.rest().started.is_some() || attempt.has_items();
            if took_part && !rostered.contains(&id) {
                let home = state.candidate(id).map(|candidate| candidate.district);
                let at = attempt
                    .answers()
                    .next()
                    .map(|(node, _)| self.district_of_node(node));
                let district = home.or(at).unwrap_or(DistrictId(0));
                let what = "took part in a sitting that they are not on the roster of";
                self.district(district).differs(id, what);
            }
        }
    }

    fn count_attempt(&mut self, id: CandidateId, district: DistrictId, packed: &PackedAttempt) {
        let attempt = packed.unpack();
        let started = attempt.started.is_some();
        let score = self
            .scores
            .and_then(|key| Some((key.policy, self.state.scores.get(key, id)?)));
        let is_scored = self.scores.is_some();
        let counts = self.district(district);
        if !started && !attempt.items.is_empty() {
            counts.differs(id, "has answers but no start");
        }
        if let Some(submitted) = attempt.submission() {
            counts.submitted += u64::from(started);
            if submitted.submission.digest != attempt.digest(LatePolicy::InTimeOnly) {
                counts.differs(
                    id,
                    "handed in other responses (by the receipt's digest) than were merged",
                );
            }
        } else if started {
            counts.differs(id, "started but has not handed in");
        }
        match score {
            Some((policy, row)) if started => {
                counts.scored += 1;
                if row.digest != attempt.digest(policy) {
                    counts.differs(
                        id,
                        "was scored before all answers were in; score the sitting again",
                    );
                }
            }
            None if started && is_scored => counts.differs(id, "started but is not scored"),
            Some(_) | None => {}
        }
        let review: Vec<String> = attempt.under_review().map(|item| item.to_string()).collect();
        if !review.is_empty() {
            let what = format!(
                "gave different answers under one number for item {}",
                review.join(", ")
            );
            counts.differs(id, format!("{what}; a person must decide"));
        }
    }

    fn finish(mut self) -> Reconciliation {
        let is_scored = self.scores.is_some();
        for district in self.districts.values_mut() {
            if !is_scored && district.started > 0 {
                district.differs(None, "the sitting is not scored yet");
            }
            if district.acknowledged != district.committed {
                let what = format!(
                    "{} answers stand in the logs but {} were merged",
                    district.acknowledged, district.committed
                );
                district.differs(None, what);
            }
            district.differences.sort();
        }
        Reconciliation {
            sitting: self.sitting.id,
            scores: self.scores,
            districts: self.districts.into_values().collect(),
        }
    }
}
