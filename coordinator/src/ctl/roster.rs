//! `parikshactl roster import`: reads and checks the file here, makes access codes here, sends chunks.
//!
//! Codes exist in the clear in three places only: the file that `--codes` names, the request under TLS, and the printed
//! card. The file is written before anything is sent, so that no candidate can have a code that nobody knows; it is a
//! roster itself, so that an import that broke off is finished by importing that file.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
};

use content::import::roster::RosterRow;
use protocol::{ids::DistrictId, limits::ROSTER_PAGE_MAX, roster::access_code};
use store::whole_file;

use super::{arguments::RosterCommand, client::Client, failure::Failure, files, output::Output};
use crate::ops::shapes::{DistrictRow, InputError, RegisteredNumbers, RosterChunk, RosterEntry, RosterTaken};

/// What the command did.
#[derive(serde::Serialize)]
struct Done {
    imported: u64,
    codes_made: usize,
    codes_file: Option<PathBuf>,
    skipped: Vec<InputError>,
}

/// What the command line asked for.
struct Wish {
    file: PathBuf,
    partial: bool,
    codes: Option<PathBuf>,
    replace_codes: bool,
}

pub(super) async fn run(command: RosterCommand, client: &Client, output: &Output) -> Result<(), Failure> {
    let RosterCommand::Import {
        file,
        partial,
        codes,
        replace_codes,
    } = command;
    let wish = Wish {
        file,
        partial,
        codes,
        replace_codes,
    };
    let imported = import(&wish, client, output).await?;
    if !imported.skipped.is_empty() {
        output.note(&format!("{} lines were left out:", imported.skipped.len()));
        output.input_errors(&imported.skipped);
    }
    output.show(&imported, |imported| {
        let codes = imported.codes_file.as_ref().map_or(String::new(), |path| {
            format!("; {} access codes are in {}", imported.codes_made, path.display())
        });
        format!("{} candidates imported{codes}", imported.imported)
    })
}

async fn import(wish: &Wish, client: &Client, output: &Output) -> Result<Done, Failure> {
    let bytes = files::read_input(&wish.file)?;
    let districts: Vec<DistrictRow> = client.get(&["districts"]).await?;
    let by_name: BTreeMap<String, DistrictId> = districts
        .iter()
        .map(|row| (row.name.clone(), DistrictId(row.id)))
        .collect();
    let (mut rows, errors) = content::import::roster::candidates(&bytes, &by_name);
    let skipped: Vec<InputError> = errors.into_iter().map(InputError::from).collect();
    if rows.is_empty() || (!skipped.is_empty() && !wish.partial) {
        let message = format!("{} has errors; nothing was imported", wish.file.display());
        return Err(Failure::Input {
            message,
            errors: skipped,
        });
    }
    let made = make_codes(&mut rows, wish, client).await?;
    let codes_file = match (&wish.codes, made.is_empty()) {
        (Some(path), false) => {
            write_codes(path, &rows, &made, &districts)?;
            Some(path.clone())
        }
        _ => None,
    };
    let sent = send(&rows, client, output).await;
    let imported = sent.inspect_err(|_| {
        if let Some(path) = &codes_file {
            output.note(&format!(
                "the import broke off; finish it by importing {}, then {} again",
                path.display(),
                wish.file.display()
            ));
        }
    })?;
    Ok(Done {
        imported,
        codes_made: made.len(),
        codes_file,
        skipped,
    })
}

/// Gives a code to everybody who needs one; returns the numbers of those who got one.
async fn make_codes(rows: &mut [RosterRow], wish: &Wish, client: &Client) -> Result<BTreeSet<u32>, Failure> {
    if rows.iter().all(|row| row.access_code.is_some()) {
        return Ok(BTreeSet::new());
    }
    let registered: RegisteredNumbers = client.get(&["candidates", "numbers"]).await?;
    let registered: BTreeSet<u32> = registered.numbers.into_iter().collect();
    let mut made = BTreeSet::new();
    for row in rows.iter_mut().filter(|row| row.access_code.is_none()) {
        if wish.replace_codes || !registered.contains(&row.number.0) {
            row.access_code = Some(access_code(rand::random()));
            made.insert(row.number.0);
        }
    }
    if !made.is_empty() && wish.codes.is_none() {
        return Err(Failure::Usage(format!(
            "{} candidates need an access code: say with --codes OUT.csv where to write them",
            made.len()
        )));
    }
    Ok(made)
}

fn write_codes(
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

async fn send(rows: &[RosterRow], client: &Client, output: &Output) -> Result<u64, Failure> {
    let progress = output.bar(Some(rows.len() as u64), "importing candidates");
    let mut imported = 0;
    for chunk in rows.chunks(ROSTER_PAGE_MAX) {
        let candidates = chunk.iter().map(entry).collect();
        let taken: RosterTaken = client.post(&["roster"], &RosterChunk { candidates }).await?;
        imported += taken.imported;
        progress.inc(chunk.len() as u64);
    }
    progress.finish_and_clear();
    Ok(imported)
}

fn entry(row: &RosterRow) -> RosterEntry {
    RosterEntry {
        number: row.number.0,
        name: row.name.clone(),
        roll: row.roll.clone(),
        district: row.district.0,
        batch: row.batch.clone(),
        extra_permille: row.extra_permille,
        access_code: row.access_code.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use protocol::ids::CandidateId;

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
