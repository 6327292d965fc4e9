//! What the peer's copy adds to an acknowledgement: two nodes' logs on this disk, linked over QUIC on loopback by the
//! node's own replication, against the same log without a peer; turn by turn.

use std::{
    net::{Ipv4Addr, SocketAddr},
    path::Path,
    sync::Arc,
    time::{Duration, SystemTime},
};

use anyhow::{Context, Result, ensure};
use daemon::{CancellationToken, SystemClock, Tasks};
use link::{CertificateAuthority, Endpoint, Guests, Identity, Limits, PeerName, PrivateKey, Validity};
use node::{
    accept,
    district_time::DistrictTime,
    feed::Feed,
    gossip,
    links::Links,
    log::{
        Durability,
        replicate::{self, Copies, Lives, OwnFrames, Shelf},
        retention::Removed,
    },
};
use protocol::{
    feed::{Directory, District, Document, FeedEntry, NodeEntry},
    frame::Frame,
    hash::Hash,
    ids::{DistrictId, Incarnation, NodeId, Revision, Sequence},
};

use super::{Running, record};

/// Answers of one turn, one after the other.
const ANSWERS: usize = 1_000;

/// The p50 of each turn in microseconds.
#[derive(Default)]
pub(crate) struct Turns {
    /// A log without a peer.
    pub(crate) alone: Vec<f64>,
    /// Two logs without a link, each given an answer at the same moment: what two syncs on this disk take.
    pub(crate) side_by_side: Vec<f64>,
    /// A log with a peer whose copy lies on this disk too.
    pub(crate) linked: Vec<f64>,
    /// The same with the peer's copy on another disk.
    pub(crate) elsewhere: Vec<f64>,
}

struct Node {
    log: node::log::Log,
    tasks: Tasks,
    endpoint: Endpoint,
    closing: CancellationToken,
}

/// Two linked nodes.
struct Pair([Node; 2]);

/// Runs the turns, one kind after the other in each; the peers' copies on another disk lie below `other`, if given.
pub(crate) async fn run(directory: &Path, other: Option<&Path>, turns: usize) -> Result<Turns> {
    let alone = Running::open(&directory.join("alone"), 3)?;
    let beside = Running::open(&directory.join("beside"), 4)?;
    let linked = Pair::start(&directory.join("one"), &directory.join("two")).await?;
    let elsewhere = match other {
        Some(other) => Some(Pair::start(&directory.join("three"), &other.join("four")).await?),
        None => None,
    };
    let mut results = Turns::default();
    for turn in 0..=turns {
        let mut of_turn = Turns::default();
        of_turn.alone.push(p50(&alone.log, Durability::Node).await?);
        of_turn
            .side_by_side
            .push(p50_of_two(&alone.log, &beside.log).await?);
        of_turn.linked.push(linked.p50().await?);
        if let Some(pair) = &elsewhere {
            of_turn.elsewhere.push(pair.p50().await?);
        }
        // The first warms up and does not count.
        if turn > 0 {
            results.add(of_turn);
        }
    }
    alone.stop().await;
    beside.stop().await;
    linked.stop().await;
    if let Some(pair) = elsewhere {
        pair.stop().await;
    }
    Ok(results)
}

impl Turns {
    fn add(&mut self, turn: Self) {
        self.alone.extend(turn.alone);
        self.side_by_side.extend(turn.side_by_side);
        self.linked.extend(turn.linked);
        self.elsewhere.extend(turn.elsewhere);
    }
}

impl Pair {
    /// Starts two nodes in these directories and waits until the first waits for the second.
    async fn start(first: &Path, second: &Path) -> Result<Self> {
        let authority = CertificateAuthority::generate("bench", SystemTime::UNIX_EPOCH + now())?;
        let endpoints = [endpoint(&authority, 1)?, endpoint(&authority, 2)?];
        let addresses = [endpoints[0].local_addr()?, endpoints[1].local_addr()?];
        let [one, two] = endpoints;
        let pair = Self([
            start(first, 1, one, addresses)?,
            start(second, 2, two, addresses)?,
        ]);
        let mut live = pair.0[0].log.live_peers();
        tokio::time::timeout(Duration::from_secs(20), live.wait_for(|count| *count > 0))
            .await
            .context("the two nodes do not link")??;
        Ok(pair)
    }

    async fn p50(&self) -> Result<f64> {
        p50(&self.0[0].log, Durability::District).await
    }

    async fn stop(self) {
        for node in self.0 {
            let Node {
                log,
                tasks,
                endpoint,
                closing,
            } = node;
            drop(log);
            tasks.shutdown_token().cancel();
            closing.cancel();
            let outcome = tasks.join(Duration::from_secs(20)).await;
            assert!(outcome.is_clean(), "{outcome:?}");
            endpoint.shutdown().await;
        }
    }
}

