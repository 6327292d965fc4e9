//! The service over a real log: callers that go away, requests that race, a peer's submission.

use std::{sync::Arc, time::Duration};

use daemon::{CancellationToken, ManualClock, Tasks};
use protocol::{
    frame::{Frame, FrameBuilder},
    hash::Hash,
    ids::{
        CandidateId, DistrictId, Incarnation, ItemNo, LogId, NodeId, OptionId, PaperId, PaperRef,
        PaperVersion, ResponseSeq, SittingId,
    },
    outline::{ItemOutline, ResponseKind},
    record::{Submission, SubmittedBy},
    response::Response,
    sitting::Sitting,
};

use super::*;
use crate::{
    attempts::rules::{Elsewhere, ReleaseState},
    log::{self, Fold, Opened, Opening},
};

const OWN: NodeId = NodeId(1);
const KEY: AttemptKey = AttemptKey {
    sitting: SittingId(1),
    candidate: CandidateId(9),
};
const PHONE: DeviceTag = DeviceTag(4);
const TABLET: DeviceTag = DeviceTag(5);
const GRACE: Duration = Duration::from_secs(20);

fn paper() -> PaperRef {
    PaperRef {
        paper: PaperId(1),
        version: PaperVersion(1),
    }
}

fn sitting() -> Sitting {
    Sitting {
        id: SittingId(1),
        title: String::new(),
        paper: paper(),
        opens: Instant(0),
        closes: Instant(10_000_000),
        duration_ms: 3_600_000,
        districts: vec![DistrictId(1)],
        batch: String::new(),
        order_secret: Hash::ZERO,
    }
}

fn outline() -> Outline {
    let kind = ResponseKind::Choice { options: 4 };
    let items = (1..=100).map(|no| {
        (
            ItemNo(no),
            ItemOutline {
                no: ItemNo(no),
                kind: kind.clone(),
            },
        )
    });
    Outline {
        paper: paper(),
        items: items.collect(),
    }
}

fn choose(item: u16, seq: u32) -> AnswerRequest {
    AnswerRequest {
        item: ItemNo(item),
        seq: ResponseSeq(seq),
        response: Some(Response::Choice(OptionId(1))),
        marked: false,
    }
}

struct Bench {
    attempts: Attempts,
    tasks: Tasks,
    closing: CancellationToken,
    _peers: log::PeerProgress,
    _directory: tempfile::TempDir,
}

fn bench() -> Bench {
    bench_set(&Settings::default())
}

fn bench_set(own: &Settings) -> Bench {
    let directory = tempfile::tempdir().unwrap();
    let (tasks, closing) = (Tasks::new(CancellationToken::new()), CancellationToken::new());
    let clock = Arc::new(ManualClock::at_wall_ms(1_000));
    let time = DistrictTime::open(&directory.path().join("time"), clock).unwrap();
    let book = Book::new(OWN);
    let (settings, store) = (
        log::Settings::default(),
        store::Settings::default().with_cache_bytes(1 << 20),
    );
    let opening = Opening {
        directory: &directory.path().join("log"),
        node: OWN,
        now: Instant(1),
        may_end: &|| false,
        settings: &settings,
        store: &store,
        random: 5,
    };
    let committed = book.clone();
    let on_commit = Arc::new(move |frame: &Frame| committed.absorb_own(frame));
    let opened = log::open(
        &opening,
        &mut |_: Fold<'_>| {},
        on_commit,
        &tasks,
        closing.clone(),
    );
    let Opened { log, peers, .. } = opened.unwrap();
    Bench {
        attempts: Attempts::new(book, log, time, SigningKey::from_bytes(&[1; 32]), own),
        tasks,
        closing,
        _peers: peers,
        _directory: directory,
    }
}

async fn start_at(
    attempts: &Attempts,
    device: DeviceTag,
    elsewhere: Elsewhere,
) -> Result<Epoch, Failure<StartRefusal>> {
    let request = StartRequest {
        sitting: &sitting(),
        extra_permille: 0,
        device,
        node: OWN,
        elsewhere,
        release: ReleaseState::Released,
    };
    let slot = attempts.start(KEY, request).await?;
    Ok(slot.read(|held| held.merged.epoch()).unwrap())
}

impl Bench {
    async fn start(&self) -> Epoch {
        start_at(&self.attempts, PHONE, Elsewhere::Refuse).await.unwrap()
    }

