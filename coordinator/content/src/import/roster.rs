//! A roster from a CSV file: who may sit, where, with how much time. `parikshactl roster import` and the ops API call it.
//!
//! The first line names the columns, in any order: `number` (the number on the admit card, from 1), `name`, `roll`,
//! `district` (by name), `batch` (empty for none), `extra_minutes_per_hour` (0 to 60, empty for none; rounded up to a
//! thousandth in the candidate's favour) and `access_code` (empty to have one made). `number`, `name` and `district`
//! are required.

use std::{
    collections::{BTreeMap, HashMap},
    fmt,
};

use protocol::{
    ids::{CandidateId, DistrictId},
    roster::normal_access_code,
};
use rust_decimal::{Decimal, prelude::ToPrimitive};

use super::{
    fault::{ImportErrors, Problem, RowError, excerpt},
    table::{self, Row},
};
use crate::marks::Marks;

/// Rows of one file: the state's whole roster, with room.
pub const ROSTER_ROWS_MAX: usize = 200_000;

/// Characters of a name.
const NAME_CHARS_MAX: usize = 100;
/// Characters of a roll number and of a batch.
const SHORT_CHARS_MAX: usize = 40;
/// Extra minutes an hour: with more than double time the sitting is planned otherwise.
const EXTRA_MINUTES_MAX: u32 = 60;
/// Districts that an error names.
const DISTRICTS_NAMED_MAX: usize = 8;

const NAMES: &str = "number, name, roll, district, batch, extra_minutes_per_hour, access_code";

/// A candidate as the file says.
#[derive(Clone, PartialEq, Eq)]
pub struct RosterRow {
    /// The line in the file.
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

/// Where everything stands in a row.
struct Columns {
    number: usize,
    name: usize,
    district: usize,
    roll: Option<usize>,
    batch: Option<usize>,
    extra: Option<usize>,
    access_code: Option<usize>,
    count: usize,
}

/// Reads a roster: the rows without a fault, and every fault by line. Districts are found by name whatever its case.
/// The caller imports nothing while there are faults, unless it was told to import in part.
pub fn candidates(bytes: &[u8], districts: &BTreeMap<String, DistrictId>) -> (Vec<RosterRow>, Vec<RowError>) {
    let (rows, mut errors) = match read(bytes, districts) {
        Ok(read) => read,
        Err(errors) => (Vec::new(), errors),
    };
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

fn read(
    bytes: &[u8],
    districts: &BTreeMap<String, DistrictId>,
) -> Result<(Vec<RosterRow>, ImportErrors), ImportErrors> {
    let table = table::read(bytes, ROSTER_ROWS_MAX + 1)?;
    let (header, rest) = table.first()?;
    let columns = Columns::of_header(header)?;
    let mut errors = table.errors.clone();
    let by_name: Districts<'_> = districts
        .iter()
        .map(|(name, id)| (name.trim().to_lowercase(), (name.as_str(), *id)))
        .collect();
    let mut seen: HashMap<CandidateId, u64> = HashMap::new();
    let mut rows = Vec::with_capacity(rest.len());
    for row in rest {
        let mut faults = Vec::new();
        let candidate = candidate(row, &columns, &by_name, &mut faults);
        for (column, problem) in &faults {
            errors.add(row.line, column, problem);
        }
        let Some(candidate) = candidate else { continue };
        if let Some(first) = seen.get(&candidate.number) {
            let problem = Problem::Twice {
                what: "number",
                number: candidate.number.0,
                first: *first,
            };
            errors.add(row.line, "number", &problem);
            continue;
        }
        seen.insert(candidate.number, row.line);
        rows.push(candidate);
    }
    if rows.is_empty() && errors.is_empty() {
        errors.add(header.line, "", &Problem::Empty);
    }
    Ok((rows, errors))
}

impl Columns {
    fn of_header(header: &Row) -> Result<Self, ImportErrors> {
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
            extra: places.get("extra_minutes_per_hour").copied(),
            access_code: places.get("access_code").copied(),
            count: header.cells.len(),
        };
        if errors.is_empty() {
            Ok(columns)
        } else {
            Err(errors)
        }
    }
}

/// Districts by name in lower case, with the name as it is written.
type Districts<'a> = BTreeMap<String, (&'a str, DistrictId)>;

