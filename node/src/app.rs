//! The node put together: builds every part in order, owns their handles, stops them in order. Called by `run`; the only
//! place that knows all parts.
//!
//! Order of building: what candidates' ports need (so that a busy port is known at once), time and feed from the disk,
//! the log and the copies folded into the book, the links, and last the ports are opened to candidates and operators.
//! Order of stopping: listeners and links hear the token; when the last request has ended the log is closed; then the
//! endpoint.

use std::{net::SocketAddr, path::PathBuf, sync::Arc, time::Duration};

use anyhow::{Context, Result, bail};
use daemon::{CancellationToken, Clock, Metrics, Outcome, Tasks};
use ed25519_dalek::SigningKey;
use link::{Endpoint, Guests, Identity, PeerName};
use protocol::ids::NodeId;

use crate::{
    accept,
    attempts::{Attempts, Book, expiry},
    config::{DataDirectory, NodeSettings},
    district_time::DistrictTime,
    feed::{self, Feed},
    gossip::{self, Gossip, Member, Vitals},
    http::{Delivered, HttpServer, Served},
    join,
    links::Links,
    log::{
        self, Fold, Opened, Opening, PeerProgress,
        replicate::{self, Copies, OwnFrames, Peers, Shelf},
    },
    ship::{self, OwnLog, Ship},
    status,
    uplink::{self, Uplink},
};

/// How long everything may take to end after a stop: requests drain first, then the log closes.
const STOP_GRACE: Duration = Duration::from_secs(15);

/// A running node.
pub struct App {
    tasks: Tasks,
    endpoint: Endpoint,
    addresses: Addresses,
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
}

/// What lies on the disk, opened.
struct Storage {
    time: DistrictTime,
    feed: Feed,
    attempts: Attempts,
    peers: PeerProgress,
    shelf: Shelf,
}

/// What links to others.
struct Network {
    gossip: Gossip,
    peers: Peers,
    ship: Ship,
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
        let endpoint = Endpoint::bind(settings.link.address, &own.identity, Guests::Refused, settings.link.limits.clone())?;
        let closing = CancellationToken::new();
        let storage = Storage::open(data, settings, &own, clock, &tasks, closing.clone())?;
        let shelf = storage.shelf.clone();
        let (time, feed, attempts) = (storage.time.clone(), storage.feed.clone(), storage.attempts.clone());
        let network = Network::start(data, settings, &own, &endpoint, storage, &tasks)?;
        expiry::start(attempts.clone(), &settings.attempts, &tasks);
        let ship = network.ship.clone();
        let delivered: Delivered = Arc::new(move |log, sequence| ship.delivered(log, sequence));
        let served = Served::new(attempts.clone(), feed.clone(), delivered, &metrics, settings.http.clone());
        let (https, plain) = (http.https_address(), http.plain_address());
        let parts = status::Parts {
            node: own.node,
            feed,
            time,
            ship: network.ship,
            shelf,
            peers: network.peers,
            live_peers: attempts.log().live_peers(),
            gossip: network.gossip,
            counts: counts_of(&attempts),
            metrics,
            reasons: reasons_of(&attempts),
        };
        let operator = status::start(&settings.operator, parts, &tasks).await?;
        // Last: whoever reaches a candidates' port finds everything behind it.
        http.start(served, &tasks, closing.drop_guard());
        let link = endpoint.local_addr().context("the link's address cannot be read")?;
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
        })
    }

    /// Where it listens.
    pub fn addresses(&self) -> Addresses {
        self.addresses
    }

    /// Runs until it is stopped or loses a part, then stops what is left.
    pub async fn run(self) -> Outcome {
        let outcome = self.tasks.join(STOP_GRACE).await;
        self.endpoint.shutdown().await;
        outcome
    }
}

impl Own {
    fn load(data: &DataDirectory) -> Result<Self> {
        let identity = Identity::load(&data.identity())?;
        let PeerName::Node(node) = identity.name() else {
            bail!("the identity in {} is a coordinator's, not a node's", data.0.display());
        };
        Ok(Self {
            node: NodeId(node),
            signing_key: join::load_signing_key(&data.identity())?,
            identity,
        })
    }
}

