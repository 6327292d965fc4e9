//! Nodes of one district copying each other's logs over real links.

use std::{
    net::SocketAddr,
    path::Path,
    sync::{Arc, Mutex},
    time::Duration,
};

use daemon::{SystemClock, Tasks};
use link::{Endpoint, PeerName};
use protocol::{
    frame::Frame,
    ids::{Incarnation, NodeId, Revision, Sequence},
    watermark::Watermark,
};
use store::frames::FrameReader;
use tokio::sync::watch;

use super::*;
use crate::{
    accept,
    district_time::DistrictTime,
    feed::Feed,
    gossip::{self, Gossip, Vitals},
    links::Links,
    log::retention::Tombstone,
    testbed::{Cluster, TestLog, copies_in, district, frame, tasks, until},
};

/// One node's links, as its `app` builds them.
struct Node {
    log: TestLog,
    copies: Copies,
    absorbed: Arc<Mutex<Vec<Frame>>>,
    copied: watch::Receiver<Sequence>,
    live_peers: watch::Receiver<usize>,
    gossip: Gossip,
    endpoint: Endpoint,
    tasks: Tasks,
}

fn node(endpoint: Endpoint, id: u32, directory: &Path, log: TestLog, nodes: &[(u32, SocketAddr)]) -> Node {
    node_with_earlier(endpoint, id, directory, log, nodes, &[])
}

fn node_with_earlier(
    endpoint: Endpoint,
    id: u32,
    directory: &Path,
    log: TestLog,
    nodes: &[(u32, SocketAddr)],
    earlier: &[FrameReader],
) -> Node {
    let tasks = tasks();
    let feed = Feed::open(directory).unwrap();
    feed.store(district(nodes)).unwrap();
    let time = DistrictTime::open(&directory.join("floor"), Arc::new(SystemClock)).unwrap();
    let (copies, absorbed) = copies_in(directory);
    let shelf = Shelf {
        own: log.own_frames(),
        earlier: earlier.to_vec().into(),
        copies: copies.clone(),
    };
    let links = Links::default();
    let generation = gossip::next_generation(&directory.join("generation"), time.now()).unwrap();
    let own = gossip::Member {
        node: NodeId(id),
        generation,
    };
    let gossip = gossip::start(
        gossip::Parts {
            own,
            links: links.clone(),
            vitals: Arc::new(move || vitals(id)),
        },
        &tasks,
    );
    let acceptor = accept::Parts {
        node: NodeId(id),
        endpoint: endpoint.clone(),
        feed: feed.clone(),
        shelf: shelf.clone(),
        links: links.clone(),
        gossip: gossip.clone(),
    };
    accept::start(acceptor, &tasks);
    let (copied, copied_seen) = watch::channel(Sequence(0));
    let (live_peers, live_seen) = watch::channel(0);
    let parts = Parts {
        node: NodeId(id),
        endpoint: endpoint.clone(),
        feed,
        shelf,
        time,
        links,
        gossip: gossip.clone(),
        copied,
        live_peers,
    };
    let settings = Settings {
        dial_timeout_ms: 500,
        ask_every_ms: 100,
        silence_max_ms: 500,
        unconfirmed_max_ms: 300,
    };
    start(settings, parts, &tasks);
    Node {
        log,
        copies,
        absorbed,
        copied: copied_seen,
        live_peers: live_seen,
        gossip,
        endpoint,
        tasks,
    }
}

fn vitals(id: u32) -> Vitals {
    Vitals {
        node: NodeId(id),
        generation: 0,
        count: 0,
        open_attempts: id * 10,
        queue: 0,
        incarnation: Incarnation(1),
        head: Sequence(0),
        clock_offset_ms: 0,
        clock_error_ms: 0,
        revision: Revision(0),
        wan_connected: false,
        time: protocol::time::Instant(0),
        time_is_measured: false,
    }
}

impl Node {
    async fn stop(self) -> TestLog {
        assert!(self.tasks.stop(Duration::from_secs(5)).await.is_clean());
        self.endpoint.shutdown().await;
        self.log
    }

    async fn live(&mut self, count: usize) {
        let waited = self.live_peers.wait_for(|live| *live == count);
        tokio::time::timeout(Duration::from_secs(20), waited)
            .await
            .expect("the peers' number")
            .unwrap();
    }
}

