//! What the page shows to answer with. [`ItemKind::outline`] is the rule by which a node checks the response.

use serde::{Deserialize, Serialize};

use super::{Flow, Image, Text};
use crate::{ids::OptionId, outline, response::NoParts};

/// How an item is answered.
pub type ItemKind = KindOf<Vec<Part>>;

/// How a part of an item is answered.
pub type PartKind = KindOf<NoParts>;

/// How an item or a part of one is answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum KindOf<Parts> {
    /// Choose one.
    Choice(Vec<Choice>),
    /// Choose any.
    Choices(Vec<Choice>),
    /// Type a number.
    Number,
    /// Choose several, within limits. Response: choices.
    Select(Select),
    /// Choose one from a list within a line of text. Response: choice.
    Dropdown(Vec<Choice>),
    /// Type a text.
    Text(TextField),
    /// Put into an order.
    Order(Order),
    /// Match each with others. Response: pairs of a row and a column.
    Match(Match),
    /// Find what belongs together. Response: pairs of two of the options, the smaller number first.
    Associate(Select),
    /// Fill gaps of the text with words of a list. Response: pairs of a word and a gap.
    Gaps(Gaps),
    /// Choose words of the text. Response: choices.
    Hottext(Hottexts),
    /// Choose places of a picture. Response: choices.
    Hotspot(Hotspots),
    /// Set a number on a scale. Response: number.
    Slider(Slider),
    /// Several, each with its own response.
    Parts(Parts),
}

/// One option.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Choice {
    /// The same in every language.
    pub id: OptionId,
    /// What it says, plain text.
    pub text: Text,
    /// What it says as it is formatted; empty where the plain text is all there is.
    #[serde(default, skip_serializing_if = "Flow::is_empty")]
    pub body: Flow,
    /// Whether it keeps its place when the others are shuffled (such as "none of these").
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_fixed: bool,
    /// In how many pairs it may stand; 0 for any number.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub uses_max: u8,
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde calls it with a reference"
)]
fn is_zero(number: &u8) -> bool {
    *number == 0
}

/// Options of which several may be chosen, or pairs of options.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Select {
    /// The options.
    pub options: Vec<Choice>,
    /// How many are asked for at least; shown, never enforced.
    #[serde(default)]
    pub min: u8,
    /// How many may be chosen.
    pub max: u8,
}

/// A field for text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TextField {
    /// Lines that it shows; 1 for a single line.
    pub lines: u8,
    /// Characters that it takes.
    pub chars_max: u16,
    /// Characters that are expected: the width of a single line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chars_expected: Option<u16>,
}

/// Options to be put into an order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Order {
    /// The options.
    pub options: Vec<Choice>,
    /// How many are asked for at least; shown, never enforced.
    #[serde(default)]
    pub min: u8,
    /// How many may stand in the order: all, unless the item asks for a selection.
    pub max: u8,
}

/// Rows to be matched with columns.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Match {
    /// The first of each pair.
    pub rows: Vec<Choice>,
    /// The second of each pair.
    pub columns: Vec<Choice>,
    /// How many pairs there may be.
    pub max: u8,
}

/// Words for the gaps of a text. The gaps stand in the item's body ([`super::Node::Gap`]).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gaps {
    /// The words.
    pub words: Vec<Choice>,
    /// How many gaps there are.
    pub gaps: u8,
}

/// Words of a text that can be chosen. They stand in the item's body ([`super::Node::Hottext`]).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hottexts {
    /// How many there are.
    pub count: u8,
    /// How many may be chosen.
    pub max: u8,
}

/// Places of a picture.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hotspots {
    /// The picture.
    pub image: Image,
    /// The places.
    pub areas: Vec<Area>,
    /// How many may be chosen.
    pub max: u8,
}

/// A place of a picture.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Area {
    /// Which.
    pub id: OptionId,
    /// What it is called where it is read out; its number where the file has no name.
    pub text: Text,
    /// Its form.
    pub shape: AreaShape,
    /// Its coordinates in the picture's pixels, as HTML's `area` has them.
    pub coordinates: Vec<i32>,
}

/// A place's form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AreaShape {
    /// Centre and radius.
    Circle,
    /// Left, top, right, bottom.
    Rect,
    /// Corners.
    Poly,
    /// The whole picture.
    Default,
}

/// A scale. Its numbers are decimal texts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Slider {
    /// The least.
    pub from: String,
    /// The greatest.
    pub to: String,
    /// The distance of two that can be set.
    pub step: String,
}

