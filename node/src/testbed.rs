//! What the tests of the links stand on: a CA, real endpoints on 127.0.0.1, a log that is really on disk, and a
//! coordinator that speaks the protocol, keeps everything in memory and misbehaves as told.

mod coordinator;

use std::{
    net::{Ipv4Addr, SocketAddr},
    path::Path,
    sync::{Arc, Mutex},
    time::{Duration, SystemTime},
};

use daemon::{CancellationToken, Clock, SystemClock, Tasks};
use link::{CertificateAuthority, Endpoint, Guests, Identity, Limits, PeerName, PrivateKey, Validity};
use protocol::{
    feed::{Directory, District, Document, FeedEntry, NodeEntry},
    frame::{EncodedRecord, Frame, FrameBuilder},
    hash::Hash,
    ids::{AttemptKey, CandidateId, DeviceTag, DistrictId, Incarnation, LogId, NodeId, Revision, SittingId},
    record::{Event, Record},
    time::{Instant, When},
    watermark::Watermark,
};
use store::frames::{FrameLog, FrameStore};
use tokio::sync::{broadcast, watch};

pub(crate) use coordinator::{Coordinator, Held};

use crate::{
    log::{
        replicate::{Absorb, Copies, OwnFrames},
        retention::Removed,
    },
    ship::OwnLog,
    uplink,
};

pub(crate) fn local(port: u16) -> SocketAddr {
    (Ipv4Addr::LOCALHOST, port).into()
}

pub(crate) fn tasks() -> Tasks {
    Tasks::new(CancellationToken::new())
}

/// Waits until something is true; says what was waited for when it never is.
pub(crate) async fn until(what: &str, mut is_true: impl FnMut() -> bool) {
    let waiting = async {
        while !is_true() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    let waited = tokio::time::timeout(Duration::from_secs(20), waiting).await;
    assert!(waited.is_ok(), "never came true: {what}");
}

/// One cluster's CA.
pub(crate) struct Cluster {
    pub(crate) authority: CertificateAuthority,
}

impl Cluster {
    pub(crate) fn new() -> Self {
        Self {
            authority: CertificateAuthority::generate("test", now()).unwrap(),
        }
    }

    pub(crate) fn identity(&self, name: PeerName) -> Identity {
        let key = PrivateKey::generate().unwrap();
        let pem = self
            .authority
            .issue(name, &key.signing_request().unwrap(), Validity::leaf(now()))
            .unwrap();
        Identity::new(&pem, key, self.authority.certificate_pem()).unwrap()
    }

    pub(crate) fn endpoint(&self, name: PeerName, port: u16) -> Endpoint {
        let guests = if name.is_coordinator() {
            Guests::Welcome
        } else {
            Guests::Refused
        };
        let limits = Limits {
            keep_alive_ms: 500,
            idle_timeout_ms: 2_000,
            handshake_timeout_ms: 2_000,
            ..Limits::default()
        };
        let identity = self.identity(name);
        // A port that was in use a moment ago is free once the last of the old links is gone.
        for _ in 0..250 {
            match Endpoint::bind(local(port), &identity, guests, limits.clone()) {
                Ok(endpoint) => return endpoint,
                Err(error) if port == 0 => panic!("{error}"),
                Err(_) => std::thread::sleep(Duration::from_millis(20)),
            }
        }
        panic!("port {port} does not become free");
    }
}

pub(crate) fn now() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_millis(SystemClock.wall_ms() as u64)
}

/// Settings that dial these coordinators at once.
pub(crate) fn uplink_to(addresses: &[SocketAddr]) -> uplink::Settings {
    uplink::Settings {
        coordinators: addresses.iter().map(ToString::to_string).collect(),
        dial_timeout_ms: 500,
        ..uplink::Settings::default()
    }
}

/// A log that a test writes.
pub(crate) struct TestLog {
    store: FrameLog,
    head: watch::Sender<Watermark>,
    frames: broadcast::Sender<Frame>,
    pub(crate) written: Vec<Frame>,
}

