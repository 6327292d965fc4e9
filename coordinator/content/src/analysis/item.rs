//! The sums of one item, and the figures that follow from them.

use std::collections::BTreeMap;

use protocol::ids::{DistrictId, ItemNo};
use rust_decimal::{Decimal, RoundingStrategy, prelude::ToPrimitive as _};

use super::{DistrictReport, Group, ItemReport, PLACES, Taken, labels::Given};
use crate::scoring::{ItemScore, Verdict};

/// Marks are summed for the correlation in millionths: its squares of 400,000 candidates stay far inside 128 bits.
const STEPS: i64 = 1_000_000;

/// What is summed of one item.
#[derive(Debug)]
pub(super) struct Sums {
    max: Decimal,
    all: Tried,
    undecided: u32,
    is_dropped: bool,
    upper: Mean,
    lower: Mean,
    rest: Moments,
    pub(super) given: Given,
    districts: BTreeMap<DistrictId, Tried>,
}

/// A sum of marks and of how many.
#[derive(Debug, Clone, Copy, Default)]
struct Mean {
    marks: Decimal,
    candidates: u32,
}

/// The same, with what was left out.
#[derive(Debug, Clone, Copy, Default)]
struct Tried {
    mean: Mean,
    omitted: u32,
    not_reached: u32,
}

/// Sums for the correlation of an item's marks (x) and the rest (y).
#[derive(Debug, Clone, Copy, Default)]
struct Moments {
    count: i128,
    x: i128,
    y: i128,
    xx: i128,
    yy: i128,
    xy: i128,
}

impl Sums {
    pub(super) fn new(max: Decimal) -> Self {
        Self {
            max,
            all: Tried::default(),
            undecided: 0,
            is_dropped: false,
            upper: Mean::default(),
            lower: Mean::default(),
            rest: Moments::default(),
            given: Given::default(),
            districts: BTreeMap::new(),
        }
    }

    pub(super) fn add(&mut self, score: &ItemScore, taken: &Taken<'_>, group: Group, is_not_reached: bool) {
        match score.verdict {
            Verdict::Review | Verdict::Unmarked => self.undecided += 1,
            Verdict::Dropped => self.is_dropped = true,
            Verdict::Right | Verdict::Wrong | Verdict::Partial | Verdict::Omitted | Verdict::Bonus => {
                self.add_decided(score, taken, group, is_not_reached);
            }
        }
    }

    fn add_decided(&mut self, score: &ItemScore, taken: &Taken<'_>, group: Group, is_not_reached: bool) {
        let is_left_out = score.verdict == Verdict::Omitted;
        let district = self.districts.entry(taken.district).or_default();
        for reached in [&mut self.all, district] {
            reached.mean.add(score.marks);
            reached.omitted += u32::from(is_left_out && !is_not_reached);
            reached.not_reached += u32::from(is_left_out && is_not_reached);
        }
        match group {
            Group::Upper => self.upper.add(score.marks),
            Group::Lower => self.lower.add(score.marks),
            Group::Middle => {}
        }
        self.rest.add(score.marks, taken.total - score.marks);
    }

    pub(super) fn report(&self, item: ItemNo, knows_order: bool) -> ItemReport {
        let upper_lower = self.upper.facility(self.max).zip(self.lower.facility(self.max));
        let left_out = if knows_order {
            (self.all.omitted, Some(self.all.not_reached))
        } else {
            (self.all.omitted + self.all.not_reached, None)
        };
        ItemReport {
            item,
            max: self.max.normalize().to_string(),
            candidates: self.all.mean.candidates,
            undecided: self.undecided,
            facility: self.facility(&self.all),
            item_rest: self.rest.correlation(),
            upper_lower: upper_lower
                .filter(|_| !self.is_dropped)
                .map(|(upper, lower)| places(upper - lower)),
            omitted: left_out.0,
            not_reached: left_out.1,
            given: self.given.report(),
            districts: self
                .districts
                .iter()
                .map(|(id, of)| self.district(*id, of))
                .collect(),
        }
    }

    fn facility(&self, of: &Tried) -> Option<String> {
        of.mean
            .facility(self.max)
            .filter(|_| !self.is_dropped)
            .map(places)
    }

    fn district(&self, district: DistrictId, of: &Tried) -> DistrictReport {
        DistrictReport {
            district,
            candidates: of.mean.candidates,
            facility: self.facility(of),
            omitted: of.omitted,
            not_reached: of.not_reached,
        }
    }
}

impl Mean {
    fn add(&mut self, marks: Decimal) {
        self.marks += marks;
        self.candidates += 1;
    }

    fn facility(self, max: Decimal) -> Option<Decimal> {
        self.marks.checked_div(max * Decimal::from(self.candidates))
    }
}

impl Moments {
    fn add(&mut self, marks: Decimal, rest: Decimal) {
        let (x, y) = (steps(marks), steps(rest));
        self.count += 1;
        self.x += x;
        self.y += y;
        self.xx += x * x;
        self.yy += y * y;
        self.xy += x * y;
    }

    /// The sums are exact; only their quotient is a binary float.
    fn correlation(&self) -> Option<String> {
        let both = self.count * self.xy - self.x * self.y;
        let (of_x, of_y) = (
            self.count * self.xx - self.x * self.x,
            self.count * self.yy - self.y * self.y,
        );
        if of_x == 0 || of_y == 0 {
            return None;
        }
        let value = both as f64 / ((of_x as f64).sqrt() * (of_y as f64).sqrt());
        let rounded = Decimal::from_f64_retain(value.clamp(-1.0, 1.0))?;
        Some(places(rounded))
    }
}

/// Marks in whole steps.
fn steps(marks: Decimal) -> i128 {
    (marks * Decimal::from(STEPS))
        .round()
        .to_i128()
        .unwrap_or_default()
}

/// With the places that are reported, always all of them.
pub(super) fn places(value: Decimal) -> String {
    let rounded = value.round_dp_with_strategy(PLACES, RoundingStrategy::MidpointAwayFromZero);
    // Nothing has no sign.
    let rounded = if rounded.is_zero() { Decimal::ZERO } else { rounded };
    format!("{rounded:.4}")
}
