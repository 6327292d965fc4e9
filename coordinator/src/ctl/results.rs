//! `parikshactl result`: score, export, reconcile.

use std::{fmt::Write, path::Path};

use protocol::ids::SittingId;

use super::{
    arguments::{ExportFormat, ResultCommand},
    client::{self, Client},
    failure::Failure,
    files::NewFile,
    output::{Output, table},
};
use crate::ops::shapes::{Reconciliation, ScoreRequest, Scored};

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
        ResultCommand::Export { sitting, format, out } => {
            let unsaid = if output.is_json() {
                ExportFormat::Json
            } else {
                ExportFormat::Csv
            };
            let format = format.unwrap_or(unsaid);
            export(sitting, format, out.as_deref(), client, output).await
        }
        ResultCommand::Reconcile { sitting } => reconcile(sitting, client, output).await,
    }
}

async fn export(
    sitting: SittingId,
    format: ExportFormat,
    out: Option<&Path>,
    client: &Client,
    output: &Output,
) -> Result<(), Failure> {
    let format = match format {
        ExportFormat::Csv => "csv",
        ExportFormat::Json => "json",
    };
    let path = ["sittings", &sitting.to_string(), "results"];
    let mut response = client.stream(&path, &[("format", format.to_owned())]).await?;
    let mut file = out.map(NewFile::create).transpose()?;
    while let Some(piece) = client::piece(&mut response).await? {
        match &mut file {
            Some(file) => file.write(&piece)?,
            None => output.data(&piece)?,
        }
    }
    match (file, out) {
        (Some(file), Some(path)) => {
            file.finish()?;
            output.note(&format!("results of sitting {sitting} are in {}", path.display()));
            Ok(())
        }
        _ => Ok(()),
    }
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
