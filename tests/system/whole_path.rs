//! The whole path: from a published paper to results, through a WAN cut, a killed node and a killed leader.

use std::{
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use anyhow::Context;
use local::relay::Line;
use tests::{
    cluster::{Cluster, eventually},
    crowd::{self, Memories, Pace, Progress, SignIn},
    exam::Exam,
    oracle,
};

const PER_DISTRICT: usize = 60;
const ITEMS: usize = 100;
const CHANGE_PERCENT: usize = 20;

/// Cut off since before anybody signs in: paper and key are there beforehand.
const CUT_FROM_THE_BEGINNING: &str = "nashik";

#[tokio::test(flavor = "multi_thread")]
async fn whole_path() -> anyhow::Result<()> {
    let seed: u64 = std::env::var("PARIKSHA_SEED")
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or_else(rand::random);
    println!("seed {seed} (PARIKSHA_SEED={seed} repeats the candidates' choices)");
    let cluster = Cluster::start().await?;
    let exam = Arc::new(Exam::of_real_items(ITEMS)?);
    let sign_ins = crowd::enrol(&cluster, PER_DISTRICT).await?;
    let sitting = crowd::open_sitting(&cluster, &exam, "90m").await?;
    crowd::wait_until_startable(&cluster, &sign_ins, sitting).await?;
    cluster.wan(CUT_FROM_THE_BEGINNING, Line::Cut).await?;

    let progress = Arc::new(Progress::default());
    let pace = Pace {
        arrive_within: Duration::from_secs(5),
        think_at_most: Duration::from_millis(900),
        change_percent: CHANGE_PERCENT,
    };
    let mut candidates = tokio::task::JoinSet::new();
    for sign_in in sign_ins.clone() {
        let client = crowd::client(crowd::addresses(&cluster, &sign_in), &sign_in)?;
        let seed = seed ^ u64::from(sign_in.candidate.0);
        let sat = crowd::sit(
            client,
            sitting,
            Arc::clone(&exam),
            pace.clone(),
            seed,
            Arc::clone(&progress),
        );
        candidates.spawn(async move { (sign_in.candidate, sat.await) });
    }
    let expected = (sign_ins.len() * ITEMS * (100 + CHANGE_PERCENT) / 100) as u64;
    disturb(&cluster, &progress, expected).await?;

    let mut memories = Memories::new();
    while let Some(ended) = candidates.join_next().await {
        let (candidate, sat) = ended?;
        memories.insert(
            candidate,
            sat.with_context(|| format!("candidate {candidate} could not sit the exam"))?,
        );
    }
    judge(&cluster, &exam, &memories, sitting, &sign_ins).await
}

/// Cuts, kills and heals while the candidates sit.
async fn disturb(cluster: &Cluster, progress: &Progress, expected: u64) -> anyhow::Result<()> {
    reached(progress, expected, 25).await?;
    cluster.wan("all", Line::Cut).await?;
    println!("25 %: the WAN of every district is cut");
    reached(progress, expected, 35).await?;
    cluster.kill("mumbai-1").await?;
    println!("35 %: mumbai-1 is killed");
    reached(progress, expected, 45).await?;
    cluster.start_again("mumbai-1").await?;
    let leader = leader(cluster).await?;
    cluster.kill(&leader).await?;
    println!("45 %: mumbai-1 is back, the leader {leader} is killed");
    reached(progress, expected, 60).await?;
    cluster.wan("all", Line::Whole).await?;
    println!("60 %: the WAN is whole again, two coordinators take what waited");
    reached(progress, expected, 75).await?;
    cluster.start_again(&leader).await?;
    println!("75 %: {leader} is back");
    Ok(())
}

async fn leader(cluster: &Cluster) -> anyhow::Result<String> {
    let status = cluster.ctl(&["status"]).await?;
    let id = status["leader"].as_u64().context("there is a leader")?;
    Ok(format!("coordinator-{id}"))
}

async fn reached(progress: &Progress, expected: u64, percent: u64) -> anyhow::Result<()> {
    eventually(
        &format!("{percent} % of the answers"),
        Duration::from_secs(240),
        || async {
            let now = progress.acknowledged.load(Ordering::Relaxed);
            if now * 100 >= expected * percent {
                Ok(())
            } else {
                Err(format!("{now} of {expected}"))
            }
        },
    )
    .await
}

async fn judge(
    cluster: &Cluster,
    exam: &Exam,
    memories: &Memories,
    sitting: protocol::ids::SittingId,
    sign_ins: &[SignIn],
) -> anyhow::Result<()> {
    assert_eq!(memories.len(), sign_ins.len());
    let counts = oracle::judge(cluster, exam, memories, sitting).await?;
    let report = oracle::report_balances(cluster, sitting).await?;
    let told: usize = memories.values().map(|memory| memory.acknowledged.len()).sum();
    let district = memories
        .values()
        .flat_map(|memory| &memory.acknowledged)
        .filter(|one| one.durability == "district")
        .count();
    println!("paper: {}", exam.source);
    println!("{counts}; {told} acknowledgements, {district} of them by two nodes");
    println!("{report}");
    Ok(())
}
