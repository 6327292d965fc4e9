//! `parikshactl marks`: scripts for markers, marks back from them, how far the marking is.

use std::path::{Path, PathBuf};

use clap::Subcommand;
use protocol::ids::{ItemNo, SittingId};

use super::{
    client::{self, Client},
    failure::Failure,
    files::{NewFile, read_input},
    output::{Output, table},
};
use crate::ops::shapes::{InputError, MarkingRow, MarksTaken, SetTolerance};

/// Manual marks.
#[derive(Debug, Subcommand)]
pub(super) enum MarksCommand {
    /// Writes the responses to an item that a marker can mark, without saying whose they are (CSV)
    ///
    /// Two markers mark each response, neither sees what the other gave. With --moderate come the responses on which the
    /// two differ, with both marks; a third person decides.
    Export {
        /// The sitting's number
        sitting: SittingId,
        /// The item's number
        item: ItemNo,
        /// Who marks: always the same name for the same person
        #[arg(long)]
        marker: String,
        /// What a moderator must decide
        #[arg(long)]
        moderate: bool,
        /// With responses that came after the deadline
        #[arg(long)]
        count_late: bool,
        /// Into a file (created with mode 0600) instead of stdout
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
    /// Takes a file of `marks export` back with its column `marks` filled in; all of it or nothing
    ///
    /// Lines without marks are left for later. A mark that differs from an earlier one of the same marker is a change of
    /// mind; both are kept.
    Import {
        /// The file
        file: PathBuf,
        /// Who marked
        #[arg(long)]
        marker: String,
        /// As the moderator
        #[arg(long)]
        moderate: bool,
    },
    /// Says of each item marked by hand how many responses are done, differ, are moderated
    Status {
        /// The sitting's number
        sitting: SittingId,
        /// With responses that came after the deadline
        #[arg(long)]
        count_late: bool,
    },
    /// Says how far two markers of an item may differ before a moderator must decide; 0 when it is never said
    Tolerance {
        /// The sitting's number
        sitting: SittingId,
        /// The item's number
        item: ItemNo,
        /// Marks, e.g. 0.5
        marks: String,
    },
}

pub(super) async fn run(command: MarksCommand, client: &Client, output: &Output) -> Result<(), Failure> {
    match command {
        MarksCommand::Export {
            sitting,
            item,
            marker,
            moderate,
            count_late,
            out,
        } => {
            let path = ["sittings", &sitting.to_string(), "scripts", &item.to_string()];
            let query = [
                ("marker", marker),
                ("moderate", moderate.to_string()),
                ("count_late", count_late.to_string()),
            ];
            save(&path, &query, out.as_deref(), client, output).await
        }
        MarksCommand::Import {
            file,
            marker,
            moderate,
        } => import(&file, marker, moderate, client, output).await,
        MarksCommand::Status { sitting, count_late } => {
            let path = ["sittings", &sitting.to_string(), "marks"];
            let query = [("count_late", count_late.to_string())];
            let rows: Vec<MarkingRow> = output.spin("counting", client.get_with(&path, &query)).await?;
            output.show(&rows, |rows| status(rows))
        }
        MarksCommand::Tolerance { sitting, item, marks } => {
            let path = ["sittings", &sitting.to_string(), "tolerance"];
            let request = SetTolerance {
                item,
                tolerance: marks,
            };
            let set: SetTolerance = client.post(&path, &request).await?;
            output.show(&set, |set| {
                format!("item {}: two markers may differ by {}", set.item, set.tolerance)
            })
        }
    }
}

/// Writes a long answer into a file or to stdout.
pub(super) async fn save(
    path: &[&str],
    query: &[(&str, String)],
    out: Option<&Path>,
    client: &Client,
    output: &Output,
) -> Result<(), Failure> {
    let mut response = output.spin("asking", client.stream(path, query)).await?;
    let mut file = out.map(NewFile::create).transpose()?;
    while let Some(piece) = client::piece(&mut response).await? {
        match &mut file {
            Some(file) => file.write(&piece)?,
            None => output.data(&piece)?,
        }
    }
    if let (Some(file), Some(path)) = (file, out) {
        file.finish()?;
        output.note(&format!("it is in {}", path.display()));
    }
    Ok(())
}

async fn import(
    file: &Path,
    marker: String,
    moderate: bool,
    client: &Client,
    output: &Output,
) -> Result<(), Failure> {
    let slim = without_responses(&read_input(file)?)?;
    let query = [("marker", marker), ("moderate", moderate.to_string())];
    let sent = client.post_csv(&["marks"], &query, slim);
    let taken: MarksTaken = output.spin("taking marks", sent).await?;
    output.show(&taken, |taken| {
        format!(
            "{} marks taken, {} given before, {} lines without marks",
            taken.taken, taken.unchanged, taken.empty
        )
    })
}

/// What the centre needs of the file: neither the responses nor what else a marker wrote beside them.
fn without_responses(file: &[u8]) -> Result<Vec<u8>, Failure> {
    // Spreadsheets put a mark of their own before the first column's name.
    let file = file.strip_prefix(b"\xef\xbb\xbf").unwrap_or(file);
    let mut csv = csv::ReaderBuilder::new()
        .flexible(true)
        .trim(csv::Trim::All)
        .from_reader(file);
    let unreadable = |error: csv::Error| {
        input(
            "the file is not CSV in UTF-8; nothing was taken",
            0,
            &error.to_string(),
        )
    };
    let header = csv.headers().map_err(unreadable)?.clone();
    let mut places = Vec::new();
    for name in ["sitting", "item", "script", "marks"] {
        let place = header.iter().position(|column| column.eq_ignore_ascii_case(name));
        places.push(place.ok_or_else(|| {
            let problem = format!("there is no column `{name}`; fill in the file that marks export wrote");
            input("the file has errors; nothing was taken", 1, &problem)
        })?);
    }
    let mut slim = csv::Writer::from_writer(Vec::new());
    let failed = |error: csv::Error| Failure::Other(error.to_string());
    slim.write_record(["sitting", "item", "script", "marks", "line"])
        .map_err(failed)?;
    for record in csv.records() {
        let record = record.map_err(unreadable)?;
        let line = record.position().map_or(0, csv::Position::line).to_string();
        let cells = places.iter().map(|place| record.get(*place).unwrap_or_default());
        slim.write_record(cells.chain([line.as_str()])).map_err(failed)?;
    }
    slim.into_inner()
        .map_err(|error| Failure::Other(error.to_string()))
}

fn input(message: &str, line: u64, problem: &str) -> Failure {
    Failure::Input {
        message: message.to_owned(),
        errors: vec![InputError {
            line,
            column: String::new(),
            problem: problem.to_owned(),
        }],
    }
}

fn status(rows: &[MarkingRow]) -> String {
    if rows.is_empty() {
        return "no item of this sitting is marked by hand".to_owned();
    }
    let header = [
        "item",
        "max",
        "tolerance",
        "responses",
        "not begun",
        "marked once",
        "agreed",
        "DIFFERING",
        "moderated",
        "outdated",
    ];
    let row = |row: &MarkingRow| {
        let counts = [
            row.scripts,
            row.new,
            row.once,
            row.agreed,
            row.differing,
            row.moderated,
            row.outdated,
        ];
        [row.item.to_string(), row.max.clone(), row.tolerance.clone()]
            .into_iter()
            .chain(counts.iter().map(ToString::to_string))
            .collect()
    };
    table(&header, rows.iter().map(row))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_marks_leave_the_markers_file_with_the_line_each_stands_in() {
        let file = "\u{feff}Script,response,marks,item,sitting,remark\n\
            00000000000000ab,\"two\nlines\",3,2,1,good\n00000000000000ac,x,,2,1\n";
        let slim = String::from_utf8(without_responses(file.as_bytes()).unwrap()).unwrap();
        let expected = "sitting,item,script,marks,line\n1,2,00000000000000ab,3,2\n1,2,00000000000000ac,,4\n";
        assert_eq!(slim, expected);
        assert!(matches!(
            without_responses(b"script,marks\n"),
            Err(Failure::Input { .. })
        ));
    }
}
