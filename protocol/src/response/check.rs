//! Whether a response fits its item: all that a node can tell from an outline, before it takes a response into its log.

use std::collections::BTreeMap;

use super::{PartResponse, Parts, Response, ResponseOf};
use crate::{
    ids::{OptionId, PartNo},
    limits::{NUMBER_CHARS_MAX, RESPONSE_BYTES_MAX},
    outline::{ItemOutline, KindOf, PartKind},
};

/// Why a response does not fit its item.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ResponseError {
    /// The response is of another kind than the item asks for.
    #[error("item {item} takes {expected}, not {given}; send the form that the paper shows for it")]
    WrongKind {
        /// The item.
        item: u16,
        /// What it takes.
        expected: &'static str,
        /// What came.
        given: &'static str,
    },
    /// The option does not exist.
    #[error("item {item} has no option {option}; its options are 1 to {count}")]
    NoSuchOption {
        /// The item.
        item: u16,
        /// What was named.
        option: u8,
        /// How many it has.
        count: u8,
    },
    /// The part does not exist.
    #[error("item {item} has no part {part}; its parts are 1 to {count}")]
    NoSuchPart {
        /// The item.
        item: u16,
        /// What was named.
        part: u8,
        /// How many it has.
        count: usize,
    },
    /// A selection, order, list of pairs, text or set of parts with nothing in it.
    #[error("item {item}: an empty selection is not a response; send null to clear it")]
    Empty {
        /// The item.
        item: u16,
    },
    /// An option twice in an order.
    #[error("item {item}: option {option} stands twice in the order; each can stand there once")]
    Twice {
        /// The item.
        item: u16,
        /// Which option.
        option: u8,
    },
    /// More than may be chosen.
    #[error("item {item}: {given} were chosen, at most {max} may be")]
    TooMany {
        /// The item.
        item: u16,
        /// How many were.
        given: usize,
        /// How many may be.
        max: u8,
    },
    /// Not a number.
    #[error(
        "item {item}: a number is digits with an optional sign and decimal point, at most {NUMBER_CHARS_MAX} characters"
    )]
    NotANumber {
        /// The item.
        item: u16,
    },
    /// A text with more characters than the item takes.
    #[error("item {item}: the text has {given} characters, at most {max} are taken; shorten it")]
    TextTooLong {
        /// The item.
        item: u16,
        /// How many it has.
        given: usize,
        /// How many it may have.
        max: u16,
    },
    /// A text with codes that no keyboard types.
    #[error("item {item}: the text holds a control character (code {code}); remove it")]
    ControlCharacter {
        /// The item.
        item: u16,
        /// Which.
        code: u32,
    },
    /// More bytes than a record takes.
    #[error(
        "item {item}: the response has {given} bytes, at most {RESPONSE_BYTES_MAX} are taken; shorten its texts"
    )]
    TooLarge {
        /// The item.
        item: u16,
        /// How many it has.
        given: usize,
    },
}

impl Response {
    /// Checks the response against what the outline says of the item.
    pub fn check(&self, item: &ItemOutline) -> Result<(), ResponseError> {
        let no = item.no.0;
        match (self, &item.kind) {
            (Self::Parts(given), KindOf::Parts(kinds)) => check_parts(no, given, kinds),
            (response, kind) => check_one(no, response, kind),
        }
    }
}

fn check_parts(
    item: u16,
    given: &BTreeMap<PartNo, PartResponse>,
    kinds: &[PartKind],
) -> Result<(), ResponseError> {
    if given.is_empty() {
        return Err(ResponseError::Empty { item });
    }
    let mut bytes = 0;
    for (part, response) in given {
        let kind = usize::from(part.0)
            .checked_sub(1)
            .and_then(|index| kinds.get(index));
        let kind = kind.ok_or(ResponseError::NoSuchPart {
            item,
            part: part.0,
            count: kinds.len(),
        })?;
        check_one(item, response, kind)?;
        bytes += response.canonical().len();
    }
    within_a_record(item, bytes)
}

