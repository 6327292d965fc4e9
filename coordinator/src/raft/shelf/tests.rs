//! Rows on the disk, written, closed and opened again.

use super::{rows::PART_BYTES, *};

const ROW: u8 = Kind::Alone as u8;
const PACK: u8 = Kind::Packed as u8;

fn open(dir: &Path) -> (Shelf, Standing) {
    Shelf::open(dir, &store::Settings::default()).unwrap()
}

fn changes(rows: &[(&[u8], Option<Vec<u8>>)]) -> BTreeMap<Vec<u8>, Option<Vec<u8>>> {
    rows.iter()
        .map(|(key, value)| (key.to_vec(), value.clone()))
        .collect()
}

#[test]
fn rows_of_any_length_survive_a_restart_and_shrink() {
    let dir = tempfile::tempdir().unwrap();
    let long = vec![7; 3 * PART_BYTES + 5];
    let (shelf, mut standing) = open(dir.path());
    shelf
        .write(
            &mut standing,
            &changes(&[(b"a", Some(long.clone())), (b"a\0", Some(vec![]))]),
            &[],
        )
        .unwrap();
    drop(shelf);
    let (shelf, mut standing) = open(dir.path());
    assert_eq!(
        shelf.rows(&standing).unwrap(),
        [(b"a".to_vec(), long), (b"a\0".to_vec(), vec![])]
    );
    shelf
        .write(
            &mut standing,
            &changes(&[(b"a", Some(vec![1])), (b"a\0", None)]),
            &[],
        )
        .unwrap();
    assert_eq!(shelf.rows(&standing).unwrap(), [(b"a".to_vec(), vec![1])]);
    assert_eq!(shelf.store.prefix(&[ROW]).count(), 1, "no part is left over");
}

#[test]
fn a_row_that_is_missing_is_noticed_at_the_start() {
    let dir = tempfile::tempdir().unwrap();
    let (shelf, mut standing) = open(dir.path());
    shelf
        .write(
            &mut standing,
            &changes(&[(b"a", Some(vec![1])), (b"b", Some(vec![2]))]),
            &[],
        )
        .unwrap();
    let mut batch = Batch::default();
    batch.remove(&rows::part_key(Kind::Alone, 0, b"a", 0));
    shelf.store.commit(batch).unwrap();
    assert!(matches!(shelf.rows(&standing), Err(ShelfError::Damaged(_))));
}

#[test]
fn a_replacement_that_was_interrupted_leaves_the_old_rows_alone() {
    let dir = tempfile::tempdir().unwrap();
    let (shelf, mut standing) = open(dir.path());
    shelf
        .write(&mut standing, &changes(&[(b"a", Some(vec![1]))]), &[])
        .unwrap();
    let mut batch = Batch::default();
    rows::put(
        &mut batch,
        Kind::Alone,
        standing.generation + 1,
        b"half",
        b"written",
    );
    rows::put(
        &mut batch,
        Kind::Packed,
        standing.generation + 1,
        b"half",
        b"written",
    );
    shelf.store.commit(batch).unwrap();
    drop(shelf);
    let (shelf, standing) = open(dir.path());
    assert_eq!(shelf.rows(&standing).unwrap(), [(b"a".to_vec(), vec![1])]);
    let new = shelf
        .replace(&standing, &[(b"b".to_vec(), vec![2])], Standing::default())
        .unwrap();
    assert_eq!(shelf.rows(&new).unwrap(), [(b"b".to_vec(), vec![2])]);
    assert_eq!(shelf.store.prefix(&[ROW]).count(), 1, "the old rows are gone");
    assert_eq!(shelf.store.prefix(&[PACK]).count(), 0, "the old packs too");
}

/// The key of a score's row, as the state makes it: these go into packs of 64.
fn score_key(candidate: u32) -> Vec<u8> {
    let mut key = vec![18, 0, 0, 0, 1, 0, 1, 0];
    key.extend_from_slice(&candidate.to_be_bytes());
    assert!(state::pack_of(&key).is_some());
    key
}

