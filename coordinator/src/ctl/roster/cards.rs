//! `parikshactl roster cards`: admit cards of a sitting. What stands on them comes from the file that has the access codes,
//! the sitting and the nodes' addresses from the centre; the typesetting is done by the program `pariksha-cards`. The cards
//! go to it through a pipe: access codes are on no command line and in no file but the cards.

use std::{
    collections::BTreeMap,
    env,
    io::{self, BufWriter, Write},
    path::{Path, PathBuf},
    process::{Child, ChildStdin, Command, Stdio},
};

use content::{
    cards::{Card, Job, Language, Sheet},
    import::roster::RosterRow,
};
use protocol::ids::SittingId;
use serde::{Deserialize, Serialize};

use super::{Read, read};
use crate::{
    ctl::{client::Client, failure::Failure, files, output::Output},
    ops::shapes::{InputError, NodeRow, SittingRow},
};

/// What makes the cards; it lies beside this program.
const PROGRAM: &str = "pariksha-cards";

const MS_PER_MINUTE: u64 = 60_000;
const PERMILLE: u64 = 1_000;
/// Letters of an access code between dashes.
const CODE_GROUP: usize = 4;

/// What the command line asked for.
#[derive(Debug, clap::Args)]
pub(in crate::ctl) struct CardsWish {
    /// The sitting's number
    #[arg(long)]
    sitting: SittingId,
    /// The roster with the access codes: what `roster import --codes` wrote, with columns slot, centre, seat if you like
    #[arg(long, value_name = "CODES.csv")]
    codes: PathBuf,
    /// The PDF to write (mode 0600; must not exist); of many cards, cards-001.pdf and so on
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// en, mr or hi
    #[arg(long, default_value = "en")]
    language: Language,
    /// Where candidates sign in [default: a node of their district]
    #[arg(long, value_name = "URL")]
    address: Option<String>,
    /// A text file with an instruction a line, instead of the ones that every card has
    #[arg(long, value_name = "FILE")]
    instructions: Option<PathBuf>,
    /// A font to use before those that are installed; may be given several times
    #[arg(long = "font", value_name = "FILE")]
    fonts: Vec<PathBuf>,
    /// Cards in one file
    #[arg(long, value_name = "CARDS")]
    per_file: Option<u16>,
}

/// What was made.
#[derive(Debug, Serialize, Deserialize)]
struct Made {
    cards: u64,
    files: Vec<PathBuf>,
    /// Candidates of the file who do not sit this sitting.
    #[serde(default)]
    not_of_this_sitting: u64,
}

pub(super) async fn run(wish: CardsWish, client: &Client, output: &Output) -> Result<(), Failure> {
    let sitting = sitting(wish.sitting, client).await?;
    let Read {
        rows,
        errors,
        districts,
    } = read(&wish.codes, client).await?;
    if !errors.is_empty() {
        let message = format!("{} has errors; no cards were made", wish.codes.display());
        return Err(Failure::Input { message, errors });
    }
    let name = |id: u16| districts.iter().find(|district| district.id == id);
    let district = |row: &RosterRow| name(row.district.0).map_or("", |district| district.name.as_str());
    let (of_it, others): (Vec<&RosterRow>, Vec<&RosterRow>) =
        rows.iter().partition(|row| sits(row, district(row), &sitting));
    let addresses = Addresses::of(wish.address.clone(), client).await?;
    let cards = cards(&of_it, district, &sitting, &addresses)?;
    let sheet = sheet(&wish, &sitting)?;
    let mut made = typeset(&wish, &Job { sheet, cards })?;
    made.not_of_this_sitting = others.len() as u64;
    output.show(&made, described)
}

fn described(made: &Made) -> String {
    let files: Vec<String> = made.files.iter().map(|path| path.display().to_string()).collect();
    let others = match made.not_of_this_sitting {
        0 => String::new(),
        count => format!("; {count} candidates of the file do not sit this sitting"),
    };
    format!("{} cards made{others}\n{}", made.cards, files.join("\n"))
}

