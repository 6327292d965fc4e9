//! `log export`: asks the running node; when none answers, reads the logs of the stopped one by copies.

use std::{
    fs::{File, OpenOptions},
    io::Write,
    net::SocketAddr,
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::{Context, bail};
use daemon::{Clock, stdout};
use protocol::{
    export::{ExportWriter, Extent},
    frame::Frame,
    ids::{LogId, Sequence},
    time::Instant,
};
use serde::Serialize;
use store::{
    exported::{Exported, Step},
    frames::{Audit, audit},
};

use super::{
    super::{Failure, NOT_SOUND},
    Export,
    place::{Progress, logs_in, scratch},
};
use crate::{config::NodeSettings, export::Maker, status::ExportableLog};

/// How long the operator port may take to answer at all.
const CONNECT_MAX: Duration = Duration::from_secs(2);

/// What is in the file.
#[derive(Debug, Serialize)]
struct Exportation {
    out: PathBuf,
    bytes: u64,
    logs: Vec<ExportedLog>,
}

#[derive(Debug, Serialize)]
struct ExportedLog {
    log: String,
    from: u64,
    to: u64,
    frames: u64,
}

pub(super) fn run(flags: &Export) -> Result<(), Failure> {
    if flags.log.is_none() && flags.from != Sequence(1) {
        return Err(anyhow::anyhow!("--from counts within one log: name it with --log").into());
    }
    let settings: NodeSettings = flags.place.layers()?.load()?;
    let address = flags.operator_address.unwrap_or(settings.operator.address);
    let part = part_of(&flags.out);
    let mut file = create(&flags.out, &part)?;
    let made = make(flags, address, &mut file).and_then(|()| Ok(file.sync_all()?));
    // What is not whole does not stay: a stick has to be trusted by its file's name.
    let checked = match made {
        Ok(()) => whole(&part).map_err(Failure::from),
        Err(failure) => Err(failure),
    };
    let done = checked.and_then(|logs| {
        std::fs::rename(&part, &flags.out)?;
        Ok(logs)
    });
    let logs = done.inspect_err(|_| drop(std::fs::remove_file(&part)))?;
    let bytes = std::fs::metadata(&flags.out)?.len();
    let said = Exportation {
        out: flags.out.clone(),
        bytes,
        logs,
    };
    if flags.json {
        stdout::line(serde_json::to_string_pretty(&said)?)?;
        return Ok(());
    }
    for log in &said.logs {
        stdout::line(format_args!(
            "log {}: {} frames, sequences {} to {}",
            log.log, log.frames, log.from, log.to
        ))?;
    }
    stdout::line(format_args!(
        "{bytes} bytes are in {}; bring them to the centre: parikshactl log import FILE",
        flags.out.display()
    ))?;
    Ok(())
}

fn make(flags: &Export, address: SocketAddr, file: &mut File) -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .context("the runtime cannot be started")?;
    let http = reqwest::Client::builder()
        .no_proxy()
        .connect_timeout(CONNECT_MAX)
        .build()?;
    let listed = runtime.block_on(http.get(format!("http://{address}/exports")).send());
    match listed {
        Ok(answer) => Ok(runtime.block_on(from_running(flags, &http, address, answer, file))?),
        Err(error) if error.is_connect() => from_stopped(flags, file),
        Err(error) => Err(error.into()),
    }
}

async fn from_running(
    flags: &Export,
    http: &reqwest::Client,
    address: SocketAddr,
    listed: reqwest::Response,
    file: &mut File,
) -> anyhow::Result<()> {
    let listed: Vec<ExportableLog> = refused(listed).await?.json().await?;
    let wanted = |name: &String| flags.log.is_none_or(|log| log.to_string() == *name);
    let logs: Vec<String> = listed.into_iter().map(|log| log.log).filter(wanted).collect();
    if logs.is_empty() {
        bail!("this node does not hold that log");
    }
    for log in logs {
        let url = format!("http://{address}/exports/{log}?from={}", flags.from);
        let mut answer = refused(http.get(url).send().await?).await?;
        let mut bar = Progress::over(0, format!("exporting {log}"));
        let mut bytes = 0;
        while let Some(piece) = answer.chunk().await.context("the node's answer broke off")? {
            file.write_all(&piece)?;
            bytes += piece.len() as u64;
            bar.at(bytes, bytes);
        }
        bar.done();
    }
    Ok(())
}

