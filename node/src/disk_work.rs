//! Work that waits for the disk, done on a thread that may wait. Called by the tasks of feed, replication and shipping.

/// Runs it and gives its result; a panic inside goes on in the caller, whose supervisor notices it.
pub(crate) async fn disk_work<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    match tokio::task::spawn_blocking(work).await {
        Ok(result) => result,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            // The runtime is going down and this task with it.
            Err(_) => std::future::pending().await,
        },
    }
}
