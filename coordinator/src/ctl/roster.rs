//! `parikshactl roster`: reads and checks the file here, shows what an import would change, makes access codes here, sends
//! chunks; and has admit cards made.

mod cards;
mod codes;
mod difference;

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
};

use content::import::roster::RosterRow;
use protocol::{ids::DistrictId, limits::ROSTER_PAGE_MAX};

pub(super) use self::cards::CardsWish;
use self::difference::{Difference, Known};
use super::{arguments::RosterCommand, client::Client, failure::Failure, files, output::Output};
use crate::ops::shapes::{DistrictRow, InputError, Registered, RosterChunk, RosterEntry, RosterTaken};

/// The columns of a roster, for who begins with an empty sheet.
const TEMPLATE: &str =
    "number,name,roll,district,batch,disability,extra_minutes_per_hour,access_code,slot,centre,seat";

/// Changes that a person is shown; `--json` has all.
const CHANGES_SHOWN_MAX: usize = 50;

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

/// A file that was read.
struct Read {
    rows: Vec<RosterRow>,
    errors: Vec<InputError>,
    districts: Vec<DistrictRow>,
}

pub(super) async fn run(command: RosterCommand, client: &Client, output: &Output) -> Result<(), Failure> {
    match command {
        RosterCommand::Template => output.data(format!("{TEMPLATE}\n").as_bytes()),
        RosterCommand::Preview { file } => preview(&file, client, output).await,
        RosterCommand::Cards(wish) => cards::run(wish, client, output).await,
        RosterCommand::Import {
            file,
            partial,
            codes,
            replace_codes,
        } => {
            let wish = Wish {
                file,
                partial,
                codes,
                replace_codes,
            };
            let done = import(&wish, client, output).await?;
            show(&done, output)
        }
    }
}

fn show(done: &Done, output: &Output) -> Result<(), Failure> {
    if !done.skipped.is_empty() {
        output.note(&format!("{} lines were left out:", done.skipped.len()));
        output.input_errors(&done.skipped);
    }
    output.show(done, |done| {
        let codes = done.codes_file.as_ref().map_or(String::new(), |path| {
            format!("; {} access codes are in {}", done.codes_made, path.display())
        });
        format!("{} candidates imported{codes}", done.imported)
    })
}

/// What an import of the file would change. Sends nothing.
async fn preview(file: &Path, client: &Client, output: &Output) -> Result<(), Failure> {
    let read = read(file, client).await?;
    let known = registered(client).await?;
    let name = |id: u16| {
        let district = read.districts.iter().find(|district| district.id == id);
        district.map_or_else(|| id.to_string(), |district| district.name.clone())
    };
    let difference = difference::between(&known, &read.rows, name);
    output.show(&difference, described)?;
    if read.errors.is_empty() {
        return Ok(());
    }
    Err(Failure::Input {
        message: format!("{} has errors; an import would take nothing", file.display()),
        errors: read.errors,
    })
}

fn described(difference: &Difference) -> String {
    let mut lines = vec![format!(
        "{} new, {} changed, {} unchanged; {} registered candidates are not in the file and would stay as they are",
        difference.new.len(),
        difference.changed.len(),
        difference.unchanged,
        difference.not_in_file
    )];
    for change in difference.changed.iter().take(CHANGES_SHOWN_MAX) {
        let fields = change.fields.iter();
        let fields: Vec<String> = fields
            .map(|field| format!("{} `{}` becomes `{}`", field.column, field.before, field.after))
            .collect();
        lines.push(format!(
            "{} (line {}): {}",
            change.number,
            change.line,
            fields.join(", ")
        ));
    }
    if difference.changed.len() > CHANGES_SHOWN_MAX {
        let more = difference.changed.len() - CHANGES_SHOWN_MAX;
        lines.push(format!("and {more} more changed (--json lists all)"));
    }
    lines.join("\n")
}

async fn read(file: &Path, client: &Client) -> Result<Read, Failure> {
    let bytes = files::read_input(file)?;
    let districts: Vec<DistrictRow> = client.get(&["districts"]).await?;
    let by_name: BTreeMap<String, DistrictId> = districts
        .iter()
        .map(|row| (row.name.clone(), DistrictId(row.id)))
        .collect();
    let (rows, errors) = content::import::roster::candidates(&bytes, &by_name);
    Ok(Read {
        rows,
        errors: errors.into_iter().map(InputError::from).collect(),
        districts,
    })
}

/// Everybody the centre has.
async fn registered(client: &Client) -> Result<Known, Failure> {
    let mut known = Known::new();
    let mut after = Some(0);
    while let Some(from) = after {
        let query = [("after", from.to_string())];
        let page: Registered = client.get_with(&["candidates"], &query).await?;
        known.extend(page.candidates.into_iter().map(|one| (one.number, one)));
        after = page.next_after;
    }
    Ok(known)
}

async fn import(wish: &Wish, client: &Client, output: &Output) -> Result<Done, Failure> {
    let Read {
        mut rows,
        errors: skipped,
        districts,
    } = read(&wish.file, client).await?;
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
            codes::write(path, &rows, &made, &districts)?;
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
    let known = registered(client).await?;
    let made = codes::make(rows, |number| {
        wish.replace_codes || !known.contains_key(&number.0)
    });
    if !made.is_empty() && wish.codes.is_none() {
        return Err(Failure::Usage(format!(
            "{} candidates need an access code: say with --codes OUT.csv where to write them",
            made.len()
        )));
    }
    Ok(made)
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