async fn sitting(id: SittingId, client: &Client) -> Result<SittingRow, Failure> {
    let all: Vec<SittingRow> = client.get(&["sittings"]).await?;
    let found = all.into_iter().find(|sitting| sitting.id == id.0);
    found.ok_or_else(|| {
        Failure::Usage(format!(
            "there is no sitting {id}; `parikshactl sitting list` shows them"
        ))
    })
}

/// Whether a candidate sits there, by the same rule as at the nodes.
fn sits(row: &RosterRow, district: &str, sitting: &SittingRow) -> bool {
    let is_theirs = sitting.batch.is_empty() || sitting.batch == row.batch;
    is_theirs && sitting.districts.iter().any(|name| name == district)
}

fn sheet(wish: &CardsWish, sitting: &SittingRow) -> Result<Sheet, Failure> {
    let instructions = match &wish.instructions {
        None => Vec::new(),
        Some(path) => {
            let text = String::from_utf8(files::read_input(path)?);
            let text = text.map_err(|_| Failure::Usage(format!("{} is not UTF-8 text", path.display())))?;
            let lines = text.trim_start_matches('\u{feff}').lines().map(str::trim);
            lines.filter(|line| !line.is_empty()).map(str::to_owned).collect()
        }
    };
    Ok(Sheet {
        title: sitting.title.clone(),
        language: wish.language,
        opens_ms: sitting.opens,
        closes_ms: sitting.closes,
        instructions,
    })
}

/// Everybody's card; errors where somebody cannot have one.
fn cards<'a>(
    rows: &[&RosterRow],
    district: impl Fn(&RosterRow) -> &'a str,
    sitting: &SittingRow,
    addresses: &Addresses,
) -> Result<Vec<Card>, Failure> {
    let mut cards = Vec::with_capacity(rows.len());
    let mut errors = Vec::new();
    for row in rows {
        match card(row, district(row), sitting, addresses) {
            Ok(card) => cards.push(card),
            Err((column, problem)) => errors.push(InputError {
                line: row.line,
                column: column.to_owned(),
                problem,
            }),
        }
    }
    if !errors.is_empty() {
        let message = "not everybody can have a card; none were made".to_owned();
        return Err(Failure::Input { message, errors });
    }
    if cards.is_empty() {
        return Err(Failure::Usage(format!(
            "nobody of this file sits sitting {}: check its districts and its batch with `parikshactl sitting list`",
            sitting.id
        )));
    }
    Ok(cards)
}

fn card(
    row: &RosterRow,
    district: &str,
    sitting: &SittingRow,
    addresses: &Addresses,
) -> Result<Card, (&'static str, String)> {
    let code = row.access_code.as_deref().ok_or_else(|| {
        let problem = "has no access code in this file; name the file that `roster import --codes` wrote";
        ("access_code", problem.to_owned())
    })?;
    let address = addresses
        .of_candidate(district, row.number.0)
        .map_err(|problem| ("district", problem))?;
    Ok(Card {
        number: row.number.0,
        name: row.name.clone(),
        roll: row.roll.clone(),
        batch: row.batch.clone(),
        slot: row.place.slot.clone(),
        district: district.to_owned(),
        centre: row.place.centre.clone(),
        seat: row.place.seat.clone(),
        minutes: minutes(sitting.duration_ms, row.extra_permille),
        access_code: in_groups(code),
        address,
    })
}

/// Whole minutes of an attempt with its extra time.
fn minutes(duration_ms: u32, extra_permille: u16) -> u32 {
    let ms = u64::from(duration_ms) * (PERMILLE + u64::from(extra_permille)) / PERMILLE;
    u32::try_from(ms / MS_PER_MINUTE).unwrap_or(u32::MAX)
}

