//! The watch over the clocks: the task that brings further words than the shipper's one coordinator's. It asks the other
//! coordinators for the time now and then, and at once when a word is doubted or was the first one; and it hands over what
//! the district's nodes tell each other by gossip. Nothing waits for it.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

use daemon::Tasks;
use link::{Connection, Endpoint, Expect, PeerName, StreamError};
use protocol::{
    ids::{CoordinatorId, NodeId},
    time::ClockSample,
    wire::centre::{Down, Open, Report, Up},
};
use tokio::time::{Instant, MissedTickBehavior, interval, timeout};

use super::DistrictTime;
use crate::{feed::Feed, gossip::Gossip, uplink::dial};

/// How often gossip is looked at, and whether somebody is to be asked.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// How often all coordinators are asked while no clock is doubted: a majority sets the bound anew that drift widens.
const ASK_EVERY: Duration = Duration::from_secs(600);

/// How often while one is.
const ASK_IN_DOUBT_EVERY: Duration = Duration::from_secs(5);

/// How long one coordinator may take to be reached, and then to answer.
const ANSWER_WITHIN: Duration = Duration::from_secs(3);

/// What the watch works with.
pub struct Parts {
    /// Told what is heard.
    pub time: DistrictTime,
    /// Dials the coordinators.
    pub endpoint: Endpoint,
    /// Where coordinators are by the configuration; the feed's directory has the others.
    pub configured: Vec<String>,
    /// Has the directory.
    pub feed: Feed,
    /// Has what peers say.
    pub gossip: Gossip,
    /// Makes this node's report, which is how the time is asked for.
    pub report: Arc<dyn Fn() -> Report + Send + Sync>,
}

/// Starts the watch.
pub fn start(parts: Parts, tasks: &Tasks) {
    let shutdown = tasks.shutdown_token();
    let watch = Watch {
        parts,
        heard: BTreeMap::new(),
    };
    tasks.spawn("time-watch", async move {
        tokio::select! {
            () = shutdown.cancelled() => {}
            () = watch.run() => {}
        }
    });
}

struct Watch {
    parts: Parts,
    /// The last word of each peer, so that none is taken for a new one.
    heard: BTreeMap<NodeId, (u64, u64)>,
}

/// Why a coordinator gave no time.
#[derive(Debug, thiserror::Error)]
enum AskError {
    #[error(transparent)]
    Stream(#[from] StreamError),
    #[error("it is no coordinator")]
    NotACoordinator,
    #[error("it did not answer")]
    Silent,
}

impl Watch {
    async fn run(mut self) {
        let mut looks = interval(LOOK_EVERY);
        looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut asked = Instant::now();
        loop {
            let wanted = tokio::select! {
                _ = looks.tick() => false,
                () = self.parts.time.shared.witnesses_wanted.notified() => true,
            };
            self.count_coordinators();
            self.hear_peers();
            let every = if self.parts.time.doubts().is_empty() {
                ASK_EVERY
            } else {
                ASK_IN_DOUBT_EVERY
            };
            // Before the first measurement there is nothing to compare, and the uplink dials already.
            if wanted || (self.parts.time.is_measured() && asked.elapsed() >= every) {
                self.ask_all().await;
                asked = Instant::now();
            }
        }
    }

    /// The directory knows them all; the configuration need only have some of them.
    fn count_coordinators(&self) {
        let listed = self.parts.feed.catalogue().directory.coordinators.len();
        let known = if listed > 0 {
            listed
        } else {
            self.parts.configured.len()
        };
        self.parts.time.know_coordinators(known);
    }

    fn hear_peers(&mut self) {
        for member in self.parts.gossip.members() {
            let Some(vitals) = member.vitals.filter(|vitals| vitals.time_is_measured) else {
                continue;
            };
            let word = (vitals.generation, vitals.count);
            if self
                .heard
                .insert(member.node, word)
                .is_none_or(|before| before < word)
            {
                let time = &self.parts.time;
                time.peer_said(member.node, vitals.time, vitals.clock_error_ms);
            }
        }
    }

    async fn ask_all(&self) {
        let listed = self.parts.feed.catalogue();
        let listed = listed.directory.coordinators.iter();
        let listed = listed.map(|entry| entry.link_address.clone());
        let addresses: BTreeSet<String> = self.parts.configured.iter().cloned().chain(listed).collect();
        for address in addresses {
            match dial(
                &self.parts.endpoint,
                &address,
                Expect::AnyCoordinator,
                ANSWER_WITHIN,
            )
            .await
            {
                Ok(connection) => {
                    if let Err(error) = self.ask(&connection).await {
                        tracing::debug!(address, %error, "a coordinator was not asked for the time");
                    }
                    connection.close("asked for the time");
                }
                Err(reason) => tracing::debug!(address, reason, "a coordinator was not asked for the time"),
            }
        }
    }

    async fn ask(&self, connection: &Connection) -> Result<(), AskError> {
        let PeerName::Coordinator(id) = connection.peer() else {
            return Err(AskError::NotACoordinator);
        };
        let asking = async {
            let mut stream = connection.open().await.map_err(StreamError::from)?;
            stream.send_message(&Open::Ship).await?;
            stream.send_message(&Up::Report((self.parts.report)())).await?;
            while let Some(answer) = stream.recv_message::<Down>().await? {
                if let Down::Time { asked_ms, now } = answer {
                    return Ok(Some(ClockSample {
                        sent_ms: asked_ms,
                        theirs: now,
                        heard_ms: self.parts.time.monotonic_ms(),
                    }));
                }
            }
            Ok::<_, StreamError>(None)
        };
        let sample = timeout(ANSWER_WITHIN, asking)
            .await
            .map_err(|_| AskError::Silent)??;
        self.parts
            .time
            .observe(sample.ok_or(AskError::Silent)?, CoordinatorId(id));
        Ok(())
    }
}

#[cfg(test)]
mod tests;
