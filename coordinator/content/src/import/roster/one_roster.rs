//! A OneRoster zip of CSV files, version 1.1 or 1.2 (1EdTech's rostering standard), as school systems export it.
//!
//! Candidates are the enabled users with the role `teacher`: by `role` in `users.csv` (1.1) or by `roles.csv` (1.2). Their
//! number is `identifier`, or `username` where that is empty; the other of the two is the roll number. Their district is
//! the nearest organisation at or above theirs in `orgs.csv` whose name is a district's. The extension column
//! `metadata.extraMinutesPerHour` of `users.csv` gives extra time. Header names are read in any case. Nothing reads the
//! column `password`.

use std::collections::{HashMap, HashSet};

use protocol::ids::DistrictId;

use super::{
    Reading, RosterRow,
    cells::{self, Districts, Faults, SHORT_CHARS_MAX},
};
use crate::{
    archive::Archive,
    import::{
        fault::{ImportErrors, Problem, excerpt},
        table::{self, Row, Table},
    },
};

const USERS: &str = "users.csv";
const ORGS: &str = "orgs.csv";
const ROLES: &str = "roles.csv";
const TEACHER: &str = "teacher";

/// Rows of one file of the zip: everybody of the state's schools, pupils too, stands in `users.csv`.
const ROWS_MAX: usize = 500_000;

/// Organisations above one another; a ring of them ends here.
const ORGS_DEEP: usize = 16;

/// One file of the zip with its header.
struct Sheet {
    table: Table,
    columns: HashMap<String, usize>,
}

/// Organisations by their id.
struct Orgs(HashMap<String, Org>);

struct Org {
    name: String,
    parent: String,
}

/// Whether a zip is a roster of this kind.
pub(super) fn is_one(archive: &Archive) -> bool {
    archive.get(USERS).is_some()
}

/// Reads it.
pub(super) fn read(archive: &Archive, reading: &mut Reading<'_>) -> Result<(), ImportErrors> {
    let users = Sheet::of(archive, USERS)?;
    let orgs = Orgs::of(&Sheet::of(archive, ORGS)?);
    // Version 1.2 has a file for roles, 1.1 a column.
    let teachers = match archive.get(ROLES) {
        Some(_) => Some(teachers(&Sheet::of(archive, ROLES)?)),
        None => None,
    };
    reading.errors = users.table.errors.clone();
    for row in users.rows() {
        let is_teacher = match &teachers {
            Some(teachers) => teachers.contains_key(users.cell(row, "sourcedid")),
            None => users.cell(row, "role").eq_ignore_ascii_case(TEACHER),
        };
        let is_enabled = users.cell(row, "enableduser").eq_ignore_ascii_case("true");
        if !is_teacher || !is_enabled || is_deleted(&users, row) {
            continue;
        }
        let org = org_of(&users, row, teachers.as_ref());
        let mut faults = Faults::new();
        let candidate = candidate(&users, row, orgs.district(&org, &reading.districts), &mut faults);
        reading.take(row.line, candidate, &faults);
    }
    reading.check_empty(1);
    Ok(())
}

fn candidate(
    users: &Sheet,
    row: &Row,
    district: Result<DistrictId, Problem>,
    faults: &mut Faults,
) -> Option<RosterRow> {
    let (identifier, username) = (users.cell(row, "identifier"), users.cell(row, "username"));
    let (column, number, roll) = match identifier {
        "" => ("username", username, ""),
        _ => ("identifier", identifier, username),
    };
    let number = cells::number(column, number, faults);
    let name = ["givenname", "middlename", "familyname"].map(|part| users.cell(row, part));
    let name = cells::name("givenName", name.join(" ").trim(), faults);
    let roll = cells::one_line("username", roll, SHORT_CHARS_MAX, faults);
    let extra_permille = cells::extra(users.cell(row, "metadata.extraminutesperhour"), false, faults);
    let district = district
        .map_err(|problem| faults.push(("orgSourcedIds", problem)))
        .ok();
    let (number, district) = cells::faultless(number, district, faults)?;
    Some(RosterRow {
        roll,
        extra_permille,
        ..RosterRow::new(row.line, number, name, district)
    })
}

