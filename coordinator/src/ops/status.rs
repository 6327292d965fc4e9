//! The centre at a glance: coordinators, districts, nodes, alarms. What the state holds comes from here; what nodes say of
//! themselves comes from whichever coordinator they are linked to.

use std::collections::BTreeMap;

use axum::extract::State;
use protocol::{
    ids::{AttemptKey, CandidateId, CoordinatorId, DistrictId, NodeId, SittingId},
    time::Instant,
    wire::join::Newcomer,
};
use state::State as Centrals;

use super::{
    Api,
    shapes::{CandidateCounts, CoordinatorRow, DistrictStatus, NodeStatus, Status, Wan},
};
use crate::{
    accept::Visitors,
    gateway::sessions::{NodeReasons, NodeSession, freshest},
    query::{self, CANDIDATES_AT_ONCE},
    raft::MemberRole,
};

/// A node reports every second; silence for this long is a cut.
const CUT_AFTER_MS: i64 = 4_000;

/// Incidents that are shown.
const INCIDENTS_MAX: usize = 100;

/// Where sign-ins stand that belong to no sitting.
const NO_SITTING: SittingId = SittingId(0);

pub(super) async fn status(State(api): State<Api>) -> axum::Json<Status> {
    let counts = candidate_counts(&api).await;
    axum::Json(status_with(&api, &counts).await)
}

/// The same without going through the candidates, whose counts are left at zero.
pub(super) async fn glance(api: &Api) -> Status {
    status_with(api, &BTreeMap::new()).await
}

async fn status_with(api: &Api, counts: &BTreeMap<DistrictId, CandidateCounts>) -> Status {
    let ((sessions, answered), said) = tokio::join!(sessions_and_answers(api), reasons(api));
    let now = api.now();
    let districts = api.centre.read(|state| {
        let district = |(id, row): (DistrictId, &state::DistrictRow)| {
            let mut nodes = node_statuses(state, id, &sessions, now);
            for node in &mut nodes {
                node.not_ready = not_ready(state, id, node, &said, now);
            }
            district_status(id, &row.name, counts.get(&id).copied().unwrap_or_default(), nodes)
        };
        state.districts().map(district).collect()
    });
    Status {
        leader: api.centre.leader().map(|id| id.0),
        coordinators: coordinator_rows(api, &answered),
        districts,
        alarms: alarms(api, &answered),
    }
}

pub(super) async fn coordinators(State(api): State<Api>) -> axum::Json<Vec<CoordinatorRow>> {
    let (_, answered) = sessions_and_answers(&api).await;
    axum::Json(coordinator_rows(&api, &answered))
}

/// What all coordinators know of all nodes.
pub(super) async fn all_sessions(api: &Api) -> BTreeMap<NodeId, NodeSession> {
    sessions_and_answers(api).await.0
}

/// The freshest word on each node, and which coordinators answered.
async fn sessions_and_answers(api: &Api) -> (BTreeMap<NodeId, NodeSession>, Vec<CoordinatorId>) {
    let others = api.centre.sessions_of_others().await;
    let mut answered = vec![api.centre.id()];
    answered.extend(
        others
            .iter()
            .filter(|(_, sessions)| sessions.is_some())
            .map(|(id, _)| *id),
    );
    let heard = others.into_iter().filter_map(|(_, sessions)| sessions).flatten();
    (freshest(heard.chain(api.gateway.sessions())), answered)
}

/// What nodes gave as reasons why they are not ready, to whichever coordinator.
async fn reasons(api: &Api) -> BTreeMap<NodeId, Vec<String>> {
    let others = api.centre.not_ready_at_others().await;
    let own = Visitors::not_ready(&api.gateway);
    latest(others.into_iter().chain(own))
}

/// Of several words of a node the latest.
fn latest(said: impl Iterator<Item = NodeReasons>) -> BTreeMap<NodeId, Vec<String>> {
    let mut said: Vec<NodeReasons> = said.collect();
    said.sort_by_key(|one| one.told);
    said.into_iter().map(|one| (one.node, one.reasons)).collect()
}

