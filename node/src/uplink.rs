//! The node's link to the centre: one connection to any configured coordinator, dialled again whenever it ends. Shipper
//! and feed follower share it, each on streams of their own. Nothing that a candidate waits for stands on it.

use std::{net::SocketAddr, time::Duration};

use daemon::{CancellationToken, Tasks};
use link::{Backoff, Connection, Endpoint, Expect, Limits};
use serde::{Deserialize, Serialize};
use tokio::{
    sync::watch,
    time::{sleep, timeout},
};

/// A connection that held for so long was a success: the back-off begins anew.
const HELD: Duration = Duration::from_secs(5);

/// The longest wait between two dials: with the dial's own time-out it bounds how late a healed WAN is noticed.
const WAIT_MAX: Duration = Duration::from_secs(5);

/// The `[link]` part of the configuration.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// The UDP address on which this node links: it dials the centre from there and its peers reach it there.
    pub address: SocketAddr,
    /// Where the coordinators are, `host:port` each. Tried in turn; any one is enough.
    pub coordinators: Vec<String>,
    /// How long one dial may take before the next coordinator is tried, in milliseconds.
    pub dial_timeout_ms: u64,
    /// Bounds and times of every link of this node.
    pub limits: Limits,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            address: SocketAddr::from(([0, 0, 0, 0], 7411)),
            coordinators: Vec::new(),
            dial_timeout_ms: 3_000,
            limits: Limits::default(),
        }
    }
}

/// The current connection to the centre. Clones are the same.
#[derive(Debug, Clone)]
pub struct Uplink {
    current: watch::Receiver<Option<Connection>>,
}

impl Uplink {
    /// Waits until there is a connection. Cancel-safe.
    pub async fn connection(&self) -> Connection {
        let mut current = self.current.clone();
        loop {
            let live = current.borrow_and_update().clone();
            match live {
                Some(connection) if connection.close_reason().is_none() => return connection,
                _ => {}
            }
            if current.changed().await.is_err() {
                // The dialler has stopped, so the process is stopping; whoever waits here watches for that too.
                std::future::pending::<()>().await;
            }
        }
    }
}

/// Starts the dialler.
pub fn start(settings: Settings, endpoint: Endpoint, tasks: &Tasks) -> Uplink {
    let (sender, current) = watch::channel(None);
    let shutdown = tasks.shutdown_token();
    let dialler = Dialler {
        settings,
        endpoint,
        current: sender,
    };
    tasks.spawn("uplink", dialler.run(shutdown));
    Uplink { current }
}

struct Dialler {
    settings: Settings,
    endpoint: Endpoint,
    current: watch::Sender<Option<Connection>>,
}

impl Dialler {
    async fn run(self, shutdown: CancellationToken) {
        if self.settings.coordinators.is_empty() {
            tracing::warn!(
                "no coordinator is configured (link.coordinators): this node works, but delivers nothing"
            );
            return shutdown.cancelled().await;
        }
        tokio::select! {
            () = shutdown.cancelled() => {}
            () = self.dial_for_ever() => {}
        }
        self.current.send_replace(None);
    }

    async fn dial_for_ever(&self) {
        let mut backoff = Backoff::new(Duration::from_millis(50), Duration::from_millis(250), WAIT_MAX);
        let count = self.settings.coordinators.len();
        let mut turn = rand::random_range(0..count);
        loop {
            let address = &self.settings.coordinators[turn % count];
            turn = turn.wrapping_add(1);
            let limit = Duration::from_millis(self.settings.dial_timeout_ms);
            match dial(&self.endpoint, address, Expect::AnyCoordinator, limit).await {
                Ok(connection) => {
                    tracing::info!(coordinator = %connection.peer(), address, "linked to the centre");
                    if self.hold(connection).await {
                        backoff.reset();
                    }
                }
                Err(reason) => tracing::debug!(address, reason, "no link to this coordinator"),
            }
            sleep(backoff.next(rand::random())).await;
        }
    }

    /// Publishes the connection until it ends; says whether it held for a while.
    async fn hold(&self, connection: Connection) -> bool {
        let began = tokio::time::Instant::now();
        self.current.send_replace(Some(connection.clone()));
        let reason = connection.closed().await;
        self.current.send_replace(None);
        tracing::warn!(coordinator = %connection.peer(), %reason, "the link to the centre ended");
        began.elapsed() >= HELD
    }
}

/// Resolves an address and dials it, all within `limit`. The error is a sentence for the log.
pub(crate) async fn dial(
    endpoint: &Endpoint,
    address: &str,
    expect: Expect,
    limit: Duration,
) -> Result<Connection, String> {
    let attempt = async {
        let mut found = tokio::net::lookup_host(address)
            .await
            .map_err(|error| error.to_string())?;
        // A socket of one family cannot dial the other.
        let own = endpoint.local_addr().map_err(|error| error.to_string())?;
        let address = found.find(|address| address.is_ipv4() == own.is_ipv4());
        let address = address.ok_or_else(|| "the name has no address of this node's kind".to_owned())?;
        endpoint
            .connect(address, expect)
            .await
            .map_err(|error| error.to_string())
    };
    timeout(limit, attempt)
        .await
        .unwrap_or_else(|_| Err(format!("no answer within {} ms", limit.as_millis())))
}
