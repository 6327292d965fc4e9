//! Where candidates may go when this node's disk is full or it has more to do than it can: the other nodes of the
//! district, the least loaded first. Every 507 and 503 names them, so that page and clients go on there without asking
//! again.

use std::{cmp::Reverse, sync::Arc};

use axum::{
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde_json::json;

use super::{problem::Problem, served::Served};
use crate::{feed::Catalogue, gossip::MemberView};

/// Gives the addresses, the least loaded first.
pub type Elsewhere = Arc<dyn Fn() -> Vec<String> + Send + Sync>;

/// The addresses of the other nodes: those that the ring takes for alive first, then by what waits and is open there.
pub fn least_loaded(
    catalogue: &Catalogue,
    own: protocol::ids::NodeId,
    members: &[MemberView],
) -> Vec<String> {
    let mut peers = catalogue.peers_of(own);
    peers.sort_by_key(|entry| {
        let member = members.iter().find(|member| member.node == entry.id);
        let load = member
            .and_then(|member| member.vitals)
            .map_or((u32::MAX, u32::MAX), |vitals| {
                (vitals.queue, vitals.open_attempts)
            });
        (Reverse(member.is_some_and(|member| member.up)), load, entry.id)
    });
    peers
        .into_iter()
        .map(|entry| entry.candidate_url.clone())
        .collect()
}

/// Adds the other nodes to each 507 and 503.
pub(super) fn name_others(served: &Served, mut response: Response) -> Response {
    if !sends_away(response.status()) {
        return response;
    }
    match response.extensions_mut().remove::<Problem>() {
        Some(problem) => problem
            .with(json!({ "nodes": served.elsewhere() }))
            .into_response(),
        None => response,
    }
}

/// Whether a client may do better at another node.
pub(super) fn sends_away(status: StatusCode) -> bool {
    matches!(
        status,
        StatusCode::INSUFFICIENT_STORAGE | StatusCode::SERVICE_UNAVAILABLE
    )
}