async fn refused(answer: reqwest::Response) -> anyhow::Result<reqwest::Response> {
    if answer.status().is_success() {
        return Ok(answer);
    }
    bail!("the node refused: {}", answer.text().await?.trim())
}

fn from_stopped(flags: &Export, file: &mut File) -> Result<(), Failure> {
    let data = flags.place.data();
    let maker = Maker::load(&data.identity())?;
    let maker = maker.context("the cluster has not given its word for this node: join it anew")?;
    let mut found = false;
    for dir in logs_in(&data.0)? {
        found |= stopped_log(flags, &maker, &dir, file)?;
    }
    if !found {
        return Err(anyhow::anyhow!("no such log lies in {}", data.0.display()).into());
    }
    Ok(())
}

/// One log of a stopped node; `false` when it is not the one that is wanted.
fn stopped_log(flags: &Export, maker: &Maker, dir: &Path, file: &mut File) -> Result<bool, Failure> {
    let mut writing: Option<ExportWriter> = None;
    let mut fault = None;
    let now = Instant(daemon::SystemClock.wall_ms());
    let mut visit = |frame: &Frame| {
        let is_wanted = flags.log.is_none_or(|log| log == frame.log()) && frame.last() >= flags.from;
        if is_wanted && fault.is_none() {
            fault = write(maker, &mut writing, frame, now, file).err();
        }
    };
    let mut bar = Progress::over(0, format!("exporting {}", dir.display()));
    let settings = store::Settings::default();
    let place = scratch(flags.scratch.as_deref());
    let audited = audit(dir, &place, &settings, &mut visit, &mut |progress| {
        bar.at(progress.sequence.0, progress.expected.0);
    });
    bar.done();
    match audited? {
        Audit::Sound { .. } => {}
        Audit::Doubtful { doubt, .. } => {
            return Err(Failure {
                error: anyhow::anyhow!(
                    "{} is not sound: {doubt}; `log verify` says more, --log exports the others",
                    dir.display()
                ),
                code: NOT_SOUND,
            });
        }
    }
    if let Some(error) = fault {
        return Err(error.into());
    }
    let Some(writer) = writing else {
        return Ok(false);
    };
    file.write_all(&writer.end().0)?;
    Ok(true)
}

fn write(
    maker: &Maker,
    writing: &mut Option<ExportWriter>,
    frame: &Frame,
    now: Instant,
    file: &mut File,
) -> anyhow::Result<()> {
    let writer = if let Some(writer) = writing {
        writer
    } else {
        let (writer, header) = maker.begin(frame.log(), frame.first(), now)?;
        file.write_all(&header)?;
        writing.insert(writer)
    };
    Ok(file.write_all(&writer.frame(frame)?)?)
}

/// Reads back what was written: it is whole, or it is not given its name.
fn whole(path: &Path) -> anyhow::Result<Vec<ExportedLog>> {
    let (mut file, _) = Exported::open(path)?;
    let mut logs = Vec::new();
    let mut current: Option<(LogId, Sequence)> = None;
    while let Some(step) = file.next_step()? {
        match step {
            Step::Log { header, .. } => current = Some((header.log, header.from)),
            Step::Frame { .. } => {}
            Step::End(Extent { frames, head }) => {
                if let Some((log, from)) = current.take() {
                    logs.push(ExportedLog {
                        log: log.to_string(),
                        from: from.0,
                        to: head.sequence.0,
                        frames,
                    });
                }
            }
        }
    }
    Ok(logs)
}

fn part_of(out: &Path) -> PathBuf {
    let mut part = out.as_os_str().to_owned();
    part.push(".part");
    part.into()
}

fn create(out: &Path, part: &Path) -> anyhow::Result<File> {
    if out.exists() {
        bail!("{} exists already; name another file", out.display());
    }
    let file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(part);
    file.with_context(|| format!("{} cannot be written", part.display()))
}
