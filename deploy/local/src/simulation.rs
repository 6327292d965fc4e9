//! Simulated teachers who sit the sample exam at a human pace, so that something can be watched and cut while it runs.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use anyhow::Context;
use daemon::{CancellationToken, Tasks, stdout};
use indicatif::{ProgressBar, ProgressStyle};
use protocol::{
    ids::{CandidateId, ItemNo},
    outline::ResponseKind,
};
use rand::{Rng, SeedableRng, rngs::StdRng};

use crate::{
    plan::{DISTRICTS, NodePlan, Plan},
    teacher::{Client, Given, Started, any_response, submission_id},
};

/// The first teachers arrive within this time.
const ARRIVAL: Duration = Duration::from_secs(20);

/// Seconds between two answers of one teacher.
const THINK_SECONDS: std::ops::Range<f64> = 1.0..5.0;

/// How often a call is tried when nodes are busy or gone.
const TRIES: usize = 600;

#[derive(Debug, Default)]
struct Counts {
    acknowledged: AtomicU64,
    submitted: AtomicU64,
    failed: AtomicU64,
}

/// Lets `count` teachers sit the sample sitting.
pub fn start(plan: &Plan, count: usize, tasks: &Tasks) {
    tasks.spawn_brief("simulation", run(plan.clone(), count, tasks.clone()));
}

async fn run(plan: Plan, count: usize, tasks: Tasks) -> anyhow::Result<()> {
    let signs_ins = sign_ins(&plan)?;
    let counts = Arc::new(Counts::default());
    let http = Client::http(None)?;
    let chosen = evenly(&signs_ins, count);
    let total = chosen.len() as u64;
    for (index, (candidate, code, district)) in chosen.into_iter().enumerate() {
        let client = Client::new(http.clone(), urls(&plan, &district, index), candidate, &code);
        let (counts, stop) = (Arc::clone(&counts), tasks.child_token());
        tasks.spawn_brief("simulated-teacher", async move {
            tokio::select! {
                () = stop.cancelled() => {}
                done = sit(client, &counts) => if let Err(error) = done {
                    counts.failed.fetch_add(1, Ordering::Relaxed);
                    tracing::warn!(%candidate, error = format!("{error:#}"), "a simulated teacher gave up");
                }
            }
        });
    }
    show_progress(total, &counts, &tasks.child_token()).await;
    Ok(())
}

async fn show_progress(total: u64, counts: &Counts, stop: &CancellationToken) {
    let style = ProgressStyle::with_template("{bar:30} {pos}/{len} submitted, {msg}")
        .unwrap_or_else(|_| ProgressStyle::default_bar());
    let bar = ProgressBar::new(total).with_style(style);
    let mut tick = tokio::time::interval(Duration::from_millis(500));
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            _ = tick.tick() => {}
        }
        let (submitted, failed) = (
            counts.submitted.load(Ordering::Relaxed),
            counts.failed.load(Ordering::Relaxed),
        );
        bar.set_position(submitted);
        bar.set_message(format!(
            "{} answers acknowledged, {failed} gave up",
            counts.acknowledged.load(Ordering::Relaxed)
        ));
        if submitted + failed >= total {
            bar.finish();
            let acknowledged = counts.acknowledged.load(Ordering::Relaxed);
            let _ = stdout::line(format_args!(
                "{submitted} simulated teachers submitted, {acknowledged} answers acknowledged, {failed} gave up"
            ));
            return;
        }
    }
}

async fn sit(mut client: Client, counts: &Counts) -> anyhow::Result<()> {
    let mut random = StdRng::from_os_rng();
    tokio::time::sleep(ARRIVAL.mul_f64(random.random())).await;
    let sittings = client.sign_in().await.context("sign-in")?;
    let Some(open) = sittings
        .iter()
        .find(|sitting| matches!(sitting.state.as_str(), "open" | "started"))
    else {
        counts.submitted.fetch_add(1, Ordering::Relaxed); // Sat in an earlier run.
        return Ok(());
    };
    let started = client.start(open.id).await.context("start")?;
    answer_all(&mut client, &started, &mut random, counts).await?;
    let submission = submission_id(&mut random);
    client.submit_surely(&submission, TRIES).await.context("submit")?;
    counts.submitted.fetch_add(1, Ordering::Relaxed);
    Ok(())
}

async fn answer_all(
    client: &mut Client,
    started: &Started,
    random: &mut StdRng,
    counts: &Counts,
) -> anyhow::Result<()> {
    for (seq, place) in (started.next_seq..).zip(&started.order) {
        tokio::time::sleep(Duration::from_secs_f64(random.random_range(THINK_SECONDS))).await;
        let response = any_response(&kind_of_sample(place.item, place.options.len()), random);
        let given = Given {
            item: place.item,
            seq,
            response: Some(response),
            marked: random.random_bool(0.1),
        };
        let saved = client.save_surely(&[given], TRIES).await.context("save")?;
        anyhow::ensure!(
            saved.refused.is_empty(),
            "a response was refused: {:?}",
            saved.refused
        );
        counts
            .acknowledged
            .fetch_add(saved.acknowledged.len() as u64, Ordering::Relaxed);
    }
    Ok(())
}

/// How an item of the sample paper is answered. The clients here do not open the paper, as a page would, so they read
/// the kinds from the sample itself.
fn kind_of_sample(item: ItemNo, options: usize) -> ResponseKind {
    let options = u8::try_from(options).unwrap_or(u8::MAX);
    match crate::sample::kind_of(item).as_deref() {
        Some("choices") => ResponseKind::Choices { options },
        Some("number") => ResponseKind::Number,
        _ => ResponseKind::Choice { options },
    }
}

fn sign_ins(plan: &Plan) -> anyhow::Result<Vec<(CandidateId, String, String)>> {
    let path = plan.codes();
    let mut reader =
        csv::Reader::from_path(&path).with_context(|| format!("{} cannot be read", path.display()))?;
    let headers = reader.headers()?.clone();
    let column = |name: &str| {
        headers
            .iter()
            .position(|header| header == name)
            .with_context(|| format!("{} has no column {name}", path.display()))
    };
    let (number, code, district) = (column("number")?, column("access_code")?, column("district")?);
    reader
        .records()
        .map(|row| {
            let row = row?;
            Ok((
                row[number].parse()?,
                row[code].to_owned(),
                row[district].to_owned(),
            ))
        })
        .collect()
}

/// `count` of them, taken from all districts alike.
fn evenly(all: &[(CandidateId, String, String)], count: usize) -> Vec<(CandidateId, String, String)> {
    let mut of_districts: Vec<_> = DISTRICTS
        .iter()
        .map(|(name, _)| all.iter().filter(move |(.., district)| district == name))
        .collect();
    let mut chosen = Vec::with_capacity(count);
    while chosen.len() < count {
        let round: Vec<_> = of_districts
            .iter_mut()
            .filter_map(Iterator::next)
            .cloned()
            .collect();
        if round.is_empty() {
            break;
        }
        chosen.extend(round);
    }
    chosen.truncate(count);
    chosen
}

/// The nodes of a district, each teacher beginning at another.
fn urls(plan: &Plan, district: &str, index: usize) -> Vec<String> {
    let nodes: Vec<NodePlan> = plan
        .nodes()
        .into_iter()
        .filter(|node| node.district == district)
        .collect();
    let url = |node: &NodePlan| format!("http://localhost:{}", node.plain.port());
    (0..nodes.len())
        .map(|offset| url(&nodes[(index + offset) % nodes.len()]))
        .collect()
}
