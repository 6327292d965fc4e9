//! Item analysis: how hard each item was, whether it told good candidates from weak ones, what was chosen instead, where
//! it was left out. The ops API feeds it one candidate after the other; it keeps sums alone, never candidates.
//!
//! Formulas (`docs/RESULTS.md` has them with an example). Over the candidates whose item is decided (not under review, not
//! unmarked, not dropped):
//! - facility: mean marks ÷ the item's maximum; below nothing where penalties prevail;
//! - item-rest: Pearson's correlation of the item's marks with the total without the item;
//! - upper-lower: the facility in the best 27 % less that in the weakest 27 %, by total, equal totals by number;
//! - an item that was left out is "not reached" when nothing after it in the candidate's own order was answered, else
//!   "omitted".
//!
//! Sums are exact; the quotients are rounded to four places at the end, halves away from nothing.

mod item;
mod labels;
mod order;

use std::collections::BTreeMap;

use protocol::{
    ids::{CandidateId, DistrictId, ItemNo},
    response::Response,
};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

pub use labels::LABELS_MAX;
pub use order::ItemOrder;

use crate::scoring::ItemScore;
use item::Sums;

/// Of the upper and the lower group, in hundredths of the candidates.
pub const GROUP_PERCENT: usize = 27;

/// Places of what is reported.
pub(crate) const PLACES: u32 = 4;

/// One candidate's attempt, as it was scored.
#[derive(Debug)]
pub struct Taken<'a> {
    /// Whose.
    pub candidate: CandidateId,
    /// Where they are registered.
    pub district: DistrictId,
    /// Their marks.
    pub total: Decimal,
    /// What each item brought.
    pub items: &'a BTreeMap<ItemNo, ItemScore>,
    /// What they gave.
    pub responses: &'a BTreeMap<ItemNo, &'a Response>,
    /// The items in the order in which they met them; empty where it is not known.
    pub order: &'a [ItemNo],
}

/// Who belongs to the upper and who to the lower group.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Groups {
    /// The greatest of the lower and the least of the upper.
    bounds: Option<(Rank, Rank)>,
}

type Rank = (Decimal, CandidateId);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Group {
    Upper,
    Middle,
    Lower,
}

/// What all candidates' attempts say about the items.
#[derive(Debug)]
pub struct Analysis {
    groups: Groups,
    items: BTreeMap<ItemNo, Sums>,
    candidates: u32,
    knows_order: bool,
}

/// What is known of one item.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ItemReport {
    /// Which.
    pub item: ItemNo,
    /// Its greatest marks.
    pub max: String,
    /// Candidates for whom it is decided.
    pub candidates: u32,
    /// Candidates for whom a person must still decide.
    pub undecided: u32,
    /// Mean marks ÷ maximum; none for a dropped item.
    pub facility: Option<String>,
    /// Item-rest correlation; none where all have the same marks, or the same rest.
    pub item_rest: Option<String>,
    /// Upper less lower facility.
    pub upper_lower: Option<String>,
    /// Left out, though something after it was answered.
    pub omitted: u32,
    /// Left out with everything after it; none where the candidates' order is not known.
    pub not_reached: Option<u32>,
    /// What was given how often, the most frequent first; none for texts.
    pub given: Vec<GivenReport>,
    /// By district.
    pub districts: Vec<DistrictReport>,
}

/// One response to an item, or an option of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GivenReport {
    /// An option's number, a number, an order (`3,1,2`), a pair (`1-2`), a part's (`2:3`); `other` for all beyond
    /// [`LABELS_MAX`].
    pub given: String,
    /// By how many.
    pub candidates: u32,
    /// What these have in total, on average.
    pub mean_total: String,
}

/// An item in one district.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DistrictReport {
    /// Which.
    pub district: DistrictId,
    /// Candidates for whom it is decided.
    pub candidates: u32,
    /// Mean marks ÷ maximum.
    pub facility: Option<String>,
    /// Left out, though something after it was answered.
    pub omitted: u32,
    /// Left out with everything after it.
    pub not_reached: u32,
}

impl Groups {
    /// From every candidate's total. With fewer than two candidates there are no groups.
    pub fn of(mut totals: Vec<Rank>) -> Self {
        totals.sort_unstable();
        // Rounded to the nearest whole candidate, the half up; at least one.
        let size = ((totals.len() * GROUP_PERCENT * 2 + 100) / 200).max(1);
        if totals.len() < 2 {
            return Self::default();
        }
        Self {
            bounds: Some((totals[size - 1], totals[totals.len() - size])),
        }
    }

    fn group(&self, rank: Rank) -> Group {
        match self.bounds {
            Some((lower, _)) if rank <= lower => Group::Lower,
            Some((_, upper)) if rank >= upper => Group::Upper,
            Some(_) | None => Group::Middle,
        }
    }
}

impl Analysis {
    /// An analysis of items with these maxima.
    pub fn new(maxima: BTreeMap<ItemNo, Decimal>, groups: Groups) -> Self {
        let items = maxima.into_iter().map(|(no, max)| (no, Sums::new(max)));
        Self {
            groups,
            items: items.collect(),
            candidates: 0,
            knows_order: true,
        }
    }

    /// Takes a candidate in.
    pub fn add(&mut self, taken: &Taken<'_>) {
        self.candidates += 1;
        self.knows_order &= !taken.order.is_empty();
        let group = self.groups.group((taken.total, taken.candidate));
        let last = taken
            .order
            .iter()
            .rposition(|item| taken.responses.contains_key(item));
        let from = last.map_or(0, |last| last + 1);
        let not_reached = &taken.order[from.min(taken.order.len())..];
        for (no, sums) in &mut self.items {
            if let Some(score) = taken.items.get(no) {
                sums.add(score, taken, group, not_reached.contains(no));
                if let Some(response) = taken.responses.get(no) {
                    sums.given.add(response, taken.total);
                }
            }
        }
    }

    /// How many candidates were taken in.
    pub fn candidates(&self) -> u32 {
        self.candidates
    }

    /// What they say, by item.
    pub fn report(&self) -> Vec<ItemReport> {
        let knows_order = self.knows_order;
        self.items
            .iter()
            .map(|(no, sums)| sums.report(*no, knows_order))
            .collect()
    }
}

#[cfg(test)]
mod tests;
