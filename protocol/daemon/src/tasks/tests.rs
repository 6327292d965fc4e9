use std::convert::Infallible;
use std::future::pending;
use std::sync::atomic::{AtomicBool, Ordering};

use super::*;

/// Far longer than any of these tests takes; reaching it is the failure.
const LONG: Duration = Duration::from_secs(30);

fn supervisor() -> (CancellationToken, Tasks) {
    let shutdown = CancellationToken::new();
    (shutdown.clone(), Tasks::new(shutdown))
}

/// A critical task that behaves: goes on until it is told to stop.
async fn until(token: CancellationToken) {
    token.cancelled().await;
}

async fn panics(text: &str) {
    tokio::task::yield_now().await;
    assert!(text.is_empty(), "{text}");
}

fn segment() -> Option<u32> {
    None
}

#[tokio::test]
async fn a_daemon_that_is_asked_to_stop_ends_clean() {
    let (shutdown, tasks) = supervisor();
    tasks.spawn("shipper", until(tasks.child_token()));
    tasks.spawn("feed", until(tasks.child_token()));
    assert_eq!(tasks.running(), ["shipper", "feed"]);
    shutdown.cancel();
    let outcome = tasks.join(LONG).await;
    assert!(outcome.is_clean(), "{outcome:?}");
    assert!(tasks.running().is_empty());
    outcome.into_result().unwrap();
}

#[tokio::test]
async fn a_critical_task_that_fails_stops_the_daemon_and_is_the_reason() {
    let (_, tasks) = supervisor();
    tasks.spawn("feed", until(tasks.child_token()));
    tasks.spawn("committer", async { Err::<(), _>("the disk is gone") });
    let outcome = tasks.join(LONG).await;
    let cause = outcome.cause.clone().unwrap();
    assert_eq!(
        (cause.name.as_str(), cause.ended),
        ("committer", Ended::Failed("the disk is gone".into()))
    );
    assert!(outcome.stragglers.is_empty());
    let said = outcome.into_result().unwrap_err().to_string();
    assert!(
        said.starts_with("task committer failed: the disk is gone"),
        "{said}"
    );
}

#[tokio::test]
async fn a_panic_stops_the_daemon_and_its_text_is_kept() {
    let (_, tasks) = supervisor();
    let sequence = 7;
    tasks.spawn("gossip", async move {
        assert_ne!(sequence, 7, "sequence {sequence} came twice");
    });
    let ended = tasks.join(LONG).await.cause.unwrap().ended;
    let Ended::Panicked(text) = ended else {
        panic!("{ended:?}")
    };
    assert!(text.contains("sequence 7 came twice"), "{text}");
}

#[tokio::test]
async fn a_critical_task_that_merely_returns_stops_the_daemon_too() {
    let (shutdown, tasks) = supervisor();
    tasks.spawn("acceptor", async { Ok::<(), Infallible>(()) });
    assert_eq!(tasks.join(LONG).await.cause.unwrap().ended, Ended::Returned);
    assert!(shutdown.is_cancelled());
}

#[tokio::test]
async fn the_first_end_is_the_reason_and_what_follows_is_not() {
    let (_, tasks) = supervisor();
    let token = tasks.child_token();
    tasks.spawn("shipper", async move {
        token.cancelled().await;
        Err::<(), _>("the committer does not answer")
    });
    tasks.spawn("committer", async { Err::<(), _>("fsync failed") });
    let outcome = tasks.join(LONG).await;
    assert_eq!(outcome.cause.unwrap().name, "committer");
    assert_eq!(outcome.failed_while_stopping.len(), 1);
    assert_eq!(outcome.failed_while_stopping[0].name, "shipper");
}

