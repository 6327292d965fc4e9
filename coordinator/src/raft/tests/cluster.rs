//! Coordinators for the tests, each with a directory, a certificate and an address that survive its restarts.

use std::{
    collections::BTreeMap,
    net::{Ipv4Addr, SocketAddr},
    path::PathBuf,
    sync::Arc,
    time::{Duration, SystemTime},
};

use bytes::Bytes;
use daemon::{CancellationToken, Clock as _, SystemClock, Tasks};
use futures::future::BoxFuture;
use link::{
    CertificateAuthority, Connection, Endpoint, Guest, Guests, Identity, Limits, PeerName, PrivateKey,
    Validity,
};
use protocol::{
    hash::Hash,
    ids::{CoordinatorId, NodeId, Sequence},
    time::Instant,
    wire::join::Newcomer,
};
use state::{Command, NewNewcomer, Outcome, State};
use tempfile::TempDir;

use super::writer::Writer;
use crate::{
    accept::{self, Visitors},
    clock::ClockReading,
    gateway::sessions::NodeSession,
    raft::{Centre, Founding, RaftSettings, Start, StartError, start},
};

const PATIENCE: Duration = Duration::from_secs(60);

/// Nobody visits.
struct Nobody;

impl Visitors for Nobody {
    fn node(&self, _: NodeId, _: Connection) -> BoxFuture<'static, ()> {
        Box::pin(async {})
    }
    fn guest(&self, _: Guest) -> BoxFuture<'static, ()> {
        Box::pin(async {})
    }
    fn sessions(&self) -> Vec<NodeSession> {
        Vec::new()
    }
    fn clock(&self) -> ClockReading {
        ClockReading {
            wall: Instant(0),
            time: Instant(0),
        }
    }
}

struct Running {
    centre: Centre,
    tasks: Tasks,
    endpoint: Endpoint,
}

/// Some coordinators of one cluster.
pub(super) struct Cluster {
    authority: CertificateAuthority,
    dir: TempDir,
    addresses: BTreeMap<u64, SocketAddr>,
    identities: BTreeMap<u64, Identity>,
    running: BTreeMap<u64, Running>,
}

/// What a coordinator holds: rows as bytes, the whole state, and every log's frames.
#[derive(Debug, PartialEq)]
pub(super) struct Content {
    pub(super) rows: Vec<(Vec<u8>, Vec<u8>)>,
    pub(super) frames: Vec<Bytes>,
    pub(super) state: State,
}

