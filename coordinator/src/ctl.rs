//! `parikshactl`: the ops API from a terminal or a script. Data goes to stdout, everything else to stderr; `--json`
//! gives the API's own shapes; the exit code says what kind of failure it was ([`failure::Failure`]).
//!
//! It speaks to the API only and never reads a coordinator's files, except for the context file that names the cluster.

mod arguments;
mod attempts;
mod capacity;
mod check;
mod client;
mod cluster;
mod conformance;
mod context;
mod failure;
mod files;
mod import;
mod logs;
mod marks;
mod output;
mod papers;
mod preview;
mod receipts;
mod registry;
mod release;
mod results;
mod roster;
mod sittings;
mod status;
#[cfg(test)]
mod tests;
mod times;

use std::{ffi::OsString, process::ExitCode};

use clap::Parser;

use arguments::{Arguments, ClusterCommand, Command, PaperCommand, ReceiptCommand};
use client::Client;
use failure::Failure;
use output::Output;

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
            return if error.use_stderr() { failure::USAGE } else { 0 };
        }
    };
    let output = Output::new(arguments.json);
    match run(arguments, &output) {
        Ok(()) => 0,
        Err(failure) => {
            output.failure(&failure);
            failure.exit_code()
        }
    }
}

fn run(arguments: Arguments, output: &Output) -> Result<(), Failure> {
    if let Command::Completion { shell } = arguments.command {
        arguments::print_completion(shell);
        return Ok(());
    }
    if let Command::Capacity(need) = arguments.command {
        return capacity::run(need, output);
    }
    if let Command::Paper(PaperCommand::Check { path, language }) = &arguments.command {
        return check::run(path, language, output);
    }
    if let Command::Paper(PaperCommand::Preview {
        file,
        format,
        language,
    }) = &arguments.command
    {
        return preview::run(file, *format, language, output);
    }
    if let Command::Paper(command) = &arguments.command
        && let Some(done) = papers::run_here(command, output)
    {
        return done;
    }
    if let Command::Paper(PaperCommand::Conformance { folder }) = &arguments.command {
        return conformance::run(folder, output);
    }
    if let Command::Receipt(ReceiptCommand::Verify { file, cluster_key }) = &arguments.command {
        return receipts::verify(file, cluster_key, output);
    }
    let context = context::Context::read(arguments.context.as_deref())?;
    let client = Client::new(&context)?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::Other(format!("cannot start: {error}")))?;
    runtime.block_on(dispatch(arguments.command, &client, output))
}

async fn dispatch(command: Command, client: &Client, output: &Output) -> Result<(), Failure> {
    match command {
        Command::District(command) => registry::district(command, client, output).await,
        Command::Node(command) => registry::node(command, client, output).await,
        Command::Coordinator(command) => registry::coordinator(command, client, output).await,
        Command::Roster(command) => roster::run(command, client, output).await,
        Command::Paper(command) => papers::run(command, client, output).await,
        Command::Officer(command) => release::officers(command, client, output).await,
        Command::Sitting(command) => sittings::run(command, client, output).await,
        Command::Status => status::run(client, output).await,
        Command::Result(command) => results::run(command, client, output).await,
        Command::Marks(command) => marks::run(command, client, output).await,
        Command::Log(command) => logs::run(command, client, output).await,
        Command::Cluster(ClusterCommand::Show) => cluster::show(client, output).await,
        Command::Receipt(ReceiptCommand::Check { file }) => receipts::check(&file, client, output).await,
        Command::Attempt(command) => attempts::run(command, client, output).await,
        // Answered before a client is made.
        Command::Completion { .. }
        | Command::Capacity(_)
        | Command::Receipt(ReceiptCommand::Verify { .. }) => Ok(()),
    }
}
