//! One of Mumbai's two nodes is killed under load: its candidates continue at the other with every acknowledged answer,
//! without signing in again.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use anyhow::{Context, ensure};
use local::teacher::{Client, Given};
use protocol::{
    ids::{ItemNo, OptionId},
    outline::ResponseKind,
    response::Response,
};
use tests::{
    cluster::Cluster,
    crowd::{self, TRIES},
    exam::Exam,
};
use tokio::{
    sync::{mpsc, watch},
    time::Instant,
};

/// What the promise says; the assertion leaves room for a noisy machine.
const PROMISED: Duration = Duration::from_secs(5);
const ALLOWED: Duration = Duration::from_secs(15);

const CANDIDATES: usize = 40;
const ITEMS: usize = 30;

#[tokio::test(flavor = "multi_thread")]
async fn the_candidates_of_a_killed_node_go_on_at_the_other_without_signing_in() -> anyhow::Result<()> {
    let cluster = Cluster::start().await?;
    let exam = Arc::new(Exam::made(ITEMS));
    let sign_ins = crowd::enrol(&cluster, CANDIDATES).await?;
    let sitting = crowd::open_sitting(&cluster, &exam, "60m").await?;
    crowd::wait_until_startable(&cluster, &sign_ins, sitting).await?;
    let urls: Vec<String> = cluster
        .nodes_of("mumbai")
        .iter()
        .map(|node| format!("http://localhost:{}", node.plain.port()))
        .collect();
    let (ready, mut is_ready) = mpsc::channel(CANDIDATES);
    let (killed, was_killed) = watch::channel(None);
    let mut candidates = tokio::task::JoinSet::new();
    for sign_in in sign_ins.iter().filter(|one| one.district == "mumbai") {
        let mut client = crowd::client(urls.clone(), sign_in)?;
        let (ready, was_killed, exam) = (ready.clone(), was_killed.clone(), Arc::clone(&exam));
        candidates.spawn(async move {
            client.sign_in_surely(TRIES).await?;
            let started = client.start_surely(sitting, TRIES).await?;
            let order = started.order.iter().map(|place| place.item);
            let items: Vec<ItemNo> = order.filter(|item| is_choice(&exam, *item)).collect();
            sit_through(&mut client, &items, started.next_seq, &ready, was_killed).await
        });
    }
    drop(ready);
    for _ in 0..CANDIDATES {
        is_ready
            .recv()
            .await
            .context("a candidate gave up before the kill")?;
    }
    cluster.kill("mumbai-1").await?;
    killed.send_replace(Some(Instant::now()));
    let mut longest = Duration::ZERO;
    let mut acknowledged = 0;
    while let Some(ended) = candidates.join_next().await {
        let (took, count) = ended??;
        longest = longest.max(took);
        acknowledged += count;
    }
    println!(
        "failover: {CANDIDATES} candidates, {acknowledged} acknowledged answers all there, the last went on after {} ms \
         (promised: {} ms)",
        longest.as_millis(),
        PROMISED.as_millis()
    );
    ensure!(
        longest < ALLOWED,
        "the last candidate went on only after {longest:?}"
    );
    Ok(())
}

fn is_choice(exam: &Exam, item: ItemNo) -> bool {
    matches!(exam.items[&item].kind, ResponseKind::Choice { options } if options >= 4)
}

/// Answers steadily; says when it is well under way; after the kill, how long it took until the other node acknowledged
/// the next answer, and how many acknowledged answers that node holds.
async fn sit_through(
    client: &mut Client,
    items: &[ItemNo],
    first_seq: u32,
    ready: &mpsc::Sender<()>,
    was_killed: watch::Receiver<Option<Instant>>,
) -> anyhow::Result<(Duration, usize)> {
    let first_node = client.node().to_owned();
    for (seq, item) in (first_seq..).zip(items.iter().cycle()) {
        let given = Given {
            item: *item,
            seq,
            response: Some(Response::Choice(OptionId(1 + (seq % 4) as u8))),
            marked: false,
        };
        let saved = client.save_surely(&[given], TRIES).await?;
        ensure!(saved.refused.is_empty(), "{saved:?}");
        let killed = *was_killed.borrow();
        if let Some(killed) = killed
            && client.node() != first_node
        {
            holds_all(client).await?;
            return Ok((killed.elapsed(), client.memory.acknowledged.len()));
        }
        if seq - first_seq == 5 {
            ready.send(()).await?;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    anyhow::bail!("the items never end")
}

/// The node holds exactly what was acknowledged.
async fn holds_all(client: &Client) -> anyhow::Result<()> {
    let attempt = client.attempt().await?;
    let held: Vec<Given> = serde_json::from_value(attempt["responses"].clone())?;
    let held: BTreeMap<ItemNo, Given> = held.into_iter().map(|given| (given.item, given)).collect();
    ensure!(
        held == client.memory.standing,
        "candidate {}: the other node holds {held:?}, acknowledged was {:?}",
        client.memory.candidate,
        client.memory.standing
    );
    Ok(())
}
