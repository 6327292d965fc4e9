//! The shipper against a coordinator that speaks the protocol and misbehaves.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
    time::Duration,
};

use daemon::{SystemClock, Tasks};
use ed25519_dalek::SigningKey;
use link::PeerName;
use protocol::{ids::NodeId, wire::centre::Counts};
use store::frames::FrameReader;

use super::*;
use crate::{
    district_time::DistrictTime,
    testbed::{Cluster, Coordinator, Held, TestLog, frame, tasks, until, uplink_to},
    uplink,
};

struct Shipping {
    ship: Ship,
    time: DistrictTime,
    tasks: Tasks,
}

fn ship(cluster: &Cluster, own: OwnLog, others: Vec<FrameReader>, coordinator: &Coordinator) -> Shipping {
    ship_to(cluster, own, others, &[coordinator.address])
}

fn ship_to(cluster: &Cluster, own: OwnLog, others: Vec<FrameReader>, addresses: &[SocketAddr]) -> Shipping {
    let tasks = tasks();
    let directory = tempfile::tempdir().unwrap();
    let time = DistrictTime::open(&directory.path().join("floor"), Arc::new(SystemClock)).unwrap();
    let endpoint = cluster.endpoint(PeerName::Node(1), 0);
    let settings = Settings {
        batch_bytes_max: 400,
        report_every_ms: 50,
        silence_max_ms: 500,
        busy_max_ms: 2_000,
        copy_patience_ms: 300,
    };
    let parts = Parts {
        own,
        others: Arc::new(move || others.clone()),
        uplink: uplink::start(uplink_to(addresses), endpoint, &tasks),
        time: time.clone(),
        signing_key: SigningKey::from_bytes(&[7; 32]),
        counts: Arc::new(Counts::default),
    };
    Shipping {
        ship: start(settings, parts, &tasks),
        time,
        tasks,
    }
}

