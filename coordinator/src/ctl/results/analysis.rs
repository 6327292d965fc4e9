//! `parikshactl result analyse`.

use std::path::Path;

use content::analysis::ItemReport;
use protocol::ids::SittingId;

use crate::{
    ctl::{
        client::Client,
        failure::Failure,
        files::NewFile,
        output::{Output, table},
    },
    ops::shapes::AnalysisRow,
};

/// What was given most often, so many in a line of the table.
const GIVEN_SHOWN: usize = 6;

pub(super) async fn analyse(
    sitting: SittingId,
    key_version: Option<u16>,
    out: Option<&Path>,
    client: &Client,
    output: &Output,
) -> Result<(), Failure> {
    let path = ["sittings", &sitting.to_string(), "analysis"];
    let query: Vec<(&str, String)> = key_version
        .iter()
        .map(|version| ("key_version", version.to_string()))
        .collect();
    let report: AnalysisRow = output.spin("analysing", client.get_with(&path, &query)).await?;
    let Some(out) = out else {
        return output.show(&report, text);
    };
    let json = serde_json::to_vec_pretty(&report).map_err(|error| Failure::Other(error.to_string()))?;
    let mut file = NewFile::create(out)?;
    file.write(&json)?;
    file.finish()?;
    output.note(&format!(
        "the analysis of sitting {sitting} is in {}",
        out.display()
    ));
    Ok(())
}

fn text(report: &AnalysisRow) -> String {
    let header = [
        "item",
        "max",
        "candidates",
        "undecided",
        "facility",
        "item-rest",
        "upper-lower",
        "omitted",
        "not reached",
        "given (candidates, their mean total)",
    ];
    let items = table(&header, report.items.iter().map(row));
    format!(
        "sitting {}, answer key version {}, {}: {} candidates; --json or --out has the districts and every response\n{items}",
        report.sitting, report.key_version, report.policy, report.candidates
    )
}

fn row(item: &ItemReport) -> Vec<String> {
    let figure = |figure: &Option<String>| figure.clone().unwrap_or_else(|| "-".to_owned());
    let given: Vec<String> = item
        .given
        .iter()
        .take(GIVEN_SHOWN)
        .map(|given| format!("{} ({}, {})", given.given, given.candidates, given.mean_total))
        .collect();
    vec![
        item.item.to_string(),
        item.max.clone(),
        item.candidates.to_string(),
        item.undecided.to_string(),
        figure(&item.facility),
        figure(&item.item_rest),
        figure(&item.upper_lower),
        item.omitted.to_string(),
        item.not_reached
            .map_or_else(|| "-".to_owned(), |count| count.to_string()),
        given.join("  "),
    ]
}
