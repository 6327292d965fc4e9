//! A paper with every kind of question that a page shows, sat in a real browser with the keyboard alone: the centre holds
//! exactly what was answered, and all three (page, node, centre) agree on its digest.

use std::io::{Cursor, Write};

use anyhow::{Context, ensure};
use protocol::{digest, ids::CandidateId};
use serde_json::Value;
use tests::{binary::workspace, cluster::Cluster, crowd, oracle};
use zip::{ZipWriter, write::SimpleFileOptions};

use crate::browser;

/// The kinds that the package in `tests/browser/kinds` has.
const KINDS: &str = "choice,select,parts,text,order,match,associate,gaps,hottext,hotspot,slider";

#[tokio::test(flavor = "multi_thread")]
async fn browser_answers_every_kind_with_the_keyboard_alone() -> anyhow::Result<()> {
    if !browser::is_ready() {
        return Ok(());
    }
    let cluster = Cluster::start().await?;
    let sign_ins = crowd::enrol(&cluster, 1).await?;
    let file = cluster.file("kinds.zip", package()?)?;
    let imported = cluster
        .ctl(&["paper", "import", &file, "--title", "Every kind"])
        .await?;
    let paper = imported["paper"].as_str().context("a paper")?.to_owned();
    let sitting = crowd::open_paper(&cluster, &paper, "60m").await?;
    crowd::wait_until_startable(&cluster, &sign_ins, sitting).await?;
    let sign_in = sign_ins.iter().find(|one| one.district == "nagpur");
    let sign_in = sign_in.context("Nagpur has a candidate")?;

    let told = browser::run(&cluster, sign_in, "kinds.mjs", &[("PARIKSHA_KINDS", KINDS)]).await?;
    let given = browser::responses(&told)?;
    ensure!(given.len() >= 10, "the browser answered only {given:?}");
    oracle::all_is_delivered(&cluster).await?;
    let attempt = attempt_of(&cluster, &sitting.to_string(), sign_in.candidate).await?;
    let held = attempt["responses"].as_array().context("responses")?;
    let held = held.iter().filter(|row| !row["response"].is_null());
    let held: serde_json::Map<String, Value> = held
        .map(|row| (row["item"].to_string(), row["response"].clone()))
        .collect();
    let answered = given
        .iter()
        .map(|(item, response)| Ok((item.to_string(), serde_json::to_value(response)?)));
    let answered = answered.collect::<anyhow::Result<serde_json::Map<_, _>>>()?;
    ensure!(
        held == answered,
        "the centre holds {held:#?}, the browser gave {answered:#?}"
    );
    let digest = digest::of_responses(given.iter().map(|(item, response)| (*item, response))).to_string();
    for (who, said) in [("the page", &told["digest"]), ("the centre", &attempt["digest"])] {
        ensure!(
            said == digest.as_str(),
            "{who} has the digest {said}, not {digest}"
        );
    }
    println!(
        "{} items of every kind answered with the keyboard alone, digest {digest}",
        given.len()
    );
    Ok(())
}

async fn attempt_of(cluster: &Cluster, sitting: &str, candidate: CandidateId) -> anyhow::Result<Value> {
    let listed = cluster.ctl_output(&["attempt", "list", sitting]).await?;
    let text = String::from_utf8(listed.stdout)?;
    let attempts = text.lines().map(serde_json::from_str::<Value>);
    let attempts = attempts.collect::<Result<Vec<_>, _>>()?;
    let found = attempts
        .into_iter()
        .find(|attempt| attempt["candidate"] == candidate.0);
    found.with_context(|| format!("no attempt of {candidate} in:\n{text}"))
}

/// The files of `tests/browser/kinds` as a package.
fn package() -> anyhow::Result<Vec<u8>> {
    let mut files: Vec<_> =
        std::fs::read_dir(workspace().join("tests/browser/kinds"))?.collect::<Result<_, _>>()?;
    files.sort_by_key(std::fs::DirEntry::file_name);
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for file in files {
        writer.start_file(file.file_name().to_string_lossy(), SimpleFileOptions::default())?;
        writer.write_all(&std::fs::read(file.path())?)?;
    }
    Ok(writer.finish()?.into_inner())
}
