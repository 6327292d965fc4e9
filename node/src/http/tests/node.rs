//! A node without links: everything that a candidate's request meets, in a directory of its own.

use std::{
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use daemon::{CancellationToken, ManualClock, Metrics, Tasks};
use ed25519_dalek::SigningKey;
use protocol::{
    feed::{Directory, District, Document, FeedEntry, NodeEntry, PaperNotice, Release, RosterPage},
    frame::Frame,
    hash::Hash,
    ids::{
        AttemptKey, CandidateId, DistrictId, ItemNo, NodeId, PaperId, PaperRef, PaperVersion, Revision,
        SittingId,
    },
    outline::{ItemOutline, Outline, ResponseKind},
    roster::{Candidate, access_code_hash},
    sitting::Sitting,
    time::Instant,
};
use reqwest::{Method, RequestBuilder, StatusCode};
use serde_json::{Value, json};

use crate::{
    attempts::{Attempts, Book, expiry},
    district_time::DistrictTime,
    feed::Feed,
    http::{Delivered, HttpServer, Served, Settings},
    log::{self, Fold, Opened, Opening, PeerProgress},
};

pub(super) const OWN: NodeId = NodeId(1);
pub(super) const OPENS: i64 = 1_700_000_000_000;
pub(super) const HOUR_MS: i64 = 3_600_000;
pub(super) const CODE: &str = "ABCD-EFGH-JKLM-NPQR";
pub(super) const CANDIDATE: u32 = 27_001;
pub(super) const KEY: AttemptKey = AttemptKey {
    sitting: SittingId(1),
    candidate: CandidateId(CANDIDATE),
};
pub(super) const ELSEWHERE: &str = "https://mumbai-2.example:8443";
pub(super) const PAPER_KEY: [u8; 32] = [9; 32];

const DISTRICT: DistrictId = DistrictId(1);
const GRACE: Duration = Duration::from_secs(20);

/// A running node and a client of it.
pub(super) struct Node {
    pub(super) url: String,
    pub(super) clock: ManualClock,
    pub(super) feed: Feed,
    pub(super) attempts: Attempts,
    pub(super) metrics: Metrics,
    /// Up to which sequence the centre has this node's log.
    pub(super) delivered: Arc<AtomicU64>,
    client: reqwest::Client,
    tasks: Tasks,
    _peers: PeerProgress,
}

/// An answer, read whole.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) headers: reqwest::header::HeaderMap,
    pub(super) body: Value,
}

impl Answer {
    /// The problem's slug, after its status was checked.
    pub(super) fn problem(&self, status: u16) -> &str {
        assert_eq!(self.status.as_u16(), status, "{:?}", self.body);
        assert_eq!(self.headers["content-type"], "application/problem+json");
        let slug = self.body["type"].as_str().unwrap();
        assert!(!self.body["detail"].as_str().unwrap().is_empty());
        slug.strip_prefix("urn:pariksha:problem:").unwrap()
    }

    /// The body, after it was checked that all went well.
    pub(super) fn ok(self) -> Value {
        assert_eq!(self.status, StatusCode::OK, "{:?}", self.body);
        self.body
    }
}

impl Node {
    /// A node with one sitting that is open and released.
    pub(super) async fn open(directory: &tempfile::TempDir) -> Self {
        Self::start(directory.path().to_owned(), Settings::default(), documents()).await
    }

    pub(super) async fn start(directory: PathBuf, settings: Settings, documents: Vec<Document>) -> Self {
        let clock = ManualClock::at_wall_ms(OPENS);
        let tasks = Tasks::new(CancellationToken::new());
        let time = DistrictTime::open(&directory.join("time"), Arc::new(clock.clone())).unwrap();
        let feed = Feed::open(&directory).unwrap();
        feed.store(entries(documents)).unwrap();
        let closing = CancellationToken::new();
        let (attempts, peers) = attempts(&directory, time, &tasks, closing.clone());
        expiry::start(
            attempts.clone(),
            &crate::attempts::Settings {
                expiry_every_ms: 20,
                ..Default::default()
            },
            &tasks,
        );
        let settings = Settings {
            plain_address: Some("127.0.0.1:0".parse().unwrap()),
            ..settings
        };
        let delivered = Arc::new(AtomicU64::new(0));
        let mark = Arc::clone(&delivered);
        let is_delivered: Delivered = Arc::new(move |_, sequence| sequence.0 <= mark.load(Ordering::Relaxed));
        let metrics = Metrics::new("test");
        let served = Served::new(
            attempts.clone(),
            feed.clone(),
            is_delivered,
            Arc::new(|| vec![ELSEWHERE.to_owned()]),
            &metrics,
            settings.clone(),
        );
        let server = HttpServer::bind_plain(&settings).await.unwrap();
        let url = format!("http://{}", server.plain_address().unwrap());
        server.start(&served, &tasks, closing.drop_guard());
        Self {
            url,
            clock,
            feed,
            attempts,
            metrics,
            delivered,
            client: reqwest::Client::builder().no_proxy().build().unwrap(),
            tasks,
            _peers: peers,
        }
    }

    pub(super) async fn stop(self) {
        let Self { tasks, client, .. } = self;
        drop(client);
        let outcome = tasks.stop(GRACE).await;
        assert!(outcome.is_clean(), "{outcome:?}");
    }

