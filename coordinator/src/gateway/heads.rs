//! Heads that nodes sign, on their way into the state: the latest of each log is kept there, so that what a node once
//! said of its log outlives every process. Noted when the head moved, at most every [`NOTED_EVERY_MS`]; status pages show
//! the fresher one of the sessions.

use protocol::{checkpoint::SignedCheckpoint, ids::NodeId, time::Instant};
use state::Command;
use tokio::sync::mpsc;

use super::Gateway;

/// One Raft entry a node in this time, however busy it is.
const NOTED_EVERY_MS: i64 = 2_000;

/// What one ship stream has noted.
#[derive(Debug, Default)]
pub(super) struct Heads {
    last: Option<Instant>,
}

impl Heads {
    /// Hands a verified head over if it says something new; a full hand-over means that one is on its way already.
    pub(super) fn offer(
        &mut self,
        gateway: &Gateway,
        signed: &SignedCheckpoint,
        notes: &mpsc::Sender<SignedCheckpoint>,
    ) {
        let said = signed.checkpoint;
        let held = gateway
            .inner
            .centre
            .read(|state| state.signed_head(&said.log).map(|held| held.checkpoint.head));
        let now = gateway.now();
        let is_back = held.is_some_and(|held| said.head.sequence < held.sequence);
        let is_due = self.last.is_none_or(|last| now.0 - last.0 >= NOTED_EVERY_MS);
        if held != Some(said.head) && (is_due || is_back) && notes.try_send(signed.clone()).is_ok() {
            self.last = Some(now);
        }
    }
}

impl Gateway {
    /// Proposes what is handed over. One that fails is not tried again: the next head says more.
    pub(super) async fn note_heads(&self, node: NodeId, mut notes: mpsc::Receiver<SignedCheckpoint>) {
        while let Some(signed) = notes.recv().await {
            let proposed = self
                .inner
                .centre
                .propose(&format!("node {node}"), Command::NoteHead(signed))
                .await;
            if let Err(error) = proposed {
                tracing::debug!(%node, %error, "a signed head was not noted");
            }
        }
    }
}
