//! A candidate as a program: the same API that the page uses, with a memory of every acknowledgement. The simulation
//! lets many of these sit the sample exam; the whole-system tests let them sit theirs and then compare what each was told
//! with what the centre holds.

mod client;
mod memory;

pub use client::{Client, Problem, Refused};
pub use memory::{Acknowledged, Memory};

use protocol::{
    hash::Hash,
    ids::{ItemNo, OptionId, SittingId},
    order::Place,
    outline::ResponseKind,
    response::Response,
};
use rand::{Rng, RngCore};
use serde::{Deserialize, Serialize};

/// What starting gave.
#[derive(Debug, Clone, Deserialize)]
pub struct Started {
    /// The token for this attempt.
    pub token: String,
    /// Instant of the deadline, ms.
    pub deadline: i64,
    /// The paper's key, base64.
    pub key: String,
    /// Items and options in the candidate's order.
    pub order: Vec<Place>,
    /// What was given before.
    pub responses: Vec<Given>,
    /// The next response's place.
    pub next_seq: u32,
}

/// One response as it goes to and comes from the node.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Given {
    /// The item.
    pub item: ItemNo,
    /// Its place among this device's responses.
    pub seq: u32,
    /// What is given; `None` clears.
    pub response: Option<Response>,
    /// Whether it is marked for review.
    pub marked: bool,
}

/// One acknowledgement.
#[derive(Debug, Clone, Deserialize)]
pub struct Acknowledgement {
    /// The item.
    pub item: ItemNo,
    /// The response's place.
    pub seq: u32,
    /// The log that holds it.
    pub log: String,
    /// Its record's place there; 0 when it was superseded and needed no record.
    pub sequence: u64,
    /// `saved`, `already-saved` or `superseded`.
    pub state: String,
    /// Whether it came after the deadline.
    pub late: bool,
}

/// A response that was not taken.
#[derive(Debug, Clone, Deserialize)]
pub struct RefusedResponse {
    /// The item.
    pub item: ItemNo,
    /// Its place.
    pub seq: u32,
    /// Which problem.
    pub problem: String,
    /// In words.
    pub detail: String,
}

/// What saving gave.
#[derive(Debug, Clone, Deserialize)]
pub struct Saved {
    /// `node` or `district`.
    pub durability: String,
    /// What is durable.
    pub acknowledged: Vec<Acknowledgement>,
    /// What was not taken.
    pub refused: Vec<RefusedResponse>,
}

/// What submitting gave.
#[derive(Debug, Clone, Deserialize)]
pub struct Submitted {
    /// The reference that a person can read out.
    pub reference: String,
    /// The signed receipt, as the node gave it.
    pub receipt: serde_json::Value,
    /// The digest of what was handed in.
    pub digest: Hash,
    /// Whether the centre has it.
    pub delivered: bool,
}

/// A sitting as the candidate sees it.
#[derive(Debug, Clone, Deserialize)]
pub struct SittingView {
    /// Its number.
    pub id: SittingId,
    /// `waiting`, `open`, `started`, `submitted` or `closed`.
    pub state: String,
    /// Whether the key may be had.
    pub released: bool,
}

/// A plausible random response to an item.
pub fn any_response(kind: ResponseKind, random: &mut impl Rng) -> Response {
    match kind {
        ResponseKind::Choice { options } => Response::Choice(OptionId(random.random_range(1..=options))),
        ResponseKind::Choices { options } => {
            let mask = random.next_u32() | 1 << random.random_range(0..u32::from(options));
            Response::Choices(
                (1..=options)
                    .filter(|option| mask >> (option - 1) & 1 == 1)
                    .map(OptionId)
                    .collect(),
            )
        }
        ResponseKind::Number => Response::Number(random.random_range(0..100).to_string()),
    }
}

/// A random submission id, as the API takes it.
pub fn submission_id(random: &mut impl RngCore) -> String {
    let mut bytes = [0; 16];
    random.fill_bytes(&mut bytes);
    hex::encode(bytes)
}
