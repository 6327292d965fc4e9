//! What the tests of the links stand on: a CA, real endpoints on 127.0.0.1, a log that is really on disk, and a
//! coordinator that speaks the protocol, keeps everything in memory and misbehaves as told.

use std::{
    collections::BTreeMap,
    net::{Ipv4Addr, SocketAddr},
    path::Path,
    sync::{Arc, Mutex},
    time::{Duration, SystemTime},
};

use bytes::Bytes;
use daemon::{CancellationToken, Clock, SystemClock, Tasks};
use link::{
    Accepted, CertificateAuthority, Connection, Endpoint, FramedStream, Guests, Identity, Limits, PeerName, PrivateKey,
    Validity,
};
use protocol::{
    feed::{Directory, District, Document, FeedEntry, NodeEntry},
    frame::{EncodedRecord, Frame, FrameBuilder},
    hash::Hash,
    ids::{AttemptKey, CandidateId, DeviceTag, DistrictId, Incarnation, LogId, NodeId, Revision, SittingId},
    limits::BLOB_CHUNK_BYTES,
    record::{Event, Record},
    time::{Instant, When},
    watermark::{Continuity, Watermark},
    wire::centre::{BlobAnswer, Down, FeedMessage, Open, Refusal, Up},
};
use store::frames::{FrameLog, FrameStore};
use tokio::{
    sync::{broadcast, watch},
    task::JoinSet,
};

use crate::{log::replicate::OwnFrames, ship::OwnLog, uplink};

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
        Self { authority: CertificateAuthority::generate("test", now()).unwrap() }
    }

    pub(crate) fn identity(&self, name: PeerName) -> Identity {
        let key = PrivateKey::generate().unwrap();
        let pem = self.authority.issue(name, &key.signing_request().unwrap(), Validity::leaf(now())).unwrap();
        Identity::new(&pem, key, self.authority.certificate_pem()).unwrap()
    }

    pub(crate) fn endpoint(&self, name: PeerName, port: u16) -> Endpoint {
        let guests = if name.is_coordinator() { Guests::Welcome } else { Guests::Refused };
        let limits = Limits { keep_alive_ms: 500, idle_timeout_ms: 2_000, handshake_timeout_ms: 2_000, ..Limits::default() };
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
        let id = LogId { node: NodeId(node), incarnation: Incarnation(incarnation) };
        let settings = store::Settings::default().with_cache_bytes(1 << 20);
        let store = FrameLog::create(&directory.join(id.to_string()), id, &settings).unwrap();
        Self { store, head: watch::Sender::default(), frames: broadcast::Sender::new(16), written: Vec::new() }
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
        OwnLog { reader: self.store.reader(), head: self.head.subscribe() }
    }

    pub(crate) fn own_frames(&self) -> OwnFrames {
        let frames = self.frames.clone();
        let subscribe = Arc::new(move || frames.subscribe());
        OwnFrames { reader: self.store.reader(), head: self.head.subscribe(), subscribe }
    }
}

pub(crate) fn frame(log: LogId, head: Watermark, records: u32) -> Frame {
    let mut builder = FrameBuilder::new(log, head.sequence.next(), head.hash);
    for at in 0..u64::from(records) {
        let at = Instant(SystemClock.wall_ms() + at as i64);
        let record = Record {
            when: When { at, elapsed_ms: 1, error_ms: 1 },
            attempt: AttemptKey { sitting: SittingId(1), candidate: CandidateId(7) },
            event: Event::SignedIn { device: DeviceTag(3) },
        };
        builder.push(&EncodedRecord::new(&record).unwrap());
    }
    builder.finish().unwrap()
}

/// The documents by which nodes of one district know each other.
pub(crate) fn district(nodes: &[(u32, SocketAddr)]) -> Vec<FeedEntry> {
    let district = District { id: DistrictId(1), name: "Pune".into(), token_key: Hash::ZERO, code_key: Hash::ZERO };
    let entry = |(id, address): &(u32, SocketAddr)| NodeEntry {
        id: NodeId(*id),
        name: format!("pune-{id}"),
        district: DistrictId(1),
        link_address: address.to_string(),
        candidate_url: format!("https://pune-{id}.example"),
        signing_key: [0; 32],
    };
    let directory = Directory { nodes: nodes.iter().map(entry).collect(), coordinators: Vec::new() };
    [Document::District(district), Document::Directory(directory)]
        .into_iter()
        .zip(1..)
        .map(|(document, revision)| FeedEntry { revision: Revision(revision), document })
        .collect()
}

/// What the coordinator holds, and how it misbehaves.
#[derive(Default)]
pub(crate) struct Held {
    pub(crate) logs: BTreeMap<LogId, Vec<Frame>>,
    /// Frames that came again, recognised and left out.
    pub(crate) repeats: usize,
    pub(crate) reports: usize,
    pub(crate) documents: Vec<FeedEntry>,
    pub(crate) blobs: BTreeMap<Hash, Bytes>,
    pub(crate) blob_offsets: Vec<u64>,
    pub(crate) messages: usize,
    /// Every so many frame messages the link is torn before the answer.
    pub(crate) tear_every: Option<usize>,
    /// Every so many frame messages are refused as busy.
    pub(crate) busy_every: Option<usize>,
    /// Every answer is given twice.
    pub(crate) repeat_answers: bool,
    /// Blob streams end after so many chunks.
    pub(crate) chunks_max: Option<usize>,
}

impl Held {
    pub(crate) fn watermark(&self, log: &LogId) -> Watermark {
        self.logs.get(log).and_then(|frames| frames.last()).map(Watermark::after).unwrap_or_default()
    }

