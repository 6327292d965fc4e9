//! Holds one link to each other node of the district, as the directory lists them, and runs on it what goes to that peer:
//! the own log, earlier logs, questions. Keeps count of the peers that confirm.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

use daemon::{CancellationToken, Tasks};
use link::{Backoff, Connection, Endpoint, Expect, PeerName};
use protocol::ids::{NodeId, Sequence};
use tokio::{
    sync::watch,
    time::{MissedTickBehavior, interval, sleep},
};

use super::{
    Peers, Settings, Shelf,
    liveness::Liveness,
    puller::Puller,
    sender::{self, SendError},
};
use crate::{district_time::DistrictTime, feed::Feed, gossip::Gossip, links::Links, uplink::dial};

/// Peers that one node links to at most: a district has a handful of nodes.
const PEERS_MAX: usize = 16;

/// How often a peer's confirmations are judged.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// So many links in a row on which the peer holds another history make it sure: some ten seconds.
const DISPUTES_MAX: u32 = 6;

/// An earlier log that a peer did not take is offered again after so long.
const OFFER_AGAIN: Duration = Duration::from_secs(30);

/// What replication works with.
pub struct Parts {
    /// This node.
    pub node: NodeId,
    /// Dials.
    pub endpoint: Endpoint,
    /// Says who the peers are.
    pub feed: Feed,
    /// What is copied.
    pub shelf: Shelf,
    /// The clock for judging confirmations.
    pub time: DistrictTime,
    /// The links that gossip uses too.
    pub links: Links,
    /// Takes the datagrams that come on these links.
    pub gossip: Gossip,
    /// The greatest sequence of the own log that a peer has on its disk.
    pub copied: watch::Sender<Sequence>,
    /// How many peers are linked and confirming.
    pub live_peers: watch::Sender<usize>,
}

/// Starts replication to every peer that the directory lists, now and later.
pub fn start(settings: Settings, parts: Parts, tasks: &Tasks) -> Peers {
    let peers = Peers::default();
    let dialler = Arc::new(Dialler {
        settings,
        parts,
        peers: peers.clone(),
    });
    let (owned, shutdown) = (tasks.clone(), tasks.shutdown_token());
    tasks.spawn("peers", async move {
        tokio::select! {
            () = shutdown.cancelled() => {}
            () = dialler.keep_up(&owned) => {}
        }
    });
    peers
}

struct Dialler {
    settings: Settings,
    parts: Parts,
    peers: Peers,
}

/// The tasks of one peer, ended when it moves or leaves.
struct Held {
    address: String,
    token: CancellationToken,
}

/// Counts a peer as confirming for as long as it is one.
struct Confirming<'a> {
    dialler: &'a Dialler,
    peer: NodeId,
    counted: bool,
}

impl Confirming<'_> {
    fn set(&mut self, confirming: bool) {
        if self.counted != confirming {
            self.counted = confirming;
            let change = |count: &mut usize| {
                *count = if confirming {
                    *count + 1
                } else {
                    count.saturating_sub(1)
                }
            };
            self.dialler.parts.live_peers.send_modify(change);
            self.dialler
                .peers
                .change(self.peer, |view| view.confirming = confirming);
            tracing::info!(peer = %self.peer, confirming, "a peer's confirmations changed");
        }
    }
}

impl Drop for Confirming<'_> {
    fn drop(&mut self) {
        self.set(false);
    }
}

impl Dialler {
    /// Follows the directory: one task for each peer in it.
    async fn keep_up(self: Arc<Self>, tasks: &Tasks) {
        let mut held: BTreeMap<NodeId, Held> = BTreeMap::new();
        let mut changes = self.parts.feed.changes();
        loop {
            changes.borrow_and_update();
            let catalogue = self.parts.feed.catalogue();
            let wanted: BTreeMap<NodeId, String> = catalogue
                .peers_of(self.parts.node)
                .into_iter()
                .take(PEERS_MAX)
                .map(|entry| (entry.id, entry.link_address.clone()))
                .collect();
            held.retain(|peer, link| {
                let stays = wanted.get(peer) == Some(&link.address);
                if !stays {
                    link.token.cancel();
                    self.peers.forget(*peer);
                }
                stays
            });
            for (peer, address) in wanted {
                held.entry(peer)
                    .or_insert_with(|| self.hold(tasks, peer, address));
            }
            if changes.changed().await.is_err() {
                return std::future::pending().await;
            }
        }
    }

    fn hold(self: &Arc<Self>, tasks: &Tasks, peer: NodeId, address: String) -> Held {
        let token = tasks.child_token();
        self.peers.change(peer, |_| {});
        let (dialler, watched, dialled) = (Arc::clone(self), token.clone(), address.clone());
        tasks.spawn_brief(&format!("peer-{peer}"), async move {
            tokio::select! {
                () = watched.cancelled() => {}
                () = dialler.dial_for_ever(peer, &dialled) => {}
            }
        });
        Held { address, token }
    }