    pub(super) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.client.request(method, format!("{}{path}", self.url))
    }

    pub(super) async fn get(&self, path: &str, token: &str) -> Answer {
        send(
            self.request(Method::GET, &format!("/api/v1/{path}"))
                .bearer_auth(token),
        )
        .await
    }

    pub(super) async fn post(&self, path: &str, token: &str, body: &Value) -> Answer {
        let request = self.request(Method::POST, &format!("/api/v1/{path}"));
        send(request.bearer_auth(token).body(body.to_string())).await
    }

    pub(super) async fn sign_in(&self, candidate: u32, code: &str) -> Answer {
        let body = json!({ "candidate": candidate, "access_code": code, "device": 77 });
        self.post("sign-in", "", &body).await
    }

    /// Signs in and starts; gives the attempt's token.
    pub(super) async fn started(&self) -> String {
        let started = self.start_at(77).await;
        started["token"].as_str().unwrap().to_owned()
    }

    /// Signs in at a device and starts, or takes the attempt over with an invigilator's leave; gives the whole answer.
    pub(super) async fn start_at(&self, device: u32) -> Value {
        let body = json!({ "candidate": CANDIDATE, "access_code": CODE, "device": device });
        let signed_in = self.post("sign-in", "", &body).await.ok();
        let token = signed_in["token"].as_str().unwrap();
        // Of no use, and refused, before anybody has started.
        let _ = self.attempts.unlock(KEY);
        self.post("sittings/1/start", token, &json!({ "move": true }))
            .await
            .ok()
    }
}

pub(super) async fn send(request: RequestBuilder) -> Answer {
    let response = request.send().await.unwrap();
    let (status, headers) = (response.status(), response.headers().clone());
    let text = response.text().await.unwrap();
    Answer {
        status,
        headers,
        body: serde_json::from_str(&text).unwrap_or(Value::String(text)),
    }
}

fn attempts(
    directory: &std::path::Path,
    time: DistrictTime,
    tasks: &Tasks,
    closing: CancellationToken,
) -> (Attempts, PeerProgress) {
    let book = Book::new(OWN);
    let store = store::Settings::default().with_cache_bytes(1024 * 1024);
    let settings = log::Settings::default();
    let opening = Opening {
        directory: &directory.join("log"),
        node: OWN,
        now: time.now(),
        may_end: &|| false,
        settings: &settings,
        store: &store,
        random: 0xab,
    };
    let mut fold = |fold: Fold<'_>| match fold {
        Fold::Reset => book.clear(),
        Fold::Frame(frame) => book.absorb_own(frame),
    };
    let committed = book.clone();
    let on_commit = Arc::new(move |frame: &Frame| committed.absorb_own(frame));
    let Opened { log, peers, .. } = log::open(&opening, &mut fold, on_commit, tasks, closing).unwrap();
    let settings = crate::attempts::Settings::default();
    (Attempts::new(book, log, time, signing_key(), &settings), peers)
}

fn signing_key() -> SigningKey {
    SigningKey::from_bytes(&[5; 32])
}

pub(super) fn paper() -> PaperRef {
    PaperRef {
        paper: PaperId(1),
        version: PaperVersion(1),
    }
}

/// What the centre would have sent: one district of two nodes, one candidate, one sitting of three items.
pub(super) fn documents() -> Vec<Document> {
    let code_key = Hash::blake3(b"code key");
    let candidate = Candidate {
        id: CandidateId(CANDIDATE),
        district: DISTRICT,
        name: "Kolhapur Satara".into(),
        roll: "M-1".into(),
        batch: "morning".into(),
        extra_permille: 0,
        code_hash: access_code_hash(&code_key, CandidateId(CANDIDATE), &CODE.replace('-', "")),
    };
    let node = |id: u32| NodeEntry {
        id: NodeId(id),
        name: format!("mumbai-{id}"),
        district: DISTRICT,
        link_address: format!("127.0.0.1:{id}"),
        candidate_url: format!("https://mumbai-{id}.example:8443"),
        signing_key: signing_key().verifying_key().to_bytes(),
    };
    let item = |no: u16, kind| (ItemNo(no), ItemOutline { no: ItemNo(no), kind });
    let choice = ResponseKind::Choice { options: 4 };
    let items = [
        item(1, choice),
        item(2, ResponseKind::Choices { options: 3 }),
        item(3, ResponseKind::Number),
    ];
    vec![
        Document::District(District {
            id: DISTRICT,
            name: "Mumbai".into(),
            token_key: Hash::blake3(b"token key"),
            code_key,
        }),
        Document::Directory(Directory {
            nodes: vec![node(1), node(2)],
            coordinators: vec![],
        }),
        Document::Roster(RosterPage {
            page: 0,
            candidates: vec![candidate],
        }),
        Document::Sitting(Sitting {
            id: SittingId(1),
            title: "Morning".into(),
            paper: paper(),
            opens: Instant(OPENS),
            closes: Instant(OPENS + 2 * HOUR_MS),
            duration_ms: HOUR_MS as u32,
            districts: vec![DISTRICT],
            batch: "morning".into(),
            order_secret: Hash::blake3(b"order"),
        }),
        Document::Paper(PaperNotice {
            paper: paper(),
            blob: Hash::blake3(b"sealed"),
            bytes: 6,
            outline: Outline {
                paper: paper(),
                items: items.into(),
            },
        }),
        Document::Release(Release {
            paper: paper(),
            key: PAPER_KEY,
        }),
    ]
}

fn entries(documents: Vec<Document>) -> Vec<FeedEntry> {
    let number = |(index, document)| FeedEntry {
        revision: Revision(index as u64 + 1),
        document,
    };
    documents.into_iter().enumerate().map(number).collect()
}
