//! A paper as the candidate's browser opens it: JSON, then gzip, then sealed ([`crate::sealed`]). It holds no correct
//! response and no rule of scoring; those are the centre's alone.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{
    ids::{ItemNo, OptionId, PaperRef},
    outline::{ItemOutline, Outline, ResponseKind},
};

/// A text by language code (`en`, `hi`, `mr`).
pub type Text = BTreeMap<String, String>;

/// A paper without answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Paper {
    /// Which paper.
    pub paper: PaperRef,
    /// Its title.
    pub title: Text,
    /// The languages it is complete in, the main one first.
    pub languages: Vec<String>,
    /// The items in the paper's own order.
    pub items: Vec<Item>,
}

/// One question.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    /// Its number.
    pub no: ItemNo,
    /// The section it stands in; empty where the paper has none.
    #[serde(default)]
    pub section: String,
    /// How it is answered.
    pub kind: ItemKind,
    /// The question, plain text.
    pub stem: Text,
    /// Marks for a right response, as decimal text, shown to the candidate.
    pub marks: String,
    /// Marks taken for a wrong one, as decimal text.
    pub penalty: String,
}

/// What the page shows to answer with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ItemKind {
    /// Choose one.
    Choice(Vec<Choice>),
    /// Choose any.
    Choices(Vec<Choice>),
    /// Type a number.
    Number,
}

/// One option.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Choice {
    /// The same in every language.
    pub id: OptionId,
    /// What it says, plain text.
    pub text: Text,
}

impl Item {
    /// The item without its text.
    pub fn outline(&self) -> ItemOutline {
        let count = |options: &Vec<Choice>| u8::try_from(options.len()).unwrap_or(u8::MAX);
        let kind = match &self.kind {
            ItemKind::Choice(options) => ResponseKind::Choice {
                options: count(options),
            },
            ItemKind::Choices(options) => ResponseKind::Choices {
                options: count(options),
            },
            ItemKind::Number => ResponseKind::Number,
        };
        ItemOutline { no: self.no, kind }
    }
}

impl Paper {
    /// The paper without its text: what a node may know before release.
    pub fn outline(&self) -> Outline {
        Outline {
            paper: self.paper,
            items: self.items.iter().map(|item| (item.no, item.outline())).collect(),
        }
    }
}
