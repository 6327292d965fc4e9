use std::sync::atomic::{AtomicBool, Ordering};

use protocol::ids::{Incarnation, NodeId};

use super::{
    chain::{copy_directory, frame_after, frames, log, opened, settings, written},
    *,
};

fn sound(dir: &Path) -> (FrameLog, Vec<Frame>) {
    match opened(dir).unwrap() {
        (Outcome::Opened { log, head }, visited) => {
            assert_eq!(head, log.head());
            assert_eq!(head, visited.last().map(Watermark::after).unwrap_or_default());
            (log, visited)
        }
        (Outcome::Doubt { reason }, _) => panic!("doubted: {reason}"),
    }
}

fn doubt(dir: &Path) -> Doubt {
    match opened(dir).unwrap().0 {
        Outcome::Opened { head, .. } => panic!("opened at {head:?}"),
        Outcome::Doubt { reason } => reason,
    }
}

#[test]
fn thousands_of_frames_come_back_in_order_and_the_log_goes_on() {
    let temp = tempfile::tempdir().unwrap();
    let dir = temp.path().join("log");
    let chain = frames(3_000, 3);
    written(&dir, &chain[..2_000]);
    let (mut log, visited) = sound(&dir);
    assert_eq!(visited, chain[..2_000]);
    for frame in &chain[2_000..] {
        log.append(frame).unwrap();
    }
    drop(log);
    let mut steps = Vec::new();
    let outcome = FrameLog::open(&dir, None, &settings(), &mut |_| (), &mut |step| steps.push(step)).unwrap();
    assert!(matches!(outcome, Outcome::Opened { head, .. } if head == Watermark::after(&chain[2_999])));
    assert!(steps.len() > 10, "{} steps of progress", steps.len());
    assert!(steps.windows(2).all(|pair| pair[0].frames < pair[1].frames));
    assert_eq!(steps.last().unwrap().sequence, steps.last().unwrap().expected);
}

#[test]
fn frames_of_the_greatest_size_never_become_files_beside_the_log() {
    let temp = tempfile::tempdir().unwrap();
    let dir = temp.path().join("log");
    let chain = frames(300, 1_700);
    assert!(
        chain[0].bytes().len() > protocol::limits::FRAME_BYTES_MAX / 2,
        "{}",
        chain[0].bytes().len()
    );
    written(&dir, &chain);
    assert_eq!(dir.join("sled/blobs").read_dir().unwrap().count(), 0);
    assert_eq!(sound(&dir).1, chain);
}

#[test]
fn a_frame_that_does_not_follow_is_refused_and_nothing_is_written() {
    let temp = tempfile::tempdir().unwrap();
    let dir = temp.path().join("log");
    let chain = frames(5, 2);
    let mut log = FrameLog::create(&dir, log(), &settings()).unwrap();
    log.append(&chain[0]).unwrap();
    let fork = frame_after(
        Watermark {
            hash: chain[3].hash(),
            ..log.head()
        },
        1,
        9,
    );
    let mut refused = |frame, expected| match log.append(frame) {
        Err(StoreError::Discontinuous { continuity, .. }) => assert_eq!(continuity, expected),
        other => panic!("{other:?}"),
    };
    refused(&chain[0], Continuity::Held);
    refused(&chain[2], Continuity::Gap { from: Sequence(3) });
    refused(&fork, Continuity::Fork);
    log.append(&chain[1]).unwrap();
    drop(log);
    assert_eq!(sound(&dir).1, chain[..2]);
}

#[test]
fn a_frame_of_another_log_is_refused() {
    let temp = tempfile::tempdir().unwrap();
    let other = LogId {
        node: NodeId(2),
        incarnation: Incarnation(5),
    };
    let mut log = FrameLog::create(&temp.path().join("log"), other, &settings()).unwrap();
    assert!(matches!(
        log.append(&frames(1, 1)[0]),
        Err(StoreError::OtherLog { .. })
    ));
}

#[test]
fn readers_see_only_durable_frames_while_the_owner_appends() {
    let temp = tempfile::tempdir().unwrap();
    let mut log = FrameLog::create(&temp.path().join("log"), log(), &settings()).unwrap();
    let chain = frames(600, 2);
    let (reader, finished) = (log.reader(), AtomicBool::new(false));
    std::thread::scope(|scope| {
        let readers: Vec<_> = (0..3)
            .map(|_| {
                let reader = reader.clone();
                scope.spawn(|| {
                    let (reader, mut mark, mut reads) = (reader, Watermark::default(), 0);
                    while !finished.load(Ordering::Acquire) || mark.sequence < reader.head().sequence {
                        let promised = reader.head().sequence;
                        for frame in reader.read(mark.sequence.next(), 1_000).unwrap() {
                            assert_eq!(mark.continuity(&frame), Continuity::Next);
                            mark = Watermark::after(&frame);
                        }
                        assert!(mark.sequence <= reader.head().sequence);
                        assert!(
                            mark.sequence.0 > 0 || promised.0 == 0,
                            "what was published is readable"
                        );
                        reads += 1;
                    }
                    (mark, reads)
                })
            })
            .collect();
        for frame in &chain {
            log.append(frame).unwrap();
        }
        finished.store(true, Ordering::Release);
        for reader in readers {
            let (mark, reads) = reader.join().unwrap();
            assert_eq!(mark, Watermark::after(&chain[599]), "after {reads} reads");
        }
    });
}

