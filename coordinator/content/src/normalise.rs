//! Percentiles across slots: candidates who sat papers of different difficulty on one list. The ops API calls it with the
//! totals of several sittings; exact whole numbers throughout, so that anybody can compute the same from the export.
//!
//! For a candidate of a slot with `n` scored candidates, `m` of them with a total of at most the candidate's own:
//! percentile = 100 × m ÷ n, to seven places, the half rounded up. Equal totals have equal percentiles, the best of a
//! slot has 100.
//!
//! The merit list is ordered by percentile (as published, seven places), then fewer wrong responses; who is equal in both
//! shares a rank, and the ranks after it are left out (1, 2, 2, 4). Within a rank the order is that of the numbers.

use std::{cmp::Reverse, collections::BTreeMap};

use protocol::ids::{CandidateId, SittingId};
use rust_decimal::Decimal;

/// Decimal places of a percentile.
pub const PERCENTILE_PLACES: u32 = 7;

/// Candidates of all slots together: ten times the reference load.
pub const CANDIDATES_MAX: usize = 400_000;

/// One candidate's total.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sat {
    /// Whose.
    pub candidate: CandidateId,
    /// Their marks.
    pub total: Decimal,
    /// Their wrong responses.
    pub wrong: u16,
}

/// One candidate's place on the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Placed {
    /// From 1; equal ones share it.
    pub rank: u32,
    /// In which slot.
    pub sitting: SittingId,
    /// What they brought.
    pub sat: Sat,
    /// Scored candidates of the slot.
    pub slot: u32,
    /// Of these, those with a total of at most theirs.
    pub at_most: u32,
    /// Their percentile.
    pub percentile: Percentile,
}

/// A percentile in steps of a ten-millionth.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Percentile(u32);

/// Why there is no list.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NormaliseError {
    /// Somebody stands in two slots.
    #[error(
        "candidate {candidate} was scored in sittings {one} and {other}; a merit list has everybody once: leave one of the sittings out"
    )]
    Twice {
        /// Who.
        candidate: CandidateId,
        /// In this one.
        one: SittingId,
        /// And in this one.
        other: SittingId,
    },
    /// Over the bound.
    #[error(
        "{0} candidates are more than the {CANDIDATES_MAX} of one list; normalise fewer sittings at once"
    )]
    TooMany(usize),
}

impl Percentile {
    /// 100 × `at_most` ÷ `slot`; `slot` is not 0.
    pub fn of(at_most: u32, slot: u32) -> Self {
        let all = 100 * 10u64.pow(PERCENTILE_PLACES);
        let (at_most, slot) = (u64::from(at_most), u64::from(slot));
        // The half is rounded up: (2a + n) ÷ 2n, cut off.
        Self(((2 * all * at_most + slot) / (2 * slot)) as u32)
    }

    /// As decimal text, always with seven places.
    pub fn text(self) -> String {
        Decimal::new(i64::from(self.0), PERCENTILE_PLACES).to_string()
    }
}

/// The merit list of several slots.
pub fn normalise(slots: &BTreeMap<SittingId, Vec<Sat>>) -> Result<Vec<Placed>, NormaliseError> {
    let count = slots.values().map(Vec::len).sum();
    if count > CANDIDATES_MAX {
        return Err(NormaliseError::TooMany(count));
    }
    let mut list: Vec<Placed> = Vec::with_capacity(count);
    for (sitting, slot) in slots {
        list.extend(placed_in_slot(*sitting, slot));
    }
    refuse_twice(&mut list)?;
    list.sort_unstable_by_key(|one| (merit(one), one.sat.candidate));
    let mut rank = (0, None);
    for (place, one) in (1..).zip(&mut list) {
        let merit = merit(one);
        if rank.1 != Some(merit) {
            rank = (place, Some(merit));
        }
        one.rank = rank.0;
    }
    Ok(list)
}

fn merit(one: &Placed) -> (Reverse<Percentile>, u16) {
    (Reverse(one.percentile), one.sat.wrong)
}

fn placed_in_slot(sitting: SittingId, slot: &[Sat]) -> Vec<Placed> {
    let mut totals: Vec<Decimal> = slot.iter().map(|sat| sat.total).collect();
    totals.sort_unstable();
    let count = slot.len() as u32;
    let place = |sat: &Sat| {
        let at_most = totals.partition_point(|total| *total <= sat.total) as u32;
        Placed {
            rank: 0,
            sitting,
            sat: *sat,
            slot: count,
            at_most,
            percentile: Percentile::of(at_most, count),
        }
    };
    slot.iter().map(place).collect()
}

fn refuse_twice(list: &mut [Placed]) -> Result<(), NormaliseError> {
    list.sort_unstable_by_key(|one| (one.sat.candidate, one.sitting));
    let twice = list
        .windows(2)
        .find(|pair| pair[0].sat.candidate == pair[1].sat.candidate);
    twice.map_or(Ok(()), |pair| {
        Err(NormaliseError::Twice {
            candidate: pair[0].sat.candidate,
            one: pair[0].sitting,
            other: pair[1].sitting,
        })
    })
}

#[cfg(test)]
mod tests;