/// Two nodes that know each other.
struct Pair {
    cluster: Cluster,
    directories: [tempfile::TempDir; 2],
    nodes: Vec<(u32, SocketAddr)>,
}

impl Pair {
    fn new() -> (Self, [Endpoint; 2]) {
        let cluster = Cluster::new();
        let endpoints = [1, 2].map(|id| cluster.endpoint(PeerName::Node(id), 0));
        let nodes = (1..)
            .zip(endpoints.iter().map(|endpoint| endpoint.local_addr().unwrap()))
            .collect();
        let directories = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
        (
            Self {
                cluster,
                directories,
                nodes,
            },
            endpoints,
        )
    }

    fn start(&self, id: u32, endpoint: Endpoint, log: TestLog) -> Node {
        node(endpoint, id, self.directory(id), log, &self.nodes)
    }

    fn directory(&self, id: u32) -> &Path {
        self.directories[id as usize - 1].path()
    }

    fn endpoint_again(&self, id: u32) -> Endpoint {
        self.cluster
            .endpoint(PeerName::Node(id), self.nodes[id as usize - 1].1.port())
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_copies_the_other_and_each_frame_is_absorbed_once() {
    let (pair, [one, two]) = Pair::new();
    let mut log = TestLog::create(pair.directory(1), 1, 1);
    for _ in 0..20 {
        log.append(3);
    }
    let mut one = pair.start(1, one, log);
    let mut two = pair.start(2, two, TestLog::create(pair.directory(2), 2, 9));
    one.live(1).await;
    two.live(1).await;
    for _ in 0..50 {
        one.log.append(2);
        two.log.append(1);
    }
    let (head, other) = (one.log.head(), two.log.head());
    one.copied
        .wait_for(|copied| *copied == head.sequence)
        .await
        .unwrap();
    two.copied
        .wait_for(|copied| *copied == other.sequence)
        .await
        .unwrap();
    assert_eq!(two.copies.watermark(&one.log.id()), head);
    assert_eq!(*two.absorbed.lock().unwrap(), one.log.written);
    assert_eq!(*one.absorbed.lock().unwrap(), two.log.written);
    until("the ring is whole and tells how they fare", || {
        let members = one.gossip.members();
        members
            .iter()
            .any(|view| view.up && view.vitals.is_some_and(|vitals| vitals.open_attempts == 20))
    })
    .await;
    one.stop().await;
    two.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_peer_that_goes_is_not_waited_for_and_catches_up_when_it_is_back() {
    let (pair, [one, two]) = Pair::new();
    let mut one = pair.start(1, one, TestLog::create(pair.directory(1), 1, 1));
    let mut two = pair.start(2, two, TestLog::create(pair.directory(2), 2, 9));
    one.live(1).await;
    two.live(1).await;
    one.log.append(1);
    let first = one.log.head().sequence;
    one.copied.wait_for(|copied| *copied == first).await.unwrap();
    let log = two.stop().await;
    one.live(0).await;
    for _ in 0..30 {
        one.log.append(5);
    }
    let mut two = pair.start(2, pair.endpoint_again(2), log);
    one.live(1).await;
    two.live(1).await;
    let head = one.log.head();
    one.copied
        .wait_for(|copied| *copied == head.sequence)
        .await
        .unwrap();
    // What was copied before the restart was shown when the copies were opened, the rest as it came.
    assert_eq!(*two.absorbed.lock().unwrap(), one.log.written);
    one.stop().await;
    two.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wiped_node_gets_its_earlier_log_back_from_its_peer() {
    let (pair, [one, two]) = Pair::new();
    let mut one = pair.start(1, one, TestLog::create(pair.directory(1), 1, 1));
    let two = pair.start(2, two, TestLog::create(pair.directory(2), 2, 9));
    one.live(1).await;
    for _ in 0..10 {
        one.log.append(2);
    }
    let head = one.log.head();
    one.copied
        .wait_for(|copied| *copied == head.sequence)
        .await
        .unwrap();
    let lost = one.stop().await;

    let fresh = tempfile::tempdir().unwrap();
    let one = node(
        pair.endpoint_again(1),
        1,
        fresh.path(),
        TestLog::create(fresh.path(), 1, 2),
        &pair.nodes,
    );
    until("the earlier log is back", || {
        one.copies.watermark(&lost.id()) == head
    })
    .await;
    assert_eq!(*one.absorbed.lock().unwrap(), lost.written);
    one.stop().await;
    two.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_earlier_life_of_a_log_is_copied_too() {
    let (pair, [one, two]) = Pair::new();
    let directory = pair.directory(1);
    let mut earlier = TestLog::create(directory, 1, 1);
    for _ in 0..8 {
        earlier.append(3);
    }
    let log = TestLog::create(directory, 1, 2);
    let readers = [earlier.own().reader];
    let one = node_with_earlier(one, 1, directory, log, &pair.nodes, &readers);
    let two = pair.start(2, two, TestLog::create(pair.directory(2), 2, 9));
    until("the earlier life is copied", || {
        two.copies.watermark(&earlier.id()) == earlier.head()
    })
    .await;
    assert_eq!(*two.absorbed.lock().unwrap(), earlier.written);
    assert_eq!(
        *one.copied.borrow(),
        Sequence(0),
        "it says nothing about the log that is written now"
    );
    one.stop().await;
    two.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_peer_with_another_history_confirms_nothing() {
    let (pair, [one, two]) = Pair::new();
    let log = TestLog::create(pair.directory(1), 1, 1);
    // The peer has frames of this log that this disk has lost.
    let (held, _) = copies_in(pair.directory(2));
    held.receive(&frame(log.id(), Watermark::default(), 4)).unwrap();
    drop(held);
    let mut one = pair.start(1, one, log);
    let mut two = pair.start(2, two, TestLog::create(pair.directory(2), 2, 9));
    two.live(1).await;
    one.log.append(1);
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert_eq!((*one.live_peers.borrow(), *one.copied.borrow()), (0, Sequence(0)));
    one.stop().await;
    two.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn another_districts_node_is_turned_away() {
    let (pair, [one, _two]) = Pair::new();
    let one = pair.start(1, one, TestLog::create(pair.directory(1), 1, 1));
    let stranger = pair.cluster.endpoint(PeerName::Node(8), 0);
    let address = one.endpoint.local_addr().unwrap();
    // It may hear of it before or after the handshake is over.
    let reason = match stranger.connect(address, link::Expect::AnyNode).await {
        Ok(connection) => connection.closed().await.to_string(),
        Err(error) => error.to_string(),
    };
    assert!(reason.contains("same district"), "{reason}");
    one.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_that_a_peer_has_removed_is_not_brought_back_and_counts_as_held_there() {
    let (pair, [one, two]) = Pair::new();
    let mut earlier = TestLog::create(&pair.directory(1).join("earlier"), 1, 7);
    for _ in 0..5 {
        earlier.append(2);
    }
    let (log, head, readers) = (earlier.id(), earlier.head(), [earlier.own().reader]);
    let own = TestLog::create(pair.directory(1), 1, 1);
    let mut one = node_with_earlier(one, 1, pair.directory(1), own, &pair.nodes, &readers);
    let mut two = pair.start(2, two, TestLog::create(pair.directory(2), 2, 9));
    one.live(1).await;
    two.live(1).await;
    let is_known = |node: &Node| node.copies.heard().held_by(NodeId(2), &log).covers(head);
    until("one hears that two has the earlier log whole", || is_known(&one)).await;
    until("two hears which log one writes", || {
        two.copies.heard().written_by(NodeId(1)) == Some(one.log.id())
    })
    .await;

    let removed = two.copies.removed().clone();
    let tombstone = Tombstone {
        log,
        head,
        at: protocol::time::Instant(1),
    };
    assert!(two.copies.end(&log, head, || removed.note(tombstone)).unwrap());
    removed.sweep(&log).unwrap();
    assert!(!pair.directory(2).join("copies").join(log.to_string()).exists());

    // One starts again, knows nothing, offers its earlier log and asks after it.
    let own = one.stop().await;
    let again = pair.endpoint_again(1);
    let mut one = node_with_earlier(again, 1, pair.directory(1), own, &pair.nodes, &readers);
    one.live(1).await;
    until("one hears that two had it whole", || is_known(&one)).await;
    assert!(two.copies.reader(&log).is_none(), "it was not copied again");
    assert_eq!(two.copies.watermark(&log), head);
    one.stop().await;
    two.stop().await;
}
