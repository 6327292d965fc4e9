//! `parikshactl attempt`: merged attempts, one JSON object a line, as they come.

use clap::Subcommand;
use protocol::ids::SittingId;

use super::{
    client::{self, Client},
    failure::Failure,
    output::Output,
};

/// Merged attempts.
#[derive(Debug, Subcommand)]
pub(super) enum AttemptCommand {
    /// Writes the merged attempts of a sitting, one JSON object a line
    List {
        /// The sitting's number
        sitting: SittingId,
    },
}

pub(super) async fn run(command: AttemptCommand, client: &Client, output: &Output) -> Result<(), Failure> {
    let AttemptCommand::List { sitting } = command;
    let path = ["sittings", &sitting.to_string(), "attempts"];
    let mut response = client.stream(&path, &[]).await?;
    while let Some(piece) = client::piece(&mut response).await? {
        output.data(&piece)?;
    }
    Ok(())
}