#[tokio::test]
async fn stragglers_are_named_and_aborted() {
    struct Noticed(Arc<AtomicBool>);
    impl Drop for Noticed {
        fn drop(&mut self) {
            self.0.store(true, Ordering::SeqCst);
        }
    }
    let (_, tasks) = supervisor();
    let dropped = Arc::new(AtomicBool::new(false));
    let noticed = Noticed(Arc::clone(&dropped));
    tasks.spawn("deaf", async move {
        pending::<()>().await;
        drop(noticed);
    });
    tasks.spawn("listening", until(tasks.child_token()));
    let outcome = tasks.stop(Duration::from_millis(50)).await;
    assert_eq!(outcome.stragglers, ["deaf"]);
    assert_eq!(outcome.cause, None);
    let said = outcome.into_result().unwrap_err().to_string();
    assert!(said.contains("deaf"), "{said}");
    let gone = async {
        while !tasks.running().is_empty() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(LONG, gone).await.unwrap();
    assert!(dropped.load(Ordering::SeqCst));
}

#[tokio::test]
async fn a_brief_task_may_end_or_fail_and_the_daemon_goes_on() {
    let (shutdown, tasks) = supervisor();
    tasks.spawn_brief("connection", async {});
    tasks.spawn_brief("connection", async { Err::<(), _>("reset by peer") });
    tasks.spawn_brief("connection", panics("a bad frame"));
    let mut count = tasks.shared.running.subscribe();
    tokio::time::timeout(LONG, count.wait_for(|running| *running == 0))
        .await
        .unwrap()
        .unwrap();
    assert!(!shutdown.is_cancelled());
    assert!(tasks.stop(LONG).await.is_clean());
}

#[tokio::test]
async fn brief_tasks_are_waited_for_at_shutdown() {
    let (_, tasks) = supervisor();
    let finished = Arc::new(AtomicBool::new(false));
    let (token, flag) = (tasks.child_token(), Arc::clone(&finished));
    tasks.spawn_brief("last answer", async move {
        token.cancelled().await;
        tokio::time::sleep(Duration::from_millis(20)).await;
        flag.store(true, Ordering::SeqCst);
    });
    assert!(tasks.stop(LONG).await.is_clean());
    assert!(finished.load(Ordering::SeqCst));
}

#[tokio::test]
async fn a_thread_is_watched_like_a_task() {
    let (_, tasks) = supervisor();
    tasks.spawn("feed", until(tasks.child_token()));
    tasks
        .spawn_thread("committer", || {
            assert_eq!(std::thread::current().name(), Some("committer"));
            Err::<(), _>("fdatasync failed")
        })
        .unwrap();
    let cause = tasks.join(LONG).await.cause.unwrap();
    assert_eq!(cause.to_string(), "task committer failed: fdatasync failed");
}

#[tokio::test]
async fn a_thread_that_panics_is_the_reason() {
    let (_, tasks) = supervisor();
    tasks
        .spawn_thread("committer", || {
            assert!(segment().is_some(), "segment {} is not there", 3);
        })
        .unwrap();
    let cause = tasks.join(LONG).await.cause.unwrap();
    assert_eq!(cause.ended, Ended::Panicked("segment 3 is not there".into()));
}

#[tokio::test]
async fn a_thread_that_does_not_stop_is_named() {
    let (_, tasks) = supervisor();
    let (release, held) = std::sync::mpsc::sync_channel::<()>(1);
    tasks
        .spawn_thread("committer", move || held.recv().map_err(|e| e.to_string()))
        .unwrap();
    let outcome = tasks.stop(Duration::from_millis(30)).await;
    assert_eq!(outcome.stragglers, ["committer"]);
    release.send(()).unwrap();
    let mut count = tasks.shared.running.subscribe();
    tokio::time::timeout(LONG, count.wait_for(|running| *running == 0))
        .await
        .unwrap()
        .unwrap();
}

#[tokio::test]
async fn cancelling_a_child_token_stops_only_its_holder() {
    let (shutdown, tasks) = supervisor();
    let one = tasks.child_token();
    tasks.spawn_brief("link", until(one.clone()));
    tasks.spawn("feed", until(tasks.child_token()));
    one.cancel();
    let mut count = tasks.shared.running.subscribe();
    tokio::time::timeout(LONG, count.wait_for(|running| *running == 1))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(tasks.running(), ["feed"]);
    assert!(!shutdown.is_cancelled());
    assert!(tasks.stop(LONG).await.is_clean());
}

#[test]
fn a_runtime_that_goes_away_under_a_critical_task_is_noticed() {
    let (shutdown, tasks) = supervisor();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async { tasks.spawn("feed", pending::<()>()) });
    drop(runtime);
    assert!(shutdown.is_cancelled());
    assert_eq!(tasks.shared.book().cause.clone().unwrap().ended, Ended::Dropped);
}
