//! Scoring: a pure function of answer key, merged attempt and late policy. The scorer calls it; its result goes through
//! Raft as a value, so replicas never compute scores of their own. Exact decimals throughout, no rounding anywhere.
//!
//! The rules, per item:
//! - no response, or a cleared one: **omitted**, no marks, no penalty;
//! - one choice: right gives the marks, wrong takes the penalty;
//! - several choices: all or nothing; exactly the right set gives the marks, anything else takes the penalty;
//! - a number: right when it equals the key, or lies in the key's range with both ends included, compared exactly
//!   (`3.5` = `3.50`; no tolerance but the one the key writes down);
//! - devices that disagree, or a response of another kind than the key's: **review**, no marks until a person decides.

use std::collections::BTreeMap;

use protocol::{
    codec::{self, CodecError},
    hash::Hash,
    ids::ItemNo,
    merge::{LatePolicy, MergedAttempt},
    response::Response,
};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::answer_key::{AnswerKey, ItemKey, Key};

/// What an attempt is worth.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Score {
    /// The sum of the items' marks; below zero when penalties prevail.
    pub total: Decimal,
    /// What a faultless attempt gets.
    pub max: Decimal,
    /// Every item of the answer key.
    pub items: BTreeMap<ItemNo, ItemScore>,
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
    /// Part of the marks. Given by no rule above; its place is kept because results are stored.
    Partial,
    /// No response.
    Omitted,
    /// Not decided: a person must look.
    Review,
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
    /// Not decided.
    pub review: u16,
}

/// Scores an attempt.
pub fn score(key: &AnswerKey, attempt: &MergedAttempt, policy: LatePolicy) -> Score {
    let mut total = Decimal::ZERO;
    let mut max = Decimal::ZERO;
    let mut items = BTreeMap::new();
    for (no, item) in &key.items {
        let score = score_item(item, *no, attempt, policy);
        // Marks are bounded (at most 1000, four places) and item numbers have 16 bits: these sums are exact.
        total += score.marks;
        max += item.marks.decimal();
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
        items,
        unknown,
        digest: attempt.digest(policy),
    }
}

fn score_item(item: &ItemKey, no: ItemNo, attempt: &MergedAttempt, policy: LatePolicy) -> ItemScore {
    let register = attempt.items.get(&no).and_then(|state| state.register(policy));
    let verdict = match register.map(|register| register.decided()) {
        None => Verdict::Omitted,
        Some(None) => Verdict::Review,
        Some(Some(content)) => content
            .response
            .as_ref()
            .map_or(Verdict::Omitted, |response| judge(&item.key, response)),
    };
    let marks = match verdict {
        Verdict::Right => item.marks.decimal(),
        Verdict::Wrong => -item.penalty.decimal(),
        Verdict::Partial | Verdict::Omitted | Verdict::Review => Decimal::ZERO,
    };
    ItemScore { marks, verdict }
}

fn judge(key: &Key, response: &Response) -> Verdict {
    let is_right = match (key, response) {
        (Key::Choice(right), Response::Choice(given)) => right == given,
        (Key::Choices(right), Response::Choices(given)) => right == given,
        (Key::Number { from, to }, Response::Number(text)) => match text.parse() {
            Ok(given) => (from..=to).contains(&&given),
            Err(_) => return Verdict::Review,
        },
        (Key::Choice(_) | Key::Choices(_) | Key::Number { .. }, _) => return Verdict::Review,
    };
    if is_right { Verdict::Right } else { Verdict::Wrong }
}

impl Score {
    /// How many items were judged how.
    pub fn counts(&self) -> Counts {
        let mut counts = Counts::default();
        for item in self.items.values() {
            let count = match item.verdict {
                Verdict::Right => &mut counts.right,
                Verdict::Wrong => &mut counts.wrong,
                Verdict::Partial => &mut counts.partial,
                Verdict::Omitted => &mut counts.omitted,
                Verdict::Review => &mut counts.review,
            };
            *count = count.saturating_add(1);
        }
        counts
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
mod tests;
