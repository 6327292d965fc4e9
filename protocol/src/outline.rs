//! What a node may know of a paper before its release: item numbers, response kinds, limits. Enough to check responses,
//! nothing of the text.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{
    ids::{ItemNo, PaperRef},
    response::NoParts,
};

/// How an item is answered.
pub type ResponseKind = KindOf<Vec<PartKind>>;

/// How a part of an item is answered; it has no parts of its own.
pub type PartKind = KindOf<NoParts>;

/// How an item or a part of one is answered. The order of the variants is part of the stored format: add at the end only.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum KindOf<Parts> {
    /// One of `options` options.
    Choice {
        /// How many there are.
        options: u8,
    },
    /// Any of `options` options.
    Choices {
        /// How many there are.
        options: u8,
    },
    /// A number.
    Number,
    /// At most `max` of `options` options; the response is one of choices.
    Select {
        /// How many there are.
        options: u8,
        /// How many may be chosen.
        max: u8,
    },
    /// A text.
    Text {
        /// Characters that it may have.
        chars_max: u16,
    },
    /// At most `max` of `options` options in an order.
    Order {
        /// How many there are.
        options: u8,
        /// How many may stand in the order.
        max: u8,
    },
    /// Pairs of one of `from` and one of `to` options.
    Pairs {
        /// How many may stand first.
        from: u8,
        /// How many may stand second.
        to: u8,
        /// How many pairs there may be.
        max: u8,
    },
    /// Parts, each answered in its own way; their numbers count from 1.
    Parts(Parts),
}

impl<Parts> KindOf<Parts> {
    /// The kind in words, for error texts.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Choice { .. } => "one choice",
            Self::Choices { .. } | Self::Select { .. } => "choices",
            Self::Number => "a number",
            Self::Text { .. } => "a text",
            Self::Order { .. } => "an order",
            Self::Pairs { .. } => "pairs",
            Self::Parts(_) => "parts",
        }
    }

    /// How many options there are to be shuffled: none for numbers, texts, pairs and parts.
    pub fn options(&self) -> u8 {
        match self {
            Self::Choice { options }
            | Self::Choices { options }
            | Self::Select { options, .. }
            | Self::Order { options, .. } => *options,
            Self::Number | Self::Text { .. } | Self::Pairs { .. } | Self::Parts(_) => 0,
        }
    }

    /// The greatest number that a response may name.
    pub fn names(&self) -> u8 {
        match self {
            Self::Pairs { from, to, .. } => *from.max(to),
            other => other.options(),
        }
    }
}

/// One item of the outline.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ItemOutline {
    /// Its number.
    pub no: ItemNo,
    /// How it is answered.
    pub kind: ResponseKind,
}

/// A paper without its text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outline {
    /// Which paper.
    pub paper: PaperRef,
    /// The items by number.
    pub items: BTreeMap<ItemNo, ItemOutline>,
}
