//! A real browser sits the exam at the page that a node serves, and the centre scores what was clicked.

mod exam;
mod hall;
mod look;

use std::{collections::BTreeMap, process::Stdio};

use anyhow::Context;
use protocol::{
    ids::{ItemNo, SittingId},
    response::Response,
};
use serde_json::Value;
use tests::{
    binary::workspace,
    cluster::Cluster,
    crowd::{self, SignIn},
    exam::Exam,
    oracle,
};

#[tokio::test(flavor = "multi_thread")]
async fn browser_sits_the_exam_and_the_score_is_right() -> anyhow::Result<()> {
    if !is_ready() {
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

    let responses = click_through(&cluster, sign_in).await?;
    assert!(responses.len() >= 5, "the browser answered only {responses:?}");
    oracle::all_is_delivered(&cluster).await?;
    let published = published_row(&cluster, sitting, sign_in).await?;
    let right = exam.score(&responses);
    assert!(
        published.split(',').any(|field| field.parse() == Ok(right)),
        "{published} has not {right}"
    );
    println!(
        "the browser answered {} items and scored {right}, as computed from what it clicked",
        responses.len()
    );
    Ok(())
}

/// Lets the browser sit the exam and reads what it says that it answered.
async fn click_through(cluster: &Cluster, sign_in: &SignIn) -> anyhow::Result<BTreeMap<ItemNo, Response>> {
    responses(&run(cluster, sign_in, "exam.mjs", &[]).await?)
}

/// Runs a script of `tests/browser` for a candidate, with further settings; gives what it wrote down.
pub(crate) async fn run(
    cluster: &Cluster,
    sign_in: &SignIn,
    script: &str,
    settings: &[(&str, &str)],
) -> anyhow::Result<Value> {
    let answers = cluster.path("browser-answers.json");
    let sat = tokio::process::Command::new("node")
        .args(["--test", script])
        .current_dir(workspace().join("tests/browser"))
        .envs(settings.iter().copied())
        .env("PARIKSHA_URL", &crowd::addresses(cluster, sign_in)[0])
        .env("PARIKSHA_CANDIDATE", sign_in.candidate.to_string())
        .env("PARIKSHA_CODE", &sign_in.code)
        .env("PARIKSHA_ANSWERS", &answers)
        .stdin(Stdio::null())
        .output()
        .await?;
    let words = [sat.stdout, sat.stderr].concat();
    assert!(sat.status.success(), "{}", String::from_utf8_lossy(&words));
    Ok(serde_json::from_slice(&std::fs::read(&answers)?)?)
}

/// The responses that a script wrote down, without cleared ones.
pub(crate) fn responses(told: &Value) -> anyhow::Result<BTreeMap<ItemNo, Response>> {
    let responses = told["responses"]
        .as_object()
        .context("the browser says what it answered")?;
    let given = responses.iter().filter(|(_, response)| !response.is_null());
    given
        .map(|(item, response)| Ok((item.parse()?, serde_json::from_value(response.clone())?)))
        .collect()
}

async fn published_row(cluster: &Cluster, sitting: SittingId, sign_in: &SignIn) -> anyhow::Result<String> {
    let published = std::fs::read_to_string(oracle::published(cluster, sitting).await?)?;
    let number = sign_in.candidate.to_string();
    let row = published.lines().find(|line| line.starts_with(&number));
    row.map(str::to_owned)
        .with_context(|| format!("no row of {number} in:\n{published}"))
}

/// Whether there is a browser; where it must be there, it is a failure that it is not.
pub(crate) fn is_ready() -> bool {
    let is_ready = std::path::Path::new("/usr/bin/chromium").exists()
        && workspace().join("tests/browser/node_modules").is_dir();
    if !is_ready {
        assert!(
            std::env::var_os("PARIKSHA_BROWSER").is_none(),
            "tests/run browser installs Chromium and its driver; they are missing"
        );
        eprintln!(
            "NOTICE: skipped: Chromium or tests/browser/node_modules is missing; `tests/run browser` installs them"
        );
    }
    is_ready
}
