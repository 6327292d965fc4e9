//! A cluster with a trilingual exam for scripts of `tests/browser`: writes down who sits where, runs a script, and holds what
//! it tells against the centre. Nothing that a page showed as saved may be missing there, and nothing be there twice.

use std::{
    collections::{BTreeMap, BTreeSet},
    process::Stdio,
};

use anyhow::{Context, ensure};
use local::sample;
use protocol::{
    digest,
    ids::{CandidateId, ItemNo, SittingId},
    record::Event,
    response::Response,
};
use serde::Deserialize;
use serde_json::{Value, json};
use tests::{
    binary::{pariksha, workspace},
    cluster::Cluster,
    crowd::{self, SignIn},
    oracle,
};

/// Rows of the sample paper that the exam has: every kind and section, in three languages, and no more than can be sat soon.
const ROWS: [&str; 7] = ["1", "3", "10", "11", "14", "21", "22"];

/// What paper and sitting are called; `ways.mjs` knows it.
const TITLE: &str = "Sample exam";

/// What the page may say of an answer that a node has acknowledged.
const CLAIMS: [&str; 3] = ["node", "district", "centre"];

/// A cluster with an exam that can be started, and candidates who have not signed in.
pub(super) struct Hall {
    /// Where it runs.
    pub(super) cluster: Cluster,
    sitting: SittingId,
    sign_ins: Vec<SignIn>,
}

/// What a script tells of a candidate.
#[derive(Debug, Deserialize)]
struct Account {
    candidate: CandidateId,
    responses: BTreeMap<ItemNo, Option<Response>>,
    shown: Vec<Shown>,
    digest: Option<String>,
}

/// What the page said of an answer, with what it showed as given at that moment.
#[derive(Debug, Deserialize)]
struct Shown {
    item: ItemNo,
    response: Option<Response>,
    safety: String,
    text: String,
}

/// What was counted, for the test's output.
#[derive(Debug, Default)]
pub(super) struct Counts {
    pub(super) candidates: usize,
    pub(super) answers: usize,
    pub(super) claims: usize,
}

// === impl Hall ===

impl Hall {
    /// Opens a hall with so many candidates in each district.
    pub(super) async fn open(per_district: usize) -> anyhow::Result<Self> {
        let cluster = Cluster::start().await?;
        let sign_ins = crowd::enrol(&cluster, per_district + 1).await?;
        let paper = cluster.file("paper.csv", paper()?)?;
        let imported = cluster
            .ctl(&["paper", "import", &paper, "--title", TITLE])
            .await?;
        let paper = imported["paper"]
            .as_str()
            .context("paper import names the paper")?;
        let made = cluster
            .ctl(&[
                "sitting",
                "create",
                "--paper",
                paper,
                "--title",
                TITLE,
                "--opens",
                "now",
                "--closes",
                "+3h",
                "--duration",
                "60m",
                "--districts",
                "all",
            ])
            .await?;
        cluster.ctl(&["paper", "release", paper]).await?;
        let sitting = serde_json::from_value(made["id"].clone())?;
        crowd::wait_until_startable(&cluster, &sign_ins, sitting).await?;
        Ok(Self {
            cluster,
            sitting,
            sign_ins,
        })
    }

    /// Runs a script with further settings; gives what it printed.
    pub(super) async fn run(&self, script: &str, settings: &[(&str, &str)]) -> anyhow::Result<String> {
        let hall = self.cluster.file("hall.json", self.described().to_string())?;
        let ran = tokio::process::Command::new("node")
            .args(["--test", "--test-reporter=spec", script])
            .current_dir(workspace().join("tests/browser"))
            .envs(settings.iter().copied())
            .env("PARIKSHA_HALL", &hall)
            .stdin(Stdio::null())
            .kill_on_drop(true)
            .output()
            .await?;
        let words = String::from_utf8_lossy(&[ran.stdout, ran.stderr].concat()).into_owned();
        ensure!(ran.status.success(), "{words}");
        Ok(words)
    }

    fn described(&self) -> Value {
        let nodes = self.cluster.plan.nodes();
        let nodes = nodes.iter().map(|node| {
            let told = json!({
                "district": node.district, "port": node.plain.port(), "data": node.data, "operator": node.operator,
            });
            (node.name.clone(), told)
        });
        // The first of each district has signed in to see whether the exam can be started.
        let mut asked = BTreeSet::new();
        let people = self
            .sign_ins
            .iter()
            .rev()
            .filter(|one| !asked.insert(&one.district));
        let people = people
            .map(|one| json!({ "candidate": one.candidate, "code": one.code, "district": one.district }));
        json!({
            "program": pariksha(), "data": self.cluster.plan.data, "told": self.told(),
            "nodes": nodes.collect::<serde_json::Map<_, _>>(), "people": people.collect::<Vec<_>>(),
        })
    }

    fn told(&self) -> std::path::PathBuf {
        self.cluster.path("told.json")
    }

