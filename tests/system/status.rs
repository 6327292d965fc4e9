//! Trouble is visible: both status commands tell of a cut line within seconds, and of what waits behind it.

use std::{sync::Arc, time::Duration};

use local::relay::Line;
use serde_json::Value;
use tests::{
    cluster::{Cluster, eventually},
    crowd::{self, Pace, Progress},
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
    let pace = Pace {
        arrive_within: Duration::ZERO,
        think_at_most: Duration::from_millis(20),
        change_percent: 0,
    };
    for sign_in in sign_ins
        .iter()
        .filter(|one| one.district == "pune" || one.district == "mumbai")
    {
        let client = crowd::client(crowd::addresses(&cluster, sign_in), sign_in)?;
        crowd::sit(
            client,
            sitting,
            Arc::clone(&exam),
            pace.clone(),
            1,
            Arc::new(Progress::default()),
        )
        .await?;
    }
    eventually(
        "the centre says that Pune is cut and Mumbai delivered",
        Duration::from_secs(30),
        || async {
            let status = cluster
                .ctl(&["status"])
                .await
                .map_err(|error| format!("{error:#}"))?;
            let (pune, mumbai) = (district(&status, "pune"), district(&status, "mumbai"));
            let good = pune["wan"] == "cut"
                && mumbai["wan"] == "connected"
                && mumbai["acknowledged"] == mumbai["delivered"]
                && mumbai["candidates"]["submitted"] == 2
                && mumbai["candidates"]["registered"] == 2;
            if good {
                Ok(())
            } else {
                Err(format!("{pune}\n{mumbai}"))
            }
        },
    )
    .await?;
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
    .await?;
    let table = cluster.local(&["status"]).await?;
    let table = String::from_utf8(table.stdout)?;
    for word in ["pune-1", "mumbai-2", "aurangabad", "cut", "coordinator-3"] {
        assert!(table.contains(word), "no {word} in:\n{table}");
    }
    cluster.wan("pune", Line::Whole).await?;
    eventually(
        "everything of Pune is delivered",
        Duration::from_secs(60),
        || async {
            let status = cluster
                .ctl(&["status"])
                .await
                .map_err(|error| format!("{error:#}"))?;
            let pune = district(&status, "pune");
            let good = pune["wan"] == "connected"
                && pune["acknowledged"] == pune["delivered"]
                && pune["candidates"]["submitted"] == 2;
            if good { Ok(()) } else { Err(pune.to_string()) }
        },
    )
    .await
}

fn district(status: &Value, name: &str) -> Value {
    let all = status["districts"].as_array().cloned().unwrap_or_default();
    all.into_iter()
        .find(|district| district["name"] == name)
        .unwrap_or_default()
}