/// The node's own reasons while it is linked, and what is known here of its program.
fn not_ready(
    state: &Centrals,
    district: DistrictId,
    node: &NodeStatus,
    said: &BTreeMap<NodeId, Vec<String>>,
    now: Instant,
) -> Vec<String> {
    if node.wan != Wan::Connected {
        return Vec::new();
    }
    if let Some(reasons) = said.get(&NodeId(node.id)) {
        return reasons.clone();
    }
    // It is of before nodes said this, so the centre looks itself.
    let sittings = state
        .sittings()
        .filter(|sitting| sitting.districts.contains(&district) && now < sitting.closes);
    sittings
        .filter_map(|sitting| {
            let why = state.versions_of(sitting.id)?.refuses(&node.version)?;
            Some(format!("sitting {}: {why}", sitting.id))
        })
        .collect()
}

fn coordinator_rows(api: &Api, answered: &[CoordinatorId]) -> Vec<CoordinatorRow> {
    let leader = api.centre.leader();
    let members = api.centre.members();
    let own = api.centre.id();
    let applied = *api.centre.applied().borrow();
    api.centre.read(|state| {
        let registered = state.coordinators().filter(|(_, row)| !row.removed);
        let row = |(id, row): (CoordinatorId, &state::CoordinatorRow)| {
            let member = members.iter().find(|member| member.id == id);
            CoordinatorRow {
                id: id.0,
                up: answered.contains(&id),
                applied: if id == own {
                    Some(applied)
                } else {
                    member.and_then(|member| member.matched)
                },
                leader: leader == Some(id),
                voter: member.is_some_and(|member| member.role == MemberRole::Voter),
                link_address: row.entry.link_address.clone(),
                ops_url: ops_url(state, id).unwrap_or_else(|| {
                    if id == own {
                        api.own_url.to_string()
                    } else {
                        String::new()
                    }
                }),
            }
        };
        registered.map(row).collect()
    })
}

/// Where a coordinator that joined said that its ops API is; the founder never said.
pub(crate) fn ops_url(state: &Centrals, id: CoordinatorId) -> Option<String> {
    let row = state.join(Newcomer::Coordinator(id))?;
    (!row.public_url.is_empty()).then(|| row.public_url.clone())
}

fn alarms(api: &Api, answered: &[CoordinatorId]) -> Vec<String> {
    let mut alarms: Vec<String> = api.centre.read(|state| {
        let alarm = |alarm: &state::Alarm| {
            format!(
                "{}: log {}: {} ({} times)",
                alarm.kind.name(),
                alarm.log,
                alarm.detail,
                alarm.count
            )
        };
        state.alarms().map(alarm).collect()
    });
    alarms.extend(api.centre.read(incidents));
    alarms.extend(api.clock.doubts().iter().map(ToString::to_string));
    let silent = api
        .centre
        .members()
        .into_iter()
        .filter(|member| !answered.contains(&member.id));
    alarms.extend(silent.map(|member| {
        format!(
            "coordinator {} at {} does not answer",
            member.id, member.link_address
        )
    }));
    alarms
}

/// What nodes noted that belongs to no candidate: papers that officers opened there.
fn incidents(state: &Centrals) -> Vec<String> {
    let noted = state.attempt(AttemptKey::OF_NO_CANDIDATE);
    let notes = noted.into_iter().flat_map(|noted| noted.incidents.into_values());
    notes
        .take(INCIDENTS_MAX)
        .map(|note| format!("incident: {note}"))
        .collect()
}

fn node_statuses(
    state: &Centrals,
    district: DistrictId,
    sessions: &BTreeMap<NodeId, NodeSession>,
    now: Instant,
) -> Vec<NodeStatus> {
    let joined = state
        .nodes()
        .filter(|(_, row)| row.district == district && row.contact.is_some());
    joined
        .map(|(id, row)| node_status(state, id, &row.name, sessions.get(&id), now))
        .collect()
}

/// Whether a node is linked and heard.
pub(super) fn is_connected(session: &NodeSession, now: Instant) -> bool {
    let silent_ms = now.since_ms(session.last_heard);
    session.links > 0 && session.checkpoint.is_some() && silent_ms < CUT_AFTER_MS
}

