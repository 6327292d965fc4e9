//! Damaged, wiped, rolled back and cloned nodes. Here a few candidates answer round by round, so that it is known at each
//! moment what was acknowledged and what the centre had of it: what it had must be there again when the node is back.

mod damage;
mod few;
mod verdict;

use std::{
    fs,
    path::Path,
    process::{Child, Command, Stdio},
    time::Duration,
};

use anyhow::{Context, bail, ensure};
use local::{plan::NodePlan, relay::Line, teacher::Client};
use rand::{Rng, seq::IndexedRandom};
use tests::{
    binary::pariksha,
    cluster::eventually,
    crowd::{self, TRIES},
};

use self::{
    damage::{copy_whole, damage},
    few::Few,
    verdict::{evidence, judge_by_content},
};
use crate::campaign::{Campaign, runs};

/// Damages between two runs of a node.
const DAMAGES_AT_ONCE: usize = 5;

/// How long a node may take to be back with everything.
const BACK_MAX: Duration = Duration::from_secs(60);

/// Nobody stands at the clone to unlock exams that move to it.
const FREE_MOVES: (&str, &str) = ("PARIKSHA_NODE_ATTEMPTS__MOVE_NEEDS_UNLOCK", "false");

const NO_PLACE_CHECK: (&str, &str) = ("PARIKSHA_NODE_ANSWER_LOG__PLACE_CHECKED", "false");

#[tokio::test(flavor = "multi_thread")]
async fn damaged_files() -> anyhow::Result<()> {
    let damages = runs(100);
    let mut few = Few::start("damaged_files", 30, &[]).await?;
    let names = ["pune-1", "mumbai-1", "nashik-1"];
    let mut done = 0;
    while done < damages {
        let name = *names.choose(&mut few.random).context("names")?;
        let node = few.node(name)?;
        few.answer(node.district, 3).await?;
        few.delivered(&node).await?;
        if few.random.random_bool(0.5) {
            few.campaign.cluster.kill(&node.name).await?;
        } else {
            few.stop(&node.name).await?;
        }
        let mut what = Vec::new();
        for _ in 0..DAMAGES_AT_ONCE.min(damages - done) {
            what.push(damage(&node.data, &mut few.random)?);
            done += 1;
        }
        few.campaign.cluster.start_again(&node.name).await?;
        let back = few.serves_everything(&node).await;
        back.with_context(|| format!("after the damages to {}: {what:#?}", node.name))?;
    }
    let memories = few.hand_in().await?;
    few.campaign.judge(&memories, done, "").await
}

/// The disk is replaced, and the machine joins again with a new token, as a new node.
#[tokio::test(flavor = "multi_thread")]
async fn node_wiped() -> anyhow::Result<()> {
    let mut few = Few::start("node_wiped", 30, &[]).await?;
    let names = ["pune-1", "mumbai-1"];
    for name in names {
        let node = few.node(name)?;
        few.answer(node.district, 6).await?;
        few.delivered(&node).await?;
        few.campaign.cluster.kill(name).await?;
        fs::remove_dir_all(&node.data)?;
        join_again(&few.campaign, &node).await?;
        few.campaign.cluster.start_again(name).await?;
        few.serves_everything(&node).await?;
        few.answer(node.district, 6).await?;
    }
    let memories = few.hand_in().await?;
    few.campaign.judge(&memories, names.len(), "").await
}

