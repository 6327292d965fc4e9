//! Keeps a coordinator's own affairs in order while it runs: founds the cluster from what `init` left, keeps its own
//! address in the registry right, says early when the cluster key does not fit, and keeps `ops.json` up to date.

use std::{path::PathBuf, time::Duration};

use anyhow::{Context, Result};
use daemon::CancellationToken;
use protocol::feed::CoordinatorEntry;
use state::{Command, State};

use crate::{
    cluster_key::{ClusterKey, Secret},
    context_file::ContextFile,
    evidence, founding_file, ops,
    raft::Centre,
};

/// How often it looks: nothing here is urgent, and a look is cheap.
const EVERY: Duration = Duration::from_secs(1);

/// What it cares for.
pub(crate) struct Steward {
    pub(crate) centre: Centre,
    pub(crate) cluster_key: ClusterKey,
    pub(crate) data: PathBuf,
    pub(crate) link_address: String,
    pub(crate) own_url: String,
}

impl Steward {
    /// Runs until the token is cancelled. Founding must succeed; the rest is tried again at the next look.
    pub(crate) async fn run(self, stop: CancellationToken) -> Result<()> {
        tokio::select! {
            () = stop.cancelled() => Ok(()),
            founded = self.care() => founded,
        }
    }

    async fn care(&self) -> Result<()> {
        self.found().await?;
        let mut key_checked = false;
        loop {
            key_checked = key_checked || self.check_cluster_key();
            self.make_evidence_keys().await;
            self.register().await;
            if let Err(error) = self.update_context() {
                tracing::warn!(%error, "ops.json could not be brought up to date");
            }
            tokio::time::sleep(EVERY).await;
        }
    }

    /// Proposes what `init` prepared, until the state has it.
    async fn found(&self) -> Result<()> {
        let Some(command) = founding_file::read(&self.data).context("founding.bin cannot be read")? else {
            return Ok(());
        };
        while self.centre.read(|state| state.cluster().is_none()) {
            match self.centre.propose("init", command.clone()).await {
                Ok(_) => break,
                Err(error) => {
                    tracing::warn!(%error, "the cluster could not be initialised yet");
                    tokio::time::sleep(EVERY).await;
                }
            }
        }
        founding_file::remove(&self.data).context("founding.bin cannot be removed")
    }

    /// Tells the registry this coordinator's address where it has none or another. One that was removed stays removed.
    async fn register(&self) {
        let id = self.centre.id();
        let due = self.centre.read(|state| {
            let held = state
                .coordinators()
                .find(|(known, _)| *known == id)
                .map(|(_, row)| row);
            state.cluster().is_some()
                && held.is_none_or(|row| !row.removed && row.entry.link_address != self.link_address)
        });
        if !due {
            return;
        }
        let entry = CoordinatorEntry {
            id,
            link_address: self.link_address.clone(),
        };
        if let Err(error) = self
            .centre
            .propose("coordinator", Command::SetCoordinator { entry })
            .await
        {
            tracing::warn!(%error, "this coordinator's address could not be registered");
        }
    }

    /// Makes the cluster's keys for endorsements and exported logs where the cluster has none yet.
    async fn make_evidence_keys(&self) {
        let due = self
            .centre
            .read(|state| state.cluster().is_some() && state.evidence_keys().is_none());
        if due && let Err(error) = evidence::keys(&self.centre, &self.cluster_key).await {
            tracing::warn!(%error, "the cluster's keys for endorsements could not be made yet");
        }
    }

    /// Whether it could be checked; a wrong key is said at once and not when the first paper must be opened.
    fn check_cluster_key(&self) -> bool {
        let wrapped = self
            .centre
            .read(|state| state.cluster().map(|cluster| cluster.wrapped_ca_key.clone()));
        let Some(wrapped) = wrapped else {
            return false;
        };
        if let Err(error) = self.cluster_key.unwrap(Secret::Ca, &wrapped) {
            tracing::error!(%error, "the cluster key file is not this cluster's: joins, releases and scoring fail here");
        }
        true
    }

    /// Lists all coordinators' addresses in the context file that lies in this data directory, if one does.
    fn update_context(&self) -> std::io::Result<()> {
        let Some(mut context) = ContextFile::read(&self.data)? else {
            return Ok(());
        };
        let mut urls = vec![self.own_url.clone()];
        let others = |state: &State| -> Vec<String> {
            let registered = state
                .coordinators()
                .filter(|(id, row)| !row.removed && *id != self.centre.id());
            registered.filter_map(|(id, _)| ops::ops_url(state, id)).collect()
        };
        urls.extend(self.centre.read(others));
        if context.urls != urls {
            context.urls = urls;
            context.write(&self.data)?;
        }
        Ok(())
    }
}
