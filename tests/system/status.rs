//! Trouble is visible: both status commands tell of a cut line within seconds, and of what waits behind it.

use std::{sync::Arc, time::Duration};

use local::relay::Line;
use serde_json::Value;
use tests::{
    cluster::{Cluster, eventually},
    crowd::{self, Pace, Progress, SignIn},
    exam::Exam,
};

#[tokio::test(flavor = "multi_thread")]
async fn both_status_commands_show_each_district_and_a_cut_line() -> anyhow::Result<()> {
    let cluster = Cluster::start().await?;
    let exam = Arc::new(Exam::made(6));
    let sign_ins = crowd::enrol(&cluster, 2).await?;
    let sitting = crowd::open_sitting(&cluster, &exam, "60m").await?;
    crowd::wait_until_startable(&cluster, &sign_ins, sitting).await?;
    cluster.wan("pune", Line::Cut).await?;
    for sign_in in sign_ins
        .iter()
        .filter(|one| ["pune", "mumbai"].contains(&one.district.as_str()))
    {
        sit(&cluster, sign_in, sitting, &exam).await?;
    }
    centre_shows(
        &cluster,
        "mumbai",
        "connected, two submitted, all delivered",
        |mumbai| mumbai["wan"] == "connected" && all_of_two_delivered(mumbai),
    )
    .await?;
    centre_shows(&cluster, "pune", "cut", |pune| pune["wan"] == "cut").await?;
    node_says_what_waits(&cluster).await?;
    table_names_everything(&cluster).await?;
    cluster.wan("pune", Line::Whole).await?;
    centre_shows(
        &cluster,
        "pune",
        "connected again, two submitted, all delivered",
        |pune| pune["wan"] == "connected" && all_of_two_delivered(pune),
    )
    .await
}

async fn sit(
    cluster: &Cluster,
    sign_in: &SignIn,
    sitting: protocol::ids::SittingId,
    exam: &Arc<Exam>,
) -> anyhow::Result<()> {
    let client = crowd::client(crowd::addresses(cluster, sign_in), sign_in)?;
    let pace = Pace {
        arrive_within: Duration::ZERO,
        think_at_most: Duration::from_millis(20),
        change_percent: 0,
    };
    let progress = Arc::new(Progress::default());
    crowd::sit(client, sitting, Arc::clone(exam), pace, 1, progress)
        .await
        .map(drop)
}

fn all_of_two_delivered(district: &Value) -> bool {
    district["acknowledged"] == district["delivered"]
        && district["candidates"]["submitted"] == 2
        && district["candidates"]["registered"] == 2
}

async fn centre_shows(
    cluster: &Cluster,
    name: &str,
    what: &str,
    is_shown: impl Fn(&Value) -> bool,
) -> anyhow::Result<()> {
    eventually(&format!("{name}: {what}"), Duration::from_secs(60), || async {
        let status = cluster
            .ctl(&["status"])
            .await
            .map_err(|error| format!("{error:#}"))?;
        let all = status["districts"].as_array().cloned().unwrap_or_default();
        let district = all
            .into_iter()
            .find(|district| district["name"] == name)
            .unwrap_or_default();
        if is_shown(&district) {
            Ok(())
        } else {
            Err(district.to_string())
        }
    })
    .await
}

async fn node_says_what_waits(cluster: &Cluster) -> anyhow::Result<()> {
    eventually("Pune's node says what waits", Duration::from_secs(30), || async {
        let node = cluster.nodes_of("pune").remove(0);
        let status = cluster
            .node_status(&node)
            .await
            .map_err(|error| error.to_string())?;
        let good = status["wan"]["state"] == "cut"
            && status["lag_seconds"].as_f64().is_some_and(|lag| lag > 0.0)
            && status["acknowledged"].as_u64() > status["delivered"].as_u64();
        if good { Ok(()) } else { Err(status.to_string()) }
    })
    .await
}

async fn table_names_everything(cluster: &Cluster) -> anyhow::Result<()> {
    let table = String::from_utf8(cluster.local(&["status"]).await?.stdout)?;
    for word in ["pune-1", "mumbai-2", "aurangabad", "cut", "coordinator-3"] {
        assert!(table.contains(word), "no {word} in:\n{table}");
    }
    Ok(())
}
