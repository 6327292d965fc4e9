//! A real browser sits the exam at the page that a node serves, and the centre scores what was clicked.

use std::{collections::BTreeMap, process::Stdio};

use anyhow::Context;
use protocol::{ids::ItemNo, response::Response};
use serde_json::Value;
use tests::{binary::workspace, cluster::Cluster, crowd, exam::Exam, oracle};

#[tokio::test(flavor = "multi_thread")]
async fn browser_sits_the_exam_and_the_score_is_right() -> anyhow::Result<()> {
    if !is_ready() {
        assert!(
            std::env::var_os("PARIKSHA_BROWSER").is_none(),
            "tests/run browser installs Chromium and its driver; they are missing"
        );
        eprintln!(
            "NOTICE: skipped: Chromium or tests/browser/node_modules is missing; `tests/run browser` installs them"
        );
        return Ok(());
    }
    let cluster = Cluster::start().await?;
    let exam = Exam::made(9);
    let sign_ins = crowd::enrol(&cluster, 1).await?;
    let sitting = crowd::open_sitting(&cluster, &exam, "60m").await?;
    crowd::wait_until_startable(&cluster, &sign_ins, sitting).await?;
    let sign_in = sign_ins
        .iter()
        .find(|one| one.district == "nagpur")
        .context("Nagpur has a candidate")?;

    let answers = cluster.path("browser-answers.json");
    let sat = tokio::process::Command::new("node")
        .args(["--test", "exam.mjs"])
        .current_dir(workspace().join("tests/browser"))
        .env("PARIKSHA_URL", &crowd::addresses(&cluster, sign_in)[0])
        .env("PARIKSHA_CANDIDATE", sign_in.candidate.to_string())
        .env("PARIKSHA_CODE", &sign_in.code)
        .env("PARIKSHA_ANSWERS", &answers)
        .stdin(Stdio::null())
        .output()
        .await?;
    let words = format!(
        "{}{}",
        String::from_utf8_lossy(&sat.stdout),
        String::from_utf8_lossy(&sat.stderr)
    );
    assert!(sat.status.success(), "{words}");

    let told: Value = serde_json::from_slice(&std::fs::read(&answers)?)?;
    let responses: BTreeMap<ItemNo, Response> = told["responses"]
        .as_object()
        .context("the browser says what it answered")?
        .iter()
        .filter(|(_, response)| !response.is_null())
        .map(|(item, response)| Ok((item.parse()?, serde_json::from_value(response.clone())?)))
        .collect::<anyhow::Result<_>>()?;
    assert!(responses.len() >= 5, "the browser answered only {responses:?}");
    oracle::all_is_delivered(&cluster).await?;
    let scored = cluster.ctl(&["result", "score", &sitting.to_string()]).await?;
    let results = cluster.path("results.csv");
    cluster
        .ctl_output(&[
            "result",
            "export",
            &sitting.to_string(),
            "--format",
            "csv",
            "--out",
            &results.to_string_lossy(),
        ])
        .await?;
    let published = std::fs::read_to_string(results)?;
    let right = exam.score(&responses).normalize().to_string();
    let row = published
        .lines()
        .find(|line| line.starts_with(&sign_in.candidate.to_string()))
        .with_context(|| published.clone())?;
    assert!(
        row.split(',')
            .any(|field| field.parse() == right.parse::<rust_decimal::Decimal>()),
        "{row} has not {right}; {scored}"
    );
    println!(
        "the browser answered {} items and scored {right}, as computed from what it clicked",
        responses.len()
    );
    Ok(())
}

fn is_ready() -> bool {
    std::path::Path::new("/usr/bin/chromium").exists()
        && workspace().join("tests/browser/node_modules").is_dir()
}
