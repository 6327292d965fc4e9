//! Answers that a candidate's device could not send are carried to the node in a file, and count once at the centre.

use std::{collections::BTreeMap, process::Output, time::Duration};

use anyhow::{Context, ensure};
use base64::{Engine, engine::general_purpose::STANDARD};
use local::{
    plan::NodePlan,
    relay::Line,
    teacher::{Client, Given, any_response},
};
use protocol::{
    answers_file::{self, AnswersFile, KeptResponse},
    ids::{AttemptKey, ItemNo, ResponseSeq, SittingId},
};
use rand::{SeedableRng, rngs::StdRng};
use reqwest::Method;
use serde_json::{Value, json};
use tests::{
    binary::pariksha,
    cluster::{Cluster, eventually},
    crowd::{self, Memories},
    exam::Exam,
    oracle,
};

/// What was imported is altered or not whole.
const NOT_SOUND: i32 = 4;
/// Items that were answered before the device lost the district.
const SENT: usize = 2;

/// A device that lost the district: its client, what it was given at the start, all that it holds.
struct Device {
    client: Client,
    started: Value,
    given: Vec<Given>,
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_that_a_device_could_not_send_are_imported_from_its_file_and_count_once() -> anyhow::Result<()>
{
    let cluster = Cluster::start().await?;
    let exam = Exam::made(6);
    let sign_ins = crowd::enrol(&cluster, 1).await?;
    let sitting = crowd::open_sitting(&cluster, &exam, "60m").await?;
    crowd::wait_until_startable(&cluster, &sign_ins, sitting).await?;
    let sign_in = sign_ins
        .iter()
        .find(|one| one.district == "pune")
        .context("a candidate")?;
    let node = cluster.nodes_of("pune").pop().context("pune has a node")?;
    let mut device = device_that_lost_the_district(&cluster, sign_in, sitting, &exam).await?;
    cluster.wan("pune", Line::Cut).await?;

    let bytes = device.file(sitting)?;
    let good = cluster.file(&answers_file::name(device.key(sitting)), &bytes)?;
    let mut altered = bytes;
    let middle = altered.len() / 2;
    altered[middle] ^= 1;
    let altered = cluster.file("altered.answers", altered)?;
    damaged_file_is_refused_and_the_good_one_imported(&node, &altered, &good).await?;
    ensure!(
        device.delivered().await?.iter().all(|is_there| !is_there),
        "the WAN is cut"
    );
    importing_again_changes_nothing(&cluster, &node, &good).await?;

    cluster.wan("pune", Line::Whole).await?;
    eventually(
        "the device is told of the centre",
        Duration::from_secs(60),
        || async {
            let delivered = device.delivered().await.map_err(|error| format!("{error:#}"))?;
            let is_all = delivered.len() == exam.items.len() && delivered.iter().all(|is_there| *is_there);
            is_all.then_some(()).ok_or_else(|| format!("{delivered:?}"))
        },
    )
    .await?;
    centre_learns_of_the_import(&cluster).await?;
    let memory = device.what_must_count();
    let memories = Memories::from([(memory.candidate, memory)]);
    println!("{}", oracle::judge(&cluster, &exam, &memories, sitting).await?);
    Ok(())
}

/// Starts, sends the first answers, and gives the others without sending them.
async fn device_that_lost_the_district(
    cluster: &Cluster,
    sign_in: &crowd::SignIn,
    sitting: SittingId,
    exam: &Exam,
) -> anyhow::Result<Device> {
    let mut client = crowd::client(crowd::addresses(cluster, sign_in), sign_in)?;
    client.sign_in_surely(crowd::TRIES).await?;
    let path = format!("sittings/{sitting}/start");
    let started: Value = client.call(Method::POST, &path, Some(json!({}))).await?;
    client.set_token(text(&started, "token")?);
    let mut random = StdRng::seed_from_u64(6);
    let given: Vec<Given> = (1..)
        .zip(&exam.items)
        .map(|(seq, (item, known))| Given {
            item: *item,
            seq,
            response: Some(any_response(&known.kind, &mut random)),
            marked: false,
        })
        .collect();
    client.save_surely(&given[..SENT], crowd::TRIES).await?;
    Ok(Device {
        client,
        started,
        given,
    })
}

impl Device {
    fn key(&self, sitting: SittingId) -> AttemptKey {
        AttemptKey {
            sitting,
            candidate: self.client.memory.candidate,
        }
    }

