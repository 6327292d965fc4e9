//! What a roster's cells mean, whatever file they stand in.

use std::collections::BTreeMap;

use protocol::{
    ids::{CandidateId, DistrictId},
    roster::normal_access_code,
};
use rust_decimal::{Decimal, prelude::ToPrimitive};

use crate::{
    import::fault::{Problem, excerpt},
    marks::Marks,
};

/// Characters of a name.
const NAME_CHARS_MAX: usize = 100;
/// Characters of a roll number, a batch, a slot and a seat.
pub(super) const SHORT_CHARS_MAX: usize = 40;
/// Characters of a centre's name.
pub(super) const CENTRE_CHARS_MAX: usize = 200;
/// Extra minutes an hour: with more than double time the sitting is planned otherwise.
const EXTRA_MINUTES_MAX: u32 = 60;
/// The least for candidates with disabilities.
const DISABILITY_MINUTES_MIN: u32 = 20;
/// Districts that an error names.
const DISTRICTS_NAMED_MAX: usize = 8;

/// Districts by name in lower case, with the name as it is written.
pub(super) type Districts<'a> = BTreeMap<String, (&'a str, DistrictId)>;

/// What is wrong with a row, by column.
pub(super) type Faults = Vec<(&'static str, Problem)>;

/// A candidate's number.
pub(super) fn number(column: &'static str, cell: &str, faults: &mut Faults) -> Option<CandidateId> {
    match cell.parse::<u32>() {
        Ok(number) if number > 0 => Some(CandidateId(number)),
        Ok(_) | Err(_) => {
            let expected = "a candidate's number; write a whole number from 1 to 4294967295";
            faults.push((column, Problem::not_a(cell, expected)));
            None
        }
    }
}

/// One line of text without needless blanks.
pub(super) fn one_line(column: &'static str, cell: &str, max: usize, faults: &mut Faults) -> String {
    let held = cell.chars().count();
    if held > max {
        faults.push((column, Problem::TooLong { held, max }));
    }
    cell.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A candidate's name.
pub(super) fn name(column: &'static str, cell: &str, faults: &mut Faults) -> String {
    let name = one_line(column, cell, NAME_CHARS_MAX, faults);
    if name.is_empty() {
        faults.push((column, Problem::EmptyCell("write the candidate's name")));
    }
    name
}

/// Who is meant and where, when nothing was wrong with the row.
pub(super) fn faultless(
    number: Option<CandidateId>,
    district: Option<DistrictId>,
    faults: &Faults,
) -> Option<(CandidateId, DistrictId)> {
    number.zip(district).filter(|_| faults.is_empty())
}

/// A district by its name, whatever its case.
pub(super) fn district(cell: &str, districts: &Districts<'_>, faults: &mut Faults) -> Option<DistrictId> {
    let district = districts.get(&cell.to_lowercase()).map(|(_, id)| *id);
    if district.is_none() {
        let problem = Problem::UnknownDistrict {
            given: excerpt(cell),
            known: known(districts),
        };
        faults.push(("district", problem));
    }
    district
}

/// The districts' names, as far as they fit into a sentence.
pub(super) fn known(districts: &Districts<'_>) -> String {
    let names = districts.values().map(|(name, _)| *name);
    let mut known: Vec<&str> = names.take(DISTRICTS_NAMED_MAX).collect();
    if districts.len() > DISTRICTS_NAMED_MAX {
        known.push("…");
    }
    known.join(", ")
}

/// Whether a cell says yes; an empty one says no.
pub(super) fn yes(column: &'static str, cell: &str, faults: &mut Faults) -> bool {
    match cell.to_lowercase().as_str() {
        "yes" | "y" | "true" | "1" => true,
        "" | "no" | "n" | "false" | "0" => false,
        _ => {
            faults.push((column, Problem::not_a(cell, "yes or no; write one of them")));
            false
        }
    }
}

/// Extra time in thousandths. With a disability an empty cell gives the least that is due, and less is refused.
pub(super) fn extra(cell: &str, has_disability: bool, faults: &mut Faults) -> u16 {
    let least = if has_disability { DISABILITY_MINUTES_MIN } else { 0 };
    if cell.is_empty() {
        return permille(Decimal::from(least)).unwrap_or_default();
    }
    let minutes = cell.parse::<Marks>().ok().map(Marks::decimal);
    let minutes = minutes.filter(|minutes| *minutes <= Decimal::from(EXTRA_MINUTES_MAX));
    if minutes.is_some_and(|minutes| minutes < Decimal::from(least)) {
        faults.push(("extra_minutes_per_hour", Problem::TooLittleExtraTime(least)));
        return 0;
    }
    minutes.and_then(permille).unwrap_or_else(|| {
        let expected = "a number of extra minutes an hour; write 0 to 60, e.g. 20";
        faults.push(("extra_minutes_per_hour", Problem::not_a(cell, expected)));
        0
    })
}

/// Minutes an hour as thousandths, rounded up in the candidate's favour.
fn permille(minutes: Decimal) -> Option<u16> {
    (minutes * Decimal::from(1000) / Decimal::from(60))
        .ceil()
        .to_u16()
}

/// An access code in its normal form, where there is one.
pub(super) fn access_code(cell: &str, faults: &mut Faults) -> Option<String> {
    let code = normal_access_code(cell);
    if code.is_none() && !cell.is_empty() {
        faults.push(("access_code", Problem::NotAnAccessCode));
    }
    code
}
