//! The operator port: is the process alive, is it ready, its metrics, its status, its logs sealed to the cluster;
//! and what a person brings to it: officers' shares, answers files, leave to go on at another device. Bound to loopback by default; nobody signs in here, so nothing secret and no answer is ever shown. Asked by district IT's tools and by `pariksha-node
//! status`.

mod answers;
mod exports;
mod figures;
mod moves;
mod report;
#[cfg(test)]
mod tests;
mod tries;
mod unlock;

use std::{
    io,
    net::{Ipv4Addr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use axum::{
    Json, Router,
    extract::{DefaultBodyLimit, State},
    http::{
        HeaderMap, StatusCode,
        header::{CONTENT_TYPE, ORIGIN},
    },
    response::{IntoResponse, Response},
    routing::{get, post},
};
use daemon::{Metrics, Tasks};
use protocol::{answers_file, ids::NodeId};
use serde::{Deserialize, Serialize};
use tokio::{net::TcpListener, sync::watch};
use tower::limit::GlobalConcurrencyLimitLayer;
use tower_http::timeout::TimeoutLayer;

use crate::{
    district_time::{DistrictTime, Doubt},
    export::Exporter,
    feed::Feed,
    gossip::Gossip,
    log::{
        disk::Disk,
        replicate::{Peers, Shelf},
        retention::Retention,
    },
    ship::{CountsOf, Ship},
};

pub use answers::ImportAnswers;
pub use exports::ExportableLog;
pub use moves::{MoveAnswer, MoveForm, UnlockAttempt, UnlockedAttempt};
pub use report::Report;
pub use unlock::{NoteIncident, UnlockAnswer, UnlockForm};

use figures::Figures;
use tries::Tries;

/// Requests that are answered at once.
const REQUESTS_MAX: usize = 16;

/// No request takes longer.
const REQUEST_TIME_MAX: Duration = Duration::from_secs(5);

/// A request with shares: all that there may be, with room for blanks.
const UNLOCK_BYTES_MAX: usize = 32 * 1024;

/// A request with two numbers.
const MOVE_BYTES_MAX: usize = 1024;

/// Openings of a paper that are tried in one minute.
const UNLOCKS_MAX: usize = 10;

/// Answers files that are imported in one minute: a large room's.
const IMPORTS_MAX: usize = 120;

/// Exams that are unlocked for another device in one minute: a large room's.
const MOVES_MAX: usize = 120;

/// An import's answers are made durable one batch after the other, on a slow disk too.
const IMPORT_TIME_MAX: Duration = Duration::from_secs(60);

/// How often the reasons why the node is not ready are worked out for the centre.
const TELL_EVERY: Duration = Duration::from_secs(1);

/// The `[operator]` part of the configuration.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// Where the operator port listens (plain HTTP). Anybody who reaches it may read it: leave it on loopback.
    pub address: SocketAddr,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            address: (Ipv4Addr::LOCALHOST, 7412).into(),
        }
    }
}

/// Gives reasons why the node is not ready, beyond those known here; empty when all is well.
pub type Reasons = Arc<dyn Fn() -> Vec<String> + Send + Sync>;

/// Says how many of the answers acknowledged from the own logs the centre holds.
pub type DeliveredOf = Arc<dyn Fn() -> u64 + Send + Sync>;

/// What is reported on.
#[derive(Clone)]
pub struct Parts {
    /// This node.
    pub node: NodeId,
    /// What it knows from the centre.
    pub feed: Feed,
    /// Its clock.
    pub time: DistrictTime,
    /// How it stands with the centre.
    pub ship: Ship,
    /// Its logs and copies.
    pub shelf: Shelf,
    /// Its peers.
    pub peers: Peers,
    /// How many of them confirm.
    pub live_peers: watch::Receiver<usize>,
    /// The ring.
    pub gossip: Gossip,
    /// Its counts.
    pub counts: CountsOf,
    /// How many of the answers it acknowledged the centre holds.
    pub delivered: DeliveredOf,
    /// The room on its disk.
    pub disk: Disk,
    /// What retention frees of it.
    pub retention: Retention,
    /// Its metrics.
    pub metrics: Metrics,
    /// Why it may not be ready.
    pub reasons: Reasons,
    /// What makes exported logs; none when the cluster has not given its word for this node.
    pub exporter: Option<Exporter>,
    /// Notes what happened here in the log.
    pub incident: NoteIncident,
    /// Applies answers files.
    pub import: ImportAnswers,
    /// Lets another device go on with an attempt.
    pub unlock: UnlockAttempt,
}

/// The port cannot be had.
#[derive(Debug, thiserror::Error)]
#[error(
    "the operator port {address} cannot be bound: {source}; another process may use it: set operator.address"
)]
pub struct StatusError {
    address: SocketAddr,
    source: io::Error,
}

