//! Who is linked to this coordinator and what each node last said of itself. Kept in memory only: what counts is in the
//! state; this is what status pages show. Written by the ship streams, read by the ops API and, over the coordinators'
//! own link, by the other coordinators.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use protocol::{
    checkpoint::Checkpoint,
    ids::NodeId,
    time::Instant,
    wire::centre::{Counts, REASON_BYTES_MAX, REASONS_MAX, Report},
};
use serde::{Deserialize, Serialize};

/// What one coordinator knows of one node since the coordinator started. Sent between coordinators.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NodeSession {
    /// Which node.
    pub node: NodeId,
    /// How many of its links to this coordinator are open now.
    pub links: u32,
    /// The coordinator's wall clock when the node's last report came.
    pub last_heard: Instant,
    /// How far the node's own log goes, by its signed word.
    pub checkpoint: Option<Checkpoint>,
    /// Milliseconds since the oldest record that the centre has not acknowledged was made.
    pub lag_ms: u64,
    /// What it has done.
    pub counts: Counts,
    /// Its program's version.
    pub version: String,
}

/// Why a node is not ready, in its own words; none when it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NodeReasons {
    /// Which.
    pub node: NodeId,
    /// When it said so. A node that moved to another coordinator says it anew there, and its old link may live on here
    /// for a while: the latest word counts.
    pub told: Instant,
    /// Its reasons.
    pub reasons: Vec<String>,
}

/// All sessions of this coordinator. Clones are the same book. Bounded by the number of registered nodes: only they link.
#[derive(Debug, Clone, Default)]
pub struct Sessions {
    book: Arc<Mutex<BTreeMap<NodeId, NodeSession>>>,
    not_ready: Arc<Mutex<BTreeMap<NodeId, NodeReasons>>>,
}

/// Counts one link of a node for as long as it lives.
#[derive(Debug)]
pub struct LinkOpen {
    sessions: Sessions,
    node: NodeId,
}

impl Sessions {
    /// A link of a node was opened; it counts until the returned value is dropped.
    pub fn opened(&self, node: NodeId, now: Instant) -> LinkOpen {
        self.with(node, now, |session| session.links += 1);
        LinkOpen {
            sessions: self.clone(),
            node,
        }
    }

    /// A node's report came; its checkpoint's signature was verified by the caller.
    pub fn reported(&self, node: NodeId, report: &Report, now: Instant) {
        self.with(node, now, |session| {
            session.last_heard = now;
            session.checkpoint = Some(report.checkpoint.checkpoint);
            session.lag_ms = report.lag_ms;
            session.counts = report.counts;
            session.version.clone_from(&report.version);
        });
    }

    /// A node said why it is not ready; bounded, whatever it sends.
    pub fn not_ready(&self, node: NodeId, mut reasons: Vec<String>, told: Instant) {
        reasons.truncate(REASONS_MAX);
        for reason in &mut reasons {
            let kept = reason
                .char_indices()
                .take_while(|(at, c)| at + c.len_utf8() <= REASON_BYTES_MAX);
            *reason = kept.map(|(_, c)| c).filter(|c| !c.is_control()).collect();
        }
        let said = NodeReasons { node, told, reasons };
        self.reasons_lock().insert(node, said);
    }

    /// What nodes that are linked here gave as reasons why they are not ready; a node that said it is ready has none.
    pub fn reasons(&self) -> Vec<NodeReasons> {
        let linked: Vec<NodeId> = self
            .lock()
            .values()
            .filter(|one| one.links > 0)
            .map(|one| one.node)
            .collect();
        let reasons = self.reasons_lock();
        linked
            .into_iter()
            .filter_map(|node| reasons.get(&node).cloned())
            .collect()
    }

    /// All sessions, by node.
    pub fn list(&self) -> Vec<NodeSession> {
        self.lock().values().cloned().collect()
    }

    fn with(&self, node: NodeId, now: Instant, change: impl FnOnce(&mut NodeSession)) {
        let mut book = self.lock();
        change(book.entry(node).or_insert_with(|| NodeSession {
            node,
            links: 0,
            last_heard: now,
            checkpoint: None,
            lag_ms: 0,
            counts: Counts::default(),
            version: String::new(),
        }));
    }

    fn reasons_lock(&self) -> MutexGuard<'_, BTreeMap<NodeId, NodeReasons>> {
        self.not_ready.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<NodeId, NodeSession>> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for LinkOpen {
    fn drop(&mut self) {
        if let Some(session) = self.sessions.lock().get_mut(&self.node) {
            session.links = session.links.saturating_sub(1);
        }
    }
}

/// The freshest word on each node among what all coordinators know: the one that heard from it last, with the links of
/// all added up.
pub fn freshest(all: impl IntoIterator<Item = NodeSession>) -> BTreeMap<NodeId, NodeSession> {
    let mut freshest: BTreeMap<NodeId, NodeSession> = BTreeMap::new();
    for session in all {
        match freshest.get_mut(&session.node) {
            None => {
                freshest.insert(session.node, session);
            }
            Some(known) => {
                let links = known.links.saturating_add(session.links);
                let heard_a_report = session.checkpoint.is_some() || known.checkpoint.is_none();
                if heard_a_report && session.last_heard >= known.last_heard {
                    *known = session;
                }
                known.links = links;
            }
        }
    }
    freshest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_counted_while_they_live() {
        let sessions = Sessions::default();
        let one = sessions.opened(NodeId(4), Instant(10));
        let two = sessions.opened(NodeId(4), Instant(20));
        assert_eq!(sessions.list()[0].links, 2);
        drop(one);
        drop(two);
        assert_eq!(sessions.list()[0].links, 0);
    }

    #[test]
    fn the_coordinator_that_heard_last_speaks_for_a_node() {
        let session = |links, heard: i64, lag_ms| NodeSession {
            node: NodeId(1),
            links,
            last_heard: Instant(heard),
            checkpoint: None,
            lag_ms,
            counts: Counts::default(),
            version: String::new(),
        };
        let merged = freshest([session(0, 50, 5), session(1, 90, 9), session(0, 70, 7)]);
        assert_eq!((merged[&NodeId(1)].lag_ms, merged[&NodeId(1)].links), (9, 1));
    }
}
