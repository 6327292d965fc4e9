//! Scoring: a pure function of answer key, merged attempt and late policy. The scorer calls it; its result goes through
//! Raft as a value, so replicas never compute scores of their own. Exact decimals throughout, no rounding anywhere.
//!
//! The rules, per item (`docs/SCORING.md` has an example of each):
//! - no response, or a cleared one: **omitted**, no marks, no penalty;
//! - one choice: right gives the marks, wrong takes the penalty; with shares an option brings (or takes) its own;
//! - several choices: all or nothing, exactly the right set; or the sum of the chosen options' shares, never below nothing;
//! - a number: right when it equals the key, or lies in the key's range with both ends included, compared exactly
//!   (`3.5` = `3.50`; no tolerance but the one the key writes down); of several the first that fits counts;
//! - a text: the first accepted one that fits counts; an order: all or nothing; pairs: each right one brings its marks;
//! - marked by hand: **unmarked** until there is a mark; devices that disagree, or a response of another kind than the
//!   key's: **review**; no marks until a person decides;
//! - several accepted keys: the one that brings most;
//! - **dropped**: counts for nobody, the maximum is without it; **bonus**: its marks for everybody who started.

mod judge;
mod program;
mod sections;
mod texts;

use std::collections::BTreeMap;

use protocol::{
    codec::{self, CodecError},
    hash::Hash,
    ids::ItemNo,
    merge::{LatePolicy, MergedAttempt},
};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

#[cfg(test)]
pub(crate) use program::judge_one;
pub use sections::{SectionScore, sections};

use crate::answer_key::{AnswerKey, ItemKey, Standing};

/// What an attempt is worth.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Score {
    /// The sum of the items' marks; below zero when penalties prevail.
    pub total: Decimal,
    /// What a faultless attempt gets.
    pub max: Decimal,
    /// Every item of the answer key.
    pub items: BTreeMap<ItemNo, ItemScore>,
    /// The key's sections.
    pub sections: Vec<SectionScore>,
    /// Items that the attempt has a response to and the answer key does not know: a sign of a wrong key.
    pub unknown: Vec<ItemNo>,
    /// The digest of the responses that were scored ([`protocol::digest`]).
    pub digest: Hash,
}

/// What one item brought.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ItemScore {
    /// The marks it brought, negative for a penalty.
    #[serde(with = "decimal_text")]
    pub marks: Decimal,
    /// Why.
    pub verdict: Verdict,
}

/// How a response was judged. The order of the variants is part of the stored format: add at the end only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// Right: the full marks.
    Right,
    /// Wrong: the penalty.
    Wrong,
    /// Part of the marks.
    Partial,
    /// No response.
    Omitted,
    /// Not decided: a person must look.
    Review,
    /// The item counts for nobody.
    Dropped,
    /// The item's marks, whatever was given.
    Bonus,
    /// Marked by hand, and no mark yet.
    Unmarked,
}

/// How many items were judged how.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// Right.
    pub right: u16,
    /// Wrong.
    pub wrong: u16,
    /// Partly right.
    pub partial: u16,
    /// Without a response.
    pub omitted: u16,
    /// Waiting for a person: not decided, or not marked.
    pub review: u16,
    /// Of these, not marked.
    pub unmarked: u16,
    /// Dropped.
    pub dropped: u16,
    /// Bonus.
    pub bonus: u16,
}

/// Marks that people gave, by item: agreed ones, or a moderator's.
pub type ManualMarks = BTreeMap<ItemNo, Decimal>;

/// Scores an attempt for which nobody gave marks.
pub fn score(key: &AnswerKey, attempt: &MergedAttempt, policy: LatePolicy) -> Score {
    score_with(key, attempt, policy, &ManualMarks::new())
}