async fn p50(log: &node::log::Log, expected: Durability) -> Result<f64> {
    let record = record();
    let mut times = Vec::with_capacity(ANSWERS);
    let mut expected_count = 0;
    for _ in 0..ANSWERS {
        let started = tokio::time::Instant::now();
        let committed = log.append(vec![record.clone()]).await?;
        times.push(started.elapsed().as_secs_f64() * 1e6);
        expected_count += usize::from(committed.durability == expected);
    }
    ensure!(
        expected_count * 100 >= ANSWERS * 99,
        "only {expected_count} of {ANSWERS} answers were acknowledged with {expected:?}"
    );
    Ok(median(times))
}

async fn p50_of_two(one: &node::log::Log, two: &node::log::Log) -> Result<f64> {
    let record = record();
    let mut times = Vec::with_capacity(ANSWERS);
    for _ in 0..ANSWERS {
        let started = tokio::time::Instant::now();
        tokio::try_join!(one.append(vec![record.clone()]), two.append(vec![record.clone()]))?;
        times.push(started.elapsed().as_secs_f64() * 1e6);
    }
    Ok(median(times))
}

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

fn now() -> Duration {
    use daemon::Clock;
    Duration::from_millis(SystemClock.wall_ms().unsigned_abs())
}

fn endpoint(authority: &CertificateAuthority, number: u32) -> Result<Endpoint> {
    let key = PrivateKey::generate()?;
    let validity = Validity::leaf(SystemTime::UNIX_EPOCH + now());
    let name = PeerName::Node(number);
    let certificate = authority.issue(name, &key.signing_request()?, validity)?;
    let identity = Identity::new(&certificate, key, authority.certificate_pem())?;
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    Ok(Endpoint::bind(
        address,
        &identity,
        Guests::Refused,
        Limits::default(),
    )?)
}

/// A node's log with its links, as its app builds them.
fn start(directory: &Path, number: u32, endpoint: Endpoint, addresses: [SocketAddr; 2]) -> Result<Node> {
    std::fs::create_dir_all(directory)?;
    let Running {
        log,
        peers,
        tasks,
        closing,
    } = Running::open(&directory.join("log"), number)?;
    let feed = Feed::open(directory)?;
    feed.store(documents(addresses))?;
    let time = DistrictTime::open(&directory.join("floor"), Arc::new(SystemClock))?;
    let absorb: replicate::Absorb = Arc::new(|_: &Frame| {});
    let copies = Copies::open(
        &directory.join("copies"),
        &store::Settings::default(),
        absorb,
        time.now(),
        removed_in(directory)?,
    )?;
    let subscribing = log.clone();
    let shelf = Shelf {
        own: OwnFrames {
            reader: log.reader(),
            head: log.head(),
            subscribe: Arc::new(move || subscribing.frames()),
        },
        earlier: Lives::default(),
        copies,
    };
    let links = Links::default();
    let own = gossip::Member {
        node: NodeId(number),
        generation: 1,
    };
    let vitals = Arc::new(move || vitals(number));
    let gossip = gossip::start(
        gossip::Parts {
            own,
            links: links.clone(),
            vitals,
        },
        &tasks,
    );
    let acceptor = accept::Parts {
        node: NodeId(number),
        endpoint: endpoint.clone(),
        feed: feed.clone(),
        shelf: shelf.clone(),
        links: links.clone(),
        gossip: gossip.clone(),
    };
    accept::start(acceptor, &tasks);
    let parts = replicate::Parts {
        node: NodeId(number),
        endpoint: endpoint.clone(),
        feed,
        shelf,
        time,
        links,
        gossip,
        copied: peers.copied,
        live_peers: peers.live_peers,
    };
    replicate::start(replicate::Settings::default(), parts, &tasks);
    Ok(Node {
        log,
        tasks,
        endpoint,
        closing,
    })
}

fn documents(addresses: [SocketAddr; 2]) -> Vec<FeedEntry> {
    let district = District {
        id: DistrictId(1),
        name: "Mumbai".to_owned(),
        token_key: Hash::ZERO,
        code_key: Hash::ZERO,
    };
    let nodes = (1..).zip(addresses).map(|(number, address)| NodeEntry {
        id: NodeId(number),
        name: format!("mumbai-{number}"),
        district: DistrictId(1),
        link_address: address.to_string(),
        candidate_url: format!("https://mumbai-{number}.example"),
        signing_key: [0; 32],
    });
    let directory = Directory {
        nodes: nodes.collect(),
        coordinators: Vec::new(),
    };
    let entry = |revision, document| FeedEntry {
        revision: Revision(revision),
        document,
    };
    vec![
        entry(1, Document::District(district)),
        entry(2, Document::Directory(directory)),
    ]
}

fn removed_in(directory: &Path) -> Result<Removed> {
    let parts = ["removed", "log", "copies"].map(|part| directory.join(part));
    Ok(Removed::open(&parts[0], &parts[1], &parts[2])?)
}

fn vitals(number: u32) -> gossip::Vitals {
    gossip::Vitals {
        node: NodeId(number),
        generation: 1,
        count: 0,
        open_attempts: 0,
        queue: 0,
        incarnation: Incarnation(77),
        head: Sequence(0),
        clock_offset_ms: 0,
        clock_error_ms: 0,
        revision: Revision(0),
        wan_connected: false,
        time: protocol::time::Instant(1),
        time_is_measured: false,
    }
}
