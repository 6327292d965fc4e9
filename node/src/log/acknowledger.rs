//! The acknowledger: tells callers where their records are and how safe, a frame at a time. The committer hands it each
//! frame that is on this disk; it waits for a peer's copy where a peer is live. One task for all callers: the committer
//! wakes one task a frame and not one a caller, and there is one timer a frame.

use std::time::Duration;

use protocol::ids::{LogId, Sequence};
use tokio::{
    sync::{mpsc, oneshot, watch},
    time::Instant,
};

use super::handle::{Committed, Durability};

/// Frames that may wait for a peer's copy: four times as many as a fast disk takes in the longest wait. At the bound the
/// committer waits, for no longer than that.
pub(super) const WRITTEN_MAX: usize = 4096;

/// One caller of a frame and the sequence of its first record.
pub(super) type Waiting = (oneshot::Sender<Committed>, Sequence);

/// A frame that is on this disk.
pub(super) struct Written {
    pub(super) waiting: Vec<Waiting>,
    pub(super) last: Sequence,
    pub(super) since: Instant,
}

/// Tells callers.
pub(super) struct Acknowledger {
    pub(super) log: LogId,
    pub(super) written: mpsc::Receiver<Written>,
    pub(super) copied: watch::Receiver<Sequence>,
    pub(super) live_peers: watch::Receiver<usize>,
    pub(super) peer_wait: Duration,
}

impl Acknowledger {
    /// Runs until the committer is gone and everybody was told.
    pub(super) async fn run(mut self) {
        while let Some(frame) = self.written.recv().await {
            let durability = self.durability_of(&frame).await;
            for (caller, first) in frame.waiting {
                // A caller that went away is no error; its records are committed and applied all the same.
                let _ = caller.send(Committed {
                    log: self.log,
                    first,
                    durability,
                });
            }
        }
    }

    /// Waits until a peer has the frame, none is live, or the wait is over. Frames come in order, so none waits longer
    /// for the one before it.
    async fn durability_of(&mut self, frame: &Written) -> Durability {
        if *self.copied.borrow() >= frame.last {
            return Durability::District;
        }
        if *self.live_peers.borrow() == 0 {
            return Durability::Node;
        }
        let copy = self.copied.wait_for(|sequence| *sequence >= frame.last);
        let alone = self.live_peers.wait_for(|count| *count == 0);
        tokio::select! {
            biased;
            done = copy => if done.is_ok() { Durability::District } else { Durability::Node },
            _ = alone => Durability::Node,
            () = tokio::time::sleep_until(frame.since + self.peer_wait) => Durability::Node,
        }
    }
}