/// Starts the operator port; gives the address with the real port.
pub async fn start(settings: &Settings, parts: Parts, tasks: &Tasks) -> Result<SocketAddr, StatusError> {
    let failed = |source| StatusError {
        address: settings.address,
        source,
    };
    let listener = TcpListener::bind(settings.address).await.map_err(failed)?;
    let address = listener.local_addr().map_err(failed)?;
    if !address.ip().is_loopback() {
        tracing::warn!(%address, "the operator port is open to other machines: anybody there can read it");
    }
    let figures = Figures::register(&parts.metrics);
    let told = parts.clone();
    let stop = tasks.shutdown_token();
    tasks.spawn("readiness", async move {
        tokio::select! {
            () = stop.cancelled() => {}
            () = tell_centre(told) => {}
        }
    });
    let router = router(Arc::new(Port {
        parts,
        figures,
        unlocks: Tries::of(UNLOCKS_MAX),
        imports: Tries::of(IMPORTS_MAX),
        moves: Tries::of(MOVES_MAX),
    }));
    let shutdown = tasks.shutdown_token();
    tasks.spawn("operator-port", async move {
        axum::serve(listener, router)
            .with_graceful_shutdown(shutdown.cancelled_owned())
            .await
    });
    Ok(address)
}

struct Port {
    parts: Parts,
    figures: Figures,
    unlocks: Tries,
    imports: Tries,
    moves: Tries,
}

fn router(port: Arc<Port>) -> Router {
    let imports = Router::new()
        .route("/answers", post(answers::import))
        .layer(DefaultBodyLimit::max(answers_file::FILE_BYTES_MAX))
        .layer(time_max(IMPORT_TIME_MAX));
    Router::new()
        .route(
            "/healthz",
            get(async || Json(serde_json::json!({ "alive": true }))),
        )
        .route("/readyz", get(readyz))
        .route("/metrics", get(metrics))
        .route(
            "/status",
            get(async |State(port): State<Arc<Port>>| Json(Report::of(&port.parts))),
        )
        .route("/exports", get(exports::list))
        .route("/exports/{log}", get(exports::file))
        .route(
            "/papers/{paper}/unlock",
            post(unlock::unlock).layer(DefaultBodyLimit::max(UNLOCK_BYTES_MAX)),
        )
        .route(
            "/attempts/unlock",
            post(moves::unlock).layer(DefaultBodyLimit::max(MOVE_BYTES_MAX)),
        )
        .layer(time_max(REQUEST_TIME_MAX))
        .merge(imports)
        .layer(GlobalConcurrencyLimitLayer::new(REQUESTS_MAX))
        .with_state(port)
}

fn time_max(limit: Duration) -> TimeoutLayer {
    TimeoutLayer::with_status_code(StatusCode::SERVICE_UNAVAILABLE, limit)
}

/// Why a browser is refused: a page that is open on this machine has no business with what people do by commands.
fn of_a_page(headers: &HeaderMap) -> Option<Response> {
    let sentence = "this is for the commands of pariksha-node alone\n";
    headers
        .contains_key(ORIGIN)
        .then(|| (StatusCode::FORBIDDEN, sentence).into_response())
}

/// A status and a sentence for whoever asked.
fn said(status: StatusCode, sentence: &str) -> Response {
    (status, format!("{sentence}\n")).into_response()
}

async fn readyz(State(port): State<Arc<Port>>) -> Response {
    let reasons = not_ready(&port.parts);
    let status = if reasons.is_empty() {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    (
        status,
        Json(serde_json::json!({ "ready": reasons.is_empty(), "reasons": reasons })),
    )
        .into_response()
}

async fn metrics(State(port): State<Arc<Port>>) -> Response {
    port.figures.set(&port.parts);
    (
        [(CONTENT_TYPE, daemon::metrics::CONTENT_TYPE)],
        port.parts.metrics.encode(),
    )
        .into_response()
}

/// Keeps what the centre is told of this node's readiness true.
async fn tell_centre(parts: Parts) {
    loop {
        parts.ship.tell(not_ready(&parts));
        tokio::time::sleep(TELL_EVERY).await;
    }
}

/// Why candidates cannot be served, in sentences for district IT. A cut WAN is no reason.
fn not_ready(parts: &Parts) -> Vec<String> {
    let mut reasons = (parts.reasons)();
    let catalogue = parts.feed.catalogue();
    if catalogue.district.is_none() {
        reasons.push(
            "the district's data has not come from the centre yet: check the WAN and link.coordinators"
                .into(),
        );
    }
    let missing = catalogue
        .papers
        .values()
        .filter(|notice| parts.feed.blob(notice.blob).is_none())
        .count();
    if missing > 0 {
        reasons.push(format!(
            "{missing} sealed papers have not come yet: they are fetched while the WAN is up"
        ));
    }
    reasons.extend(parts.feed.not_ready(env!("CARGO_PKG_VERSION"), parts.time.now()));
    let doubted = parts.time.doubts().into_iter();
    let coordinators = doubted.filter(|doubt| matches!(doubt, Doubt::Coordinator { .. }));
    if !parts.time.is_measured() && coordinators.count() > 0 {
        reasons.push(
            "the coordinators' time contradicts what this node kept over its restart: set this machine's clock right and restart the node"
                .into(),
        );
    }
    if let Some(fork) = parts.ship.status().borrow().fork {
        reasons.push(format!(
            "the centre holds another history of this node's log from sequence {fork} on: its disk was set back or copied; it begins a new log by itself"
        ));
    }
    reasons
}
