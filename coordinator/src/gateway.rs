//! Where nodes meet the centre: frames in; feed, blobs and frames out; joining. Nodes dial, nothing here dials out.
//!
//! Each stream of a node's link is served by its own file and its own task; what a node may ask for follows from the name
//! in its certificate and its district in the state, never from what it says.

mod access;
mod blob;
mod feed;
mod figures;
mod frames;
mod heads;
mod join;
pub mod sessions;
mod ship;
#[cfg(test)]
mod tests;

use std::{sync::Arc, time::Duration};

use daemon::{Clock, Metrics};
use futures::{FutureExt, future::BoxFuture};
use link::{Connection, FramedStream, Guest, StreamError};
use protocol::{ids::NodeId, time::Instant, wire::centre::Open};
use serde::{Deserialize, Serialize};
use tokio::{task::JoinSet, time::timeout};

use crate::{
    accept::Visitors,
    clock::{CentreClock, ClockReading},
    cluster_key::ClusterKey,
    raft::Centre,
};
use figures::{Counted, Figures};
use sessions::{NodeReasons, NodeSession, Sessions};
pub(crate) use ship::entries;

/// What nodes may do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct GatewaySettings {
    /// Streams of one link that are served at once; a node uses a handful. Default 32.
    pub streams_max: usize,
    /// How long a stream's first message may take, and any message to be taken by the node. Default 10 s.
    pub stream_timeout_ms: u64,
    /// How often an idle feed says that nothing is new. Default 2 s.
    pub feed_idle_ms: u64,
    /// Batches of frames of one stream that wait for Raft; further ones are refused as "busy". Default 16.
    pub batches_max: usize,
}

impl Default for GatewaySettings {
    fn default() -> Self {
        Self {
            streams_max: 32,
            stream_timeout_ms: 10_000,
            feed_idle_ms: 2_000,
            batches_max: 16,
        }
    }
}

/// Serves nodes and newcomers. Clones share everything.
#[derive(Clone)]
pub struct Gateway {
    inner: Arc<Inner>,
}

struct Inner {
    centre: Centre,
    sessions: Sessions,
    cluster_key: ClusterKey,
    clock: CentreClock,
    settings: GatewaySettings,
    figures: Figures,
}

/// Why a stream of a node ended. The link goes on; the node opens another stream.
#[derive(Debug, thiserror::Error)]
enum ServeError {
    #[error(transparent)]
    Stream(#[from] StreamError),
    #[error("the node took or sent nothing for too long")]
    Timeout,
    #[error("the node ended the stream before it said what it is for")]
    Nothing,
}

impl Gateway {
    /// A gateway in front of the centre.
    pub fn new(
        centre: Centre,
        cluster_key: ClusterKey,
        clock: CentreClock,
        settings: GatewaySettings,
        metrics: &Metrics,
    ) -> Self {
        let sessions = Sessions::default();
        let inner = Inner {
            centre,
            sessions,
            cluster_key,
            clock,
            settings,
            figures: Figures::register(metrics),
        };
        Self {
            inner: Arc::new(inner),
        }
    }

    fn now(&self) -> Instant {
        Instant(self.inner.clock.wall_ms())
    }

    fn stream_timeout(&self) -> Duration {
        Duration::from_millis(self.inner.settings.stream_timeout_ms)
    }

    async fn serve_node(self, node: NodeId, connection: Connection) {
        if access::district_of(&self.inner.centre, node).is_none() {
            tracing::warn!(%node, "a node that is not registered here is sent away");
            connection.close(
                "this node is not registered at the centre yet; dial again, or join it with a new token",
            );
            return;
        }
        let _open = self.inner.sessions.opened(node, self.now());
        let _counted = Counted::one(&self.inner.figures.links);
        tracing::info!(%node, remote = %connection.remote_address(), "a node is linked");
        let mut streams = JoinSet::new();
        loop {
            tokio::select! {
                Some(_ended) = streams.join_next() => {}
                stream = connection.accept_stream() => match stream {
                    Ok(stream) if streams.len() < self.inner.settings.streams_max => {
                        let version = connection.protocol_version();
                        streams.spawn(self.clone().serve_stream(node, version, stream));
                    }
                    Ok(_refused_by_dropping) => {
                        tracing::warn!(%node, "a node has too many streams open; one is refused");
                    }
                    Err(reason) => {
                        tracing::info!(%node, %reason, "a node's link ended");
                        return;
                    }
                },
            }
        }
    }

    /// `version` is that of the protocol on the node's link.
    async fn serve_stream(self, node: NodeId, version: u16, mut stream: FramedStream) {
        let served = match self.first_message(&mut stream).await {
            Ok(Open::Ship) => self.ship(node, stream).await,
            Ok(Open::Feed { after }) => self.feed(node, after, version, stream).await,
            Ok(Open::Blob { hash, offset }) => self.blob(hash, offset, stream).await,
            Ok(Open::Frames { log, from }) => self.frames(node, log, from, stream).await,
            Ok(Open::Logs) => self.logs(node, stream).await,
            Err(error) => Err(error),
        };
        match served {
            Ok(()) | Err(ServeError::Stream(StreamError::Closed(_))) => {}
            Err(error) => tracing::debug!(%node, %error, "a node's stream ended"),
        }
    }

    async fn first_message(&self, stream: &mut FramedStream) -> Result<Open, ServeError> {
        let first = self.in_time(stream.recv_message()).await?;
        first.ok_or(ServeError::Nothing)
    }

    /// Bounds one step of a stream, so that a node that stands still holds nothing.
    async fn in_time<T>(&self, step: impl Future<Output = Result<T, StreamError>>) -> Result<T, ServeError> {
        let done = timeout(self.stream_timeout(), step).await;
        Ok(done.map_err(|_| ServeError::Timeout)??)
    }
}

impl Visitors for Gateway {
    fn node(&self, node: NodeId, connection: Connection) -> BoxFuture<'static, ()> {
        self.clone().serve_node(node, connection).boxed()
    }

    fn guest(&self, guest: Guest) -> BoxFuture<'static, ()> {
        self.clone().serve_guest(guest).boxed()
    }

    fn sessions(&self) -> Vec<NodeSession> {
        self.inner.sessions.list()
    }

    fn clock(&self) -> ClockReading {
        self.inner.clock.reading()
    }

    fn not_ready(&self) -> Vec<NodeReasons> {
        self.inner.sessions.reasons()
    }
}
