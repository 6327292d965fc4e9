//! Durable answers through the committer alone: no HTTP, no rules, a real log in a real directory. One frame per sled value
//! (the node's own committer) against one sled value per answer (the same store, the same sync, the same waiting), in one
//! run, turn by turn. Then what the peer's copy adds to one acknowledgement on loopback.
//!
//! `tests/bench/run` builds it in release and prints its tables.

#![allow(clippy::print_stdout, reason = "the tables are what it is for")]

#[path = "commit/district.rs"]
mod district;
#[path = "commit/head.rs"]
mod head;
#[path = "commit/single.rs"]
mod single;
#[path = "commit/table.rs"]
mod table;

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use anyhow::{Context, Result};
use clap::Parser;
use daemon::{CancellationToken, Tasks};
use node::log::{self, Fold, Log, Opened, Opening};
use protocol::{
    epoch::Epoch,
    frame::{EncodedRecord, Frame},
    ids::{AttemptKey, CandidateId, DeviceTag, ItemNo, NodeId, ResponseSeq, SittingId},
    record::{Event, Record},
    time::When,
};
use tokio::{runtime::Runtime, task::JoinSet};

/// Bytes of one record, as the issue counts it.
const RECORD_BYTES: usize = 300;

#[derive(Parser)]
#[command(about = "Durable answers a second through the committer alone")]
struct Arguments {
    /// Answers that wait at one time.
    #[arg(long, default_value_t = 512)]
    waiting: usize,
    /// Seconds of each turn.
    #[arg(long, default_value_t = 2)]
    seconds: u64,
    /// Turns of each program; an odd number has a median.
    #[arg(long, default_value_t = 5)]
    turns: usize,
    /// Where the logs lie; a directory of its own is made there and removed.
    #[arg(long, default_value = "target/bench")]
    directory: PathBuf,
    /// Only the committer, not the district.
    #[arg(long)]
    committer_only: bool,
    /// Only the district, not the committer.
    #[arg(long, conflicts_with = "committer_only")]
    district_only: bool,
    /// A directory on another disk, for one more line: the district when the two copies do not wait for one disk. On
    /// Linux without a second disk, memory: /dev/shm.
    #[arg(long)]
    other_disk: Option<PathBuf>,
}

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()?;
    std::fs::create_dir_all(&arguments.directory)?;
    let directory = tempfile::tempdir_in(&arguments.directory)?;
    let time = Duration::from_secs(arguments.seconds);
    if !arguments.district_only {
        committers(&runtime, directory.path(), &arguments, time)?;
    }
    if !arguments.committer_only {
        if !arguments.district_only {
            heads(&directory.path().join("heads"), arguments.turns)?;
        }
        districts(&runtime, directory.path(), &arguments)?;
    }
    Ok(())
}

/// Prints durable answers a second, of frames and of single rows.
fn committers(runtime: &Runtime, directory: &Path, arguments: &Arguments, time: Duration) -> Result<()> {
    let mut frames = Vec::new();
    let mut singles = Vec::new();
    // One turn of each to warm up, which does not count.
    for turn in 0..=arguments.turns {
        let place = directory.join(format!("frames-{turn}"));
        let of_frames = runtime.block_on(committer(&place, arguments.waiting, time))?;
        let place = directory.join(format!("single-{turn}"));
        let of_singles = runtime.block_on(single::run(&place, arguments.waiting, time, &record()))?;
        if turn > 0 {
            frames.push(of_frames);
            singles.push(of_singles);
        }
    }
    println!(
        "durable answers/s, {RECORD_BYTES} bytes each, {} waiting",
        arguments.waiting
    );
    table::print(&mut [
        ("one sled value per frame", &mut frames),
        ("one sled value per answer", &mut singles),
    ]);
    Ok(())
}

/// Prints what the peer's copy adds to one acknowledgement.
fn districts(runtime: &Runtime, directory: &Path, arguments: &Arguments) -> Result<()> {
    let other = arguments
        .other_disk
        .as_ref()
        .map(tempfile::tempdir_in)
        .transpose()?;
    let place = directory.join("district");
    let other = other.as_ref().map(tempfile::TempDir::path);
    let mut turns = runtime.block_on(district::run(&place, other, arguments.turns))?;
    println!("\nacknowledgement of one answer, p50 in microseconds, on loopback, one waiting");
    let mut rows: Vec<(&str, &mut Vec<f64>)> = vec![
        ("durability: district (a peer's disk too)", &mut turns.linked),
        ("two logs on this disk, no link", &mut turns.side_by_side),
        ("durability: node (this disk)", &mut turns.alone),
    ];
    if other.is_some() {
        rows.insert(1, ("district, the peer on another disk", &mut turns.elsewhere));
    }
    table::print(&mut rows);
    Ok(())
}

