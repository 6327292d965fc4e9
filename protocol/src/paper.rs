//! A paper as the candidate's browser opens it: JSON, then gzip, then sealed ([`crate::sealed`]). It holds no correct
//! response and no rule of scoring; those are the centre's alone.

mod content;
mod kind;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub use content::{Element, Flow, Image, Node, Picture};
pub use kind::{
    Area, AreaShape, Choice, Gaps, Hotspots, Hottexts, ItemKind, KindOf, Match, Order, Part, PartKind,
    Select, Slider, TextField,
};

use crate::{
    ids::{ItemNo, PaperRef},
    outline::{ItemOutline, Outline},
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
    /// In which order candidates meet the items.
    #[serde(default, skip_serializing_if = "is_default")]
    pub order: PaperOrder,
    /// Texts and pictures that several items are about; [`Item::stimulus`] names them by their place here, from 0.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub stimuli: Vec<Flow>,
    /// Pictures by the names that [`Image::name`] has.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub pictures: BTreeMap<String, Picture>,
}

/// In which order candidates meet the items.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PaperOrder {
    /// All items in the candidate's own order ([`crate::order`]).
    #[default]
    Shuffled,
    /// Sections in the paper's order, items within each in the candidate's own.
    Sections,
    /// As the paper has them.
    Fixed,
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
    /// The question as plain text.
    pub stem: Text,
    /// The question as it is formatted; empty where the plain text is all there is. May hold the places of parts, gaps
    /// and hottexts; parts that have no place stand after it in their order.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub body: Flow,
    /// What it is about, with others: its place in [`Paper::stimuli`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stimulus: Option<u16>,
    /// Whether its options stand in the paper's order for everybody.
    #[serde(default, skip_serializing_if = "is_default")]
    pub is_fixed: bool,
    /// Whether a person marks it; it has no penalty then.
    #[serde(default, skip_serializing_if = "is_default")]
    pub is_marked_by_hand: bool,
    /// The greatest marks, as decimal text, shown to the candidate.
    pub marks: String,
    /// Marks taken for a wrong response, as decimal text.
    pub penalty: String,
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

impl Item {
    /// An item of plain text, with nothing else to it.
    pub fn plain(no: ItemNo, kind: ItemKind, stem: Text) -> Self {
        Self {
            no,
            section: String::new(),
            kind,
            stem,
            body: Flow::new(),
            stimulus: None,
            is_fixed: false,
            is_marked_by_hand: false,
            marks: "1".to_owned(),
            penalty: "0".to_owned(),
        }
    }

    /// The item without its text.
    pub fn outline(&self) -> ItemOutline {
        ItemOutline {
            no: self.no,
            kind: self.kind.outline(),
        }
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
