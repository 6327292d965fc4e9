//! The supervisor: every task and thread of a daemon is started here, has a name, and its end is noticed.
//!
//! Called by whatever starts work that outlives a function. A *critical* task ([`Tasks::spawn`],
//! [`Tasks::spawn_thread`]) has no business ending before shutdown: whether it returns, fails or panics, the whole
//! daemon is cancelled and that end becomes the reason of the exit, because a daemon that has lost a part and
//! runs on is worse than one that is restarted. A *brief* task ([`Tasks::spawn_brief`]) may end when it likes.
//! Nothing here waits for a task for longer than the grace time.

mod outcome;
#[cfg(test)]
mod tests;

use std::any::Any;
use std::collections::BTreeMap;
use std::future::{Future, poll_fn};
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Poll;
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::AbortHandle;
use tokio_util::sync::CancellationToken;
use tracing::Instrument;

pub use outcome::{Ended, Outcome, TaskEnd, TaskResult, TasksError};

/// Owns a daemon's tasks. Clones are the same supervisor.
#[derive(Debug, Clone)]
pub struct Tasks {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    shutdown: CancellationToken,
    book: Mutex<Book>,
    running: watch::Sender<usize>,
}

/// Who runs, and what has been learned from those who ended.
#[derive(Debug, Default)]
struct Book {
    next_id: u64,
    running: BTreeMap<u64, Entry>,
    cause: Option<TaskEnd>,
    failed_while_stopping: Vec<TaskEnd>,
}

#[derive(Debug, Clone)]
struct Entry {
    name: String,
    /// `None` for a thread, which nobody can end from outside, and until the task is started.
    abort: Option<AbortHandle>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Weight {
    Critical,
    Brief,
}

/// How many failures during shutdown are kept for the outcome; all are logged.
const FAILURES_KEPT_MAX: usize = 32;

impl Tasks {
    /// A supervisor without tasks. `shutdown` is what everybody watches: cancelling it stops the daemon, and the
    /// end of a critical task cancels it.
    pub fn new(shutdown: CancellationToken) -> Self {
        let (running, _) = watch::channel(0);
        Self {
            shared: Arc::new(Shared {
                shutdown,
                book: Mutex::default(),
                running,
            }),
        }
    }

    /// Cancelled when the daemon stops; cancelling it stops the daemon.
    pub fn shutdown_token(&self) -> CancellationToken {
        self.shared.shutdown.clone()
    }

    /// Cancelled when the daemon stops; cancelling it stops only those who were given it.
    pub fn child_token(&self) -> CancellationToken {
        self.shared.shutdown.child_token()
    }

    /// Runs a critical task, which must go on until the shutdown token is cancelled. Its end before that, of
    /// whatever kind, stops the daemon. Must be called within a tokio runtime.
    pub fn spawn<F>(&self, name: &str, future: F)
    where
        F: Future + Send + 'static,
        F::Output: TaskResult,
    {
        self.start(name, Weight::Critical, future);
    }

    /// Runs a task that may end at any time, such as the service of one connection. A failure or a panic is
    /// logged and nothing else. Whoever calls this bounds how many there are.
    pub fn spawn_brief<F>(&self, name: &str, future: F)
    where
        F: Future + Send + 'static,
        F::Output: TaskResult,
    {
        self.start(name, Weight::Brief, future);
    }

    /// Runs a critical thread for work that blocks. It must watch a token itself: a thread cannot be ended from
    /// outside. Linux shows the first 15 bytes of `name`. Fails, and stops the
    /// daemon, when the system gives no more threads.
    pub fn spawn_thread<F, R>(&self, name: &str, work: F) -> io::Result<()>
    where
        F: FnOnce() -> R + Send + 'static,
        R: TaskResult,
    {
        let watched = self.enter(name, Weight::Critical);
        let span = tracing::error_span!("task", name);
        let body = move || {
            let ended = match catch_unwind(AssertUnwindSafe(|| span.in_scope(work))) {
                Ok(result) => result.into_ended(),
                Err(payload) => Ended::Panicked(panic_text(payload.as_ref())),
            };
            watched.end(ended);
        };
        std::thread::Builder::new()
            .name(name.to_owned())
            .spawn(body)
            .map(drop)
    }

    /// The names of the tasks that run now, in the order in which they were started.
    pub fn running(&self) -> Vec<String> {
        self.shared
            .book()
            .running
            .values()
            .map(|entry| entry.name.clone())
            .collect()
    }

    /// Waits for shutdown (asked for, or caused by the end of a critical task), then up to `grace` for every task
    /// to end. Those that have not are named in the outcome and, if they are not threads, aborted.
    pub async fn join(&self, grace: Duration) -> Outcome {
        self.shared.shutdown.cancelled().await;
        let mut running = self.shared.running.subscribe();
        let all_ended = running.wait_for(|count| *count == 0);
        let in_time = tokio::time::timeout(grace, all_ended).await.is_ok();
        let mut book = self.shared.book();
        let (cause, failed_while_stopping) =
            (book.cause.take(), std::mem::take(&mut book.failed_while_stopping));
        let stragglers = if in_time {
            Vec::new()
        } else {
            book.running.values().cloned().collect()
        };
        // Closed before anybody is aborted: an aborted task may be dropped on the spot and wants the book.
        drop(book);
        Outcome {
            cause,
            failed_while_stopping,
            stragglers: abandon(stragglers),
        }
    }

