//! What is right for one item, and whether that can be right for an item that is answered so. Values only; what a
//! response is worth under a key is [`crate::scoring`]'s.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use protocol::{
    ids::OptionId,
    outline::{ItemOutline, ResponseKind},
};
use serde::{Deserialize, Serialize};

use super::Share;
use crate::{marks::Marks, number::Number, qti::ProgramKey};

/// Accepted texts or numbers of one item.
pub const ACCEPTED_MAX: usize = 100;

/// What is right. Stored as JSON: variants are only ever added.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Key {
    /// This option.
    Choice(OptionId),
    /// Exactly these options.
    Choices(BTreeSet<OptionId>),
    /// A number from `from` to `to`, both included; equal for a single value.
    Number {
        /// The least that is right.
        from: Number,
        /// The greatest that is right.
        to: Number,
    },
    /// One option, each with what it brings; an option that is not named brings nothing.
    Shares(BTreeMap<OptionId, Share>),
    /// Any options: the sum of what the chosen ones bring, never below nothing.
    Sum(BTreeMap<OptionId, Share>),
    /// One of these texts.
    Texts(TextsKey),
    /// One of these numbers; the first that fits counts.
    Numbers(Vec<NumberShare>),
    /// Exactly this order.
    Order(Vec<OptionId>),
    /// These pairs.
    Pairs(PairsKey),
    /// A person marks it.
    #[serde(rename = "by_hand")]
    ByHand,
    /// What the rules of a QTI item say.
    Program(Box<ProgramKey>),
}

/// Texts that are accepted.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TextsKey {
    /// They; the first that fits counts.
    pub accepted: Vec<TextShare>,
    /// Whether capitals must be as written.
    #[serde(default)]
    pub is_case_sensitive: bool,
}

/// A text that is accepted.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TextShare {
    /// The text; `*` stands for any text, `\*` for the sign itself.
    pub text: String,
    /// What it brings.
    pub share: Share,
}

/// A number that is accepted.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NumberShare {
    /// The least that fits.
    pub from: Number,
    /// The greatest that fits.
    pub to: Number,
    /// What it brings.
    pub share: Share,
}

/// Pairs that are right.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PairsKey {
    /// They, by what stands first and second.
    pub pairs: BTreeSet<(OptionId, OptionId)>,
    /// What each right pair brings; all of them and no other bring the item's marks.
    pub each: Marks,
}

impl Key {
    /// Whether the key is of the item's kind and names what it has.
    pub fn fits(&self, item: &ItemOutline) -> bool {
        let known = |option: &OptionId, options: u8| (1..=options).contains(&option.0);
        match (self, &item.kind) {
            (Self::Choice(option), ResponseKind::Choice { options }) => known(option, *options),
            (
                Self::Choices(right),
                ResponseKind::Choices { options } | ResponseKind::Select { options, .. },
            ) => !right.is_empty() && right.iter().all(|option| known(option, *options)),
            (Self::Number { from, to }, ResponseKind::Number) => from <= to,
            (Self::Shares(shares), ResponseKind::Choice { options })
            | (Self::Sum(shares), ResponseKind::Choices { options } | ResponseKind::Select { options, .. }) => {
                !shares.is_empty() && shares.keys().all(|option| known(option, *options))
            }
            (Self::Texts(texts), ResponseKind::Text { .. }) => {
                (1..=ACCEPTED_MAX).contains(&texts.accepted.len())
            }
            (Self::Numbers(numbers), ResponseKind::Number) => {
                (1..=ACCEPTED_MAX).contains(&numbers.len()) && numbers.iter().all(|one| one.from <= one.to)
            }
            (Self::Order(right), ResponseKind::Order { options, max }) => {
                let distinct: BTreeSet<&OptionId> = right.iter().collect();
                !right.is_empty()
                    && distinct.len() == right.len()
                    && right.len() <= usize::from(*max)
                    && right.iter().all(|option| known(option, *options))
            }
            (Self::Pairs(right), ResponseKind::Pairs { from, to, max }) => {
                let is_pair = |(one, other): &(OptionId, OptionId)| known(one, *from) && known(other, *to);
                (1..=usize::from(*max)).contains(&right.pairs.len()) && right.pairs.iter().all(is_pair)
            }
            (Self::ByHand, _) => true,
            (Self::Program(rules), kind) => rules.fits(kind),
            (
                Self::Choice(_)
                | Self::Choices(_)
                | Self::Number { .. }
                | Self::Shares(_)
                | Self::Sum(_)
                | Self::Texts(_)
                | Self::Numbers(_)
                | Self::Order(_)
                | Self::Pairs(_),
                _,
            ) => false,
        }
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key(not shown)")
    }
}

impl fmt::Debug for TextsKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TextsKey(not shown)")
    }
}

impl fmt::Debug for TextShare {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TextShare(not shown)")
    }
}

impl fmt::Debug for NumberShare {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("NumberShare(not shown)")
    }
}

impl fmt::Debug for PairsKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PairsKey(not shown)")
    }
}
