//! A link to a member of the cluster: streams, datagrams, and who the other side is.
//!
//! The name comes from the peer's certificate, checked under the CA, and never from what the peer says. No type of
//! the transport shows in this face, so that the same can run over TLS on TCP where UDP is dropped.

use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;
use quinn::SendDatagramError;
use quinn::crypto::rustls::HandshakeData;
use rustls_pki_types::CertificateDer;

use crate::certificate::{self, CertificateError};
use crate::closed::{self, Closed, code};
use crate::limits::Limits;
use crate::name::PeerName;
use crate::stream::FramedStream;
use crate::tls::{JOIN_PROTOCOLS, MEMBER_PROTOCOLS};

/// Why a peer that got through the handshake is not taken for a member.
#[derive(Debug, thiserror::Error)]
pub enum MemberError {
    /// It presented no certificate.
    #[error("it presented no certificate; a machine without one must join first")]
    NoCertificate,
    /// Its certificate names no member.
    #[error(transparent)]
    Certificate(#[from] CertificateError),
    /// It speaks no protocol of members.
    #[error("it speaks no version of the protocol between members")]
    NoProtocol,
}

/// Why a datagram was not sent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DatagramError {
    /// It does not fit the path.
    #[error("a datagram of {bytes} bytes does not fit this link, which carries {bytes_max}")]
    TooLarge {
        /// The datagram's size.
        bytes: usize,
        /// What the link carries now; 0 if the peer takes none.
        bytes_max: usize,
    },
    /// The link is gone.
    #[error(transparent)]
    Closed(#[from] Closed),
}

/// What ALPN agreed on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Protocol {
    /// Between members, in this version.
    Member(u16),
    /// For joining.
    Join,
}

/// A link to a member. Clones share it; it closes when the last clone and its streams are dropped.
#[derive(Debug, Clone)]
pub struct Connection {
    inner: quinn::Connection,
    peer: PeerName,
    version: u16,
    message_bytes_max: usize,
}

// === impl Connection ===

impl Connection {
    pub(crate) fn of_member(inner: quinn::Connection, limits: &Limits) -> Result<Self, MemberError> {
        let Some(Protocol::Member(version)) = Protocol::of(&inner) else {
            return Err(MemberError::NoProtocol);
        };
        let chain = presented_chain(&inner);
        let peer = certificate::member_name(chain.first().ok_or(MemberError::NoCertificate)?)?;
        Ok(Self {
            inner,
            peer,
            version,
            message_bytes_max: limits.message_bytes_max,
        })
    }

    /// Who the other side is, by its certificate.
    pub fn peer(&self) -> PeerName {
        self.peer
    }

    /// The version of the protocol that both sides agreed on.
    pub fn protocol_version(&self) -> u16 {
        self.version
    }

    /// Opens a stream; waits while the peer has as many open as it allows. The peer sees it with the first message.
    /// Cancel-safe.
    pub async fn open(&self) -> Result<FramedStream, Closed> {
        let (send, recv) = self.inner.open_bi().await?;
        Ok(FramedStream::new(
            send,
            recv,
            self.message_bytes_max,
            self.version,
        ))
    }

    /// The next stream that the peer opens. Cancel-safe.
    pub async fn accept_stream(&self) -> Result<FramedStream, Closed> {
        let (send, recv) = self.inner.accept_bi().await?;
        Ok(FramedStream::new(
            send,
            recv,
            self.message_bytes_max,
            self.version,
        ))
    }

    /// Sends a datagram: may be lost, repeated or overtaken. Never waits; the oldest waiting ones give way.
    pub fn send_datagram(&self, datagram: Bytes) -> Result<(), DatagramError> {
        let bytes = datagram.len();
        self.inner.send_datagram(datagram).map_err(|error| match error {
            SendDatagramError::ConnectionLost(reason) => DatagramError::Closed(reason.into()),
            SendDatagramError::TooLarge
            | SendDatagramError::UnsupportedByPeer
            | SendDatagramError::Disabled => DatagramError::TooLarge {
                bytes,
                bytes_max: self.max_datagram_size().unwrap_or(0),
            },
        })
    }

    /// The next datagram from the peer. Cancel-safe.
    pub async fn read_datagram(&self) -> Result<Bytes, Closed> {
        Ok(self.inner.read_datagram().await?)
    }

    /// The largest datagram that fits now, `None` if the peer takes none. Changes with the path; about 1200 bytes at
    /// first.
    pub fn max_datagram_size(&self) -> Option<usize> {
        self.inner.max_datagram_size()
    }

    /// Closes the link and tells the peer why (the first 200 bytes of it).
    pub fn close(&self, reason: &str) {
        closed::close(&self.inner, code::DONE, reason);
    }

    /// Waits until the link ends, and says why. Cancel-safe.
    pub async fn closed(&self) -> Closed {
        self.inner.closed().await.into()
    }

    /// Why the link ended, `None` while it lives.
    pub fn close_reason(&self) -> Option<Closed> {
        self.inner.close_reason().map(Closed::from)
    }

    /// The measured round trip.
    pub fn rtt(&self) -> Duration {
        self.inner.rtt()
    }

    /// Where the peer is; changes when it moves to another network.
    pub fn remote_address(&self) -> SocketAddr {
        self.inner.remote_address()
    }

    /// Bytes sent and received on this link so far, as UDP payload: what the WAN carries.
    pub fn bytes_carried(&self) -> (u64, u64) {
        let stats = self.inner.stats();
        (stats.udp_tx.bytes, stats.udp_rx.bytes)
    }
}

// === impl Protocol ===

impl Protocol {
    /// What ALPN agreed on for this connection.
    pub(crate) fn of(connection: &quinn::Connection) -> Option<Self> {
        let data = connection.handshake_data()?.downcast::<HandshakeData>().ok()?;
        let name = String::from_utf8(data.protocol?).ok()?;
        if JOIN_PROTOCOLS.contains(&name.as_str()) {
            return Some(Self::Join);
        }
        let known = MEMBER_PROTOCOLS.contains(&name.as_str());
        let (_, version) = name.split_once('/').filter(|_| known)?;
        version.parse().ok().map(Self::Member)
    }
}

/// The certificates that the peer presented, its own first; empty if none.
pub(crate) fn presented_chain(connection: &quinn::Connection) -> Vec<CertificateDer<'static>> {
    connection
        .peer_identity()
        .and_then(|identity| identity.downcast::<Vec<CertificateDer<'static>>>().ok())
        .map(|chain| *chain)
        .unwrap_or_default()
}