    /// Cancels the shutdown token, then does what [`Tasks::join`] does.
    pub async fn stop(&self, grace: Duration) -> Outcome {
        self.shared.shutdown.cancel();
        self.join(grace).await
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "this is the place that the ban points to"
    )]
    fn start<F>(&self, name: &str, weight: Weight, future: F)
    where
        F: Future + Send + 'static,
        F::Output: TaskResult,
    {
        let watched = self.enter(name, weight);
        let id = watched.id;
        let body = async move {
            let ended = catch_panic(future).await;
            watched.end(ended);
        };
        let span = tracing::error_span!("task", name);
        let handle = tokio::spawn(body.instrument(span));
        // The task may have ended already; then its entry is gone.
        if let Some(entry) = self.shared.book().running.get_mut(&id) {
            entry.abort = Some(handle.abort_handle());
        }
    }

    fn enter(&self, name: &str, weight: Weight) -> Watched {
        let mut book = self.shared.book();
        let id = book.next_id;
        book.next_id += 1;
        book.running.insert(
            id,
            Entry {
                name: name.to_owned(),
                abort: None,
            },
        );
        drop(book);
        self.shared.running.send_modify(|count| *count += 1);
        Watched {
            id,
            weight,
            shared: Arc::clone(&self.shared),
            ended: Ended::Dropped,
        }
    }
}

impl Shared {
    fn book(&self) -> MutexGuard<'_, Book> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The one place where the end of a task is noticed. The book is closed again before anybody is woken: a waker
    /// may drop another task on the spot, and that ends up here too.
    fn leave(&self, id: u64, weight: Weight, ended: Ended) {
        let mut book = self.book();
        let Some(entry) = book.running.remove(&id) else {
            return;
        };
        let end = TaskEnd {
            name: entry.name,
            ended,
        };
        let stopping = self.shutdown.is_cancelled() || book.cause.is_some();
        let meaning = match (weight, stopping) {
            (Weight::Critical, false) => Meaning::StopsTheDaemon,
            (Weight::Critical, true) if end.ended.is_failure() => Meaning::FailedWhileStopping,
            (Weight::Brief, _) if end.ended.is_failure() => Meaning::Failed,
            (Weight::Critical | Weight::Brief, _) => Meaning::Nothing,
        };
        meaning.log(&end);
        match meaning {
            Meaning::StopsTheDaemon => book.cause = Some(end),
            Meaning::FailedWhileStopping if book.failed_while_stopping.len() < FAILURES_KEPT_MAX => {
                book.failed_while_stopping.push(end);
            }
            Meaning::FailedWhileStopping | Meaning::Failed | Meaning::Nothing => {}
        }
        drop(book);
        if meaning == Meaning::StopsTheDaemon {
            self.shutdown.cancel();
        }
        self.running.send_modify(|count| *count = count.saturating_sub(1));
    }
}

/// What the end of a task means for the daemon.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Meaning {
    StopsTheDaemon,
    FailedWhileStopping,
    Failed,
    Nothing,
}

impl Meaning {
    fn log(self, end: &TaskEnd) {
        let (name, ended) = (end.name.as_str(), &end.ended);
        match self {
            Self::StopsTheDaemon => {
                tracing::error!(task = name, %ended, "a critical task ended; the daemon stops");
            }
            Self::FailedWhileStopping => {
                tracing::warn!(task = name, %ended, "failed while the daemon stopped");
            }
            Self::Failed => tracing::warn!(task = name, %ended, "a task failed"),
            Self::Nothing => tracing::trace!(task = name, %ended, "a task ended"),
        }
    }
}

/// Travels with a task; however the task goes away, dropping this reports it.
#[derive(Debug)]
struct Watched {
    id: u64,
    weight: Weight,
    shared: Arc<Shared>,
    ended: Ended,
}

impl Watched {
    fn end(mut self, ended: Ended) {
        self.ended = ended;
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        let ended = std::mem::replace(&mut self.ended, Ended::Dropped);
        self.shared.leave(self.id, self.weight, ended);
    }
}

/// Names the tasks, and aborts those that can be.
fn abandon(stragglers: Vec<Entry>) -> Vec<String> {
    let mut names = Vec::with_capacity(stragglers.len());
    for Entry { name, abort } in stragglers {
        tracing::warn!(task = name, "did not end within the grace time");
        if let Some(abort) = abort {
            abort.abort();
        }
        names.push(name);
    }
    names
}

/// Runs `future` to its end and turns a panic into a value. The future is not polled again after a panic.
async fn catch_panic<F>(future: F) -> Ended
where
    F: Future,
    F::Output: TaskResult,
{
    let mut future = pin!(future);
    poll_fn(
        |context| match catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(context))) {
            Ok(poll) => poll.map(TaskResult::into_ended),
            Err(payload) => Poll::Ready(Ended::Panicked(panic_text(payload.as_ref()))),
        },
    )
    .await
}

fn panic_text(payload: &(dyn Any + Send)) -> String {
    let text = payload.downcast_ref::<&str>().copied();
    let text = text.or_else(|| payload.downcast_ref::<String>().map(String::as_str));
    text.unwrap_or("(a panic without text)").to_owned()
}
