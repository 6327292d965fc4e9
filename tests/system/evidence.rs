//! What was accepted can be proved: frames on a stick, receipts, verified logs. Everything by the programs' own commands.

use std::{
    os::unix::fs::FileExt,
    path::{Path, PathBuf},
    process::Output,
    sync::Arc,
    time::Duration,
};

use anyhow::Context;
use ed25519_dalek::SigningKey;
use local::{plan::NodePlan, relay::Line};
use protocol::{
    cluster::{ClusterKeys, Credentials, Endorsement},
    export::{ExportWriter, sealing_public_key},
    frame::Frame,
    ids::{DistrictId, Incarnation, LogId, NodeId, Sequence, SittingId},
    time::Instant,
};
use serde_json::Value;
use tests::{
    binary::pariksha,
    cluster::{Cluster, eventually},
    crowd::{self, Memories, Pace, SignIn},
    exam::Exam,
};

/// `pariksha-node`: what was verified is not sound.
const NOT_SOUND: i32 = 4;
/// `parikshactl`: a receipt or file does not hold.
const NOT_PROVED: i32 = 7;

#[tokio::test(flavor = "multi_thread")]
async fn what_was_accepted_can_be_proved_and_carried_on_a_stick() -> anyhow::Result<()> {
    let cluster = Cluster::start().await?;
    let exam = Arc::new(Exam::made(10));
    let sign_ins = crowd::enrol(&cluster, 2).await?;
    let sitting = crowd::open_sitting(&cluster, &exam, "60m").await?;
    crowd::wait_until_startable(&cluster, &sign_ins, sitting).await?;
    let pune = cluster.nodes_of("pune").pop().context("pune has a node")?;
    cluster.wan("pune", Line::Cut).await?;
    let ours: Vec<SignIn> = sign_ins
        .into_iter()
        .filter(|one| one.district == "pune")
        .collect();
    let pace = Pace {
        arrive_within: Duration::from_millis(100),
        think_at_most: Duration::from_millis(30),
        change_percent: 10,
    };
    let memories = crowd::sit_all(&cluster, &ours, sitting, &exam, &pace).await?;

    let file = a_stick_carries_a_cut_off_district(&cluster, &pune).await?;
    damaged_and_foreign_files_are_refused_by_name(&cluster, &file).await?;
    receipts_prove_what_was_handed_in(&cluster, &memories, sitting).await?;

    cluster.kill(&pune.name).await?;
    a_stopped_node_is_exported_and_verified(&cluster, &pune).await
}

async fn a_stick_carries_a_cut_off_district(cluster: &Cluster, pune: &NodePlan) -> anyhow::Result<PathBuf> {
    let status = cluster.node_status(pune).await?;
    let head = status["log"]["head"].as_u64().context("a node says its head")?;
    let log = status["log"]["id"]
        .as_str()
        .context("a node says its log")?
        .to_owned();
    assert!(
        held(cluster, &log).await? < head,
        "the WAN is cut, so the centre lacks frames"
    );

    let file = cluster.path("stick.pkx");
    let exported = node(&[
        "log",
        "export",
        "--json",
        "--data",
        &text(&pune.data),
        "--out",
        &text(&file),
    ])
    .await?;
    println!("exported while it runs: {}", ok(&exported)?);
    let again = node(&[
        "log",
        "export",
        "--data",
        &text(&pune.data),
        "--out",
        &text(&file),
    ])
    .await?;
    assert_eq!(code(&again), 1, "an existing file is not overwritten");

    let imported = cluster.ctl(&["log", "import", &text(&file)]).await?;
    println!("imported: {imported}");
    assert!(
        held(cluster, &log).await? >= head,
        "the centre has every frame now"
    );
    let before = holdings(cluster).await?;
    let repeated = cluster.ctl(&["log", "import", &text(&file)]).await?;
    for one in repeated.as_array().context("an import lists its logs")? {
        assert_eq!(one["before"], one["after"], "nothing new: {one}");
    }
    assert_eq!(
        before,
        holdings(cluster).await?,
        "importing twice changes nothing"
    );
    Ok(file)
}

