//! What makes the centre's word and the nodes' words provable: the cluster's own keys, and the latest head that each node
//! signed for each log. A head never goes back: one that does is alarmed and the earlier one stands.

use protocol::{checkpoint::SignedCheckpoint, cluster::ClusterKeys, ids::LogId, time::Instant};
use serde::{Deserialize, Serialize};

use crate::{
    alarm::AlarmKind,
    bounds::{LOGS_PER_NODE_MAX, WRAPPED_BYTES_MAX, size},
    effects::{Changes, Outcome},
    rejection::Rejection,
    state::State,
    table::{Table, Tag},
};

/// The cluster's keys for endorsements and exported logs.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EvidenceKeys {
    /// The public halves.
    pub public: ClusterKeys,
    /// The Ed25519 secret, wrapped under the cluster key.
    pub wrapped_signing: Vec<u8>,
    /// The X25519 secret, wrapped under the cluster key.
    pub wrapped_sealing: Vec<u8>,
}

impl std::fmt::Debug for EvidenceKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "EvidenceKeys({}, secrets not shown)", self.public)
    }
}

/// The tables.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Evidence {
    pub(crate) keys: Table<(), EvidenceKeys>,
    pub(crate) heads: Table<LogId, SignedCheckpoint>,
}

impl Evidence {
    pub(crate) fn new() -> Self {
        Self {
            keys: Table::new(Tag::Evidence),
            heads: Table::new(Tag::Heads),
        }
    }

    /// The first keys stand: two coordinators may make some at the same time, and both go on with the first.
    pub(crate) fn set_keys(
        &mut self,
        keys: &EvidenceKeys,
        changes: &mut Changes,
    ) -> Result<Outcome, Rejection> {
        size(
            "the wrapped signing key",
            keys.wrapped_signing.len(),
            WRAPPED_BYTES_MAX,
        )?;
        size(
            "the wrapped sealing key",
            keys.wrapped_sealing.len(),
            WRAPPED_BYTES_MAX,
        )?;
        if !self.keys.contains(&()) {
            self.keys.put(changes, (), keys.clone());
        }
        Ok(Outcome::Done)
    }
}

impl State {
    /// Keeps a later head; raises an alarm for one that contradicts what is known. A word that was given earlier than the
    /// one that is kept came by a slower way and says nothing new.
    pub(crate) fn note_head(
        &mut self,
        signed: &SignedCheckpoint,
        at: Instant,
        changes: &mut Changes,
    ) -> Outcome {
        let said = signed.checkpoint;
        let held = self.evidence.heads.get(&said.log).map(|held| held.checkpoint);
        if held.is_some_and(|held| said.at < held.at || (said.at, said.head) == (held.at, held.head)) {
            return Outcome::Done;
        }
        let contradiction = match held {
            Some(held) if said.head.sequence < held.head.sequence => Some(format!(
                "the node signed sequence {} as the head of log {}, after it had signed {}",
                said.head.sequence, said.log, held.head.sequence
            )),
            Some(held) if said.head.sequence == held.head.sequence && said.head.hash != held.head.hash => {
                Some(format!(
                    "the node signed two different histories of log {} up to sequence {}",
                    said.log, said.head.sequence
                ))
            }
            _ if self.contradicts(&said.log, said.head) => Some(format!(
                "the node signed a head of log {} at sequence {} that is not in the frames it delivered",
                said.log, said.head.sequence
            )),
            _ => None,
        };
        if let Some(what) = contradiction {
            let detail = format!(
                "{what}: its disk was set back or altered, or two machines have its identity; stop the node and keep its disk"
            );
            self.alarm(AlarmKind::HeadWentBack, said.log, detail, at, changes);
        } else if held.is_some() || self.has_room_for_head(said.log) {
            self.evidence.heads.put(changes, said.log, signed.clone());
        }
        Outcome::Done
    }

    fn has_room_for_head(&self, log: LogId) -> bool {
        let heads = self.evidence.heads.iter();
        self.registry.nodes.contains(&log.node)
            && heads.filter(|(held, _)| held.node == log.node).count() < LOGS_PER_NODE_MAX
    }
}
