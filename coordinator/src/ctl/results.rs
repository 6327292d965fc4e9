//! `parikshactl result`: score, export, compare, analyse, reconcile.

mod analysis;
mod arguments;
mod export;
mod sets;

use std::fmt::Write;

use protocol::ids::SittingId;

use super::{
    client::Client,
    failure::Failure,
    marks::save,
    output::{Output, table},
};
use crate::ops::shapes::{Reconciliation, ScoreRequest, Scored};
pub(super) use arguments::ResultCommand;
use arguments::{ExportFormat, ExportWish};

pub(super) async fn run(command: ResultCommand, client: &Client, output: &Output) -> Result<(), Failure> {
    match command {
        ResultCommand::Score { sitting, count_late } => {
            let path = ["sittings", &sitting.to_string(), "score"];
            let request = ScoreRequest { count_late };
            let scored: Scored = output.spin("scoring", client.post(&path, &request)).await?;
            output.show(&scored, |scored| {
                format!(
                    "sitting {}: {} attempts scored with answer key version {}, {} of them with items to be reviewed",
                    scored.sitting, scored.scored, scored.key_version, scored.under_review
                )
            })
        }
        ResultCommand::Export(wish) => match &wish.dir {
            Some(folder) => export::folder(&wish, folder, client, output).await,
            None => one_table(&wish, client, output).await,
        },
        ResultCommand::Versions { sitting } => sets::versions(sitting, client, output).await,
        ResultCommand::Compare { sitting, from, to } => {
            sets::compare(sitting, (from, to), client, output).await
        }
        ResultCommand::Normalise { sittings, out } => {
            let sittings: Vec<String> = sittings.iter().map(ToString::to_string).collect();
            let query = [("sittings", sittings.join(","))];
            save(&["normalised"], &query, out.as_deref(), client, output).await
        }
        ResultCommand::Analyse {
            sitting,
            key_version,
            out,
        } => analysis::analyse(sitting, key_version, out.as_deref(), client, output).await,
        ResultCommand::Reconcile { sitting } => reconcile(sitting, client, output).await,
    }
}

/// The results alone, into a file or to stdout.
async fn one_table(wish: &ExportWish, client: &Client, output: &Output) -> Result<(), Failure> {
    let format = match wish.format {
        Some(ExportFormat::Json) => "json",
        None if output.is_json() => "json",
        Some(ExportFormat::Csv) | None => "csv",
        Some(ExportFormat::Parquet) => {
            return Err(Failure::Usage(
                "parquet needs a folder; give it with --dir".into(),
            ));
        }
    };
    let path = ["sittings", &wish.sitting.to_string(), "results"];
    let mut query = vec![("format", format.to_owned())];
    query.extend(
        wish.key_version
            .map(|version| ("key_version", version.to_string())),
    );
    save(&path, &query, wish.out.as_deref(), client, output).await
}

async fn reconcile(sitting: SittingId, client: &Client, output: &Output) -> Result<(), Failure> {
    let path = ["sittings", &sitting.to_string(), "reconciliation"];
    let report: Reconciliation = output.spin("reconciling", client.get(&path)).await?;
    output.show(&report, text)?;
    if report.balances {
        return Ok(());
    }
    let differences = report
        .districts
        .iter()
        .map(|district| district.differences.len())
        .sum();
    Err(Failure::Unbalanced(differences))
}

fn text(report: &Reconciliation) -> String {
    let header = [
        "district",
        "registered",
        "absent",
        "started",
        "submitted",
        "scored",
        "acknowledged",
        "committed",
        "differences",
    ];
    let rows = report.districts.iter().map(|district| {
        let numbers = [
            district.registered,
            district.absent,
            district.started,
            district.submitted,
            district.scored,
            district.acknowledged,
            district.committed,
            district.differences.len() as u64,
        ];
        std::iter::once(district.name.clone())
            .chain(numbers.iter().map(ToString::to_string))
            .collect()
    });
    let mut text = table(&header, rows);
    for district in &report.districts {
        for difference in &district.differences {
            let who = match difference.candidate {
                0 => String::new(),
                candidate => format!(" candidate {candidate}"),
            };
            // Writing to a string cannot fail.
            let _ = write!(text, "\n{}{who}: {}", district.name, difference.what);
        }
    }
    let mut is_all_known = true;
    for district in &report.districts {
        for sentence in &district.not_known {
            is_all_known = false;
            let _ = write!(text, "\n{}: NOT KNOWN: {sentence}", district.name);
        }
    }
    text.push_str(match (report.balances, is_all_known) {
        (true, true) => "\nbalances",
        (true, false) => "\nbalances, as far as the centre can know",
        (false, _) => "\nDOES NOT BALANCE",
    });
    text
}
