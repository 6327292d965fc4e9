//! The Raft log's files, closed and opened again.

use std::fs;

use openraft::{CommittedLeaderId, entry::RaftEntry as _};

use super::*;
use crate::raft::types::{Entry, Vote};

fn id(term: u64, index: u64) -> EntryId {
    EntryId::new(CommittedLeaderId::new(term, 1), index)
}

fn entries(term: u64, indexes: std::ops::RangeInclusive<u64>) -> Vec<Entry> {
    indexes.map(|index| Entry::new_blank(id(term, index))).collect()
}

fn held(wal: &Wal) -> Vec<u64> {
    wal.find(.., usize::MAX)
        .read()
        .unwrap()
        .iter()
        .map(|entry| entry.log_id.index)
        .collect()
}

fn segments(dir: &Path) -> Vec<PathBuf> {
    let mut paths: Vec<_> = fs::read_dir(dir)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    paths.sort();
    paths
}

#[test]
fn votes_entries_and_marks_survive_a_restart() {
    let dir = tempfile::tempdir().unwrap();
    let mut wal = Wal::open(dir.path(), 1 << 20).unwrap();
    assert!(wal.is_empty());
    wal.save_vote(Vote::new(3, 1)).unwrap();
    wal.append(&entries(3, 1..=9)).unwrap();
    wal.truncate(id(3, 7)).unwrap();
    wal.append(&entries(4, 7..=8)).unwrap();
    wal.purge(id(3, 2)).unwrap();
    wal.note_committed(Some(id(3, 5))).unwrap();
    drop(wal);
    let wal = Wal::open(dir.path(), 1 << 20).unwrap();
    assert_eq!(wal.vote(), Some(Vote::new(3, 1)));
    assert_eq!(wal.committed(), Some(id(3, 5)));
    assert_eq!((wal.purged(), wal.last()), (Some(id(3, 2)), Some(id(4, 8))));
    assert_eq!(held(&wal), [3, 4, 5, 6, 7, 8]);
}

#[test]
fn purging_removes_whole_files_and_loses_nothing_else() {
    let dir = tempfile::tempdir().unwrap();
    let mut wal = Wal::open(dir.path(), 1024).unwrap();
    wal.save_vote(Vote::new(2, 1)).unwrap();
    for index in 1..=400 {
        wal.append(&entries(2, index..=index)).unwrap();
    }
    let before = segments(dir.path()).len();
    assert!(before > 4, "{before} files");
    wal.purge(id(2, 390)).unwrap();
    assert!(segments(dir.path()).len() <= 2);
    drop(wal);
    let mut wal = Wal::open(dir.path(), 1024).unwrap();
    assert_eq!(held(&wal), (391..=400).collect::<Vec<_>>());
    assert_eq!(wal.vote(), Some(Vote::new(2, 1)));
    wal.purge(id(5, 1000)).unwrap();
    assert_eq!(wal.last(), Some(id(5, 1000)), "a snapshot may go beyond the log");
    wal.append(&entries(6, 1001..=1002)).unwrap();
    drop(wal);
    assert_eq!(held(&Wal::open(dir.path(), 1024).unwrap()), [1001, 1002]);
}

#[test]
fn an_end_that_was_cut_at_any_byte_gives_a_log_without_it() {
    let dir = tempfile::tempdir().unwrap();
    let mut wal = Wal::open(dir.path(), 1 << 20).unwrap();
    wal.append(&entries(1, 1..=2)).unwrap();
    let whole = fs::metadata(&segments(dir.path())[0]).unwrap().len();
    wal.append(&entries(1, 3..=3)).unwrap();
    drop(wal);
    let path = segments(dir.path())[0].clone();
    let bytes = fs::read(&path).unwrap();
    for end in whole as usize..bytes.len() {
        fs::write(&path, &bytes[..end]).unwrap();
        let mut wal = Wal::open(dir.path(), 1 << 20).unwrap();
        assert_eq!(held(&wal), [1, 2], "cut at {end}");
        wal.append(&entries(2, 3..=4)).unwrap();
        drop(wal);
        assert_eq!(held(&Wal::open(dir.path(), 1 << 20).unwrap()), [1, 2, 3, 4]);
    }
}

#[test]
fn a_log_whose_answered_bytes_changed_is_refused_and_kept() {
    let dir = tempfile::tempdir().unwrap();
    let mut wal = Wal::open(dir.path(), 1 << 20).unwrap();
    wal.append(&entries(1, 1..=5)).unwrap();
    let at = fs::metadata(&segments(dir.path())[0]).unwrap().len() as usize - 3;
    wal.append(&entries(1, 6..=6)).unwrap();
    drop(wal);
    let path = segments(dir.path())[0].clone();
    let mut bytes = fs::read(&path).unwrap();
    bytes[at] ^= 1;
    fs::write(&path, &bytes).unwrap();
    assert!(matches!(
        Wal::open(dir.path(), 1 << 20),
        Err(WalError::Damaged { .. })
    ));
    assert_eq!(fs::read(&path).unwrap(), bytes);
}

#[test]
fn a_missing_file_in_the_middle_is_a_gap() {
    let dir = tempfile::tempdir().unwrap();
    let mut wal = Wal::open(dir.path(), 4096).unwrap();
    for index in 1..=400 {
        wal.append(&entries(2, index..=index)).unwrap();
    }
    drop(wal);
    fs::remove_file(&segments(dir.path())[1]).unwrap();
    assert!(matches!(Wal::open(dir.path(), 4096), Err(WalError::Gap { .. })));
}

#[test]
fn reading_is_bounded_but_always_gives_an_entry() {
    let dir = tempfile::tempdir().unwrap();
    let mut wal = Wal::open(dir.path(), 1 << 20).unwrap();
    wal.append(&entries(1, 1..=9)).unwrap();
    assert_eq!(wal.find(4..9, 1).read().unwrap().len(), 1);
    assert_eq!(wal.find(4..9, 1 << 20).read().unwrap().len(), 5);
    assert!(wal.find(10..12, 1).read().unwrap().is_empty());
}
