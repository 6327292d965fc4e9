//! Marks that come back from a marker: the whole file is checked against the scripts, the items' maxima and what others
//! gave; with one line at fault nothing is taken.

use std::collections::{BTreeMap, BTreeSet};

use axum::extract::State;
use content::{Marks, marks::NotMarks};
use protocol::{
    ids::{ItemNo, SittingId},
    merge::LatePolicy,
};
use serde::Deserialize;
use state::{Command, MarkerRole, NewMark, Outcome, ScriptId, ScriptMarks, bounds::MARKS_PER_COMMAND_MAX};

use super::{by_hand, known_scripts, not_by_hand};
use crate::{
    ops::{
        Api,
        extract::{Query, Upload},
        problem::Problem,
        results::unknown_sitting,
        shapes::{InputError, MarksTaken},
    },
    scripts::{self, ByHand, Script, Scripts},
};

/// Lines of one file.
const LINES_MAX: usize = 500_000;
/// Errors that are told; the rest is counted.
const ERRORS_MAX: usize = 1000;

#[derive(Debug, Deserialize)]
pub(in crate::ops) struct TakeQuery {
    marker: String,
    #[serde(default)]
    moderate: bool,
}

/// A line of the file. `stood_in` is where it stood in the marker's own file, when that was another.
#[derive(Debug, Deserialize)]
struct Line {
    sitting: SittingId,
    item: ItemNo,
    script: String,
    #[serde(default)]
    marks: String,
    #[serde(default, rename = "line")]
    stood_in: Option<u64>,
}

/// What a file says of one item.
struct OfItem {
    sitting: SittingId,
    item: ItemNo,
    rules: ByHand,
    known: Vec<Script>,
}

type Marked = BTreeMap<(SittingId, ItemNo), Vec<(u64, ScriptId, Marks)>>;

pub(in crate::ops) async fn take(
    State(api): State<Api>,
    Query(query): Query<TakeQuery>,
    upload: Upload,
) -> Result<axum::Json<MarksTaken>, Problem> {
    let role = scripts::role(query.moderate);
    let mut errors = Vec::new();
    let (marked, empty) = read(&upload.bytes, &mut errors)?;
    let mut of_items = Vec::new();
    for (sitting, items) in by_sitting(&marked) {
        if api.centre.read(|state| state.sitting(sitting).is_none()) {
            return Err(unknown_sitting(sitting));
        }
        let scripts = by_hand(&api, sitting).await?;
        of_items.extend(items_of(&api, scripts, sitting, items).await?);
    }
    for of in &of_items {
        let lines = marked.get(&(of.sitting, of.item)).map_or(&[][..], Vec::as_slice);
        errors.extend(faults(&api, of, lines, &query.marker, role));
    }
    if !errors.is_empty() {
        return Err(Problem::input(bounded(errors)));
    }
    let mut taken = MarksTaken {
        empty,
        ..MarksTaken::default()
    };
    for ((sitting, item), lines) in marked {
        for some in lines.chunks(MARKS_PER_COMMAND_MAX) {
            let (new, same) = propose(&api, (sitting, item), &query.marker, role, some).await?;
            taken.taken += new;
            taken.unchanged += same;
        }
    }
    Ok(axum::Json(taken))
}

fn by_sitting(marked: &Marked) -> BTreeMap<SittingId, BTreeSet<ItemNo>> {
    let mut sittings: BTreeMap<SittingId, BTreeSet<ItemNo>> = BTreeMap::new();
    for (sitting, item) in marked.keys() {
        sittings.entry(*sitting).or_default().insert(*item);
    }
    sittings
}

async fn items_of(
    api: &Api,
    scripts: Scripts,
    sitting: SittingId,
    items: BTreeSet<ItemNo>,
) -> Result<Vec<OfItem>, Problem> {
    if let Some(other) = items.iter().find(|item| scripts.item(**item).is_none()) {
        return Err(not_by_hand(sitting, *other));
    }
    let api = api.clone();
    let work = move || {
        let policies = [LatePolicy::InTimeOnly, LatePolicy::CountLate];
        let known = known_scripts(&api, &scripts, items.into_iter(), &policies);
        let of = |(item, known)| {
            let rules = scripts.item(item)?;
            Some(OfItem {
                sitting,
                item,
                rules,
                known,
            })
        };
        known.into_iter().filter_map(of).collect()
    };
    tokio::task::spawn_blocking(work).await.map_err(Problem::fault)
}

fn fault(line: u64, column: &str, problem: String) -> InputError {
    InputError {
        line,
        column: column.to_owned(),
        problem,
    }
}