async fn damaged_and_foreign_files_are_refused_by_name(cluster: &Cluster, file: &Path) -> anyhow::Result<()> {
    let verified = node(&["log", "verify", "--json", &text(file)]).await?;
    let findings: Value = serde_json::from_slice(&verified.stdout)?;
    assert_eq!(
        (code(&verified), &findings["sound"]),
        (0, &Value::Bool(true)),
        "{findings}"
    );

    let bytes = std::fs::read(file)?;
    let mut altered = bytes.clone();
    let middle = altered.len() / 2;
    altered[middle] ^= 1;
    let altered = cluster.file("altered.pkx", altered)?;
    let cut_off = cluster.file("cut-off.pkx", &bytes[..bytes.len() - 10])?;
    for (path, words) in [(&altered, "sequence"), (&cut_off, "cut off")] {
        let refused = cluster.ctl_output(&["log", "import", path]).await?;
        let said = String::from_utf8_lossy(&refused.stderr).into_owned();
        println!("{}", said.lines().next().unwrap_or_default());
        assert_eq!(code(&refused), NOT_PROVED, "{said}");
        assert!(said.contains(words), "{said}");
        let verified = node(&["log", "verify", "--json", path]).await?;
        let findings: Value = serde_json::from_slice(&verified.stdout)?;
        assert_eq!(code(&verified), NOT_SOUND, "{findings}");
        assert!(
            findings["logs"]
                .as_array()
                .into_iter()
                .flatten()
                .any(|one| one["first_wrong"].is_u64())
        );
    }

    let foreign = cluster.file("foreign.pkx", foreign_file()?)?;
    let refused = cluster.ctl_output(&["log", "import", &foreign]).await?;
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    println!("{}", said.lines().next().unwrap_or_default());
    assert_eq!(code(&refused), NOT_PROVED, "{said}");
    assert!(said.contains("another cluster"), "{said}");
    Ok(())
}

async fn receipts_prove_what_was_handed_in(
    cluster: &Cluster,
    memories: &Memories,
    sitting: SittingId,
) -> anyhow::Result<()> {
    let key = cluster.ctl(&["cluster", "show"]).await?["public_key"]
        .as_str()
        .context("a key")?
        .to_owned();
    let memory = memories.values().next().context("somebody sat")?;
    let receipt = memory.receipt.clone().context("everybody has a receipt")?;
    let good = cluster.file("receipt.json", serde_json::to_vec_pretty(&receipt)?)?;
    let mut altered = receipt;
    altered["receipt"]["answered"] = Value::from(99);
    let altered = cluster.file("altered-receipt.json", serde_json::to_vec(&altered)?)?;
    // No context, no network: another directory, only the public key.
    let verify =
        async |path: &str, key: &str| ctl_alone(&["receipt", "verify", path, "--cluster-key", key]).await;
    println!("{}", ok(&verify(&good, &key).await?)?);
    assert_eq!(code(&verify(&altered, &key).await?), NOT_PROVED);
    let (other, _) = foreign_cluster()?;
    let refused = verify(&good, &other.to_string()).await?;
    assert_eq!(code(&refused), NOT_PROVED);
    assert!(String::from_utf8_lossy(&refused.stderr).contains("another cluster"));

    let before = cluster.ctl(&["receipt", "check", &good]).await?;
    assert_eq!(
        (&before["held"], &before["scored_from_it"]),
        (&Value::Bool(true), &Value::Null),
        "{before}"
    );
    cluster.ctl(&["result", "score", &sitting.to_string()]).await?;
    let after = cluster.ctl(&["receipt", "check", &good]).await?;
    println!("receipt check: {after}");
    assert_eq!(after["scored_from_it"], Value::Bool(true), "{after}");
    assert_eq!(after["scored_digest"], Value::from(memory.digest().to_string()));
    assert_eq!(
        code(&cluster.ctl_output(&["receipt", "check", &altered]).await?),
        NOT_PROVED
    );
    Ok(())
}

async fn a_stopped_node_is_exported_and_verified(cluster: &Cluster, pune: &NodePlan) -> anyhow::Result<()> {
    let data = text(&pune.data);
    eventually(
        "the killed node's log is free",
        Duration::from_secs(20),
        || async {
            let verified = node(&["log", "verify", &data])
                .await
                .map_err(|error| error.to_string())?;
            ok(&verified).map(drop).map_err(|error| error.to_string())
        },
    )
    .await?;
    let file = cluster.path("stopped.pkx");
    let exported = node(&["log", "export", "--json", "--data", &data, "--out", &text(&file)]).await?;
    println!("exported while it is stopped: {}", ok(&exported)?);
    for one in cluster
        .ctl(&["log", "import", &text(&file)])
        .await?
        .as_array()
        .context("logs")?
    {
        assert_eq!(one["before"], one["after"], "nothing new: {one}");
    }

    let log = only_log(&pune.data.join("log"))?;
    let frame = central_frame(cluster, &log, 2).await?;
    flip_everywhere(&log.join("sled/db"), frame.bytes())?;
    let before = std::fs::read(log.join("sled/db"))?;
    let verified = node(&["log", "verify", "--json", &text(&log)]).await?;
    let findings: Value = serde_json::from_slice(&verified.stdout)?;
    println!("after one flipped frame: {findings}");
    assert_eq!(code(&verified), NOT_SOUND);
    assert_eq!(findings["logs"][0]["first_wrong"], Value::from(frame.first().0));
    assert_eq!(
        before,
        std::fs::read(log.join("sled/db"))?,
        "verifying writes nothing"
    );
    Ok(())
}

