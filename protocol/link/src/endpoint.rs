//! One UDP socket that both dials and answers.
//!
//! Node and coordinator bind one endpoint at start and shut it down last. Accepting is in two steps so that a slow
//! handshake never holds up the next: [`Endpoint::accept`] in the owner's loop, [`crate::Incoming::establish`] in a task
//! of its own.

use std::io;
use std::net::{SocketAddr, UdpSocket};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use tokio::time::timeout;

use crate::closed::{Closed, code};
use crate::connection::Connection;
use crate::greeting;
use crate::identity::Identity;
use crate::incoming::Incoming;
use crate::limits::{Limits, LimitsError};
use crate::name::PeerName;
use crate::tls::{self, TlsError};
use crate::verifier::Expect;

/// How long a shutdown waits for peers to hear of it.
pub const SHUTDOWN_WAIT: Duration = Duration::from_secs(3);

/// Whether machines that have no certificate yet may link in order to join.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Guests {
    /// Members only: what a node wants.
    Refused,
    /// Certificate-less clients may open a link for joining: what a coordinator wants.
    Welcome,
}

/// Why an endpoint could not be bound.
#[derive(Debug, thiserror::Error)]
pub enum BindError {
    /// The address cannot be had.
    #[error(
        "UDP {address} cannot be bound: {source}; another process may use it, or the address is not this machine's"
    )]
    Address {
        /// The address that was asked for.
        address: SocketAddr,
        /// What the operating system said.
        source: io::Error,
    },
    /// The limits contradict each other.
    #[error(transparent)]
    Limits(#[from] LimitsError),
    /// The identity cannot be used.
    #[error(transparent)]
    Tls(#[from] TlsError),
}

/// Why a peer could not be linked to.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// The dialling itself is impossible here.
    #[error("{address} cannot be dialled: {reason}")]
    NotDialled {
        /// Whom we dialled.
        address: SocketAddr,
        /// Why not.
        reason: String,
    },
    /// Nobody answered in time.
    #[error("{address} did not answer within {milliseconds} ms: it is down, or UDP does not get through")]
    Unanswered {
        /// Whom we dialled.
        address: SocketAddr,
        /// How long we waited.
        milliseconds: u64,
    },
    /// The link ended before it was admitted.
    #[error("{address}: {reason}")]
    Refused {
        /// Whom we dialled.
        address: SocketAddr,
        /// Who refused whom, and why.
        reason: Closed,
    },
    /// The identity or pin cannot be used.
    #[error(transparent)]
    Tls(#[from] TlsError),
}

/// One UDP socket, both client and server, under one identity. Clones share it.
#[derive(Debug, Clone)]
pub struct Endpoint {
    socket: quinn::Endpoint,
    identity: Arc<RwLock<Identity>>,
    guests: Guests,
    limits: Arc<Limits>,
}

// === impl Endpoint ===

impl Endpoint {
    /// Binds the socket. To be called within a tokio runtime.
    pub fn bind(
        address: SocketAddr,
        identity: &Identity,
        guests: Guests,
        limits: Limits,
    ) -> Result<Self, BindError> {
        limits.check()?;
        let server = tls::server_config(identity, guests, &limits)?;
        let socket = UdpSocket::bind(address)
            .and_then(|socket| {
                let runtime = Arc::new(quinn::TokioRuntime);
                let config = quinn::EndpointConfig::default();
                quinn::Endpoint::new(config, Some(server), socket, runtime)
            })
            .map_err(|source| BindError::Address { address, source })?;
        let identity = Arc::new(RwLock::new(identity.clone()));
        Ok(Self {
            socket,
            identity,
            guests,
            limits: Arc::new(limits),
        })
    }

    /// The name under which this endpoint links.
    pub fn name(&self) -> PeerName {
        self.identity
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .name()
    }

    /// The address that was bound, with the real port.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.socket.local_addr()
    }

    /// Dials a member and returns once it has admitted us and is who was expected.
    pub async fn connect(&self, address: SocketAddr, expected: Expect) -> Result<Connection, ConnectError> {
        let config = {
            let identity = self.identity.read().unwrap_or_else(PoisonError::into_inner);
            tls::member_client_config(&identity, expected, &self.limits)?
        };
        let name = expected.server_name();
        let connection = dial(&self.socket, config, address, &name, &self.limits).await?;
        Connection::of_member(connection, &self.limits).map_err(|error| ConnectError::Refused {
            address,
            reason: Closed::RefusedHere(error.to_string()),
        })
    }

    /// The next peer that dials us; `None` once the endpoint is closed. Cancel-safe.
    ///
    /// At the most connections the limits allow, further ones are refused; from half of that on, a peer must first
    /// show that it owns its address.
    pub async fn accept(&self) -> Option<Incoming> {
        loop {
            let incoming = self.socket.accept().await?;
            let open = self.socket.open_connections();
            if open >= self.limits.connections_max {
                tracing::warn!(remote = %incoming.remote_address(), open, "too many links: one is refused");
                incoming.refuse();
            } else if open >= self.limits.connections_max / 2 && incoming.may_retry() {
                // It may retry, so this cannot fail; if it did, the incoming link is dropped and so refused.
                let _ = incoming.retry();
            } else {
                return Some(Incoming::new(incoming, self.limits.clone()));
            }
        }
    }

    /// Takes a renewed identity into use for all links from now on; open links stay.
    pub fn renew(&self, identity: &Identity) -> Result<(), TlsError> {
        let server = tls::server_config(identity, self.guests, &self.limits)?;
        *self.identity.write().unwrap_or_else(PoisonError::into_inner) = identity.clone();
        self.socket.set_server_config(Some(server));
        Ok(())
    }

    /// How many links are open.
    pub fn open_connections(&self) -> usize {
        self.socket.open_connections()
    }

    /// Closes every link and accepts no more. Returns at once.
    pub fn close(&self) {
        self.socket.close(code::DONE.into(), b"the process stops");
    }

    /// Closes every link and waits, [`SHUTDOWN_WAIT`] at most, until the peers have heard of it.
    pub async fn shutdown(&self) {
        self.close();
        if timeout(SHUTDOWN_WAIT, self.socket.wait_idle()).await.is_err() {
            tracing::debug!(
                "some peers did not hear of the shutdown; they will notice by their idle timeout"
            );
        }
    }
}

/// Dials, shakes hands and waits for the word of admission, all within the handshake timeout.
pub(crate) async fn dial(
    socket: &quinn::Endpoint,
    config: quinn::ClientConfig,
    address: SocketAddr,
    server_name: &str,
    limits: &Limits,
) -> Result<quinn::Connection, ConnectError> {
    let connecting = socket
        .connect_with(config, address, server_name)
        .map_err(|error| ConnectError::NotDialled {
            address,
            reason: error.to_string(),
        })?;
    let refused = |reason: Closed| match reason {
        Closed::TimedOut => ConnectError::Unanswered {
            address,
            milliseconds: limits.idle_timeout_ms,
        },
        reason => ConnectError::Refused { address, reason },
    };
    let handshake = async {
        let connection = connecting.await.map_err(Closed::from)?;
        greeting::await_admission(&connection).await?;
        Ok(connection)
    };
    match timeout(limits.handshake_timeout(), handshake).await {
        Ok(outcome) => outcome.map_err(refused),
        Err(_) => Err(ConnectError::Unanswered {
            address,
            milliseconds: limits.handshake_timeout_ms,
        }),
    }
}
