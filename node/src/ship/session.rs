//! One stream to one coordinator: what is sent must be answered in time.

use std::time::Duration;

use link::{PeerName, RecvHalf, SendHalf, StreamError};
use protocol::{
    frame::Frame,
    ids::{CoordinatorId, LogId},
    wire::{
        centre::{Down, Refusal, Up},
        chain::Chain,
    },
};
use store::StoreError;
use tokio::time::timeout;

/// Why a connection was given up; the next one goes on from what the centre holds.
#[derive(Debug, thiserror::Error)]
pub(super) enum ShipError {
    #[error(transparent)]
    Stream(#[from] StreamError),
    #[error("the centre ended the stream")]
    Ended,
    #[error("the centre did not answer")]
    Silent,
    #[error(
        "this coordinator has been too busy to take frames for too long; it may be cut off from the others"
    )]
    Busy,
    #[error("{0:?} is no coordinator")]
    NotACoordinator(PeerName),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// One connection's stream, and when it must have answered.
pub(super) struct Session {
    pub(super) send: SendHalf,
    pub(super) silence: Duration,
    pub(super) answer_by: Option<tokio::time::Instant>,
    /// Since when it has refused frames as busy and taken none.
    pub(super) busy_since_ms: Option<u64>,
    /// Whose clock it is that answers.
    pub(super) coordinator: CoordinatorId,
    /// Whether it takes frames as a chain.
    pub(super) takes_chains: bool,
}

impl Session {
    /// Sends one message; the wait for room on the link is bounded too.
    pub(super) async fn send(&mut self, message: &Up) -> Result<(), ShipError> {
        timeout(self.silence, self.send.send_message(message))
            .await
            .map_err(|_| ShipError::Silent)??;
        self.answer_by
            .get_or_insert(tokio::time::Instant::now() + self.silence);
        Ok(())
    }

    /// How frames of a log are said to this coordinator.
    pub(super) fn wording(&self, log: LogId, frames: &[Frame]) -> Up {
        let chain = if self.takes_chains {
            Chain::of(frames)
        } else {
            None
        };
        chain.map_or_else(
            || Up::Frames {
                log,
                frames: frames.iter().map(|frame| frame.bytes().clone()).collect(),
            },
            Up::Chain,
        )
    }

    /// Frames were refused. What time mends by itself is loud only the first time.
    pub(super) fn refused(&mut self, log: LogId, reason: &Refusal, now_ms: u64) {
        match reason {
            Refusal::Fork(_) | Refusal::Damaged(_) => {
                tracing::error!(%log, %reason, "the centre refused frames");
            }
            Refusal::NotYours(_) => tracing::warn!(%log, %reason, "the centre refused frames"),
            Refusal::Gap(_) => tracing::debug!(%log, %reason, "the centre asks for earlier frames"),
            Refusal::Busy(_) if self.busy_since_ms.is_some() => tracing::debug!(%log, %reason, "still busy"),
            Refusal::Busy(_) => {
                tracing::warn!(%log, %reason, "the centre takes no frames just now");
                self.busy_since_ms = Some(now_ms);
            }
        }
    }

    pub(super) fn is_busy_too_long(&self, now_ms: u64, busy_max_ms: u64) -> bool {
        self.busy_since_ms
            .is_some_and(|since| now_ms.saturating_sub(since) >= busy_max_ms)
    }
}

/// The next answer. Cancel-safe.
pub(super) async fn receive(recv: &mut RecvHalf) -> Result<Down, ShipError> {
    recv.recv_message().await?.ok_or(ShipError::Ended)
}
