//! What needs a process of its own: to be killed, or to meet a limit. The child is this test binary again, running the
//! same test: where the environment names a directory, a test plays the child's part.

use std::{
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use super::{
    chain::{frame_after, log, opened, settings},
    *,
};

const DIRECTORY: &str = "STORE_TEST_DIRECTORY";

/// In the child: appends for ever and prints each sequence once it is acknowledged. Says whether this is the child.
fn is_child() -> bool {
    let Some(dir) = std::env::var_os(DIRECTORY).map(PathBuf::from) else {
        return false;
    };
    let mut log = FrameLog::create(&dir, log(), &settings()).unwrap();
    loop {
        let frame = frame_after(log.head(), 900, 1);
        if let Err(error) = log.append(&frame) {
            println!("\nfailed {error}");
            let again = log.append(&frame).unwrap_err();
            assert_eq!(again.to_string(), error.to_string(), "the first failure is kept");
            assert!(log.reader().read(Sequence(1), 1).is_err());
            return true;
        }
        println!("\nacknowledged {}", frame.last());
    }
}

/// Starts this binary as the child of one of the tests below, after the shell has done what stands `before`.
fn child(dir: &Path, before: &str, test: &str) -> std::process::Child {
    let this = std::env::current_exe().unwrap();
    let command = format!("{before} exec \"$0\" --exact --nocapture frames::process_tests::{test}");
    let mut shell = Command::new("sh");
    shell.arg("-c").arg(command).arg(this).env(DIRECTORY, dir);
    shell
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

fn acknowledged(line: &str) -> Option<Sequence> {
    line.strip_prefix("acknowledged ")
        .map(|number| number.parse().unwrap())
}

fn reopened(dir: &Path, acknowledged: Sequence) -> Watermark {
    match opened(dir).unwrap().0 {
        Outcome::Opened { head, .. } => {
            assert!(
                head.sequence >= acknowledged,
                "{head:?} after {acknowledged} was acknowledged"
            );
            head
        }
        Outcome::Doubt { reason } => panic!("doubted: {reason}"),
    }
}

#[test]
fn a_killed_process_loses_nothing_that_it_acknowledged() {
    if is_child() {
        return;
    }
    for frames_before_kill in [1, 30, 200] {
        let temp = tempfile::tempdir().unwrap();
        let dir = temp.path().join("log");
        let mut child = child(&dir, "", "a_killed_process_loses_nothing_that_it_acknowledged");
        let mut lines = BufReader::new(child.stdout.take().unwrap())
            .lines()
            .map(Result::unwrap);
        let mut last = Sequence(0);
        for _ in 0..frames_before_kill {
            last = lines
                .find_map(|line| acknowledged(&line))
                .expect("the child goes on");
        }
        child.kill().unwrap();
        child.wait().unwrap();
        last = lines
            .filter_map(|line| acknowledged(&line))
            .last()
            .unwrap_or(last);
        reopened(&dir, last);
    }
}

#[test]
fn a_disk_that_takes_no_more_fails_the_log_for_good_and_keeps_what_was_acknowledged() {
    if is_child() {
        return;
    }
    let temp = tempfile::tempdir().unwrap();
    let dir = temp.path().join("log");
    // A limit on the length of files stands for the full disk; without the signal the write fails.
    let mut child = child(
        &dir,
        "trap '' XFSZ; ulimit -f 40000;",
        "a_disk_that_takes_no_more_fails_the_log_for_good_and_keeps_what_was_acknowledged",
    );
    let lines: Vec<String> = BufReader::new(child.stdout.take().unwrap())
        .lines()
        .map(Result::unwrap)
        .collect();
    assert!(child.wait().unwrap().success(), "{:?}", lines.last());
    assert!(
        lines.iter().any(|line| line.starts_with("failed the store in ")),
        "{:?}",
        lines.last()
    );
    let last = lines
        .iter()
        .filter_map(|line| acknowledged(line))
        .next_back()
        .expect("some were acknowledged");
    assert!(last.0 > 1_000);
    let head = reopened(&dir, last);
    assert!(
        head.sequence.0 <= last.0 + 900,
        "at most the one that failed is there as well"
    );
}
