//! `pariksha-coordinator`: `init` makes the cluster and its first coordinator, `join` makes the others, `run` runs one.

mod config_show;
mod init;
mod join;
mod place;
mod run;
#[cfg(test)]
mod tests;

use std::{ffi::OsString, path::PathBuf, process::ExitCode};

use anyhow::Result;
use clap::{CommandFactory, Parser, Subcommand};

use crate::config::Overrides;

const FAILURE: u8 = 1;
const USAGE: u8 = 2;

/// One member of the centre of Pariksha.
#[derive(Debug, Parser)]
#[command(
    name = "pariksha-coordinator",
    version,
    after_help = "Exit codes:\n  0  done\n  1  failed; the message says what to change\n  2  the command line is wrong"
)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Makes a new cluster: its CA, its keys, its first coordinator, the operators' ops.json
    Init(init::Init),
    /// Makes this machine a further coordinator of a cluster, with a token from `parikshactl coordinator token`
    Join(join::Join),
    /// Runs the coordinator
    Run(Run),
    /// The configuration
    #[command(subcommand)]
    Config(ConfigCommand),
    /// Prints a completion script for a shell
    Completion {
        /// Which shell
        shell: clap_complete::Shell,
    },
}

#[derive(Debug, Subcommand)]
enum ConfigCommand {
    /// Prints every setting, its value and where that came from
    Show(Run),
}

/// Which coordinator, and what is set over its configuration file.
#[derive(Debug, clap::Args)]
struct Run {
    /// The data directory
    #[arg(long, env = "PARIKSHA_COORDINATOR_DATA", value_name = "DIR")]
    data: PathBuf,
    /// The configuration file [default: coordinator.toml in the data directory]
    #[arg(long, env = "PARIKSHA_COORDINATOR_CONFIG", value_name = "FILE")]
    config: Option<PathBuf>,
    /// The UDP address to bind (link.address)
    #[arg(long, value_name = "IP:PORT")]
    link_address: Option<String>,
    /// The TCP address of the ops API (ops.address)
    #[arg(long, value_name = "IP:PORT")]
    ops_address: Option<String>,
    /// The file with the cluster key (cluster_key_file)
    #[arg(long, value_name = "FILE")]
    cluster_key: Option<PathBuf>,
}

impl Run {
    fn overrides(&self) -> Overrides {
        Overrides {
            link_address: self.link_address.clone(),
            ops_address: self.ops_address.clone(),
            cluster_key: self.cluster_key.clone(),
        }
    }
}

/// Runs the program with these arguments (the first is its name) and says how it ended.
pub fn main_from(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    ExitCode::from(exit_code(arguments))
}

/// The same, with the code as a number.
pub(crate) fn exit_code(arguments: impl IntoIterator<Item = OsString>) -> u8 {
    let arguments = match Arguments::try_parse_from(arguments) {
        Ok(arguments) => arguments,
        Err(error) => {
            let _ = error.print();
            // Help and version come this way too and are no failure.
            return if error.use_stderr() { USAGE } else { 0 };
        }
    };
    match dispatch(arguments.command) {
        Ok(()) => 0,
        Err(error) => {
            eprintln!("pariksha-coordinator: {error:#}");
            FAILURE
        }
    }
}

fn dispatch(command: Command) -> Result<()> {
    match command {
        Command::Init(init) => init::run(&init),
        Command::Join(join) => runtime()?.block_on(join::run(&join)),
        Command::Run(run) => runtime()?.block_on(run::run(&run)),
        Command::Config(ConfigCommand::Show(run)) => config_show::run(&run),
        Command::Completion { shell } => {
            clap_complete::generate(
                shell,
                &mut Arguments::command(),
                "pariksha-coordinator",
                &mut std::io::stdout(),
            );
            Ok(())
        }
    }
}

fn runtime() -> Result<tokio::runtime::Runtime> {
    Ok(tokio::runtime::Builder::new_multi_thread().enable_all().build()?)
}

/// What `init` does, on ports that the system chooses.
#[cfg(test)]
pub(crate) fn init_for_test(data: &std::path::Path, cluster_key: &std::path::Path) -> Result<()> {
    init::run(&init::Init {
        place: place::Place {
            data: data.to_owned(),
            link_address: "127.0.0.1:0".into(),
            ops_address: "127.0.0.1:0".into(),
            names: Vec::new(),
        },
        cluster: "test".into(),
        cluster_key: cluster_key.to_owned(),
    })
}
