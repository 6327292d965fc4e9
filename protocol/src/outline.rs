//! What a node may know of a paper before its release: item numbers, response kinds, limits. Enough to check responses,
//! nothing of the text.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::ids::{ItemNo, PaperRef};

/// How an item is answered. The order of the variants is part of the stored format: add at the end only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ResponseKind {
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
}

impl ResponseKind {
    /// The kind in words, for error texts.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Choice { .. } => "one choice",
            Self::Choices { .. } => "choices",
            Self::Number => "a number",
        }
    }

    /// How many options there are to be ordered (none for a number).
    pub fn options(&self) -> u8 {
        match self {
            Self::Choice { options } | Self::Choices { options } => *options,
            Self::Number => 0,
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
