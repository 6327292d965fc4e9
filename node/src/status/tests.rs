//! The operator port, asked over HTTP.

use daemon::SystemClock;
use ed25519_dalek::SigningKey;
use link::PeerName;
use protocol::{ids::Sequence, time::Instant, wire::centre::Counts};

use super::*;
use crate::{
    attempts::NotUnlocked,
    gossip,
    import::ImportError,
    links::Links,
    log::{
        disk::Disk,
        replicate::{self, Copies, Lives},
        retention::{Removed, Retention},
    },
    ship,
    testbed::{Cluster, TestLog, district, local, tasks, uplink_to},
    uplink,
};

#[tokio::test(flavor = "multi_thread")]
async fn the_port_tells_what_is_so() {
    let (cluster, directory, tasks) = (Cluster::new(), tempfile::tempdir().unwrap(), tasks());
    let mut log = TestLog::create(directory.path(), 1, 1);
    log.append(4);
    let feed = Feed::open(directory.path()).unwrap();
    let parts = parts(&cluster, directory.path(), &feed, &log, &tasks);
    let settings = Settings { address: local(0) };
    let address = start(&settings, parts, &tasks).await.unwrap();
    let ask = async |path: &str| {
        let answer = reqwest::get(format!("http://{address}{path}")).await.unwrap();
        (answer.status().as_u16(), answer.text().await.unwrap())
    };
    assert_eq!(ask("/healthz").await.0, 200);
    let (status, body) = ask("/readyz").await;
    assert_eq!(status, 503);
    assert!(body.contains("has not come from the centre yet"), "{body}");

    feed.store(district(&[(1, local(1))])).unwrap();
    assert_eq!(
        ask("/readyz").await.0,
        200,
        "a cut WAN is no reason to be not ready"
    );
    let report: Report = serde_json::from_str(&ask("/status").await.1).unwrap();
    assert_eq!(
        report.district.map(|district| district.name),
        Some("Pune".to_owned())
    );
    assert_eq!(
        (report.log.head, report.log.delivered),
        (Sequence(4), Sequence(0))
    );
    assert_eq!(
        (report.wan.state.as_str(), report.durability.as_str()),
        ("cut", "node")
    );
    let metrics = ask("/metrics").await.1;
    assert!(
        metrics.contains("pariksha_node_log_head 4") && metrics.ends_with("# EOF\n"),
        "{metrics}"
    );
    assert_eq!(ask("/nothing").await.0, 404);
    unlocking_is_for_commands_alone(address).await;
    files_are_taken_from_commands_alone_and_not_without_end(address).await;
    assert!(tasks.stop(Duration::from_secs(5)).await.is_clean());
}

async fn unlocking_is_for_commands_alone(address: SocketAddr) {
    let ask = |form: &'static str| {
        let request = reqwest::Client::new().post(format!("http://{address}/attempts/unlock"));
        request.header(CONTENT_TYPE, "application/json").body(form)
    };
    let answer = ask(r#"{"candidate":5}"#).send().await.unwrap();
    assert_eq!(answer.status(), 404);
    assert!(answer.text().await.unwrap().contains("there is no candidate 5"));
    let page = ask(r#"{"candidate":5}"#).header(ORIGIN, "http://localhost:8080");
    assert_eq!(page.send().await.unwrap().status(), 403);
    assert_eq!(
        ask(r#"{"candidate":5,"all":true}"#)
            .send()
            .await
            .unwrap()
            .status(),
        422
    );
}

async fn files_are_taken_from_commands_alone_and_not_without_end(address: SocketAddr) {
    let client = reqwest::Client::new();
    let send = async |file: Vec<u8>, origin: Option<&str>| {
        let request = client.post(format!("http://{address}/answers")).body(file);
        let request = match origin {
            Some(origin) => request.header(ORIGIN, origin),
            None => request,
        };
        let answer = request.send().await.unwrap();
        (answer.status().as_u16(), answer.text().await.unwrap())
    };
    assert_eq!(send(vec![0; 9], Some("http://localhost:8080")).await.0, 403);
    assert_eq!(send(vec![0; answers_file::FILE_BYTES_MAX + 1], None).await.0, 413);
    for _ in 0..IMPORTS_MAX {
        let (status, words) = send(vec![0; 9], None).await;
        assert!(
            status == 503 && words.contains("has not heard from the centre"),
            "{words}"
        );
    }
    assert_eq!(send(vec![0; 9], None).await.0, 429);
}

fn parts(cluster: &Cluster, directory: &std::path::Path, feed: &Feed, log: &TestLog, tasks: &Tasks) -> Parts {
    let time = DistrictTime::open(&directory.join("floor"), Arc::new(SystemClock)).unwrap();
    let absorb: replicate::Absorb = Arc::new(|_| {});
    let copies = Copies::open(
        &directory.join("copies"),
        &store::Settings::default(),
        absorb,
        Instant(0),
        Removed::open(&directory.join("removed"), directory, &directory.join("copies")).unwrap(),
    )
    .unwrap();
    let counts: CountsOf = Arc::new(Counts::default);
    let endpoint = cluster.endpoint(PeerName::Node(1), 0);
    let ship_parts = ship::Parts {
        own: log.own(),
        others: Arc::new(Vec::new),
        uplink: uplink::start(uplink_to(&[]), endpoint, tasks),
        time: time.clone(),
        signing_key: SigningKey::from_bytes(&[7; 32]),
        counts: Arc::clone(&counts),
    };
    let own = gossip::Member {
        node: NodeId(1),
        generation: 1,
    };
    let gossip = gossip::start(
        gossip::Parts {
            own,
            links: Links::default(),
            vitals: Arc::new(silent),
        },
        tasks,
    );
    Parts {
        node: NodeId(1),
        feed: feed.clone(),
        time,
        ship: ship::start(ship::Settings::default(), ship_parts, tasks),
        shelf: Shelf {
            own: log.own_frames(),
            earlier: Lives::default(),
            copies,
        },
        peers: Peers::default(),
        disk: Disk::open(directory, &crate::log::Settings::default()),
        live_peers: watch::channel(0).1,
        retention: Retention::idle(),
        gossip,
        counts,
        delivered: Arc::new(|| 0),
        metrics: Metrics::new("pariksha_node"),
        reasons: Arc::new(Vec::new),
        exporter: None,
        incident: Arc::new(|_| Box::pin(async { Ok(()) })),
        import: Arc::new(|_| Box::pin(async { Err(ImportError::NotReady) })),
        unlock: Arc::new(|_| Err(NotUnlocked::NotBegun)),
    }
}

fn silent() -> gossip::Vitals {
    gossip::Vitals {
        node: NodeId(1),
        generation: 0,
        count: 0,
        open_attempts: 0,
        queue: 0,
        incarnation: protocol::ids::Incarnation(1),
        head: Sequence(0),
        clock_offset_ms: 0,
        clock_error_ms: 0,
        revision: protocol::ids::Revision(0),
        wan_connected: false,
        time: Instant(0),
        time_is_measured: false,
    }
}
