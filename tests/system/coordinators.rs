//! Coordinators lose their disks and their power; what they hold together is not lost.

use std::{sync::Arc, time::Duration};

use anyhow::Context;
use tests::{
    cluster::{Cluster, eventually},
    crowd::{self, Memories, Pace},
    exam::Exam,
    oracle,
};

/// Few enough entries that a newcomer must really install a snapshot.
const SNAPSHOT_SETTINGS: [(&str, &str); 2] = [
    ("PARIKSHA_COORDINATOR_RAFT__SNAPSHOT_AFTER_ENTRIES", "40"),
    ("PARIKSHA_COORDINATOR_RAFT__ENTRIES_KEPT", "5"),
];

const PACE: Pace = Pace {
    arrive_within: Duration::from_secs(1),
    think_at_most: Duration::from_millis(100),
    change_percent: 10,
};

#[tokio::test(flavor = "multi_thread")]
async fn a_wiped_coordinator_rejoins_by_snapshot_and_a_restart_of_all_loses_nothing() -> anyhow::Result<()> {
    let mut cluster = Cluster::start_with(&["--empty"], &SNAPSHOT_SETTINGS).await?;
    let exam = Arc::new(Exam::made(30));
    let sign_ins = crowd::enrol(&cluster, 8).await?;
    let sitting = crowd::open_sitting(&cluster, &exam, "60m").await?;
    crowd::wait_until_startable(&cluster, &sign_ins, sitting).await?;
    let memories = crowd::sit_all(&cluster, &sign_ins, sitting, &exam, &PACE).await?;
    oracle::all_is_delivered(&cluster).await?;

    let said_before = std::fs::read_to_string(cluster.plan.log_of("coordinator-2"))?.len();
    let wiped = cluster.local(&["wipe", "coordinator-2"]).await?;
    assert!(
        wiped.status.success(),
        "{}",
        String::from_utf8_lossy(&wiped.stderr)
    );
    println!("{}", String::from_utf8_lossy(&wiped.stdout).trim());
    eventually(
        "three coordinators are up, one under a new id",
        Duration::from_secs(60),
        || async {
            let status = cluster
                .ctl(&["status"])
                .await
                .map_err(|error| format!("{error:#}"))?;
            let all = status["coordinators"].as_array().cloned().unwrap_or_default();
            let up = all.iter().filter(|one| one["up"] == true).count();
            let new = all.iter().any(|one| one["id"].as_u64().is_some_and(|id| id > 3));
            if up == 3 && new {
                Ok(())
            } else {
                Err(status.to_string())
            }
        },
    )
    .await?;
    let log = std::fs::read_to_string(cluster.plan.log_of("coordinator-2"))?;
    assert!(
        log[said_before..].contains("a snapshot is installed"),
        "the newcomer installed no snapshot: {}",
        &log[said_before..]
    );

    // The newcomer alone must be able to serve: it is asked directly, and the cluster lives on with it when another dies.
    let context = only_url(&cluster, 2)?;
    let listed = cluster.ctl(&["--context", &context, "log", "list"]).await?;
    assert_eq!(
        listed,
        cluster.ctl(&["log", "list"]).await?,
        "the newcomer has the same logs"
    );
    cluster.kill("coordinator-1").await?;
    check(&cluster, &exam, &memories, sitting)
        .await
        .context("with the newcomer and one other")?;
    cluster.start_again("coordinator-1").await?;

    // All three at once, as a power cut of the centre does; then everything in order.
    for index in 1..=3 {
        cluster.kill(&format!("coordinator-{index}")).await?;
    }
    for index in 1..=3 {
        cluster.start_again(&format!("coordinator-{index}")).await?;
    }
    check(&cluster, &exam, &memories, sitting)
        .await
        .context("after kill -9 of all three")?;
    cluster.restart().await?;
    check(&cluster, &exam, &memories, sitting)
        .await
        .context("after a restart of everything")
}

async fn check(
    cluster: &Cluster,
    exam: &Exam,
    memories: &Memories,
    sitting: protocol::ids::SittingId,
) -> anyhow::Result<()> {
    let counts = oracle::judge(cluster, exam, memories, sitting).await?;
    println!("{counts}");
    Ok(())
}

/// A context that names one coordinator's ops API alone.
fn only_url(cluster: &Cluster, index: u16) -> anyhow::Result<String> {
    let mut context: serde_json::Value = serde_json::from_slice(&std::fs::read(cluster.plan.ops_context())?)?;
    context["urls"] = serde_json::json!([format!("https://{}", cluster.plan.coordinator(index).ops)]);
    cluster.file(&format!("ops-{index}.json"), serde_json::to_vec(&context)?)
}
