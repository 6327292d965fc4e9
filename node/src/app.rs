//! The node put together: builds every part in order, owns their handles, stops them in order. Called by `run`; the only
//! place that knows all parts.
//!
//! Order of building: what candidates' ports need (so that a busy port is known at once), time and feed from the disk,
//! the log and the copies folded into the book, the links, and last the ports are opened to candidates and operators.
//! Order of stopping: listeners and links hear the token; when the last request has ended the log is closed; then the
//! endpoint.

mod keeping;
mod network;
mod storage;
#[cfg(test)]
mod tests;

use std::{net::SocketAddr, path::PathBuf, sync::Arc, time::Duration};

use anyhow::{Context, Result, bail};
use daemon::{CancellationToken, Clock, Metrics, Outcome, Tasks};
use ed25519_dalek::SigningKey;
use link::{Endpoint, Guests, Identity, PeerName};
use protocol::ids::{NodeId, Sequence};

use self::{
    keeping::{Keeping, is_delivered},
    network::Network,
    storage::Storage,
};
use crate::{
    attempts::{Attempts, expiry},
    config::{DataDirectory, NodeSettings},
    disk_work::disk_work,
    district_time::DistrictTime,
    export::{Exporter, Maker},
    feed::Feed,
    gossip::Gossip,
    http::{Delivered, Elsewhere, HttpServer, Served, least_loaded},
    import::Importer,
    join,
    log::{ForkMark, Log, replicate::Shelf},
    refetch::Refetch,
    ship::{self, Ship},
    status,
};

pub use self::keeping::NewDay;

/// How long everything may take to end after a stop: requests drain first, then the log closes.
const STOP_GRACE: Duration = Duration::from_secs(15);

/// How long the first candidates wait for what the centre may hold of earlier logs.
const REFETCH_GRACE: Duration = Duration::from_secs(3);

/// A running node.
pub struct App {
    tasks: Tasks,
    endpoint: Endpoint,
    addresses: Addresses,
    fork: ForkMark,
    new_day: NewDay,
}

/// Where it listens, with the real ports.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Addresses {
    /// HTTPS for candidates.
    pub https: Option<SocketAddr>,
    /// Plain HTTP on loopback.
    pub plain: Option<SocketAddr>,
    /// The operator port.
    pub operator: SocketAddr,
    /// The link.
    pub link: SocketAddr,
}

/// Who this node is.
struct Own {
    node: NodeId,
    identity: Identity,
    signing_key: SigningKey,
    /// What makes its exported logs; none when it joined before the cluster gave its word.
    maker: Option<Maker>,
}

// === impl App ===