    /// All that it holds, sealed as the page seals it, with the submission that the candidate confirmed.
    fn file(&mut self, sitting: SittingId) -> anyhow::Result<Vec<u8>> {
        let responses = self.given.iter().map(|given| KeptResponse {
            epoch: 1,
            item: given.item,
            seq: ResponseSeq(given.seq),
            response: given.response.clone(),
            marked: given.marked,
        });
        let file = AnswersFile {
            version: 1,
            tokens: BTreeMap::from([(1, text(&self.started, "token")?.to_owned())]),
            responses: responses.collect(),
            submission: Some([6; 16]),
            digest: Some(self.what_must_count().digest()),
            made_at: None,
        };
        let key = STANDARD.decode(text(&self.started, "file_key")?)?;
        let key = <[u8; 32]>::try_from(key).ok().context("a key has 32 bytes")?;
        Ok(answers_file::seal(&key, self.key(sitting), [3; 12], &file)?)
    }

    /// What it was told, and what it gave after that.
    fn what_must_count(&self) -> local::teacher::Memory {
        let mut memory = self.client.memory.clone();
        let standing = self.given.iter().map(|given| (given.item, given.clone()));
        memory.standing = standing.collect::<BTreeMap<ItemNo, Given>>();
        memory
    }

    /// Of each answer that the node holds and that was never sent by this device, whether the centre has it; of all once
    /// it is so.
    async fn delivered(&self) -> anyhow::Result<Vec<bool>> {
        let attempt = self.client.attempt().await?;
        let responses = attempt["responses"].as_array().context("responses")?;
        ensure!(responses.len() == self.given.len(), "{attempt}");
        let is_delivered = |one: &Value| one["delivered"].as_bool().context("it is said of each");
        let all: Vec<bool> = responses
            .iter()
            .map(is_delivered)
            .collect::<anyhow::Result<_>>()?;
        let is_whole = all.iter().all(|is_there| *is_there);
        Ok(if is_whole { all } else { all[SENT..].to_vec() })
    }
}

async fn damaged_file_is_refused_and_the_good_one_imported(
    node: &NodePlan,
    altered: &str,
    good: &str,
) -> anyhow::Result<()> {
    let output = import(node, &["--json", altered, good]).await?;
    let outcomes: Value = serde_json::from_slice(&output.stdout).with_context(|| said(&output))?;
    assert_eq!(output.status.code(), Some(NOT_SOUND), "{outcomes}");
    let error = text(&outcomes[0], "error")?;
    assert!(error.contains("was altered"), "{error}");
    let imported = &outcomes[1]["imported"];
    let counts = ["saved", "late", "already", "superseded"].map(|name| imported[name].as_u64());
    assert_eq!(counts, [Some(4), Some(0), Some(2), Some(0)], "{imported}");
    assert_eq!(imported["refused"], json!([]));
    assert_eq!(imported["handed_in"]["state"], "now", "{imported}");
    Ok(())
}

async fn importing_again_changes_nothing(
    cluster: &Cluster,
    node: &NodePlan,
    good: &str,
) -> anyhow::Result<()> {
    let before = cluster.node_status(node).await?["log"]["head"].clone();
    let output = import(node, &[good]).await?;
    let words = String::from_utf8_lossy(&output.stdout).into_owned();
    print!("{words}");
    assert!(output.status.success(), "{}", said(&output));
    for part in ["0 saved", "6 held already", "0 refused", "handed in before"] {
        assert!(words.contains(part), "{words}");
    }
    assert_eq!(
        cluster.node_status(node).await?["log"]["head"],
        before,
        "nothing was written"
    );
    Ok(())
}

async fn centre_learns_of_the_import(cluster: &Cluster) -> anyhow::Result<()> {
    eventually(
        "the centre learns of the import",
        Duration::from_secs(60),
        || async {
            let status = cluster
                .ctl(&["status"])
                .await
                .map_err(|error| error.to_string())?;
            let alarms = status["alarms"].to_string();
            let is_told = alarms.matches("answers file imported at this node").count() == 1;
            is_told.then_some(()).ok_or(alarms)
        },
    )
    .await
}

async fn import(node: &NodePlan, arguments: &[&str]) -> anyhow::Result<Output> {
    let mut command = tokio::process::Command::new(pariksha());
    command
        .args(["as-node", "answers", "import", "--data"])
        .arg(&node.data)
        .args(["--operator-address", &node.operator.to_string()])
        .args(arguments);
    Ok(command.output().await?)
}

fn said(output: &Output) -> String {
    let (out, error) = (&output.stdout, &output.stderr);
    format!(
        "{}{}",
        String::from_utf8_lossy(out),
        String::from_utf8_lossy(error)
    )
}

fn text<'a>(value: &'a Value, name: &str) -> anyhow::Result<&'a str> {
    value[name]
        .as_str()
        .with_context(|| format!("no {name} in {value}"))
}
