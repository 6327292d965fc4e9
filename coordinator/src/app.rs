//! One running coordinator: built in order, stopped in order. Called by `pariksha-coordinator run` and by tests.
//!
//! Up: identity and keys, endpoint, Raft (reads all that is on the disk), front door, ops API, the custodian, the steward. Down: the
//! shutdown token ends all tasks; the endpoint is closed last, so that others hear of it.

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use anyhow::{Context, Result};
use daemon::{CancellationToken, Clock, Metrics, Outcome, Tasks};
use link::{Endpoint, Guests, Identity, Limits, PeerName};
use protocol::ids::CoordinatorId;

use crate::{
    accept,
    clock::{self, CentreClock},
    cluster_key::ClusterKey,
    config::CoordinatorSettings,
    custodian::Custodian,
    gateway::Gateway,
    members_file::MembersFile,
    ops::{self, Api, Listener},
    raft::{self, Centre, Founding, Start},
    steward::Steward,
};

/// The directory of certificates and keys in a data directory.
pub const IDENTITY_DIRECTORY: &str = "identity";
/// The HTTPS certificate in it, PEM.
pub const HTTPS_CERTIFICATE_FILE: &str = "https.crt";
/// The HTTPS key in it, PEM.
pub const HTTPS_KEY_FILE: &str = "https.key";

/// How long tasks may take to end.
const GRACE: Duration = Duration::from_secs(10);

/// A coordinator that runs.
pub struct Running {
    tasks: Tasks,
    endpoint: Endpoint,
    centre: Centre,
    link_address: SocketAddr,
    ops_address: SocketAddr,
}

/// Builds and starts everything. Errors say what to change.
pub async fn start(
    settings: &CoordinatorSettings,
    data: &Path,
    clock: Arc<dyn Clock>,
    shutdown: CancellationToken,
) -> Result<Running> {
    let identity_directory = data.join(IDENTITY_DIRECTORY);
    let identity = Identity::load(&identity_directory)?;
    let PeerName::Coordinator(id) = identity.name() else {
        anyhow::bail!(
            "{} is a node's identity; give a coordinator's data directory",
            identity_directory.display()
        );
    };
    let cluster_key = ClusterKey::read(&settings.cluster_key_file)?;
    // From here on nothing asks the machine's clock but this one.
    let clock = CentreClock::new(CoordinatorId(id), clock);
    let tasks = Tasks::new(shutdown);
    let listener = listener(settings, &identity_directory).await?;
    let ops_address = listener.local_address()?;

    let address = settings
        .link
        .address
        .parse()
        .with_context(|| format!("link.address `{}` is not an ip:port", settings.link.address))?;
    let endpoint = Endpoint::bind(address, &identity, Guests::Welcome, Limits::default())?;
    let link_address = endpoint.local_addr()?;
    let centre = raft::start(
        Start {
            id: CoordinatorId(id),
            data: data.to_owned(),
            settings: settings.raft.clone(),
            founding: founding(data)?,
            endpoint: endpoint.clone(),
            link_address: advertised(settings, link_address),
            clock: Arc::new(clock.clone()),
        },
        &tasks,
    )
    .await?;

    let core = Core {
        centre: centre.clone(),
        cluster_key,
        clock,
        own_url: public_url(settings, ops_address),
        link_address: advertised(settings, link_address),
    };
    serve(core, settings, data, endpoint.clone(), listener, &tasks);
    tracing::info!(coordinator = id, %link_address, %ops_address, "the coordinator runs");
    Ok(Running {
        tasks,
        endpoint,
        centre,
        link_address,
        ops_address,
    })
}

/// What the parts around Raft are built of.
struct Core {
    centre: Centre,
    cluster_key: ClusterKey,
    clock: CentreClock,
    own_url: String,
    link_address: String,
}

/// Opens the doors: the link's, then the API's; then the steward begins.
fn serve(
    core: Core,
    settings: &CoordinatorSettings,
    data: &Path,
    endpoint: Endpoint,
    listener: Listener,
    tasks: &Tasks,
) {
    let Core {
        centre,
        cluster_key,
        clock,
        own_url,
        link_address,
    } = core;
    let metrics = Metrics::new("pariksha_coordinator");
    let gateway = Gateway::new(
        centre.clone(),
        cluster_key.clone(),
        clock.clone(),
        settings.gateway.clone(),
        &metrics,
    );
    let watch = clock::watch::run(clock.clone(), centre.clone(), tasks.child_token());
    tasks.spawn("clock-watch", watch);
    accept::spawn(tasks, endpoint, centre.clone(), Arc::new(gateway.clone()));
    let custodians_clock = clock.clone();
    let api = Api {
        centre: centre.clone(),
        gateway,
        cluster_key: cluster_key.clone(),
        clock,
        figures: ops::Figures::register(&metrics),
        metrics,
        uploads: Arc::new(tokio::sync::Semaphore::new(settings.ops.uploads_max)),
        uploads_max: settings.ops.uploads_max,
        own_url: own_url.as_str().into(),
    };
    tasks.spawn("ops", listener.serve(ops::router(api), tasks.child_token()));
    let custodian = Custodian {
        centre: centre.clone(),
        cluster_key: cluster_key.clone(),
        clock: custodians_clock,
    };
    tasks.spawn("custodian", custodian.run(tasks.child_token()));
    let steward = Steward {
        centre,
        cluster_key,
        data: data.to_owned(),
        link_address,
        own_url,
    };
    tasks.spawn("steward", steward.run(tasks.child_token()));
}

impl Running {
    /// Where the ops API listens.
    pub fn ops_address(&self) -> SocketAddr {
        self.ops_address
    }

    /// Where the link listens.
    pub fn link_address(&self) -> SocketAddr {
        self.link_address
    }

    /// The centre, for tests that look inside.
    pub fn centre(&self) -> &Centre {
        &self.centre
    }

    /// Waits for shutdown (asked for, or caused by a task that failed), then stops in order.
    pub async fn join(self) -> Outcome {
        self.tasks.shutdown_token().cancelled().await;
        let outcome = self.tasks.join(GRACE).await;
        self.endpoint.shutdown().await;
        outcome
    }
}

async fn listener(settings: &CoordinatorSettings, identity: &Path) -> Result<Listener> {
    let read = |name: &str| -> Result<String> {
        let path: PathBuf = identity.join(name);
        std::fs::read_to_string(&path)
            .with_context(|| format!("{} cannot be read; was the identity moved?", path.display()))
    };
    let tls = link::https::server_config(&read(HTTPS_CERTIFICATE_FILE)?, &read(HTTPS_KEY_FILE)?)?;
    let header_within = Duration::from_millis(settings.ops.read_timeout_ms);
    Ok(Listener::bind(
        &settings.ops.address,
        tls,
        settings.ops.connections_max,
        header_within,
    )
    .await?)
}

fn founding(data: &Path) -> Result<Founding> {
    let members = MembersFile::read(data).context("the list of the coordinators cannot be read")?;
    Ok(members.map_or(Founding::First, |members| Founding::Joined(members.coordinators)))
}

/// What others are told: the configured address, or with port 0 the one that was given.
fn advertised(settings: &CoordinatorSettings, bound: SocketAddr) -> String {
    let configured = settings.link.advertised();
    if configured.ends_with(":0") {
        bound.to_string()
    } else {
        configured.to_owned()
    }
}

fn public_url(settings: &CoordinatorSettings, bound: SocketAddr) -> String {
    let configured = settings.ops.public_url();
    if configured.ends_with(":0") {
        format!("https://{bound}")
    } else {
        configured
    }
}
