//! Join tokens: made once, used once, expiring. The same newcomer with the same signing key may use its token again
//! while it is valid, so that a lost answer can be asked for again.

use protocol::{
    checkpoint::PublicKey,
    hash::Hash,
    ids::{CoordinatorId, DistrictId, NodeId},
    time::Instant,
    wire::join::Newcomer,
};

use super::{JoinRow, NodeContact, NodeRow, Registry};
use crate::{
    bounds::{ADDRESS_BYTES_MAX, COORDINATORS_MAX, NAME_BYTES_MAX, NODES_MAX, room, text},
    command::NewNewcomer,
    effects::{Changes, Outcome},
    rejection::Rejection,
};

/// What a newcomer shows and tells of itself.
pub(crate) struct Shown<'a> {
    pub(crate) newcomer: Newcomer,
    pub(crate) secret_hash: Hash,
    pub(crate) link_address: &'a str,
    pub(crate) public_url: &'a str,
    pub(crate) signing_key: PublicKey,
    pub(crate) at: Instant,
}

impl Registry {
    pub(crate) fn make_join(
        &mut self,
        newcomer: &NewNewcomer,
        secret_hash: Hash,
        expires: Instant,
        changes: &mut Changes,
    ) -> Result<Outcome, Rejection> {
        let newcomer = match newcomer {
            NewNewcomer::NewNode { name, district } => {
                Newcomer::Node(self.plan_node(name.trim(), *district, changes)?)
            }
            NewNewcomer::NewCoordinator => Newcomer::Coordinator(self.plan_coordinator(changes)?),
        };
        let row = JoinRow {
            secret_hash,
            expires,
            used_by: None,
            public_url: String::new(),
        };
        self.joins.put(changes, newcomer, row);
        Ok(Outcome::Join(newcomer))
    }

    /// A node that was planned and never joined keeps its id: its new token replaces the old one.
    fn plan_node(
        &mut self,
        name: &str,
        district: DistrictId,
        changes: &mut Changes,
    ) -> Result<NodeId, Rejection> {
        text("the node's name", name, NAME_BYTES_MAX)?;
        self.known_district(district)?;
        if let Some((id, held)) = self.nodes.iter().find(|(_, row)| row.name == name) {
            return match held {
                held if held.contact.is_some() => Err(Rejection::NodeNameTaken(name.into())),
                held if held.district != district => Err(Rejection::NodeElsewhere {
                    name: name.into(),
                    district: held.district,
                }),
                _ => Ok(*id),
            };
        }
        room("nodes", self.nodes.len(), NODES_MAX)?;
        let id = self.count(changes, |counters| {
            counters.node = NodeId(counters.node.0 + 1);
            counters.node
        });
        let row = NodeRow {
            name: name.into(),
            district,
            contact: None,
        };
        self.nodes.put(changes, id, row);
        Ok(id)
    }

    /// Always a new id: a coordinator that was wiped is another voter.
    fn plan_coordinator(&mut self, changes: &mut Changes) -> Result<CoordinatorId, Rejection> {
        let planned = self
            .joins
            .range(Newcomer::Coordinator(CoordinatorId(0))..)
            .count();
        room("coordinators", planned, COORDINATORS_MAX)?;
        Ok(self.count(changes, |counters| {
            counters.coordinator = CoordinatorId(counters.coordinator.0 + 1);
            counters.coordinator
        }))
    }

    pub(crate) fn use_join(
        &mut self,
        shown: &Shown<'_>,
        changes: &mut Changes,
    ) -> Result<Outcome, Rejection> {
        text("the link address", shown.link_address, ADDRESS_BYTES_MAX)?;
        text("the public address", shown.public_url, ADDRESS_BYTES_MAX)?;
        let join = self.joins.get(&shown.newcomer).ok_or(Rejection::JoinUnknown)?;
        if join.secret_hash != shown.secret_hash {
            return Err(Rejection::JoinUnknown);
        }
        if shown.at > join.expires {
            return Err(Rejection::JoinExpired);
        }
        if join.used_by.is_some_and(|key| key != shown.signing_key) {
            return Err(Rejection::JoinUsed);
        }
        let used = JoinRow {
            used_by: Some(shown.signing_key),
            public_url: shown.public_url.into(),
            ..join.clone()
        };
        let (name, district) = match shown.newcomer {
            Newcomer::Node(id) => self.welcome_node(id, shown, changes)?,
            Newcomer::Coordinator(_) => (String::new(), DistrictId(0)),
        };
        self.joins.put(changes, shown.newcomer, used);
        Ok(Outcome::Joined {
            newcomer: shown.newcomer,
            name,
            district,
        })
    }

    fn welcome_node(
        &mut self,
        id: NodeId,
        shown: &Shown<'_>,
        changes: &mut Changes,
    ) -> Result<(String, DistrictId), Rejection> {
        let held = self.nodes.get(&id).ok_or(Rejection::JoinUnknown)?.clone();
        let contact = NodeContact {
            link_address: shown.link_address.into(),
            candidate_url: shown.public_url.into(),
            signing_key: shown.signing_key,
        };
        let known = (held.name.clone(), held.district);
        if held.contact.as_ref() != Some(&contact) {
            let row = NodeRow {
                contact: Some(contact),
                ..held
            };
            self.nodes.put(changes, id, row);
            self.bump_directory(changes);
        }
        Ok(known)
    }
}
