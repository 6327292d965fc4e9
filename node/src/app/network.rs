//! What links to others: the uplink with feed and shipping, the district's peers with copies and gossip.

use std::sync::Arc;

use anyhow::Result;
use daemon::Tasks;
use link::Endpoint;
use protocol::ids::NodeId;

use super::{Own, counts_of, storage::Storage};
use crate::{
    accept,
    attempts::Attempts,
    config::{DataDirectory, NodeSettings},
    district_time::{DistrictTime, watch},
    feed::{self, Feed},
    gossip::{self, Gossip, Member, Vitals},
    links::Links,
    log::replicate::{self, Peers, Shelf},
    refetch::{self, Refetch},
    salvage,
    ship::{self, OwnLog, Ship},
    uplink::{self, Uplink},
};

/// What links to others.
pub(super) struct Network {
    pub(super) gossip: Gossip,
    pub(super) peers: Peers,
    pub(super) ship: Ship,
    pub(super) refetch: Refetch,
}

impl Network {
    pub(super) fn start(
        data: &DataDirectory,
        settings: &NodeSettings,
        own: &Own,
        endpoint: &Endpoint,
        storage: Storage,
        tasks: &Tasks,
    ) -> Result<Self> {
        let Storage {
            time,
            feed,
            attempts,
            peers: progress,
            shelf,
            pending,
        } = storage;
        let uplink = uplink::start(settings.link.clone(), endpoint.clone(), tasks);
        feed::start(&settings.feed, feed.clone(), uplink.clone(), tasks);
        let refetch = start_refetch(own, &shelf, &uplink, pending, &attempts, tasks);
        let ship = start_shipping(settings, own, &shelf, uplink, &time, &attempts, tasks);
        let watched = Watched {
            time: time.clone(),
            feed: feed.clone(),
            attempts: attempts.clone(),
            ship: ship.clone(),
        };
        let links = Links::default();
        let member = Member {
            node: own.node,
            generation: gossip::next_generation(&data.generation(), time.now())?,
        };
        let parts = gossip::Parts {
            own: member,
            links: links.clone(),
            vitals: vitals_of(own.node, &attempts, &time, &feed, &ship),
        };
        let gossip = gossip::start(parts, tasks);
        let parts = replicate::Parts {
            node: own.node,
            endpoint: endpoint.clone(),
            feed: feed.clone(),
            shelf: shelf.clone(),
            time,
            links: links.clone(),
            gossip: gossip.clone(),
            copied: progress.copied,
            live_peers: progress.live_peers,
        };
        let peers = replicate::start(settings.peers.clone(), parts, tasks);
        start_watch(settings, own, endpoint, &watched, &gossip, tasks);
        let parts = accept::Parts {
            node: own.node,
            endpoint: endpoint.clone(),
            feed,
            shelf,
            links,
            gossip: gossip.clone(),
        };
        accept::start(parts, tasks);
        Ok(Self {
            gossip,
            peers,
            ship,
            refetch,
        })
    }
}

/// What the centre has and this disk lacks; then what only quarantined logs hold.
fn start_refetch(
    own: &Own,
    shelf: &Shelf,
    uplink: &Uplink,
    pending: Vec<salvage::Pending>,
    attempts: &Attempts,
    tasks: &Tasks,
) -> Refetch {
    let parts = refetch::Parts {
        node: own.node,
        uplink: uplink.clone(),
        shelf: shelf.clone(),
    };
    let refetch = refetch::start(parts, tasks);
    let parts = salvage::Parts {
        node: own.node,
        pending,
        log: attempts.log().clone(),
        shelf: shelf.clone(),
        refetch: refetch.clone(),
        uplink: uplink.clone(),
    };
    salvage::start(parts, tasks);
    refetch
}

fn start_shipping(
    settings: &NodeSettings,
    own: &Own,
    shelf: &Shelf,
    uplink: Uplink,
    time: &DistrictTime,
    attempts: &Attempts,
    tasks: &Tasks,
) -> Ship {
    let others = shelf.clone();
    let parts = ship::Parts {
        own: OwnLog {
            reader: attempts.log().reader(),
            head: attempts.log().head(),
        },
        others: Arc::new(move || others.others()),
        uplink,
        time: time.clone(),
        signing_key: own.signing_key.clone(),
        counts: counts_of(attempts),
    };
    ship::start(settings.ship.clone(), parts, tasks)
}

/// What the watch over the clocks asks.
struct Watched {
    time: DistrictTime,
    feed: Feed,
    attempts: Attempts,
    ship: Ship,
}

fn start_watch(
    settings: &NodeSettings,
    own: &Own,
    endpoint: &Endpoint,
    watched: &Watched,
    gossip: &Gossip,
    tasks: &Tasks,
) {
    let (time, ship) = (watched.time.clone(), watched.ship.clone());
    let (reader, counts) = (watched.attempts.log().reader(), counts_of(&watched.attempts));
    let signing_key = own.signing_key.clone();
    let parts = watch::Parts {
        time: watched.time.clone(),
        endpoint: endpoint.clone(),
        configured: settings.link.coordinators.clone(),
        feed: watched.feed.clone(),
        gossip: gossip.clone(),
        report: Arc::new(move || {
            let lag_ms = ship.status().borrow().lag_ms;
            ship::report_of(&reader, &time, &signing_key, &counts, lag_ms)
        }),
    };
    watch::start(parts, tasks);
}

fn vitals_of(
    node: NodeId,
    attempts: &Attempts,
    time: &DistrictTime,
    feed: &Feed,
    ship: &Ship,
) -> gossip::VitalsOf {
    let (attempts, time, feed, ship) = (attempts.clone(), time.clone(), feed.clone(), ship.clone());
    Arc::new(move || {
        let log = attempts.log();
        Vitals {
            node,
            generation: 0,
            count: 0,
            open_attempts: attempts.book().counts().open,
            // A node with a full disk takes nothing: nobody may be more loaded.
            queue: match log.disk().too_full() {
                Some(_) => u32::MAX,
                None => u32::try_from(log.queue_length()).unwrap_or(u32::MAX),
            },
            incarnation: log.id().incarnation,
            head: log.head().borrow().sequence,
            clock_offset_ms: time.offset_ms(),
            clock_error_ms: time.error_ms(),
            revision: feed.catalogue().revision,
            wan_connected: ship.status().borrow().connected,
            time: time.now(),
            time_is_measured: time.is_measured(),
        }
    })
}
