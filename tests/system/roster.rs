//! The roster of the whole state through the centre: 40,000 candidates from a spreadsheet with one bad row in a hundred, and
//! exactly the bad ones listed. The figure is printed; docs/ROSTERS.md says how to measure it.

use std::{process::Output, time::Duration};

use anyhow::Context;
use rust_xlsxwriter::{Workbook, Worksheet};
use serde_json::Value;
use tests::cluster::Cluster;
use tokio::time::Instant;

const CANDIDATES: u32 = 40_000;
/// Every so manieth row is bad.
const BAD_EVERY: u32 = 100;
const FIRST_NUMBER: u32 = 270_000;
/// Far above what it takes anywhere: what it should take is measured, not asserted here.
const IMPORT_TIMEOUT: Duration = Duration::from_secs(300);
/// Exit code of parikshactl.
const INPUT_HAS_ERRORS: i32 = 5;

/// A bad row: where it is, and what its error says.
struct Bad {
    line: u64,
    column: &'static str,
    says: &'static str,
}

/// The spreadsheet, and what is wrong with it.
fn spreadsheet() -> anyhow::Result<(Vec<u8>, Vec<Bad>)> {
    let mut workbook = Workbook::new();
    let sheet = workbook.add_worksheet();
    let header = [
        "number",
        "name",
        "roll",
        "district",
        "batch",
        "disability",
        "centre",
        "seat",
    ];
    for (column, name) in (0..).zip(header) {
        sheet.write_string(0, column, name)?;
    }
    let mut bad = Vec::new();
    for row in 1..=CANDIDATES {
        good(sheet, row)?;
        if row % BAD_EVERY == 0 {
            bad.push(spoil(sheet, row)?);
        }
    }
    Ok((workbook.save_to_buffer()?, bad))
}

fn good(sheet: &mut Worksheet, row: u32) -> anyhow::Result<()> {
    let (district, _) = local::plan::DISTRICTS[row as usize % local::plan::DISTRICTS.len()];
    sheet.write_number(row, 0, FIRST_NUMBER + row)?;
    sheet.write_string(row, 1, format!("सुनीता Patil {row}"))?;
    sheet.write_string(row, 2, format!("R-{row}"))?;
    sheet.write_string(row, 3, district)?;
    sheet.write_string(row, 4, ["morning", "noon", "evening"][row as usize % 3])?;
    sheet.write_string(row, 5, if row % 50 == 1 { "yes" } else { "no" })?;
    sheet.write_string(row, 6, format!("Zilla Parishad School {}", row % 97))?;
    sheet.write_string(row, 7, format!("{row}"))?;
    Ok(())
}

/// Each in one of five ways.
fn spoil(sheet: &mut Worksheet, row: u32) -> anyhow::Result<Bad> {
    let (column, says) = match row / BAD_EVERY % 5 {
        0 => {
            sheet.write_string(row, 0, "twenty-seven")?;
            ("number", "`twenty-seven` is not a candidate's number")
        }
        1 => {
            sheet.write_number(row, 0, FIRST_NUMBER + row - 1)?;
            ("number", "stands already in line")
        }
        2 => {
            sheet.write_string(row, 1, " ")?;
            ("name", "is empty; write the candidate's name")
        }
        3 => {
            sheet.write_string(row, 3, "Atlantis")?;
            ("district", "the district `Atlantis` is not known")
        }
        _ => {
            sheet.write_string(row, 5, "perhaps")?;
            ("disability", "`perhaps` is not yes or no")
        }
    };
    let line = u64::from(row) + 1;
    Ok(Bad { line, column, says })
}

#[tokio::test(flavor = "multi_thread")]
async fn forty_thousand_candidates_are_imported_and_exactly_the_bad_rows_are_listed() -> anyhow::Result<()> {
    let (bytes, bad) = spreadsheet()?;
    let cluster = Cluster::start().await?;
    let file = cluster.file("state.xlsx", &bytes)?;
    let codes = cluster.path("codes.csv").to_string_lossy().into_owned();

    let begun = Instant::now();
    let refused = import(&cluster, &["roster", "import", &file, "--codes", &codes]).await?;
    let refused_after = begun.elapsed();
    assert_eq!(refused.status.code(), Some(INPUT_HAS_ERRORS));
    let answer: Value = serde_json::from_slice(&refused.stdout)?;
    assert_listed(&answer["error"]["errors"], &bad)?;
    assert_eq!(
        registered(&cluster).await?,
        0,
        "nothing of a bad file is imported"
    );

    let begun = Instant::now();
    let taken = import(
        &cluster,
        &["roster", "import", &file, "--partial", "--codes", &codes],
    )
    .await?;
    let taken_after = begun.elapsed();
    assert!(
        taken.status.success(),
        "{}",
        String::from_utf8_lossy(&taken.stderr)
    );
    let answer: Value = serde_json::from_slice(&taken.stdout)?;
    let good = u64::from(CANDIDATES) - bad.len() as u64;
    assert_eq!(answer["imported"], good);
    assert_eq!(answer["codes_made"], good);
    assert_listed(&answer["skipped"], &bad)?;
    assert_eq!(registered(&cluster).await?, good);
    println!(
        "{CANDIDATES} candidates from {} bytes of XLSX, {} rows bad: refused after {:.2} s, imported in part after {:.2} s",
        bytes.len(),
        bad.len(),
        refused_after.as_secs_f64(),
        taken_after.as_secs_f64()
    );
    Ok(())
}

async fn import(cluster: &Cluster, arguments: &[&str]) -> anyhow::Result<Output> {
    tokio::time::timeout(IMPORT_TIMEOUT, cluster.ctl_output(arguments))
        .await
        .context("the import does not end")?
}

/// The list has the bad rows, each with its column and reason, and nothing else.
fn assert_listed(listed: &Value, bad: &[Bad]) -> anyhow::Result<()> {
    let listed = listed.as_array().context("errors are a list")?;
    let lines: Vec<u64> = listed.iter().filter_map(|one| one["line"].as_u64()).collect();
    let expected: Vec<u64> = bad.iter().map(|one| one.line).collect();
    assert_eq!(lines, expected);
    for (one, bad) in listed.iter().zip(bad) {
        assert_eq!(one["column"], bad.column, "{one}");
        let problem = one["problem"].as_str().unwrap_or_default();
        assert!(problem.contains(bad.says), "{one} does not say {}", bad.says);
    }
    Ok(())
}

async fn registered(cluster: &Cluster) -> anyhow::Result<u64> {
    let status = cluster.ctl(&["status"]).await?;
    let districts = status["districts"].as_array().context("districts")?;
    let counts = districts
        .iter()
        .filter_map(|one| one["candidates"]["registered"].as_u64());
    Ok(counts.sum())
}
