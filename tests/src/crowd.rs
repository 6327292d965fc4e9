//! Candidates who sit an exam at their own pace, change answers, and remember every acknowledgement.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use anyhow::Context;
use local::teacher::{Client, Given, Memory, any_response, submission_id};
use protocol::ids::{CandidateId, ItemNo, SittingId};
use rand::{Rng, SeedableRng, rngs::StdRng, seq::IndexedRandom};

use crate::{cluster::Cluster, exam::Exam};

/// How often a call is tried while nodes are busy or gone: some minutes in all.
pub const TRIES: usize = 600;

/// A candidate's way to sign in.
#[derive(Debug, Clone)]
pub struct SignIn {
    /// The number.
    pub candidate: CandidateId,
    /// The access code.
    pub code: String,
    /// The district.
    pub district: String,
}

/// What the crowd has done so far.
#[derive(Debug, Default)]
pub struct Progress {
    /// Answers that were acknowledged.
    pub acknowledged: AtomicU64,
    /// Attempts that were handed in.
    pub submitted: AtomicU64,
}

/// Imports a roster of `per_district` candidates in each district and gives their sign-ins.
pub async fn enrol(cluster: &Cluster, per_district: usize) -> anyhow::Result<Vec<SignIn>> {
    enrol_roster(cluster, local::sample::roster(per_district)).await
}

/// Imports a roster and gives its sign-ins.
pub async fn enrol_roster(cluster: &Cluster, roster: String) -> anyhow::Result<Vec<SignIn>> {
    let roster = cluster.file("roster.csv", roster)?;
    let codes = cluster.path("codes.csv");
    cluster
        .ctl(&["roster", "import", &roster, "--codes", &codes.to_string_lossy()])
        .await?;
    let mut reader = csv::Reader::from_path(&codes)?;
    let headers = reader.headers()?.clone();
    let column = |name: &str| {
        headers
            .iter()
            .position(|header| header == name)
            .with_context(|| format!("codes have no column {name}"))
    };
    let (number, code, district) = (column("number")?, column("access_code")?, column("district")?);
    let sign_in = |row: csv::Result<csv::StringRecord>| {
        let row = row?;
        Ok(SignIn {
            candidate: row[number].parse()?,
            code: row[code].into(),
            district: row[district].into(),
        })
    };
    reader.records().map(sign_in).collect()
}

/// Imports an exam, makes a sitting everywhere that is open now, releases it, and waits until every node can start it.
pub async fn open_sitting(cluster: &Cluster, exam: &Exam, duration: &str) -> anyhow::Result<SittingId> {
    let paper = cluster.file("paper.csv", &exam.csv)?;
    let imported = cluster
        .ctl(&["paper", "import", &paper, "--title", "Whole path"])
        .await?;
    let paper = imported["paper"]
        .as_str()
        .context("paper import names the paper")?
        .to_owned();
    open_paper(cluster, &paper, duration).await
}

/// Makes a sitting everywhere with a paper that is imported already, open now, and releases the paper.
pub async fn open_paper(cluster: &Cluster, paper: &str, duration: &str) -> anyhow::Result<SittingId> {
    let window = [
        "--opens",
        "now",
        "--closes",
        "+3h",
        "--duration",
        duration,
        "--districts",
        "all",
    ];
    let made = cluster
        .ctl(
            &[
                &["sitting", "create", "--paper", paper, "--title", "Whole path"][..],
                &window,
            ]
            .concat(),
        )
        .await?;
    let sitting = made["id"]
        .as_u64()
        .or_else(|| made["sitting"].as_u64())
        .context("sitting create names the sitting")?;
    cluster.ctl(&["paper", "release", paper]).await?;
    Ok(SittingId(u32::try_from(sitting)?))
}

/// Waits until a candidate of each node's district can start there.
pub async fn wait_until_startable(
    cluster: &Cluster,
    sign_ins: &[SignIn],
    sitting: SittingId,
) -> anyhow::Result<()> {
    for node in cluster.plan.nodes() {
        let one = sign_ins
            .iter()
            .rfind(|one| one.district == node.district)
            .context("every district has candidates")?;
        let what = format!("{} can start the sitting", node.name);
        crate::cluster::eventually(&what, Duration::from_secs(60), || async {
            let mut client = client(vec![format!("http://localhost:{}", node.plain.port())], one)
                .map_err(|error| error.to_string())?;
            let sittings = client.sign_in().await.map_err(|error| error.to_string())?;
            let ready = sittings.iter().any(|view| view.id == sitting && view.released);
            if ready {
                Ok(())
            } else {
                Err(format!("{sittings:?}"))
            }
        })
        .await?;
    }
    Ok(())
}

