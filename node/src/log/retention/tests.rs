//! Retention over real directories, with a clock that the test moves: logs end with their day, leave the disk when the rule
//! lets them, and do not come back.

use std::{
    collections::BTreeMap,
    path::Path,
    sync::{Arc, Mutex},
    time::Duration,
};

use daemon::{CancellationToken, Clock, ManualClock, SystemClock, Tasks};
use protocol::{
    epoch::Epoch,
    frame::{EncodedRecord, Frame},
    hash::Hash,
    ids::{
        AttemptKey, CandidateId, CoordinatorId, DeviceTag, Incarnation, LogId, NodeId, PaperId, PaperRef,
        PaperVersion, Sequence, SittingId,
    },
    record::{Event, Record, Submission, SubmittedBy},
    time::{ClockSample, When},
    watermark::Watermark,
};

use super::{keeper::Keeper, *};
use crate::{
    attempts::Book,
    district_time::DistrictTime,
    feed::Feed,
    log::{
        self, Fold, Log, Opened, Opening,
        replicate::{Absorb, COPIES_MAX, Copies, CopyError, OwnFrames, Shelf},
    },
    testbed::{district, frame, local, removed_in},
};

const OWN: NodeId = NodeId(7);
const PEER: NodeId = NodeId(4);
const GRACE: Duration = Duration::from_secs(20);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// What outlives a restart: the disk, the clock, and what the centre holds.
struct Place {
    directory: tempfile::TempDir,
    clock: ManualClock,
    delivered: Arc<Mutex<BTreeMap<LogId, Watermark>>>,
}

/// One run of the program, as far as logs go.
struct Run {
    time: DistrictTime,
    log: Log,
    shelf: Shelf,
    book: Book,
    keeper: Keeper,
    tasks: Tasks,
    closing: CancellationToken,
}

impl Place {
    fn new() -> Self {
        Self {
            directory: tempfile::tempdir().unwrap(),
            clock: ManualClock::at_wall_ms(SystemClock.wall_ms()),
            delivered: Arc::default(),
        }
    }

    fn path(&self) -> &Path {
        self.directory.path()
    }

    fn start(&self, random: u64) -> Run {
        let time = DistrictTime::open(&self.path().join("floor"), Arc::new(self.clock.clone())).unwrap();
        let ms = self.clock.monotonic_ms();
        let sample = ClockSample {
            sent_ms: ms,
            theirs: Instant(self.clock.wall_ms()),
            heard_ms: ms,
        };
        time.observe(sample, CoordinatorId(1));
        let feed = Feed::open(self.path()).unwrap();
        feed.store(district(&[(OWN.0, local(1)), (PEER.0, local(1))]))
            .unwrap();
        let (book, tasks, closing) = (
            Book::new(OWN),
            Tasks::new(CancellationToken::new()),
            CancellationToken::new(),
        );
        let removed = removed_in(self.path());
        let store = store::Settings::default().with_cache_bytes(1 << 20);
        let opening = Opening {
            directory: &self.path().join("log"),
            node: OWN,
            now: time.now(),
            may_end: &|| !book.is_any_open(time.now()),
            settings: &log::Settings::default(),
            store: &store,
            random,
        };
        let mut fold = |fold: Fold<'_>| match fold {
            Fold::Reset => book.clear(),
            Fold::Frame(frame) => book.absorb_own(frame),
        };
        let committed = book.clone();
        let on_commit = Arc::new(move |frame: &Frame| committed.absorb_own(frame));
        let opened = log::open(&opening, &mut fold, on_commit, &tasks, closing.clone());
        let Opened { log, earlier, .. } = opened.unwrap();
        let copied = book.clone();
        let absorb: Absorb = Arc::new(move |frame| {
            copied.absorb(frame);
        });
        let copies = Copies::open(&self.path().join("copies"), &store, absorb, time.now(), removed).unwrap();
        let subscribing = log.clone();
        let shelf = Shelf {
            own: OwnFrames {
                reader: log.reader(),
                head: log.head(),
                subscribe: Arc::new(move || subscribing.frames()),
            },
            earlier: earlier.into(),
            copies,
        };
        let keeper = self.keeper(&feed, &shelf, &time, &book);
        Run {
            time,
            log,
            shelf,
            book,
            keeper,
            tasks,
            closing,
        }
    }

    fn keeper(&self, feed: &Feed, shelf: &Shelf, time: &DistrictTime, book: &Book) -> Keeper {
        let (delivered, asked) = (Arc::clone(&self.delivered), book.clone());
        let parts = Parts {
            node: OWN,
            feed: feed.clone(),
            shelf: shelf.clone(),
            time: time.clone(),
            delivered: Arc::new(move |log| delivered.lock().unwrap().get(log).copied().unwrap_or_default()),
            over: Arc::new(move |key, now| asked.over(key, now)),
        };
        Keeper {
            settings: Settings::default(),
            parts,
        }
    }

    fn deliver(&self, run: &Run, log: LogId) {
        let mark = run.shelf.mark(&log);
        self.delivered.lock().unwrap().insert(log, mark);
    }

    fn directories(&self) -> Vec<String> {
        let mut names = Vec::new();
        for parent in ["log", "copies"] {
            for entry in std::fs::read_dir(self.path().join(parent)).unwrap() {
                let entry = entry.unwrap();
                if entry.path().is_dir() {
                    names.push(entry.file_name().into_string().unwrap());
                }
            }
        }
        names.sort();
        names
    }
}

