//! The watch with real links to three coordinators, one of which is an hour off.

use std::sync::Mutex;

use daemon::SystemClock;
use ed25519_dalek::SigningKey;
use protocol::{
    ids::{Incarnation, Revision, Sequence},
    wire::centre::Counts,
};

use super::*;
use crate::{
    gossip::{self, Vitals},
    links::Links,
    ship,
    testbed::{Cluster, Coordinator, Held, TestLog, tasks, until},
};

fn vitals() -> Vitals {
    Vitals {
        node: NodeId(1),
        generation: 0,
        count: 0,
        open_attempts: 0,
        queue: 0,
        incarnation: Incarnation(1),
        head: Sequence(0),
        clock_offset_ms: 0,
        clock_error_ms: 0,
        revision: Revision(0),
        wan_connected: true,
        time: protocol::time::Instant(0),
        time_is_measured: false,
    }
}

fn coordinator(cluster: &Cluster, id: u64, clock_off_ms: i64) -> Coordinator {
    let held = Held {
        clock_off_ms,
        ..Held::default()
    };
    Coordinator::start_as(id, cluster, 0, Arc::new(Mutex::new(held)))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_first_measurement_by_a_coordinator_that_is_an_hour_off_is_put_right_by_the_other_two() {
    const HOUR_MS: i64 = 3_600_000;
    let (cluster, directory, tasks) = (Cluster::new(), tempfile::tempdir().unwrap(), tasks());
    let coordinators = [(1, HOUR_MS), (2, 0), (3, 0)].map(|(id, off)| coordinator(&cluster, id, off));
    let time = DistrictTime::open(&directory.path().join("floor"), Arc::new(SystemClock)).unwrap();
    let log = TestLog::create(directory.path(), 1, 1);
    let own = gossip::Member {
        node: NodeId(1),
        generation: 1,
    };
    let gossip_parts = gossip::Parts {
        own,
        links: Links::default(),
        vitals: Arc::new(vitals),
    };
    let (reader, clock) = (log.own().reader, time.clone());
    let parts = Parts {
        time: time.clone(),
        endpoint: cluster.endpoint(PeerName::Node(1), 0),
        configured: coordinators.iter().map(|it| it.address.to_string()).collect(),
        feed: Feed::open(directory.path()).unwrap(),
        gossip: gossip::start(gossip_parts, &tasks),
        report: Arc::new(move || {
            let counts: ship::CountsOf = Arc::new(Counts::default);
            ship::report_of(&reader, &clock, &SigningKey::from_bytes(&[7; 32]), &counts, 0)
        }),
    };
    let theirs = protocol::time::Instant(daemon::Clock::wall_ms(&SystemClock) + HOUR_MS);
    let now_ms = time.monotonic_ms();
    let wrong = ClockSample {
        sent_ms: now_ms,
        theirs,
        heard_ms: now_ms,
    };
    time.observe(wrong, CoordinatorId(1));
    assert!(
        time.offset_ms() > HOUR_MS / 2,
        "one word alone, at a first start, is believed"
    );
    start(parts, &tasks);
    until("the other two have been heard", || time.offset_ms().abs() < 1_000).await;
    until("the first is doubted", || {
        let id = CoordinatorId(1);
        matches!(time.doubts()[..], [super::super::Doubt::Coordinator { id: doubted, .. }] if doubted == id)
    })
    .await;
    assert!(tasks.stop(Duration::from_secs(5)).await.is_clean());
}
