//! Killed, stopped and mistimed processes.

use std::{path::Path, time::Duration};

use anyhow::{Context, ensure};
use local::relay::Line;
use protocol::ids::CandidateId;
use rand::{Rng, seq::IndexedRandom};
use rustix::process::Signal;
use tests::{
    cluster::{Cluster, eventually},
    crowd,
};

use crate::campaign::{Campaign, runs};

/// Kills in one cluster: each kill leaves a life of the log behind, as in a node's real years.
const KILLS_IN_ONE_CLUSTER: usize = 50;

/// Where Debian puts libfaketime.
const FAKETIME: [&str; 2] = [
    "/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1",
    "/usr/lib/aarch64-linux-gnu/faketime/libfaketime.so.1",
];

#[tokio::test(flavor = "multi_thread")]
async fn kill_nine() -> anyhow::Result<()> {
    let mut left = runs(50);
    while left > 0 {
        let kills = left.min(KILLS_IN_ONE_CLUSTER);
        kill_in_one_cluster(kills).await?;
        left -= kills;
    }
    Ok(())
}

async fn kill_in_one_cluster(kills: usize) -> anyhow::Result<()> {
    let campaign = Campaign::start("kill_nine", 8, 40).await?;
    let mut random = campaign.random();
    let names: Vec<String> = campaign
        .cluster
        .plan
        .nodes()
        .into_iter()
        .map(|n| n.name)
        .collect();
    let sitting = campaign.sit_for(Duration::from_millis(900) * u32::try_from(kills)?);
    for _ in 0..kills {
        tokio::time::sleep(Duration::from_millis(random.random_range(50..700))).await;
        let name = names.choose(&mut random).context("there are nodes")?;
        campaign.cluster.kill(name).await?;
        tokio::time::sleep(Duration::from_millis(random.random_range(0..200))).await;
        campaign.cluster.start_again(name).await?;
    }
    let memories = campaign.finish(sitting).await?;
    let lacking: Vec<_> = memories.values().flat_map(|memory| &memory.lacking).collect();
    let by_two = lacking.iter().find(|told| told.durability == "district");
    ensure!(
        by_two.is_none(),
        "a node served without what two nodes had: {by_two:?}"
    );
    let more = format!(", sent again to a peer that lacked them {}", lacking.len());
    campaign.judge(&memories, kills, &more).await
}

#[tokio::test(flavor = "multi_thread")]
async fn stop_and_continue() -> anyhow::Result<()> {
    let stop = Duration::from_secs(10);
    let campaign = Campaign::start("stop_and_continue", 6, 30).await?;
    let sitting = campaign.sit_for(Duration::from_secs(30));
    campaign.reached(&sitting, 15).await?;
    let leader = leader(&campaign.cluster).await?;
    for name in ["mumbai-1", leader.as_str()] {
        campaign.cluster.signal(name, Signal::STOP).await?;
        tokio::time::sleep(stop).await;
        campaign.cluster.signal(name, Signal::CONT).await?;
    }
    let memories = campaign.finish(sitting).await?;
    campaign.judge(&memories, 2, "").await
}

