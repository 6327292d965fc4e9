//! What a candidate gave for an item, in JSON, in the log, and in the canonical text that digests are made of.
//!
//! | response | JSON | canonical |
//! |---|---|---|
//! | one option | `{"choice":2}` | `c2` |
//! | several options | `{"choices":[1,3]}` | `m1,3` |
//! | a number as typed | `{"number":"3.5"}` | `n3.5` |
//! | a text as typed | `{"text":"two words"}` | `t9:two words` (bytes of UTF-8 before the colon) |
//! | options in an order | `{"order":[3,1,2]}` | `o3,1,2` |
//! | pairs of options | `{"pairs":[[1,2],[3,2]]}` | `r1-2,3-2` |
//! | parts of an item, by number | `{"parts":{"1":{"choice":2},"3":{"number":"7"}}}` | `p1=c2;3=n7` |
//! | nothing | `null` | (no line) |

mod check;
#[cfg(test)]
mod tests;

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
};

use serde::{Deserialize, Serialize};

pub use check::{ResponseError, is_number};

use crate::ids::{OptionId, PartNo};

/// A candidate's response to one item.
pub type Response = ResponseOf<BTreeMap<PartNo, PartResponse>>;

/// A response to one part of an item; it has no parts of its own.
pub type PartResponse = ResponseOf<NoParts>;

/// A response to an item or to a part of one. The order of the variants is part of the stored format: add at the end
/// only.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ResponseOf<Parts> {
    /// One option.
    Choice(OptionId),
    /// Several options; never empty (an empty selection is no response).
    Choices(BTreeSet<OptionId>),
    /// A number as typed: optional sign, digits, optional point and digits.
    Number(String),
    /// A text as typed; never empty.
    Text(String),
    /// Options in the order that was given; each at most once, never empty.
    Order(Vec<OptionId>),
    /// Pairs of options; never empty.
    Pairs(BTreeSet<(OptionId, OptionId)>),
    /// The responses to an item's parts, without those that have none; never empty.
    Parts(Parts),
}

/// What stands where parts cannot be: nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum NoParts {}

/// What a response may hold of parts.
pub trait Parts {
    /// Writes the canonical text of the parts.
    fn write_canonical(&self, text: &mut String);
}

impl Parts for NoParts {
    fn write_canonical(&self, _: &mut String) {
        match *self {}
    }
}

impl Parts for BTreeMap<PartNo, PartResponse> {
    fn write_canonical(&self, text: &mut String) {
        text.push('p');
        for (index, (no, part)) in self.iter().enumerate() {
            let separator = if index == 0 { "" } else { ";" };
            let _ = write!(text, "{separator}{no}=");
            part.write_canonical(text);
        }
    }
}

impl<P: Parts> ResponseOf<P> {
    /// The canonical text of the response; the module shows it. What digests are made of, here and in the browser.
    pub fn canonical(&self) -> String {
        let mut text = String::new();
        self.write_canonical(&mut text);
        text
    }

    /// Writing to a string cannot fail.
    fn write_canonical(&self, text: &mut String) {
        match self {
            Self::Choice(option) => {
                let _ = write!(text, "c{option}");
            }
            Self::Choices(chosen) => list(text, 'm', chosen.iter().map(ToString::to_string)),
            Self::Number(number) => {
                let _ = write!(text, "n{number}");
            }
            Self::Text(given) => {
                let _ = write!(text, "t{}:{given}", given.len());
            }
            Self::Order(order) => list(text, 'o', order.iter().map(ToString::to_string)),
            Self::Pairs(pairs) => list(
                text,
                'r',
                pairs.iter().map(|(one, other)| format!("{one}-{other}")),
            ),
            Self::Parts(parts) => parts.write_canonical(text),
        }
    }

    /// The kind in words, for error texts.
    pub fn kind_name(&self) -> &'static str {
        match self {
            Self::Choice(_) => "one choice",
            Self::Choices(_) => "choices",
            Self::Number(_) => "a number",
            Self::Text(_) => "a text",
            Self::Order(_) => "an order",
            Self::Pairs(_) => "pairs",
            Self::Parts(_) => "parts",
        }
    }
}

fn list(text: &mut String, sign: char, members: impl Iterator<Item = String>) {
    let members: Vec<String> = members.collect();
    let _ = write!(text, "{sign}{}", members.join(","));
}