/// Prints what the head slot costs, for three sizes of frame.
fn heads(directory: &Path, turns: usize) -> Result<()> {
    for records in head::RECORDS {
        let mut rates = [const { Vec::new() }; 3];
        for turn in 0..turns {
            let place = directory.join(format!("{records}-{turn}"));
            let of_turn = head::turn(&place, records, &record())?;
            for (rates, rate) in rates.iter_mut().zip(of_turn) {
                rates.push(rate);
            }
            std::fs::remove_dir_all(&place)?;
        }
        let [mut alone, mut beside, mut synced] = rates;
        println!("\ncommits/s, {records} records a frame, one waiting");
        table::print(&mut [
            ("the head synced beside each commit", &mut synced),
            ("the head written beside each commit", &mut beside),
            ("the frame alone", &mut alone),
        ]);
    }
    Ok(())
}

/// A record of about [`RECORD_BYTES`].
fn record() -> EncodedRecord {
    let digits = "7".repeat(RECORD_BYTES - 30);
    let record = Record {
        when: When {
            at: protocol::time::Instant(1_700_000_000_000),
            elapsed_ms: 1_000_000,
            error_ms: 10,
        },
        attempt: AttemptKey {
            sitting: SittingId(1),
            candidate: CandidateId(27_001),
        },
        event: Event::Answered {
            item: ItemNo(7),
            epoch: Epoch::first(DeviceTag(u32::MAX)),
            seq: ResponseSeq(1_000),
            response: Some(protocol::response::Response::Number(digits)),
            marked: false,
            late: false,
        },
    };
    EncodedRecord::new(&record).expect("it is below the limit")
}

/// A log on a real directory with nobody to copy it.
pub(crate) struct Running {
    pub(crate) log: Log,
    pub(crate) peers: log::PeerProgress,
    tasks: Tasks,
    closing: CancellationToken,
}

impl Running {
    pub(crate) fn open(directory: &Path, node: u32) -> Result<Self> {
        let tasks = Tasks::new(CancellationToken::new());
        let closing = CancellationToken::new();
        let settings = log::Settings::default();
        let store = store::Settings::default();
        let opening = Opening {
            directory,
            node: NodeId(node),
            now: protocol::time::Instant(1),
            may_end: &|| false,
            settings: &settings,
            store: &store,
            random: 77,
        };
        let on_commit = Arc::new(|_: &Frame| {});
        let Opened { log, peers, .. } = log::open(
            &opening,
            &mut |_: Fold<'_>| {},
            on_commit,
            &tasks,
            closing.clone(),
        )?;
        Ok(Self {
            log,
            peers,
            tasks,
            closing,
        })
    }

    pub(crate) async fn stop(self) {
        let Self {
            log,
            tasks,
            closing,
            peers,
        } = self;
        drop((log, peers));
        tasks.shutdown_token().cancel();
        closing.cancel();
        let outcome = tasks.join(Duration::from_secs(20)).await;
        assert!(outcome.is_clean(), "{outcome:?}");
    }
}

/// Durable answers a second through the node's committer.
async fn committer(directory: &Path, waiting: usize, time: Duration) -> Result<f64> {
    let running = Running::open(directory, 1).context("the log does not open")?;
    let record = record();
    let started = tokio::time::Instant::now();
    let mut writers = JoinSet::new();
    for _ in 0..waiting {
        let (log, record) = (running.log.clone(), record.clone());
        writers.spawn(async move {
            let mut answers = 0u64;
            while started.elapsed() < time {
                log.append(vec![record.clone()]).await?;
                answers += 1;
            }
            Ok::<u64, log::AppendError>(answers)
        });
    }
    let mut answers = 0;
    while let Some(writer) = writers.join_next().await {
        answers += writer??;
    }
    let rate = answers as f64 / started.elapsed().as_secs_f64();
    running.stop().await;
    Ok(rate)
}
