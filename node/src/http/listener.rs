//! The listeners: TLS for candidates, and plain HTTP for this machine only. Each connection is one owned task
//! ([`super::connection`]); their number and the time to end after a stop are bounded here.

use std::{
    fs, io,
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use daemon::{CancellationToken, Tasks};
use rustls_pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::Semaphore,
    task::JoinSet,
};
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::DropGuard;

use super::{
    Settings,
    connection::{Peer, Terms, Welcome},
    served::Served,
};

/// The certificate that browsers see, in the identity's directory.
pub const CERTIFICATE_FILE: &str = "https.crt";
/// Its key.
pub const KEY_FILE: &str = "https.key";

/// Connections beyond the bound that are told so at one time; still further ones are closed without a word.
const TURNED_AWAY_MAX: usize = 128;

/// How long to wait when the system has no more file handles.
const ACCEPT_RETRY: Duration = Duration::from_millis(50);

/// Why candidates cannot be served.
#[derive(Debug, thiserror::Error)]
pub enum BindError {
    /// The address cannot be had.
    #[error(
        "TCP {address} cannot be bound: {source}; another process may use it, or the address is not this machine's"
    )]
    Address {
        /// Which.
        address: SocketAddr,
        /// What the operating system said.
        source: io::Error,
    },
    /// Plain HTTP for others than this machine.
    #[error("plain HTTP is served on loopback only, not on {0}; use HTTPS there")]
    NotLoopback(SocketAddr),
    /// The certificate or its key.
    #[error("{path}: {problem}; join the cluster, or put a PEM certificate and its PKCS #8 key there")]
    Certificate {
        /// Which file.
        path: PathBuf,
        /// What is wrong.
        problem: String,
    },
}

/// Bound, not yet serving.
pub struct HttpServer {
    https: Option<(TcpListener, TlsAcceptor)>,
    plain: Option<TcpListener>,
    settings: Settings,
}

// === impl HttpServer ===

impl HttpServer {
    /// Binds HTTPS with the certificate in the identity's directory, and plain HTTP where it is configured.
    pub async fn bind(settings: &Settings, identity: &Path) -> Result<Self, BindError> {
        let acceptor = TlsAcceptor::from(tls_config(identity)?);
        let https = bind(settings.https_address).await?;
        let plain = Self::bind_plain(settings).await?;
        Ok(Self {
            https: Some((https, acceptor)),
            ..plain
        })
    }

    /// Binds plain HTTP alone, on loopback.
    pub async fn bind_plain(settings: &Settings) -> Result<Self, BindError> {
        let plain = match settings.plain_address {
            Some(address) if !address.ip().is_loopback() => return Err(BindError::NotLoopback(address)),
            Some(address) => Some(bind(address).await?),
            None => None,
        };
        Ok(Self {
            https: None,
            plain,
            settings: settings.clone(),
        })
    }

    /// Where HTTPS is served, with the real port.
    pub fn https_address(&self) -> Option<SocketAddr> {
        self.https
            .as_ref()
            .and_then(|(listener, _)| listener.local_addr().ok())
    }

    /// Where plain HTTP is served, with the real port.
    pub fn plain_address(&self) -> Option<SocketAddr> {
        self.plain
            .as_ref()
            .and_then(|listener| listener.local_addr().ok())
    }

    /// Serves until shutdown, then lets requests end. `drained` is dropped when the last one has: what they need is
    /// stopped after that.
    pub fn start(self, served: &Served, tasks: &Tasks, drained: DropGuard) {
        let drained = Arc::new(drained);
        let shutdown = tasks.shutdown_token();
        let door = Door {
            connections: Arc::new(Semaphore::new(self.settings.connections_max)),
            turned_away: Arc::new(Semaphore::new(TURNED_AWAY_MAX)),
            drain: Duration::from_secs(self.settings.drain_seconds),
            terms: Arc::new(Terms::new(served.clone(), self.settings, shutdown.clone())),
            shutdown,
        };
        Arc::clone(served.limiter()).start_tidying(tasks);
        if let Some((listener, acceptor)) = self.https {
            let (door, drained) = (door.clone(), Arc::clone(&drained));
            tasks.spawn("http-tls", async move {
                door.serve(listener, Some(acceptor)).await;
                drop(drained);
            });
        }
        if let Some(listener) = self.plain {
            tasks.spawn("http-plain", async move {
                door.serve(listener, None).await;
                drop(drained);
            });
        }
    }
}

