//! What a node may touch: its own logs and those of its district, by the registry. The only place that decides it.

use protocol::{
    checkpoint::PublicKey,
    ids::{DistrictId, NodeId},
};

use crate::raft::Centre;

/// The district of a node that has joined.
pub(super) fn district_of(centre: &Centre, node: NodeId) -> Option<DistrictId> {
    centre.read(|state| {
        state
            .node(node)
            .filter(|row| row.contact.is_some())
            .map(|row| row.district)
    })
}

/// The key a node's checkpoints are signed with.
pub(super) fn signing_key_of(centre: &Centre, node: NodeId) -> Option<PublicKey> {
    centre.read(|state| {
        state
            .node(node)?
            .contact
            .as_ref()
            .map(|contact| contact.signing_key)
    })
}

/// Whether a node may ship and fetch another's logs: its own, and those of its district.
pub(super) fn may_touch(centre: &Centre, node: NodeId, owner: NodeId) -> bool {
    let district = district_of(centre, node);
    district.is_some() && (node == owner || district == district_of(centre, owner))
}
