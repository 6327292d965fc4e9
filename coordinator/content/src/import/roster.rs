//! A roster: who may sit, where, with how much time. `parikshactl roster import` and the ops API call it. It is a CSV file
//! or the first sheet of a spreadsheet whose first row names the columns ([`columns`]), or a OneRoster zip ([`one_roster`]).

mod cells;
mod columns;
mod one_roster;

use std::{
    collections::{BTreeMap, HashMap},
    fmt,
};

use protocol::ids::{CandidateId, DistrictId};

use self::{
    cells::{Districts, Faults},
    columns::Columns,
};
use super::{
    fault::{ImportErrors, Problem, RowError},
    sheet, table,
};
use crate::archive::{Archive, ArchiveLimits};

/// Rows of one file: the state's whole roster, with room.
pub const ROSTER_ROWS_MAX: usize = 200_000;

/// A candidate as the file says.
#[derive(Clone, PartialEq, Eq)]
pub struct RosterRow {
    /// The line in the file; of a spreadsheet the row, of a OneRoster zip the line in `users.csv`.
    pub line: u64,
    /// The number on the admit card.
    pub number: CandidateId,
    /// Name as it is shown.
    pub name: String,
    /// Roll number as it is shown.
    pub roll: String,
    /// Where they are registered.
    pub district: DistrictId,
    /// Which batch; empty for none.
    pub batch: String,
    /// Extra time in thousandths of a sitting's duration.
    pub extra_permille: u16,
    /// The access code in its normal form, where the file gives one.
    pub access_code: Option<String>,
    /// Where and when they sit, for their card.
    pub place: Place,
}

/// What a card says of where and when a candidate sits. The centre keeps none of it: it stands in the file that has the
/// codes, and the cards are made from that. Each is empty for none.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Place {
    /// Which part of the day.
    pub slot: String,
    /// The centre's name.
    pub centre: String,
    /// The seat there.
    pub seat: String,
}

impl fmt::Debug for RosterRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "RosterRow(line {}, candidate {}, not shown)",
            self.line, self.number
        )
    }
}

/// What was read so far.
struct Reading<'a> {
    districts: Districts<'a>,
    rows: Vec<RosterRow>,
    errors: ImportErrors,
    seen: HashMap<CandidateId, u64>,
    seats: HashMap<Seat, u64>,
}

/// A seat: one candidate's, of those who sit together.
#[derive(PartialEq, Eq, Hash)]
struct Seat {
    district: DistrictId,
    batch: String,
    place: Place,
}

impl RosterRow {
    /// A candidate of whom nothing else is known.
    fn new(line: u64, number: CandidateId, name: String, district: DistrictId) -> Self {
        Self {
            line,
            number,
            name,
            roll: String::new(),
            district,
            batch: String::new(),
            extra_permille: 0,
            access_code: None,
            place: Place::default(),
        }
    }

    fn seat(&self) -> Option<Seat> {
        (!self.place.seat.is_empty()).then(|| Seat {
            district: self.district,
            batch: self.batch.clone(),
            place: self.place.clone(),
        })
    }
}

/// Reads a roster: the rows without a fault, and every fault by line. Districts are found by name whatever its case.
/// The caller imports nothing while there are faults, unless it was told to import in part.
pub fn candidates(bytes: &[u8], districts: &BTreeMap<String, DistrictId>) -> (Vec<RosterRow>, Vec<RowError>) {
    let mut reading = Reading::new(districts);
    if let Err(errors) = reading.read(bytes) {
        reading.rows.clear();
        reading.errors = errors;
    }
    let Reading { rows, mut errors, .. } = reading;
    errors.sort();
    let last = errors.errors.last().map(|error| error.line);
    if let (Some(line), true) = (last, errors.more > 0) {
        errors.errors.push(RowError {
            line,
            column: String::new(),
            problem: format!(
                "and {} more faults in and after this line; mend these first",
                errors.more
            ),
        });
    }
    (rows, errors.errors)
}

impl<'a> Reading<'a> {
    fn new(districts: &'a BTreeMap<String, DistrictId>) -> Self {
        let by_name = districts
            .iter()
            .map(|(name, id)| (name.trim().to_lowercase(), (name.as_str(), *id)));
        Self {
            districts: by_name.collect(),
            rows: Vec::new(),
            errors: ImportErrors::default(),
            seen: HashMap::new(),
            seats: HashMap::new(),
        }
    }

    fn read(&mut self, bytes: &[u8]) -> Result<(), ImportErrors> {
        let table = if Archive::is_one(bytes) {
            let archive = Archive::open(bytes, ArchiveLimits::default())
                .map_err(|error| ImportErrors::only(1, &Problem::Archive(error)))?;
            if one_roster::is_one(&archive) {
                return one_roster::read(&archive, self);
            }
            sheet::read(archive, ROSTER_ROWS_MAX + 1)?
        } else {
            table::read(bytes, ROSTER_ROWS_MAX + 1)?
        };
        let (header, rest) = table.first()?;
        let columns = Columns::of_header(header)?;
        self.errors = table.errors.clone();
        for row in rest {
            let mut faults = Faults::new();
            let candidate = columns.candidate(row, &self.districts, &mut faults);
            self.take(row.line, candidate, &faults);
        }
        self.check_empty(header.line);
        Ok(())
    }

    /// Keeps a candidate, or what is wrong with the line.
    fn take(&mut self, line: u64, candidate: Option<RosterRow>, faults: &Faults) {
        for (column, problem) in faults {
            self.errors.add(line, column, problem);
        }
        let Some(candidate) = candidate else { return };
        if let Some(first) = self.seen.get(&candidate.number) {
            let problem = Problem::Twice {
                what: "number",
                number: candidate.number.0,
                first: *first,
            };
            self.errors.add(line, "number", &problem);
            return;
        }
        if let Some(seat) = candidate.seat()
            && let Some(first) = self.seats.insert(seat, line)
        {
            self.errors.add(line, "seat", &Problem::SeatTwice { first });
            return;
        }
        self.seen.insert(candidate.number, line);
        self.rows.push(candidate);
    }

    fn check_empty(&mut self, line: u64) {
        if self.rows.is_empty() && self.errors.is_empty() {
            self.errors.add(line, "", &Problem::Empty);
        }
    }
}

#[cfg(test)]
mod tests;