/// A client of these nodes.
pub fn client(nodes: Vec<String>, sign_in: &SignIn) -> anyhow::Result<Client> {
    Ok(Client::new(
        Client::http(None)?,
        nodes,
        sign_in.candidate,
        &sign_in.code,
    ))
}

/// The addresses of a district's nodes, beginning with another for each candidate.
pub fn addresses(cluster: &Cluster, sign_in: &SignIn) -> Vec<String> {
    let nodes = cluster.nodes_of(&sign_in.district);
    let first = sign_in.candidate.0 as usize % nodes.len();
    (0..nodes.len())
        .map(|offset| {
            format!(
                "http://localhost:{}",
                nodes[(first + offset) % nodes.len()].plain.port()
            )
        })
        .collect()
}

/// How one candidate behaves.
#[derive(Debug, Clone)]
pub struct Pace {
    /// Before signing in, at most.
    pub arrive_within: Duration,
    /// Between two saves, at most.
    pub think_at_most: Duration,
    /// How many answers are changed afterwards, in percent of the items.
    pub change_percent: usize,
}

/// One candidate sits the exam from sign-in to receipt.
pub async fn sit(
    mut client: Client,
    sitting: SittingId,
    exam: Arc<Exam>,
    pace: Pace,
    seed: u64,
    progress: Arc<Progress>,
) -> anyhow::Result<Memory> {
    let mut random = StdRng::seed_from_u64(seed);
    tokio::time::sleep(pace.arrive_within.mul_f64(random.random())).await;
    client.sign_in_surely(TRIES).await.context("sign-in")?;
    let started = client.start_surely(sitting, TRIES).await.context("start")?;
    let order: Vec<_> = started.order.iter().map(|place| place.item).collect();
    let mut seq = started.next_seq;
    let changes = order.len() * pace.change_percent / 100;
    let changed: Vec<ItemNo> = order.choose_multiple(&mut random, changes).copied().collect();
    let mut waiting: VecDeque<ItemNo> = order.into_iter().chain(changed).collect();
    while !waiting.is_empty() {
        tokio::time::sleep(pace.think_at_most.mul_f64(random.random())).await;
        let count = random.random_range(1..=waiting.len().min(3));
        let mut responses = Vec::with_capacity(count);
        for item in waiting.drain(..count) {
            let response =
                (!random.random_bool(0.03)).then(|| any_response(&exam.items[&item].kind, &mut random));
            responses.push(Given {
                item,
                seq,
                response,
                marked: random.random_bool(0.1),
            });
            seq += 1;
        }
        let saved = client.save_surely(&responses, TRIES).await.context("save")?;
        anyhow::ensure!(saved.refused.is_empty(), "refused: {:?}", saved.refused);
        progress
            .acknowledged
            .fetch_add(saved.acknowledged.len() as u64, Ordering::Relaxed);
    }
    let submission = submission_id(&mut random);
    client.submit_surely(&submission, TRIES).await.context("submit")?;
    progress.submitted.fetch_add(1, Ordering::Relaxed);
    Ok(client.memory)
}

/// Lets all of them sit, each with a seed of their own, and gives what they were told.
pub async fn sit_all(
    cluster: &Cluster,
    sign_ins: &[SignIn],
    sitting: SittingId,
    exam: &Arc<Exam>,
    pace: &Pace,
) -> anyhow::Result<Memories> {
    let progress = Arc::new(Progress::default());
    let sat = sign_ins.iter().map(|sign_in| async {
        let client = client(addresses(cluster, sign_in), sign_in)?;
        let (seed, progress) = (u64::from(sign_in.candidate.0), Arc::clone(&progress));
        let memory = sit(client, sitting, Arc::clone(exam), pace.clone(), seed, progress).await?;
        anyhow::Ok((sign_in.candidate, memory))
    });
    Ok(futures::future::try_join_all(sat).await?.into_iter().collect())
}

/// All memories by candidate.
pub type Memories = BTreeMap<CandidateId, Memory>;
