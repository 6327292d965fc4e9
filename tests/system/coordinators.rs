//! Coordinators lose their disks and their power; what they hold together is not lost.

use std::{sync::Arc, time::Duration};

use anyhow::Context;
use tests::{
    cluster::{Cluster, eventually},
    crowd::{self, Memories, Pace, Progress},
    exam::Exam,
    oracle::{self, Counts},
};

/// Few enough entries that a newcomer must really install a snapshot.
const SNAPSHOT_SETTINGS: [(&str, &str); 2] = [
    ("PARIKSHA_COORDINATOR_RAFT__SNAPSHOT_AFTER_ENTRIES", "40"),
    ("PARIKSHA_COORDINATOR_RAFT__ENTRIES_KEPT", "5"),
];

#[tokio::test(flavor = "multi_thread")]
async fn a_wiped_coordinator_rejoins_by_snapshot_and_a_restart_of_all_loses_nothing() -> anyhow::Result<()> {
    let mut cluster = Cluster::start_with(&["--empty"], &SNAPSHOT_SETTINGS).await?;
    let exam = Arc::new(Exam::made(30));
    let sign_ins = crowd::enrol(&cluster, 8).await?;
    let sitting = crowd::open_sitting(&cluster, &exam, "60m").await?;
    crowd::wait_until_startable(&cluster, &sign_ins, sitting).await?;
    let memories = sit_all(&cluster, &sign_ins, sitting, &exam).await?;
    oracle::all_is_delivered(&cluster).await?;

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
        log.contains("snapshot"),
        "the newcomer's log says nothing of a snapshot"
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

    cluster.restart().await?;
    check(&cluster, &exam, &memories, sitting)
        .await
        .context("after a restart of everything")
}

async fn sit_all(
    cluster: &Cluster,
    sign_ins: &[crowd::SignIn],
    sitting: protocol::ids::SittingId,
    exam: &Arc<Exam>,
) -> anyhow::Result<Memories> {
    let pace = Pace {
        arrive_within: Duration::from_secs(1),
        think_at_most: Duration::from_millis(100),
        change_percent: 10,
    };
    let progress = Arc::new(Progress::default());
    let sat = sign_ins.iter().map(|sign_in| async {
        let client = crowd::client(crowd::addresses(cluster, sign_in), sign_in)?;
        let seed = u64::from(sign_in.candidate.0);
        let memory = crowd::sit(
            client,
            sitting,
            Arc::clone(exam),
            pace.clone(),
            seed,
            Arc::clone(&progress),
        )
        .await?;
        anyhow::Ok((sign_in.candidate, memory))
    });
    futures::future::try_join_all(sat)
        .await
        .map(|all| all.into_iter().collect())
}

async fn check(
    cluster: &Cluster,
    exam: &Exam,
    memories: &Memories,
    sitting: protocol::ids::SittingId,
) -> anyhow::Result<()> {
    oracle::all_is_delivered(cluster).await?;
    let logs = oracle::central_logs(cluster).await?;
    let mut counts = Counts::default();
    oracle::every_acknowledgement_is_there(memories, sitting, &logs, &mut counts)?;
    oracle::merged_attempts_are_what_was_told(cluster, memories, sitting, &mut counts).await?;
    oracle::scores_are_right(cluster, exam, memories, sitting, &mut counts).await?;
    oracle::report_balances(cluster, sitting).await?;
    println!("{counts:?}");
    Ok(())
}

/// A context that names one coordinator's ops API alone.
fn only_url(cluster: &Cluster, index: u16) -> anyhow::Result<String> {
    let mut context: serde_json::Value = serde_json::from_slice(&std::fs::read(cluster.plan.ops_context())?)?;
    context["urls"] = serde_json::json!([format!("https://{}", cluster.plan.coordinator(index).ops)]);
    cluster.file(&format!("ops-{index}.json"), serde_json::to_vec(&context)?)
}
