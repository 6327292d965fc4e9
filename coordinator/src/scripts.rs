//! Scripts: responses that people mark, under names that do not say whose they are. The scorer takes the decided marks
//! from here; the ops API lists scripts for markers.
//!
//! A script's name is a keyed hash of sitting, candidate, item and the very response, under a key that only coordinators
//! can make. So nobody who marks can tell whose it is, and a mark never counts for another response than the one that was
//! read: when more of an attempt arrives, its script is a new one.

use std::collections::BTreeMap;

use content::{AnswerKey, Key, ManualMarks, Marks, manual};
use protocol::{
    ids::{AttemptKey, CandidateId, ItemNo, SittingId},
    merge::{LatePolicy, MergedAttempt},
    response::Response,
};
use state::{MarkerRole, ScriptId, ScriptMarks, State};

use crate::{
    cluster_key::ClusterKey,
    query::{self, CANDIDATES_AT_ONCE},
    raft::Centre,
};

/// What the key of the names is derived for.
const CONTEXT: &str = "pariksha 2026-11 names of scripts";

/// The items of a sitting that people mark.
pub(crate) struct Scripts {
    naming: [u8; 32],
    sitting: SittingId,
    /// What each brings at most, and how far markers may differ.
    items: BTreeMap<ItemNo, ByHand>,
}

/// The rules of one item.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ByHand {
    /// The greatest marks.
    pub(crate) max: Marks,
    /// How far two markers may differ.
    pub(crate) tolerance: Marks,
}

/// A script and whose it is: for coordinators alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Script {
    pub(crate) id: ScriptId,
    pub(crate) candidate: CandidateId,
}

impl Scripts {
    /// The items that this key leaves to people.
    pub(crate) fn new(
        centre: &Centre,
        cluster_key: &ClusterKey,
        sitting: SittingId,
        key: &AnswerKey,
    ) -> Self {
        let by_hand = key
            .items
            .iter()
            .filter(|(_, item)| matches!(item.key, Key::ByHand));
        let items = centre.read(|state| {
            let rules = |(no, item): (&ItemNo, &content::ItemKey)| {
                let tolerance = state.tolerance(sitting, *no).and_then(|text| text.parse().ok());
                let rules = ByHand {
                    max: item.marks,
                    tolerance: tolerance.unwrap_or(Marks::ZERO),
                };
                (*no, rules)
            };
            by_hand.map(rules).collect()
        });
        Self {
            naming: cluster_key.derived(CONTEXT),
            sitting,
            items,
        }
    }

    /// The items, by number.
    pub(crate) fn items(&self) -> impl Iterator<Item = (ItemNo, ByHand)> {
        self.items.iter().map(|(no, rules)| (*no, *rules))
    }

    /// The rules of an item; `None` when nobody marks it by hand.
    pub(crate) fn item(&self, item: ItemNo) -> Option<ByHand> {
        self.items.get(&item).copied()
    }

    /// What a response is called.
    pub(crate) fn name(&self, candidate: CandidateId, item: ItemNo, response: &Response) -> ScriptId {
        let mut hasher = blake3::Hasher::new_keyed(&self.naming);
        hasher
            .update(&self.sitting.0.to_be_bytes())
            .update(&candidate.0.to_be_bytes())
            .update(&item.0.to_be_bytes())
            .update(response.canonical().as_bytes());
        let mut name = [0; 8];
        hasher.finalize_xof().fill(&mut name);
        ScriptId(u64::from_be_bytes(name))
    }

    /// The decided marks of a candidate's scripts.
    pub(crate) fn marks(
        &self,
        state: &State,
        candidate: CandidateId,
        attempt: &MergedAttempt,
        policy: LatePolicy,
    ) -> ManualMarks {
        if self.items.is_empty() {
            return ManualMarks::new();
        }
        let decided = attempt.responses(policy).filter_map(|(no, response)| {
            let rules = self.items.get(&no)?;
            let script = self.name(candidate, no, response);
            let held = state.script_marks(self.sitting, no, script)?;
            Some((no, marking(held, *rules).marks()?))
        });
        decided.collect()
    }

    /// The scripts of an item in the order of their names, which says nothing of the candidates. Reads all attempts of the
    /// sitting, piece by piece; call it where that may take a while.
    pub(crate) fn of(&self, centre: &Centre, item: ItemNo, policy: LatePolicy) -> Vec<Script> {
        let candidates = centre.read(query::candidate_ids);
        let mut scripts = Vec::new();
        for some in candidates.chunks(CANDIDATES_AT_ONCE) {
            for (script, _) in self.read(centre, some, item, policy) {
                scripts.push(script);
            }
        }
        scripts.sort_unstable();
        scripts
    }

    /// These candidates' scripts of an item, with what was given.
    pub(crate) fn read(
        &self,
        centre: &Centre,
        candidates: &[CandidateId],
        item: ItemNo,
        policy: LatePolicy,
    ) -> Vec<(Script, Response)> {
        let response = |state: &State, candidate: CandidateId| {
            let key = AttemptKey {
                sitting: self.sitting,
                candidate,
            };
            let attempt = state.attempt_under(key, policy)?;
            attempt.started?;
            let content = attempt.items.get(&item)?.register(policy)?.decided()?;
            content.response.clone()
        };
        let given: Vec<(CandidateId, Response)> = centre.read(|state| {
            let of = |candidate: &CandidateId| Some((*candidate, response(state, *candidate)?));
            candidates.iter().filter_map(of).collect()
        });
        let script = |(candidate, response): (CandidateId, Response)| {
            let id = self.name(candidate, item, &response);
            (Script { id, candidate }, response)
        };
        given.into_iter().map(script).collect()
    }
}

/// Where a script stands. Marks come into the state only when they are marks; were they not, a person would look.
pub(crate) fn marking(held: &ScriptMarks, rules: ByHand) -> manual::Marking {
    let markers: Vec<&str> = held.markers().iter().map(|given| given.marks.as_str()).collect();
    let moderator = held.moderation().map(|given| given.marks.as_str());
    manual::marking(&markers, moderator, rules.tolerance).unwrap_or_else(|error| {
        tracing::error!(%error, "a mark in the state is not marks");
        manual::Marking::Differs
    })
}

/// As what a request says that somebody marks.
pub(crate) fn role(moderate: bool) -> MarkerRole {
    if moderate {
        MarkerRole::Moderator
    } else {
        MarkerRole::Marker
    }
}