/// A frame of a node's log, as the centre has it.
async fn central_frame(cluster: &Cluster, log: &Path, index: usize) -> anyhow::Result<Frame> {
    let incarnation = log
        .file_name()
        .context("a log has a name")?
        .to_string_lossy()
        .into_owned();
    let listed = cluster.ctl(&["log", "list"]).await?;
    let named = listed
        .as_array()
        .context("a list")?
        .iter()
        .filter_map(|row| row["log"].as_str());
    let name = named
        .into_iter()
        .find(|name| name.ends_with(&incarnation))
        .context("the centre has it")?;
    let out = cluster.path("frames.bin");
    cluster
        .ctl(&["log", "frames", name, "--out", &text(&out)])
        .await?;
    let bytes = std::fs::read(out)?;
    let (mut at, mut frames) = (0, Vec::new());
    while at < bytes.len() {
        let length = u32::from_be_bytes(bytes[at..at + 4].try_into()?) as usize;
        frames.push(Frame::parse(bytes[at + 4..at + 4 + length].to_vec().into())?);
        at += 4 + length;
    }
    frames.get(index).cloned().context("the log has several frames")
}

/// Flips a bit of a frame wherever the file has it: sled keeps older versions of a page for a while.
fn flip_everywhere(path: &Path, frame: &[u8]) -> anyhow::Result<()> {
    let bytes = std::fs::read(path)?;
    let file = std::fs::OpenOptions::new().write(true).open(path)?;
    let mut found = 0;
    for (at, window) in bytes.windows(frame.len()).enumerate() {
        if window[0] == frame[0] && window == frame {
            let byte = at + 70;
            file.write_all_at(&[bytes[byte] ^ 4], byte as u64)?;
            found += 1;
        }
    }
    anyhow::ensure!(found > 0, "the frame lies in the file");
    Ok(())
}

fn only_log(parent: &Path) -> anyhow::Result<PathBuf> {
    let entries = std::fs::read_dir(parent)?.filter_map(|entry| Some(entry.ok()?.path()));
    let mut logs: Vec<PathBuf> = entries.filter(|path| path.join("head").is_file()).collect();
    anyhow::ensure!(logs.len() == 1, "one log is expected: {logs:?}");
    logs.pop().context("there is one")
}

/// What the centre has of each log, without what nodes say of themselves.
async fn holdings(cluster: &Cluster) -> anyhow::Result<Value> {
    let mut listed = cluster.ctl(&["log", "list"]).await?;
    for row in listed.as_array_mut().context("a list")? {
        row["signed_head"].take();
    }
    Ok(listed)
}

async fn held(cluster: &Cluster, log: &str) -> anyhow::Result<u64> {
    let listed = cluster.ctl(&["log", "list"]).await?;
    let mut rows = listed.as_array().context("a list")?.iter();
    let row = rows.find(|row| row["log"] == log);
    Ok(row.and_then(|row| row["sequence"].as_u64()).unwrap_or(0))
}

fn foreign_cluster() -> anyhow::Result<(ClusterKeys, SigningKey)> {
    let signing = SigningKey::from_bytes(&[77; 32]);
    let keys = ClusterKeys {
        signing: signing.verifying_key().to_bytes(),
        sealing: sealing_public_key(&[78; 32])?,
    };
    Ok((keys, signing))
}

/// A sound file, made for another cluster.
fn foreign_file() -> anyhow::Result<Vec<u8>> {
    let (cluster, signing) = foreign_cluster()?;
    let node_key = SigningKey::from_bytes(&[79; 32]);
    let endorsement = Endorsement {
        cluster: cluster.id(),
        node: NodeId(1),
        district: DistrictId(1),
        signing_key: node_key.verifying_key().to_bytes(),
    };
    let credentials = Credentials {
        cluster,
        endorsement: endorsement.sign(&signing),
    };
    let log = LogId {
        node: NodeId(1),
        incarnation: Incarnation(1),
    };
    let (writer, header) =
        ExportWriter::begin(&credentials, node_key, (log, Sequence(1)), Instant(0), &[80; 32])?;
    Ok([header, writer.end().0].concat())
}

async fn node(arguments: &[&str]) -> anyhow::Result<Output> {
    run("as-node", arguments).await
}

async fn ctl_alone(arguments: &[&str]) -> anyhow::Result<Output> {
    run("as-ctl", arguments).await
}

async fn run(role: &str, arguments: &[&str]) -> anyhow::Result<Output> {
    let mut command = tokio::process::Command::new(pariksha());
    command
        .arg(role)
        .args(arguments)
        .stdin(std::process::Stdio::null());
    Ok(command.output().await?)
}

fn ok(output: &Output) -> anyhow::Result<String> {
    anyhow::ensure!(
        output.status.success(),
        "it ended with {}: {}{}",
        output.status,
        String::from_utf8_lossy(&output.stderr),
        String::from_utf8_lossy(&output.stdout)
    );
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

fn code(output: &Output) -> i32 {
    output.status.code().unwrap_or(-1)
}

fn text(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}
