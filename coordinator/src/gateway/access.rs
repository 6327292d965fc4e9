//! What a node may touch: its own logs and those of its district, by the registry. The only place that decides it.

use protocol::{
    checkpoint::PublicKey,
    ids::{DistrictId, LogId, NodeId},
    watermark::Watermark,
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

/// All logs that a node may touch.
pub(super) fn logs_of_district(centre: &Centre, node: NodeId) -> Vec<(LogId, Watermark)> {
    let Some(district) = district_of(centre, node) else {
        return Vec::new();
    };
    centre.read(|state| {
        let is_of_district = |owner| state.node(owner).is_some_and(|row| row.district == district);
        state
            .watermarks()
            .filter(|(log, _)| is_of_district(log.node))
            .collect()
    })
}
