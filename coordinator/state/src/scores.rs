//! Scores: one set for each (sitting, answer key version, policy). A corrected key makes a new set and leaves the old one
//! on record; scoring again under the same key (after more answers came in) replaces that set's rows.

use std::{collections::BTreeMap, ops::Bound};

use protocol::{
    ids::{CandidateId, KeyVersion, SittingId},
    merge::LatePolicy,
    time::Instant,
};
use serde::{Deserialize, Serialize};

use crate::{
    bounds::{
        DECIMAL_BYTES_MAX, NAME_BYTES_MAX, SCORE_ITEMS_BYTES_MAX, SCORES_BYTES_PER_COMMAND_MAX,
        SCORES_PER_COMMAND_MAX, count_within, size, text,
    },
    command::{ScoreRow, Stamped},
    effects::{Changes, Outcome},
    rejection::Rejection,
    row::RowKey,
    state::State,
    table::{Table, Tag},
};

/// What a set of scores is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScoreSetKey {
    /// Which sitting.
    pub sitting: SittingId,
    /// By which version of the answer key.
    pub key_version: KeyVersion,
    /// Whether late answers counted.
    pub policy: LatePolicy,
}

impl ScoreSetKey {
    fn order(self) -> (SittingId, KeyVersion, u8) {
        (self.sitting, self.key_version, policy_number(self.policy))
    }
}

impl PartialOrd for ScoreSetKey {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for ScoreSetKey {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.order().cmp(&other.order())
    }
}

fn policy_number(policy: LatePolicy) -> u8 {
    match policy {
        LatePolicy::InTimeOnly => 0,
        LatePolicy::CountLate => 1,
    }
}

impl RowKey for ScoreSetKey {
    const BYTES: usize = <(SittingId, KeyVersion)>::BYTES + 1;
    fn write(&self, out: &mut Vec<u8>) {
        (self.sitting, self.key_version).write(out);
        out.push(policy_number(self.policy));
    }
    fn read(bytes: &[u8]) -> Option<Self> {
        let (policy, key) = bytes.split_last()?;
        let (sitting, key_version) = RowKey::read(key)?;
        let policy = match policy {
            0 => LatePolicy::InTimeOnly,
            1 => LatePolicy::CountLate,
            _ => return None,
        };
        Some(Self {
            sitting,
            key_version,
            policy,
        })
    }
}

/// A set of scores.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScoreSet {
    /// When it was finished; `None` while rows are still coming.
    pub finished: Option<Instant>,
    /// By whom.
    pub by: String,
}

/// The scores' tables.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Scores {
    pub(crate) sets: Table<ScoreSetKey, ScoreSet>,
    pub(crate) rows: Table<(ScoreSetKey, CandidateId), ScoreRow>,
    /// How many rows each set has; follows from them.
    counts: BTreeMap<ScoreSetKey, u32>,
}

impl Scores {
    pub(crate) fn new() -> Self {
        Self {
            sets: Table::new(Tag::ScoreSets),
            rows: Table::new(Tag::Scores),
            counts: BTreeMap::new(),
        }
    }

    /// Counts the rows that were loaded.
    pub(crate) fn index(&mut self) {
        self.counts = self.sets.iter().map(|(key, _)| (*key, 0)).collect();
        for ((key, _), _) in self.rows.iter() {
            *self.counts.entry(*key).or_default() += 1;
        }
    }

    /// The caller has checked that the sitting and the key's version exist.
    pub(crate) fn record(
        &mut self,
        key: ScoreSetKey,
        scores: &[ScoreRow],
        last: bool,
        stamped: &Stamped,
        changes: &mut Changes,
    ) -> Result<Outcome, Rejection> {
        count_within("scores in one command", scores.len(), SCORES_PER_COMMAND_MAX)?;
        let items = scores.iter().map(|score| score.items.len()).sum();
        size("one command's score items", items, SCORES_BYTES_PER_COMMAND_MAX)?;
        for score in scores {
            text("a score's total", &score.total, DECIMAL_BYTES_MAX)?;
            text("a score's greatest total", &score.max, DECIMAL_BYTES_MAX)?;
            size("a score's items", score.items.len(), SCORE_ITEMS_BYTES_MAX)?;
        }
        let count = self.counts.entry(key).or_default();
        let mut is_changed = false;
        for score in scores {
            let row = (key, score.candidate);
            let held = self.rows.get(&row);
            if held == Some(score) {
                continue;
            }
            is_changed = true;
            *count += u32::from(held.is_none());
            self.rows.put(changes, row, score.clone());
        }
        let recorded = *count;
        // A piece that comes again after the last one says nothing new: the set stays finished.
        if last || is_changed || !self.sets.contains(&key) {
            let set = ScoreSet {
                finished: last.then_some(stamped.at),
                by: stamped.by.chars().take(NAME_BYTES_MAX).collect(),
            };
            self.sets.put(changes, key, set);
        }
        Ok(Outcome::Scores { recorded })
    }

    /// A set's rows by candidate.
    pub(crate) fn of(&self, key: ScoreSetKey) -> impl Iterator<Item = &ScoreRow> {
        self.rows
            .range((key, CandidateId(0))..=(key, CandidateId(u32::MAX)))
            .map(|(_, row)| row)
    }

    pub(crate) fn get(&self, key: ScoreSetKey, candidate: CandidateId) -> Option<&ScoreRow> {
        self.rows.get(&(key, candidate))
    }

    /// All sets of a sitting, by key version.
    pub(crate) fn sets_of(&self, sitting: SittingId) -> impl Iterator<Item = (&ScoreSetKey, &ScoreSet)> {
        self.sets.iter().filter(move |(key, _)| key.sitting == sitting)
    }

    /// The set that stands: the one finished last; of two at once, that of the newer key.
    pub(crate) fn standing(&self, sitting: SittingId) -> Option<ScoreSetKey> {
        self.sets_of(sitting)
            .filter_map(|(key, set)| set.finished.map(|finished| (finished, *key)))
            .max()
            .map(|(_, key)| key)
    }
}

impl State {
    /// A set's scores of the candidates whose number is greater, by candidate: to go through them in pages.
    pub fn scores_after(&self, set: ScoreSetKey, candidate: CandidateId) -> impl Iterator<Item = &ScoreRow> {
        let last = Bound::Included((set, CandidateId(u32::MAX)));
        let rows = self.scores.rows.range((Bound::Excluded((set, candidate)), last));
        rows.map(|(_, row)| row)
    }

    /// How many candidates have a score in a set.
    pub fn score_count(&self, set: ScoreSetKey) -> u32 {
        self.scores.counts.get(&set).copied().unwrap_or_default()
    }
}
