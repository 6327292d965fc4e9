//! Partitions, loss and delay.

use std::{collections::BTreeSet, time::Duration};

use anyhow::{Context, ensure};
use local::{
    relay::Line,
    teacher::{Client, Given},
};
use protocol::{
    ids::{ItemNo, OptionId},
    outline::ResponseKind,
    response::Response,
};
use serde_json::Value;
use tests::{
    cluster::eventually,
    crowd::{self, SignIn},
    oracle,
};

use crate::campaign::{Campaign, durabilities, runs};

/// How long a crowd sits while a line is spoiled.
const SIT: Duration = Duration::from_secs(20);

#[tokio::test(flavor = "multi_thread")]
async fn one_way_loss() -> anyhow::Result<()> {
    let rounds = runs(1);
    let campaign = Campaign::start("one_way_loss", 6, 30).await?;
    let sitting = campaign.sit_for(SIT * u32::try_from(rounds)?);
    for _ in 0..rounds {
        for line in [Line::Deaf, Line::Mute] {
            campaign.cluster.wan("all", line).await?;
            campaign.cluster.peers("mumbai", line).await?;
            every_node_sees_its_wan(&campaign, "cut").await?;
            campaign.cluster.wan("all", Line::Whole).await?;
            campaign.cluster.peers("mumbai", Line::Whole).await?;
            every_node_sees_its_wan(&campaign, "connected").await?;
        }
    }
    let memories = campaign.finish(sitting).await?;
    campaign.judge(&memories, rounds * 2, "").await
}

