//! Copies on a real disk.

use super::*;
use crate::testbed::{copies_in, frame};

fn fill(copies: &Copies, frames: u32) -> (LogId, Vec<Frame>) {
    let log = LogId {
        node: NodeId(4),
        incarnation: Incarnation(0xfe),
    };
    let mut head = Watermark::default();
    let mut all = Vec::new();
    for records in 1..=frames {
        let frame = frame(log, head, records);
        head = copies.receive(&frame).unwrap();
        all.push(frame);
    }
    (log, all)
}

#[test]
fn copies_are_there_after_a_restart_and_are_shown_again() {
    let directory = tempfile::tempdir().unwrap();
    let (held, absorbed) = copies_in(directory.path());
    let (log, frames) = fill(&held, 12);
    assert_eq!(
        held.receive(&frames[3]).unwrap(),
        Watermark::after(&frames[11]),
        "held already"
    );
    assert_eq!(absorbed.lock().unwrap().len(), 12);
    drop(held);
    let (again, absorbed) = copies_in(directory.path());
    assert_eq!(again.logs(), [(log, Watermark::after(&frames[11]))]);
    assert_eq!(*absorbed.lock().unwrap(), frames);
}

#[test]
fn a_gap_and_a_fork_are_refused() {
    let directory = tempfile::tempdir().unwrap();
    let (held, _) = copies_in(directory.path());
    let (log, frames) = fill(&held, 3);
    let far = frame(
        log,
        Watermark {
            sequence: Sequence(99),
            ..Watermark::after(&frames[2])
        },
        1,
    );
    assert!(matches!(held.receive(&far), Err(CopyError::Gap { .. })));
    let fork = frame(
        log,
        Watermark {
            hash: protocol::hash::Hash::ZERO,
            ..Watermark::after(&frames[2])
        },
        1,
    );
    assert!(matches!(held.receive(&fork), Err(CopyError::Fork { .. })));
}

#[test]
fn a_copy_that_cannot_be_trusted_is_put_aside_and_begun_anew() {
    let directory = tempfile::tempdir().unwrap();
    let (held, _) = copies_in(directory.path());
    let (log, frames) = fill(&held, 5);
    drop(held);
    let copy = directory.path().join("copies").join(log.to_string());
    fs::remove_file(copy.join("head")).unwrap();
    let (again, absorbed) = copies_in(directory.path());
    assert_eq!(again.watermark(&log), Watermark::default());
    assert!(
        absorbed.lock().unwrap().is_empty(),
        "nothing of a doubted copy is shown"
    );
    let kept: Vec<PathBuf> = fs::read_dir(directory.path().join("copies"))
        .unwrap()
        .map(|it| it.unwrap().path())
        .collect();
    assert!(
        kept.iter()
            .any(|path| path.to_string_lossy().contains("quarantine-77-head-missing")),
        "{kept:?}"
    );
    for frame in &frames {
        again.receive(frame).unwrap();
    }
    assert_eq!(again.watermark(&log), Watermark::after(&frames[4]));
}
