//! `answers import`: brings files that candidates' devices saved to the running node on this machine. The files are
//! sealed for the cluster's nodes: this process sends them on as they are.

use std::{
    collections::BTreeMap,
    net::SocketAddr,
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::{Context, anyhow, bail};
use daemon::stdout;
use protocol::answers_file::FILE_BYTES_MAX;
use reqwest::{Client, StatusCode};
use serde::Serialize;

use super::{FAILURE, Failure, NOT_SOUND, UNREACHABLE, Where};
use crate::{
    config::NodeSettings,
    import::{HandedIn, Imported},
};

/// How long the node may take for one file, with its own limit within.
const ANSWER_MAX: Duration = Duration::from_secs(70);

#[derive(Debug, clap::Subcommand)]
pub(super) enum AnswersCommand {
    /// Import files of answers that candidates' devices saved because they reached no node; importing one twice is harmless
    Import(Import),
}

/// The flags of `answers import`.
#[derive(Debug, clap::Args)]
pub(super) struct Import {
    #[command(flatten)]
    place: Where,
    /// The files, as the exam page saved them: pariksha-CANDIDATE-SITTING.answers
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// The operator port, if it is not the configured one.
    #[arg(long, value_name = "IP:PORT")]
    operator_address: Option<SocketAddr>,
    /// As JSON.
    #[arg(long)]
    json: bool,
}

/// What became of one file.
#[derive(Debug, Serialize)]
struct Outcome {
    file: PathBuf,
    #[serde(skip_serializing_if = "Option::is_none")]
    imported: Option<Imported>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
    #[serde(skip)]
    code: u8,
}

pub(super) fn run(command: &AnswersCommand) -> Result<(), Failure> {
    let AnswersCommand::Import(flags) = command;
    let settings: NodeSettings = flags.place.layers()?.load()?;
    let address = flags.operator_address.unwrap_or(settings.operator.address);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .context("the runtime cannot be started")?;
    let client = Client::builder().no_proxy().timeout(ANSWER_MAX).build()?;
    let mut outcomes = Vec::with_capacity(flags.files.len());
    for file in &flags.files {
        let outcome = Outcome::of(file, runtime.block_on(import(&client, address, file)));
        if !flags.json {
            tell(&outcome)?;
        }
        let is_over = outcome.code == UNREACHABLE;
        outcomes.push(outcome);
        if is_over {
            break;
        }
    }
    if flags.json {
        stdout::line(serde_json::to_string_pretty(&outcomes)?)?;
    }
    judge(&outcomes, flags.files.len())
}

async fn import(client: &Client, address: SocketAddr, file: &Path) -> Result<Imported, Failure> {
    let bytes = read(file)?;
    let sent = client
        .post(format!("http://{address}/answers"))
        .body(bytes)
        .send();
    let answer = sent.await.map_err(|error| Failure {
        error: anyhow::Error::new(error).context(format!(
            "no node answers at {address}; is it running, and is operator.address right?"
        )),
        code: UNREACHABLE,
    })?;
    let status = answer.status();
    if status.is_success() {
        let read = answer.json().await;
        return Ok(read.context("the node's answer cannot be read; is it of this version?")?);
    }
    let sentence = answer.text().await.unwrap_or_default();
    Err(Failure {
        error: anyhow!("{}", sentence.trim()),
        code: if status == StatusCode::UNPROCESSABLE_ENTITY {
            NOT_SOUND
        } else {
            FAILURE
        },
    })
}

fn read(file: &Path) -> anyhow::Result<Vec<u8>> {
    let bytes = std::fs::metadata(file).context("it cannot be read")?.len();
    if bytes > FILE_BYTES_MAX as u64 {
        bail!("it has {bytes} bytes: too many for a file of answers");
    }
    std::fs::read(file).context("it cannot be read")
}

impl Outcome {
    fn of(file: &Path, result: Result<Imported, Failure>) -> Self {
        let file = file.to_owned();
        match result {
            Ok(imported) => Self {
                file,
                code: if imported.is_complete() { 0 } else { NOT_SOUND },
                imported: Some(imported),
                error: None,
            },
            Err(Failure { error, code }) => Self {
                file,
                imported: None,
                error: Some(format!("{error:#}")),
                code,
            },
        }
    }
}

fn tell(outcome: &Outcome) -> anyhow::Result<()> {
    let file = outcome.file.display();
    if let Some(error) = &outcome.error {
        stdout::line(format_args!("{file}: not imported: {error}"))?;
    }
    let Some(imported) = &outcome.imported else {
        return Ok(());
    };
    stdout::line(format_args!("{file}: {imported}"))?;
    for (why, items) in reasons(imported) {
        stdout::line(format_args!("  refused: {why} (items {items})"))?;
    }
    if let HandedIn::Refused { why } = &imported.handed_in {
        stdout::line(format_args!("  not handed in: {why}"))?;
    }
    Ok(())
}

/// The items that were refused, for each reason.
fn reasons(imported: &Imported) -> BTreeMap<&str, String> {
    let mut items: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for refused in &imported.refused {
        items
            .entry(&refused.why)
            .or_default()
            .push(refused.item.to_string());
    }
    let listed = items.into_iter();
    listed.map(|(why, items)| (why, items.join(", "))).collect()
}

/// The worst that happened to a file decides how the command ends.
fn judge(outcomes: &[Outcome], files: usize) -> Result<(), Failure> {
    let done = outcomes.iter().filter(|outcome| outcome.code == 0).count();
    if done == files {
        return Ok(());
    }
    let worst = |codes: [u8; 3]| {
        codes
            .into_iter()
            .find(|code| outcomes.iter().any(|outcome| outcome.code == *code))
    };
    Err(Failure {
        error: anyhow!("{done} of {files} files are at the node with everything in them"),
        code: worst([UNREACHABLE, FAILURE, NOT_SOUND]).unwrap_or(FAILURE),
    })
}
