//! `parikshactl paper preview`: a file of questions as candidates will see it, in a browser on this machine, in each of its
//! languages, with what each answer would be saved as. Asks no centre; the page that it serves holds no key.

mod questions;
mod server;
#[cfg(test)]
mod tests;

use std::path::Path;

use content::import::format::Format;
use serde::Serialize;

use self::{questions::Questions, server::Server};
use super::{failure::Failure, output::Output};
use crate::ops::shapes::InputError;

/// What is told before the page can be opened.
#[derive(Debug, Serialize)]
struct Opened {
    /// Where the page is.
    address: String,
    /// How many questions it shows.
    items: usize,
    /// In which languages.
    languages: Vec<String>,
    /// What could not be taken from the file.
    refused: Vec<InputError>,
}

pub(super) fn run(
    path: &Path,
    format: Option<Format>,
    language: &str,
    output: &Output,
) -> Result<(), Failure> {
    let questions = questions::of_file(path, format, language)?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::Other(format!("cannot start: {error}")))?;
    runtime.block_on(preview(questions, output))
}

async fn preview(questions: Questions, output: &Output) -> Result<(), Failure> {
    let server = Server::bind(&questions.paper).await?;
    let opened = Opened {
        address: server.url(),
        items: questions.paper.items.len(),
        languages: questions.paper.languages,
        refused: questions.refused,
    };
    if !opened.refused.is_empty() {
        output.note("not shown, because it cannot be delivered:");
        output.input_errors(&opened.refused);
    }
    output.show(&opened, |opened| {
        format!("{} questions at {}\nCtrl-C ends.", opened.items, opened.address)
    })?;
    server
        .run(async {
            // Where the signal cannot be had, the process is ended by it.
            if tokio::signal::ctrl_c().await.is_err() {
                std::future::pending::<()>().await;
            }
        })
        .await
}