type Faults = Vec<(&'static str, Problem)>;

fn candidate(
    row: &Row,
    columns: &Columns,
    districts: &Districts<'_>,
    faults: &mut Faults,
) -> Option<RosterRow> {
    if row.cells.iter().skip(columns.count).any(|cell| !cell.is_empty()) {
        let (held, named) = (row.cells.len(), columns.count);
        faults.push(("", Problem::TooManyCells { held, named }));
    }
    let cell = |column: Option<usize>| column.map_or("", |column| row.cell(column));
    let number = number(row.cell(columns.number), faults);
    let name = one_line("name", row.cell(columns.name), NAME_CHARS_MAX, faults);
    if name.is_empty() {
        faults.push(("name", Problem::EmptyCell("write the candidate's name")));
    }
    let roll = one_line("roll", cell(columns.roll), SHORT_CHARS_MAX, faults);
    let batch = one_line("batch", cell(columns.batch), SHORT_CHARS_MAX, faults);
    let district = district(row.cell(columns.district), districts, faults);
    let extra_permille = extra(cell(columns.extra), faults);
    let access_code = access_code(cell(columns.access_code), faults);
    if !faults.is_empty() {
        return None;
    }
    Some(RosterRow {
        line: row.line,
        number: number?,
        name,
        roll,
        district: district?,
        batch,
        extra_permille,
        access_code,
    })
}

fn number(cell: &str, faults: &mut Faults) -> Option<CandidateId> {
    match cell.parse::<u32>() {
        Ok(number) if number > 0 => Some(CandidateId(number)),
        Ok(_) | Err(_) => {
            let expected = "a candidate's number; write a whole number from 1 to 4294967295";
            faults.push(("number", Problem::not_a(cell, expected)));
            None
        }
    }
}

fn one_line(column: &'static str, cell: &str, max: usize, faults: &mut Faults) -> String {
    let held = cell.chars().count();
    if held > max {
        faults.push((column, Problem::TooLong { held, max }));
    }
    cell.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn district(cell: &str, districts: &Districts<'_>, faults: &mut Faults) -> Option<DistrictId> {
    let district = districts.get(&cell.to_lowercase()).map(|(_, id)| *id);
    if district.is_none() {
        let mut known: Vec<&str> = districts
            .values()
            .map(|(name, _)| *name)
            .take(DISTRICTS_NAMED_MAX)
            .collect();
        if districts.len() > DISTRICTS_NAMED_MAX {
            known.push("…");
        }
        let problem = Problem::UnknownDistrict {
            given: excerpt(cell),
            known: known.join(", "),
        };
        faults.push(("district", problem));
    }
    district
}

fn extra(cell: &str, faults: &mut Faults) -> u16 {
    if cell.is_empty() {
        return 0;
    }
    let minutes = cell.parse::<Marks>().ok().map(Marks::decimal);
    let permille = minutes
        .filter(|minutes| *minutes <= Decimal::from(EXTRA_MINUTES_MAX))
        .and_then(|minutes| {
            (minutes * Decimal::from(1000) / Decimal::from(60))
                .ceil()
                .to_u16()
        });
    permille.unwrap_or_else(|| {
        let expected = "a number of extra minutes an hour; write 0 to 60, e.g. 20";
        faults.push(("extra_minutes_per_hour", Problem::not_a(cell, expected)));
        0
    })
}

fn access_code(cell: &str, faults: &mut Faults) -> Option<String> {
    let code = normal_access_code(cell);
    if code.is_none() && !cell.is_empty() {
        faults.push(("access_code", Problem::NotAnAccessCode));
    }
    code
}

#[cfg(test)]
mod tests;
