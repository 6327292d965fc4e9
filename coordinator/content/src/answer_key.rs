//! The answer key: what is right for each item and what it is worth. Importers make it, [`crate::scoring`] reads it.
//! It never leaves the coordinators, and lies there only wrapped ([`crate::wrap`]); it must never be put into a paper,
//! a log line or a feed document.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use protocol::{
    ids::{ItemNo, OptionId, PaperRef},
    outline::{ItemOutline, Outline, ResponseKind},
};
use serde::{Deserialize, Serialize};

use crate::{marks::Marks, number::Number};

/// The first bytes of a stored answer key: name and format version.
const MAGIC: [u8; 4] = *b"PKA\x01";

/// A paper's answer key.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AnswerKey {
    /// Which paper it belongs to.
    pub paper: PaperRef,
    /// What is right, by item.
    pub items: BTreeMap<ItemNo, ItemKey>,
}

/// What is right for one item and what it is worth.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ItemKey {
    /// What is right.
    pub key: Key,
    /// Marks for a right response.
    pub marks: Marks,
    /// Marks taken for a wrong one.
    pub penalty: Marks,
}

/// What is right.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Key {
    /// This option.
    Choice(OptionId),
    /// Exactly these options.
    Choices(BTreeSet<OptionId>),
    /// A number from `from` to `to`, both included; equal for a single value.
    Number {
        /// The least that is right.
        from: Number,
        /// The greatest that is right.
        to: Number,
    },
}

/// Bytes that are not an answer key.
#[derive(Debug, thiserror::Error)]
pub enum AnswerKeyError {
    /// Another format.
    #[error(
        "these bytes are not an answer key of a known format; a newer coordinator wrote them or they are damaged"
    )]
    UnknownFormat,
    /// The format is known, the content is not an answer key.
    #[error("the answer key cannot be read: {0}; import the paper or the corrected key again")]
    Unreadable(#[from] serde_json::Error),
}

/// An answer key that does not belong to a paper.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyMismatch {
    /// It is for another paper.
    #[error("the answer key is for paper {key}, not for {paper}; give the key that was made for {paper}")]
    OtherPaper {
        /// What the key names.
        key: PaperRef,
        /// What it was compared with.
        paper: PaperRef,
    },
    /// An item has no key, or a key has no item.
    #[error("item {0} stands in only one of paper and answer key; they must have the same items")]
    Items(ItemNo),
    /// The key does not fit how the item is answered.
    #[error("item {0}: the answer key does not fit the item's kind or its options")]
    Kind(ItemNo),
}

impl AnswerKey {
    /// The stored form: what is wrapped and put on disk.
    pub fn to_bytes(&self) -> Result<Vec<u8>, AnswerKeyError> {
        let mut bytes = MAGIC.to_vec();
        serde_json::to_writer(&mut bytes, self)?;
        Ok(bytes)
    }

    /// Reads the stored form.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, AnswerKeyError> {
        let json = bytes.strip_prefix(&MAGIC).ok_or(AnswerKeyError::UnknownFormat)?;
        Ok(serde_json::from_slice(json)?)
    }

    /// Checks that the key belongs to a paper: the same paper, the same items, a key of the right kind for each.
    pub fn check(&self, outline: &Outline) -> Result<(), KeyMismatch> {
        if self.paper != outline.paper {
            return Err(KeyMismatch::OtherPaper {
                key: self.paper,
                paper: outline.paper,
            });
        }
        let numbers: BTreeSet<&ItemNo> = self.items.keys().chain(outline.items.keys()).collect();
        for no in numbers {
            match (self.items.get(no), outline.items.get(no)) {
                (Some(item), Some(outline)) if item.key.fits(outline) => {}
                (Some(_), Some(_)) => return Err(KeyMismatch::Kind(*no)),
                (Some(_) | None, None) | (None, Some(_)) => return Err(KeyMismatch::Items(*no)),
            }
        }
        Ok(())
    }
}

impl Key {
    /// Whether the key is of the item's kind and names options that it has.
    pub fn fits(&self, item: &ItemOutline) -> bool {
        let known = |option: &OptionId, options: u8| (1..=options).contains(&option.0);
        match (self, &item.kind) {
            (Self::Choice(option), ResponseKind::Choice { options }) => known(option, *options),
            (Self::Choices(right), ResponseKind::Choices { options }) => {
                !right.is_empty() && right.iter().all(|option| known(option, *options))
            }
            (Self::Number { from, to }, ResponseKind::Number) => from <= to,
            (Self::Choice(_) | Self::Choices(_) | Self::Number { .. }, _) => false,
        }
    }
}

impl fmt::Debug for AnswerKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "AnswerKey({}, {} items, not shown)",
            self.paper,
            self.items.len()
        )
    }
}

impl fmt::Debug for ItemKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "ItemKey(marks {}, penalty {}, key not shown)",
            self.marks, self.penalty
        )
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key(not shown)")
    }
}

#[cfg(test)]
mod tests {
    use protocol::ids::{PaperId, PaperVersion};

    use super::*;

    fn item(key: Key) -> ItemKey {
        ItemKey {
            key,
            marks: Marks::ONE,
            penalty: "0.25".parse().unwrap(),
        }
    }

    fn answer_key() -> AnswerKey {
        let number = Key::Number {
            from: "-1.5".parse().unwrap(),
            to: "2".parse().unwrap(),
        };
        let keys = [
            Key::Choice(OptionId(2)),
            Key::Choices([OptionId(1), OptionId(3)].into()),
            number,
        ];
        AnswerKey {
            paper: paper(),
            items: (1..).map(ItemNo).zip(keys.map(item)).collect(),
        }
    }

    fn paper() -> PaperRef {
        PaperRef {
            paper: PaperId(7),
            version: PaperVersion(2),
        }
    }

    fn outline() -> Outline {
        let kinds = [
            ResponseKind::Choice { options: 4 },
            ResponseKind::Choices { options: 4 },
            ResponseKind::Number,
        ];
        let items = (1..).map(ItemNo).zip(kinds);
        Outline {
            paper: paper(),
            items: items.map(|(no, kind)| (no, ItemOutline { no, kind })).collect(),
        }
    }

    #[test]
    fn the_stored_form_is_read_back_and_a_later_format_is_refused() {
        let mut bytes = answer_key().to_bytes().unwrap();
        assert!(AnswerKey::from_bytes(&bytes).unwrap() == answer_key());
        bytes[3] = 2;
        assert!(matches!(
            AnswerKey::from_bytes(&bytes),
            Err(AnswerKeyError::UnknownFormat)
        ));
    }

    #[test]
    fn a_key_that_does_not_belong_to_the_paper_is_told_why() {
        assert_eq!(answer_key().check(&outline()), Ok(()));
        let mut key = answer_key();
        key.items.insert(ItemNo(1), item(Key::Choice(OptionId(5))));
        assert_eq!(key.check(&outline()), Err(KeyMismatch::Kind(ItemNo(1))));
        key.items.remove(&ItemNo(1));
        assert_eq!(key.check(&outline()), Err(KeyMismatch::Items(ItemNo(1))));
        key.paper.version.0 = 9;
        assert!(matches!(
            key.check(&outline()),
            Err(KeyMismatch::OtherPaper { .. })
        ));
    }

    #[test]
    fn what_is_right_is_not_printed_by_debug() {
        let shown = format!("{:?} {:?}", answer_key(), answer_key().items);
        assert!(!shown.contains("OptionId") && !shown.contains("1.5"), "{shown}");
    }
}