async fn leader(cluster: &Cluster) -> anyhow::Result<String> {
    let status = cluster.ctl(&["status"]).await?;
    let id = status["leader"].as_u64().context("there is a leader")?;
    Ok(format!("coordinator-{id}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn clock_jumps() -> anyhow::Result<()> {
    let Some(library) = FAKETIME.into_iter().find(|path| Path::new(path).exists()) else {
        println!("NOTICE: clock_jumps is skipped: libfaketime is not here (apt-get install libfaketime)");
        return Ok(());
    };
    let settings = [("PARIKSHA_LOCAL_FAKETIME", library)];
    let campaign = Campaign::start_with("clock_jumps", 4, 30, &settings).await?;
    let sitting = campaign.sit_for(Duration::from_secs(30));
    campaign.reached(&sitting, 20).await?;
    let before = deadlines(&campaign).await?;
    set_clock(&campaign.cluster, "mumbai-1", "+3600")?;
    set_clock(&campaign.cluster, "pune-1", "-3600")?;
    // A machine whose clock went back while it was off, and which cannot ask the centre: it has what it kept.
    eventually("nagpur-1 has kept its time", Duration::from_secs(20), || async {
        let kept = campaign.cluster.path("nagpur-1/district-time").exists();
        kept.then_some(()).ok_or("no floor yet".to_owned())
    })
    .await?;
    campaign.cluster.wan("nagpur", Line::Cut).await?;
    campaign.cluster.kill("nagpur-1").await?;
    set_clock(&campaign.cluster, "nagpur-1", "-3600")?;
    campaign.cluster.start_again("nagpur-1").await?;
    for (name, sign) in [("mumbai-1", -1), ("pune-1", 1), ("nagpur-1", 1)] {
        clock_has_jumped(&campaign.cluster, name, sign).await?;
    }
    campaign.reached(&sitting, 60).await?;
    ensure!(deadlines(&campaign).await? == before, "a deadline has moved");
    campaign.cluster.wan("nagpur", Line::Whole).await?;
    set_clock(&campaign.cluster, "mumbai-1", "-3600")?;
    set_clock(&campaign.cluster, "pune-1", "+3600")?;
    let memories = campaign.finish(sitting).await?;
    ensure!(deadlines(&campaign).await? == before, "a deadline has moved");
    campaign.judge(&memories, 5, "").await
}

fn set_clock(cluster: &Cluster, name: &str, offset: &str) -> anyhow::Result<()> {
    // Put in place whole: it is read at any moment.
    let beside = cluster.path(format!("{name}.clock-new"));
    std::fs::write(&beside, offset)?;
    Ok(std::fs::rename(beside, cluster.path(format!("{name}.clock")))?)
}

/// The node's wall clock is an hour off district time: the jump has really happened there.
async fn clock_has_jumped(cluster: &Cluster, name: &str, sign: i64) -> anyhow::Result<()> {
    let nodes = cluster.plan.nodes();
    let node = nodes.iter().find(|node| node.name == name).context("a node")?;
    let what = format!("the clock of {name} is an hour off");
    eventually(&what, Duration::from_secs(20), || async {
        let status = cluster
            .node_status(node)
            .await
            .map_err(|error| error.to_string())?;
        let offset = status["clock"]["offset_ms"].as_i64().unwrap_or(0);
        if (offset * sign - 3_600_000).abs() < 30_000 {
            Ok(())
        } else {
            Err(status["clock"].to_string())
        }
    })
    .await
}

/// Jumps of coordinators' clocks in one run: the leader's and a follower's, ahead and back.
const COORDINATOR_JUMPS: [&str; 2] = ["+3600", "-3600"];

#[tokio::test(flavor = "multi_thread")]
async fn coordinator_clock_jumps() -> anyhow::Result<()> {
    let Some(library) = FAKETIME.into_iter().find(|path| Path::new(path).exists()) else {
        println!(
            "NOTICE: coordinator_clock_jumps is skipped: libfaketime is not here (apt-get install libfaketime)"
        );
        return Ok(());
    };
    let settings = [("PARIKSHA_LOCAL_FAKETIME", library)];
    let campaign = Campaign::start_with("coordinator_clock_jumps", 4, 30, &settings).await?;
    let sitting = campaign.sit_for(Duration::from_secs(40));
    campaign.reached(&sitting, 10).await?;
    let before = deadlines(&campaign).await?;
    let leader = leader(&campaign.cluster).await?;
    let follower = coordinators(&campaign.cluster)
        .await?
        .into_iter()
        .find(|name| *name != leader)
        .context("a follower")?;
    let mut percent = 20;
    for jump in COORDINATOR_JUMPS {
        for name in [&leader, &follower] {
            set_clock(&campaign.cluster, name, jump)?;
            jump_is_told(&campaign.cluster, name, jump).await?;
            percent += 10;
            campaign.reached(&sitting, percent).await?;
            time_is_right_everywhere(&campaign.cluster).await?;
            ensure!(deadlines(&campaign).await? == before, "a deadline has moved");
            set_clock(&campaign.cluster, name, "+0")?;
            no_clock_is_doubted(&campaign.cluster).await?;
        }
    }
    // A coordinator whose machine comes back an hour ahead, and a node that has only its word at first.
    set_clock(&campaign.cluster, &follower, "+3600")?;
    campaign.cluster.kill(&follower).await?;
    campaign.cluster.start_again(&follower).await?;
    jump_is_told(&campaign.cluster, &follower, "+3600").await?;
    campaign.cluster.kill("nashik-1").await?;
    campaign.cluster.start_again("nashik-1").await?;
    let memories = campaign.finish(sitting).await?;
    time_is_right_everywhere(&campaign.cluster).await?;
    ensure!(deadlines(&campaign).await? == before, "a deadline has moved");
    campaign.judge(&memories, 5, "").await
}

async fn coordinators(cluster: &Cluster) -> anyhow::Result<Vec<String>> {
    let status = cluster.ctl(&["status"]).await?;
    let rows = status["coordinators"].as_array().context("coordinators")?;
    let name = |row: &serde_json::Value| Some(format!("coordinator-{}", row["id"].as_u64()?));
    Ok(rows.iter().filter_map(name).collect())
}

/// Alarms about clocks, as `parikshactl status` shows them.
async fn clock_alarms(cluster: &Cluster) -> Result<Vec<String>, String> {
    let status = cluster
        .ctl(&["status"])
        .await
        .map_err(|error| error.to_string())?;
    let alarms = status["alarms"].as_array().ok_or("no alarms in the status")?;
    let texts = alarms.iter().filter_map(|alarm| alarm.as_str());
    Ok(texts
        .filter(|text| text.contains("the clock of coordinator"))
        .map(str::to_owned)
        .collect())
}

/// The jump has really happened, and whoever must act sees it.
async fn jump_is_told(cluster: &Cluster, name: &str, jump: &str) -> anyhow::Result<()> {
    let number = name.trim_start_matches("coordinator-");
    let whose = format!("the clock of coordinator {number}'s machine is ");
    let direction = if jump.starts_with('-') {
        "behind"
    } else {
        "ahead of"
    };
    eventually(
        &format!("{name}'s jump by {jump} s is in the status"),
        Duration::from_secs(20),
        || async {
            let alarms = clock_alarms(cluster).await?;
            let is_told = alarms
                .iter()
                .any(|alarm| alarm.starts_with(&whose) && alarm.contains(direction));
            is_told.then_some(()).ok_or(format!("{alarms:?}"))
        },
    )
    .await
}

async fn no_clock_is_doubted(cluster: &Cluster) -> anyhow::Result<()> {
    eventually("no clock is doubted", Duration::from_secs(20), || async {
        let alarms = clock_alarms(cluster).await?;
        alarms.is_empty().then_some(()).ok_or(format!("{alarms:?}"))
    })
    .await
}

/// Every node's district time is this machine's, whose clock did not jump.
async fn time_is_right_everywhere(cluster: &Cluster) -> anyhow::Result<()> {
    for node in cluster.plan.nodes() {
        let what = format!("district time at {} is right", node.name);
        eventually(&what, Duration::from_secs(20), || async {
            let status = cluster
                .node_status(&node)
                .await
                .map_err(|error| error.to_string())?;
            let offset = status["clock"]["offset_ms"].as_i64().ok_or("no offset")?;
            (offset.abs() < 5_000)
                .then_some(())
                .ok_or(status["clock"].to_string())
        })
        .await?;
    }
    Ok(())
}

/// Every candidate's deadline, as their node tells it now.
async fn deadlines(campaign: &Campaign) -> anyhow::Result<Vec<(CandidateId, serde_json::Value)>> {
    let mut all = Vec::new();
    for sign_in in &campaign.sign_ins {
        let mut client = crowd::client(crowd::addresses(&campaign.cluster, sign_in), sign_in)?;
        client.sign_in_surely(crowd::TRIES).await?;
        let told: serde_json::Value = client.call(reqwest::Method::GET, "sittings", None).await?;
        let deadline = told["sittings"][0]["deadline"].clone();
        ensure!(deadline.is_i64(), "no deadline in {told}");
        all.push((sign_in.candidate, deadline));
    }
    Ok(all)
}
