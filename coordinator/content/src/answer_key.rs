//! The answer key: what is right for each item and what it is worth. Importers make it, [`crate::scoring`] reads it.
//! It never leaves the coordinators, and lies there only wrapped ([`crate::wrap`]); it must never be put into a paper,
//! a log line or a feed document.

mod key;
mod rules;
mod share;

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    io::{Read, Write},
};

use flate2::{Compression, read::GzDecoder, write::GzEncoder};
use protocol::{
    ids::{ItemNo, PaperRef},
    outline::{ItemOutline, Outline},
};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

pub use key::{ACCEPTED_MAX, Key, NumberShare, PairsKey, TextShare, TextsKey};
pub use rules::{SECTIONS_MAX, Section, Standing};
pub use share::{NotAShare, SHARE_PLACES_MAX, Share};

use crate::marks::Marks;

/// The first bytes of a stored answer key: name and format version.
const MAGIC: [u8; 4] = *b"PKA\x01";

/// The first bytes of a stored answer key with rules beside its keys. A reader that does not know the rules would pass
/// over them and score otherwise; it must refuse the key instead.
const MAGIC_WITH_RULES: [u8; 4] = *b"PKR\x01";

/// The first bytes of a stored answer key that is packed: keys with programs of their own are long, and pack well.
const MAGIC_PACKED: [u8; 4] = *b"PKZ\x01";

/// Bytes of JSON from which on a key is packed.
const PACKED_FROM_BYTES: usize = 64 * 1024;

/// Bytes that a packed key may unpack to.
const UNPACKED_BYTES_MAX: usize = 16 * 1024 * 1024;

/// Keys beside an item's first one.
pub const ALSO_MAX: usize = 10;

/// A paper's answer key.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AnswerKey {
    /// Which paper it belongs to.
    pub paper: PaperRef,
    /// What is right, by item.
    pub items: BTreeMap<ItemNo, ItemKey>,
    /// The paper's sections, where it has any.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sections: Vec<Section>,
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
    /// Other keys that are accepted as well; the one that brings most counts.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub also: Vec<Key>,
    /// Whether it counts.
    #[serde(default, skip_serializing_if = "Standing::counts")]
    pub standing: Standing,
}

/// Bytes that are not an answer key.
#[derive(Debug, thiserror::Error)]
pub enum AnswerKeyError {
    /// Another format.
    #[error(
        "these bytes are not an answer key of a known format; a newer coordinator wrote them or they are damaged"
    )]
    UnknownFormat,
    /// It cannot be packed or unpacked.
    #[error("the answer key cannot be unpacked: {0}; import the paper or the corrected key again")]
    Packing(#[from] std::io::Error),
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

fn packed(json: &[u8]) -> Result<Vec<u8>, AnswerKeyError> {
    let mut packer = GzEncoder::new(MAGIC_PACKED.to_vec(), Compression::best());
    packer.write_all(json)?;
    Ok(packer.finish()?)
}

fn unpacked(bytes: &[u8]) -> Result<Vec<u8>, AnswerKeyError> {
    let mut json = Vec::new();
    GzDecoder::new(bytes)
        .take(UNPACKED_BYTES_MAX as u64 + 1)
        .read_to_end(&mut json)?;
    if json.len() > UNPACKED_BYTES_MAX {
        return Err(AnswerKeyError::UnknownFormat);
    }
    Ok(json)
}

impl AnswerKey {
    /// The stored form: what is wrapped and put on disk.
    pub fn to_bytes(&self) -> Result<Vec<u8>, AnswerKeyError> {
        let json = serde_json::to_vec(self)?;
        if json.len() >= PACKED_FROM_BYTES {
            return packed(&json);
        }
        let magic = if self.has_rules() { MAGIC_WITH_RULES } else { MAGIC };
        Ok([&magic[..], &json].concat())
    }

    /// Reads the stored form.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, AnswerKeyError> {
        if let Some(packed) = bytes.strip_prefix(&MAGIC_PACKED) {
            return Ok(serde_json::from_slice(&unpacked(packed)?)?);
        }
        let json = bytes
            .strip_prefix(&MAGIC)
            .or_else(|| bytes.strip_prefix(&MAGIC_WITH_RULES))
            .ok_or(AnswerKeyError::UnknownFormat)?;
        Ok(serde_json::from_slice(json)?)
    }

    /// What a faultless attempt gets.
    pub fn max(&self) -> Decimal {
        let counted = self
            .items
            .values()
            .filter(|item| item.standing != Standing::Dropped);
        counted.map(|item| item.marks.decimal()).sum()
    }

    fn has_rules(&self) -> bool {
        self.items.values().any(ItemKey::has_rules)
            || self.sections.iter().any(|section| section.minimum.is_some())
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
        let of_sections = self.sections.iter().flat_map(|section| &section.items);
        if let Some(other) = of_sections.into_iter().find(|no| !numbers.contains(no)) {
            return Err(KeyMismatch::Items(*other));
        }
        for no in numbers {
            match (self.items.get(no), outline.items.get(no)) {
                (Some(item), Some(outline)) if item.fits(outline) => {}
                (Some(_), Some(_)) => return Err(KeyMismatch::Kind(*no)),
                (Some(_) | None, None) | (None, Some(_)) => return Err(KeyMismatch::Items(*no)),
            }
        }
        Ok(())
    }
}

impl ItemKey {
    /// A key without further rules.
    pub fn new(key: Key, marks: Marks, penalty: Marks) -> Self {
        Self {
            key,
            marks,
            penalty,
            also: Vec::new(),
            standing: Standing::Counts,
        }
    }

    /// The most that a response can take: what candidates are told beforehand.
    pub fn greatest_penalty(&self) -> Decimal {
        let by_share = |shares: &mut dyn Iterator<Item = Share>| {
            let least = shares.map(Share::percent).min().unwrap_or_default();
            Share::of(-least.min(Decimal::ZERO), self.marks)
        };
        let taken = match &self.key {
            Key::Shares(shares) => by_share(&mut shares.values().copied()),
            Key::Texts(texts) => by_share(&mut texts.accepted.iter().map(|one| one.share)),
            Key::Numbers(numbers) => by_share(&mut numbers.iter().map(|one| one.share)),
            _ => Decimal::ZERO,
        };
        (taken + self.penalty.decimal()).normalize()
    }

    /// Whether every accepted key is of the item's kind and names what it has.
    pub fn fits(&self, item: &ItemOutline) -> bool {
        self.also.len() <= ALSO_MAX && self.key.fits(item) && self.also.iter().all(|key| key.fits(item))
    }

    fn has_rules(&self) -> bool {
        !self.also.is_empty() || !self.standing.counts()
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

#[cfg(test)]
mod tests;