    async fn dial_for_ever(&self, peer: NodeId, address: &str) {
        let mut backoff = Backoff::new(
            Duration::from_millis(50),
            Duration::from_millis(250),
            Duration::from_secs(2),
        );
        let limit = Duration::from_millis(self.settings.dial_timeout_ms);
        let mut disputes = 0;
        loop {
            match dial(
                &self.parts.endpoint,
                address,
                Expect::Exactly(PeerName::Node(peer.0)),
                limit,
            )
            .await
            {
                Ok(connection) => {
                    tracing::info!(%peer, address, "linked to a peer");
                    self.parts.links.put(peer, connection.clone());
                    self.peers.change(peer, |view| view.connected = true);
                    if self.run_on(peer, &connection, &mut disputes).await {
                        backoff.reset();
                    }
                    self.peers.change(peer, |view| view.connected = false);
                    connection.close("the peer is dialled anew");
                }
                Err(reason) => tracing::debug!(%peer, address, reason, "no link to this peer"),
            }
            sleep(backoff.next(rand::random())).await;
        }
    }

    /// Everything that goes to a peer, until its link ends; says whether the peer ever confirmed.
    async fn run_on(&self, peer: NodeId, connection: &Connection, disputes: &mut u32) -> bool {
        let mut confirmed = false;
        tokio::select! {
            error = self.copy_own(peer, connection, &mut confirmed) => {
                self.judge(&error, disputes);
                tracing::warn!(%peer, %error, "copying to a peer stopped; it is dialled anew");
            }
            () = self.copy_earlier(peer, connection) => {}
            () = self.parts.gossip.listen(connection.clone(), peer) => {}
            reason = self.ask_for_ever(peer, connection) => {
                tracing::warn!(%peer, reason, "a peer does not answer; it is dialled anew");
            }
            reason = connection.closed() => tracing::warn!(%peer, %reason, "the link to a peer ended"),
        }
        confirmed
    }

    /// A frame reaches a peer before this disk, so a peer may be ahead for as long as this disk is slow; a peer that stays
    /// ahead, or holds something else, holds another history.
    fn judge(&self, error: &SendError, disputes: &mut u32) {
        match error {
            SendError::OtherHistory(at) => {
                *disputes += 1;
                if *disputes >= DISPUTES_MAX {
                    self.peers.forked(*at);
                }
            }
            _ => *disputes = 0,
        }
    }

    async fn copy_own(&self, peer: NodeId, connection: &Connection, confirmed: &mut bool) -> SendError {
        let own = &self.parts.shelf.own;
        // Subscribed before the peer says how far it is, so that no frame falls between.
        let live = (own.subscribe)();
        let copying = match sender::begin(connection, own.reader.id(), own.reader.head()).await {
            Ok(copying) => copying,
            Err(error) => return error,
        };
        let from = copying.from;
        if let Err(error) = sender::check_history(&own.reader, own.head.clone(), from).await {
            return error;
        }
        *confirmed = true;
        let (mut send, mut answers) = copying.split();
        let mut liveness = Liveness::default();
        let mut counted = Confirming {
            dialler: self,
            peer,
            counted: false,
        };
        let sending = sender::send_live(&mut send, &own.reader, own.head.clone(), live, from.sequence);
        tokio::pin!(sending);
        let mut looks = interval(LOOK_EVERY);
        looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        self.heard(peer, from.sequence, &mut liveness);
        loop {
            tokio::select! {
                ended = &mut sending => return match ended {
                    Ok(never) => match never {},
                    Err(error) => error,
                },
                answer = answers.next() => match answer {
                    Ok(watermark) => self.heard(peer, watermark.sequence, &mut liveness),
                    Err(error) => return error,
                },
                _ = looks.tick() => {}
            }
            let head = own.reader.head().sequence;
            counted.set(liveness.look(
                head,
                self.parts.time.monotonic_ms(),
                self.settings.unconfirmed_max_ms,
            ));
        }
    }

    fn heard(&self, peer: NodeId, sequence: Sequence, liveness: &mut Liveness) {
        self.parts.copied.send_if_modified(|copied| {
            let is_further = sequence > *copied;
            *copied = sequence.max(*copied);
            is_further
        });
        self.peers.change(peer, |view| view.copied = sequence);
        let head = self.parts.shelf.own.reader.head().sequence;
        liveness.confirmed(sequence, head, self.parts.time.monotonic_ms());
    }

    /// Copies each earlier log once; never ends, because its end is not the link's.
    async fn copy_earlier(&self, peer: NodeId, connection: &Connection) {
        let mut taken = BTreeSet::new();
        loop {
            for reader in self.parts.shelf.earlier.readers() {
                let log = reader.id();
                if taken.contains(&log) {
                    continue;
                }
                match sender::send_earlier(connection, &reader).await {
                    Ok(()) => {
                        taken.insert(log);
                        tracing::info!(%peer, %log, "a peer has an earlier log whole");
                    }
                    Err(error) => tracing::warn!(%peer, %log, %error, "an earlier log was not copied"),
                }
            }
            sleep(OFFER_AGAIN).await;
        }
    }

    async fn ask_for_ever(&self, peer: NodeId, connection: &Connection) -> String {
        let silence = Duration::from_millis(self.settings.silence_max_ms);
        let mut puller = Puller::new(peer, self.parts.shelf.clone(), silence);
        loop {
            if let Err(error) = puller.ask(connection).await {
                return error.to_string();
            }
            sleep(Duration::from_millis(self.settings.ask_every_ms)).await;
        }
    }
}