impl Run {
    async fn record(&self, candidate: u32, event: Event) {
        let at = self.time.now();
        let record = Record {
            when: When {
                at,
                elapsed_ms: 1,
                error_ms: 1,
            },
            attempt: attempt(candidate),
            event,
        };
        let record = EncodedRecord::new(&record).unwrap();
        self.log.append(vec![record]).await.unwrap();
    }

    /// The peer holds it to where it goes here.
    fn copied_by_peer(&self, log: LogId) {
        let mark = self.shelf.mark(&log);
        self.shelf.copies.heard().holds(PEER, log, mark);
    }

    /// Copies a log of the peer here; gives its last frame.
    fn copy(&self, log: LogId, frames: u32) -> Frame {
        let mut last = None;
        for _ in 0..frames {
            let next = frame(log, self.shelf.copies.watermark(&log), 2);
            self.shelf.copies.receive(&next).unwrap();
            last = Some(next);
        }
        last.unwrap()
    }

    async fn stop(self) {
        let Self {
            log,
            shelf,
            keeper,
            tasks,
            closing,
            ..
        } = self;
        drop((log, shelf, keeper));
        tasks.shutdown_token().cancel();
        closing.cancel();
        let outcome = tasks.join(GRACE).await;
        assert!(outcome.is_clean(), "{outcome:?}");
    }
}

fn attempt(candidate: u32) -> AttemptKey {
    AttemptKey {
        sitting: SittingId(1),
        candidate: CandidateId(candidate),
    }
}

fn of_peer(incarnation: u64) -> LogId {
    LogId {
        node: PEER,
        incarnation: Incarnation(incarnation),
    }
}

fn started(deadline: Instant) -> Event {
    Event::Started {
        epoch: Epoch::first(DeviceTag(1)),
        paper: PaperRef {
            paper: PaperId(1),
            version: PaperVersion(1),
        },
        deadline,
    }
}

fn submitted() -> Event {
    Event::Submitted(Submission {
        id: [1; 16],
        by: SubmittedBy::Candidate,
        digest: Hash::ZERO,
        answered: 0,
    })
}

#[tokio::test]
async fn a_day_ends_its_log_which_leaves_the_disk_when_all_have_it_and_its_time_has_passed() {
    let place = Place::new();
    let run = place.start(0xa);
    let first = run.log.id();
    run.record(1, started(run.time.now())).await;
    run.record(1, submitted()).await;
    run.stop().await;

    place.clock.advance(DAY);
    let run = place.start(0xb);
    assert_ne!(run.log.id(), first, "a new day, a new log");
    assert_eq!(
        run.shelf.others().len(),
        1,
        "the old one is still offered and shipped"
    );
    assert!(run.book.get(attempt(1)).is_some());
    run.record(2, started(run.time.now())).await;
    run.stop().await;

    place.clock.advance(DAY * 28);
    let run = place.start(0xc);
    assert_eq!(run.shelf.others().len(), 2);
    let kept = run.keeper.look();
    assert_eq!(
        (kept.closed_logs, kept.freeable_logs, kept.removed_logs),
        (2, 0, 0)
    );
    place.deliver(&run, first);
    run.copied_by_peer(first);
    let kept = run.keeper.look();
    assert_eq!(
        (kept.freeable_logs, kept.removed_logs),
        (1, 0),
        "not before its time"
    );
    assert!(kept.freeable_bytes > 0 && kept.freeable_bytes < kept.closed_bytes);

    place.clock.advance(DAY);
    place.delivered.lock().unwrap().clear();
    let kept = run.keeper.look();
    assert_eq!(
        (kept.held_back_logs, kept.removed_logs),
        (1, 0),
        "the centre lacks it"
    );
    place.deliver(&run, first);
    let kept = run.keeper.look();
    assert_eq!((kept.closed_logs, kept.removed_logs), (1, 1));
    assert_eq!(place.directories(), ["000000000000000b", "000000000000000c"]);
    let mark = run.shelf.copies.removed().get(&first).unwrap().head;
    assert_eq!(run.shelf.held(&first), mark.sequence, "nobody fetches it again");
    assert!(run.shelf.reader(&first).is_none());
    assert!(run.book.get(attempt(1)).is_some(), "until the next start");
    run.stop().await;

    let run = place.start(0xd);
    assert_eq!(run.shelf.held(&first), mark.sequence);
    assert!(
        run.book.get(attempt(1)).is_none(),
        "its attempts left memory with the restart"
    );
    assert!(
        run.book.get(attempt(2)).is_some(),
        "retained ones are read as before"
    );
    assert_eq!(run.keeper.look().removed_logs, 1);
    run.stop().await;
}

