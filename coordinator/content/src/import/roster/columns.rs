//! A roster with a header: where everything stands, read from the first line once, and a row as a candidate.
//!
//! The columns may stand in any order: `number` (the number on the admit card, from 1), `name`, `roll`, `district` (by
//! name), `batch` (empty for none), `disability` (`yes` gives at least 20 extra minutes an hour, as the guidelines for
//! examinations of the Department of Empowerment of Persons with Disabilities of 29 August 2018 ask),
//! `extra_minutes_per_hour` (0 to 60, empty for none; rounded up to a thousandth in the candidate's favour),
//! `access_code` (empty to have one made), and for the card `slot`, `centre` and `seat`. `number`, `name` and `district` are
//! required.

use std::collections::HashMap;

use super::{
    Place, RosterRow,
    cells::{self, CENTRE_CHARS_MAX, Districts, Faults, SHORT_CHARS_MAX},
};
use crate::import::{
    fault::{ImportErrors, Problem, excerpt},
    table::{self, Row},
};

const NAMES: &str = "number, name, roll, district, batch, disability, extra_minutes_per_hour, access_code, slot, centre, seat";

/// Where everything stands in a row.
pub(super) struct Columns {
    number: usize,
    name: usize,
    district: usize,
    roll: Option<usize>,
    batch: Option<usize>,
    disability: Option<usize>,
    extra: Option<usize>,
    access_code: Option<usize>,
    slot: Option<usize>,
    centre: Option<usize>,
    seat: Option<usize>,
    count: usize,
}

impl Columns {
    pub(super) fn of_header(header: &Row) -> Result<Self, ImportErrors> {
        let mut places: HashMap<String, usize> = HashMap::new();
        let mut errors = ImportErrors::default();
        let known: Vec<&str> = NAMES.split(", ").collect();
        for (index, cell) in header
            .cells
            .iter()
            .enumerate()
            .filter(|(_, cell)| !cell.is_empty())
        {
            let name = cell.to_ascii_lowercase();
            if !known.contains(&name.as_str()) {
                errors.add(header.line, "", &Problem::UnknownColumn(excerpt(cell), NAMES));
            } else if places.insert(name.clone(), index).is_some() {
                errors.add(header.line, &name, &Problem::ColumnTwice);
            }
        }
        if !known.iter().any(|name| places.contains_key(*name)) {
            let problem = match table::other_separator(header) {
                Some(separator) => Problem::OtherSeparator(separator),
                None => Problem::NoHeader(NAMES),
            };
            return Err(ImportErrors::only(header.line, &problem));
        }
        let mut required = |name: &str| {
            places.get(name).copied().unwrap_or_else(|| {
                errors.add(header.line, name, &Problem::MissingColumn(NAMES));
                0
            })
        };
        let columns = Self {
            number: required("number"),
            name: required("name"),
            district: required("district"),
            roll: places.get("roll").copied(),
            batch: places.get("batch").copied(),
            disability: places.get("disability").copied(),
            extra: places.get("extra_minutes_per_hour").copied(),
            access_code: places.get("access_code").copied(),
            slot: places.get("slot").copied(),
            centre: places.get("centre").copied(),
            seat: places.get("seat").copied(),
            count: header.cells.len(),
        };
        if errors.is_empty() {
            Ok(columns)
        } else {
            Err(errors)
        }
    }

    /// A row as a candidate; `None` when something was wrong, which is then in `faults`.
    pub(super) fn candidate(
        &self,
        row: &Row,
        districts: &Districts<'_>,
        faults: &mut Faults,
    ) -> Option<RosterRow> {
        if row.cells.iter().skip(self.count).any(|cell| !cell.is_empty()) {
            let (held, named) = (row.cells.len(), self.count);
            faults.push(("", Problem::TooManyCells { held, named }));
        }
        let cell = |column: Option<usize>| column.map_or("", |column| row.cell(column));
        let number = cells::number("number", row.cell(self.number), faults);
        let name = cells::name("name", row.cell(self.name), faults);
        let roll = cells::one_line("roll", cell(self.roll), SHORT_CHARS_MAX, faults);
        let batch = cells::one_line("batch", cell(self.batch), SHORT_CHARS_MAX, faults);
        let district = cells::district(row.cell(self.district), districts, faults);
        let has_disability = cells::yes("disability", cell(self.disability), faults);
        let extra_permille = cells::extra(cell(self.extra), has_disability, faults);
        let access_code = cells::access_code(cell(self.access_code), faults);
        let place = Place {
            slot: cells::one_line("slot", cell(self.slot), SHORT_CHARS_MAX, faults),
            centre: cells::one_line("centre", cell(self.centre), CENTRE_CHARS_MAX, faults),
            seat: cells::one_line("seat", cell(self.seat), SHORT_CHARS_MAX, faults),
        };
        let (number, district) = cells::faultless(number, district, faults)?;
        Some(RosterRow {
            roll,
            batch,
            extra_permille,
            access_code,
            place,
            ..RosterRow::new(row.line, number, name, district)
        })
    }
}