    fn take(&mut self, log: LogId, frames: Vec<Bytes>) -> Down {
        for bytes in frames {
            let frame = Frame::parse(bytes).unwrap();
            assert_eq!(frame.log(), log);
            match self.watermark(&log).continuity(&frame) {
                Continuity::Next => self.logs.entry(log).or_default().push(frame),
                Continuity::Held => self.repeats += 1,
                Continuity::Gap { from } => return Down::Refused { log, reason: Refusal::Gap(from) },
                Continuity::Fork => return Down::Refused { log, reason: Refusal::Fork(frame.first()) },
            }
        }
        Down::Delivered { log, watermark: self.watermark(&log) }
    }
}

/// A coordinator that keeps everything in memory. Dropping it cuts its links.
pub(crate) struct Coordinator {
    pub(crate) held: Arc<Mutex<Held>>,
    pub(crate) address: SocketAddr,
    endpoint: Endpoint,
    _tasks: JoinSet<()>,
}

impl Drop for Coordinator {
    fn drop(&mut self) {
        self.endpoint.close();
    }
}

impl Coordinator {
    pub(crate) fn start(cluster: &Cluster, port: u16, held: Arc<Mutex<Held>>) -> Self {
        let endpoint = cluster.endpoint(PeerName::Coordinator(1), port);
        let address = endpoint.local_addr().unwrap();
        let mut tasks = JoinSet::new();
        let (listener, shared) = (endpoint.clone(), Arc::clone(&held));
        tasks.spawn(async move {
            let mut links = JoinSet::new();
            while let Some(incoming) = listener.accept().await {
                let shared = Arc::clone(&shared);
                links.spawn(async move {
                    if let Ok(Accepted::Member(connection)) = incoming.establish().await {
                        serve_link(connection, shared).await;
                    }
                });
            }
        });
        Self { held, address, endpoint, _tasks: tasks }
    }

    pub(crate) fn held<T>(&self, look: impl FnOnce(&mut Held) -> T) -> T {
        look(&mut self.held.lock().unwrap())
    }
}

async fn serve_link(connection: Connection, held: Arc<Mutex<Held>>) {
    let mut streams = JoinSet::new();
    while let Ok(mut stream) = connection.accept_stream().await {
        let (connection, held) = (connection.clone(), Arc::clone(&held));
        streams.spawn(async move {
            match stream.recv_message::<Open>().await {
                Ok(Some(Open::Ship)) => serve_ship(&connection, stream, &held).await,
                Ok(Some(Open::Feed { after })) => serve_feed(stream, after, &held).await,
                Ok(Some(Open::Blob { hash, offset })) => serve_blob(stream, hash, offset, &held).await,
                Ok(Some(Open::Frames { .. }) | None) | Err(_) => {}
            }
        });
    }
}

fn hits(every: Option<usize>, count: usize) -> bool {
    every.is_some_and(|every| count.is_multiple_of(every))
}

async fn serve_ship(connection: &Connection, mut stream: FramedStream, held: &Mutex<Held>) {
    while let Ok(Some(message)) = stream.recv_message::<Up>().await {
        let (answer, twice) = {
            let mut held = held.lock().unwrap();
            let twice = held.repeat_answers;
            let answer = match message {
                Up::Logs(logs) => Down::Watermarks(logs.iter().map(|log| (*log, held.watermark(log))).collect()),
                Up::Report(report) => {
                    held.reports += 1;
                    Down::Time { asked_ms: report.asked_ms, now: Instant(SystemClock.wall_ms()) }
                }
                Up::Frames { log, frames } => {
                    held.messages += 1;
                    if hits(held.busy_every, held.messages) {
                        Down::Refused { log, reason: Refusal::Busy("no leader".into()) }
                    } else {
                        let answer = held.take(log, frames);
                        if hits(held.tear_every, held.messages) {
                            return connection.close("torn by the test");
                        }
                        answer
                    }
                }
            };
            (answer, twice)
        };
        for _ in 0..=usize::from(twice) {
            let _ = stream.send_message(&answer).await;
        }
    }
}

async fn serve_feed(mut stream: FramedStream, mut after: Revision, held: &Mutex<Held>) {
    loop {
        let newer: Vec<FeedEntry> = {
            let held = held.lock().unwrap();
            held.documents.iter().filter(|entry| entry.revision > after).cloned().collect()
        };
        for entry in newer {
            after = after.max(entry.revision);
            if stream.send_message(&FeedMessage::Entry(Box::new(entry))).await.is_err() {
                return;
            }
        }
        if stream.send_message(&FeedMessage::UpToDate(after)).await.is_err() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

async fn serve_blob(mut stream: FramedStream, hash: Hash, offset: u64, held: &Mutex<Held>) {
    let (blob, chunks_max) = {
        let mut held = held.lock().unwrap();
        held.blob_offsets.push(offset);
        (held.blobs.get(&hash).cloned(), held.chunks_max)
    };
    let Some(blob) = blob else {
        let _ = stream.send_message(&BlobAnswer::Unknown).await;
        return;
    };
    let rest = blob.slice(offset as usize..);
    for (count, chunk) in rest.chunks(BLOB_CHUNK_BYTES).enumerate() {
        if chunks_max == Some(count) {
            return;
        }
        let _ = stream.send_message(&BlobAnswer::Chunk(Bytes::copy_from_slice(chunk))).await;
    }
    let _ = stream.send_message(&BlobAnswer::End).await;
    let _ = stream.finish();
}