impl Storage {
    /// Opens what lies on the disk. Blocks while logs are verified, which is when nothing else runs yet.
    fn open(
        data: &DataDirectory,
        settings: &NodeSettings,
        own: &Own,
        clock: Arc<dyn Clock>,
        tasks: &Tasks,
        closing: CancellationToken,
    ) -> Result<Self> {
        let time = DistrictTime::open(&data.district_time(), clock)?;
        time.start(tasks);
        let feed = Feed::open(&data.0)?;
        let book = Book::new(own.node);
        let directory = data.log();
        let opening = Opening {
            directory: &directory,
            node: own.node,
            now: time.now(),
            settings: &settings.answer_log,
            store: &settings.store,
            random: rand::random(),
        };
        let mut fold = |fold: Fold<'_>| match fold {
            Fold::Reset => book.clear(),
            Fold::Frame(frame) => book.absorb_own(frame),
        };
        let committed = book.clone();
        let on_commit = Arc::new(move |frame: &_| committed.absorb_own(frame));
        let Opened { log, peers } = log::open(&opening, &mut fold, on_commit, tasks, closing)?;
        let copied = book.clone();
        let absorb: replicate::Absorb = Arc::new(move |frame| {
            copied.absorb(frame);
        });
        let copies = Copies::open(&data.copies(), &settings.store, absorb, time.now())?;
        let subscribing = log.clone();
        let shelf = Shelf {
            own: OwnFrames {
                reader: log.reader(),
                head: log.head(),
                subscribe: Arc::new(move || subscribing.frames()),
            },
            earlier: log.earlier().iter().map(|earlier| earlier.reader.clone()).collect(),
            copies,
        };
        let attempts = Attempts::new(book, log, time.clone(), own.signing_key.clone());
        Ok(Self {
            time,
            feed,
            attempts,
            peers,
            shelf,
        })
    }
}

impl Network {
    fn start(
        data: &DataDirectory,
        settings: &NodeSettings,
        own: &Own,
        endpoint: &Endpoint,
        storage: Storage,
        tasks: &Tasks,
    ) -> Result<Self> {
        let Storage {
            time,
            feed,
            attempts,
            peers: progress,
            shelf,
        } = storage;
        let uplink = uplink::start(settings.link.clone(), endpoint.clone(), tasks);
        feed::start(&settings.feed, feed.clone(), uplink.clone(), tasks);
        let ship = start_shipping(settings, own, &shelf, uplink, &time, &attempts, tasks);
        let links = Links::default();
        let member = Member {
            node: own.node,
            generation: gossip::next_generation(&data.generation(), time.now())?,
        };
        let parts = gossip::Parts {
            own: member,
            links: links.clone(),
            vitals: vitals_of(own.node, &attempts, &time, &feed, &ship),
        };
        let gossip = gossip::start(parts, tasks);
        let parts = replicate::Parts {
            node: own.node,
            endpoint: endpoint.clone(),
            feed: feed.clone(),
            shelf: shelf.clone(),
            time,
            links: links.clone(),
            gossip: gossip.clone(),
            copied: progress.copied,
            live_peers: progress.live_peers,
        };
        let peers = replicate::start(settings.peers.clone(), parts, tasks);
        let parts = accept::Parts {
            node: own.node,
            endpoint: endpoint.clone(),
            feed,
            shelf,
            links,
            gossip: gossip.clone(),
        };
        accept::start(parts, tasks);
        Ok(Self { gossip, peers, ship })
    }
}

fn start_shipping(
    settings: &NodeSettings,
    own: &Own,
    shelf: &Shelf,
    uplink: Uplink,
    time: &DistrictTime,
    attempts: &Attempts,
    tasks: &Tasks,
) -> Ship {
    let others = shelf.clone();
    let parts = ship::Parts {
        own: OwnLog {
            reader: attempts.log().reader(),
            head: attempts.log().head(),
        },
        others: Arc::new(move || others.others()),
        uplink,
        time: time.clone(),
        signing_key: own.signing_key.clone(),
        counts: counts_of(attempts),
    };
    ship::start(settings.ship.clone(), parts, tasks)
}

fn counts_of(attempts: &Attempts) -> ship::CountsOf {
    let book = attempts.book().clone();
    Arc::new(move || book.counts())
}

fn vitals_of(
    node: NodeId,
    attempts: &Attempts,
    time: &DistrictTime,
    feed: &Feed,
    ship: &Ship,
) -> gossip::VitalsOf {
    let (attempts, time, feed, ship) = (attempts.clone(), time.clone(), feed.clone(), ship.clone());
    Arc::new(move || {
        let log = attempts.log();
        Vitals {
            node,
            generation: 0,
            count: 0,
            open_attempts: attempts.book().counts().open,
            queue: u32::try_from(log.queue_length()).unwrap_or(u32::MAX),
            incarnation: log.id().incarnation,
            head: log.head().borrow().sequence,
            clock_offset_ms: time.offset_ms(),
            clock_error_ms: time.error_ms(),
            revision: feed.catalogue().revision,
            wan_connected: ship.status().borrow().connected,
        }
    })
}

/// Why candidates should go elsewhere, as far as only the log knows.
fn reasons_of(attempts: &Attempts) -> status::Reasons {
    let log = attempts.log().clone();
    Arc::new(move || {
        let full = log.disk().too_full();
        let sentence = |free| format!("the disk has {free} bytes left: new answers are refused; make room on it");
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
