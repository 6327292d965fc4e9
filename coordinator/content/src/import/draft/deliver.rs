//! The rule that makes an item and its key of a draft, where they say the same; else it names what they cannot say. It
//! never rounds, guesses or leaves something out: a draft becomes an item that is shown and scored as the file means it.

mod content;
mod keys;
mod pairs;

use std::collections::BTreeMap;

use protocol::{
    ids::{ItemNo, OptionId},
    limits::{OPTIONS_MAX, TEXT_CHARS_MAX},
    paper::{Choice, Item, ItemKind, Order, Picture, TextField},
};
use rust_decimal::Decimal;

pub(crate) use content::file_named;
pub(crate) use keys::{SHORT_TEXT_CHARS_MAX, each_of};

use self::{content::Writer, keys::Rule};
use super::{Draft, Fraction, Interaction, Passages, option_name};
use crate::{
    answer_key::{ItemKey, Key},
    import::{
        item::{OPTION_CHARS_MAX, SECTION_CHARS_MAX, STEM_CHARS_MAX},
        picture::{NotAPicture, PICTURES_BYTES_MAX},
    },
};

/// Lines that a field for a long text shows.
pub(crate) const LONG_TEXT_LINES: u8 = 10;

/// What items cannot say.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Undeliverable {
    /// Nothing to answer.
    #[error("a description has nothing to answer; put its text into the questions that it belongs to")]
    Description,
    /// An element that is not shown.
    #[error("{part}: the element `{element}` is not shown to candidates; write it in another way")]
    Markup {
        /// Of what.
        part: String,
        /// Which element.
        element: String,
    },
    /// Elements within elements.
    #[error("{part}: its elements stand more than {max} deep within each other; simplify it")]
    TooDeep {
        /// Of what.
        part: String,
        /// How deep they may.
        max: usize,
    },
    /// Markdown.
    #[error("{0}: Markdown with markup in it is not shown; write plain text or HTML")]
    Markdown(String),
    /// A picture that is not there.
    #[error("the picture `{0}` is not in the file; add it")]
    NoPicture(String),
    /// A picture that is not taken.
    #[error("the picture `{name}` {why}")]
    Picture {
        /// Which.
        name: String,
        /// Why not.
        why: NotAPicture,
    },
    /// Too many of them.
    #[error("its pictures have more than {PICTURES_BYTES_MAX} bytes together; make them smaller")]
    Pictures,
    /// No text.
    #[error("{0} has no text; write it")]
    Empty(String),
    /// A text that is too long to be shown.
    #[error("{part} has {held} characters, at most {max} are shown; shorten it")]
    TooLong {
        /// Of what.
        part: String,
        /// How many it has.
        held: usize,
        /// How many it may have.
        max: usize,
    },
    /// The number of options.
    #[error("the question has {0} options; 2 to {OPTIONS_MAX} can be delivered")]
    Options(usize),
    /// The number of pairs.
    #[error(
        "the question has {0} prompts and {1} different answers; write 1 to 99 prompts and 2 to 99 answers"
    )]
    Pairs(usize, usize),
    /// Nothing brings all marks.
    #[error("no answer brings all marks; give the right one 100 %")]
    NoKey,
    /// Several choices that together do not bring all marks.
    #[error("the right options bring {0} % together; make it 100 %")]
    TooLittle(Decimal),
    /// A fraction with more places than are kept.
    #[error("{0} cannot be kept exactly; use fewer decimal places")]
    Fraction(Fraction),
    /// A bound that no response could be compared with.
    #[error("the accepted number has too many digits to be compared exactly; round it in the file")]
    NumberTooLong,
    /// True and false in a language without words for it here.
    #[error("the language `{0}` has no words for true and false here; write the question with two options")]
    Language(String),
}

/// An item that can be delivered.
pub(crate) struct Delivered {
    pub(crate) item: Item,
    pub(crate) key: ItemKey,
    pub(crate) pictures: BTreeMap<String, Picture>,
}

/// The item and its key under this number.
pub fn item_of(draft: &Draft, no: ItemNo) -> Result<(Item, ItemKey), Undeliverable> {
    delivered(draft, no).map(|delivered| (delivered.item, delivered.key))
}

