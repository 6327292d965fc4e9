//! Rows on the disk, written, closed and opened again.

use super::*;

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
    batch.remove(&row_key(0, b"a", 0));
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
    put_row(&mut batch, standing.generation + 1, b"half", b"written");
    shelf.store.commit(batch).unwrap();
    drop(shelf);
    let (shelf, standing) = open(dir.path());
    assert_eq!(shelf.rows(&standing).unwrap(), [(b"a".to_vec(), vec![1])]);
    let new = shelf
        .replace(&standing, &[(b"b".to_vec(), vec![2])], Standing::default())
        .unwrap();
    assert_eq!(shelf.rows(&new).unwrap(), [(b"b".to_vec(), vec![2])]);
    assert_eq!(shelf.store.prefix(&[ROW]).count(), 1, "the old rows are gone");
}