impl Shipping {
    async fn stop(self) {
        assert!(self.tasks.stop(Duration::from_secs(5)).await.is_clean());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_arrives_once_though_links_tear_and_answers_repeat() {
    let (cluster, directory) = (Cluster::new(), tempfile::tempdir().unwrap());
    let held = Held {
        tear_every: Some(23),
        busy_every: Some(11),
        repeat_answers: true,
        ..Held::default()
    };
    let coordinator = Coordinator::start(&cluster, 0, Arc::new(Mutex::new(held)));
    let mut log = TestLog::create(directory.path(), 1, 1);
    for records in 1..60 {
        log.append(records % 9 + 1);
    }
    let shipping = ship(&cluster, log.own(), Vec::new(), &coordinator);
    for records in 1..60 {
        log.append(records % 5 + 1);
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    let head = log.head();
    let mut status = shipping.ship.status();
    status
        .wait_for(|status| status.delivered == head && status.lag_ms == 0 && status.connected)
        .await
        .unwrap();
    coordinator.held(|held| {
        assert_eq!(
            held.logs[&log.id()],
            log.written,
            "the same frames, each once, in order"
        );
        assert!(held.messages > 14, "the test tore and refused nothing");
    });
    assert!(shipping.ship.delivered(&log.id(), head.sequence));
    assert!(!shipping.ship.delivered(&log.id(), head.sequence.next()));
    until("the centre's clock is measured", || shipping.time.is_measured()).await;
    shipping.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cut_wan_is_noticed_and_what_was_made_meanwhile_is_delivered_after_it() {
    let (cluster, directory) = (Cluster::new(), tempfile::tempdir().unwrap());
    let coordinator = Coordinator::start(&cluster, 0, Arc::default());
    let mut log = TestLog::create(directory.path(), 1, 1);
    log.append(3);
    let shipping = ship(&cluster, log.own(), Vec::new(), &coordinator);
    let mut status = shipping.ship.status();
    let before = log.head();
    status
        .wait_for(|status| status.delivered == before)
        .await
        .unwrap();

    let (held, port) = (Arc::clone(&coordinator.held), coordinator.address.port());
    drop(coordinator);
    status.wait_for(|status| !status.connected).await.unwrap();
    for _ in 0..20 {
        log.append(4);
    }
    status.wait_for(|status| status.lag_ms > 200).await.unwrap();

    let coordinator = Coordinator::start(&cluster, port, held);
    let head = log.head();
    status
        .wait_for(|status| status.delivered == head && status.connected)
        .await
        .unwrap();
    coordinator.held(|held| assert_eq!(held.logs[&log.id()], log.written));
    shipping.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_is_delivered_when_its_own_node_does_not() {
    let (cluster, directory) = (Cluster::new(), tempfile::tempdir().unwrap());
    let coordinator = Coordinator::start(&cluster, 0, Arc::default());
    let own = TestLog::create(directory.path(), 1, 1);
    let mut dead = TestLog::create(directory.path(), 2, 5);
    let mut alive = TestLog::create(directory.path(), 3, 6);
    for _ in 0..10 {
        dead.append(2);
        alive.append(2);
    }
    // The third node has delivered all of its log itself.
    coordinator.held(|held| held.logs.insert(alive.id(), alive.written.clone()));
    let others = vec![dead.own().reader, alive.own().reader];
    let shipping = ship(&cluster, own.own(), others, &coordinator);
    until("the dead node's log is delivered", || {
        coordinator.held(|held| held.watermark(&dead.id()) == dead.head())
    })
    .await;
    until("it is known here", || {
        shipping.ship.delivered(&dead.id(), dead.head().sequence)
    })
    .await;
    assert!(shipping.ship.delivered(&alive.id(), alive.head().sequence));
    coordinator.held(|held| assert_eq!((held.repeats, &held.logs[&dead.id()]), (0, &dead.written)));
    shipping.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn another_history_at_the_centre_is_seen_and_nothing_is_shipped_over_it() {
    let (cluster, directory) = (Cluster::new(), tempfile::tempdir().unwrap());
    let coordinator = Coordinator::start(&cluster, 0, Arc::default());
    let mut log = TestLog::create(directory.path(), 1, 1);
    log.append(2);
    let other = frame(log.id(), Watermark::default(), 5);
    coordinator.held(|held| held.logs.insert(log.id(), vec![other.clone()]));
    let shipping = ship(&cluster, log.own(), Vec::new(), &coordinator);
    let mut status = shipping.ship.status();
    status.wait_for(|status| status.fork.is_some()).await.unwrap();
    log.append(9);
    tokio::time::sleep(Duration::from_millis(200)).await;
    coordinator.held(|held| assert_eq!(held.logs[&log.id()], [other]));
    shipping.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_coordinator_that_stays_busy_is_left_for_another() {
    let (cluster, directory) = (Cluster::new(), tempfile::tempdir().unwrap());
    let stuck = Held {
        busy_every: Some(1),
        ..Held::default()
    };
    let stuck = Coordinator::start(&cluster, 0, Arc::new(Mutex::new(stuck)));
    let good = Coordinator::start(&cluster, 0, Arc::default());
    let mut log = TestLog::create(directory.path(), 1, 1);
    log.append(3);
    let shipping = ship_to(&cluster, log.own(), Vec::new(), &[stuck.address, good.address]);
    // Whichever was dialled first.
    until("the log is delivered", || {
        good.held(|held| held.watermark(&log.id()) == log.head())
    })
    .await;
    shipping.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_coordinator_whose_clock_jumps_moves_no_time_and_is_told_of() {
    let (cluster, directory) = (Cluster::new(), tempfile::tempdir().unwrap());
    let coordinator = Coordinator::start(&cluster, 0, Arc::default());
    let log = TestLog::create(directory.path(), 1, 1);
    let shipping = ship(&cluster, log.own(), Vec::new(), &coordinator);
    let time = &shipping.time;
    until("the centre's clock is measured", || time.is_measured()).await;
    for jump_ms in [3_600_000, -3_600_000] {
        let before = coordinator.held(|held| {
            held.clock_off_ms = jump_ms;
            held.reports
        });
        until("its clock is doubted", || !time.doubts().is_empty()).await;
        until("it insists", || {
            coordinator.held(|held| held.reports > before + 5)
        })
        .await;
        assert!(time.offset_ms().abs() < 1_000, "{} ms", time.offset_ms());
        let said = time.doubts()[0].to_string();
        assert!(said.starts_with("the clock of coordinator 1 is "), "{said}");
        coordinator.held(|held| held.clock_off_ms = 0);
        until("it is right again", || time.doubts().is_empty()).await;
    }
    shipping.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_without_coordinators_just_works_on() {
    let (cluster, directory) = (Cluster::new(), tempfile::tempdir().unwrap());
    let tasks = tasks();
    let endpoint = cluster.endpoint(PeerName::Node(1), 0);
    let link = uplink::start(uplink_to(&[]), endpoint, &tasks);
    let mut log = TestLog::create(directory.path(), NodeId(1).0, 1);
    log.append(1);
    let waiting = tokio::time::timeout(Duration::from_millis(50), link.connection()).await;
    assert!(waiting.is_err());
    assert!(tasks.stop(Duration::from_secs(5)).await.is_clean());
}