/// Teachers by their id, each with the organisation of that role; the primary role before others.
fn teachers(roles: &Sheet) -> HashMap<String, String> {
    let mut teachers = HashMap::new();
    for row in roles.rows() {
        if !roles.cell(row, "role").eq_ignore_ascii_case(TEACHER) || is_deleted(roles, row) {
            continue;
        }
        let user = roles.cell(row, "usersourcedid").to_owned();
        let org = roles.cell(row, "orgsourcedid").to_owned();
        if roles.cell(row, "roletype").eq_ignore_ascii_case("primary") {
            teachers.insert(user, org);
        } else {
            teachers.entry(user).or_insert(org);
        }
    }
    teachers
}

/// The organisation of a user: that of the role, else the primary one, else the first that is named.
fn org_of(users: &Sheet, row: &Row, teachers: Option<&HashMap<String, String>>) -> String {
    let by_role = teachers.and_then(|teachers| teachers.get(users.cell(row, "sourcedid")));
    if let Some(org) = by_role.filter(|org| !org.is_empty()) {
        return org.clone();
    }
    let primary = users.cell(row, "primaryorgsourcedid");
    let first = users
        .cell(row, "orgsourcedids")
        .split(',')
        .next()
        .unwrap_or_default();
    if primary.is_empty() {
        first.trim().to_owned()
    } else {
        primary.to_owned()
    }
}

fn is_deleted(sheet: &Sheet, row: &Row) -> bool {
    sheet.cell(row, "status").eq_ignore_ascii_case("tobedeleted")
}

// === impl Sheet ===

impl Sheet {
    fn of(archive: &Archive, name: &'static str) -> Result<Self, ImportErrors> {
        let bytes = archive
            .get(name)
            .ok_or_else(|| ImportErrors::only(1, &Problem::OneRosterFile(name)))?;
        let table = table::read(bytes, ROWS_MAX + 1)?;
        let (header, _) = table.first()?;
        let columns = header.cells.iter().map(|name| name.to_lowercase()).zip(0..);
        let columns: HashMap<String, usize> = columns.collect();
        if !columns.contains_key("sourcedid") && name != ROLES {
            let problem = Problem::MissingColumn("OneRoster names its columns sourcedId, status, …");
            let mut errors = ImportErrors::default();
            errors.add(header.line, &format!("{name} sourcedId"), &problem);
            return Err(errors);
        }
        Ok(Self { table, columns })
    }

    fn rows(&self) -> impl Iterator<Item = &Row> {
        self.table.rows.iter().skip(1)
    }

    /// A cell by its column's name in lower case; empty where there is no such column.
    fn cell<'a>(&self, row: &'a Row, column: &str) -> &'a str {
        self.columns.get(column).map_or("", |place| row.cell(*place))
    }
}

// === impl Orgs ===

impl Orgs {
    fn of(sheet: &Sheet) -> Self {
        let org = |row| {
            let org = Org {
                name: sheet.cell(row, "name").to_owned(),
                parent: sheet.cell(row, "parentsourcedid").to_owned(),
            };
            (sheet.cell(row, "sourcedid").to_owned(), org)
        };
        Self(sheet.rows().map(org).collect())
    }

    fn district(&self, id: &str, districts: &Districts<'_>) -> Result<DistrictId, Problem> {
        let mut at = id;
        let mut passed = HashSet::new();
        while let Some(org) = self
            .0
            .get(at)
            .filter(|_| passed.len() < ORGS_DEEP && passed.insert(at))
        {
            if let Some((_, district)) = districts.get(&org.name.to_lowercase()) {
                return Ok(*district);
            }
            at = &org.parent;
        }
        let given = self.0.get(id).map_or(id, |org| org.name.as_str());
        Err(Problem::NoDistrictAbove {
            given: excerpt(given),
            known: cells::known(districts),
        })
    }
}