#[tokio::test]
async fn a_log_with_an_open_attempt_neither_ends_with_its_day_nor_leaves() {
    let place = Place::new();
    let run = place.start(0xa);
    let first = run.log.id();
    let far = run.time.now().plus_ms(DAY.as_millis() as i64 * 100);
    run.record(1, started(far)).await;
    run.stop().await;

    place.clock.advance(DAY);
    let run = place.start(0xb);
    assert_eq!(run.log.id(), first, "the log goes on while an attempt is open");
    run.stop().await;

    std::fs::write(place.path().join("log/000000000000000a.sealed"), "").unwrap();
    place.clock.advance(DAY * 40);
    let run = place.start(0xc);
    place.deliver(&run, first);
    run.copied_by_peer(first);
    let kept = run.keeper.look();
    assert_eq!((kept.freeable_logs, kept.removed_logs), (1, 0));
    run.record(1, submitted()).await;
    assert_eq!(
        run.keeper.look().removed_logs,
        0,
        "handed in only now, due far ahead"
    );
    place.clock.advance(DAY * 100);
    assert_eq!(run.keeper.look().removed_logs, 1);
    run.stop().await;
}

#[tokio::test]
async fn a_peers_log_leaves_only_when_its_node_writes_another_and_is_never_taken_again() {
    let place = Place::new();
    let run = place.start(0xa);
    let (old, new) = (of_peer(1), of_peer(2));
    let last = run.copy(old, 3);
    place.deliver(&run, old);
    run.copied_by_peer(old);
    place.clock.advance(DAY * 31);
    assert_eq!(
        run.keeper.look().closed_logs,
        0,
        "nothing was heard of the peer: it may write it still"
    );
    run.shelf.copies.heard().writes(old);
    assert_eq!(run.keeper.look().removed_logs, 0);
    run.shelf.copies.heard().writes(new);
    assert_eq!(run.keeper.look().removed_logs, 1);
    assert_eq!(place.directories(), ["000000000000000a"]);

    let end = Watermark::after(&last);
    assert_eq!(
        run.shelf.copies.receive(&last).unwrap(),
        end,
        "confirmed, not stored"
    );
    let beyond = frame(old, end, 1);
    let refused = run.shelf.copies.receive(&beyond);
    assert!(matches!(refused, Err(CopyError::Removed { .. })), "{refused:?}");
    run.stop().await;

    let run = place.start(0xa);
    assert_eq!(run.shelf.copies.watermark(&old), end);
    assert_eq!(run.shelf.copies.count(), 0);
    run.stop().await;
}

#[tokio::test]
async fn at_the_bound_the_oldest_that_all_hold_yield_and_what_is_written_finds_its_place() {
    let place = Place::new();
    let run = place.start(0xa);
    let logs: Vec<LogId> = (1..=COPIES_MAX as u64).map(of_peer).collect();
    for log in &logs {
        run.copy(*log, 1);
    }
    let (earlier, written) = (of_peer(100), of_peer(101));
    run.shelf.copies.heard().writes(written);
    let kept = run.keeper.look();
    assert_eq!((kept.copies, kept.removed_logs), (COPIES_MAX, 0));
    assert!(kept.copies_near_max);
    let next = frame(earlier, Watermark::default(), 1);
    let refused = run.shelf.copies.receive(&next);
    assert!(matches!(refused, Err(CopyError::TooMany(_))), "{refused:?}");
    run.copy(written, 2);

    place.clock.advance(DAY);
    for log in &logs[10..] {
        place.deliver(&run, *log);
        run.copied_by_peer(*log);
    }
    let kept = run.keeper.look();
    assert_eq!(kept.copies, COPIES_MAX - 8, "just enough yield");
    let lie_here = |log: &&LogId| run.shelf.copies.reader(log).is_some();
    assert_eq!(
        logs[..10].iter().filter(lie_here).count(),
        10,
        "undelivered ones stay"
    );
    run.copy(earlier, 1);
    assert_eq!(run.shelf.held(&written), Sequence(4));
    run.stop().await;
}