fn node_status(
    state: &Centrals,
    id: NodeId,
    name: &str,
    session: Option<&NodeSession>,
    now: Instant,
) -> NodeStatus {
    let logs: Vec<_> = state
        .logs_of(id)
        .map(|(log, _)| (log, state.log_counts(&log).answered))
        .collect();
    let delivered = logs.iter().map(|(_, answered)| answered).sum();
    let Some(session) = session else {
        return NodeStatus {
            id: id.0,
            name: name.to_owned(),
            wan: if logs.is_empty() { Wan::Never } else { Wan::Cut },
            last_heard_seconds: None,
            acknowledged: delivered,
            delivered,
            lag_seconds: 0.0,
            version: String::new(),
            not_ready: Vec::new(),
        };
    };
    // A node counts its present log only; the earlier lives of its log are known by what was delivered of them.
    let present = session.checkpoint.map(|checkpoint| checkpoint.log);
    let earlier: u64 = logs
        .iter()
        .filter(|(log, _)| Some(*log) != present)
        .map(|(_, answered)| answered)
        .sum();
    let silent_ms = now.since_ms(session.last_heard).max(0);
    let connected = is_connected(session, now);
    // Of a node that is cut off nothing is known since it was last heard: that is the lag.
    let lag_ms = session.lag_ms as f64 + if connected { 0.0 } else { silent_ms as f64 };
    NodeStatus {
        id: id.0,
        name: name.to_owned(),
        wan: if connected { Wan::Connected } else { Wan::Cut },
        last_heard_seconds: Some(silent_ms as f64 / 1000.0),
        acknowledged: delivered.max(earlier + session.counts.acknowledged),
        delivered,
        lag_seconds: (lag_ms / 100.0).round() / 10.0,
        version: session.version.clone(),
        not_ready: Vec::new(),
    }
}

fn district_status(
    id: DistrictId,
    name: &str,
    candidates: CandidateCounts,
    nodes: Vec<NodeStatus>,
) -> DistrictStatus {
    let all = |wan| nodes.iter().all(|node| node.wan == wan);
    let wan = if nodes.is_empty() || all(Wan::Never) {
        Wan::Never
    } else if all(Wan::Connected) {
        Wan::Connected
    } else {
        Wan::Cut
    };
    DistrictStatus {
        id: id.0,
        name: name.to_owned(),
        candidates,
        acknowledged: nodes.iter().map(|node| node.acknowledged).sum(),
        delivered: nodes.iter().map(|node| node.delivered).sum(),
        lag_seconds: nodes.iter().map(|node| node.lag_seconds).fold(0.0, f64::max),
        wan,
        nodes,
    }
}

/// How far the candidates are, by district, from what the centre has merged. Goes through them in pieces, so that
/// applying never waits long.
async fn candidate_counts(api: &Api) -> BTreeMap<DistrictId, CandidateCounts> {
    let (candidates, sittings) = api.centre.read(|state| {
        let mut sittings: Vec<SittingId> = state.sittings().map(|sitting| sitting.id).collect();
        sittings.push(NO_SITTING);
        (query::candidate_ids(state), sittings)
    });
    let mut counts = BTreeMap::new();
    for piece in candidates.chunks(CANDIDATES_AT_ONCE) {
        api.centre.read(|state| {
            for candidate in piece {
                count_candidate(state, *candidate, &sittings, &mut counts);
            }
        });
        tokio::task::yield_now().await;
    }
    counts
}

fn count_candidate(
    state: &Centrals,
    id: CandidateId,
    sittings: &[SittingId],
    counts: &mut BTreeMap<DistrictId, CandidateCounts>,
) {
    let Some(candidate) = state.candidate(id) else {
        return;
    };
    let counts = counts.entry(candidate.district).or_default();
    counts.registered += 1;
    let attempts = sittings.iter().filter_map(|sitting| {
        state.attempt(AttemptKey {
            sitting: *sitting,
            candidate: id,
        })
    });
    let (mut signed_in, mut open, mut submitted) = (false, false, false);
    for attempt in attempts {
        let handed_in = attempt.submission().is_some();
        signed_in |= attempt.signed_in.is_some() || attempt.started.is_some();
        open |= attempt.started.is_some() && !handed_in;
        submitted |= handed_in;
    }
    counts.signed_in += u64::from(signed_in);
    counts.open += u64::from(open);
    counts.submitted += u64::from(submitted && !open);
}

#[cfg(test)]
mod tests {
    use protocol::time::Instant;

    use super::*;

    #[test]
    fn a_node_that_moved_is_heard_where_it_spoke_last() {
        let said = |told: i64, reason: &str| NodeReasons {
            node: NodeId(5),
            told: Instant(told),
            reasons: vec![reason.to_owned()],
        };
        let (new, old) = (said(2, "no paper"), said(1, "no key"));
        for both in [[new.clone(), old.clone()], [old, new]] {
            assert_eq!(latest(both.into_iter())[&NodeId(5)], ["no paper"]);
        }
    }
}
