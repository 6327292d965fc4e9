//! What `/status` says, as JSON. `pariksha-node status` reads it back, so both stand on this one type.

use protocol::{
    hash::Hash,
    ids::{DistrictId, LogId, NodeId, Revision, Sequence},
    watermark::Watermark,
};
use serde::{Deserialize, Serialize};

use super::{Parts, not_ready};
use crate::log::{disk::SpaceState, retention::Kept};

/// The node's status.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the names are the JSON's; what needs words has them")]
pub struct Report {
    pub node: NodeReport,
    /// `None` until the first feed came.
    pub district: Option<DistrictReport>,
    pub candidates: Candidates,
    /// Answers acknowledged from this node's log.
    pub acknowledged: u64,
    /// How many of these the centre holds, as far as was heard since the start.
    pub delivered: u64,
    /// Age of the oldest record that the centre does not hold.
    pub lag_seconds: f64,
    pub wan: Wan,
    /// `district` while a peer confirms, `node` while acknowledgements stand on this disk alone.
    pub durability: String,
    pub peers: Vec<Peer>,
    pub log: LogReport,
    /// Earlier lives of its log: sealed, kept, delivered.
    pub earlier: Vec<LogReport>,
    pub copies: Vec<LogReport>,
    pub space: SpaceReport,
    pub feed: FeedReport,
    pub clock: Clock,
    pub ready: bool,
    pub reasons: Vec<String>,
    pub version: String,
}

/// This node.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the names are the JSON's")]
pub struct NodeReport {
    pub id: NodeId,
    pub name: String,
}

/// Its district.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the names are the JSON's")]
pub struct DistrictReport {
    pub id: DistrictId,
    pub name: String,
}

/// Counts of candidates: `known` in the roster, the others at this node.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the names are the JSON's")]
pub struct Candidates {
    pub known: usize,
    pub signed_in: u32,
    pub open: u32,
    pub submitted: u32,
}

/// The way to the centre.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wan {
    /// `connected` or `cut`.
    pub state: String,
    /// Since when, in milliseconds since 1970 (UTC).
    pub since: i64,
}

/// Another node of the district.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the names are the JSON's; what needs words has them")]
pub struct Peer {
    pub id: NodeId,
    pub name: String,
    pub url: String,
    pub connected: bool,
    /// Whether acknowledgements wait for it.
    pub confirming: bool,
    /// How far it has this node's log.
    pub copied: Sequence,
    /// Whether the ring takes it for alive; `None` when it was never heard of there.
    pub up: Option<bool>,
    pub open_attempts: Option<u32>,
}

/// A log on this disk.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the names are the JSON's")]
pub struct LogReport {
    pub id: String,
    pub head: Sequence,
    /// The hash of the frame that ends there: equal hashes mean equal logs.
    pub hash: Hash,
    pub delivered: Sequence,
}

/// The room on the disk: below `high_water` free bytes new answers are refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the names are the JSON's")]
pub struct SpaceReport {
    pub free_bytes: u64,
    pub high_water: u64,
    pub ballast: u64,
    pub state: SpaceState,
    /// What lies on it and what retention frees.
    #[serde(default)]
    pub logs: Kept,
}

/// The feed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the names are the JSON's")]
pub struct FeedReport {
    pub revision: Revision,
    pub sittings: usize,
    pub papers: usize,
    pub released: usize,
    /// Papers that must not be sat any more.
    #[serde(default)]
    pub withdrawn: usize,
    pub blobs_missing: usize,
}

/// District time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the names are the JSON's")]
pub struct Clock {
    pub error_ms: u32,
    pub measured: bool,
    pub offset_ms: i64,
    /// Clocks that contradict district time, in sentences; what such a coordinator says does not count.
    pub doubts: Vec<String>,
}

impl Report {
    /// The status now.
    pub(super) fn of(parts: &Parts) -> Self {
        let catalogue = parts.feed.catalogue();
        let counts = (parts.counts)();
        let wan = *parts.ship.status().borrow();
        let reasons = not_ready(parts);
        let name = catalogue
            .node(parts.node)
            .map(|entry| entry.name.clone())
            .unwrap_or_default();
        let own = &parts.shelf.own.reader;
        let log = |id: LogId, head: Watermark| LogReport {
            id: id.to_string(),
            head: head.sequence,
            hash: head.hash,
            delivered: parts.ship.watermark(&id).sequence,
        };
        let state = if wan.connected { "connected" } else { "cut" };
        let durability = if *parts.live_peers.borrow() > 0 {
            "district"
        } else {
            "node"
        };
        Self {
            node: NodeReport { id: parts.node, name },
            district: catalogue.district.as_ref().map(|it| DistrictReport {
                id: it.id,
                name: it.name.clone(),
            }),
            candidates: Candidates {
                known: catalogue.candidates.len(),
                signed_in: counts.signed_in,
                open: counts.open,
                submitted: counts.submitted,
            },
            acknowledged: counts.acknowledged,
            delivered: (parts.delivered)(),
            lag_seconds: (wan.lag_ms / 100) as f64 / 10.0,
            wan: Wan {
                state: state.to_owned(),
                since: wan.since.0,
            },
            durability: durability.to_owned(),
            peers: peers(parts),
            log: log(own.id(), own.head()),
            earlier: parts
                .shelf
                .earlier
                .readers()
                .iter()
                // Where the centre or a peer had more of it than this disk, the copy is longer.
                .map(|life| log(life.id(), parts.shelf.mark(&life.id())))
                .collect(),
            copies: parts
                .shelf
                .copies
                .logs()
                .into_iter()
                .map(|(id, mark)| log(id, mark))
                .collect(),
            space: space(parts),
            feed: feed(parts),
            clock: Clock {
                error_ms: parts.time.error_ms(),
                measured: parts.time.is_measured(),
                offset_ms: parts.time.offset_ms(),
                doubts: parts.time.doubts().iter().map(ToString::to_string).collect(),
            },
            ready: reasons.is_empty(),
            reasons,
            version: env!("CARGO_PKG_VERSION").to_owned(),
        }
    }
}

fn space(parts: &Parts) -> SpaceReport {
    let space = parts.disk.space();
    SpaceReport {
        free_bytes: space.free_bytes,
        high_water: space.high_water,
        ballast: space.ballast,
        state: space.state,
        logs: parts.retention.kept(),
    }
}

fn feed(parts: &Parts) -> FeedReport {
    let catalogue = parts.feed.catalogue();
    let papers = catalogue.papers.values();
    FeedReport {
        revision: catalogue.revision,
        sittings: catalogue.sittings.len(),
        papers: catalogue.papers.len(),
        released: catalogue.releases.len(),
        withdrawn: catalogue.withdrawn.len(),
        blobs_missing: papers
            .filter(|notice| parts.feed.blob(notice.blob).is_none())
            .count(),
    }
}

fn peers(parts: &Parts) -> Vec<Peer> {
    let catalogue = parts.feed.catalogue();
    let members = parts.gossip.members();
    let peer = |view: crate::log::replicate::PeerView| {
        let entry = catalogue.node(view.node);
        let member = members.iter().find(|member| member.node == view.node);
        Peer {
            id: view.node,
            name: entry.map(|entry| entry.name.clone()).unwrap_or_default(),
            url: entry.map(|entry| entry.candidate_url.clone()).unwrap_or_default(),
            connected: view.connected,
            confirming: view.confirming,
            copied: view.copied,
            up: member.map(|member| member.up),
            open_attempts: member
                .and_then(|member| member.vitals)
                .map(|vitals| vitals.open_attempts),
        }
    };
    parts.peers.views().into_iter().map(peer).collect()
}
