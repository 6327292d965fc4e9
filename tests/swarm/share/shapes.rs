//! The parts of the nodes' answers that a teacher needs, read in place.

use std::borrow::Cow;

use serde::Deserialize;

/// Of a sign-in.
#[derive(Debug, Deserialize)]
pub(crate) struct SignedIn<'a> {
    /// The token.
    #[serde(borrow)]
    pub token: Cow<'a, str>,
    /// The device's tag.
    pub device: u32,
    /// The candidate's sittings.
    #[serde(borrow)]
    pub sittings: Vec<Sitting<'a>>,
    /// When the node wants to be asked for them again.
    pub look_again_ms: u64,
}

/// Of the list of sittings.
#[derive(Debug, Deserialize)]
pub(crate) struct Sittings<'a> {
    /// The candidate's sittings.
    #[serde(borrow)]
    pub sittings: Vec<Sitting<'a>>,
    /// When the node wants to be asked for them again.
    pub look_again_ms: u64,
}

/// A sitting.
#[derive(Debug, Deserialize)]
pub(crate) struct Sitting<'a> {
    /// Its number.
    pub id: u32,
    /// Where the sealed paper is, once the node has it.
    #[serde(borrow)]
    pub sealed: Option<Sealed<'a>>,
}

/// A sealed paper.
#[derive(Debug, Deserialize)]
pub(crate) struct Sealed<'a> {
    /// Its path.
    #[serde(borrow)]
    pub url: Cow<'a, str>,
    /// BLAKE3 of its bytes, in hexadecimal.
    #[serde(borrow)]
    pub hash: Cow<'a, str>,
}

/// Of a start.
#[derive(Debug, Deserialize)]
pub(crate) struct Started<'a> {
    /// The attempt's token.
    #[serde(borrow)]
    pub token: Cow<'a, str>,
    /// The paper's key.
    #[serde(borrow)]
    pub key: Cow<'a, str>,
    /// The items in the candidate's order.
    pub order: Vec<Place>,
    /// The next answer's place.
    pub next_seq: u16,
}

/// An item in the order.
#[derive(Debug, Deserialize)]
pub(crate) struct Place {
    /// Its number.
    pub item: u16,
}

/// Of a save.
#[derive(Debug, Deserialize)]
pub(crate) struct Saved<'a> {
    /// `district` or `node`.
    #[serde(borrow)]
    pub durability: Cow<'a, str>,
    /// What is safe.
    #[serde(borrow)]
    pub acknowledged: Vec<Safe<'a>>,
}

/// An answer that is safe.
#[derive(Debug, Deserialize)]
pub(crate) struct Safe<'a> {
    /// The item.
    pub item: u16,
    /// Its place.
    pub seq: u16,
    /// In which log.
    #[serde(borrow)]
    pub log: Cow<'a, str>,
    /// At which sequence.
    pub sequence: u64,
}

/// Of a submission; the whole answer is kept.
#[derive(Debug, Deserialize)]
pub(crate) struct Submitted<'a> {
    /// What a person can read out.
    #[serde(borrow)]
    pub reference: Cow<'a, str>,
}

/// Of a look at the attempt.
#[derive(Debug, Deserialize)]
pub(crate) struct Looked {
    /// Whether the centre has the submission.
    pub delivered: bool,
}
