//! How long a node with a season's answers takes to come back: the log is written by the node's own store behind what a
//! stopped node's log holds, then the node is started as ever and timed until it accepts candidates.

use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use link::{Identity, PeerName};
use protocol::{
    ids::{CandidateId, Incarnation, LogId, NodeId, PaperId, PaperRef, PaperVersion},
    time::Instant as DistrictInstant,
};
use store::frames::{FrameLog, Outcome};
use tokio::time::Instant;

use crate::{
    Options,
    backlog::{self, Crowd, Written},
    ground::{self, Ground},
    report::Report,
    usage,
};

/// What is asked of it.
#[derive(Debug, clap::Args)]
pub(crate) struct StartUp {
    /// Answers in the log.
    #[arg(long, default_value_t = 2_000_000)]
    answers: u64,
    /// Candidates who gave them.
    #[arg(long, default_value_t = 20_000)]
    candidates: u32,
    /// Answers in one frame: 2 is what a district's exam pace makes, hundreds what a rush makes.
    #[arg(long, default_value_t = 2)]
    records_per_frame: usize,
    /// For the random numbers.
    #[arg(long, default_value_t = 4)]
    seed: u64,
}

/// One start.
struct Start {
    verified: Duration,
    started: Duration,
    peak_kb: f64,
    standing_kb: f64,
}

impl StartUp {
    pub(crate) async fn run(&self, options: &Options) -> Result<Report> {
        let cores = options.cores().shared();
        let ground = Ground::with_candidates(1).await?;
        let log = log_of(&ground)?;
        let empty = ground.start(cores).await?;
        let empty_kb = usage::memory_peak_kb(empty.server.pid())?;
        let empty_time = empty.started_in;
        empty.server.stop()?;
        eprintln!("writing {} answers", self.answers);
        let written = self.write(&ground, log)?;
        // The first start after that moves the head: the others find what a stopped node leaves.
        ground.start(cores).await?.server.stop()?;
        cores.hold_client()?;
        let mut starts = Vec::new();
        for _ in 0..options.turns.max(1) {
            starts.push(one(&ground, log, &written, options).await?);
        }
        Ok(self.report(&starts, (empty_time, empty_kb), &written))
    }

    fn write(&self, ground: &Ground, log: LogId) -> Result<Written> {
        let numbers = ground::NUMBER_FIRST..ground::NUMBER_FIRST + self.candidates;
        let paper = PaperRef {
            paper: PaperId(1),
            version: PaperVersion(1),
        };
        let origin = DistrictInstant(1_790_000_000_000);
        let mut crowd = Crowd::new(
            numbers.map(CandidateId),
            ground.sitting,
            paper,
            ground.kinds.clone(),
            (self.seed, origin),
        );
        backlog::write(
            &ground.node.data,
            log,
            &mut crowd,
            self.answers,
            self.records_per_frame,
        )
    }

    fn report(&self, starts: &[Start], (empty_time, empty_kb): (Duration, f64), written: &Written) -> Report {
        let title = format!(
            "Start of a node with {} answers of {} candidates in its log",
            self.answers, self.candidates
        );
        let mut report = Report::new("start-up", title);
        let seconds =
            |value: fn(&Start) -> Duration| starts.iter().map(move |start| value(start).as_secs_f64());
        report.series("process start to HTTPS open", "s", seconds(|start| start.started));
        report.series(
            "the store alone opens and verifies the log",
            "s",
            seconds(|start| start.verified),
        );
        report.series("the same node with an empty log", "s", [empty_time.as_secs_f64()]);
        report.series(
            "memory at its peak",
            "MB",
            starts.iter().map(|start| start.peak_kb / 1024.0),
        );
        report.series(
            "memory once it stands",
            "MB",
            starts.iter().map(|start| start.standing_kb / 1024.0),
        );
        report.series("memory at its peak with an empty log", "MB", [empty_kb / 1024.0]);
        report.note(format!(
            "{} frames, {} MB of them; seed {}; files are in the kernel's cache",
            written.frames,
            written.frame_bytes / 1_000_000,
            self.seed
        ));
        report.note(
            "on both cores, of which the bench only waits on one: nothing else is done while a node starts",
        );
        report.note("opening and verifying was timed in a process of its own between the starts; in the node the attempts are rebuilt beside it");
        report
    }
}

async fn one(ground: &Ground, log: LogId, written: &Written, options: &Options) -> Result<Start> {
    let verified = verify(ground, log, written)?;
    let node = ground.start(options.cores().shared()).await?;
    let pid = node.server.pid();
    let start = Start {
        verified,
        started: node.started_in,
        peak_kb: usage::memory_peak_kb(pid)?,
        standing_kb: usage::memory(pid)?.proportional_kb,
    };
    node.server.stop()?;
    Ok(start)
}

/// The store alone: every frame is read and its place in the chain checked.
fn verify(ground: &Ground, log: LogId, written: &Written) -> Result<Duration> {
    let directory = ground
        .node
        .data
        .join("log")
        .join(format!("{:016x}", log.incarnation.0));
    let begun = Instant::now();
    let opened = FrameLog::open(
        &directory,
        Some(log),
        &store::Settings::default(),
        &mut |_| {},
        &mut |_| {},
    )?;
    let taken = begun.elapsed();
    match opened {
        Outcome::Opened { head, .. } => ensure!(
            head.sequence >= written.end.sequence,
            "the log ends at {} and not at {}",
            head.sequence,
            written.end.sequence
        ),
        Outcome::Doubt { reason } => bail!("the log is in doubt: {reason}"),
    }
    Ok(taken)
}

/// The life of the node's log that will be continued.
fn log_of(ground: &Ground) -> Result<LogId> {
    let PeerName::Node(node) = Identity::load(&ground.identity())?.name() else {
        bail!("the identity is not a node's");
    };
    let lives = std::fs::read_dir(ground.node.data.join("log"))?.filter_map(Result::ok);
    let names = lives.filter_map(|life| life.file_name().into_string().ok());
    let mut incarnations = names
        .filter(|name| name.len() == 16)
        .filter_map(|name| u64::from_str_radix(&name, 16).ok());
    Ok(LogId {
        node: NodeId(node),
        incarnation: Incarnation(incarnations.next().context("the node has a log")?),
    })
}