/// A part of an item. Its number is its place in the list, from 1.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// What it is called where it is read out; empty where nothing but its place tells.
    #[serde(default)]
    pub label: Text,
    /// What is asked, as it is formatted; gaps and hottexts of the part stand here.
    #[serde(default, skip_serializing_if = "Flow::is_empty")]
    pub body: Flow,
    /// Whether its options stand in the paper's order.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_fixed: bool,
    /// How it is answered.
    pub kind: PartKind,
}

fn count<T>(list: &[T]) -> u8 {
    u8::try_from(list.len()).unwrap_or(u8::MAX)
}

impl Choice {
    /// An option of plain text, with nothing else to it.
    pub fn plain(id: OptionId, text: Text) -> Self {
        Self {
            id,
            text,
            body: Flow::new(),
            is_fixed: false,
            uses_max: 0,
        }
    }
}

impl<P> KindOf<P> {
    /// The options of which one or several are chosen or ordered; none where there are other things than options.
    pub fn options(&self) -> &[Choice] {
        match self {
            Self::Choice(options) | Self::Choices(options) | Self::Dropdown(options) => options,
            Self::Select(select) | Self::Associate(select) => &select.options,
            Self::Order(order) => &order.options,
            Self::Number
            | Self::Text(_)
            | Self::Match(_)
            | Self::Gaps(_)
            | Self::Hottext(_)
            | Self::Hotspot(_)
            | Self::Slider(_)
            | Self::Parts(_) => &[],
        }
    }

    /// How a response is checked; `None` for parts, which have kinds of their own.
    fn one<Q>(&self) -> Option<outline::KindOf<Q>> {
        use outline::KindOf as Kind;
        Some(match self {
            Self::Choice(options) | Self::Dropdown(options) => Kind::Choice {
                options: count(options),
            },
            Self::Choices(options) => Kind::Choices {
                options: count(options),
            },
            Self::Number | Self::Slider(_) => Kind::Number,
            Self::Select(select) => Kind::Select {
                options: count(&select.options),
                max: select.max,
            },
            Self::Text(field) => Kind::Text {
                chars_max: field.chars_max,
            },
            Self::Order(order) => Kind::Order {
                options: count(&order.options),
                max: order.max,
            },
            Self::Match(matched) => Kind::Pairs {
                from: count(&matched.rows),
                to: count(&matched.columns),
                max: matched.max,
            },
            Self::Associate(select) => Kind::Pairs {
                from: count(&select.options),
                to: count(&select.options),
                max: select.max,
            },
            Self::Gaps(gaps) => Kind::Pairs {
                from: count(&gaps.words),
                to: gaps.gaps,
                max: gaps.gaps,
            },
            Self::Hottext(words) => Kind::Select {
                options: words.count,
                max: words.max,
            },
            Self::Hotspot(spots) => Kind::Select {
                options: count(&spots.areas),
                max: spots.max,
            },
            Self::Parts(_) => return None,
        })
    }
}

impl ItemKind {
    /// How a node checks the response.
    pub fn outline(&self) -> outline::ResponseKind {
        match self {
            Self::Parts(parts) => {
                let kinds = parts.iter().filter_map(|part| part.kind.one());
                outline::ResponseKind::Parts(kinds.collect())
            }
            kind => kind.one().unwrap_or(outline::ResponseKind::Parts(Vec::new())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::{ItemNo, PartNo};

    #[test]
    fn a_kind_reads_back_and_its_outline_checks_its_responses() {
        let option = |id| {
            let text = Text::from([("en".to_owned(), format!("option {id}"))]);
            Choice::plain(OptionId(id), text)
        };
        let part = |kind| Part {
            label: Text::new(),
            body: Flow::new(),
            is_fixed: false,
            kind,
        };
        let kind = ItemKind::Parts(vec![
            part(PartKind::Dropdown(vec![option(1), option(2)])),
            part(PartKind::Slider(Slider {
                from: "0".into(),
                to: "10".into(),
                step: "1".into(),
            })),
        ]);
        let json = serde_json::to_string(&kind).unwrap();
        assert_eq!(serde_json::from_str::<ItemKind>(&json).unwrap(), kind);
        let outline = outline::ItemOutline {
            no: ItemNo(1),
            kind: kind.outline(),
        };
        let given = r#"{"parts":{"1":{"choice":2},"2":{"number":"7"}}}"#;
        let response: crate::response::Response = serde_json::from_str(given).unwrap();
        assert_eq!(response.check(&outline), Ok(()));
        let crate::response::Response::Parts(parts) = response else {
            panic!("{given}");
        };
        assert!(parts.contains_key(&PartNo(2)));
    }
}
