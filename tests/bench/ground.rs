//! A real node with candidates who can sit: a whole cluster is started, enrols them, releases a paper and is stopped
//! again; then one of its nodes is started alone on the server's core, as it would run with the WAN down. What is
//! measured is that node, nothing beside it.

use std::{
    fmt::Write,
    net::SocketAddr,
    path::{Path, PathBuf},
    process::Command,
    sync::Arc,
    time::Duration,
};

use anyhow::{Context, Result, ensure};
use local::plan::NodePlan;
use protocol::{
    ids::{ItemNo, SittingId},
    outline::ResponseKind,
};
use rustix::process::Signal;
use tests::{
    binary,
    cluster::{Cluster, eventually},
    crowd::{self, SignIn},
    exam::Exam,
};
use tokio::time::Instant;

use crate::{
    connection::Dialler,
    cores::Cores,
    server::{Server, free_address},
    session::{self, Answers, Session},
};

/// The district of one node: nobody copies its log, as nobody copies a single database's.
const DISTRICT: &str = "pune";

/// Numbers of candidates begin here.
pub(crate) const NUMBER_FIRST: u32 = 200_001;

/// Items of the paper.
const ITEMS: usize = 100;

/// Connections that sign in at a time before a measurement.
const SIGN_IN_LANES: usize = 32;

/// How long a cluster may take to follow or to stop on a noisy machine.
const PATIENCE: Duration = Duration::from_secs(120);

/// A stopped cluster with everything in place at one of its nodes.
pub(crate) struct Ground {
    cluster: Cluster,
    pub(crate) node: NodePlan,
    pub(crate) sign_ins: Vec<SignIn>,
    pub(crate) sitting: SittingId,
    /// How each item is answered.
    pub(crate) kinds: Vec<(ItemNo, ResponseKind)>,
    /// What is answered, item by item.
    pub(crate) answers: Arc<Answers>,
}

/// The node, running alone.
pub(crate) struct Node {
    pub(crate) server: Server,
    pub(crate) dialler: Dialler,
    /// From the start of the process until it accepted candidates.
    pub(crate) started_in: Duration,
}

impl Ground {
    /// Makes one with so many candidates.
    pub(crate) async fn with_candidates(count: u32) -> Result<Self> {
        let cluster = Cluster::start().await?;
        let sign_ins = crowd::enrol_roster(&cluster, roster(count)).await?;
        let exam = Exam::made(ITEMS);
        let sitting = crowd::open_sitting(&cluster, &exam, "170m").await?;
        let nodes = cluster.nodes_of(DISTRICT);
        let node = nodes.into_iter().next().context("the district has a node")?;
        let last = sign_ins.last().context("there are candidates")?;
        let address = vec![format!("http://localhost:{}", node.plain.port())];
        eventually("the node can start the sitting", PATIENCE, || async {
            let mut client = crowd::client(address.clone(), last).map_err(|error| error.to_string())?;
            let sittings = client.sign_in().await.map_err(|error| error.to_string())?;
            let is_ready = sittings.iter().any(|view| view.id == sitting && view.released);
            if is_ready {
                Ok(())
            } else {
                Err(format!("{sittings:?}"))
            }
        })
        .await?;
        let ground = Self {
            cluster,
            node,
            sign_ins,
            sitting,
            kinds: exam
                .items
                .iter()
                .map(|(item, known)| (*item, known.kind.clone()))
                .collect(),
            answers: Arc::new(Answers::of(&exam)?),
        };
        ground.stop_all().await?;
        Ok(ground)
    }

    async fn stop_all(&self) -> Result<()> {
        for name in self.cluster.process_ids().await?.keys() {
            self.cluster.signal(name, Signal::TERM).await?;
        }
        eventually("the cluster has stopped", PATIENCE, || async {
            let left = self
                .cluster
                .process_ids()
                .await
                .map_err(|error| error.to_string())?;
            if left.is_empty() {
                Ok(())
            } else {
                Err(format!("{left:?}"))
            }
        })
        .await
    }

    /// Starts the node on the server's core.
    pub(crate) async fn start(&self, cores: Cores) -> Result<Node> {
        self.start_in(&self.node.data, self.node.https, cores, &[]).await
    }

