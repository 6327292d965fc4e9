//! Access codes that an import makes. They exist in the clear in three places only: the file that `--codes` names, the
//! request under TLS, and the printed card. The file is written before anything is sent, so that no candidate can have a
//! code that nobody knows; it is a roster itself, so that an import that broke off is finished by importing that file.

use std::{collections::BTreeSet, path::Path};

use content::import::roster::RosterRow;
use protocol::{ids::CandidateId, roster::access_code};
use store::whole_file;

use crate::{ctl::failure::Failure, ops::shapes::DistrictRow};

/// Gives a code to everybody who needs one; returns the numbers of those who got one.
pub(super) fn make(rows: &mut [RosterRow], needs: impl Fn(CandidateId) -> bool) -> BTreeSet<u32> {
    let mut made = BTreeSet::new();
    for row in rows.iter_mut().filter(|row| row.access_code.is_none()) {
        if needs(row.number) {
            row.access_code = Some(access_code(rand::random()));
            made.insert(row.number.0);
        }
    }
    made
}

/// Writes the codes of those who got one, to a file that must not exist yet.
pub(super) fn write(
    path: &Path,
    rows: &[RosterRow],
    made: &BTreeSet<u32>,
    districts: &[DistrictRow],
) -> Result<(), Failure> {
    let csv = codes_csv(rows, made, districts).map_err(|error| Failure::Other(error.to_string()))?;
    whole_file::create(path, &csv).map_err(|error| match error.kind() {
        std::io::ErrorKind::AlreadyExists => Failure::Usage(format!(
            "{} exists; it may hold codes that are in use, so it is not overwritten: name another file",
            path.display()
        )),
        _ => Failure::file(path, &error),
    })
}

fn codes_csv(
    rows: &[RosterRow],
    made: &BTreeSet<u32>,
    districts: &[DistrictRow],
) -> Result<Vec<u8>, csv::Error> {
    let mut csv = csv::Writer::from_writer(Vec::new());
    csv.write_record([
        "number",
        "name",
        "roll",
        "district",
        "batch",
        "extra_minutes_per_hour",
        "access_code",
        "slot",
        "centre",
        "seat",
    ])?;
    for row in rows.iter().filter(|row| made.contains(&row.number.0)) {
        let district = districts
            .iter()
            .find(|district| district.id == row.district.0)
            .map_or("", |district| district.name.as_str());
        csv.write_record([
            &row.number.to_string(),
            &row.name,
            &row.roll,
            district,
            &row.batch,
            &extra_minutes(row.extra_permille),
            row.access_code.as_deref().unwrap_or_default(),
            &row.place.slot,
            &row.place.centre,
            &row.place.seat,
        ])?;
    }
    csv.into_inner()
        .map_err(|error| csv::Error::from(error.into_error()))
}

/// Thousandths of the duration as minutes an hour, exactly: one thousandth is 0.06 minutes.
fn extra_minutes(permille: u16) -> String {
    match u32::from(permille) * 6 {
        0 => String::new(),
        hundredths => format!("{}.{:02}", hundredths / 100, hundredths % 100),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    use content::import::roster::Place;
    use protocol::ids::{CandidateId, DistrictId};

    #[test]
    fn the_codes_file_is_a_roster_that_reads_back_the_same() {
        let district = DistrictRow {
            id: 3,
            name: "Nashik".into(),
            candidates: 0,
            nodes: 0,
        };
        let row = RosterRow {
            line: 2,
            number: CandidateId(27_001),
            name: "मीरा, \"M\"".into(),
            roll: "R-1".into(),
            district: DistrictId(3),
            batch: "A".into(),
            extra_permille: 334,
            access_code: Some(access_code([9; 10])),
            place: Place {
                slot: "9 to 11".into(),
                centre: "Zilla Parishad School 12".into(),
                seat: "B-7".into(),
            },
        };
        let csv = codes_csv(std::slice::from_ref(&row), &[27_001].into(), &[district]).unwrap();
        let names = BTreeMap::from([("Nashik".to_owned(), DistrictId(3))]);
        let (rows, errors) = content::import::roster::candidates(&csv, &names);
        assert!(errors.is_empty(), "{errors:?}");
        let normal = protocol::roster::normal_access_code(row.access_code.as_deref().unwrap());
        assert!(
            rows == vec![RosterRow {
                access_code: normal,
                ..row
            }]
        );
    }
}