/// Waits for a condition, for as long as two busy cores may need.
pub(super) async fn eventually(what: &str, holds: impl Fn() -> bool) {
    let deadline = tokio::time::Instant::now() + PATIENCE;
    while !holds() {
        assert!(
            tokio::time::Instant::now() < deadline,
            "not within {PATIENCE:?}: {what}"
        );
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

fn now() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_millis(SystemClock.wall_ms() as u64)
}

fn settings() -> RaftSettings {
    RaftSettings {
        heartbeat_ms: 150,
        election_min_ms: 800,
        election_max_ms: 1600,
        snapshot_after_entries: 20,
        entries_kept: 5,
        propose_timeout_ms: 6000,
        store: store::Settings::default().with_cache_bytes(1 << 20),
        ..RaftSettings::default()
    }
}

impl Cluster {
    /// A cluster of so many voters.
    pub(super) async fn of(voters: u64) -> Self {
        let mut cluster = Self {
            authority: CertificateAuthority::generate("test", now()).unwrap(),
            dir: tempfile::tempdir().unwrap(),
            addresses: BTreeMap::new(),
            identities: BTreeMap::new(),
            running: BTreeMap::new(),
        };
        cluster.try_start(1, Founding::First).await.unwrap();
        let init = Command::InitCluster {
            name: "test".into(),
            ca_certificate: cluster.authority.certificate_pem().into(),
            wrapped_ca_key: vec![1],
            token_key: Hash([1; 32]),
            code_key: Hash([2; 32]),
            ops_token_hash: Hash([3; 32]),
        };
        cluster.centre(1).propose("test", init).await.unwrap();
        // The founder has id 1; the registry must not give that to a newcomer.
        let entry = protocol::feed::CoordinatorEntry {
            id: CoordinatorId(1),
            link_address: cluster.addresses[&1].to_string(),
        };
        cluster
            .centre(1)
            .propose("test", Command::SetCoordinator { entry })
            .await
            .unwrap();
        for _ in 1..voters {
            let id = cluster.join().await;
            eventually("the newcomer votes", || cluster.centre(id).is_voter()).await;
        }
        cluster
    }

    /// A new coordinator joins; its id.
    pub(super) async fn join(&mut self) -> u64 {
        let newcomer = NewNewcomer::NewCoordinator;
        let Outcome::Join(newcomer) = self.make_join(newcomer).await else {
            panic!("no join")
        };
        let Newcomer::Coordinator(id) = newcomer else {
            panic!("no coordinator")
        };
        let seeds = self.addresses();
        self.bind_address(id.0);
        let address = self.addresses[&id.0].to_string();
        self.use_join(newcomer, &address).await;
        self.try_start(id.0, Founding::Joined(seeds)).await.unwrap();
        id.0
    }

    async fn make_join(&self, newcomer: NewNewcomer) -> Outcome {
        let expires = Instant(i64::MAX);
        let make = Command::MakeJoin {
            newcomer,
            secret_hash: Hash([9; 32]),
            expires,
        };
        self.any().propose("test", make).await.unwrap()
    }

    async fn use_join(&self, newcomer: Newcomer, link_address: &str) {
        let show = Command::UseJoin {
            newcomer,
            secret_hash: Hash([9; 32]),
            link_address: link_address.into(),
            public_url: "https://localhost:1".into(),
            signing_key: [5; 32],
            at: Instant(SystemClock.wall_ms()),
        };
        self.any().propose("test", show).await.unwrap();
    }

    /// A node that may deliver frames.
    pub(super) async fn register_node(&self, name: &str) -> Writer {
        let district = Command::AddDistrict {
            name: "Mumbai".into(),
        };
        let Outcome::District(district) = self.any().propose("test", district).await.unwrap() else {
            panic!("no district")
        };
        let newcomer = NewNewcomer::NewNode {
            name: name.into(),
            district,
        };
        let Outcome::Join(newcomer) = self.make_join(newcomer).await else {
            panic!("no join")
        };
        self.use_join(newcomer, "127.0.0.1:9").await;
        let Newcomer::Node(node) = newcomer else {
            panic!("no node")
        };
        Writer::of(node)
    }

    fn bind_address(&mut self, id: u64) {
        self.addresses.entry(id).or_insert_with(|| {
            let socket = std::net::UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
            socket.local_addr().unwrap()
        });
    }

    /// Starts a coordinator on its directory, as it was founded.
    pub(super) async fn start(&mut self, id: u64) {
        let founding = if id == 1 {
            Founding::First
        } else {
            Founding::Joined(self.addresses())
        };
        self.try_start(id, founding).await.unwrap();
    }

    pub(super) async fn try_start(&mut self, id: u64, founding: Founding) -> Result<(), StartError> {
        self.bind_address(id);
        let name = PeerName::Coordinator(id);
        let authority = &self.authority;
        let identity = self.identities.entry(id).or_insert_with(|| {
            let key = PrivateKey::generate().unwrap();
            let request = key.signing_request().unwrap();
            let pem = authority.issue(name, &request, Validity::leaf(now())).unwrap();
            Identity::new(&pem, key, authority.certificate_pem()).unwrap()
        });
        let address = self.addresses[&id];
        let endpoint = Endpoint::bind(address, identity, Guests::Welcome, Limits::default()).unwrap();
        let tasks = Tasks::new(CancellationToken::new());
        let with = Start {
            id: CoordinatorId(id),
            data: self.data(id),
            settings: settings(),
            founding,
            endpoint: endpoint.clone(),
            link_address: address.to_string(),
            clock: Arc::new(SystemClock),
        };
        let centre = start(with, &tasks).await?;
        accept::spawn(&tasks, endpoint.clone(), centre.clone(), Arc::new(Nobody));
        self.running.insert(
            id,
            Running {
                centre,
                tasks,
                endpoint,
            },
        );
        Ok(())
    }

    /// Stops a coordinator and waits until its directory is free.
    pub(super) async fn stop(&mut self, id: u64) {
        let Running {
            centre,
            tasks,
            endpoint,
        } = self.running.remove(&id).unwrap();
        tasks.shutdown_token().cancel();
        endpoint.close();
        let _ = tasks.stop(Duration::from_secs(5)).await;
        drop(centre);
        endpoint.shutdown().await;
        drop(endpoint);
        let state = self.data(id).join("state");
        eventually("the store is free", || {
            store::durable::Durable::open(&state, &store::Settings::default()).is_ok()
        })
        .await;
        let address = self.addresses[&id];
        eventually("the port is free", || std::net::UdpSocket::bind(address).is_ok()).await;
    }

    pub(super) async fn stop_all(&mut self) {
        for id in self.running.keys().copied().collect::<Vec<_>>() {
            self.stop(id).await;
        }
    }

    pub(super) fn centre(&self, id: u64) -> &Centre {
        &self.running[&id].centre
    }

    pub(super) fn data(&self, id: u64) -> PathBuf {
        self.dir.path().join(format!("c{id}"))
    }

    pub(super) fn addresses(&self) -> Vec<(CoordinatorId, String)> {
        self.addresses
            .iter()
            .map(|(id, address)| (CoordinatorId(*id), address.to_string()))
            .collect()
    }

    fn any(&self) -> &Centre {
        &self.running.values().next().unwrap().centre
    }

    /// Who leads, once those that run agree on it.
    pub(super) async fn leader(&self) -> u64 {
        let agreed = || {
            let leaders: Vec<_> = self.running.values().map(|one| one.centre.leader()).collect();
            leaders[0].filter(|leader| leaders.iter().all(|other| *other == Some(*leader)))
        };
        eventually("one leads", || {
            agreed().is_some_and(|id| self.running[&id.0].centre.is_leader())
        })
        .await;
        agreed().map_or(1, |id| id.0)
    }

    pub(super) fn a_follower(&self) -> u64 {
        *self
            .running
            .iter()
            .find(|(_, one)| !one.centre.is_leader())
            .unwrap()
            .0
    }

    /// What these hold, once they hold the same.
    pub(super) async fn agreed(&self, ids: &[u64]) -> Content {
        let applied = |id: &u64| *self.centre(*id).applied().borrow();
        eventually("all applied the same", || {
            let last = self.centre(ids[0]).inner.raft.metrics().borrow().last_log_index;
            ids.iter().all(|id| Some(applied(id)) == last)
        })
        .await;
        let first = self.content(ids[0]);
        for id in &ids[1..] {
            assert_eq!(self.content(*id), first, "coordinator {id} holds the same");
        }
        first
    }

    pub(super) fn content(&self, id: u64) -> Content {
        let centre = self.centre(id);
        let (rows, state) = centre.read(|state| (state.rows().collect(), state.clone()));
        assert!(state.check().is_empty(), "{:?}", state.check());
        let mut frames = Vec::new();
        for (log, _) in state.watermarks() {
            frames.extend(centre.frames(log, Sequence(1), usize::MAX).unwrap());
        }
        Content { rows, frames, state }
    }
}