impl App {
    /// Builds and starts everything. `shutdown` stops it.
    pub async fn start(
        data: &DataDirectory,
        settings: &NodeSettings,
        clock: Arc<dyn Clock>,
        shutdown: CancellationToken,
    ) -> Result<Self> {
        let own = Own::load(data)?;
        tracing::info!(node = %own.node, version = env!("CARGO_PKG_VERSION"), "the node starts");
        let tasks = Tasks::new(shutdown);
        let metrics = Metrics::new("pariksha_node");
        let http = HttpServer::bind(&settings.http, &data.identity()).await?;
        let endpoint = Endpoint::bind(
            settings.link.address,
            &own.identity,
            Guests::Refused,
            settings.link.limits.clone(),
        )?;
        let closing = CancellationToken::new();
        let storage = Storage::open(data, settings, &own, clock, &tasks, closing.clone())?;
        let shelf = storage.shelf.clone();
        let (time, feed, attempts) = (
            storage.time.clone(),
            storage.feed.clone(),
            storage.attempts.clone(),
        );
        let network = Network::start(data, settings, &own, &endpoint, storage, &tasks)?;
        watch_forks(attempts.log(), &network, &tasks);
        await_refetch(&settings.link, attempts.log(), &network.refetch).await;
        expiry::start(attempts.clone(), &settings.attempts, &tasks);
        let keeping = Keeping::over(&own, (&feed, &shelf, &time), &attempts, &network.ship);
        let (retention, new_day) = keeping.start(&settings.retention, &tasks);
        let served = served_of(&own, &attempts, &feed, &shelf, &network, &metrics, settings);
        let exporter = exporter_of(own.maker, &shelf, &time);
        let (https, plain) = (http.https_address(), http.plain_address());
        let parts = status::Parts {
            node: own.node,
            import: import_of(&attempts, &feed),
            feed,
            time,
            ship: network.ship.clone(),
            shelf,
            peers: network.peers,
            live_peers: attempts.log().live_peers(),
            gossip: network.gossip,
            counts: counts_of(&attempts),
            delivered: delivered_of(&attempts, &network.ship),
            metrics,
            disk: attempts.log().disk().clone(),
            reasons: reasons_of(&attempts),
            retention,
            exporter,
            incident: incident_of(&attempts),
            unlock: unlock_of(&attempts),
        };
        let operator = status::start(&settings.operator, parts, &tasks).await?;
        // Last: whoever reaches a candidates' port finds everything behind it.
        http.start(&served, &tasks, closing.drop_guard());
        let link = endpoint
            .local_addr()
            .context("the link's address cannot be read")?;
        let addresses = Addresses {
            https,
            plain,
            operator,
            link,
        };
        tracing::info!(?https, ?plain, %operator, %link, "the node is up");
        Ok(Self {
            tasks,
            endpoint,
            addresses,
            fork: attempts.log().fork(),
            new_day,
        })
    }

    /// Where it listens.
    pub fn addresses(&self) -> Addresses {
        self.addresses
    }

    /// Says, also after the end, whether the log's life was ended because somebody holds another history of it: then the
    /// node is to be started again and begins a new one.
    pub fn fork(&self) -> ForkMark {
        self.fork.clone()
    }

    /// Says, also after the end, whether the node is to be started again so that it begins a new day's log.
    pub fn new_day(&self) -> NewDay {
        self.new_day.clone()
    }

    /// Runs until it is stopped or loses a part, then stops what is left.
    pub async fn run(self) -> Outcome {
        let outcome = self.tasks.join(STOP_GRACE).await;
        self.endpoint.shutdown().await;
        outcome
    }
}

/// Ends the node when the centre or a peer holds another history of its log.
fn watch_forks(log: &Log, network: &Network, tasks: &Tasks) {
    let (mut ship, mut peers) = (network.ship.status(), network.peers.fork());
    let (id, mark, shutdown) = (log.id(), log.fork(), tasks.shutdown_token());
    tasks.spawn("fork-watch", async move {
        let by_centre = async { ship.wait_for(|status| status.fork.is_some()).await.ok()?.fork };
        let by_peer = async { *peers.wait_for(Option::is_some).await.ok()? };
        let at = tokio::select! {
            () = shutdown.cancelled() => return,
            Some(at) = by_centre => at,
            Some(at) = by_peer => at,
            else => return shutdown.cancelled().await,
        };
        tracing::error!(log = %id, %at, "another history of this node's log exists: its disk was set back or copied; nothing more is acknowledged under it, and a new one begins");
        if let Err(error) = disk_work(move || mark.seal(at)).await {
            tracing::error!(%error, "the log's mark cannot be written; it is asked for again after the start");
        }
        shutdown.cancel();
    });
}

/// A log that was just begun may follow one that this disk lost: what the centre has of that is fetched before the first
/// candidate is served, if it can be had at once.
async fn await_refetch(link: &crate::uplink::Settings, log: &Log, refetch: &Refetch) {
    let is_new = log.head().borrow().sequence == Sequence(0);
    if is_new
        && !link.coordinators.is_empty()
        && tokio::time::timeout(REFETCH_GRACE, refetch.rounds(1))
            .await
            .is_err()
    {
        tracing::warn!(
            "the centre does not answer: what it may hold of this node's earlier logs comes later"
        );
    }
}

