//! Which set of scores a request is about.

use protocol::{
    ids::{KeyVersion, SittingId},
    merge::LatePolicy,
};
use serde::Deserialize;
use state::{ScoreSet, ScoreSetKey, State};

use crate::ops::{Api, problem::Problem};

/// The part of a query that names a set; the one that stands where nothing is named.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
pub(in crate::ops) struct SetQuery {
    /// By this version of the answer key.
    pub(in crate::ops) key_version: Option<u16>,
    /// With or without late answers.
    pub(in crate::ops) count_late: Option<bool>,
}

/// A policy as it is shown.
pub(crate) fn policy_name(policy: LatePolicy) -> &'static str {
    match policy {
        LatePolicy::InTimeOnly => "in-time-only",
        LatePolicy::CountLate => "count-late",
    }
}

/// A policy as it is asked for.
pub(crate) fn policy_of(count_late: bool) -> LatePolicy {
    if count_late {
        LatePolicy::CountLate
    } else {
        LatePolicy::InTimeOnly
    }
}

/// The finished set that is meant: of several the one finished last.
pub(in crate::ops) fn chosen(api: &Api, sitting: SittingId, query: SetQuery) -> Result<ScoreSetKey, Problem> {
    let found = api.centre.read(|state| find(state, sitting, query));
    found.ok_or_else(|| {
        Problem::conflict(match query.key_version {
            None => format!(
                "sitting {sitting} is not scored yet; score it first (parikshactl result score {sitting})"
            ),
            Some(version) => format!(
                "sitting {sitting} has no finished scores by answer key version {version}; parikshactl result versions {sitting} lists what there is"
            ),
        })
    })
}

fn find(state: &State, sitting: SittingId, query: SetQuery) -> Option<ScoreSetKey> {
    let is_meant = |key: &ScoreSetKey| {
        query
            .key_version
            .is_none_or(|version| key.key_version == KeyVersion(version))
            && query.count_late.is_none_or(|late| key.policy == policy_of(late))
    };
    let finished = |(key, set): (ScoreSetKey, &ScoreSet)| Some((set.finished?, key));
    state
        .score_sets(sitting)
        .filter(|(key, _)| is_meant(key))
        .filter_map(finished)
        .max()
        .map(|(_, key)| key)
}