async fn every_node_sees_its_wan(campaign: &Campaign, state: &str) -> anyhow::Result<()> {
    for node in campaign.cluster.plan.nodes() {
        let what = format!("{} sees its WAN {state}", node.name);
        eventually(&what, Duration::from_secs(60), || async {
            let status = campaign.cluster.node_status(&node).await;
            let wan = status.map_err(|error| error.to_string())?["wan"].clone();
            if wan["state"] == state {
                Ok(())
            } else {
                Err(wan.to_string())
            }
        })
        .await?;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn loss_30_percent() -> anyhow::Result<()> {
    spoiled_for_the_whole_exam("loss_30_percent", Line::Loss(30)).await
}

#[tokio::test(flavor = "multi_thread")]
async fn delay_500_ms() -> anyhow::Result<()> {
    spoiled_for_the_whole_exam("delay_500_ms", Line::Delay(500)).await
}

async fn spoiled_for_the_whole_exam(name: &'static str, line: Line) -> anyhow::Result<()> {
    let campaign = Campaign::start(name, 6, 30).await?;
    campaign.cluster.wan("all", line).await?;
    campaign.cluster.peers("mumbai", line).await?;
    let sitting = campaign.sit_for(SIT);
    let memories = campaign.finish(sitting).await?;
    // Delivered while the line is as it is: it is slow, not gone.
    oracle::all_is_delivered(&campaign.cluster).await?;
    let spoiled = durabilities(&memories).get("node").copied().unwrap_or(0);
    campaign.cluster.wan("all", Line::Whole).await?;
    campaign.cluster.peers("mumbai", Line::Whole).await?;
    campaign
        .judge(&memories, 1, &format!(", by one node {spoiled}"))
        .await
}

#[tokio::test(flavor = "multi_thread")]
async fn wan_cut_for_the_whole_exam() -> anyhow::Result<()> {
    let campaign = Campaign::start("wan_cut_for_the_whole_exam", 8, 30).await?;
    campaign.cluster.wan("all", Line::Cut).await?;
    let sitting = campaign.sit_for(SIT);
    let memories = campaign.finish(sitting).await?;
    campaign.cluster.wan("all", Line::Whole).await?;
    campaign.judge(&memories, 1, "").await
}

/// Both nodes of a district that was split keep accepting. What one device gave at its node stands; where two devices
/// that took the same attempt over, each on its own side, gave different answers in the same place, nothing is decided:
/// everybody says the same, and the item is listed for a person.
#[tokio::test(flavor = "multi_thread")]
async fn peer_partition() -> anyhow::Result<()> {
    let campaign = Campaign::start("peer_partition", 8, 30).await?;
    let sides = sides(&campaign)?;
    let mumbai: Vec<&SignIn> = campaign
        .sign_ins
        .iter()
        .filter(|one| one.district == "mumbai")
        .collect();
    // The first sits at both sides of the split; the others are the crowd.
    let split_one = mumbai.first().copied().context("mumbai has candidates")?.clone();
    let mut first = crowd::client(sides.to_vec(), &split_one)?;
    first.sign_in().await?;
    let started = first.start(campaign.sitting).await?;
    let is_choice = |item: &ItemNo| matches!(campaign.exam.items[item].kind, ResponseKind::Choice { options } if options >= 3);
    let order = started.order.iter().map(|place| place.item);
    let items: Vec<ItemNo> = order.filter(is_choice).collect();
    let before = choice(items[0], started.next_seq, 1);
    let saved = first.save(std::slice::from_ref(&before)).await?;
    ensure!(saved.durability == "district", "{saved:?}");

    campaign.cluster.peers("mumbai", Line::Cut).await?;
    alone(&campaign).await?;
    let crowd = Campaign {
        sign_ins: campaign
            .sign_ins
            .iter()
            .filter(|one| one.candidate != split_one.candidate)
            .cloned()
            .collect(),
        ..campaign
    };
    let sitting = crowd.sit_for(SIT / 2);
    let mut clients = Vec::new();
    for ((side, node), option) in sides.iter().zip(crowd.cluster.nodes_of("mumbai")).zip([2, 3]) {
        let mut client = crowd::client(vec![side.clone()], &split_one)?;
        client.sign_in().await?;
        crowd.cluster.unlock(&node, split_one.candidate).await?;
        let moved = client.take_over(crowd.sitting).await?;
        // The same place, another content; and an item that only this side answers.
        let only_here = items[usize::from(option)];
        let given = [
            choice(items[1], moved.next_seq, option),
            choice(only_here, moved.next_seq + u32::from(option), option),
        ];
        let saved = client.save(&given).await?;
        ensure!(
            saved.refused.is_empty() && saved.durability == "node",
            "{saved:?}"
        );
        clients.push((client, only_here));
    }
    let memories = crowd.finish(sitting).await?;
    crowd.cluster.peers("mumbai", Line::Whole).await?;

    let ambiguous = BTreeSet::from([items[1]]);
    same_everywhere(&crowd, &clients, &split_one, &ambiguous).await?;
    let review = crowd
        .cluster
        .ctl_output(&["result", "reconcile", &crowd.sitting.to_string()])
        .await?;
    let review = String::from_utf8_lossy(&review.stdout).into_owned();
    ensure!(
        review.contains("a person must decide"),
        "the item is not listed: {review}"
    );
    judge_but(&crowd, memories, &split_one).await
}

/// Mumbai's two nodes.
fn sides(campaign: &Campaign) -> anyhow::Result<[String; 2]> {
    let nodes = campaign.cluster.nodes_of("mumbai");
    let urls: Vec<String> = nodes
        .iter()
        .map(|node| format!("http://localhost:{}", node.plain.port()))
        .collect();
    urls.try_into().ok().context("mumbai has two nodes")
}

fn choice(item: ItemNo, seq: u32, option: u8) -> Given {
    Given {
        item,
        seq,
        response: Some(Response::Choice(OptionId(option))),
        marked: false,
    }
}

/// Both nodes say that they stand alone.
async fn alone(campaign: &Campaign) -> anyhow::Result<()> {
    eventually("both nodes stand alone", Duration::from_secs(20), || async {
        for node in campaign.cluster.nodes_of("mumbai") {
            let status = campaign
                .cluster
                .node_status(&node)
                .await
                .map_err(|e| e.to_string())?;
            if status["durability"] != "node" {
                return Err(format!("{}: {}", node.name, status["durability"]));
            }
        }
        Ok(())
    })
    .await
}

/// Both nodes and the centre hold the same merged attempt of the candidate who sat on both sides.
async fn same_everywhere(
    campaign: &Campaign,
    clients: &[(Client, ItemNo)],
    who: &SignIn,
    ambiguous: &BTreeSet<ItemNo>,
) -> anyhow::Result<()> {
    eventually(
        "the merged attempt is the same everywhere",
        Duration::from_secs(60),
        || async {
            let mut seen = Vec::new();
            for (client, _) in clients {
                let attempt = client.attempt().await.map_err(|error| error.to_string())?;
                seen.push(without_deliveries(&attempt["responses"]));
            }
            let centre = central_attempt(campaign, who)
                .await
                .map_err(|error| format!("{error:#}"))?;
            let review: BTreeSet<ItemNo> =
                serde_json::from_value(centre["under_review"].clone()).map_err(|error| error.to_string())?;
            let answered: Vec<&Value> = centre["responses"]
                .as_array()
                .into_iter()
                .flatten()
                .filter(|one| !one["response"].is_null())
                .map(|one| &one["item"])
                .collect();
            let both_kept = clients
                .iter()
                .all(|(_, item)| answered.contains(&&Value::from(item.0)));
            // Nobody has decided: not the centre either.
            let undecided = ambiguous
                .iter()
                .all(|item| !answered.contains(&&Value::from(item.0)));
            if seen.iter().all(|one| *one == seen[0]) && review == *ambiguous && both_kept && undecided {
                Ok(())
            } else {
                Err(format!("nodes: {seen:?}\ncentre: {centre}"))
            }
        },
    )
    .await
}

/// What a node holds, without what it has heard of the centre: of two answers in one place it shows one, which may be the other
/// node's to deliver.
fn without_deliveries(responses: &Value) -> Value {
    let mut responses = responses.clone();
    for response in responses.as_array_mut().into_iter().flatten() {
        if let Some(members) = response.as_object_mut() {
            members.remove("delivered");
        }
    }
    responses
}

async fn central_attempt(campaign: &Campaign, who: &SignIn) -> anyhow::Result<Value> {
    let output = campaign
        .cluster
        .ctl_output(&["attempt", "list", &campaign.sitting.to_string()])
        .await?;
    for line in output
        .stdout
        .split(|byte| *byte == b'\n')
        .filter(|line| !line.is_empty())
    {
        let attempt: Value = serde_json::from_slice(line)?;
        if attempt["candidate"] == serde_json::to_value(who.candidate)? {
            return Ok(attempt);
        }
    }
    Ok(Value::Null)
}

/// The oracle for everybody but the one whose attempt a person must decide.
async fn judge_but(campaign: &Campaign, memories: crowd::Memories, split_one: &SignIn) -> anyhow::Result<()> {
    let counts = oracle::acknowledged_is_there(&campaign.cluster, &memories, campaign.sitting).await?;
    for (candidate, memory) in &memories {
        let sign_in = SignIn {
            candidate: *candidate,
            ..split_one.clone()
        };
        let merged = central_attempt(campaign, &sign_in).await?;
        ensure!(
            merged["digest"] == serde_json::to_value(memory.digest())?,
            "candidate {candidate}: {merged}"
        );
    }
    println!(
        "peer_partition: runs 1, {counts}, digests compared {}, under review 1, {:?}",
        memories.len(),
        durabilities(&memories)
    );
    Ok(())
}
