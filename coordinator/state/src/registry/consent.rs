//! The rule of two: where there are officers, a paper is released, scheduled, withdrawn or dealt in shares only when two of
//! them said so, each by their own token. Without officers one operator does it alone, as before. The rows stand here; the
//! caller has checked the tokens.

use protocol::{
    hash::Hash,
    ids::{PaperRef, Revision},
    time::Instant,
};
use serde::{Deserialize, Serialize};

use super::Registry;
use crate::{
    act::{Act, Decision},
    bounds::{APPROVALS_MAX, NAME_BYTES_MAX, OFFICERS_MAX, TITLE_BYTES_MAX, room, text},
    effects::{Changes, Outcome},
    rejection::Rejection,
    row::Number,
    table::{Table, Tag},
};

/// An approval that nobody joined for so long does not count any more.
pub const APPROVAL_LIFE_MS: i64 = 24 * 3_600_000;

/// An officer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OfficerRow {
    /// Their name, unique.
    pub name: String,
    /// BLAKE3 of their token.
    pub token_hash: Hash,
    /// Since when.
    pub since: Instant,
    /// Whether they were removed; kept, so that the audit's names stay theirs.
    pub is_removed: bool,
}

/// The first of two approvals.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApprovalRow {
    /// Of what.
    pub act: Act,
    /// By whom.
    pub officer: String,
    /// When.
    pub at: Instant,
}

/// A decision that stands for a paper: who made it, when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuthorisedRow {
    /// The officers, or `ops`.
    pub by: String,
    /// When.
    pub at: Instant,
}

/// When a paper is released by itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScheduleRow {
    /// From when, by the leader's clock.
    pub at: Instant,
    /// The officers who said so, or `ops`.
    pub by: String,
}

/// A withdrawn paper.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WithdrawalRow {
    /// Why.
    pub reason: String,
    /// When.
    pub at: Instant,
    /// Its place in the feed.
    pub(crate) revision: Revision,
}

/// The tables.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Consent {
    pub(crate) officers: Table<Number, OfficerRow>,
    pub(crate) approvals: Table<Hash, ApprovalRow>,
    pub(crate) authorised: Table<PaperRef, AuthorisedRow>,
    pub(crate) schedules: Table<PaperRef, ScheduleRow>,
    pub(crate) withdrawals: Table<PaperRef, WithdrawalRow>,
}

impl Consent {
    pub(crate) fn new() -> Self {
        Self {
            officers: Table::new(Tag::Officers),
            approvals: Table::new(Tag::Approvals),
            authorised: Table::new(Tag::Authorised),
            schedules: Table::new(Tag::Schedules),
            withdrawals: Table::new(Tag::Withdrawals),
        }
    }

    /// The officers who may decide now.
    pub(crate) fn active(&self) -> impl Iterator<Item = &OfficerRow> {
        self.officers.values().filter(|row| !row.is_removed)
    }

    /// The first officers are added, and the last but one may go, without two others who could say so.
    fn needs_two(&self, act: &Act) -> bool {
        let officers = self.active().count();
        match act {
            Act::AddOfficer { .. } | Act::RemoveOfficer { .. } => officers >= 2,
            Act::Release(_)
            | Act::Schedule { .. }
            | Act::Unschedule(_)
            | Act::Withdraw { .. }
            | Act::Deal(_) => officers >= 1,
        }
    }

    /// Whether a paper's key may be given out at this time.
    pub(crate) fn may_release(&self, paper: PaperRef, at: Instant) -> bool {
        self.active().next().is_none()
            || self.authorised.contains(&paper)
            || self.schedules.get(&paper).is_some_and(|row| row.at <= at)
    }
}

impl Registry {
    /// Takes an approval in; carries the act out when it is enough.
    pub(crate) fn decide(
        &mut self,
        act: &Act,
        officer: Option<&str>,
        at: Instant,
        changes: &mut Changes,
    ) -> Result<Outcome, Rejection> {
        self.check_act(act, at)?;
        let what = act.to_string();
        if !self.consent.needs_two(act) {
            self.carry_out(act, officer.unwrap_or("ops"), at, changes)?;
            return Ok(Outcome::Decided(Decision::Done { what }));
        }
        let name = officer.ok_or(Rejection::OfficerNeeded)?;
        if !self.consent.active().any(|row| row.name == name) {
            return Err(Rejection::UnknownOfficer(name.into()));
        }
        let subject = act.subject();
        let held = self.consent.approvals.get(&subject).cloned();
        let counts = |row: &ApprovalRow| {
            at.since_ms(row.at) < APPROVAL_LIFE_MS
                && self.consent.active().any(|officer| officer.name == row.officer)
        };
        match held.filter(counts) {
            Some(first) if first.officer == name => Err(Rejection::SameOfficer(name.into())),
            Some(first) => {
                let by = format!("{} and {name}", first.officer);
                self.carry_out(&first.act, &by, at, changes)?;
                self.consent.approvals.remove(changes, &subject);
                Ok(Outcome::Decided(Decision::Done { what }))
            }
            None => {
                let old = self.old_approvals(at);
                let waiting = self.consent.approvals.len() - old.len();
                room("approvals that wait", waiting, APPROVALS_MAX)?;
                for subject in old {
                    self.consent.approvals.remove(changes, &subject);
                }
                let row = ApprovalRow {
                    act: act.clone(),
                    officer: name.into(),
                    at,
                };
                self.consent.approvals.put(changes, subject, row);
                let first = name.into();
                Ok(Outcome::Decided(Decision::Waits { what, first }))
            }
        }
    }

