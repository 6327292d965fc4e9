//! Commands from other terminals to the running system: one JSON line each way over a Unix socket in its data directory
//! (whoever may write there may command it; the directory is the user's alone).

use std::{
    collections::BTreeMap,
    io::ErrorKind,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::{Context, bail};
use serde::{Deserialize, Serialize};
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::{UnixListener, UnixStream},
    sync::{mpsc, oneshot},
};

use crate::{line::Traffic, process::Life, relay::Line};

/// The longest command or answer.
const LINE_BYTES_MAX: u64 = 64 * 1024;

/// Commands that may wait to be carried out.
const WAITING_MAX: usize = 16;

/// How long a terminal may take to say its command.
const COMMAND_TIMEOUT: Duration = Duration::from_secs(5);

/// What may be asked of a running system.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Command {
    /// Spoil or heal the WAN of a district, or of `all`.
    Wan {
        /// Which.
        district: String,
        /// How it shall be.
        line: Line,
    },
    /// The same for the link between the nodes of a district.
    Peer {
        /// Which.
        district: String,
        /// How it shall be.
        line: Line,
    },
    /// kill -9 of a node or coordinator.
    Kill(String),
    /// Start it again.
    Start(String),
    /// A coordinator loses its disk and joins again under a new id.
    Wipe(String),
    /// How everything is.
    Status,
}

/// The answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Answer {
    /// Done; in words.
    Done(String),
    /// Not done; why and what to do.
    Failed(String),
    /// How everything is.
    Status {
        /// Each process.
        processes: BTreeMap<String, Life>,
        /// Each district's line.
        wan: BTreeMap<String, Line>,
        /// What each district's line has carried since the start.
        #[serde(default)]
        carried: BTreeMap<String, Traffic>,
        /// The first of the system's ports.
        port_base: u16,
    },
}

/// A command with the way back for its answer.
pub type Asked = (Command, oneshot::Sender<Answer>);

/// Listens for commands. An old socket that nobody answers is replaced.
pub async fn listen(
    socket: &Path,
) -> anyhow::Result<(UnixListener, mpsc::Sender<Asked>, mpsc::Receiver<Asked>)> {
    if UnixStream::connect(socket).await.is_ok() {
        bail!(
            "a system already runs from {}; stop it with Ctrl-C in its terminal, or name another directory with --data",
            socket.parent().unwrap_or(socket).display()
        );
    }
    match std::fs::remove_file(socket) {
        Err(error) if error.kind() != ErrorKind::NotFound => {
            return Err(error).context("the old control socket cannot be removed");
        }
        _ => {}
    }
    let listener =
        UnixListener::bind(socket).with_context(|| format!("cannot listen on {}", socket.display()))?;
    std::fs::set_permissions(socket, std::fs::Permissions::from_mode(0o600))?;
    let (sender, receiver) = mpsc::channel(WAITING_MAX);
    Ok((listener, sender, receiver))
}

/// Takes commands until the system stops.
pub async fn serve(
    listener: UnixListener,
    asked: mpsc::Sender<Asked>,
    stop: daemon::CancellationToken,
) -> anyhow::Result<()> {
    loop {
        let stream = tokio::select! {
            () = stop.cancelled() => return Ok(()),
            accepted = listener.accept() => accepted.context("the control socket failed")?.0,
        };
        // One at a time: commands change the system, and a person waits for each.
        if let Err(error) = answer_one(stream, &asked).await {
            tracing::warn!(%error, "a command was not answered");
        }
    }
}

async fn answer_one(stream: UnixStream, asked: &mpsc::Sender<Asked>) -> anyhow::Result<()> {
    let (read, mut write) = stream.into_split();
    let mut line = String::new();
    tokio::time::timeout(
        COMMAND_TIMEOUT,
        BufReader::new(read.take(LINE_BYTES_MAX)).read_line(&mut line),
    )
    .await??;
    if line.is_empty() {
        return Ok(()); // Somebody looked whether a system runs here.
    }
    let answer = match serde_json::from_str(&line) {
        Ok(command) => {
            let (back, answer) = oneshot::channel();
            asked
                .send((command, back))
                .await
                .context("the system is stopping")?;
            answer.await.context("the system is stopping")?
        }
        Err(error) => Answer::Failed(format!("not a command of this version: {error}")),
    };
    write
        .write_all(serde_json::to_string(&answer)?.as_bytes())
        .await?;
    Ok(write.write_all(b"\n").await?)
}

/// Sends one command to the system that runs from a directory.
pub async fn send(socket: PathBuf, command: &Command) -> anyhow::Result<Answer> {
    let stream = UnixStream::connect(&socket).await.with_context(|| {
        format!(
            "no system runs from {}; start it with `cargo run --release` (or name its directory with --data)",
            socket.parent().unwrap_or(&socket).display()
        )
    })?;
    let (read, mut write) = stream.into_split();
    write
        .write_all(format!("{}\n", serde_json::to_string(command)?).as_bytes())
        .await?;
    let mut line = String::new();
    BufReader::new(read.take(LINE_BYTES_MAX))
        .read_line(&mut line)
        .await?;
    serde_json::from_str(&line)
        .context("the running system answered in another form; it is of another version")
}