    async fn stop(self) {
        self.tasks.shutdown_token().cancel();
        self.closing.cancel();
        let outcome = self.tasks.join(GRACE).await;
        assert!(outcome.is_clean(), "{outcome:?}");
    }
}

#[tokio::test]
async fn a_move_that_the_log_does_not_take_leaves_the_attempt_unlocked() {
    let bench = bench();
    bench.start().await;
    bench.attempts.unlock(KEY).unwrap();
    let attempts = bench.attempts.clone();
    bench.stop().await;
    let moved = start_at(&attempts, TABLET, Elsewhere::Move).await;
    assert_eq!(moved, Err(Failure::Log(AppendError::Stopped)));
    assert!(attempts.unlocks.is_unlocked(KEY, attempts.time.monotonic_ms()));
}

#[tokio::test]
async fn where_no_unlocking_is_asked_for_the_access_code_is_enough_to_move() {
    let bench = bench_set(&Settings {
        move_needs_unlock: false,
        ..Settings::default()
    });
    bench.start().await;
    let moved = start_at(&bench.attempts, TABLET, Elsewhere::Move).await.unwrap();
    assert_eq!((moved.number, moved.device), (2, TABLET));
    bench.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_response_sent_many_times_at_once_becomes_one_record() {
    let bench = bench();
    let epoch = bench.start().await;
    let outline = outline();
    let requests = [choose(1, 1)];
    let saves = (0..50).map(|_| bench.attempts.save(KEY, &outline, (epoch, Instant(0)), &requests));
    let saved = futures::future::join_all(saves).await;
    let places: Vec<_> = saved
        .into_iter()
        .map(|saved| saved.unwrap().answers.remove(0).1)
        .collect();
    assert!(
        places[0].is_some() && places.iter().all(|place| *place == places[0]),
        "{places:?}"
    );
    assert_eq!(bench.attempts.book().counts().acknowledged, 1);
    bench.stop().await;
}

#[tokio::test]
async fn what_a_caller_that_went_away_had_decided_is_applied_before_the_next_decides() {
    let bench = bench();
    let epoch = bench.start().await;
    let outline = outline();
    let requests = [choose(1, 1)];
    // The committer gives the turn of the start back a moment after it woke its waiter.
    drop(bench.attempts.book().slot(KEY).turn.lock().await);
    {
        let save = bench.attempts.save(KEY, &outline, (epoch, Instant(0)), &requests);
        let mut save = std::pin::pin!(save);
        // Polled once: the records are in the committer's queue; then the caller is gone.
        assert!(futures::poll!(save.as_mut()).is_pending());
    }
    let saved = bench
        .attempts
        .save(KEY, &outline, (epoch, Instant(0)), &requests)
        .await
        .unwrap();
    assert!(
        matches!(saved.answers[0].0, Verdict::AlreadySaved { .. }),
        "{saved:?}"
    );
    assert_eq!(bench.attempts.book().counts().acknowledged, 1);
    bench.stop().await;
}

#[tokio::test]
async fn a_submission_in_a_peers_log_gets_a_receipt_of_this_nodes_own_log() {
    let bench = bench();
    bench.start().await;
    let peer = LogId {
        node: NodeId(2),
        incarnation: Incarnation(7),
    };
    let submission = Submission {
        id: [3; 16],
        by: SubmittedBy::Candidate,
        digest: Hash::sha256(b""),
        answered: 0,
    };
    let record = Record {
        when: bench.attempts.when(),
        attempt: KEY,
        event: Event::Submitted(submission.clone()),
    };
    let mut frame = FrameBuilder::new(peer, Sequence(1), Hash::ZERO);
    frame.push(&EncodedRecord::new(&record).unwrap());
    bench.attempts.book().absorb(&frame.finish().unwrap());

    let signed = bench.attempts.receipt(KEY).await.unwrap().unwrap();
    assert_eq!(signed.receipt.log, bench.attempts.log().id());
    assert_eq!(signed.receipt.digest, submission.digest);
    assert_eq!(
        bench.attempts.receipt(KEY).await.unwrap().unwrap(),
        signed,
        "noted once"
    );
    let request = SubmitRequest {
        id: submission.id,
        digest: submission.digest,
    };
    let handed_in = bench.attempts.submit(KEY, request).await.unwrap();
    assert_eq!((handed_in.receipt, handed_in.already), (signed, false));
    bench.stop().await;
}
