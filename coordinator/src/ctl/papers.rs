//! `parikshactl paper`: import, template, list, corrected keys; releases are [`super::release`]'s.

pub(super) mod input;
mod template;
mod trial;

use std::path::PathBuf;

use clap::Subcommand;
pub(super) use template::TemplateFormat;

use super::{
    arguments::PaperCommand,
    client::Client,
    failure::Failure,
    files,
    output::{Output, table},
    release,
};
use crate::ops::shapes::{KeyCorrected, PaperImported, PaperRow};

#[derive(Debug, Subcommand)]
pub(super) enum KeyCommand {
    /// Corrects the answer key by a CSV file: a new version of it, all or nothing; keys are never shown
    ///
    /// Columns: item, key, also (another accepted key), dropped, bonus (yes or no), marks, penalty, case; section and
    /// minimum in a row without an item. What is left empty stays. `paper template --format key` writes an example.
    /// Score the sitting again afterwards: results under earlier versions are kept.
    Correct {
        /// The paper's version, e.g. 1v1
        paper: String,
        /// The file
        file: PathBuf,
    },
}

/// What asks no centre; `None` for everything else.
pub(super) fn run_here(command: &PaperCommand, output: &Output) -> Option<Result<(), Failure>> {
    match command {
        PaperCommand::Template { format, out } => Some(template::run(*format, out.as_deref(), output)),
        PaperCommand::Import {
            file,
            title,
            partial,
            format,
            language,
            dry_run: true,
            ..
        } => Some(
            input::read(file, *format)
                .and_then(|input| trial::run(&input, language, title, *partial, output)),
        ),
        _ => None,
    }
}

pub(super) async fn run(command: PaperCommand, client: &Client, output: &Output) -> Result<(), Failure> {
    match command {
        PaperCommand::Import {
            file,
            title,
            partial,
            version_of,
            format,
            language,
            dry_run: _,
        } => {
            let input = input::read(&file, format)?;
            let id = input.format.id().ok_or_else(|| {
                Failure::Usage(format!(
                    "{}: this file only names others; give the folder that they stand in",
                    file.display()
                ))
            })?;
            let mut query = vec![
                ("title", title),
                ("partial", partial.to_string()),
                ("format", id.to_owned()),
                ("language", language),
            ];
            query.extend(version_of.map(|paper| ("version_of", paper.to_string())));
            let work = client.post_file(&["papers"], &query, input.bytes);
            let imported: PaperImported = output.spin("importing and sealing the paper", work).await?;
            if !imported.skipped.is_empty() {
                output.note(&format!("{} lines were left out:", imported.skipped.len()));
                output.input_errors(&imported.skipped);
            }
            trial::told(output, "look at these:", &imported.warnings);
            output.show(&imported, |imported| papers(std::slice::from_ref(&imported.row)))
        }
        PaperCommand::Key(KeyCommand::Correct { paper, file }) => {
            let csv = files::read_input(&file)?;
            let path = ["papers", &paper, "key"];
            let work = client.post_csv(&path, &[], csv);
            let corrected: KeyCorrected = output.spin("correcting the answer key", work).await?;
            output.show(&corrected, correction)
        }
        // Answered before a client is made.
        PaperCommand::Check { .. }
        | PaperCommand::Conformance { .. }
        | PaperCommand::Preview { .. }
        | PaperCommand::Template { .. } => Ok(()),
        PaperCommand::List => {
            let rows: Vec<PaperRow> = client.get(&["papers"]).await?;
            output.show(&rows, |rows| papers(rows))
        }
        PaperCommand::Release(command) => release::run(command, client, output).await,
    }
}

fn correction(corrected: &KeyCorrected) -> String {
    format!(
        "paper {}: version {} of the answer key, {} rows changed something; {} items are dropped, {} are a bonus. \
         `result score` counts by it from now on; results under earlier versions are kept.",
        corrected.paper, corrected.key_version, corrected.changed, corrected.dropped, corrected.bonus
    )
}

fn papers(rows: &[PaperRow]) -> String {
    table(
        &[
            "paper",
            "title",
            "items",
            "sealed bytes",
            "key version",
            "released",
        ],
        rows.iter().map(|row| {
            vec![
                row.paper.clone(),
                row.title.clone(),
                row.items.to_string(),
                row.bytes.to_string(),
                row.key_version.to_string(),
                if row.released { "yes" } else { "no" }.to_owned(),
            ]
        }),
    )
}

#[cfg(test)]
mod tests;
