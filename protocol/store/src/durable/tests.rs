use super::*;
use crate::Doubt;

fn settings() -> Settings {
    Settings {
        open_limit_seconds: 5,
        ..Settings::default()
    }
    .with_cache_bytes(4 * 1024 * 1024)
}

fn put(rows: &[(&[u8], &[u8])]) -> Batch {
    let mut batch = Batch::default();
    for (key, value) in rows {
        batch.put(key, value);
    }
    batch
}

fn keys(rows: impl Iterator<Item = Result<(Bytes, Bytes), StoreError>>) -> Vec<Bytes> {
    rows.map(|row| row.unwrap().0).collect()
}

#[test]
fn rows_are_read_by_key_prefix_and_range_and_come_back_after_reopening() {
    let temp = tempfile::tempdir().unwrap();
    let dir = temp.path().join("above").join("store");
    let store = Durable::open(&dir, &settings()).unwrap();
    store
        .commit(put(&[(b"a1", b"x"), (b"a2", b"y"), (b"b1", b"z"), (b"c", b"")]))
        .unwrap();
    let mut batch = put(&[(b"a2", b"new")]);
    batch.remove(b"c");
    assert_eq!(batch.bytes(), 6);
    store.commit(batch).unwrap();
    let check = |store: &Durable| {
        assert_eq!(store.get(b"a2").unwrap().unwrap(), "new");
        assert_eq!(store.get(b"c").unwrap(), None);
        assert_eq!(keys(store.prefix(b"a")), ["a1", "a2"]);
        assert_eq!(keys(store.range_from(b"a2")), ["a2", "b1"]);
        assert_eq!(keys(store.range_to(b"b0").rev()), ["a2", "a1"]);
        assert_eq!(store.dir(), dir);
    };
    check(&store);
    drop(store);
    check(&Durable::open(&dir, &settings()).unwrap());
}

#[test]
fn a_row_that_sled_would_put_into_an_unsynced_file_is_refused() {
    let temp = tempfile::tempdir().unwrap();
    let store = Durable::open(temp.path(), &settings()).unwrap();
    let mut batch = put(&[(b"good", b"row")]);
    batch.put(b"large", &vec![1; VALUE_BYTES_MAX + 1]);
    assert!(matches!(
        store.commit(batch),
        Err(StoreError::TooLarge { key_bytes: 5, .. })
    ));
    let long = put(&[(&[0; KEY_BYTES_MAX + 1], b"")]);
    assert!(matches!(store.commit(long), Err(StoreError::TooLarge { .. })));
    let mut batch = Batch::default();
    for row in 0..=BATCH_BYTES_MAX / VALUE_BYTES_MAX {
        batch.put(&row.to_be_bytes(), &vec![0; VALUE_BYTES_MAX]);
    }
    assert!(matches!(store.commit(batch), Err(StoreError::BatchTooLarge(_))));
    assert_eq!(
        keys(store.prefix(b"")).len(),
        0,
        "nothing of a refused batch is written"
    );
    store.commit(put(&[(b"good", b"row")])).unwrap();
}

#[test]
fn rows_and_batches_of_the_greatest_size_stay_in_the_synced_file() {
    let temp = tempfile::tempdir().unwrap();
    let store = Durable::open(temp.path(), &settings()).unwrap();
    let (key, value) = (vec![7; KEY_BYTES_MAX - 8], vec![9; VALUE_BYTES_MAX]);
    for round in 0..2_u64 {
        let mut batch = Batch::default();
        let mut row = 0_u64;
        while batch.bytes() + KEY_BYTES_MAX + VALUE_BYTES_MAX <= BATCH_BYTES_MAX {
            batch.put(&[&key[..], &(row * 2 + round).to_be_bytes()].concat(), &value);
            row += 1;
        }
        store.commit(batch).unwrap();
    }
    assert_eq!(temp.path().join("blobs").read_dir().unwrap().count(), 0);
    let rows = keys(store.prefix(b"")).len();
    drop(store);
    let store = Durable::open(temp.path(), &settings()).unwrap();
    assert_eq!(keys(store.prefix(b"")).len(), rows);
    assert!(rows > 500, "{rows}");
    assert_eq!(temp.path().join("blobs").read_dir().unwrap().count(), 0);
}