/// Scores an attempt. A manual mark counts where the rules leave an item to a person, and nowhere else; one below zero
/// or above the item's marks is not taken.
pub fn score_with(
    key: &AnswerKey,
    attempt: &MergedAttempt,
    policy: LatePolicy,
    manual: &ManualMarks,
) -> Score {
    let mut total = Decimal::ZERO;
    let mut max = Decimal::ZERO;
    let mut items = BTreeMap::new();
    for (no, item) in &key.items {
        let score = score_item(item, *no, attempt, policy);
        let score = match (score.verdict, manual.get(no)) {
            (Verdict::Review | Verdict::Unmarked, Some(marks)) => marked(item, *marks),
            _ => score,
        };
        // Marks are bounded (at most 1000, four places), shares have at most 14 places and item numbers 16 bits: these
        // sums are exact.
        total += score.marks;
        if item.standing != Standing::Dropped {
            max += item.marks.decimal();
        }
        items.insert(*no, score);
    }
    let unknown = attempt
        .responses(policy)
        .map(|(no, _)| no)
        .filter(|no| !key.items.contains_key(no))
        .collect();
    Score {
        total,
        max,
        sections: sections(key, &items),
        items,
        unknown,
        digest: attempt.digest(policy),
    }
}

fn score_item(item: &ItemKey, no: ItemNo, attempt: &MergedAttempt, policy: LatePolicy) -> ItemScore {
    let has_started = attempt.started.is_some() || !attempt.items.is_empty();
    match item.standing {
        Standing::Dropped => return judge::waiting(Verdict::Dropped),
        Standing::Bonus if has_started => {
            return ItemScore {
                marks: item.marks.decimal(),
                verdict: Verdict::Bonus,
            };
        }
        Standing::Bonus | Standing::Counts => {}
    }
    let register = attempt.items.get(&no).and_then(|state| state.register(policy));
    match register.map(|register| register.decided()) {
        None => judge::waiting(Verdict::Omitted),
        Some(None) => judge::waiting(Verdict::Review),
        Some(Some(content)) => match &content.response {
            None => judge::waiting(Verdict::Omitted),
            Some(response) => judge::judge(item, response),
        },
    }
}

/// A person's mark.
fn marked(item: &ItemKey, marks: Decimal) -> ItemScore {
    let all = item.marks.decimal();
    let verdict = match marks {
        marks if marks < Decimal::ZERO || marks > all => return judge::waiting(Verdict::Review),
        marks if marks == all => Verdict::Right,
        marks if marks.is_zero() => Verdict::Wrong,
        _ => Verdict::Partial,
    };
    ItemScore { marks, verdict }
}

/// How many of these items were judged how.
pub fn counts_of(items: &BTreeMap<ItemNo, ItemScore>) -> Counts {
    let mut counts = Counts::default();
    for item in items.values() {
        let count = match item.verdict {
            Verdict::Right => &mut counts.right,
            Verdict::Wrong => &mut counts.wrong,
            Verdict::Partial => &mut counts.partial,
            Verdict::Omitted => &mut counts.omitted,
            Verdict::Review => &mut counts.review,
            Verdict::Dropped => &mut counts.dropped,
            Verdict::Bonus => &mut counts.bonus,
            Verdict::Unmarked => {
                counts.unmarked = counts.unmarked.saturating_add(1);
                &mut counts.review
            }
        };
        *count = count.saturating_add(1);
    }
    counts
}

impl Score {
    /// How many items were judged how.
    pub fn counts(&self) -> Counts {
        counts_of(&self.items)
    }

    /// The total as it is stored and shown: the shortest exact text.
    pub fn total_text(&self) -> String {
        self.total.normalize().to_string()
    }

    /// The greatest total as it is stored and shown.
    pub fn max_text(&self) -> String {
        self.max.normalize().to_string()
    }

    /// The items as they are stored with a result.
    pub fn encode_items(&self) -> Result<Vec<u8>, CodecError> {
        codec::encode(&self.items)
    }
}

/// Reads what [`Score::encode_items`] wrote.
pub fn decode_items(bytes: &[u8]) -> Result<BTreeMap<ItemNo, ItemScore>, CodecError> {
    codec::decode(bytes)
}

/// Decimals as text in every format: exact, and readable by a codec that does not describe itself.
mod decimal_text {
    use rust_decimal::Decimal;
    use serde::{Deserialize, Deserializer, Serializer, de::Error as _};

    pub(super) fn serialize<S: Serializer>(value: &Decimal, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&value.normalize())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Decimal, D::Error> {
        let text = String::deserialize(deserializer)?;
        Decimal::from_str_exact(&text).map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod documented_tests;
#[cfg(test)]
mod rule_tests;
#[cfg(test)]
mod tests;