impl TestLog {
    pub(crate) fn create(directory: &Path, node: u32, incarnation: u64) -> Self {
        let id = LogId {
            node: NodeId(node),
            incarnation: Incarnation(incarnation),
        };
        let settings = store::Settings::default().with_cache_bytes(1 << 20);
        let store = FrameLog::create(&directory.join(id.to_string()), id, &settings).unwrap();
        Self {
            store,
            head: watch::Sender::default(),
            frames: broadcast::Sender::new(16),
            written: Vec::new(),
        }
    }

    /// Commits a frame of this many records, sent to peers before it is on disk.
    pub(crate) fn append(&mut self, records: u32) {
        let head = self.store.head();
        let frame = frame(self.store.id(), head, records);
        let _ = self.frames.send(frame.clone());
        self.store.append(&frame).unwrap();
        self.head.send_replace(Watermark::after(&frame));
        self.written.push(frame);
    }

    pub(crate) fn id(&self) -> LogId {
        self.store.id()
    }

    pub(crate) fn head(&self) -> Watermark {
        self.store.head()
    }

    pub(crate) fn own(&self) -> OwnLog {
        OwnLog {
            reader: self.store.reader(),
            head: self.head.subscribe(),
        }
    }

    pub(crate) fn own_frames(&self) -> OwnFrames {
        let frames = self.frames.clone();
        let subscribe = Arc::new(move || frames.subscribe());
        OwnFrames {
            reader: self.store.reader(),
            head: self.head.subscribe(),
            subscribe,
        }
    }
}

pub(crate) fn frame(log: LogId, head: Watermark, records: u32) -> Frame {
    let mut builder = FrameBuilder::new(log, head.sequence.next(), head.hash);
    for at in 0..u64::from(records) {
        let at = Instant(SystemClock.wall_ms() + at as i64);
        let record = Record {
            when: When {
                at,
                elapsed_ms: 1,
                error_ms: 1,
            },
            attempt: AttemptKey {
                sitting: SittingId(1),
                candidate: CandidateId(7),
            },
            event: Event::SignedIn { device: DeviceTag(3) },
        };
        builder.push(&EncodedRecord::new(&record).unwrap());
    }
    builder.finish().unwrap()
}

/// The documents by which nodes of one district know each other.
pub(crate) fn district(nodes: &[(u32, SocketAddr)]) -> Vec<FeedEntry> {
    let district = District {
        id: DistrictId(1),
        name: "Pune".into(),
        token_key: Hash::ZERO,
        code_key: Hash::ZERO,
    };
    let entry = |(id, address): &(u32, SocketAddr)| NodeEntry {
        id: NodeId(*id),
        name: format!("pune-{id}"),
        district: DistrictId(1),
        link_address: address.to_string(),
        candidate_url: format!("https://pune-{id}.example"),
        signing_key: [0; 32],
    };
    let directory = Directory {
        nodes: nodes.iter().map(entry).collect(),
        coordinators: Vec::new(),
    };
    [Document::District(district), Document::Directory(directory)]
        .into_iter()
        .zip(1..)
        .map(|(document, revision)| FeedEntry {
            revision: Revision(revision),
            document,
        })
        .collect()
}

/// The tombstones below a directory; every removal that was begun is finished.
pub(crate) fn removed_in(directory: &Path) -> Removed {
    Removed::open(
        &directory.join("removed"),
        &directory.join("log"),
        &directory.join("copies"),
    )
    .unwrap()
}

/// The copies below a directory, and every frame that was shown.
pub(crate) fn copies_in(directory: &Path) -> (Copies, Arc<Mutex<Vec<Frame>>>) {
    let absorbed: Arc<Mutex<Vec<Frame>>> = Arc::default();
    let seen = Arc::clone(&absorbed);
    let absorb: Absorb = Arc::new(move |frame: &Frame| seen.lock().unwrap().push(frame.clone()));
    let copies = Copies::open(
        &directory.join("copies"),
        &store::Settings::default(),
        absorb,
        Instant(77),
        removed_in(directory),
    )
    .unwrap();
    (copies, absorbed)
}