/// The code as it is typed most easily: `ABCD-EFGH-JKLM-NPQR`.
fn in_groups(code: &str) -> String {
    let letters: Vec<char> = code.chars().collect();
    let groups = letters.chunks(CODE_GROUP).map(|group| group.iter().collect());
    groups.collect::<Vec<String>>().join("-")
}

/// Where candidates sign in.
struct Addresses {
    everywhere: Option<String>,
    /// The nodes' addresses by their district's name.
    of_nodes: BTreeMap<String, Vec<String>>,
}

impl Addresses {
    async fn of(everywhere: Option<String>, client: &Client) -> Result<Self, Failure> {
        let mut of_nodes = BTreeMap::<String, Vec<String>>::new();
        if let Some(address) = &everywhere {
            if !address.starts_with("https://") {
                return Err(Failure::Usage(
                    "an address where candidates sign in begins with https://".into(),
                ));
            }
        } else {
            let nodes: Vec<NodeRow> = client.get(&["nodes"]).await?;
            let reachable = nodes.into_iter().filter(|node| !node.candidate_url.is_empty());
            for node in reachable {
                of_nodes
                    .entry(node.district)
                    .or_default()
                    .push(node.candidate_url);
            }
        }
        Ok(Self { everywhere, of_nodes })
    }

    /// The page with the candidate's number in it. A district's candidates are spread over its nodes.
    fn of_candidate(&self, district: &str, number: u32) -> Result<String, String> {
        let of_nodes = self.of_nodes.get(district).map_or(&[][..], Vec::as_slice);
        let place = number as usize % of_nodes.len().max(1);
        let base = self.everywhere.as_ref().or_else(|| of_nodes.get(place));
        let base = base.ok_or_else(|| {
            format!("no node of {district} has joined yet, so that there is no address to sign in at; say it with --address")
        })?;
        Ok(format!("{}/#c={number}", base.trim_end_matches('/')))
    }
}

/// Hands the job to the program that makes the cards. What it says of itself, and its progress, goes to stderr.
fn typeset(wish: &CardsWish, job: &Job) -> Result<Made, Failure> {
    let mut command = Command::new(program());
    command.arg("--out").arg(&wish.out);
    if let Some(per_file) = wish.per_file {
        command.arg("--per-file").arg(per_file.to_string());
    }
    for font in &wish.fonts {
        command.arg("--font").arg(font);
    }
    command.stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = command.spawn().map_err(|error| cannot_start(&error))?;
    let handed = hand_over(job, child.stdin.take());
    let answer = answer(child)?;
    handed.map_err(|error| Failure::Other(format!("{PROGRAM} did not take the cards: {error}")))?;
    Ok(answer)
}

fn hand_over(job: &Job, pipe: Option<ChildStdin>) -> io::Result<()> {
    let pipe = pipe.ok_or_else(|| io::Error::other("it has no input"))?;
    let mut pipe = BufWriter::new(pipe);
    job.write(&mut pipe)?;
    pipe.flush()
}

fn answer(child: Child) -> Result<Made, Failure> {
    let done = child.wait_with_output().map_err(|error| cannot_start(&error))?;
    if !done.status.success() {
        return Err(Failure::Other(format!(
            "{PROGRAM} made no cards ({}); it says above why",
            done.status
        )));
    }
    serde_json::from_slice(&done.stdout).map_err(|error| {
        Failure::Other(format!(
            "the answer of {PROGRAM} cannot be read: {error}; are both of one version?"
        ))
    })
}

/// Beside this program where it is there, else wherever the system finds it.
fn program() -> PathBuf {
    let beside = env::current_exe().ok().map(|path| path.with_file_name(PROGRAM));
    let beside = beside.filter(|path| path.is_file());
    beside.unwrap_or_else(|| Path::new(PROGRAM).to_owned())
}

fn cannot_start(error: &io::Error) -> Failure {
    Failure::Other(format!(
        "{PROGRAM} cannot be run ({error}); it is part of this system: install it beside parikshactl"
    ))
}

#[cfg(test)]
mod tests;
