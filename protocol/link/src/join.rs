//! The link of a machine that is not a member yet.
//!
//! `pariksha-node join` dials a coordinator knowing nothing but the fingerprint of the cluster's CA; the coordinator
//! sees a [`Guest`]. A guest has no name and no way to become a [`crate::Connection`]: it gets a certificate over
//! this link and dials again.

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};
use std::sync::Arc;

use tokio::time::timeout;

use crate::certificate;
use crate::closed::{self, Closed, code};
use crate::connection::presented_chain;
use crate::endpoint::{ConnectError, SHUTDOWN_WAIT, dial};
use crate::fingerprint::Fingerprint;
use crate::limits::Limits;
use crate::stream::FramedStream;
use crate::tls;
use crate::verifier::{Expect, pinned};

/// A guest's messages are small: a token, a signing request, a certificate.
pub const GUEST_MESSAGE_BYTES_MAX: usize = 64 * 1024;

/// A guest may have this many streams open at once; joining needs one.
pub const GUEST_STREAMS_MAX: u8 = 4;

/// The coordinator's end of a link with a machine that has not proved who it is.
#[derive(Debug, Clone)]
pub struct Guest {
    inner: quinn::Connection,
}

/// The joining machine's end: the answering side is a coordinator under the pinned CA.
#[derive(Debug)]
pub struct Joining {
    inner: quinn::Connection,
    socket: quinn::Endpoint,
    authority_pem: String,
}

/// Dials a coordinator in order to join, from a socket of its own. Returns once a coordinator under the CA with this
/// fingerprint has answered.
pub async fn join_connect(
    address: SocketAddr,
    fingerprint: Fingerprint,
    limits: &Limits,
) -> Result<Joining, ConnectError> {
    let not_dialled = |reason: String| ConnectError::NotDialled { address, reason };
    limits.check().map_err(|error| not_dialled(error.to_string()))?;
    let config = tls::join_client_config(fingerprint, limits)?;
    let own: SocketAddr = match address {
        SocketAddr::V4(_) => (Ipv4Addr::UNSPECIFIED, 0).into(),
        SocketAddr::V6(_) => (Ipv6Addr::UNSPECIFIED, 0).into(),
    };
    let socket = UdpSocket::bind(own)
        .and_then(|socket| {
            let runtime = Arc::new(quinn::TokioRuntime);
            quinn::Endpoint::new(quinn::EndpointConfig::default(), None, socket, runtime)
        })
        .map_err(|error| not_dialled(error.to_string()))?;
    let name = Expect::AnyCoordinator.server_name();
    let inner = dial(&socket, config, address, &name, limits).await?;
    let chain = presented_chain(&inner);
    let authority_pem = pinned(&chain, fingerprint)
        .map(certificate::to_pem)
        .ok_or_else(|| {
            let reason = Closed::RefusedHere("the pinned CA certificate was not presented".to_owned());
            ConnectError::Refused { address, reason }
        })?;
    Ok(Joining {
        inner,
        socket,
        authority_pem,
    })
}

// === impl Guest ===

impl Guest {
    pub(crate) fn new(inner: quinn::Connection) -> Self {
        inner.set_max_concurrent_bi_streams(GUEST_STREAMS_MAX.into());
        Self { inner }
    }

    /// The next stream that the guest opens. Cancel-safe.
    pub async fn accept_stream(&self) -> Result<FramedStream, Closed> {
        let (send, recv) = self.inner.accept_bi().await?;
        Ok(FramedStream::new(send, recv, GUEST_MESSAGE_BYTES_MAX, 1))
    }

    /// Where the guest dials from.
    pub fn remote_address(&self) -> SocketAddr {
        self.inner.remote_address()
    }

    /// Closes the link and tells the guest why.
    pub fn close(&self, reason: &str) {
        closed::close(&self.inner, code::DONE, reason);
    }

    /// Waits until the link ends, and says why. Cancel-safe.
    pub async fn closed(&self) -> Closed {
        self.inner.closed().await.into()
    }
}

// === impl Joining ===

impl Joining {
    /// The certificate of the cluster's CA in PEM, checked against the fingerprint.
    pub fn authority_pem(&self) -> &str {
        &self.authority_pem
    }

    /// Opens a stream; the coordinator sees it with the first message. Cancel-safe.
    pub async fn open(&self) -> Result<FramedStream, Closed> {
        let (send, recv) = self.inner.open_bi().await?;
        Ok(FramedStream::new(send, recv, GUEST_MESSAGE_BYTES_MAX, 1))
    }

    /// Closes the link and waits a moment until the coordinator has heard of it.
    pub async fn close(self, reason: &str) {
        closed::close(&self.inner, code::DONE, reason);
        // Not heard in time is no harm: the coordinator notices by its idle timeout.
        let _ = timeout(SHUTDOWN_WAIT, self.socket.wait_idle()).await;
    }
}