/// The same with the pictures that it shows.
pub(crate) fn delivered(draft: &Draft, no: ItemNo) -> Result<Delivered, Undeliverable> {
    let mut writer = Writer::new(&draft.files);
    let stem = writer.content("the question", &draft.stem, STEM_CHARS_MAX)?;
    let (kind, (key, penalty)) = answered(draft, &mut writer)?;
    let key = ItemKey::new(key, draft.marks, penalty);
    let section: String = draft
        .category
        .iter()
        .flat_map(|name| name.chars())
        .take(SECTION_CHARS_MAX)
        .collect();
    let item = Item {
        section,
        body: stem.body,
        is_marked_by_hand: key.key == Key::ByHand,
        marks: draft.marks.to_string(),
        penalty: key.greatest_penalty().to_string(),
        ..Item::plain(no, kind, stem.text)
    };
    Ok(Delivered {
        item,
        key,
        pictures: writer.pictures,
    })
}

fn answered(draft: &Draft, writer: &mut Writer<'_>) -> Result<(ItemKind, Rule), Undeliverable> {
    let plain = |kind, key| Ok((kind, (key, draft.penalty)));
    match &draft.interaction {
        Interaction::Choice(options) => {
            let rule = keys::of_choice(options, draft);
            let texts = options.iter().map(|option| &option.text);
            Ok((ItemKind::Choice(choices(texts, writer)?), rule?))
        }
        Interaction::Choices(options, rule) => {
            let rule = keys::of_choices(options, *rule, draft);
            let texts = options.iter().map(|option| &option.text);
            Ok((ItemKind::Choices(choices(texts, writer)?), rule?))
        }
        Interaction::TrueFalse { is_true, .. } => {
            let key = Key::Choice(OptionId(if *is_true { 1 } else { 2 }));
            plain(ItemKind::Choice(keys::true_and_false(&draft.stem)?), key)
        }
        Interaction::Number(accepted) => plain(ItemKind::Number, keys::of_numbers(accepted)?),
        Interaction::ShortText {
            accepted,
            is_case_sensitive,
        } => plain(short_text(), keys::of_texts(accepted, *is_case_sensitive)?),
        Interaction::Matching(pairs) => {
            let language = draft.stem.keys().next().map_or("", String::as_str);
            let (kind, key) = pairs::of_pairs(pairs, language, draft.marks, writer)?;
            plain(kind, key)
        }
        Interaction::MatchingRows(rows) => {
            let (kind, key) = pairs::of_rows(rows, draft.marks, writer)?;
            plain(kind, key)
        }
        Interaction::Order { options, right } => {
            let options = choices(options.iter(), writer)?;
            plain(order(options), Key::Order(right.clone()))
        }
        Interaction::ExtendedText => Ok((long_text(), (Key::ByHand, crate::Marks::ZERO))),
        Interaction::Description => Err(Undeliverable::Description),
    }
}

/// A field for a short text.
pub(crate) fn short_text() -> ItemKind {
    ItemKind::Text(TextField {
        lines: 1,
        chars_max: SHORT_TEXT_CHARS_MAX,
        chars_expected: None,
    })
}

/// A field for a text that a person marks.
pub(crate) fn long_text() -> ItemKind {
    ItemKind::Text(TextField {
        lines: LONG_TEXT_LINES,
        chars_max: TEXT_CHARS_MAX,
        chars_expected: None,
    })
}

/// All options in an order.
pub(crate) fn order(options: Vec<Choice>) -> ItemKind {
    let max = u8::try_from(options.len()).unwrap_or(u8::MAX);
    ItemKind::Order(Order {
        options,
        min: max,
        max,
    })
}

fn choices<'a>(
    texts: impl ExactSizeIterator<Item = &'a Passages>,
    writer: &mut Writer<'_>,
) -> Result<Vec<Choice>, Undeliverable> {
    if !(2..=OPTIONS_MAX).contains(&texts.len()) {
        return Err(Undeliverable::Options(texts.len()));
    }
    let named = (1..).zip(texts).enumerate();
    named
        .map(|(place, (id, text))| writer.choice(id, &option_name(place), text, OPTION_CHARS_MAX))
        .collect()
}

#[cfg(test)]
mod tests;
