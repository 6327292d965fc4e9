//! The reconciliation of a sitting, and what it cannot know: a node that nobody hears may have acknowledged more.

use std::{collections::BTreeMap, time::Duration};

use axum::extract::{Path, State};
use protocol::{
    ids::{DistrictId, LogId, NodeId, Sequence},
    time::Instant,
};
use state::State as Centrals;

use super::{
    Api,
    problem::Problem,
    results::{known_sitting, unknown_sitting},
    shapes::{Difference, ReconciledDistrict, Reconciliation},
    status,
};
use crate::{gateway::sessions::NodeSession, query};

/// How long scoring and reconciling wait for what nodes say they have handed over and this coordinator has not applied
/// yet. When a district is cut off it will not come; the reconciliation then says so.
const ARRIVAL_WITHIN: Duration = Duration::from_secs(3);

type Sessions = BTreeMap<NodeId, NodeSession>;

pub(super) async fn reconcile(
    State(api): State<Api>,
    Path(sitting): Path<String>,
) -> Result<axum::Json<Reconciliation>, Problem> {
    let sitting = known_sitting(&api, &sitting)?;
    let sessions = status::all_sessions(&api).await;
    let heads = heads(&api, &sessions);
    arrival(&api, &heads).await;
    let now = api.now();
    let report = api.centre.read(|state| {
        let report = state.reconcile_with(sitting, &heads)?;
        let districts = report.districts.iter();
        let districts = districts.map(|district| reconciled(state, district, &sessions, now));
        Some(Reconciliation {
            sitting,
            balances: report.balances(),
            districts: districts.collect(),
        })
    });
    report.map(axum::Json).ok_or_else(|| unknown_sitting(sitting))
}

/// Waits a little until all that the nodes say they have is here.
pub(super) async fn arrived(api: &Api) {
    let sessions = status::all_sessions(api).await;
    arrival(api, &heads(api, &sessions)).await;
}

fn reconciled(
    state: &Centrals,
    district: &state::DistrictReconciliation,
    sessions: &Sessions,
    now: Instant,
) -> ReconciledDistrict {
    let difference = |difference: &state::Difference| Difference {
        candidate: difference.candidate.map_or(0, |candidate| candidate.0),
        what: difference.what.clone(),
    };
    ReconciledDistrict {
        id: district.district.0,
        name: query::district_name(state, district.district),
        registered: district.registered,
        absent: district.absent,
        started: district.started,
        submitted: district.submitted,
        scored: district.scored,
        acknowledged: district.acknowledged,
        committed: district.committed,
        differences: district.differences.iter().map(difference).collect(),
        not_known: not_known(state, district.district, sessions, now),
    }
}

/// What nodes that are not heard may hold and the centre cannot know.
fn not_known(state: &Centrals, district: DistrictId, sessions: &Sessions, now: Instant) -> Vec<String> {
    let joined = state
        .nodes()
        .filter(|(_, row)| row.district == district && row.contact.is_some());
    let silent = joined.filter_map(|(id, row)| {
        let session = sessions.get(&id);
        if session.is_some_and(|session| status::is_connected(session, now)) {
            return None;
        }
        let since = session.map_or_else(
            || "since the coordinators were started".to_owned(),
            |session| format!("for {} s", now.since_ms(session.last_heard).max(0) / 1_000),
        );
        Some(format!(
            "node {} was not heard {since}: answers that it acknowledged and nobody delivered are not counted, and candidates who count as absent or not handed in may have done both there",
            row.name
        ))
    });
    silent.collect()
}

/// How far logs go by their nodes' signed words: the last that any coordinator heard, and the last that the state keeps,
/// which outlives the coordinators' processes.
fn heads(api: &Api, sessions: &Sessions) -> BTreeMap<LogId, Sequence> {
    let mut heads: BTreeMap<LogId, Sequence> = api.centre.read(|state| {
        let signed = state.signed_heads();
        signed
            .map(|(log, signed)| (log, signed.checkpoint.head.sequence))
            .collect()
    });
    for checkpoint in sessions.values().filter_map(|session| session.checkpoint) {
        let head = heads.entry(checkpoint.log).or_default();
        *head = checkpoint.head.sequence.max(*head);
    }
    heads
}

/// Waits a little until this coordinator has applied what the nodes say they have.
async fn arrival(api: &Api, heads: &BTreeMap<LogId, Sequence>) {
    let all_here = |state: &Centrals| {
        heads
            .iter()
            .all(|(log, head)| state.watermark(log).sequence >= *head)
            .then_some(())
    };
    // Not in time: the caller goes on with what is there, and the reconciliation names what is missing.
    let _ = tokio::time::timeout(ARRIVAL_WITHIN, api.seen(all_here)).await;
}
