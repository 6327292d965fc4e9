//! Real damage to real files: whatever happened to them, a log opens with every frame it ever acknowledged, or it is
//! doubted. It never opens short.

use std::{fs::OpenOptions, os::unix::fs::FileExt, path::Path};

use super::{
    chain::{copy_directory, frames, opened, settings, written},
    *,
};

/// Opens the damaged log: whether it was doubted. Opening with other frames than these fails the test.
fn is_doubted(dir: &Path, chain: &[Frame], what: &str) -> bool {
    match opened(dir).unwrap_or_else(|error| panic!("{what}: {error}")) {
        (Outcome::Doubt { reason }, _) => {
            println!("{what}: {reason}");
            true
        }
        (Outcome::Opened { .. }, visited) => {
            assert_eq!(
                visited, chain,
                "{what}: opened with other frames than were acknowledged"
            );
            false
        }
    }
}

fn reason(dir: &Path) -> Doubt {
    match opened(dir).unwrap().0 {
        Outcome::Doubt { reason } => reason,
        Outcome::Opened { head, .. } => panic!("opened at {head:?}"),
    }
}

/// A small generator, so that a failing run can be repeated from its printed seed.
fn numbers(seed: u64) -> impl FnMut() -> u64 {
    let mut counter = seed;
    move || {
        counter += 1;
        let hash = protocol::hash::Hash::blake3(&counter.to_be_bytes());
        u64::from_be_bytes(hash.as_bytes()[..8].try_into().unwrap())
    }
}

fn seed() -> u64 {
    let given = std::env::var("SEED").ok().and_then(|seed| seed.parse().ok());
    let seed = given.unwrap_or_else(|| u64::from(std::process::id()) << 20);
    println!("SEED={seed}");
    seed
}

#[test]
fn a_flipped_byte_never_shortens_or_changes_a_log() {
    let temp = tempfile::tempdir().unwrap();
    let dir = temp.path().join("log");
    let chain = frames(60, 200);
    written(&dir, &chain);
    let used: u64 = chain.iter().map(|frame| frame.bytes().len() as u64).sum();
    let mut next = numbers(seed());
    let mut doubted = 0;
    for run in 0..24 {
        let copy = temp.path().join(format!("copy{run}"));
        copy_directory(&dir, &copy);
        let at = next() % used;
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .open(copy.join("sled/db"))
            .unwrap();
        let mut byte = [0];
        file.read_exact_at(&mut byte, at).unwrap();
        file.write_all_at(&[byte[0] ^ (1 << (next() % 8))], at).unwrap();
        drop(file);
        doubted += u32::from(is_doubted(&copy, &chain, &format!("byte {at}")));
    }
    println!("24 flipped bytes: {doubted} doubted, the others lay where nothing is kept");
    assert!(doubted > 0);
}

#[test]
fn a_truncated_log_never_opens_short() {
    let temp = tempfile::tempdir().unwrap();
    let dir = temp.path().join("log");
    let chain = frames(400, 1_000);
    written(&dir, &chain);
    let length = std::fs::metadata(dir.join("sled/db")).unwrap().len();
    let mut next = numbers(seed());
    let mut doubted = 0;
    for run in 0..12 {
        let copy = temp.path().join(format!("copy{run}"));
        copy_directory(&dir, &copy);
        let left = if run == 0 { 0 } else { next() % length };
        OpenOptions::new()
            .write(true)
            .open(copy.join("sled/db"))
            .unwrap()
            .set_len(left)
            .unwrap();
        doubted += u32::from(is_doubted(&copy, &chain, &format!("cut to {left} of {length}")));
        std::fs::remove_dir_all(copy).ok();
    }
    println!("12 truncated files of {length} bytes: {doubted} doubted");
    assert!(doubted > 0);
}

#[test]
fn an_older_copy_of_the_database_under_a_newer_head_is_doubted() {
    let temp = tempfile::tempdir().unwrap();
    let (dir, backup) = (temp.path().join("log"), temp.path().join("backup"));
    let chain = frames(50, 5);
    written(&dir, &chain[..20]);
    copy_directory(&dir, &backup);
    let Outcome::Opened { mut log, .. } = opened(&dir).unwrap().0 else {
        panic!("a sound log opens")
    };
    for frame in &chain[20..] {
        log.append(frame).unwrap();
    }
    drop(log);
    std::fs::remove_dir_all(dir.join(DATABASE)).unwrap();
    copy_directory(&backup.join(DATABASE), &dir.join(DATABASE));
    let expected = Doubt::Short {
        found: chain[19].last(),
        expected: chain[49].last(),
    };
    assert_eq!(reason(&dir), expected);
}

