//! For tests: a cluster of one coordinator made by `init` and run by `app`, operated by `parikshactl`, and a node that
//! joins and links as real ones do. Nothing here is a stand-in.

use std::{
    ffi::OsString,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use daemon::{CancellationToken, SystemClock};
use ed25519_dalek::SigningKey;
use link::{Connection, Endpoint, Expect, Fingerprint, Guests, Identity, Limits, PrivateKey, join_connect};
use protocol::{
    frame::{EncodedRecord, Frame, FrameBuilder},
    hash::Hash,
    ids::{AttemptKey, LogId, Sequence},
    record::{Event, Record},
    time::{Instant, When},
    wire::join::{JoinAnswer, JoinRequest, JoinToken, Joined},
};
use serde::de::DeserializeOwned;

use crate::{
    app::{self, Running},
    cli, config,
    config::{CoordinatorSettings, Overrides},
    context_file::ContextFile,
    ctl,
    ops::shapes::JoinTokenMade,
};

/// Longer than any step takes on a busy machine.
pub(crate) const LONG: Duration = Duration::from_secs(30);

pub(crate) struct Cluster {
    pub(crate) directory: tempfile::TempDir,
    pub(crate) running: Running,
    pub(crate) context: ContextFile,
    pub(crate) shutdown: CancellationToken,
}

impl Cluster {
    /// Makes a cluster and waits until it takes commands.
    pub(crate) async fn start() -> Self {
        link::install_crypto_provider();
        let directory = tempfile::tempdir().unwrap();
        let data = directory.path().join("data");
        cli::init_for_test(&data, &directory.path().join("cluster.key")).unwrap();
        let (running, shutdown) = run(&data).await;
        let mut context = ContextFile::read(&data).unwrap().unwrap();
        context.urls = vec![format!("https://{}", running.ops_address())];
        let cluster = Self {
            directory,
            running,
            context,
            shutdown,
        };
        cluster.until(|state| state.coordinators().next().map(drop)).await;
        cluster.write_context(&cluster.context);
        cluster
    }

    /// Waits until the state shows something.
    pub(crate) async fn until<T>(&self, look: impl Fn(&state::State) -> Option<T>) -> T {
        let centre = self.running.centre();
        let mut applied = centre.applied();
        let seen = async {
            loop {
                applied.borrow_and_update();
                if let Some(found) = centre.read(&look) {
                    return found;
                }
                applied.changed().await.unwrap();
            }
        };
        tokio::time::timeout(LONG, seen)
            .await
            .expect("the state comes to show it")
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    pub(crate) fn file(&self, name: &str, text: &str) -> String {
        std::fs::write(self.path(name), text).unwrap();
        self.path(name).display().to_string()
    }

    /// Writes the context that [`Self::ctl`] uses.
    pub(crate) fn write_context(&self, context: &ContextFile) {
        std::fs::write(self.path("context.json"), serde_json::to_vec(context).unwrap()).unwrap();
    }

    /// Runs `parikshactl`; gives its exit code.
    pub(crate) async fn ctl(&self, arguments: &[&str]) -> u8 {
        let context = self.path("context.json").display().to_string();
        let line: Vec<OsString> = ["parikshactl", "--context", context.as_str()]
            .iter()
            .chain(arguments)
            .map(OsString::from)
            .collect();
        tokio::task::spawn_blocking(move || ctl::exit_code(line))
            .await
            .unwrap()
    }

    pub(crate) fn http(&self) -> reqwest::Client {
        let ca = reqwest::Certificate::from_pem(self.context.ca.as_bytes()).unwrap();
        reqwest::Client::builder()
            .tls_certs_only([ca])
            .no_proxy()
            .build()
            .unwrap()
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}/api/v1/{path}", self.context.urls[0])
    }

    pub(crate) async fn get<T: DeserializeOwned>(&self, path: &str) -> T {
        let answer = self
            .http()
            .get(self.url(path))
            .bearer_auth(&self.context.token)
            .send()
            .await
            .unwrap();
        assert!(
            answer.status().is_success(),
            "{path}: {}",
            answer.text().await.unwrap()
        );
        answer.json().await.unwrap()
    }

    /// A further coordinator, joined by its program's own command.
    pub(crate) async fn join_coordinator(&self, name: &str) -> Second {
        let answer = self
            .http()
            .post(self.url("coordinators/token"))
            .bearer_auth(&self.context.token)
            .send()
            .await
            .unwrap();
        let made: JoinTokenMade = answer.json().await.unwrap();
        let data = self.path(name);
        // Its address must be known before it runs: the others dial it.
        let free = std::net::UdpSocket::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap();
        let line: Vec<OsString> = [
            "pariksha-coordinator",
            "join",
            "--data",
            &data.display().to_string(),
            "--from",
            &self.running.link_address().to_string(),
            "--token",
            &made.token,
            "--link-address",
            &free.to_string(),
            "--ops-address",
            "127.0.0.1:0",
            "--cluster-key",
            &self.path("cluster.key").display().to_string(),
        ]
        .iter()
        .map(OsString::from)
        .collect();
        let joined = tokio::task::spawn_blocking(move || cli::exit_code(line))
            .await
            .unwrap();
        assert_eq!(joined, 0);
        let (running, shutdown) = run(&data).await;
        Second { running, shutdown }
    }

    pub(crate) async fn node_token(&self, name: &str, district: &str) -> JoinToken {
        let body = serde_json::json!({ "name": name, "district": district });
        let answer = self
            .http()
            .post(self.url("nodes/token"))
            .bearer_auth(&self.context.token)
            .body(body.to_string())
            .send()
            .await
            .unwrap();
        let made: JoinTokenMade = answer.json().await.unwrap();
        made.token.parse().unwrap()
    }

    pub(crate) async fn join_node(&self, token: &JoinToken) -> Result<Node, String> {
        let (link_key, https_key) = (PrivateKey::generate().unwrap(), PrivateKey::generate().unwrap());
        let signing = SigningKey::from_bytes(&rand::random());
        let request = JoinRequest {
            newcomer: token.newcomer,
            secret: token.secret,
            link_csr: link_key.signing_request().unwrap().into_bytes(),
            https_csr: https_key.signing_request().unwrap().into_bytes(),
            https_names: vec!["localhost".into()],
            link_address: "127.0.0.1:1".into(),
            public_url: "https://localhost:1".into(),
            signing_key: signing.verifying_key().to_bytes(),
        };
        let fingerprint = Fingerprint::from(token.ca_fingerprint.0);
        let joining = join_connect(self.running.link_address(), fingerprint, &Limits::default())
            .await
            .unwrap();
        let mut stream = joining.open().await.unwrap();
        stream.send_message(&request).await.unwrap();
        let answer: JoinAnswer = stream.recv_message().await.unwrap().unwrap();
        joining.close("done").await;
        match answer {
            JoinAnswer::Joined(joined) => Ok(Node::new(*joined, link_key, signing)),
            JoinAnswer::Refused(reason) => Err(reason),
        }
    }

    pub(crate) async fn link(&self, identity: &Identity) -> Result<Connection, link::ConnectError> {
        let address = "127.0.0.1:0".parse().unwrap();
        let endpoint = Endpoint::bind(address, identity, Guests::Refused, Limits::default()).unwrap();
        endpoint
            .connect(self.running.link_address(), Expect::AnyCoordinator)
            .await
    }

    pub(crate) async fn stop(self) {
        self.shutdown.cancel();
        let outcome = self.running.join().await;
        assert!(outcome.is_clean(), "{outcome:?}");
    }
}

async fn run(data: &Path) -> (Running, CancellationToken) {
    let layers = config::layers(data, None, &Overrides::default()).unwrap();
    let mut settings: CoordinatorSettings = layers.load().unwrap();
    // One voter needs no patience.
    settings.raft.heartbeat_ms = 50;
    settings.raft.election_min_ms = 150;
    settings.raft.election_max_ms = 300;
    let shutdown = CancellationToken::new();
    let running = app::start(&settings, data, Arc::new(SystemClock), shutdown.clone())
        .await
        .unwrap();
    (running, shutdown)
}

/// A further coordinator.
pub(crate) struct Second {
    pub(crate) running: Running,
    pub(crate) shutdown: CancellationToken,
}

/// A node: its identity and its log.
pub(crate) struct Node {
    pub(crate) joined: Joined,
    pub(crate) identity: Identity,
    pub(crate) signing: SigningKey,
    next: Sequence,
    prev: Hash,
    pub(crate) log: LogId,
}

impl Node {
    fn new(joined: Joined, key: PrivateKey, signing: SigningKey) -> Self {
        let identity = Identity::new(&joined.link_certificate, key, &joined.ca_certificate).unwrap();
        let protocol::wire::join::Newcomer::Node(node) = joined.newcomer else {
            panic!("a node joined");
        };
        let log = LogId {
            node,
            incarnation: protocol::ids::Incarnation(7),
        };
        Self {
            joined,
            identity,
            signing,
            next: Sequence(1),
            prev: Hash::ZERO,
            log,
        }
    }

    /// The next frame of the node's log.
    pub(crate) fn frame(&mut self, records: Vec<(AttemptKey, Event)>) -> Frame {
        let mut builder = FrameBuilder::new(self.log, self.next, self.prev);
        for (attempt, event) in records {
            let at = Instant(1_000 + self.next.0 as i64);
            let when = When {
                at,
                elapsed_ms: 0,
                error_ms: 1,
            };
            builder.push(&EncodedRecord::new(&Record { when, attempt, event }).unwrap());
        }
        let frame = builder.finish().unwrap();
        self.next = frame.last().next();
        self.prev = frame.hash();
        frame
    }
}