#[test]
fn a_reader_begins_at_the_frame_that_holds_the_sequence_and_keeps_its_bound() {
    let temp = tempfile::tempdir().unwrap();
    let mut log = FrameLog::create(&temp.path().join("log"), log(), &settings()).unwrap();
    let chain = frames(10, 4);
    let reader = log.reader();
    assert_eq!(reader.read(Sequence(1), 1_000).unwrap(), []);
    for frame in &chain {
        log.append(frame).unwrap();
    }
    assert_eq!(reader.id(), chain[0].log());
    assert_eq!(reader.read(Sequence(0), usize::MAX).unwrap(), chain);
    assert_eq!(reader.read(Sequence(7), 1).unwrap(), chain[1..2]);
    assert_eq!(
        reader.read(Sequence(7), 3 * chain[0].bytes().len()).unwrap(),
        chain[1..4]
    );
    assert_eq!(reader.read(Sequence(40), 1).unwrap(), chain[9..]);
    assert_eq!(reader.read(Sequence(41), 1).unwrap(), []);
}

#[test]
fn a_log_that_is_in_use_is_not_doubted() {
    let temp = tempfile::tempdir().unwrap();
    let dir = temp.path().join("log");
    let log = FrameLog::create(&dir, log(), &settings()).unwrap();
    assert!(matches!(opened(&dir), Err(OpenError::InUse(_))));
    drop(log);
    sound(&dir);
}

#[test]
fn what_is_missing_or_exists_already_is_said() {
    let temp = tempfile::tempdir().unwrap();
    let dir = temp.path().join("log");
    assert!(matches!(opened(&dir), Err(OpenError::Missing(_))));
    written(&dir, &frames(1, 1));
    assert!(matches!(
        FrameLog::create(&dir, log(), &settings()),
        Err(OpenError::Exists(_))
    ));
    let expected = LogId {
        node: NodeId(1),
        incarnation: Incarnation(1),
    };
    let other = FrameLog::open(&dir, Some(expected), &settings(), &mut |_| (), &mut |_| ()).unwrap();
    assert!(matches!(other, Outcome::Doubt { reason: Doubt::OtherLog { found, .. } } if found == log()));
}

#[test]
fn frames_that_chain_behind_a_lagging_head_are_accepted() {
    let temp = tempfile::tempdir().unwrap();
    let (dir, early) = (temp.path().join("log"), temp.path().join("early"));
    let chain = frames(30, 2);
    let mut log = FrameLog::create(&dir, log(), &settings()).unwrap();
    for frame in &chain {
        log.append(frame).unwrap();
        if frame == &chain[9] {
            std::fs::copy(dir.join(HEAD), &early).unwrap();
        }
    }
    drop(log);
    std::fs::copy(&early, dir.join(HEAD)).unwrap();
    assert_eq!(sound(&dir).1, chain);
    // The opening moved the head: now it covers all of them.
    let copy = temp.path().join("copy");
    copy_directory(&dir, &copy);
    assert_eq!(sound(&copy).1, chain);
}

#[test]
fn a_quarantined_directory_is_kept_whole_and_its_place_is_free() {
    let temp = tempfile::tempdir().unwrap();
    let dir = temp.path().join("log");
    let chain = frames(20, 2);
    for _ in 0..2 {
        written(&dir, &chain);
        let head = std::fs::read(dir.join(HEAD)).unwrap();
        std::fs::write(dir.join(HEAD), [0; 300]).unwrap();
        let reason = doubt(&dir);
        assert_eq!(reason, Doubt::HeadUnreadable);
        let kept = quarantine(&dir, &reason, protocol::time::Instant(1_700_000_000_123)).unwrap();
        assert!(
            kept.to_string_lossy()
                .contains("log.quarantine-1700000000123-head-unreadable"),
            "{kept:?}"
        );
        assert!(!dir.exists());
        std::fs::write(kept.join(HEAD), head).unwrap();
        assert_eq!(sound(&kept).1, chain);
    }
    assert_eq!(temp.path().read_dir().unwrap().count(), 2);
}
