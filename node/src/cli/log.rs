//! `log verify` and `log export`: is what lies on this disk, or on a stick, what was written; and onto a stick with it.

mod export;
mod place;
mod verify;

use std::path::PathBuf;

use clap::Subcommand;
use protocol::ids::{LogId, Sequence};

use super::{Failure, Where};

#[derive(Debug, Subcommand)]
pub(super) enum LogCommand {
    /// Check that a log, all logs of a data directory, or an exported file is whole and unaltered.
    ///
    /// Only reads: a directory is checked by a copy. Names the first altered, missing or reordered frame by its sequence.
    Verify(Verify),
    /// Write this node's logs, sealed to the cluster, for a USB stick; `parikshactl log import` takes them.
    ///
    /// Works while the node runs, by its operator port, and while it is stopped.
    Export(Export),
}

#[derive(Debug, clap::Args)]
pub(super) struct Verify {
    /// A log's directory, a node's data directory, or an exported file.
    path: PathBuf,
    /// Where the copies of directories go meanwhile, if not into the system's place for temporary files.
    #[arg(long, value_name = "DIR")]
    scratch: Option<PathBuf>,
    /// As JSON.
    #[arg(long)]
    json: bool,
}

#[derive(Debug, clap::Args)]
pub(super) struct Export {
    #[command(flatten)]
    place: Where,
    /// Only this log; all that are here when it is not said.
    #[arg(long, value_name = "LOG")]
    log: Option<LogId>,
    /// From the frame that holds this sequence; with --log.
    #[arg(long, default_value = "1", value_name = "SEQUENCE")]
    from: Sequence,
    /// The file to write; it must not exist.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Where copies go meanwhile while the node is stopped.
    #[arg(long, value_name = "DIR")]
    scratch: Option<PathBuf>,
    /// The operator port, if it is not the configured one.
    #[arg(long, value_name = "IP:PORT")]
    operator_address: Option<std::net::SocketAddr>,
    /// As JSON.
    #[arg(long)]
    json: bool,
}

pub(super) fn run(command: &LogCommand) -> Result<(), Failure> {
    match command {
        LogCommand::Verify(flags) => verify::run(flags),
        LogCommand::Export(flags) => export::run(flags),
    }
}
