//! `parikshactl paper`: import, list, release.

use super::{
    arguments::PaperCommand,
    client::Client,
    failure::Failure,
    files,
    output::{Output, table},
};
use crate::ops::shapes::{PaperImported, PaperRow, Released};

pub(super) async fn run(command: PaperCommand, client: &Client, output: &Output) -> Result<(), Failure> {
    match command {
        PaperCommand::Import {
            file,
            title,
            partial,
            version_of,
        } => {
            let csv = files::read_input(&file)?;
            let mut query = vec![("title", title), ("partial", partial.to_string())];
            query.extend(version_of.map(|paper| ("version_of", paper.to_string())));
            let work = client.post_csv(&["papers"], &query, csv);
            let imported: PaperImported = output.spin("importing and sealing the paper", work).await?;
            if !imported.skipped.is_empty() {
                output.note(&format!("{} lines were left out:", imported.skipped.len()));
                output.input_errors(&imported.skipped);
            }
            output.show(&imported, |imported| papers(std::slice::from_ref(&imported.row)))
        }
        // Answered before a client is made.
        PaperCommand::Check { .. } | PaperCommand::Conformance { .. } => Ok(()),
        PaperCommand::List => {
            let rows: Vec<PaperRow> = client.get(&["papers"]).await?;
            output.show(&rows, |rows| papers(rows))
        }
        PaperCommand::Release { paper } => {
            let path = ["papers", &paper, "release"];
            let released: Released = output
                .spin("releasing the paper's key", client.post(&path, &()))
                .await?;
            output.show(&released, |released| {
                format!("paper {} is released", released.paper)
            })
        }
    }
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
