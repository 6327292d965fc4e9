//! The ops API: HTTPS with a bearer token, the same at every coordinator; changes are forwarded to the leader.
//! Documented in `docs/api/ops.md`. Handlers parse, propose, read; the rules are the state's.

mod access;
mod exported;
mod extract;
mod figures;
mod keys;
mod listener;
mod logs;
mod marks;
mod papers;
mod problem;
mod receipts;
mod reconciliation;
mod registry;
mod release;
mod results;
mod roster;
mod router;
pub mod shapes;
mod sittings;
mod status;

use std::{sync::Arc, time::Duration};

use daemon::{Clock, Metrics};
use protocol::time::Instant;
use serde::{Deserialize, Serialize};
use state::{Command, Outcome, State};

use crate::{clock::CentreClock, cluster_key::ClusterKey, gateway::Gateway, raft::Centre};
pub(crate) use access::token_hash;
pub(crate) use figures::Figures;
pub use listener::{Listener, ListenerError};
use problem::Problem;
pub(crate) use problem::input_errors;
pub(crate) use results::policy_name;
pub(crate) use router::router;
pub(crate) use status::ops_url;

/// The longest body that is taken: a roster or a paper as CSV.
pub const UPLOAD_BYTES_MAX: usize = 64 * 1024 * 1024;

/// How long a coordinator that forwarded a change waits until it has applied it itself, so that the caller's next
/// request here sees it.
const SEEN_WITHIN: Duration = Duration::from_secs(5);

/// The ops API's settings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct OpsSettings {
    /// The TCP address to bind, `ip:port`.
    pub address: String,
    /// Where others reach it, when that is another address; empty for `https://<address>`.
    pub url: String,
    /// Connections served at once. Default 128.
    pub connections_max: usize,
    /// Uploads (each up to 64 MiB in memory) handled at once. Default 4.
    pub uploads_max: usize,
    /// How long a request's header, and then its body, may take. Default 60 s.
    pub read_timeout_ms: u64,
}

impl Default for OpsSettings {
    fn default() -> Self {
        Self {
            address: "127.0.0.1:7500".to_owned(),
            url: String::new(),
            connections_max: 128,
            uploads_max: 4,
            read_timeout_ms: 60_000,
        }
    }
}

impl OpsSettings {
    /// The address that operators' tools are told.
    pub fn public_url(&self) -> String {
        if self.url.is_empty() {
            format!("https://{}", self.address)
        } else {
            self.url.clone()
        }
    }
}

/// What every handler has. Clones share everything.
#[derive(Clone)]
pub(crate) struct Api {
    pub(crate) centre: Centre,
    pub(crate) gateway: Gateway,
    pub(crate) cluster_key: ClusterKey,
    pub(crate) clock: CentreClock,
    pub(crate) metrics: Metrics,
    pub(crate) figures: Figures,
    pub(crate) uploads: Arc<tokio::sync::Semaphore>,
    pub(crate) uploads_max: usize,
    /// This coordinator's own address for operators.
    pub(crate) own_url: Arc<str>,
}

/// Who stands in the audit for what came through this API. There is one token, so there is one name.
const BY: &str = "ops";

impl Api {
    pub(crate) fn now(&self) -> Instant {
        Instant(self.clock.wall_ms())
    }

    pub(crate) async fn propose(&self, command: Command) -> Result<Outcome, Problem> {
        Ok(self.centre.propose(BY, command).await?)
    }

    /// Waits until this coordinator's own state shows something: a change that was forwarded is applied here a moment
    /// after its answer.
    pub(crate) async fn seen<T>(&self, look: impl Fn(&State) -> Option<T>) -> Result<T, Problem> {
        let mut applied = self.centre.applied();
        let seen = async {
            loop {
                applied.borrow_and_update();
                if let Some(found) = self.centre.read(&look) {
                    return Some(found);
                }
                applied.changed().await.ok()?;
            }
        };
        let found = tokio::time::timeout(SEEN_WITHIN, seen).await.ok().flatten();
        found.ok_or_else(|| {
            Problem::unavailable("the change was made, but this coordinator lags behind; ask again")
        })
    }
}
