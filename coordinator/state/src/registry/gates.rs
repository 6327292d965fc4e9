//! Gates of sittings and check values of papers as they go into the feed, and the rule that nobody sits two exams at once.
//! What a gate says is worked out by the leader and comes in with the command.

use protocol::{
    feed::KeyCheck,
    gate::{SittingGate, VersionRange},
    ids::{CandidateId, DistrictId, PaperRef, Revision, SittingId},
    roster::Candidate,
    sitting::Sitting,
};
use serde::{Deserialize, Serialize};

use super::{Registry, SittingRow};
use crate::{
    command::NewSitting,
    effects::{Changes, Outcome},
    rejection::Rejection,
    table::{Table, Tag},
};

/// A check value and its place in the feed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct CheckRow {
    pub(crate) check: KeyCheck,
    pub(crate) revision: Revision,
}

/// A gate and its place in the feed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct GateRow {
    pub(crate) gate: SittingGate,
    pub(crate) revision: Revision,
}

/// The tables.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Gates {
    pub(crate) checks: Table<PaperRef, CheckRow>,
    pub(crate) of_sittings: Table<(SittingId, DistrictId), GateRow>,
    /// For each sitting that was planned with one. Such a sitting took five revisions of the feed, see [`SittingRow`]:
    /// two more, for the check value and the withdrawal that a district gets because of it.
    pub(crate) versions: Table<SittingId, VersionRange>,
}

/// Revisions that a planned sitting takes beyond those of [`SittingRow`].
const MORE_REVISIONS: u64 = 2;

impl Gates {
    pub(crate) fn new() -> Self {
        Self {
            checks: Table::new(Tag::Checks),
            of_sittings: Table::new(Tag::Gates),
            versions: Table::new(Tag::Versions),
        }
    }

    fn reserved(&self, row: &SittingRow, before: u64) -> Revision {
        if self.versions.contains(&row.sitting.id) {
            Revision(row.revision.0 - before)
        } else {
            Revision(0)
        }
    }

    /// The revision of the check value that a district gets because of a sitting; zero for none of its own.
    pub(crate) fn check_revision(&self, row: &SittingRow) -> Revision {
        self.reserved(row, 3)
    }

    /// The same of the withdrawal.
    pub(crate) fn withdrawal_revision(&self, row: &SittingRow) -> Revision {
        self.reserved(row, 4)
    }
}

impl Registry {
    /// Creates a sitting, if nobody would sit two at once.
    pub(crate) fn plan_sitting(
        &mut self,
        new: &NewSitting,
        versions: &VersionRange,
        changes: &mut Changes,
    ) -> Result<Outcome, Rejection> {
        versions
            .check()
            .map_err(|error| Rejection::Version(error.to_string()))?;
        if self.consent.withdrawals.contains(&new.paper) {
            return Err(Rejection::Withdrawn(new.paper));
        }
        self.check_sitting(new)?;
        self.check_overlap(&new.clone().numbered(SittingId(0)))?;
        self.count(changes, |counters| counters.revision.0 += MORE_REVISIONS);
        let outcome = self.create_sitting(new, changes)?;
        if let Outcome::Sitting(id) = outcome {
            self.gates.versions.put(changes, id, versions.clone());
        }
        Ok(outcome)
    }

    /// Imports candidates, if none of them would sit two exams at once.
    pub(crate) fn enrol(
        &mut self,
        candidates: &[Candidate],
        changes: &mut Changes,
    ) -> Result<Outcome, Rejection> {
        for candidate in candidates {
            if let Some((first, second)) = self.clash(candidate) {
                return Err(Rejection::TwoAtOnce {
                    candidate: candidate.id,
                    first: named(first),
                    second: named(second),
                });
            }
        }
        self.import_candidates(candidates, changes)
    }

    /// Two sittings of a candidate that overlap in time.
    fn clash(&self, candidate: &Candidate) -> Option<(&Sitting, &Sitting)> {
        let mut theirs: Vec<&Sitting> = self
            .sittings_in(candidate.district)
            .map(|row| &row.sitting)
            .filter(|sitting| sitting.includes(candidate.district, &candidate.batch))
            .collect();
        // By their opening: where any two overlap, two neighbours do.
        theirs.sort_by_key(|sitting| (sitting.opens, sitting.id));
        let mut pairs = theirs.windows(2).map(|pair| (pair[0], pair[1]));
        pairs.find(|(first, second)| overlap(first, second))
    }

    fn check_overlap(&self, new: &Sitting) -> Result<(), Rejection> {
        let others = self.sittings.values().map(|row| &row.sitting);
        for other in others.filter(|other| overlap(other, new)) {
            let both = |one: &(CandidateId, &Candidate)| new.includes(one.1.district, &one.1.batch);
            if let Some((candidate, _)) = self.rostered(other).find(both) {
                return Err(Rejection::TwoAtOnce {
                    candidate,
                    first: named(other),
                    second: format!("the new one, {}", new.title),
                });
            }
        }
        Ok(())
    }

    pub(crate) fn set_check(&mut self, check: KeyCheck, changes: &mut Changes) -> Result<Outcome, Rejection> {
        self.known_paper(check.paper)?;
        // The first stands: a paper has one key for ever.
        if !self.gates.checks.contains(&check.paper) {
            let revision = self.bump(changes);
            self.gates
                .checks
                .put(changes, check.paper, CheckRow { check, revision });
        }
        Ok(Outcome::Done)
    }

    pub(crate) fn set_gate(
        &mut self,
        district: DistrictId,
        gate: &SittingGate,
        changes: &mut Changes,
    ) -> Result<Outcome, Rejection> {
        let known = self.sittings.get(&gate.sitting);
        let is_there = known.is_some_and(|row| row.sitting.districts.contains(&district));
        if !is_there {
            return Err(Rejection::UnknownSitting(gate.sitting));
        }
        let key = (gate.sitting, district);
        if self
            .gates
            .of_sittings
            .get(&key)
            .is_none_or(|row| row.gate != *gate)
        {
            let revision = self.bump(changes);
            let gate = gate.clone();
            self.gates
                .of_sittings
                .put(changes, key, GateRow { gate, revision });
        }
        Ok(Outcome::Done)
    }
}

fn overlap(one: &Sitting, other: &Sitting) -> bool {
    one.opens < other.closes && other.opens < one.closes
}

fn named(sitting: &Sitting) -> String {
    format!("sitting {}, {}", sitting.id, sitting.title)
}