async fn bind(address: SocketAddr) -> Result<TcpListener, BindError> {
    let listener = TcpListener::bind(address).await;
    listener.map_err(|source| BindError::Address { address, source })
}

fn tls_config(identity: &Path) -> Result<Arc<rustls::ServerConfig>, BindError> {
    let (certificate_path, key_path) = (identity.join(CERTIFICATE_FILE), identity.join(KEY_FILE));
    let refused = |path: &Path, problem: String| BindError::Certificate {
        path: path.to_owned(),
        problem,
    };
    let read = |path: &Path| fs::read(path).map_err(|error| refused(path, error.to_string()));
    let chain: Result<Vec<CertificateDer<'static>>, _> =
        CertificateDer::pem_slice_iter(&read(&certificate_path)?).collect();
    let chain = chain.map_err(|error| refused(&certificate_path, error.to_string()))?;
    let key = PrivateKeyDer::from_pem_slice(&read(&key_path)?)
        .map_err(|error| refused(&key_path, error.to_string()))?;
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let tls = |error: rustls::Error| refused(&certificate_path, error.to_string());
    let mut config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(tls)?
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .map_err(tls)?;
    // A page that comes back after a pause resumes its session without a full handshake.
    config.ticketer = rustls::crypto::aws_lc_rs::Ticketer::new().map_err(tls)?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}

/// Who accepts connections, and how many.
#[derive(Clone)]
struct Door {
    terms: Arc<Terms>,
    connections: Arc<Semaphore>,
    turned_away: Arc<Semaphore>,
    drain: Duration,
    shutdown: CancellationToken,
}

impl Door {
    async fn serve(self, listener: TcpListener, acceptor: Option<TlsAcceptor>) {
        let mut connections = JoinSet::new();
        loop {
            let accepted = tokio::select! {
                accepted = listener.accept() => accepted,
                Some(_) = connections.join_next(), if !connections.is_empty() => continue,
                () = self.shutdown.cancelled() => break,
            };
            match accepted {
                Ok((stream, address)) => self.admit(&mut connections, stream, address, acceptor.as_ref()),
                Err(error) => {
                    tracing::warn!(%error, "a connection could not be accepted");
                    tokio::time::sleep(ACCEPT_RETRY).await;
                }
            }
        }
        drop(listener);
        let all_ended = async { while connections.join_next().await.is_some() {} };
        if tokio::time::timeout(self.drain, all_ended).await.is_err() {
            tracing::warn!("some requests did not end in time and are broken off");
        }
    }

    fn admit(
        &self,
        connections: &mut JoinSet<()>,
        stream: TcpStream,
        address: SocketAddr,
        acceptor: Option<&TlsAcceptor>,
    ) {
        let (permit, welcome) = match Arc::clone(&self.connections).try_acquire_owned() {
            Ok(permit) => (permit, Welcome::Served),
            Err(_) => match Arc::clone(&self.turned_away).try_acquire_owned() {
                Ok(permit) => (permit, Welcome::TurnedAway),
                // The client's next one may find room.
                Err(_) => return tracing::debug!(%address, "far too many connections: one is closed"),
            },
        };
        let _ = stream.set_nodelay(true);
        let peer = Peer { address, welcome };
        let connection = Arc::clone(&self.terms).connection(stream, peer, acceptor.cloned());
        connections.spawn(async move {
            connection.await;
            drop(permit);
        });
    }
}
