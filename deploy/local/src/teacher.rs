//! A candidate as a program: the same API that the page uses, with a memory of every acknowledgement. The simulation
//! lets many of these sit the sample exam; the whole-system tests let them sit theirs and then compare what each was told
//! with what the centre holds.

mod client;
mod memory;

pub use client::{Client, Problem, Refused};
pub use memory::{Acknowledged, Memory};

use std::collections::BTreeMap;

use protocol::{
    hash::Hash,
    ids::{ItemNo, OptionId, PartNo, SittingId},
    order::Place,
    outline::{KindOf, ResponseKind},
    response::{PartResponse, Response, ResponseOf},
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
pub fn any_response(kind: &ResponseKind, random: &mut impl Rng) -> Response {
    match kind {
        KindOf::Parts(parts) => {
            let mut given: BTreeMap<PartNo, PartResponse> = (1..)
                .map(PartNo)
                .zip(parts)
                .map(|(no, kind)| (no, any_of_one(kind, random)))
                .collect();
            // Some leave a part out, but never the last one that is left.
            if given.len() > 1 && random.random_ratio(1, 4) {
                given.pop_first();
            }
            Response::Parts(given)
        }
        kind => any_of_one(kind, random),
    }
}

fn any_of_one<P, K>(kind: &KindOf<K>, random: &mut impl Rng) -> ResponseOf<P> {
    let some = |options: u8, max: u8, random: &mut dyn RngCore| -> Vec<OptionId> {
        let count = random.random_range(1..=options.min(max).max(1));
        let chosen = rand::seq::index::sample(random, options.into(), count.into());
        chosen
            .into_iter()
            .filter_map(|index| u8::try_from(index + 1).ok().map(OptionId))
            .collect()
    };
    match kind {
        KindOf::Choice { options } => ResponseOf::Choice(OptionId(random.random_range(1..=*options))),
        KindOf::Choices { options } => {
            ResponseOf::Choices(some(*options, *options, random).into_iter().collect())
        }
        KindOf::Select { options, max } => {
            ResponseOf::Choices(some(*options, *max, random).into_iter().collect())
        }
        KindOf::Number => ResponseOf::Number(random.random_range(0..100).to_string()),
        KindOf::Text { chars_max } => {
            let words = ["नदी", "York", "42", "a b", "x"];
            let word = words[random.random_range(0..words.len())];
            ResponseOf::Text(word.chars().take((*chars_max).into()).collect())
        }
        KindOf::Order { options, max } => ResponseOf::Order(some(*options, *max, random)),
        KindOf::Pairs { from, to, max } => {
            let firsts = some(*from, *max, random);
            let pairs = firsts
                .into_iter()
                .map(|first| (first, OptionId(random.random_range(1..=*to))));
            ResponseOf::Pairs(pairs.collect())
        }
        KindOf::Parts(_) => unreachable!("the parts of an item have no parts"),
    }
}

/// A random submission id, as the API takes it.
pub fn submission_id(random: &mut impl RngCore) -> String {
    let mut bytes = [0; 16];
    random.fill_bytes(&mut bytes);
    hex::encode(bytes)
}