    /// Starts a second node from a copy of the first one's disk as it is now, on addresses of its own.
    pub(crate) async fn start_copy(&self, name: &str, cores: Cores) -> Result<Node> {
        let data = self.cluster.path(name);
        let copied = Command::new("cp")
            .arg("-a")
            .arg(&self.node.data)
            .arg(&data)
            .status()?;
        ensure!(copied.success(), "{} cannot be copied", self.node.data.display());
        let addresses = [free_address()?, free_address()?, free_address()?, free_address()?];
        let [https, plain, operator, link] = addresses.map(|address| address.to_string());
        let settings = [
            ("PARIKSHA_NODE_HTTP__HTTPS_ADDRESS", https.as_str()),
            ("PARIKSHA_NODE_HTTP__PLAIN_ADDRESS", &plain),
            ("PARIKSHA_NODE_OPERATOR__ADDRESS", &operator),
            ("PARIKSHA_NODE_LINK__ADDRESS", &link),
        ];
        self.start_in(&data, addresses[0], cores, &settings).await
    }

    async fn start_in(
        &self,
        data: &Path,
        https: SocketAddr,
        cores: Cores,
        settings: &[(&str, &str)],
    ) -> Result<Node> {
        let mut command = cores.server_command(binary::pariksha());
        command
            .args(["as-node", "run", "--data"])
            .arg(data)
            // All of them come from one address.
            .env("PARIKSHA_NODE_HTTP__RATES__SIGN_IN_PER_ADDRESS", "100000000")
            .env("PARIKSHA_NODE_HTTP__RATES__SIGN_IN_PER_CANDIDATE", "1000000")
            // Connections rest while it is another's turn.
            .env("PARIKSHA_NODE_HTTP__IDLE_SECONDS", "3600")
            .envs(settings.iter().copied());
        let begun = Instant::now();
        let mut server = Server::start("node", &mut command, &self.cluster.plan.data)?;
        server.accepts(https).await?;
        let dialler = Dialler::new(https, &self.certificate())?;
        // The port is bound first of all and served last of all: a handshake shows that everything is in place.
        tokio::time::timeout(PATIENCE, dialler.dial())
            .await
            .context("the node does not serve")??;
        Ok(Node {
            server,
            dialler,
            started_in: begun.elapsed(),
        })
    }

    /// Where certificate and key for HTTPS lie.
    pub(crate) fn identity(&self) -> PathBuf {
        self.node.data.join("identity")
    }

    /// The certificate that the node shows.
    pub(crate) fn certificate(&self) -> PathBuf {
        self.identity().join(node::http::listener::CERTIFICATE_FILE)
    }

    /// Lets these candidates sign in and start.
    pub(crate) async fn sessions(&self, node: &Node, sign_ins: &[SignIn]) -> Result<Vec<Session>> {
        let lanes = (0..SIGN_IN_LANES).map(|lane| async move {
            let mut connection = node.dialler.dial().await?;
            let mut sessions = Vec::new();
            for sign_in in sign_ins.iter().skip(lane).step_by(SIGN_IN_LANES) {
                sessions.push(Session::begin(&mut connection, sign_in, self.sitting, &self.answers).await?);
            }
            anyhow::Ok(sessions)
        });
        Ok(futures::future::try_join_all(lanes).await?.concat())
    }

    /// Lets all candidates sign in, and gives their tokens.
    pub(crate) async fn tokens(&self, node: &Node) -> Result<Vec<String>> {
        let lanes = (0..SIGN_IN_LANES).map(|lane| async move {
            let mut connection = node.dialler.dial().await?;
            let mut tokens = Vec::new();
            for sign_in in self.sign_ins.iter().skip(lane).step_by(SIGN_IN_LANES) {
                tokens.push(session::sign_in(&mut connection, sign_in).await?);
            }
            anyhow::Ok(tokens)
        });
        Ok(futures::future::try_join_all(lanes).await?.concat())
    }
}

/// A roster of one district.
fn roster(count: u32) -> String {
    let mut roster = String::from("number,name,roll,district,batch,extra_minutes_per_hour\n");
    for number in NUMBER_FIRST..NUMBER_FIRST + count {
        // Writing to a string cannot fail.
        let _ = writeln!(roster, "{number},Candidate {number},R-{number},{DISTRICT},,0");
    }
    roster
}
