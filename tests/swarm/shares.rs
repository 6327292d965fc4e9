//! The load processes: this program, run again for each share of the teachers. Writes their orders, reads their lines,
//! gathers what they were told.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    process::Stdio,
};

use anyhow::{Context, bail};
use protocol::ids::SittingId;
use tests::{cluster::Cluster, exam::Exam};
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child, ChildStdin, Command},
    sync::mpsc,
    task::JoinSet,
};

use crate::{
    ground,
    message::{self, Line, NodeAddress, Orders, Outcome, SlotOrders, TeacherOrders, Tick},
    scenario::Scenario,
    share,
    stage::Enrolled,
    timetable::Hours,
};

/// Lines that may wait for the parent.
const LINES_WAITING_MAX: usize = 64;

/// The running shares.
pub(crate) struct Shares {
    children: Vec<Child>,
    /// While these are open the shares know that their parent lives.
    lifelines: Vec<ChildStdin>,
    outcomes: Vec<PathBuf>,
    readers: JoinSet<anyhow::Result<()>>,
    ticks: mpsc::Receiver<(usize, Tick)>,
}

/// What all shares have in common.
pub(crate) struct Common<'a> {
    /// The scenario.
    pub scenario: &'a Scenario,
    /// Its sittings, by slot.
    pub sittings: &'a [SittingId],
    /// Its paper.
    pub exam: &'a Exam,
    /// The beginning, in milliseconds of the wall clock.
    pub begins_at_ms: i64,
    /// Of all choices.
    pub seed: u64,
}

impl Shares {
    /// Starts the shares.
    pub(crate) fn start(
        cluster: &Cluster,
        common: &Common<'_>,
        enrolled: &[Enrolled],
        processes: usize,
    ) -> anyhow::Result<Self> {
        let (sender, ticks) = mpsc::channel(LINES_WAITING_MAX);
        let mut shares = Self {
            children: Vec::new(),
            lifelines: Vec::new(),
            outcomes: Vec::new(),
            readers: JoinSet::new(),
            ticks,
        };
        let teachers = teachers(cluster, common.scenario, enrolled)?;
        for number in 0..processes {
            // Dealt out like cards, so that every share has teachers of every district and slot.
            let own = teachers.iter().skip(number).step_by(processes).cloned().collect();
            let outcome = cluster.path(format!("swarm-outcome-{number}"));
            let orders = orders(cluster, common, own, outcome.clone())?;
            let file = cluster.path(format!("swarm-orders-{number}"));
            message::write(&file, &orders)?;
            let mut child = spawn(&file)?;
            let out = child.stdout.take().context("a share has an output")?;
            shares
                .readers
                .spawn(read_lines(number, BufReader::new(out), sender.clone()));
            shares.lifelines.extend(child.stdin.take());
            shares.children.push(child);
            shares.outcomes.push(outcome);
        }
        Ok(shares)
    }

    /// The process ids.
    pub(crate) fn pids(&self) -> Vec<u32> {
        self.children.iter().filter_map(Child::id).collect()
    }

    /// The next tick of any share, with its number; none when all are through.
    pub(crate) async fn tick(&mut self) -> Option<(usize, Tick)> {
        self.ticks.recv().await
    }

    /// What everybody was told, once all are through.
    pub(crate) async fn gather(mut self) -> anyhow::Result<Vec<Outcome>> {
        while let Some(read) = self.readers.join_next().await {
            read.context("a reader ended with a panic")??;
        }
        for child in &mut self.children {
            let status = child.wait().await?;
            anyhow::ensure!(status.success(), "a share ended with {status}");
        }
        drop(self.lifelines);
        self.outcomes.iter().map(|path| message::read(path)).collect()
    }
}

fn spawn(orders: &Path) -> anyhow::Result<Child> {
    Command::new(std::env::current_exe().context("this program cannot find its own file")?)
        .arg(share::ARGUMENT)
        .arg(orders)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .context("a share cannot be started")
}

async fn read_lines(
    number: usize,
    out: BufReader<tokio::process::ChildStdout>,
    ticks: mpsc::Sender<(usize, Tick)>,
) -> anyhow::Result<()> {
    let mut lines = out.lines();
    while let Some(line) = lines.next_line().await? {
        match serde_json::from_str(&line).context("a share spoke in another form")? {
            Line::Tick(tick) => {
                // The parent has stopped listening when it is ending.
                let _ = ticks.send((number, *tick)).await;
            }
            Line::Done => return Ok(()),
            Line::Failed(why) => bail!("share {number}: {why}"),
        }
    }
    bail!("share {number} ended without a word")
}

fn teachers(
    cluster: &Cluster,
    scenario: &Scenario,
    enrolled: &[Enrolled],
) -> anyhow::Result<Vec<TeacherOrders>> {
    let places: BTreeMap<&str, (u8, usize)> = (0..)
        .zip(local::plan::DISTRICTS)
        .map(|(place, (name, _))| (name, (place, cluster.nodes_of(name).len())))
        .collect();
    let teacher = |(index, one): (u32, &Enrolled)| {
        let district = one.sign_in.district.as_str();
        let (district, nodes) = *places.get(district).context("a candidate of no district")?;
        Ok(TeacherOrders {
            candidate: one.sign_in.candidate.0,
            code: one.sign_in.code.clone(),
            district,
            slot: one.slot,
            // Half a hall here, half there would be no hall: a hall goes to one node.
            node: (index / scenario.pace.per_address) as u8 % nodes as u8,
            address: ground::address(index / scenario.pace.per_address)?,
        })
    };
    (0..).zip(enrolled).map(teacher).collect()
}

fn orders(
    cluster: &Cluster,
    common: &Common<'_>,
    teachers: Vec<TeacherOrders>,
    outcome: PathBuf,
) -> anyhow::Result<Orders> {
    let nodes = cluster.plan.nodes();
    let authority = nodes
        .first()
        .context("there are nodes")?
        .data
        .join("identity")
        .join("ca.crt");
    let addresses = |district: &str| {
        let of_district = nodes.iter().filter(|node| node.district == district);
        let address = of_district.map(|node| NodeAddress {
            url: format!("http://localhost:{}", node.plain.port()),
            https: node.https,
        });
        address.collect()
    };
    let slots = common
        .sittings
        .iter()
        .enumerate()
        .map(|(slot, sitting)| SlotOrders {
            sitting: sitting.0,
            hours: Hours::of(common.scenario, slot),
        });
    let pace = &common.scenario.pace;
    Ok(Orders {
        begins_at_ms: common.begins_at_ms,
        seed: common.seed,
        authority: std::fs::read_to_string(&authority)
            .with_context(|| format!("{} cannot be read", authority.display()))?,
        districts: local::plan::DISTRICTS
            .iter()
            .map(|(name, _)| addresses(name))
            .collect(),
        slots: slots.collect(),
        items: common
            .exam
            .items
            .iter()
            .map(|(item, known)| (item.0, known.kind.clone()))
            .collect(),
        poll_seconds: pace.poll_seconds,
        look_seconds: pace.look_seconds,
        change_percent: pace.change_percent,
        mark_percent: pace.mark_percent,
        teachers,
        outcome,
    })
}