    fn old_approvals(&self, at: Instant) -> Vec<Hash> {
        let rows = self.consent.approvals.iter();
        rows.filter(|(_, row)| at.since_ms(row.at) >= APPROVAL_LIFE_MS)
            .map(|(subject, _)| *subject)
            .collect()
    }

    fn check_act(&self, act: &Act, at: Instant) -> Result<(), Rejection> {
        if let Some(paper) = act.paper() {
            self.known_paper(paper)?;
            if self.consent.withdrawals.contains(&paper) {
                return Err(Rejection::Withdrawn(paper));
            }
        }
        match act {
            Act::Schedule { paper, at: time } => {
                if self.releases.contains(paper) {
                    return Err(Rejection::ReleasedAlready(*paper));
                }
                if *time <= at {
                    return Err(Rejection::ScheduleTime);
                }
            }
            Act::Unschedule(paper) if !self.consent.schedules.contains(paper) => {
                return Err(Rejection::NotScheduled(*paper));
            }
            Act::Withdraw { reason, .. } => text("the reason", reason, TITLE_BYTES_MAX)?,
            Act::AddOfficer { name, .. } => {
                text("the officer's name", name, NAME_BYTES_MAX)?;
                room("officers", self.consent.officers.len(), OFFICERS_MAX)?;
                let folded = name.to_lowercase();
                let mut names = self.consent.officers.values().map(|row| row.name.to_lowercase());
                if names.any(|known| known == folded) {
                    return Err(Rejection::OfficerNameTaken(name.clone()));
                }
            }
            Act::RemoveOfficer { name } if !self.consent.active().any(|row| row.name == *name) => {
                return Err(Rejection::UnknownOfficer(name.clone()));
            }
            Act::Release(_) | Act::Unschedule(_) | Act::Deal(_) | Act::RemoveOfficer { .. } => {}
        }
        Ok(())
    }

    fn carry_out(
        &mut self,
        act: &Act,
        by: &str,
        at: Instant,
        changes: &mut Changes,
    ) -> Result<(), Rejection> {
        let consent = &mut self.consent;
        match act {
            Act::Release(paper) => {
                let row = AuthorisedRow { by: by.into(), at };
                consent.authorised.put(changes, *paper, row);
            }
            Act::Schedule { paper, at } => {
                let row = ScheduleRow {
                    at: *at,
                    by: by.into(),
                };
                consent.schedules.put(changes, *paper, row);
            }
            Act::Unschedule(paper) => consent.schedules.remove(changes, paper),
            Act::Withdraw { paper, reason } => self.withdraw(*paper, reason, at, changes),
            // The ops API deals at once; what is kept is the audit.
            Act::Deal(_) => {}
            Act::AddOfficer { name, token_hash } => {
                let row = OfficerRow {
                    name: name.clone(),
                    token_hash: *token_hash,
                    since: at,
                    is_removed: false,
                };
                let number = Number(consent.officers.len() as u64 + 1);
                consent.officers.put(changes, number, row);
            }
            Act::RemoveOfficer { name } => {
                let mut rows = consent.officers.iter();
                let held = rows.find(|(_, row)| row.name == *name && !row.is_removed);
                let (number, row) = held.ok_or_else(|| Rejection::UnknownOfficer(name.clone()))?;
                let (number, mut row) = (*number, row.clone());
                row.is_removed = true;
                consent.officers.put(changes, number, row);
            }
        }
        Ok(())
    }

    fn withdraw(&mut self, paper: PaperRef, reason: &str, at: Instant, changes: &mut Changes) {
        let revision = self.bump(changes);
        self.consent.schedules.remove(changes, &paper);
        let row = WithdrawalRow {
            reason: reason.into(),
            at,
            revision,
        };
        self.consent.withdrawals.put(changes, paper, row);
    }
}