async fn join_again(campaign: &Campaign, node: &NodePlan) -> anyhow::Result<()> {
    let name = format!("{}-again", node.name);
    let made = campaign
        .cluster
        .ctl(&["node", "token", &name, "--district", node.district])
        .await?;
    let mut command = tokio::process::Command::new(pariksha());
    command.args([
        "as-node",
        "join",
        "--token",
        made["token"].as_str().context("a token")?,
    ]);
    command.arg("--data").arg(&node.data);
    for (flag, address) in [
        ("--link-address", node.link),
        ("--https-address", node.https),
        ("--plain-address", node.plain),
        ("--operator-address", node.operator),
    ] {
        command.arg(flag).arg(address.to_string());
    }
    command.args(["--public-url", &format!("http://localhost:{}", node.plain.port())]);
    if let Some(relay) = campaign.cluster.plan.peer_relay(node) {
        command
            .arg("--advertise-link-address")
            .arg(relay.listen.to_string());
    }
    for way in campaign.cluster.plan.relays(node) {
        command.arg("--coordinator").arg(way.listen.to_string());
    }
    let output = command.stdin(Stdio::null()).output().await?;
    ensure!(
        output.status.success(),
        "join failed: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    Ok(())
}

/// Yesterday's copy of the data directory is restored: the copied files give it away.
#[tokio::test(flavor = "multi_thread")]
async fn node_rolled_back() -> anyhow::Result<()> {
    let mut few = Few::start("node_rolled_back", 30, &[]).await?;
    let names = ["pune-1", "mumbai-1"];
    for name in names {
        let node = few.node(name)?;
        let before = roll_back(&mut few, &node).await?;
        few.campaign.cluster.start_again(name).await?;
        few.serves_everything(&node).await?;
        ensure!(
            few.log_of(&node).await? != before,
            "{name} goes on under the incarnation of the copy"
        );
        few.answer(node.district, 6).await?;
    }
    let memories = few.hand_in().await?;
    few.campaign.judge(&memories, names.len(), "").await
}

/// The image of the whole disk is restored, which no file gives away, while the WAN is cut: the node goes on under the old
/// incarnation until the centre says otherwise.
#[tokio::test(flavor = "multi_thread")]
async fn node_image_rolled_back() -> anyhow::Result<()> {
    let mut few = Few::start("node_image_rolled_back", 30, &[NO_PLACE_CHECK]).await?;
    let node = few.node("pune-1")?;
    let before = roll_back(&mut few, &node).await?;
    few.campaign.cluster.wan("pune", Line::Cut).await?;
    few.campaign.cluster.start_again("pune-1").await?;
    few.answer("pune", 4).await?;
    ensure!(
        few.log_of(&node).await? == before,
        "the image was to go on under its incarnation"
    );
    few.campaign.cluster.wan("pune", Line::Whole).await?;
    eventually(
        "the node begins a new incarnation by itself",
        BACK_MAX,
        || async {
            match few.log_of(&node).await {
                Ok(log) if log != before => Ok(()),
                other => Err(format!("{other:?}")),
            }
        },
    )
    .await?;
    few.serves_everything(&node).await?;
    few.answer("pune", 4).await?;
    settled(&few.campaign, &node.data).await?;
    evidence(&few.campaign, &before).await?;
    let memories = few.hand_in().await?;
    judge_by_content(&few.campaign, &memories, 1).await
}

/// Answers, a copy, more answers, and back to the copy; says under which log it was.
async fn roll_back(few: &mut Few, node: &NodePlan) -> anyhow::Result<String> {
    few.answer(node.district, 4).await?;
    few.delivered(node).await?;
    few.stop(&node.name).await?;
    let copy = node.data.with_extension("yesterday");
    copy_whole(&node.data, &copy)?;
    few.campaign.cluster.start_again(&node.name).await?;
    few.answer(node.district, 4).await?;
    few.delivered(node).await?;
    let before = few.log_of(node).await?;
    few.stop(&node.name).await?;
    fs::remove_dir_all(&node.data)?;
    copy_whole(&copy, &node.data)?;
    Ok(before)
}

/// A copy of the directory runs elsewhere under the same identity, as an image would.
#[tokio::test(flavor = "multi_thread")]
async fn node_cloned() -> anyhow::Result<()> {
    let mut few = Few::start("node_cloned", 30, &[NO_PLACE_CHECK]).await?;
    let node = few.node("pune-1")?;
    few.answer("pune", 4).await?;
    few.delivered(&node).await?;
    let before = few.log_of(&node).await?;
    few.stop("pune-1").await?;
    let copy = node.data.with_extension("clone");
    copy_whole(&node.data, &copy)?;
    few.campaign.cluster.start_again("pune-1").await?;
    let clone = Clone::start(&few.campaign, &copy)?;
    // One candidate at each; what each is told counts.
    let clients = few.clients.get_mut("pune").context("a district")?;
    let (sign_in, plain) = (
        few.campaign.sign_ins.iter().filter(|one| one.district == "pune"),
        clone.plain,
    );
    for ((client, seq), sign_in) in clients.iter_mut().zip(sign_in).skip(1) {
        let memory = client.memory.clone();
        *client = crowd::client(vec![format!("http://localhost:{plain}")], sign_in)?;
        client.memory = memory;
        client.sign_in_surely(TRIES).await?;
        take_over(client, few.campaign.sitting, seq).await?;
    }
    for _ in 0..4 {
        few.answer("pune", 2).await?;
    }
    evidence(&few.campaign, &before).await?;
    few.answer("pune", 2).await?;
    settled(&few.campaign, &node.data).await?;
    settled(&few.campaign, &copy).await?;
    let memories = few.hand_in().await?;
    // The clone has no line in the harness: all of it is at the centre when every acknowledged answer is.
    judge_by_content(&few.campaign, &memories, 1).await?;
    drop(clone);
    Ok(())
}

/// Another device takes the attempt over, again and again until the node is up.
async fn take_over(
    client: &mut Client,
    sitting: protocol::ids::SittingId,
    seq: &mut u32,
) -> anyhow::Result<()> {
    for _ in 0..TRIES {
        match client.take_over(sitting).await {
            Ok(started) => {
                *seq = started.next_seq;
                return Ok(());
            }
            Err(error) if error.is_passing() => tokio::time::sleep(Duration::from_millis(300)).await,
            Err(error) => return Err(error.into()),
        }
    }
    bail!("the clone does not serve")
}

/// A second process under the same identity. It ends with this.
struct Clone {
    child: Child,
    plain: u16,
}

impl Clone {
    fn start(campaign: &Campaign, data: &Path) -> anyhow::Result<Self> {
        // Ports of the plan's range that nobody has.
        let port = |offset: u16| format!("127.0.0.1:{}", campaign.cluster.plan.port_base + 90 + offset);
        let log = fs::File::create(data.with_extension("clone.log"))?;
        let child = Command::new(pariksha())
            .args(["as-node", "run", "--data"])
            .arg(data)
            .env("PARIKSHA_NODE_LINK__ADDRESS", port(1))
            .env("PARIKSHA_NODE_HTTP__HTTPS_ADDRESS", port(2))
            .env("PARIKSHA_NODE_HTTP__PLAIN_ADDRESS", port(3))
            .env("PARIKSHA_NODE_OPERATOR__ADDRESS", port(4))
            .env(NO_PLACE_CHECK.0, NO_PLACE_CHECK.1)
            .env(FREE_MOVES.0, FREE_MOVES.1)
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .spawn()?;
        Ok(Self {
            child,
            plain: campaign.cluster.plan.port_base + 93,
        })
    }
}

impl Drop for Clone {
    fn drop(&mut self) {
        // It may have ended by itself; then there is nothing to end.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Waits until every quarantine in a node's log directory is salvaged.
async fn settled(campaign: &Campaign, data: &Path) -> anyhow::Result<()> {
    let log = data.join("log");
    eventually("what is in quarantine is salvaged", BACK_MAX, || async {
        let open = fs::read_dir(&log)
            .map_err(|error| error.to_string())?
            .filter_map(|entry| {
                let path = entry.ok()?.path();
                let name = path.file_name()?.to_string_lossy().into_owned();
                let is_open = path.is_dir()
                    && name.contains(".quarantine-")
                    && !log.join(format!("{name}.salvaged")).exists();
                is_open.then_some(name)
            });
        match open.collect::<Vec<_>>() {
            open if open.is_empty() => Ok(()),
            open => Err(format!("{}: {open:?}", campaign.name)),
        }
    })
    .await
}
