//! The command line of `pariksha-node`. stdout is for data, stderr for the rest; exit codes are in `--help`.

mod anew;
mod answers;
mod attempt;
mod config;
mod join;
mod log;
mod paper;
mod run;
mod status;

use std::{ffi::OsString, path::PathBuf, process::ExitCode};

use clap::{CommandFactory, Parser, Subcommand};
use clap_complete::Shell;

use crate::config::DataDirectory;

/// Something went wrong; a sentence on stderr says what.
const FAILURE: u8 = 1;
/// The node could not be reached.
const UNREACHABLE: u8 = 3;
/// What was verified or imported is altered, incomplete or in doubt.
const NOT_SOUND: u8 = 4;

/// The district node of Pariksha.
#[derive(Debug, Parser)]
#[command(
    name = "pariksha-node",
    version,
    after_help = "Exit codes: 0 done, 1 failed, 2 wrong usage, 3 the node could not be reached,\n\
                  4 what was verified or imported is altered, incomplete or in doubt.\n\
                  Every setting of node.toml is also an environment variable: PARIKSHA_NODE_HTTP__HTTPS_ADDRESS \
                  is http.https_address."
)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the node until SIGTERM or Ctrl-C.
    Run(Where),
    /// Join a cluster: once in this node's life, with the token of `parikshactl node token`.
    Join(join::Join),
    /// Look at the configuration.
    #[command(subcommand)]
    Config(ConfigCommand),
    /// Verify and export logs.
    #[command(subcommand)]
    Log(log::LogCommand),
    /// Papers: open one with officers' shares.
    #[command(subcommand)]
    Paper(paper::PaperCommand),
    /// Answers that are carried here in a file.
    #[command(subcommand)]
    Answers(answers::AnswersCommand),
    /// Candidates' attempts: unlock one for another device.
    #[command(subcommand)]
    Attempt(attempt::AttemptCommand),
    /// Show how the running node fares.
    Status(status::Status),
    /// Write a shell's completion script to stdout.
    Completion {
        /// For which shell.
        shell: Shell,
    },
}

#[derive(Debug, Subcommand)]
enum ConfigCommand {
    /// Show every setting, its value and where that came from.
    Show(Where),
}

/// Where the node's data and configuration lie.
#[derive(Debug, Clone, clap::Args)]
struct Where {
    /// The data directory.
    #[arg(long, value_name = "DIR", env = "PARIKSHA_NODE_DATA")]
    data: PathBuf,
    /// The configuration file, if it is not DIR/node.toml.
    #[arg(long, value_name = "FILE", env = "PARIKSHA_NODE_CONFIG")]
    config: Option<PathBuf>,
}

impl Where {
    fn data(&self) -> DataDirectory {
        DataDirectory(self.data.clone())
    }

    fn layers(&self) -> Result<daemon::Settings, daemon::SettingsError> {
        crate::config::layers(&self.data(), self.config.as_deref())
    }
}

/// How a command failed.
struct Failure {
    error: anyhow::Error,
    code: u8,
}

impl<E: Into<anyhow::Error>> From<E> for Failure {
    fn from(error: E) -> Self {
        Self {
            error: error.into(),
            code: FAILURE,
        }
    }
}

/// Runs the command line and says how it ended.
pub fn main_from(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let arguments = match Arguments::try_parse_from(arguments) {
        Ok(arguments) => arguments,
        Err(error) => {
            // Help and version come this way too; nobody is left to tell if the terminal is gone.
            let _ = error.print();
            return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(FAILURE));
        }
    };
    match dispatch(arguments.command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("pariksha-node: {:#}", failure.error);
            ExitCode::from(failure.code)
        }
    }
}

fn dispatch(command: Command) -> Result<(), Failure> {
    match command {
        Command::Run(place) => run::run(&place),
        Command::Join(join) => join::run(&join),
        Command::Config(ConfigCommand::Show(place)) => config::show(&place),
        Command::Log(command) => log::run(&command),
        Command::Paper(command) => paper::run(&command),
        Command::Answers(command) => answers::run(&command),
        Command::Attempt(command) => attempt::run(&command),
        Command::Status(status) => status::run(&status),
        Command::Completion { shell } => {
            let mut command = Arguments::command();
            clap_complete::generate(shell, &mut command, "pariksha-node", &mut std::io::stdout());
            Ok(())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn wrong_usage_is_2_and_a_directory_that_never_joined_is_1() {
        let code = |arguments: &[&str]| main_from(arguments.iter().map(OsString::from));
        assert_eq!(code(&["pariksha-node", "fly"]), ExitCode::from(2));
        let empty = tempfile::tempdir().unwrap();
        let data = empty.path().to_str().unwrap();
        assert_eq!(
            code(&["pariksha-node", "run", "--data", data]),
            ExitCode::from(FAILURE)
        );
        assert_eq!(
            code(&["pariksha-node", "config", "show", "--data", data]),
            ExitCode::SUCCESS
        );
    }
}
