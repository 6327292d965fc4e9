//! The gatherer: puts what waits for the committer into batches. A task of the runtime, so that it can see when nobody
//! is about to append: it gives way to every other task that could run, and hands the batch over once none of them has
//! added to it. A commit costs nearly the same for one record and for a hundred (docs/PERFORMANCE.md), so under load
//! frames get large by themselves, and a lone answer waits for nothing.

use std::time::Duration;

use tokio::{sync::mpsc, task::yield_now, time::Instant};

use super::committer::{Append, REQUEST_BYTES_MAX, Request};

/// For so long a batch may grow while more is still coming.
const GATHER_MAX: Duration = Duration::from_millis(2);

/// For so long it waits for the callers of the batches before it, who were just answered and are about to come again. On a
/// real disk, 64 connections and one core it makes 57 to 62 answers a frame of 35 (docs/PERFORMANCE.md).
const EXPECT_MAX: Duration = Duration::from_micros(300);

/// Appends that become one frame.
#[derive(Default)]
pub(super) struct Batch {
    pub(super) appends: Vec<Append>,
    bytes: usize,
}

/// Makes batches.
pub(super) struct Gatherer {
    requests: mpsc::Receiver<Request>,
    /// The committer's word that it can take a batch.
    ready: mpsc::Receiver<()>,
    batches: mpsc::Sender<Batch>,
    /// Appends in the two batches before.
    before: [usize; 2],
}

/// The committer's end.
pub(super) struct Batches {
    ready: mpsc::Sender<()>,
    batches: mpsc::Receiver<Batch>,
}

enum After {
    Nothing,
    Carry(Append),
    Close,
}

// === impl Gatherer ===

impl Gatherer {
    /// Over the requests of all who append, and the end of it that the committer needs.
    pub(super) fn new(requests: mpsc::Receiver<Request>) -> (Self, Batches) {
        let (ready_for_one, ready) = mpsc::channel(1);
        let (batches, next) = mpsc::channel(1);
        let gatherer = Self {
            requests,
            ready,
            batches,
            before: [0; 2],
        };
        let committers = Batches {
            ready: ready_for_one,
            batches: next,
        };
        (gatherer, committers)
    }

    /// Runs until it is told to close or everybody who could ask is gone; the committer then sees no more batches.
    pub(super) async fn run(mut self) {
        let mut carried = None;
        // Until the committer can take a batch, what comes waits in the bounded queue.
        while self.ready.recv().await.is_some() {
            let first = match carried.take() {
                Some(append) => append,
                None => match self.requests.recv().await {
                    Some(Request::Append(append)) => append,
                    Some(Request::Close) | None => return,
                },
            };
            let (batch, after) = self.gather(first).await;
            self.before = [batch.appends.len(), self.before[0]];
            if self.batches.send(batch).await.is_err() {
                return;
            }
            match after {
                After::Nothing => {}
                After::Carry(append) => carried = Some(append),
                After::Close => return,
            }
        }
    }

    async fn gather(&mut self, first: Append) -> (Batch, After) {
        let (began, mut has_given_way) = (Instant::now(), false);
        let expected = self.before.into_iter().max().unwrap_or_default() / 2;
        let mut batch = Batch::default();
        batch.add(first);
        loop {
            let before = batch.appends.len();
            if let Some(after) = self.take_waiting(&mut batch) {
                return (batch, after);
            }
            let (count, age) = (batch.appends.len(), began.elapsed());
            // A batch of one right after one of sixty would only put the next sixty off.
            let is_short = count < expected && age < EXPECT_MAX;
            let is_quiet = count == before && has_given_way && !is_short;
            if is_quiet || age >= GATHER_MAX {
                return (batch, After::Nothing);
            }
            yield_now().await;
            has_given_way = true;
        }
    }

    /// Takes what waits, as far as it fits into one frame; says what comes after a batch that can grow no more.
    fn take_waiting(&mut self, batch: &mut Batch) -> Option<After> {
        loop {
            match self.requests.try_recv() {
                Ok(Request::Append(append)) if batch.fits(&append) => batch.add(append),
                Ok(Request::Append(append)) => return Some(After::Carry(append)),
                Ok(Request::Close) => return Some(After::Close),
                // Disconnected is noticed by the next receive.
                Err(_) => return None,
            }
        }
    }
}

// === impl Batches ===

impl Batches {
    /// Waits for the next batch; `None` when there will be no more. Blocks.
    pub(super) fn next(&mut self) -> Option<Batch> {
        self.ready.blocking_send(()).ok()?;
        self.batches.blocking_recv()
    }
}

// === impl Batch ===

impl Batch {
    /// Whether all its records still fit: a request's records stay together.
    fn fits(&self, append: &Append) -> bool {
        self.bytes + append.bytes() <= REQUEST_BYTES_MAX
    }

    fn add(&mut self, append: Append) {
        self.bytes += append.bytes();
        self.appends.push(append);
    }
}
