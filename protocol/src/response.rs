//! What a candidate gave for an item, in JSON (`{"choice":2}`, `{"choices":[1,3]}`, `{"number":"3.5"}`, `null`), in the
//! log, and in the canonical text that digests are made of.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::{
    ids::OptionId,
    limits::{NUMBER_CHARS_MAX, OPTIONS_MAX},
    outline::{ItemOutline, ResponseKind},
};

/// A candidate's response to one item. The order of the variants is part of the stored format: add at the end only.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Response {
    /// One option.
    Choice(OptionId),
    /// Several options; never empty (an empty selection is no response).
    Choices(BTreeSet<OptionId>),
    /// A number as typed: optional sign, digits, optional point and digits.
    Number(String),
}

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
    /// A multiple choice without any option.
    #[error("item {item}: an empty selection is not a response; send null to clear it")]
    Empty {
        /// The item.
        item: u16,
    },
    /// Not a number.
    #[error(
        "item {item}: a number is digits with an optional sign and decimal point, at most {NUMBER_CHARS_MAX} characters"
    )]
    NotANumber {
        /// The item.
        item: u16,
    },
}

impl Response {
    /// Checks the response against what the outline says of the item.
    pub fn check(&self, item: &ItemOutline) -> Result<(), ResponseError> {
        let no = item.no.0;
        match (self, &item.kind) {
            (Self::Choice(option), ResponseKind::Choice { options }) => known(no, *option, *options),
            (Self::Choices(chosen), ResponseKind::Choices { options }) => {
                if chosen.is_empty() {
                    return Err(ResponseError::Empty { item: no });
                }
                chosen.iter().try_for_each(|option| known(no, *option, *options))
            }
            (Self::Number(text), ResponseKind::Number) => {
                if is_number(text) {
                    Ok(())
                } else {
                    Err(ResponseError::NotANumber { item: no })
                }
            }
            (Self::Choice(_) | Self::Choices(_) | Self::Number(_), kind) => Err(ResponseError::WrongKind {
                item: no,
                expected: kind.name(),
                given: self.kind_name(),
            }),
        }
    }

    /// The canonical text of the response: `c2`, `m1,3`, `n3.5`. What digests are made of, here and in the browser.
    pub fn canonical(&self) -> String {
        match self {
            Self::Choice(option) => format!("c{option}"),
            Self::Choices(chosen) => {
                let list: Vec<String> = chosen.iter().map(ToString::to_string).collect();
                format!("m{}", list.join(","))
            }
            Self::Number(text) => format!("n{text}"),
        }
    }

    fn kind_name(&self) -> &'static str {
        match self {
            Self::Choice(_) => "one choice",
            Self::Choices(_) => "choices",
            Self::Number(_) => "a number",
        }
    }
}

fn known(item: u16, option: OptionId, count: u8) -> Result<(), ResponseError> {
    if (1..=count).contains(&option.0) && usize::from(option.0) <= OPTIONS_MAX {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::ItemNo;

    fn item(kind: ResponseKind) -> ItemOutline {
        ItemOutline { no: ItemNo(4), kind }
    }

    #[test]
    fn json_is_what_the_api_promises() {
        let json = serde_json::to_string(&Response::Choices([OptionId(3), OptionId(1)].into())).unwrap();
        assert_eq!(json, r#"{"choices":[1,3]}"#);
        assert_eq!(
            serde_json::from_str::<Response>(r#"{"choice":2}"#).unwrap(),
            Response::Choice(OptionId(2))
        );
    }

    #[test]
    fn an_option_that_does_not_exist_is_named() {
        let error = Response::Choice(OptionId(5))
            .check(&item(ResponseKind::Choice { options: 4 }))
            .unwrap_err();
        assert_eq!(
            error.to_string(),
            "item 4 has no option 5; its options are 1 to 4"
        );
    }

    #[test]
    fn numbers_are_plain_decimals() {
        for good in ["1", "-2.50", ".5", "+7", "10."] {
            assert!(is_number(good), "{good}");
        }
        for bad in ["", "-", ".", "1e5", "1 2", "१२", "NaN", "1.2.3"] {
            assert!(!is_number(bad), "{bad}");
        }
    }
}
