//! `parikshactl attempt`: merged attempts, one JSON object a line, as they come.

use super::{
    arguments::AttemptCommand,
    client::{self, Client},
    failure::Failure,
    output::Output,
};

pub(super) async fn run(command: AttemptCommand, client: &Client, output: &Output) -> Result<(), Failure> {
    let AttemptCommand::List { sitting } = command;
    let path = ["sittings", &sitting.to_string(), "attempts"];
    let mut response = client.stream(&path, &[]).await?;
    while let Some(piece) = client::piece(&mut response).await? {
        output.data(&piece)?;
    }
    Ok(())
}
