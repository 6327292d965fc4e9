//! The committer over a real log in a directory of its own.

use std::{
    path::Path,
    sync::{Arc, Mutex},
    time::Duration,
};

use daemon::{CancellationToken, Tasks};
use protocol::{
    frame::{EncodedRecord, Frame},
    ids::{AttemptKey, CandidateId, DeviceTag, LogId, NodeId, Sequence, SittingId},
    record::{Event, Record},
    time::{Instant, When},
};

use store::frames::FrameReader;

use crate::log::{self, AppendError, Durability, Fold, Log, Opened, Opening, PeerProgress, Settings};

const NODE: NodeId = NodeId(7);
const GRACE: Duration = Duration::from_secs(20);

struct Running {
    log: Log,
    earlier: Vec<LogId>,
    peers: PeerProgress,
    tasks: Tasks,
    closing: CancellationToken,
    /// Sequences of the records that were folded in at the opening, and of those committed since.
    folded: Vec<Sequence>,
    committed: Arc<Mutex<Vec<Sequence>>>,
}

fn open(directory: &Path, settings: &Settings, random: u64) -> Running {
    open_at(directory, settings, random, Instant(1), false)
}

fn open_at(directory: &Path, settings: &Settings, random: u64, now: Instant, may_end: bool) -> Running {
    let tasks = Tasks::new(CancellationToken::new());
    let closing = CancellationToken::new();
    let store = store::Settings::default().with_cache_bytes(1024 * 1024);
    let opening = Opening {
        directory,
        node: NODE,
        now,
        may_end: &|| may_end,
        settings,
        store: &store,
        random,
    };
    let mut folded = Vec::new();
    let mut fold = |fold: Fold<'_>| match fold {
        Fold::Reset => folded.clear(),
        Fold::Frame(frame) => folded.extend(sequences(frame)),
    };
    let committed = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&committed);
    let on_commit = Arc::new(move |frame: &Frame| seen.lock().unwrap().extend(sequences(frame)));
    let opened = log::open(&opening, &mut fold, on_commit, &tasks, closing.clone());
    let Opened { log, earlier, peers } = opened.unwrap();
    Running {
        log,
        earlier: earlier.iter().map(FrameReader::id).collect(),
        peers,
        tasks,
        closing,
        folded,
        committed,
    }
}

impl Running {
    async fn stop(self) {
        let Self {
            log, tasks, closing, ..
        } = self;
        drop(log);
        tasks.shutdown_token().cancel();
        closing.cancel();
        let outcome = tasks.join(GRACE).await;
        assert!(outcome.is_clean(), "{outcome:?}");
    }
}

fn sequences(frame: &Frame) -> Vec<Sequence> {
    frame.known_records().map(|(sequence, _)| sequence).collect()
}

fn records(candidate: u32, count: u32) -> Vec<EncodedRecord> {
    let record = |device| Record {
        when: When {
            at: Instant(1),
            elapsed_ms: 1,
            error_ms: 1,
        },
        attempt: AttemptKey {
            sitting: SittingId(1),
            candidate: CandidateId(candidate),
        },
        event: Event::SignedIn {
            device: DeviceTag(device),
        },
    };
    (0..count)
        .map(|device| EncodedRecord::new(&record(device)).unwrap())
        .collect()
}

/// Many tasks append at once; gives all acknowledged sequences, sorted.
async fn append_concurrently(log: &Log, writers: u32) -> Vec<Sequence> {
    let mut appending = tokio::task::JoinSet::new();
    for writer in 0..writers {
        let log = log.clone();
        appending.spawn(async move {
            let count = 1 + writer % 3;
            let committed = log.append(records(writer, count)).await.unwrap();
            (0..u64::from(count))
                .map(|offset| Sequence(committed.first.0 + offset))
                .collect::<Vec<_>>()
        });
    }
    let mut acknowledged: Vec<Sequence> = appending.join_all().await.into_iter().flatten().collect();
    acknowledged.sort_unstable();
    acknowledged
}

