//! A node whose disk is full takes no new answers, says where to go, and everybody goes on there.

use std::{io::Write, sync::Arc, time::Duration};

use reqwest::StatusCode;
use tests::{
    cluster::{Cluster, eventually},
    crowd::{self, Pace, Progress},
    exam::Exam,
};

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_sends_candidates_to_the_other_node() -> anyhow::Result<()> {
    let cluster = Cluster::start().await?;
    let exam = Arc::new(Exam::made(6));
    let sign_ins = crowd::enrol(&cluster, 4).await?;
    let sitting = crowd::open_sitting(&cluster, &exam, "60m").await?;
    crowd::wait_until_startable(&cluster, &sign_ins, sitting).await?;
    let nodes = cluster.nodes_of("mumbai");
    // No disk has so many free bytes: to this node its own is full.
    cluster.kill("mumbai-1").await?;
    let settings = std::fs::OpenOptions::new()
        .append(true)
        .open(nodes[0].data.join("node.toml"));
    writeln!(settings?, "\n[answer_log]\nfree_bytes_min = {}", i64::MAX)?;
    cluster.start_again("mumbai-1").await?;
    eventually(
        "mumbai-1 says that it is full",
        Duration::from_secs(20),
        || async {
            let status = cluster
                .node_status(&nodes[0])
                .await
                .map_err(|error| error.to_string())?;
            let said = status["space"]["state"] == "critical"
                && status["ready"] == false
                && status["reasons"].to_string().contains("disk");
            if said { Ok(()) } else { Err(status.to_string()) }
        },
    )
    .await?;

    let urls: Vec<String> = nodes
        .iter()
        .map(|node| format!("http://localhost:{}", node.plain.port()))
        .collect();
    let mumbai = sign_ins.iter().filter(|one| one.district == "mumbai");
    for sign_in in mumbai {
        let mut client = crowd::client(urls.clone(), sign_in)?;
        let local::teacher::Refused::Problem { status, body, .. } = client.sign_in().await.unwrap_err()
        else {
            anyhow::bail!("mumbai-1 does not answer")
        };
        assert_eq!(status, StatusCode::INSUFFICIENT_STORAGE, "{body}");
        assert_eq!(body["nodes"], serde_json::json!([urls[1]]), "{body}");
        let pace = Pace {
            arrive_within: Duration::ZERO,
            think_at_most: Duration::from_millis(20),
            change_percent: 0,
        };
        crowd::sit(
            client,
            sitting,
            Arc::clone(&exam),
            pace,
            1,
            Arc::new(Progress::default()),
        )
        .await?;
    }
    Ok(())
}