/// The lines that have marks; what cannot be read goes to the errors.
fn read(bytes: &[u8], errors: &mut Vec<InputError>) -> Result<(Marked, u64), Problem> {
    let mut csv = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(bytes);
    let headers = csv
        .headers()
        .map_err(|error| Problem::bad_request(error.to_string()))?
        .clone();
    for name in ["sitting", "item", "script", "marks"] {
        if !headers.iter().any(|header| header == name) {
            return Err(Problem::bad_request(format!(
                "the file has no column {name}; fill in the file that `parikshactl marks export` wrote"
            )));
        }
    }
    let (mut marked, mut empty) = (Marked::new(), 0);
    for (place, record) in csv.records().enumerate() {
        if place >= LINES_MAX {
            return Err(Problem::bad_request(format!(
                "the file has more than {LINES_MAX} lines; split it"
            )));
        }
        let record = record.map_err(|error| Problem::bad_request(format!("the file is not CSV: {error}")))?;
        let at = record.position().map_or(0, csv::Position::line);
        match record.deserialize::<Line>(Some(&headers)) {
            Err(error) => errors.push(fault(at, "", error.to_string())),
            Ok(line) if line.marks.is_empty() => empty += 1,
            Ok(line) => match parsed(&line) {
                Ok((script, marks)) => {
                    let lines = marked.entry((line.sitting, line.item)).or_default();
                    lines.push((line.stood_in.unwrap_or(at), script, marks));
                }
                Err((column, problem)) => errors.push(fault(line.stood_in.unwrap_or(at), column, problem)),
            },
        }
    }
    Ok((marked, empty))
}

fn parsed(line: &Line) -> Result<(ScriptId, Marks), (&'static str, String)> {
    let script = line.script.parse().map_err(|_| {
        let short: String = line.script.chars().take(20).collect();
        (
            "script",
            format!("`{short}` is not a script: 16 hexadecimal digits are expected"),
        )
    })?;
    let marks = line
        .marks
        .parse()
        .map_err(|error: NotMarks| ("marks", error.to_string()))?;
    Ok((script, marks))
}

/// What stands against the lines of one item.
fn faults(
    api: &Api,
    of: &OfItem,
    lines: &[(u64, ScriptId, Marks)],
    marker: &str,
    role: MarkerRole,
) -> Vec<InputError> {
    let mut seen = BTreeSet::new();
    let mut errors = Vec::new();
    for (line, script, marks) in lines {
        let is_known = of.known.binary_search_by_key(script, |known| known.id).is_ok();
        if !is_known {
            let problem = format!(
                "sitting {} has no script {script} for item {}; was its response changed since the export? Export again",
                of.sitting, of.item
            );
            errors.push(fault(*line, "script", problem));
        } else if !seen.insert(*script) {
            errors.push(fault(
                *line,
                "script",
                format!("script {script} stands twice; keep one line"),
            ));
        } else if *marks > of.rules.max {
            let problem = format!("{marks} is more than item {} brings, {}", of.item, of.rules.max);
            errors.push(fault(*line, "marks", problem));
        } else if let Err(rejection) = api.centre.read(|state| {
            let held = state.script_marks(of.sitting, of.item, *script);
            let none = ScriptMarks::default();
            let held = held.unwrap_or(&none);
            let is_same = held
                .by(marker, role)
                .is_some_and(|given| given.marks == marks.to_string());
            if is_same {
                Ok(())
            } else {
                held.admits(*script, marker, role)
            }
        }) {
            errors.push(fault(*line, "script", rejection.to_string()));
        }
    }
    errors
}

fn bounded(mut errors: Vec<InputError>) -> Vec<InputError> {
    errors.sort_by_key(|error| error.line);
    let more = errors.len().saturating_sub(ERRORS_MAX);
    errors.truncate(ERRORS_MAX);
    if more > 0 {
        errors.push(fault(0, "", format!("and {more} more errors; mend these first")));
    }
    errors
}

async fn propose(
    api: &Api,
    (sitting, item): (SittingId, ItemNo),
    marker: &str,
    role: MarkerRole,
    lines: &[(u64, ScriptId, Marks)],
) -> Result<(u64, u64), Problem> {
    let new = |(_, script, marks): &(u64, ScriptId, Marks)| NewMark {
        script: *script,
        marks: marks.to_string(),
    };
    let command = Command::AssignMarks {
        sitting,
        item,
        marker: marker.to_owned(),
        role,
        marks: lines.iter().map(new).collect(),
    };
    // The audit names who marked, not only that it came through this API.
    let by = format!("marker {marker}");
    let Outcome::Marks { taken, unchanged } = api.centre.propose(&by, command).await? else {
        return Err(Problem::fault("taking marks gave an unexpected answer"));
    };
    // The caller's next question to this coordinator must see it.
    if let Some((_, script, marks)) = lines.last() {
        let marks = marks.to_string();
        api.seen(|state| {
            let held = state.script_marks(sitting, item, *script)?;
            (held.by(marker, role)?.marks == marks).then_some(())
        })
        .await?;
    }
    Ok((taken.into(), unchanged.into()))
}