    /// Judges what the script told: the oracle finds every log at the centre, and each candidate has there what they gave.
    pub(super) async fn judge(&self) -> anyhow::Result<Counts> {
        let accounts: Vec<Account> = serde_json::from_slice(&std::fs::read(self.told())?)?;
        let logs = oracle::all_is_delivered(&self.cluster).await?;
        let mut answered: BTreeMap<CandidateId, Vec<Given>> = BTreeMap::new();
        for record in logs.values().flat_map(|log| log.records.values()) {
            if let Event::Answered {
                item, seq, response, ..
            } = &record.event
                && record.attempt.sitting == self.sitting
            {
                let all = answered.entry(record.attempt.candidate).or_default();
                all.push((*item, seq.0, response.clone()));
            }
        }
        let attempts = self.attempts().await?;
        let mut counts = Counts::default();
        for account in &accounts {
            let none = Vec::new();
            let records = answered.get(&account.candidate).unwrap_or(&none);
            counts.claims += claims_are_true(account, records)?;
            nothing_is_doubled(account, records)?;
            let attempt = attempts
                .get(&account.candidate)
                .with_context(|| format!("no attempt of {}", account.candidate))?;
            counts.answers += is_what_was_given(account, attempt)?;
            counts.candidates += 1;
        }
        Ok(counts)
    }

    async fn attempts(&self) -> anyhow::Result<BTreeMap<CandidateId, Value>> {
        let listed = self
            .cluster
            .ctl_output(&["attempt", "list", &self.sitting.to_string()])
            .await?;
        let text = String::from_utf8(listed.stdout)?;
        let attempt = |line: &str| {
            let attempt: Value = serde_json::from_str(line)?;
            Ok((serde_json::from_value(attempt["candidate"].clone())?, attempt))
        };
        text.lines().map(attempt).collect()
    }
}

/// An answer as a record at the centre has it: item, seq, response.
type Given = (ItemNo, u32, Option<Response>);

/// Everything that the page called saved at the district is a record at the centre. Says how many claims there were.
fn claims_are_true(account: &Account, records: &[Given]) -> anyhow::Result<usize> {
    let claims = account
        .shown
        .iter()
        .filter(|shown| CLAIMS.contains(&shown.safety.as_str()));
    let mut count = 0;
    for claim in claims {
        let is_there = records
            .iter()
            .any(|(item, _, response)| *item == claim.item && *response == claim.response);
        ensure!(
            is_there,
            "candidate {}: the page said '{}' of {:?} to item {}, which is not at the centre: {records:?}",
            account.candidate,
            claim.text,
            claim.response,
            claim.item
        );
        count += 1;
    }
    Ok(count)
}

/// No answer has two records, however often it was sent.
fn nothing_is_doubled(account: &Account, records: &[Given]) -> anyhow::Result<()> {
    let mut seen = BTreeSet::new();
    for (item, seq, _) in records {
        ensure!(
            seen.insert((item, seq)),
            "candidate {}: item {item} has seq {seq} twice",
            account.candidate
        );
    }
    Ok(())
}

/// The centre's attempt is what the candidate gave, with the digest that the page showed. Says how many answers it has.
fn is_what_was_given(account: &Account, attempt: &Value) -> anyhow::Result<usize> {
    let rows = attempt["responses"].as_array().context("responses")?;
    let held = rows.iter().filter(|row| !row["response"].is_null());
    let held: BTreeMap<ItemNo, Response> = held
        .map(|row| {
            let item = serde_json::from_value(row["item"].clone())?;
            Ok((item, serde_json::from_value(row["response"].clone())?))
        })
        .collect::<anyhow::Result<_>>()?;
    let given = account.responses.iter();
    let given: BTreeMap<ItemNo, Response> = given
        .filter_map(|(item, response)| Some((*item, response.clone()?)))
        .collect();
    ensure!(
        held == given,
        "candidate {}: the centre holds {held:?}, given was {given:?}",
        account.candidate
    );
    let digest = digest::of_responses(given.iter().map(|(item, response)| (*item, response))).to_string();
    for said in [account.digest.as_deref(), attempt["digest"].as_str()] {
        ensure!(
            said == Some(digest.as_str()),
            "candidate {}: the digest is {digest}, said was {said:?}",
            account.candidate
        );
    }
    Ok(given.len())
}

/// Some rows of the sample paper, with its own first line.
fn paper() -> anyhow::Result<Vec<u8>> {
    let mut reader = csv::Reader::from_reader(sample::PAPER.as_bytes());
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(reader.headers()?)?;
    for row in reader.records() {
        let row = row?;
        if let Some(at) = ROWS.iter().position(|no| *no == &row[0]) {
            let no = (at + 1).to_string();
            writer.write_record(std::iter::once(no.as_str()).chain(row.iter().skip(1)))?;
        }
    }
    Ok(writer.into_inner()?)
}