fn score_rows(candidates: std::ops::Range<u32>, value: u8) -> Vec<StoredRow> {
    let row = |candidate| (score_key(candidate), vec![value; 400]);
    candidates.map(row).collect()
}

fn as_changes(rows: Vec<StoredRow>) -> BTreeMap<Vec<u8>, Option<Vec<u8>>> {
    rows.into_iter().map(|(key, value)| (key, Some(value))).collect()
}

#[test]
fn neighbours_lie_in_packs_and_read_back_as_rows() {
    let dir = tempfile::tempdir().unwrap();
    let (shelf, mut standing) = open(dir.path());
    let mut alone = changes(&[(b"a", Some(vec![1]))]);
    alone.extend(as_changes(score_rows(0..200, 7)));
    shelf.write(&mut standing, &alone, &[]).unwrap();
    assert_eq!(shelf.store.prefix(&[PACK]).count(), 4, "200 rows in packs of 64");
    shelf
        .write(&mut standing, &as_changes(score_rows(60..70, 8)), &[])
        .unwrap();
    shelf
        .write(&mut standing, &BTreeMap::from([(score_key(0), None)]), &[])
        .unwrap();
    drop(shelf);
    let (shelf, mut standing) = open(dir.path());
    let mut expected = vec![(b"a".to_vec(), vec![1])];
    expected.extend(score_rows(1..60, 7));
    expected.extend(score_rows(60..70, 8));
    expected.extend(score_rows(70..200, 7));
    assert_eq!(shelf.rows(&standing).unwrap(), expected);
    let none = (1..200).map(|candidate| (score_key(candidate), None)).collect();
    shelf.write(&mut standing, &none, &[]).unwrap();
    assert_eq!(shelf.store.prefix(&[PACK]).count(), 0, "an empty pack is gone");
    assert_eq!(shelf.rows(&standing).unwrap(), [(b"a".to_vec(), vec![1])]);
}

#[test]
fn a_pack_over_one_part_shrinks_without_a_trace() {
    let dir = tempfile::tempdir().unwrap();
    let (shelf, mut standing) = open(dir.path());
    let long = BTreeMap::from([
        (score_key(1), Some(vec![1; PART_BYTES])),
        (score_key(2), Some(vec![2; 9])),
    ]);
    shelf.write(&mut standing, &long, &[]).unwrap();
    assert_eq!(shelf.store.prefix(&[PACK]).count(), 2);
    shelf
        .write(&mut standing, &BTreeMap::from([(score_key(1), None)]), &[])
        .unwrap();
    assert_eq!(shelf.store.prefix(&[PACK]).count(), 1);
    assert_eq!(shelf.rows(&standing).unwrap(), [(score_key(2), vec![2; 9])]);
}

#[test]
fn rows_that_an_earlier_version_stored_alone_are_packed_at_the_start() {
    let dir = tempfile::tempdir().unwrap();
    let (shelf, mut standing) = open(dir.path());
    let mut batch = Batch::default();
    let rows = score_rows(10..100, 5);
    for (key, value) in &rows {
        rows::put(&mut batch, Kind::Alone, 0, key, value);
        standing.tally.add(key, value);
    }
    batch.put(STANDING, &codec::encode_large(&standing).unwrap());
    shelf.store.commit(batch).unwrap();
    drop(shelf);
    let (shelf, standing) = open(dir.path());
    assert_eq!(shelf.store.prefix(&[ROW]).count(), 0);
    assert_eq!(shelf.store.prefix(&[PACK]).count(), 2);
    assert_eq!(shelf.rows(&standing).unwrap(), rows);
}

#[test]
fn a_snapshot_s_rows_are_packed_too() {
    let dir = tempfile::tempdir().unwrap();
    let (shelf, standing) = open(dir.path());
    let rows = score_rows(0..130, 3);
    let new = shelf.replace(&standing, &rows, Standing::default()).unwrap();
    assert_eq!(shelf.store.prefix(&[ROW]).count(), 0);
    assert_eq!(shelf.rows(&new).unwrap(), rows);
}