#[test]
fn commits_from_many_threads_are_serialised_and_all_kept() {
    let temp = tempfile::tempdir().unwrap();
    let store = Durable::open(temp.path(), &settings()).unwrap();
    std::thread::scope(|scope| {
        for thread in 0..16_u8 {
            let store = store.clone();
            scope.spawn(move || {
                for row in 0..20 {
                    store.commit(put(&[(&[thread, row], b"kept")])).unwrap();
                }
            });
        }
    });
    assert_eq!(keys(store.prefix(b"")).len(), 16 * 20);
}

#[test]
fn after_a_failure_every_call_answers_with_it() {
    let temp = tempfile::tempdir().unwrap();
    let store = Durable::open(temp.path(), &settings()).unwrap();
    store.commit(put(&[(b"a", b"1")])).unwrap();
    store.fail("the disk said no".into());
    store.fail("later".into());
    let answers = [
        store.commit(put(&[(b"b", b"2")])).unwrap_err(),
        store.get(b"a").unwrap_err(),
        store.clone().prefix(b"").next().unwrap().unwrap_err(),
    ];
    for answer in answers {
        assert!(answer.to_string().contains("the disk said no"), "{answer}");
    }
}

#[test]
fn a_database_of_another_segment_size_is_doubted() {
    let temp = tempfile::tempdir().unwrap();
    drop(
        sled::Config::new()
            .path(temp.path())
            .segment_size(512 * 1024)
            .open()
            .unwrap(),
    );
    let error = Durable::open(temp.path(), &settings()).unwrap_err();
    assert!(matches!(error, OpenError::Doubt { .. }), "{error}");
}

#[test]
fn a_directory_that_cannot_be_written_is_refused_not_doubted() {
    let temp = tempfile::tempdir().unwrap();
    std::fs::write(temp.path().join("file"), b"in the way").unwrap();
    let error = Durable::open(&temp.path().join("file").join("store"), &settings()).unwrap_err();
    assert!(matches!(error, OpenError::Io { .. }), "{error}");
}

#[test]
fn an_opening_that_hangs_ends_within_its_limit() {
    let temp = tempfile::tempdir().unwrap();
    drop(Durable::open(temp.path(), &settings()).unwrap());
    // Reading a pipe that nobody writes to never returns.
    let conf = temp.path().join("conf");
    std::fs::remove_file(&conf).unwrap();
    assert!(
        std::process::Command::new("mkfifo")
            .arg(&conf)
            .status()
            .unwrap()
            .success()
    );
    let hasty = Settings {
        open_limit_seconds: 0,
        ..settings()
    };
    let error = Durable::open(temp.path(), &hasty).unwrap_err();
    assert!(
        matches!(
            error,
            OpenError::Doubt {
                doubt: Doubt::Hung(_),
                ..
            }
        ),
        "{error}"
    );
}

#[test]
fn a_row_alone_is_written_and_removed_like_a_batch() {
    let temp = tempfile::tempdir().unwrap();
    let store = Durable::open(temp.path(), &settings()).unwrap();
    store.commit(put(&[(b"kept", b"1")])).unwrap();
    store.commit(put(&[(b"kept", b"2")])).unwrap();
    store.commit(put(&[(b"gone", b"3")])).unwrap();
    let mut batch = Batch::default();
    batch.remove(b"gone");
    store.commit(batch).unwrap();
    store.commit(Batch::default()).unwrap();
    drop(store);
    let store = Durable::open(temp.path(), &settings()).unwrap();
    assert_eq!(store.get(b"kept").unwrap().unwrap(), "2");
    assert_eq!(keys(store.prefix(b"")), ["kept"]);
}