impl Own {
    fn load(data: &DataDirectory) -> Result<Self> {
        let identity = Identity::load(&data.identity())?;
        let PeerName::Node(node) = identity.name() else {
            bail!(
                "the identity in {} is a coordinator's, not a node's",
                data.0.display()
            );
        };
        Ok(Self {
            node: NodeId(node),
            signing_key: join::load_signing_key(&data.identity())?,
            maker: Maker::load(&data.identity())?,
            identity,
        })
    }
}

/// What candidates' requests may ask.
fn served_of(
    own: &Own,
    attempts: &Attempts,
    feed: &Feed,
    shelf: &Shelf,
    network: &Network,
    metrics: &Metrics,
    settings: &NodeSettings,
) -> Served {
    let (ship, shelf) = (network.ship.clone(), shelf.clone());
    let delivered: Delivered = Arc::new(move |log, sequence| is_delivered(&ship, &shelf, log, sequence));
    let served = Served::new(
        attempts.clone(),
        feed.clone(),
        delivered,
        elsewhere_of(own.node, feed, &network.gossip),
        metrics,
        settings.http.clone(),
    );
    match &own.maker {
        Some(maker) => served.endorsed(maker.credentials().endorsement.clone()),
        None => served,
    }
}

/// What makes exported logs, where the cluster gave its word for this node.
fn exporter_of(maker: Option<Maker>, shelf: &Shelf, time: &DistrictTime) -> Option<Exporter> {
    maker.map(|maker| Exporter::new(maker, shelf.clone(), time.clone()))
}

/// Where candidates go when the disk is full.
fn elsewhere_of(own: NodeId, feed: &Feed, gossip: &Gossip) -> Elsewhere {
    let (feed, gossip) = (feed.clone(), gossip.clone());
    Arc::new(move || least_loaded(&feed.catalogue(), own, &gossip.members()))
}

/// Notes in the log what happened at this node.
fn incident_of(attempts: &Attempts) -> status::NoteIncident {
    let attempts = attempts.clone();
    Arc::new(move |note| {
        let attempts = attempts.clone();
        Box::pin(async move { attempts.note_incident(&note, rand::random()).await })
    })
}

/// Unlocks attempts for another device.
fn unlock_of(attempts: &Attempts) -> status::UnlockAttempt {
    let attempts = attempts.clone();
    Arc::new(move |key| attempts.unlock(key))
}

/// Applies answers files that are brought to the operator port.
fn import_of(attempts: &Attempts, feed: &Feed) -> status::ImportAnswers {
    let importer = Importer::new(attempts.clone(), feed.clone());
    Arc::new(move |file| {
        let importer = importer.clone();
        Box::pin(async move { importer.import(file).await })
    })
}

fn delivered_of(attempts: &Attempts, ship: &Ship) -> status::DeliveredOf {
    let (book, ship) = (attempts.book().clone(), ship.clone());
    Arc::new(move || book.acknowledged_up_to(|log| ship.watermark(log).sequence))
}

fn counts_of(attempts: &Attempts) -> ship::CountsOf {
    let book = attempts.book().clone();
    Arc::new(move || book.counts())
}

/// Why candidates should go elsewhere, as far as only the log knows.
fn reasons_of(attempts: &Attempts) -> status::Reasons {
    let log = attempts.log().clone();
    Arc::new(move || {
        let full = log.disk().too_full();
        let sentence =
            |free| format!("the disk has {free} bytes left: new answers are refused; make room on it");
        full.map(sentence).into_iter().collect()
    })
}

impl DataDirectory {
    fn district_time(&self) -> PathBuf {
        self.0.join("district-time")
    }

    fn generation(&self) -> PathBuf {
        self.0.join("generation")
    }
}
