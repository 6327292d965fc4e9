//! Damaged, wiped, rolled back and cloned nodes. Here a few candidates answer round by round, so that it is known at each
//! moment what was acknowledged and what the centre had of it: what it had must be there again when the node is back.

use std::{
    collections::BTreeMap,
    fs,
    io::{Seek, SeekFrom, Write},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

use anyhow::{Context, bail, ensure};
use local::{
    plan::NodePlan,
    relay::Line,
    teacher::{Client, Given, any_response, submission_id},
};
use protocol::{
    ids::{ItemNo, Sequence},
    record::Event,
};
use rand::{Rng, rngs::StdRng, seq::IndexedRandom};
use rustix::process::Signal;
use serde_json::Value;
use tests::{
    binary::pariksha,
    cluster::eventually,
    crowd::{self, Memories, TRIES},
    oracle::{self, CentralLog, Counts},
};

use crate::campaign::{Campaign, runs};

/// Damages between two runs of a node.
const DAMAGES_AT_ONCE: usize = 5;

/// How long a node may take to be back with everything.
const BACK_MAX: Duration = Duration::from_secs(60);

const NO_PLACE_CHECK: (&str, &str) = ("PARIKSHA_NODE_ANSWER_LOG__PLACE_CHECKED", "false");

/// A few candidates who answer when they are told to.
struct Few {
    campaign: Campaign,
    random: StdRng,
    clients: BTreeMap<&'static str, Vec<(Client, u32)>>,
}

impl Few {
    async fn start(name: &'static str, items: usize, settings: &[(&str, &str)]) -> anyhow::Result<Self> {
        let campaign = Campaign::start_with(name, 2, items, settings).await?;
        let random = campaign.random();
        let mut clients: BTreeMap<&'static str, Vec<(Client, u32)>> = BTreeMap::new();
        for sign_in in &campaign.sign_ins {
            let mut client = crowd::client(crowd::addresses(&campaign.cluster, sign_in), sign_in)?;
            client.sign_in_surely(TRIES).await?;
            let seq = client.start_surely(campaign.sitting, TRIES).await?.next_seq;
            let node = campaign.cluster.nodes_of(&sign_in.district);
            let district = node.first().context("every district has a node")?.district;
            clients.entry(district).or_default().push((client, seq));
        }
        Ok(Self {
            campaign,
            random,
            clients,
        })
    }

    fn node(&self, name: &str) -> anyhow::Result<NodePlan> {
        let nodes = self.campaign.cluster.plan.nodes();
        nodes
            .into_iter()
            .find(|node| node.name == name)
            .context("a node of the plan")
    }

    /// Each candidate of the district answers so many items.
    async fn answer(&mut self, district: &str, count: usize) -> anyhow::Result<()> {
        let items: Vec<ItemNo> = self.campaign.exam.items.keys().copied().collect();
        for (client, seq) in self.clients.get_mut(district).context("a district")? {
            let mut responses = Vec::new();
            for item in items.choose_multiple(&mut self.random, count) {
                let kind = self.campaign.exam.items[item].kind;
                responses.push(Given {
                    item: *item,
                    seq: *seq,
                    response: Some(any_response(kind, &mut self.random)),
                    marked: false,
                });
                *seq += 1;
            }
            let saved = client.save_surely(&responses, TRIES).await?;
            ensure!(saved.refused.is_empty(), "refused: {:?}", saved.refused);
        }
        Ok(())
    }

    /// Waits until the centre has all that the node acknowledged.
    async fn delivered(&self, node: &NodePlan) -> anyhow::Result<()> {
        eventually("everything is delivered", BACK_MAX, || async {
            let status = self.campaign.cluster.node_status(node).await;
            let status = status.map_err(|error| error.to_string())?;
            let (head, delivered) = (&status["log"]["head"], &status["log"]["delivered"]);
            let lag = status["lag_seconds"].as_f64();
            if head == delivered && lag == Some(0.0) {
                Ok(())
            } else {
                Err(status["log"].to_string())
            }
        })
        .await
    }

    /// Waits until the node serves each candidate of its district with everything that was acknowledged.
    async fn serves_everything(&mut self, node: &NodePlan) -> anyhow::Result<()> {
        let url = format!("http://localhost:{}", node.plain.port());
        for (client, _) in self.clients.get_mut(node.district).context("a district")? {
            while client.node() != url {
                client.fail_over();
            }
            let right = client.memory.responses();
            let client = &*client;
            eventually("the node serves everything", BACK_MAX, || async {
                let attempt = client.attempt().await.map_err(|error| format!("{error:?}"))?;
                let given: Vec<Given> = serde_json::from_value(attempt["responses"].clone())
                    .map_err(|error| error.to_string())?;
                let held: BTreeMap<_, _> = given
                    .into_iter()
                    .filter_map(|given| Some((given.item, given.response?)))
                    .collect();
                if held == right {
                    Ok(())
                } else {
                    Err(format!(
                        "candidate {}: {} of {} responses: {held:?}, right {right:?}",
                        client.memory.candidate,
                        held.len(),
                        right.len()
                    ))
                }
            })
            .await?;
        }
        Ok(())
    }

    /// SIGTERM, and waits until it has ended.
    async fn stop(&self, name: &str) -> anyhow::Result<()> {
        self.campaign.cluster.signal(name, Signal::TERM).await?;
        eventually("the node has stopped", Duration::from_secs(20), || async {
            let running = self.campaign.cluster.process_ids().await;
            match running.map_err(|error| error.to_string())?.contains_key(name) {
                true => Err("it runs".to_owned()),
                false => Ok(()),
            }
        })
        .await
    }

    async fn log_of(&self, node: &NodePlan) -> anyhow::Result<String> {
        let status = self.campaign.cluster.node_status(node).await?;
        Ok(status["log"]["id"]
            .as_str()
            .context("a node names its log")?
            .to_owned())
    }

    /// Hands all in and gives the memories.
    async fn hand_in(&mut self) -> anyhow::Result<Memories> {
        let mut memories = Memories::new();
        for (client, _) in self.clients.values_mut().flatten() {
            let submission = submission_id(&mut self.random);
            client.submit_surely(&submission, TRIES).await?;
            memories.insert(client.memory.candidate, client.memory.clone());
        }
        Ok(memories)
    }
}

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

/// Damages one file of a node's data directory; says what it did. The certificate and the configuration are left alone: a
/// node without them cannot know who it is, and says so.
fn damage(data: &Path, random: &mut StdRng) -> anyhow::Result<String> {
    let mut files = Vec::new();
    files_below(data, &mut files)?;
    files.retain(|file| {
        let rest = file
            .strip_prefix(data)
            .unwrap_or(file)
            .to_string_lossy()
            .into_owned();
        !rest.starts_with("identity") && rest != "node.toml" && !rest.contains("quarantine")
    });
    let file = files.choose(random).context("the node has files")?;
    let length = fs::metadata(file)?.len();
    let mut open = fs::OpenOptions::new().write(true).read(true).open(file)?;
    let at = |random: &mut StdRng| random.random_range(0..length.max(1));
    let what = match random.random_range(0..4) {
        0 => {
            let place = at(random);
            let mut byte = [0];
            open.seek(SeekFrom::Start(place))?;
            // An empty file has no byte to flip: it gets one.
            let _ = std::io::Read::read(&mut open, &mut byte)?;
            open.seek(SeekFrom::Start(place))?;
            open.write_all(&[byte[0] ^ (1 << random.random_range(0..8))])?;
            format!("flipped a bit at {place}")
        }
        1 => {
            let place = at(random) / 4096 * 4096;
            open.seek(SeekFrom::Start(place))?;
            open.write_all(&vec![0; 4096.min(length.saturating_sub(place)) as usize])?;
            format!("zeroed a page at {place}")
        }
        2 => {
            let place = at(random);
            open.set_len(place)?;
            format!("truncated to {place}")
        }
        _ => {
            open.seek(SeekFrom::End(0))?;
            let garbage: Vec<u8> = (0..random.random_range(1..5000))
                .map(|_| random.random())
                .collect();
            open.write_all(&garbage)?;
            format!("{} bytes of garbage at the end", garbage.len())
        }
    };
    Ok(format!(
        "{} ({length} bytes): {what}",
        file.strip_prefix(data)?.display()
    ))
}

fn files_below(directory: &Path, files: &mut Vec<PathBuf>) -> anyhow::Result<()> {
    for entry in fs::read_dir(directory)? {
        let path = entry?.path();
        if path.is_dir() {
            files_below(&path, files)?;
        } else {
            files.push(path);
        }
    }
    files.sort();
    Ok(())
}

fn copy_whole(from: &Path, to: &Path) -> anyhow::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy_whole(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
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
        tokio::time::sleep(Duration::from_millis(500)).await;
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

/// The centre keeps the second history as evidence, readable, and alarms.
async fn evidence(campaign: &Campaign, log: &str) -> anyhow::Result<()> {
    eventually("the centre has evidence and alarms", BACK_MAX, || async {
        let forks = campaign
            .cluster
            .ctl(&["log", "forks", log])
            .await
            .map_err(|error| error.to_string())?;
        let frames = forks.as_array().map_or(0, Vec::len);
        let status = campaign
            .cluster
            .ctl(&["status"])
            .await
            .map_err(|error| error.to_string())?;
        let alarmed = status["alarms"].to_string().contains("another history");
        if frames > 0 && alarmed {
            Ok(())
        } else {
            Err(format!("{frames} frames, alarms {}", status["alarms"]))
        }
    })
    .await
}

/// The oracle where a life was ended for a fork: an acknowledged answer may lie in another place than the client was told,
/// but it lies at the centre, with the same content, and attempts and scores are what was told.
async fn judge_by_content(campaign: &Campaign, memories: &Memories, runs: usize) -> anyhow::Result<()> {
    eventually("every acknowledged answer is at the centre", BACK_MAX, || async {
        let read = oracle::central_logs(&campaign.cluster).await;
        let logs = read.map_err(|error| format!("{error:#}"))?;
        match lost(memories, &logs).first() {
            None => Ok(()),
            Some(lost) => Err(format!("LOST: {lost}")),
        }
    })
    .await?;
    let logs = oracle::central_logs(&campaign.cluster).await?;
    let mut counts = Counts::default();
    oracle::merged_attempts_are_what_was_told(&campaign.cluster, memories, campaign.sitting, &mut counts)
        .await?;
    oracle::scores_are_right(
        &campaign.cluster,
        &campaign.exam,
        memories,
        campaign.sitting,
        &mut counts,
    )
    .await?;
    oracle::report_balances(&campaign.cluster, campaign.sitting).await?;
    let told = memories.values().flat_map(|memory| &memory.acknowledged);
    let moved = told
        .clone()
        .filter(|told| !is_at(&logs, &told.log, told.sequence, &told.given))
        .count();
    println!(
        "{}: runs {runs}, acknowledged {}, lost 0, twice 0, attempts {}, logs {}, carried over to another log {moved}",
        campaign.name,
        told.count(),
        counts.attempts,
        logs.len()
    );
    Ok(())
}

fn is_at(logs: &BTreeMap<String, CentralLog>, log: &str, sequence: u64, given: &Given) -> bool {
    let record = logs.get(log).and_then(|log| log.records.get(&Sequence(sequence)));
    record.is_some_and(|record| is_answer(&record.event, given))
}

fn is_answer(event: &Event, given: &Given) -> bool {
    matches!(event, Event::Answered { item, seq, response, marked, .. }
        if (item, seq.0, response, marked) == (&given.item, given.seq, &given.response, &given.marked))
}

/// Acknowledged answers that no log at the centre holds.
fn lost(memories: &Memories, logs: &BTreeMap<String, CentralLog>) -> Vec<Value> {
    let mut lost = Vec::new();
    for (candidate, memory) in memories {
        for told in &memory.acknowledged {
            let records = logs.values().flat_map(|log| log.records.values());
            let mut of_candidate = records.filter(|record| record.attempt.candidate == *candidate);
            if !of_candidate.any(|record| is_answer(&record.event, &told.given)) {
                lost.push(
                    serde_json::json!({ "candidate": candidate, "log": told.log, "sequence": told.sequence }),
                );
            }
        }
    }
    lost
}