#[test]
fn another_history_of_the_same_log_is_doubted() {
    let temp = tempfile::tempdir().unwrap();
    let (dir, other) = (temp.path().join("log"), temp.path().join("other"));
    let chain = frames(20, 5);
    written(&dir, &chain);
    let mut fork = chain[..19].to_vec();
    fork.push(chain::frame_after(Watermark::after(&chain[18]), 5, 999));
    written(&other, &fork);
    std::fs::copy(dir.join(HEAD), other.join(HEAD)).unwrap();
    assert_eq!(reason(&other), Doubt::OtherHistory(chain[19].last()));
}

#[test]
fn a_missing_frame_and_a_foreign_row_are_doubted() {
    let temp = tempfile::tempdir().unwrap();
    let chain = frames(20, 5);
    let meddled = |name: &str, meddle: &dyn Fn(&mut Batch)| {
        let dir = temp.path().join(name);
        written(&dir, &chain);
        let mut batch = Batch::default();
        meddle(&mut batch);
        Durable::open(&dir.join(DATABASE), &settings())
            .unwrap()
            .commit(batch)
            .unwrap();
        reason(&dir)
    };
    let removed = meddled("removed", &|batch| batch.remove(&key(chain[7].first())));
    assert!(
        matches!(removed, Doubt::Broken { after, .. } if after == chain[6].last()),
        "{removed:?}"
    );
    let last = meddled("last", &|batch| batch.remove(&key(chain[19].first())));
    assert!(
        matches!(last, Doubt::Short { found, .. } if found == chain[18].last()),
        "{last:?}"
    );
    let foreign = meddled("foreign", &|batch| batch.put(b"row", b"value"));
    assert!(matches!(foreign, Doubt::Damaged { .. }), "{foreign:?}");
    let swapped = meddled("swapped", &|batch| {
        batch.put(&key(chain[3].first()), chain[4].bytes());
    });
    assert!(
        matches!(swapped, Doubt::Damaged { at, .. } if at == chain[3].first()),
        "{swapped:?}"
    );
}

#[test]
fn a_torn_head_slot_costs_nothing_and_two_cost_the_trust() {
    let temp = tempfile::tempdir().unwrap();
    let dir = temp.path().join("log");
    let chain = frames(100, 2);
    written(&dir, &chain);
    for (slot, name) in [(0, "first"), (4096, "second")] {
        let copy = temp.path().join(name);
        copy_directory(&dir, &copy);
        let head = OpenOptions::new().write(true).open(copy.join(HEAD)).unwrap();
        head.write_all_at(&[0xff; 40], slot + 60).unwrap();
        assert!(!is_doubted(&copy, &chain, name));
        // That opening wrote a new head into the torn slot, so the other may be torn now.
        head.write_all_at(&[0xff; 40], (4096 - slot) + 60).unwrap();
        assert!(!is_doubted(&copy, &chain, name));
        head.write_all_at(&[0xff; 40], slot + 60).unwrap();
        head.write_all_at(&[0xff; 40], (4096 - slot) + 60).unwrap();
        assert_eq!(reason(&copy), Doubt::HeadUnreadable);
    }
}

#[test]
fn missing_files_are_doubted_and_not_created_anew() {
    let temp = tempfile::tempdir().unwrap();
    let dir = temp.path().join("log");
    written(&dir, &frames(5, 1));
    for (file, slug) in [
        ("head", "head-missing"),
        ("sled/db", "database"),
        ("sled/conf", "database"),
    ] {
        let copy = temp.path().join(file.replace('/', "-"));
        copy_directory(&dir, &copy);
        std::fs::remove_file(copy.join(file)).unwrap();
        assert_eq!(reason(&copy).slug(), slug);
        assert!(!copy.join(file).exists());
    }
    // An empty directory was never a log.
    std::fs::create_dir(temp.path().join("empty")).unwrap();
    assert_eq!(reason(&temp.path().join("empty")), Doubt::HeadMissing);
}