fn numbered(last: u64) -> Vec<Sequence> {
    (1..=last).map(Sequence).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_waiter_gets_its_own_sequences_without_gaps_and_they_survive_a_reopening() {
    let directory = tempfile::tempdir().unwrap();
    let settings = Settings::default();
    let running = open(directory.path(), &settings, 1);
    let id = running.log.id();
    let acknowledged = append_concurrently(&running.log, 600).await;
    assert_eq!(acknowledged, numbered(1200));
    assert_eq!(
        *running.committed.lock().unwrap(),
        acknowledged,
        "each was shown once, in order"
    );
    let head = running.log.head().borrow().sequence;
    assert_eq!(head, Sequence(1200));
    running.stop().await;

    let running = open(directory.path(), &settings, 2);
    assert_eq!(running.log.id(), id, "a log that was closed in order goes on");
    assert_eq!(running.folded, numbered(1200));
    let more = append_concurrently(&running.log, 3).await;
    assert_eq!(more, (1201..=1206).map(Sequence).collect::<Vec<_>>());
    running.stop().await;
}

#[tokio::test]
async fn a_log_that_was_shared_and_not_closed_gets_a_new_incarnation_and_keeps_the_old_one() {
    let directory = tempfile::tempdir().unwrap();
    let settings = Settings::default();
    let running = open(directory.path(), &settings, 0xaa);
    let old = running.log.id();
    let mut peer = running.log.frames();
    running.log.append(records(1, 2)).await.unwrap();
    assert_eq!(peer.recv().await.unwrap().last(), Sequence(2));
    // What a kill leaves behind: the mark is there, because nobody closed the log.
    let mark = directory.path().join("00000000000000aa.shared");
    assert!(mark.exists());
    running.stop().await;
    assert!(!mark.exists(), "closed in order");
    std::fs::write(&mark, b"").unwrap();

    let running = open(directory.path(), &settings, 0xbb);
    assert_ne!(running.log.id(), old);
    assert_eq!(running.folded, numbered(2), "what it holds still counts");
    assert_eq!(running.earlier, [old]);
    let committed = running.log.append(records(1, 1)).await.unwrap();
    assert_eq!(committed.first, Sequence(1));
    running.stop().await;

    let running = open(directory.path(), &settings, 0xcc);
    assert_eq!(
        running.log.id().incarnation.0,
        0xbb,
        "the sealed one is never taken up again"
    );
    running.stop().await;
}

#[tokio::test]
async fn a_damaged_log_is_kept_aside_and_what_it_showed_is_forgotten() {
    let directory = tempfile::tempdir().unwrap();
    let settings = Settings::default();
    let running = open(directory.path(), &settings, 0xaa);
    running.log.append(records(1, 5)).await.unwrap();
    running.stop().await;
    let head = directory.path().join("00000000000000aa/head");
    std::fs::write(&head, vec![0; std::fs::metadata(&head).unwrap().len() as usize]).unwrap();

    let running = open(directory.path(), &settings, 0xbb);
    assert_eq!(running.log.id().incarnation.0, 0xbb);
    assert!(running.folded.is_empty() && running.earlier.is_empty());
    let names: Vec<String> = std::fs::read_dir(directory.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    assert!(
        names
            .iter()
            .any(|name| name.starts_with("00000000000000aa.quarantine-")),
        "{names:?}"
    );
    running.stop().await;
}

#[tokio::test]
async fn an_acknowledgement_says_on_how_many_disks_it_is() {
    let directory = tempfile::tempdir().unwrap();
    let settings = Settings {
        peer_wait_ms: 100,
        ..Settings::default()
    };
    let running = open(directory.path(), &settings, 1);
    let alone = running.log.append(records(1, 1)).await.unwrap();
    assert_eq!(alone.durability, Durability::Node, "no peer is live");

    running.peers.live_peers.send_replace(1);
    let silent = running.log.append(records(1, 1)).await.unwrap();
    assert_eq!(
        silent.durability,
        Durability::Node,
        "the peer did not confirm in time"
    );

    let log = running.log.clone();
    let append = log.append(records(1, 1));
    let confirm = async {
        let mut head = running.log.head();
        head.wait_for(|head| head.sequence == Sequence(3)).await.unwrap();
        running.peers.copied.send_replace(Sequence(3));
    };
    let (copied, ()) = tokio::join!(append, confirm);
    assert_eq!(copied.unwrap().durability, Durability::District);
    drop(log);
    running.stop().await;
}

#[tokio::test]
async fn a_full_disk_a_huge_request_and_a_stopped_log_are_told_apart() {
    let directory = tempfile::tempdir().unwrap();
    let full = Settings {
        free_bytes_min: u64::MAX,
        ..Settings::default()
    };
    let running = open(directory.path(), &full, 1);
    let refused = running.log.append(records(1, 1)).await.unwrap_err();
    assert!(matches!(refused, AppendError::DiskFull { .. }), "{refused}");
    running.stop().await;

    let running = open(directory.path(), &Settings::default(), 1);
    assert_eq!(
        running.log.append(records(1, 8_000)).await,
        Err(AppendError::TooLarge)
    );
    let log = running.log.clone();
    running.stop().await;
    assert_eq!(log.append(records(1, 1)).await, Err(AppendError::Stopped));
}

#[tokio::test]
async fn a_full_queue_is_busy_and_nothing_of_it_is_lost() {
    let directory = tempfile::tempdir().unwrap();
    let settings = Settings {
        queue_requests_max: 4,
        ..Settings::default()
    };
    let running = open(directory.path(), &settings, 1);
    // One thread: none of these runs on while all are queued, so the queue must overflow.
    let appends = (0..64).map(|writer| running.log.append(records(writer, 1)));
    let results = futures::future::join_all(appends).await;
    let busy = results
        .iter()
        .filter(|result| **result == Err(AppendError::Busy))
        .count();
    let mut firsts: Vec<Sequence> = results
        .iter()
        .flatten()
        .map(|committed| committed.first)
        .collect();
    firsts.sort_unstable();
    assert!(busy > 0, "none was refused");
    assert_eq!(firsts, numbered(64 - busy as u64));
    running.stop().await;
}
