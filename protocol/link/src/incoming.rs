//! A peer that dials us: from its first packet to a member's connection or a guest's.
//!
//! Members and guests come out as different types, so that a machine that has no certificate can never be taken for
//! one that has.

use std::net::SocketAddr;
use std::sync::Arc;

use tokio::time::timeout;

use crate::closed::{self, Closed, code};
use crate::connection::{Connection, MemberError, Protocol};
use crate::greeting;
use crate::join::Guest;
use crate::limits::Limits;

/// A peer that has begun to dial us. Dropping it refuses the peer.
#[derive(Debug)]
pub struct Incoming {
    inner: quinn::Incoming,
    limits: Arc<Limits>,
}

/// A peer that was let in.
#[derive(Debug)]
pub enum Accepted {
    /// A member of the cluster, by its certificate.
    Member(Connection),
    /// A machine without proof of who it is, that wants to join.
    Guest(Guest),
}

/// Why a dialling peer was not let in.
#[derive(Debug, thiserror::Error)]
pub enum AcceptError {
    /// The handshake failed: another cluster's certificate, an expired one, no common version.
    #[error("{remote} was not let in: {reason}")]
    Handshake {
        /// Where it dials from.
        remote: SocketAddr,
        /// What went wrong.
        reason: Closed,
    },
    /// The handshake took too long.
    #[error("{remote} was not let in: its handshake took longer than {milliseconds} ms")]
    TimedOut {
        /// Where it dials from.
        remote: SocketAddr,
        /// How long we waited.
        milliseconds: u64,
    },
    /// The certificate is missing or names no member.
    #[error("{remote} was not let in: {source}")]
    NotAMember {
        /// Where it dials from.
        remote: SocketAddr,
        /// What is wrong with it.
        source: MemberError,
    },
}

// === impl Incoming ===

impl Incoming {
    pub(crate) fn new(inner: quinn::Incoming, limits: Arc<Limits>) -> Self {
        Self { inner, limits }
    }

    /// Where the peer dials from.
    pub fn remote_address(&self) -> SocketAddr {
        self.inner.remote_address()
    }

    /// Shakes hands, checks who the peer is and tells it that it is admitted, or why not. Bounded by the handshake
    /// timeout; run it in a task of its own.
    pub async fn establish(self) -> Result<Accepted, AcceptError> {
        let remote = self.remote_address();
        let milliseconds = self.limits.handshake_timeout_ms;
        let limits = self.limits.clone();
        timeout(limits.handshake_timeout(), self.shake_hands())
            .await
            .unwrap_or(Err(AcceptError::TimedOut { remote, milliseconds }))
    }

    async fn shake_hands(self) -> Result<Accepted, AcceptError> {
        let remote = self.remote_address();
        let failed = |reason| AcceptError::Handshake { remote, reason };
        let connection = self.inner.await.map_err(|error| failed(error.into()))?;
        let accepted = match Protocol::of(&connection) {
            Some(Protocol::Join) => Accepted::Guest(Guest::new(connection.clone())),
            Some(Protocol::Member(_)) | None => Connection::of_member(connection.clone(), &self.limits)
                .map(Accepted::Member)
                .map_err(|source| {
                    closed::close(&connection, code::REFUSED, &source.to_string());
                    AcceptError::NotAMember { remote, source }
                })?,
        };
        greeting::admit(&connection).await.map_err(failed)?;
        Ok(accepted)
    }
}
