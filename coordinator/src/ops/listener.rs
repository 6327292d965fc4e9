//! The API's socket: TLS, HTTP/1.1, a bounded number of connections, bounded headers, and an end in order.

use std::{io, net::SocketAddr, sync::Arc, time::Duration};

use axum::Router;
use daemon::CancellationToken;
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    service::TowerToHyperService,
};
use tokio::{net::TcpListener, sync::Semaphore, task::JoinSet, time::timeout};
use tokio_rustls::TlsAcceptor;

/// How long a TLS handshake may take.
const HANDSHAKE_WITHIN: Duration = Duration::from_secs(10);
/// How long requests under way may take when the coordinator stops.
const DRAIN_WITHIN: Duration = Duration::from_secs(5);
/// The longest header section.
const HEADER_BYTES_MAX: usize = 32 * 1024;
/// The pause after a failed accept: the system is out of file handles or the like.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Why the API cannot be served.
#[derive(Debug, thiserror::Error)]
pub enum ListenerError {
    /// The address cannot be had.
    #[error(
        "TCP {address} cannot be bound: {source}; another process may use it, or the address is not this machine's (ops.address)"
    )]
    Bind {
        /// As configured.
        address: String,
        /// What the system said.
        source: io::Error,
    },
}

/// A bound socket with its TLS settings.
pub struct Listener {
    socket: TcpListener,
    tls: TlsAcceptor,
    connections: Arc<Semaphore>,
    header_within: Duration,
}

impl Listener {
    /// Binds the address.
    pub async fn bind(
        address: &str,
        tls: Arc<rustls::ServerConfig>,
        connections_max: usize,
        header_within: Duration,
    ) -> Result<Self, ListenerError> {
        let socket = TcpListener::bind(address)
            .await
            .map_err(|source| ListenerError::Bind {
                address: address.to_owned(),
                source,
            })?;
        Ok(Self {
            socket,
            tls: tls.into(),
            connections: Arc::new(Semaphore::new(connections_max)),
            header_within,
        })
    }

    /// The address that was bound, with the real port.
    pub fn local_address(&self) -> io::Result<SocketAddr> {
        self.socket.local_addr()
    }

    /// Serves until the token is cancelled, then lets requests under way finish.
    pub async fn serve(self, router: Router, stop: CancellationToken) {
        let mut connections = JoinSet::new();
        loop {
            let accepted = tokio::select! {
                () = stop.cancelled() => break,
                accepted = self.accept() => accepted,
            };
            while connections.try_join_next().is_some() {}
            let Some((socket, place)) = accepted else {
                continue;
            };
            let (tls, router, stop) = (self.tls.clone(), router.clone(), stop.clone());
            let header_within = self.header_within;
            connections.spawn(async move {
                let _place = place;
                let Ok(Ok(stream)) = timeout(HANDSHAKE_WITHIN, tls.accept(socket)).await else {
                    return;
                };
                serve_connection(stream, router, header_within, stop).await;
            });
        }
        // Those that do not end in time are aborted with the set.
        let _ = timeout(DRAIN_WITHIN, async {
            while connections.join_next().await.is_some() {}
        })
        .await;
    }

    /// The next connection once there is room for it; others wait in the system's queue.
    async fn accept(&self) -> Option<(tokio::net::TcpStream, tokio::sync::OwnedSemaphorePermit)> {
        let place = self.connections.clone().acquire_owned().await.ok()?;
        match self.socket.accept().await {
            Ok((socket, _)) => {
                // Only a matter of speed.
                let _ = socket.set_nodelay(true);
                Some((socket, place))
            }
            Err(error) => {
                tracing::warn!(%error, "an ops connection could not be accepted");
                tokio::time::sleep(ACCEPT_PAUSE).await;
                None
            }
        }
    }
}

async fn serve_connection(
    stream: tokio_rustls::server::TlsStream<tokio::net::TcpStream>,
    router: Router,
    header_within: Duration,
    stop: CancellationToken,
) {
    let mut connection = std::pin::pin!(
        hyper::server::conn::http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(header_within)
            .max_buf_size(HEADER_BYTES_MAX)
            .serve_connection(TokioIo::new(stream), TowerToHyperService::new(router))
    );
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = stop.cancelled() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "an ops connection ended badly");
    }
}
