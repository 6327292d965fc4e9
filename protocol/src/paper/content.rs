//! Formatted content: a tree of texts and elements that importers have checked against their list of allowed elements.
//! It is data, never markup: the page makes each element itself and knows the same list.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::ids::{OptionId, PartNo};

/// Content by language code.
pub type Flow = BTreeMap<String, Vec<Node>>;

/// A piece of content. In JSON a text is a text, everything else an object that its first member names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Node {
    /// Text.
    Text(String),
    /// An element with what stands in it: `{"tag":"p","content":[…]}`.
    Element(Element),
    /// A picture: `{"image":"river","alt":"…"}`.
    Image(Image),
    /// The place of a part of the item: `{"part":1}`.
    Part {
        /// Which.
        part: PartNo,
    },
    /// A gap that is filled with one of the item's words: `{"gap":1}`.
    Gap {
        /// Which: the second of a pair in the response.
        gap: OptionId,
    },
    /// A text that can be chosen: `{"hottext":1,"content":[…]}`.
    Hottext {
        /// Which.
        hottext: OptionId,
        /// What it says.
        content: Vec<Node>,
    },
}

/// An element.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Element {
    /// Its name: one of HTML's or MathML's that importers keep.
    pub tag: String,
    /// Attributes that importers keep (`lang`, `dir`, `colspan`, `rowspan`, `scope`, `start`, `type`, MathML's).
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub attributes: BTreeMap<String, String>,
    /// What stands in it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub content: Vec<Node>,
}

/// A picture within content.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Image {
    /// Its name in [`super::Paper::pictures`].
    #[serde(rename = "image")]
    pub name: String,
    /// What it shows, in words; empty for a mere ornament.
    pub alt: String,
    /// Width in CSS pixels, where the file says it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub width: Option<u16>,
    /// Height in CSS pixels, where the file says it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub height: Option<u16>,
}

/// A picture's bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Picture {
    /// `image/png`, `image/jpeg`, `image/gif` or `image/webp`; never `image/svg+xml`, which can hold scripts.
    pub media_type: String,
    /// The bytes, base64 with padding.
    pub data: String,
}
