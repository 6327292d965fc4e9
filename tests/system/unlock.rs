//! A paper opened by officers' shares in a district that the centre cannot reach.

use std::{process::Output, time::Duration};

use anyhow::Context;
use local::{plan::NodePlan, relay::Line};
use tests::{
    binary::pariksha,
    cluster::{Cluster, eventually},
    crowd::{self, SignIn},
    exam::Exam,
};

use crate::release::Officers;

async fn unlock(node: &NodePlan, shares: &[String]) -> anyhow::Result<Output> {
    let mut command = tokio::process::Command::new(pariksha());
    command
        .args(["as-node", "paper", "unlock", "--data"])
        .arg(&node.data);
    command.args(["--operator-address", &node.operator.to_string(), "1v1"]);
    for share in shares {
        command.args(["--share", share]);
    }
    Ok(command.output().await?)
}

fn refused(output: &Output, why: &str) {
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success() && said.contains(why), "{said}");
}

/// Publishes a paper of three items with a sitting that is open everywhere.
async fn planned(cluster: &Cluster) -> anyhow::Result<()> {
    let paper = cluster.file("paper.csv", Exam::made(3).csv)?;
    cluster
        .ctl(&["paper", "import", &paper, "--title", "Cut off"])
        .await?;
    let words = [
        "sitting",
        "create",
        "--paper",
        "1v1",
        "--title",
        "Cut off",
        "--opens",
        "now",
        "--closes",
        "+3h",
        "--duration",
        "60m",
        "--districts",
        "all",
    ];
    cluster.ctl(&words).await?;
    Ok(())
}

/// Two officers have the paper's key dealt to three, of whom two are needed; gives the shares' files.
async fn deal(cluster: &Cluster, officers: &Officers, folder: &str) -> anyhow::Result<Vec<String>> {
    let out = cluster.path(folder).to_string_lossy().into_owned();
    let words = [
        "paper",
        "shares",
        "1v1",
        "--officers",
        "3",
        "--need",
        "2",
        "--out",
        &out,
    ];
    officers.both(cluster, &words).await?;
    Ok((1..=3)
        .map(|n| format!("{out}/paper-1v1-share-{n}.txt"))
        .collect())
}

/// Everything that an unlocking needs is at the node.
async fn sealed_paper_is_at(cluster: &Cluster, node: &NodePlan) -> anyhow::Result<()> {
    eventually(
        "paper and check value are there",
        Duration::from_secs(30),
        || async {
            let status = cluster
                .node_status(node)
                .await
                .map_err(|error| error.to_string())?;
            let is_there = status["feed"]["papers"] == 1 && status["feed"]["blobs_missing"] == 0;
            if is_there {
                Ok(())
            } else {
                Err(status["feed"].to_string())
            }
        },
    )
    .await
}

/// Too few shares, shares of two dealings and a mistyped one open nothing.
async fn wrong_shares_are_refused(
    cluster: &Cluster,
    node: &NodePlan,
    shares: &[String],
    others: &[String],
) -> anyhow::Result<()> {
    refused(
        &unlock(node, &shares[..1]).await?,
        "1 different shares were given, 2 are needed",
    );
    refused(
        &unlock(node, &[shares[0].clone(), others[1].clone()]).await?,
        "different dealings",
    );
    let typed = std::fs::read_to_string(&shares[0])?;
    let mut letters: Vec<&str> = typed.split("\n\n").collect();
    let wrong = letters[1].replacen(&letters[1][..5], "babab", 1);
    letters[1] = &wrong;
    let wrong = cluster.file("wrong.txt", letters.join("\n\n"))?;
    refused(
        &unlock(node, &[wrong, shares[1].clone()]).await?,
        "holds no share",
    );
    assert_eq!(cluster.node_status(node).await?["feed"]["released"], 0);
    Ok(())
}

/// Any two shares open the paper, and two others find it open.
async fn right_shares_open(node: &NodePlan, shares: &[String]) -> anyhow::Result<()> {
    let opened = unlock(node, &[shares[0].clone(), shares[2].clone()]).await?;
    assert!(
        opened.status.success(),
        "{}",
        String::from_utf8_lossy(&opened.stderr)
    );
    let again = unlock(node, &[shares[2].clone(), shares[1].clone()]).await?;
    assert!(String::from_utf8_lossy(&again.stdout).contains("already"));
    Ok(())
}

/// A node that is killed and started again still has the key.
async fn remembered(cluster: &Cluster, node: &NodePlan) -> anyhow::Result<()> {
    cluster.kill(&node.name).await?;
    cluster.start_again(&node.name).await?;
    eventually("the node remembers", Duration::from_secs(60), || async {
        let status = cluster
            .node_status(node)
            .await
            .map_err(|error| error.to_string())?;
        if status["feed"]["released"] == 1 {
            Ok(())
        } else {
            Err(status["feed"].to_string())
        }
    })
    .await
}

/// A candidate of the district starts and reads the paper with the key that they are given.
async fn candidate_reads_the_paper(node: &NodePlan, sign_ins: &[SignIn]) -> anyhow::Result<()> {
    let one = sign_ins
        .iter()
        .find(|one| one.district == "nashik")
        .context("a candidate")?;
    let at = format!("http://localhost:{}", node.plain.port());
    let mut client = crowd::client(vec![at], one)?;
    client.sign_in_surely(crowd::TRIES).await?;
    let started = client
        .start_surely(protocol::ids::SittingId(1), crowd::TRIES)
        .await?;
    let sealed = client.paper("1/1").await?;
    let key = base64::Engine::decode(&base64::engine::general_purpose::STANDARD, &started.key)?;
    let key = <[u8; 32]>::try_from(key).map_err(|_| anyhow::anyhow!("a key has 32 bytes"))?;
    assert_eq!(content::seal::open(&sealed, &key)?.items.len(), 3);
    Ok(())
}

/// The centre has an alarm that names the officers.
async fn centre_learns_who_opened_it(cluster: &Cluster) -> anyhow::Result<()> {
    eventually(
        "the centre learns who opened it",
        Duration::from_secs(60),
        || async {
            let status = cluster
                .ctl(&["status"])
                .await
                .map_err(|error| error.to_string())?;
            let alarms = status["alarms"].to_string();
            if alarms.contains("paper 1v1 was opened at this node by the shares of officers 1, 3") {
                Ok(())
            } else {
                Err(alarms)
            }
        },
    )
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn enough_officers_open_a_paper_at_a_node_without_the_centre() -> anyhow::Result<()> {
    let cluster = Cluster::start().await?;
    let sign_ins = crowd::enrol(&cluster, 1).await?;
    let officers = Officers::add(&cluster).await?;
    planned(&cluster).await?;
    let shares = deal(&cluster, &officers, "shares").await?;
    let others = deal(&cluster, &officers, "other-shares").await?;
    let node = cluster.nodes_of("nashik").swap_remove(0);
    sealed_paper_is_at(&cluster, &node).await?;

    cluster.wan("nashik", Line::Cut).await?;
    wrong_shares_are_refused(&cluster, &node, &shares, &others).await?;
    right_shares_open(&node, &shares).await?;
    remembered(&cluster, &node).await?;
    candidate_reads_the_paper(&node, &sign_ins).await?;

    cluster.wan("nashik", Line::Whole).await?;
    centre_learns_who_opened_it(&cluster).await
}
