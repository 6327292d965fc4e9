//! `paper unlock`: reads officers' shares and has the running node on this machine put the key together. The shares pass
//! through this process's memory and stand in no file, argument or log.

use std::{
    io::{BufRead, IsTerminal},
    net::SocketAddr,
    path::PathBuf,
    time::Duration,
};

use anyhow::{Context, bail};
use daemon::stdout;
use protocol::shares::{OFFICERS_MAX, Share};

use super::{Failure, UNREACHABLE, Where};
use crate::{
    config::NodeSettings,
    status::{UnlockAnswer, UnlockForm},
};

/// How long the node may take to answer.
const ANSWER_MAX: Duration = Duration::from_secs(10);

/// Bytes of a file with one share: words, heading and QR code.
const FILE_BYTES_MAX: u64 = 64 * 1024;

#[derive(Debug, clap::Subcommand)]
pub(super) enum PaperCommand {
    /// Open a paper with officers' shares while the centre cannot be reached; each node of the district is opened by itself
    Unlock(Unlock),
}

/// The flags of `paper unlock`.
#[derive(Debug, clap::Args)]
pub(super) struct Unlock {
    #[command(flatten)]
    place: Where,
    /// The paper's version, e.g. 1v1.
    paper: String,
    /// A file with one share, as `parikshactl paper shares` wrote it; may be given several times. Without it the words are
    /// read from stdin: an empty line ends a share, a second one or the end of input ends them all.
    #[arg(long, value_name = "FILE")]
    share: Vec<PathBuf>,
    /// The operator port, if it is not the configured one.
    #[arg(long, value_name = "IP:PORT")]
    operator_address: Option<SocketAddr>,
}

pub(super) fn run(command: &PaperCommand) -> Result<(), Failure> {
    let PaperCommand::Unlock(flags) = command;
    let settings: NodeSettings = flags.place.layers()?.load()?;
    let address = flags.operator_address.unwrap_or(settings.operator.address);
    if !address.ip().is_loopback() {
        return Err(
            anyhow::anyhow!("{address} is another machine: shares are given on the node itself").into(),
        );
    }
    let shares = if flags.share.is_empty() {
        from_input(std::io::stdin().lock())?
    } else {
        flags.share.iter().map(from_file).collect::<anyhow::Result<_>>()?
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .context("the runtime cannot be started")?;
    let answer = runtime.block_on(ask(address, &flags.paper, shares))?;
    let already = if answer.already { " already" } else { "" };
    stdout::line(format_args!(
        "paper {} is open at this node{already}",
        answer.paper
    ))?;
    Ok(())
}

/// The words among a file's lines: heading and code are left out.
fn from_file(path: &PathBuf) -> anyhow::Result<String> {
    let failed = || format!("{}: the share cannot be read", path.display());
    if std::fs::metadata(path).with_context(failed)?.len() > FILE_BYTES_MAX {
        bail!("{} is too long for a share", path.display());
    }
    let text = std::fs::read_to_string(path).with_context(failed)?;
    let mut parts = text.split("\n\n");
    parts
        .find(|part| part.parse::<Share>().is_ok())
        .map(str::to_owned)
        .or_else(|| (!text.contains("\n\n")).then(|| text.clone()))
        .with_context(|| {
            format!(
                "{} holds no share without a mistake; type its words instead",
                path.display()
            )
        })
}

/// Shares as they are typed. A mistake is said at once, and that share is asked for again.
fn from_input(input: impl BufRead) -> anyhow::Result<Vec<String>> {
    let asks = std::io::stdin().is_terminal();
    let mut shares: Vec<String> = Vec::new();
    let mut words = String::new();
    let prompt = |number: usize| {
        if asks {
            eprintln!("share {number}, then an empty line (only an empty line: that was all):");
        }
    };
    prompt(1);
    for line in input.lines().chain([Ok(String::new()), Ok(String::new())]) {
        let line = line.context("stdin cannot be read")?;
        if !line.trim().is_empty() {
            words.push_str(&line);
            words.push('\n');
            if words.len() as u64 > FILE_BYTES_MAX {
                bail!("that is too long for a share");
            }
            continue;
        }
        if words.is_empty() {
            break;
        }
        match words.parse::<Share>() {
            Ok(_) => shares.push(std::mem::take(&mut words)),
            Err(error) if asks => eprintln!("{error}"),
            Err(error) => bail!("share {}: {error}", shares.len() + 1),
        }
        words.clear();
        if shares.len() >= usize::from(OFFICERS_MAX) {
            break;
        }
        prompt(shares.len() + 1);
    }
    Ok(shares)
}

async fn ask(address: SocketAddr, paper: &str, shares: Vec<String>) -> Result<UnlockAnswer, Failure> {
    let client = reqwest::Client::builder()
        .no_proxy()
        .timeout(ANSWER_MAX)
        .build()?;
    let sent = client
        .post(format!("http://{address}/papers/{paper}/unlock"))
        .json(&UnlockForm { shares })
        .send();
    let answer = sent.await.map_err(|error| Failure {
        error: anyhow::Error::new(error).context(format!(
            "no node answers at {address}; is it running, and is operator.address right?"
        )),
        code: UNREACHABLE,
    })?;
    if !answer.status().is_success() {
        let sentence = answer.text().await.unwrap_or_default();
        return Err(anyhow::anyhow!("{}", sentence.trim()).into());
    }
    Ok(answer
        .json()
        .await
        .context("the node's answer cannot be read; is it of this version?")?)
}

#[cfg(test)]
mod tests {
    use protocol::{
        ids::{PaperId, PaperRef, PaperVersion},
        shares,
    };

    use super::*;

    #[test]
    fn shares_are_read_from_typed_lines_and_from_files_with_heading_and_code() {
        let paper = PaperRef {
            paper: PaperId(1),
            version: PaperVersion(1),
        };
        let dealt = shares::deal(&[3; 32], paper, 3, 1, &[[4; 32]]).unwrap();
        let typed = format!("{}\n\n{}\n", dealt[0], dealt[2]);
        let read: Vec<Share> = from_input(typed.as_bytes())
            .unwrap()
            .iter()
            .map(|words| words.parse().unwrap())
            .collect();
        assert_eq!(read, [dealt[0].clone(), dealt[2].clone()]);
        assert!(from_input(&b"one two three\n"[..]).is_err());
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("share.txt");
        std::fs::write(&path, format!("Share 2 of 3.\n\n{}\n\n█▀█\n", dealt[1])).unwrap();
        assert_eq!(from_file(&path).unwrap().parse::<Share>().unwrap(), dealt[1]);
    }
}
