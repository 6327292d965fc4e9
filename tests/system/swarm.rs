//! The swarm itself, small: its scenarios run through without an error, and the oracle finds every acknowledged answer.
//! The full figures come from `cargo run --release -p tests --bin swarm`.

use std::process::Stdio;

use anyhow::Context;
use serde_json::Value;

/// Runs a scenario and gives its figures; fails when the swarm says that anything was lost or refused.
async fn run(arguments: &[&str]) -> anyhow::Result<Value> {
    let folder = tempfile::tempdir()?;
    let (json, html) = (
        folder.path().join("figures.json"),
        folder.path().join("report.html"),
    );
    let output = tokio::process::Command::new(env!("CARGO_BIN_EXE_swarm"))
        .args(arguments)
        .arg("--json")
        .arg(&json)
        .arg("--html")
        .arg(&html)
        .stdin(Stdio::null())
        .output()
        .await?;
    let words = String::from_utf8_lossy(&output.stdout);
    println!("{words}\n{}", String::from_utf8_lossy(&output.stderr));
    anyhow::ensure!(
        output.status.success(),
        "the swarm ended with {}: {words}",
        output.status
    );
    let page = std::fs::read_to_string(&html)?;
    assert!(
        page.contains("<svg") && !page.contains("<script"),
        "a page with plots and without scripts"
    );
    serde_json::from_slice(&std::fs::read(&json)?).context("the figures are JSON")
}

fn operation<'a>(figures: &'a Value, name: &str) -> &'a Value {
    let all = figures["operations"].as_array().expect("operations are listed");
    let found = all.iter().find(|one| one["operation"] == name);
    found.unwrap_or_else(|| panic!("nobody did {name}: {all:?}"))
}

fn nothing_failed(figures: &Value, teachers: u64) {
    let verdict = &figures["verdict"];
    assert_eq!(
        (verdict["lost"].as_u64(), verdict["twice"].as_u64()),
        (Some(0), Some(0)),
        "{verdict}"
    );
    assert_eq!(figures["errors"], serde_json::json!([]));
    assert_eq!(
        figures["gauges"]["submitted"], teachers,
        "everybody has a receipt"
    );
    assert_eq!(
        (&verdict["attempts"], &verdict["scores"]),
        (&teachers.into(), &teachers.into())
    );
    for name in ["connect", "sign-in", "paper", "start", "submit"] {
        assert_eq!(operation(figures, name)["count"], teachers, "{name}");
    }
    assert!(
        operation(figures, "answer")["count"].as_u64() > Some(teachers),
        "{figures}"
    );
}

#[tokio::test]
async fn the_swarm_sits_an_exam_at_a_steady_pace_on_two_load_processes() -> anyhow::Result<()> {
    let arguments = [
        "steady",
        "--candidates",
        "400",
        "--faster",
        "30",
        "--processes",
        "2",
    ];
    nothing_failed(&run(&arguments).await?, 400);
    Ok(())
}

#[tokio::test]
async fn the_swarm_starts_all_at_once() -> anyhow::Result<()> {
    let figures = run(&["start-rush", "--candidates", "300", "--faster", "20"]).await?;
    nothing_failed(&figures, 300);
    let peak = operation(&figures, "start")["peak_per_second"].as_u64();
    assert!(
        peak >= Some(60),
        "300 starts in three seconds, at most {peak:?} in one"
    );
    Ok(())
}