fn check_one<P: Parts, K>(
    item: u16,
    response: &ResponseOf<P>,
    kind: &KindOf<K>,
) -> Result<(), ResponseError> {
    match (response, kind) {
        (ResponseOf::Choice(option), KindOf::Choice { options }) => known(item, *option, *options),
        (ResponseOf::Choices(chosen), KindOf::Choices { options }) => {
            not_empty(item, chosen.len())?;
            chosen
                .iter()
                .try_for_each(|option| known(item, *option, *options))
        }
        (ResponseOf::Choices(chosen), KindOf::Select { options, max }) => {
            not_empty(item, chosen.len())?;
            at_most(item, chosen.len(), *max)?;
            chosen
                .iter()
                .try_for_each(|option| known(item, *option, *options))
        }
        (ResponseOf::Number(text), KindOf::Number) => {
            if is_number(text) {
                Ok(())
            } else {
                Err(ResponseError::NotANumber { item })
            }
        }
        (ResponseOf::Text(text), KindOf::Text { chars_max }) => check_text(item, text, *chars_max),
        (ResponseOf::Order(order), KindOf::Order { options, max }) => {
            not_empty(item, order.len())?;
            at_most(item, order.len(), *max)?;
            for (place, option) in order.iter().enumerate() {
                known(item, *option, *options)?;
                if order[..place].contains(option) {
                    let option = option.0;
                    return Err(ResponseError::Twice { item, option });
                }
            }
            Ok(())
        }
        (ResponseOf::Pairs(pairs), KindOf::Pairs { from, to, max }) => {
            not_empty(item, pairs.len())?;
            at_most(item, pairs.len(), *max)?;
            pairs
                .iter()
                .try_for_each(|(one, other)| known(item, *one, *from).and_then(|()| known(item, *other, *to)))
        }
        (response, kind) => Err(ResponseError::WrongKind {
            item,
            expected: kind.name(),
            given: response.kind_name(),
        }),
    }
}

fn check_text(item: u16, text: &str, max: u16) -> Result<(), ResponseError> {
    not_empty(item, text.len())?;
    within_a_record(item, text.len())?;
    let given = text.chars().count();
    if given > usize::from(max) {
        return Err(ResponseError::TextTooLong { item, given, max });
    }
    let control = text.chars().find(|c| c.is_control() && !matches!(c, '\n' | '\t'));
    match control {
        Some(control) => Err(ResponseError::ControlCharacter {
            item,
            code: control.into(),
        }),
        None => Ok(()),
    }
}

fn within_a_record(item: u16, given: usize) -> Result<(), ResponseError> {
    if given > RESPONSE_BYTES_MAX {
        return Err(ResponseError::TooLarge { item, given });
    }
    Ok(())
}

fn not_empty(item: u16, count: usize) -> Result<(), ResponseError> {
    if count == 0 {
        return Err(ResponseError::Empty { item });
    }
    Ok(())
}

fn at_most(item: u16, given: usize, max: u8) -> Result<(), ResponseError> {
    if given > usize::from(max) {
        return Err(ResponseError::TooMany { item, given, max });
    }
    Ok(())
}

fn known(item: u16, option: OptionId, count: u8) -> Result<(), ResponseError> {
    if (1..=count).contains(&option.0) {
        Ok(())
    } else {
        Err(ResponseError::NoSuchOption {
            item,
            option: option.0,
            count,
        })
    }
}

/// Whether the text is a plain decimal number: `-12`, `3.5`, `.5`; no exponent, no spaces.
pub fn is_number(text: &str) -> bool {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
    text.len() <= NUMBER_CHARS_MAX
        && !(whole.is_empty() && part.is_empty())
        && whole
            .bytes()
            .chain(part.bytes())
            .all(|byte| byte.is_ascii_digit())
}
